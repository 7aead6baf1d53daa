"""When the applicant can come. Whether the days suit (`workflows.meetings`) is said as soon as they are saved, and
judged for the last time when the request is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dossiers.forms.advice.need import wants_a_meeting
from dossiers.forms.base import FormContext, SectionForm
from dossiers.forms.fields import DayField, ask, line, text
from dossiers.forms.rows import RowsField, RowsInput
from workflows.advice_guards import MEETING
from workflows.calendar import is_working_day
from workflows.meetings import (
    HALVES,
    LEAST_SLOTS,
    MORNING,
    Blackout,
    first_day_possible,
    proposed_slots_problems,
    slots_from,
)

MOST_SLOTS: Final = 40
"""Both halves of twenty days."""


class SlotsInput(RowsInput):
    """As many lines as days are needed, from the start. A half-day is chosen on each of them: a line typed without its
    day is an empty one."""

    on_a_line = True

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[dict[str, Any]]:
        rows = super().value_from_datadict(data, files, name)
        return rows if data.get(name) is not None else [row for row in rows if str(row.get("day") or "").strip()]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        typed = len(value) if isinstance(value, list | tuple) else 0
        self.blank_rows = max(self.blank_rows, least_slots() - typed)
        return super().get_context(name, value, attrs)


class SlotsField(RowsField):
    def readable(self, value: Any) -> str:
        """A slot a line, as the page of the file lists them. What is not one, typed by a client, is read as it is."""
        slots = slots_from(value)
        whole = isinstance(value, list | tuple) and len(slots) == len(value)
        return "\n".join(str(slot) for slot in slots) if whole else super().readable(value)


def _slots() -> SlotsField:
    columns: dict[str, forms.Field] = {
        "day": DayField(
            label=_("Day"),
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "off"}),
        ),
        "half": forms.ChoiceField(label=_("Half-day"), choices=list(HALVES)),
    }
    return SlotsField(
        columns=columns,
        most=MOST_SLOTS,
        widget=SlotsInput(columns, MOST_SLOTS),
        label=_("Days on which you can come"),
        help_text=_("Ten different days at least. Each one at least three weeks from now, outside holidays."),
        error_messages={"required": _("Propose the days on which you can come.")},
    )


def least_slots() -> int:
    return int(settings.WORKFLOW_LIMITS.get("MEETING_SLOTS", LEAST_SLOTS))


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
        days = usual_days(self.context.on, least_slots())
        ask(field, example=[{"day": day.isoformat(), "half": MORNING} for day in days])
        self.fields["slots"] = field
        self.order_fields(["slots", "participants", "remote"])

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        last = self.context.on + dt.timedelta(days=LONGEST_SEARCH)
        if any(slot["day"] > last for slot in answers.get("slots") or []):
            message = _("Check the year of these days: propose days within the coming year.")
            self.add_error("slots", ValidationError(message, code="date_year"))
        elif answers.get("slots") and not self.context.filed:
            self._judge(answers["slots"])
        return answers

    def _judge(self, rows: Any) -> None:
        blackout = Blackout.parse(settings.WORKFLOW_LIMITS["MEETING_BLACKOUT"])
        for reason in proposed_slots_problems(
            slots_from(rows), filed_on=self.context.on, blackout=blackout, at_least=least_slots()
        ):
            self.add_error("slots", ValidationError(str(reason.message), code=reason.code))

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
