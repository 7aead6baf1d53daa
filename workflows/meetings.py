"""Meetings of the Innovation and Referral Service: the half-days proposed, the one chosen, what is due before it.

The numbers are those of ANSM's own procedure for scientific opinions: ten days proposed, a briefing document three
weeks before, slides three days before, an hour of meeting, no meeting in the weeks of certain committees. Every day is
a day in Paris.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.utils import formats
from django.utils.translation import gettext_lazy as _

from workflows.calendar import is_working_day
from workflows.dates import ONE_DAY, PARIS, civil_date, say
from workflows.payload import FIRST_YEAR, LAST_YEAR
from workflows.types import Reason, Text

Half = Literal["morning", "afternoon"]
MORNING: Final = "morning"
AFTERNOON: Final = "afternoon"
HALVES: Final[tuple[tuple[str, Text], ...]] = ((MORNING, _("morning")), (AFTERNOON, _("afternoon")))

SLOTS_FIELD: Final = "meeting.slots"
LEAST_SLOTS: Final = 10
LENGTH: Final = dt.timedelta(hours=1)
BRIEFING: Final = dt.timedelta(weeks=3)
SLIDES: Final = dt.timedelta(days=3)
OPENS: Final = dt.time(9)
NOON: Final = dt.time(12, 30)
CLOSES: Final = dt.time(18)
DAYS_OF_A_WEEK: Final = 7

_RANGE: Final = re.compile(r"(\d\d)-(\d\d)/(\d\d)-(\d\d)")
_WEEK: Final = re.compile(r"(\d{4})-W(\d\d)")
_LEAP_YEAR: Final = 2024
"""A year that has every day of every month: what is written month-day is checked against it."""


@dataclass(frozen=True, order=True)
class Slot:
    """A half-day on which the applicant can come."""

    day: dt.date
    half: str

    def __str__(self) -> str:
        return f"{formats.date_format(self.day, 'l')} {say(self.day)}, {dict(HALVES)[self.half]}"


# ---------------------------------------------------------------------------------------------- blackout weeks


@dataclass(frozen=True)
class Blackout:
    """Weeks, from Monday to Sunday, in which ANSM holds no such meeting.

    `ranges`: first and last (month, day), each year, both included; a range may run over New Year. Every week that has
    one of their days is closed. `weeks`: single ones, as (ISO year, ISO week).
    """

    ranges: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    weeks: frozenset[tuple[int, int]] = frozenset()

    @classmethod
    def parse(cls, written: Iterable[str]) -> Blackout:
        """From `["12-24/01-01", "2027-W07"]`: month-day ranges of each year, and ISO weeks. Raises ValueError, with
        what is wrong, on anything else."""
        ranges = []
        weeks: set[tuple[int, int]] = set()
        for one in written:
            if found := _RANGE.fullmatch(one):
                first, last = _month_day(found[1], found[2]), _month_day(found[3], found[4])
                ranges.append((first, last))
            elif found := _WEEK.fullmatch(one):
                monday = dt.date.fromisocalendar(int(found[1]), int(found[2]), 1)
                weeks.add(_iso_week(monday))
            else:
                raise ValueError(f"{one!r} is neither a range of days (12-24/01-01) nor a week (2027-W07)")
        return cls(tuple(ranges), frozenset(weeks))

    def covers(self, day: dt.date) -> bool:
        """Whether `day` lies in a closed week."""
        monday = monday_of(day)
        if _iso_week(monday) in self.weeks:
            return True
        of_the_week = [monday + dt.timedelta(days=rank) for rank in range(DAYS_OF_A_WEEK)]
        return any(_within(one, first, last) for one in of_the_week for first, last in self.ranges)


def monday_of(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def _iso_week(day: dt.date) -> tuple[int, int]:
    year, week, _weekday = day.isocalendar()
    return year, week


def _month_day(month: str, day: str) -> tuple[int, int]:
    checked = dt.date(_LEAP_YEAR, int(month), int(day))
    return checked.month, checked.day


def _within(day: dt.date, first: tuple[int, int], last: tuple[int, int]) -> bool:
    here = (day.month, day.day)
    return first <= here <= last if first <= last else here >= first or here <= last


# ------------------------------------------------------------------------------------------------ what is due


def briefing_due(meeting_on: dt.date) -> dt.date:
    """Last day to send the briefing document: three weeks before the meeting at the latest. On a day that is not
    worked, the last working day before it, so that ANSM never has less than three weeks."""
    return _worked_day_by(meeting_on - BRIEFING)


def slides_due(meeting_on: dt.date) -> dt.date:
    """Last day to send the slides: three days before the meeting at the latest, moved earlier as `briefing_due`. For a
    meeting on a Tuesday, Friday."""
    return _worked_day_by(meeting_on - SLIDES)


def _worked_day_by(day: dt.date) -> dt.date:
    """`day` itself when it is worked, else the last working day before it."""
    while not is_working_day(day):
        day -= ONE_DAY
    return day


def first_day_possible(filed_on: dt.date) -> dt.date:
    """The first day that a request filed on `filed_on` may propose: its briefing document is due the day after the
    filing at the earliest."""
    day = filed_on + BRIEFING
    while not is_working_day(day) or briefing_due(day) <= filed_on:
        day += ONE_DAY
    return day


# ------------------------------------------------------------------------------------------ slots, read and judged


def slots_from(rows: object) -> tuple[Slot, ...]:
    """Slots of the rows of an answer, `{"day": date or ISO text, "half": ...}`, in their order. A row that has no day,
    or no known half of it, is not one."""
    found = []
    for row in rows if isinstance(rows, list | tuple) else ():
        if not isinstance(row, Mapping):
            continue
        day, half = _day_of(row.get("day")), str(row.get("half") or "")
        if day is not None and half in dict(HALVES):
            found.append(Slot(day, half))
    return tuple(found)


def _day_of(value: Any) -> dt.date | None:
    """None for a year that is a slip of the keyboard: the weeks around year 9999 cannot be counted."""
    try:
        day = value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def proposed_slots_problems(
    slots: Sequence[Slot], *, filed_on: dt.date, blackout: Blackout, at_least: int = LEAST_SLOTS
) -> tuple[Reason, ...]:
    """What is wrong with the half-days proposed in a request filed on `filed_on`; empty when fine.

    `at_least` different days, each a working day, outside the closed weeks, and late enough for the briefing document
    to be sent three weeks before. Both halves of a day may be proposed; they count for one day.
    """
    days = sorted({slot.day for slot in slots})
    earliest = first_day_possible(filed_on)
    found = [*_counted(slots, len(days), at_least)]
    if wrong := [day for day in days if not is_working_day(day)]:
        message = _("These are not working days: %s. Choose others.")
        found.append(Reason("slots_not_worked", message % _listed(wrong), SLOTS_FIELD))
    if wrong := [day for day in days if day < earliest]:
        message = _(
            "These days are too soon: %(days)s. Choose %(earliest)s or later, so that the briefing document can be "
            "sent three weeks before."
        )
        said = {"days": _listed(wrong), "earliest": say(earliest)}
        found.append(Reason("slots_too_soon", message % said, SLOTS_FIELD))
    if wrong := [day for day in days if blackout.covers(day)]:
        message = _("ANSM holds no meeting in the weeks of these days: %s. Choose other weeks.")
        found.append(Reason("slots_blackout", message % _listed(wrong), SLOTS_FIELD))
    return tuple(found)


def _counted(slots: Sequence[Slot], days: int, at_least: int) -> Iterable[Reason]:
    if days < at_least:
        message = _("Propose %(least)s different days at least: there are %(count)s.")
        yield Reason("slots_few", message % {"least": at_least, "count": days}, SLOTS_FIELD)
    if len(set(slots)) < len(slots):
        yield Reason("slots_twice", _("The same half-day is proposed twice: keep it once."), SLOTS_FIELD)


def _listed(days: Iterable[dt.date]) -> str:
    return ", ".join(say(day) for day in days)


def chosen_slot_problems(starts_at: dt.datetime, slots: Sequence[Slot], *, planned_on: dt.date) -> tuple[Reason, ...]:
    """What is wrong with a meeting that starts at `starts_at` (aware), planned on `planned_on`; empty when fine.

    It starts in one of the half-days proposed, ends within it, and leaves the applicant a day at least to send the
    briefing document in time. Raises ValueError when `starts_at` is naive.
    """
    slot = slot_of(starts_at)
    if slot is None:
        message = _("A meeting lasts an hour: it starts from 9:00 to 11:30, or from 12:30 to 17:00, Paris time.")
        return (Reason("slot_hour", message, "starts_at"),)
    if slot not in slots:
        message = _("This is not one of the half-days that the applicant proposed: choose among them.")
        return (Reason("slot_not_proposed", message, "starts_at"),)
    if briefing_due(slot.day) <= planned_on:
        message = _(
            "The briefing document would be due on %s: choose a later half-day, or ask the applicant for new ones."
        )
        return (Reason("slot_too_soon", message % say(briefing_due(slot.day)), "starts_at"),)
    return ()


def slot_of(starts_at: dt.datetime) -> Slot | None:
    """The half-day, in Paris, that holds the whole hour of a meeting that starts then; None when none does."""
    start = starts_at.astimezone(PARIS).time()
    end = (starts_at + LENGTH).astimezone(PARIS).time()
    day = civil_date(starts_at)
    if start >= OPENS and start < end <= NOON:
        return Slot(day, MORNING)
    if start >= NOON and start < end <= CLOSES:
        return Slot(day, AFTERNOON)
    return None


def first_hour(slot: Slot) -> dt.datetime:
    """The first instant at which a meeting of that half-day may start."""
    hour = OPENS if slot.half == MORNING else dt.time(14)
    return dt.datetime.combine(slot.day, hour, tzinfo=PARIS)
