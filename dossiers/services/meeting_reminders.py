"""Reminders of what is sent before a meeting with the Innovation and Referral Service: briefing document and slides.

Few meetings are open at once, so they are walked one by one; what was planned already is found by its key, so a second
run, a late one or one beside it changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from dossiers.models import Dossier, Meeting
from dossiers.paths import dossier_path
from dossiers.queries.meetings import PLANNED
from dossiers.services.reminders import bands
from dossiers.services.tell import AUDIENCES
from notifications.models import OutboxMessage
from notifications.outbox import queue
from notifications.words import WHY
from workflows import audiences, meetings
from workflows.advice_guards import BRIEFING, SLIDES
from workflows.dates import civil_date
from workflows.registry import procedure
from workflows.types import Text

KIND: Final = "reminder_meeting"
LATE: Final = "late"
LABELS: Final[dict[tuple[str, bool], Text]] = {
    (BRIEFING, False): _("Briefing document to send before the meeting"),
    (SLIDES, False): _("Slides to send before the meeting"),
    (BRIEFING, True): _("Briefing document late"),
    (SLIDES, True): _("Slides late"),
}
TODO: Final[dict[str, Text]] = {
    audiences.APPLICANT_SIDE: _("Attach it to the file, then send it from its page."),
    audiences.LEAD: _("The applicant has not sent it. See in the file whether to write to them."),
}


@dataclass(frozen=True)
class Due:
    """One piece that is awaited. `milestone`: the days left that are reminded of, or `LATE`."""

    meeting: Meeting
    piece: str
    due_on: dt.date
    milestone: str

    @property
    def key(self) -> str:
        """Names the meeting's day: moved, it is reminded of anew."""
        return f"{self.meeting.dossier_id}:{self.piece}:{civil_date(self.meeting.starts_at)}:{self.milestone}"

    @property
    def is_late(self) -> bool:
        return self.milestone == LATE


def due_on(day: dt.date, *, dossier: int | None = None) -> Iterator[Due]:
    """What is reminded of on that civil day, until the meeting: per piece its current milestone
    (`MEETING_REMINDER_DAYS`), then that it is late. `dossier`: of that one only. One query."""
    found = Meeting.objects.filter(dossier__state=PLANNED, held_on=None).defer("participants")
    if dossier is not None:
        found = found.filter(dossier=dossier)
    for meeting in found.select_related("dossier__organisation", "dossier__lead").order_by("starts_at", "pk"):
        meeting_on = civil_date(meeting.starts_at)
        if meeting_on < day:
            continue
        for piece, sent_at, last_day in (
            (BRIEFING, meeting.briefing_sent_at, meetings.briefing_due(meeting_on)),
            (SLIDES, meeting.slides_sent_at, meetings.slides_due(meeting_on)),
        ):
            milestone = _milestone((last_day - day).days)
            if sent_at is None and milestone:
                yield Due(meeting, piece, last_day, milestone)


def _milestone(days_left: int) -> str:
    if days_left < 0:
        return LATE
    current = (band for band in bands(settings.MEETING_REMINDER_DAYS) if band.least <= days_left <= band.milestone)
    return next((str(band.milestone) for band in current), "")


def plan_meeting_reminders(*, at: dt.datetime) -> int:
    """Queue what is due on the civil day of `at`: to everyone of the applicant who may send it, and once it is late to
    the assessor in charge too. Returns how many messages are new."""
    return sum(_remind(one, at) for one in due_on(civil_date(at)))


def _remind(one: Due, at: dt.datetime) -> int:
    """Two runs at once queue the same keys, which the database keeps once."""
    told = (audiences.APPLICANT_SIDE, audiences.LEAD) if one.is_late else (audiences.APPLICANT_SIDE,)
    new = 0
    with transaction.atomic():
        for audience in told:
            people = AUDIENCES[audience](one.meeting.dossier) - _told_already(one)
            new += queue(
                kind=KIND,
                recipients=Person.objects.filter(pk__in=people, is_active=True),
                dedupe=one.key,
                dossier=one.meeting.dossier,
                reference=one.meeting.dossier.reference,
                path=dossier_path(one.meeting.dossier.reference),
                context=_words(one, audience),
                at=at,
            )
    return new


def _told_already(one: Due) -> set[int]:
    keys = OutboxMessage.objects.filter(kind=KIND, dedupe_key__startswith=f"{KIND}:{one.key}:")
    return set(keys.values_list("recipient_id", flat=True))


def _words(one: Due, audience: str) -> dict[str, object]:
    dossier: Dossier = one.meeting.dossier
    return {
        "label": LABELS[one.piece, one.is_late],
        "procedure": procedure(dossier.procedure, dossier.workflow_version).name,
        "due_on": one.due_on,
        "todo": TODO[audience],
        "why": WHY[audience],
    }


def still_due(*, dossier: int, key: str, at: dt.datetime) -> bool:
    """Whether the planning of that day would queue the message of this key, `reminder_meeting:...:person`."""
    return any(key.startswith(f"{KIND}:{one.key}:") for one in due_on(civil_date(at), dossier=dossier))
