"""Meetings of the Innovation and Referral Service, as those who go to them follow them: what comes, what is due, what
was moved or given up. Whoever reads a file reads its meeting; texts (minutes, participants) are never opened here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier, Event, Meeting, MinutesVersion
from dossiers.policy import visible_to
from workflows import meetings
from workflows.advice_guards import ANSM_SIDE, APPLICANT_SIDE
from workflows.dates import ONE_DAY, PARIS, add_months, civil_date
from workflows.meetings import Blackout, Slot
from workflows.types import Actor, Text

PROCEDURE: Final = "advice"
PLANNED: Final = "meeting_planned"
AGREEING: Final = "minutes_draft"
WITHDRAWN: Final = "withdrawn"
MOST: Final = 500
"""Far more than ANSM holds in a month; a page must end somewhere."""


@dataclass(frozen=True)
class Expected:
    """Something that a meeting needs. `due_on` None when no day is set; `done_on` None while it is awaited."""

    what: Text
    due_on: dt.date | None = None
    done_on: dt.date | None = None
    late: bool = False


@dataclass(frozen=True)
class Line:
    """One meeting of the lists. `expected`: what it needs, in the order in which it comes."""

    meeting: Meeting
    dossier: Dossier
    expected: tuple[Expected, ...]

    @property
    def cancelled(self) -> bool:
        return is_cancelled(self.meeting, self.dossier)

    @property
    def awaited(self) -> tuple[Expected, ...]:
        return tuple(one for one in self.expected if one.done_on is None)

    @property
    def late(self) -> bool:
        return any(one.late for one in self.expected)


def is_cancelled(meeting: Meeting, dossier: Dossier) -> bool:
    """The request was withdrawn before its meeting was held."""
    return dossier.state == WITHDRAWN and meeting.held_on is None


def _seen(actor: Actor) -> QuerySet[Meeting]:
    files = visible_to(actor).filter(procedure=PROCEDURE)
    found = Meeting.objects.filter(dossier__in=files.values("pk")).defer("participants")
    return found.select_related("dossier__organisation", "dossier__lead__person").order_by("starts_at", "pk")


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, tzinfo=PARIS)


def of_the_month(actor: Actor, first: dt.date, at: dt.datetime) -> list[Line]:
    """Meetings whose hour is in the month that begins on `first`, soonest first. Two queries."""
    within = Q(starts_at__gte=_midnight(first), starts_at__lt=_midnight(add_months(first, 1)))
    return _lines(_seen(actor).filter(within)[:MOST], at)


def to_follow(actor: Actor, at: dt.datetime) -> list[Line]:
    """Meetings planned and not held yet, and those whose minutes are not agreed yet, soonest first. Two queries."""
    return _lines(_seen(actor).filter(dossier__state__in=(PLANNED, AGREEING))[:MOST], at)


def next_of(actor: Actor, at: dt.datetime) -> Line | None:
    """The first meeting to come that this actor reads. One query."""
    found = _seen(actor).filter(dossier__state=PLANNED, starts_at__gte=_midnight(civil_date(at)))[:1]
    return next((Line(one, one.dossier, _pieces(one, civil_date(at))) for one in found), None)


def _lines(found: Iterable[Meeting], at: dt.datetime) -> list[Line]:
    rows = list(found)
    agreeing = [one.dossier_id for one in rows if one.dossier.state == AGREEING]
    agreed = _sides_agreed(agreeing)
    on = civil_date(at)
    return [Line(one, one.dossier, _expected(one, agreed.get(one.dossier_id), on)) for one in rows]


def is_to_come(line: Line, at: dt.datetime) -> bool:
    """Today or later, and neither held nor given up."""
    coming = civil_date(line.meeting.starts_at) >= civil_date(at)
    return coming and line.meeting.held_on is None and not line.cancelled


def _sides_agreed(dossiers: Sequence[int]) -> dict[int, set[str]]:
    """{dossier: sides that agreed to the last version of its minutes}; a dossier without minutes is not in it."""
    found = MinutesVersion.objects.filter(dossier__in=dossiers).order_by("number")
    latest: dict[int, tuple[int, set[str]]] = {}
    for dossier, number, side in found.values_list("dossier_id", "number", "agreements__side"):
        before, sides = latest.get(dossier, (0, set()))
        latest[dossier] = (number, (sides if number == before else set()) | ({side} if side else set()))
    return {dossier: sides for dossier, (_number, sides) in latest.items()}


def _expected(meeting: Meeting, agreed: set[str] | None, on: dt.date) -> tuple[Expected, ...]:
    if is_cancelled(meeting, meeting.dossier):
        return ()
    if meeting.held_on is None:
        gone_by = civil_date(meeting.starts_at) < on
        return _pieces(meeting, on) + ((Expected(_("ANSM: record that it was held")),) if gone_by else ())
    if meeting.dossier.state != AGREEING:
        return (Expected(_("Minutes"), done_on=meeting.held_on),)
    if agreed is None:
        return (Expected(_("Minutes: first text")),)
    missing = {ANSM_SIDE: _("Minutes: agreement of ANSM"), APPLICANT_SIDE: _("Minutes: agreement of the applicant")}
    return tuple(Expected(words) for side, words in missing.items() if side not in agreed)


def _pieces(meeting: Meeting, on: dt.date) -> tuple[Expected, ...]:
    meeting_on = civil_date(meeting.starts_at)
    pieces = (
        (_("Briefing document"), meetings.briefing_due(meeting_on), meeting.briefing_sent_at),
        (_("Slides"), meetings.slides_due(meeting_on), meeting.slides_sent_at),
    )
    return tuple(
        Expected(what, due_on, civil_date(sent_at) if sent_at else None, late=sent_at is None and due_on < on)
        for what, due_on, sent_at in pieces
    )


# ------------------------------------------------------------------------------------------- one meeting


@dataclass(frozen=True)
class Planned:
    """A meeting as a calendar keeps it. `sequence` grows each time that it is planned anew, and when it is given up;
    `changed_at`: when that was."""

    meeting: Meeting
    sequence: int
    changed_at: dt.datetime
    cancelled: bool


def planned_of(dossier: Dossier) -> Planned | None:
    """None when no meeting was ever planned. Two queries."""
    meeting = Meeting.objects.filter(dossier=dossier).defer("participants").first()
    if meeting is None:
        return None
    cancelled = is_cancelled(meeting, dossier)
    counted = ("plan_meeting", "withdraw") if cancelled else ("plan_meeting",)
    times = list(Event.objects.filter(dossier=dossier, verb__in=counted).order_by("seq").values_list("at", flat=True))
    return Planned(meeting, max(len(times) - 1, 0), times[-1] if times else meeting.planned_at, cancelled)


# ----------------------------------------------------------------------------------------- choosing a half-day


@dataclass(frozen=True)
class Offered:
    """A half-day that the applicant proposed. `problem`: why it is no longer possible; `others`: meetings that ANSM has
    on it already."""

    slot: Slot
    problem: Text
    others: tuple[Meeting, ...]


@dataclass(frozen=True)
class Week:
    """A week in which half-days are proposed. `closed`: ANSM holds no meeting in it; `meetings`: how many it has."""

    monday: dt.date
    closed: bool
    meetings: int
    offered: tuple[Offered, ...]


def weeks_offered(
    dossier: Dossier, slots: Sequence[Slot], actor: Actor, *, blackout: Blackout, at: dt.datetime
) -> list[Week]:
    """The half-days proposed, week by week, with what ANSM already has then. One query."""
    days = sorted({slot.day for slot in slots})
    if not days:
        return []
    first, last = meetings.monday_of(days[0]), meetings.monday_of(days[-1]) + 7 * ONE_DAY
    within = Q(starts_at__gte=_midnight(first), starts_at__lt=_midnight(last))
    others = list(_seen(actor).filter(within, dossier__state=PLANNED).exclude(dossier=dossier)[:MOST])
    on = civil_date(at)
    found: dict[dt.date, list[Offered]] = {}
    for slot in sorted(set(slots), key=lambda one: (one.day, one.half != meetings.MORNING)):
        reasons = meetings.chosen_slot_problems(meetings.first_hour(slot), slots, planned_on=on)
        same = tuple(one for one in others if meetings.slot_of(one.starts_at) == slot)
        offered = Offered(slot, reasons[0].message if reasons else "", same)
        found.setdefault(meetings.monday_of(slot.day), []).append(offered)
    planned = [meetings.monday_of(civil_date(one.starts_at)) for one in others]
    return [
        Week(monday, blackout.covers(monday), planned.count(monday), tuple(offered))
        for monday, offered in found.items()
    ]
