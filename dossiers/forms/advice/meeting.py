"""When the applicant can come. Whether the days suit is judged when the request is sent (`workflows.meetings`)."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dossiers.forms.advice.need import wants_a_meeting
from dossiers.forms.base import FormContext, SectionForm
from dossiers.forms.fields import DayField, ask, line, text
from dossiers.forms.rows import RowsField
from workflows.advice_guards import MEETING
from workflows.calendar import is_working_day
from workflows.meetings import HALVES, MORNING, Blackout, first_day_possible

MOST_SLOTS: Final = 40
"""Both halves of twenty days."""


def _slots() -> RowsField:
    return RowsField(
        columns={
            "day": DayField(
                label=_("Day"),
                widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "off"}),
            ),
            "half": forms.ChoiceField(label=_("Half-day"), choices=list(HALVES)),
        },
        most=MOST_SLOTS,
        label=_("Days on which you can come"),
        help_text=_("Ten different days at least. Each one at least three weeks from now, outside holidays."),
    )


LONGEST_SEARCH: Final = 400
"""Days looked at: closed weeks that cover a whole year leave nothing to propose."""


class MeetingForm(SectionForm):
    key = "meeting"
    title = _("Meeting")
    intro = _(
        "A meeting lasts an hour. ANSM chooses one of your days; you then send a briefing document three weeks before "
        "and slides three days before."
    )
    only_if = ("triage", "answer", MEETING)

    slots = _slots()
    participants = text(
        _("Who would come"),
        hint=_("Names and positions."),
        max_length=1_500,
        rows=3,
        example="Yaël Yvetot, investigateur coordonnateur ; une méthodologiste.",
    )
    remote = line(_("On site or by video"), required=False, max_length=200, example="Visioconférence de préférence")

    def build(self) -> None:
        field = _slots()
        days = usual_days(self.context.on, int(settings.WORKFLOW_LIMITS["MEETING_SLOTS"]))
        ask(field, example=[{"day": day.isoformat(), "half": MORNING} for day in days])
        self.fields["slots"] = field
        self.order_fields(["slots", "participants", "remote"])

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        last = self.context.on + dt.timedelta(days=LONGEST_SEARCH)
        if any(slot["day"] > last for slot in answers.get("slots") or []):
            message = _("Check the year of these days: propose days within the coming year.")
            self.add_error("slots", ValidationError(message, code="date_year"))
        return answers

    @classmethod
    def applies(cls, context: FormContext) -> bool:
        return wants_a_meeting(context)


def usual_days(on: dt.date, count: int) -> list[dt.date]:
    """The first days that a request sent on `on` may propose."""
    closed = Blackout.parse(settings.WORKFLOW_LIMITS["MEETING_BLACKOUT"])
    # A week later than the first day possible: a draft is rarely sent the day it is begun.
    day = first_day_possible(on) + dt.timedelta(weeks=1)
    found: list[dt.date] = []
    for _turn in range(LONGEST_SEARCH):
        if len(found) == count:
            break
        if is_working_day(day) and not closed.covers(day):
            found.append(day)
        day += dt.timedelta(days=1)
    return found
