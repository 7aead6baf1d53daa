"""When an answer is due, and why: derived from dated facts each time it is asked, never counted up.

The day of an event does not count: what starts on 3 March and lasts 3 months is due on 3 June. A stop from 10 to
22 April moves the date 12 days later. A stop that begins after the due date changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflows.calendar import add_working_days, next_working_day, working_days_between
from workflows.dates import add_months, civil_date, say
from workflows.types import ClockRule, Length

FactKind = Literal["started", "stopped", "resumed", "extended", "reset", "ended"]
ClockState = Literal["none", "running", "stopped", "ended"]

# At one instant: a stop before a resumption, so that a stop of no length leaves the clock running.
_ORDER: Final = {"started": 0, "reset": 1, "extended": 2, "stopped": 3, "resumed": 4, "ended": 5}


@dataclass(frozen=True)
class ClockFact:
    """Something that happened to a clock. `length` is what an `extended` adds; `cause` names the act behind it."""

    act: FactKind
    at: dt.datetime
    cause: str = ""
    law: str = ""
    length: Length = Length()


@dataclass(frozen=True)
class Stop:
    """A pause of the clock, in civil days: `until` is the day it ran again, None while it lasts."""

    since: dt.date
    until: dt.date | None


@dataclass(frozen=True)
class Due:
    """A clock as of an instant. `due_on` is None without a delay, before the start, and while a stop lasts.

    `explanation` is for people, in the active language, one sentence a line. `paused_days` are calendar days up to
    that instant, `elapsed_days` and `elapsed_working_days` what really ran.
    """

    state: ClockState
    due_on: dt.date | None = None
    explanation: tuple[str, ...] = ()
    paused_days: int = 0
    elapsed_days: int = 0
    elapsed_working_days: int = 0
    started_on: dt.date | None = None
    ended_on: dt.date | None = None
    stops: tuple[Stop, ...] = ()

    def is_late(self, on: dt.date) -> bool:
        """Whether the due date has passed on the civil day `on` and the clock still runs."""
        return self.state == "running" and self.due_on is not None and on > self.due_on


@dataclass
class _Story:
    """What the facts tell, once put in order."""

    started_on: dt.date | None = None
    was_reset: bool = False
    ended_on: dt.date | None = None
    stops: list[Stop] | None = None
    extensions: list[tuple[dt.date, Length]] | None = None


def due(rule: ClockRule, facts: Iterable[ClockFact], at: dt.datetime, target: int | None = None) -> Due:
    """The clock `rule` as of `at`: facts later than `at` are not known yet. The order of `facts` does not matter.

    `target` is the number of working days of a rule whose law gives no delay.
    """
    story = _read(fact for fact in facts if fact.at <= at)
    if story.started_on is None:
        return Due("none", explanation=(_("The clock has not started."),))
    stops = tuple(story.stops or ())
    length = _whole_length(rule, target, [extra for _day, extra in story.extensions or ()])
    seen = story.ended_on or civil_date(at)
    due_on, counted = _due_date(story.started_on, length, stops) if length else (None, stops)
    closed = [(stop.since, min(stop.until or seen, seen)) for stop in stops]
    stopped = bool(stops) and stops[-1].until is None
    state: ClockState = "ended" if story.ended_on else "stopped" if stopped else "running"
    paused_days = sum((until - since).days for since, until in closed)
    paused_working_days = sum(working_days_between(since, until) for since, until in closed)
    return Due(
        state=state,
        due_on=due_on,
        explanation=tuple(_explain(rule, target, story, stops, counted, due_on)),
        paused_days=paused_days,
        elapsed_days=(seen - story.started_on).days - paused_days,
        elapsed_working_days=working_days_between(story.started_on, seen) - paused_working_days,
        started_on=story.started_on,
        ended_on=story.ended_on,
        stops=stops,
    )


# ------------------------------------------------------------------------------------------------ the facts


def _read(facts: Iterable[ClockFact]) -> _Story:
    """Overlapping stops are merged by counting how many hold the clock; a resumption without a stop is nothing."""
    story, depth, since = _Story(), 0, dt.date.min
    pauses: list[Stop] = []
    extensions: list[tuple[dt.date, Length]] = []
    for fact in sorted(facts, key=lambda one: (one.at, _ORDER[one.act])):
        day = civil_date(fact.at)
        if fact.act == "started" and story.started_on is None:
            story.started_on = day
        elif story.started_on is None:
            continue
        elif fact.act == "reset":
            story.started_on, story.was_reset, depth = day, True, 0
            pauses, extensions = [], []
        elif fact.act == "extended":
            extensions.append((day, fact.length))
        elif fact.act == "stopped":
            since = day if depth == 0 else since
            depth += 1
        elif fact.act == "resumed" and depth:
            depth -= 1
            if depth == 0:
                pauses.append(Stop(since, day))
        elif fact.act == "ended":
            story.ended_on = day
            break
    if depth:
        pauses.append(Stop(since, None))
    story.stops, story.extensions = _merged(pauses), extensions
    return story


def _merged(pauses: list[Stop]) -> list[Stop]:
    """Pauses in order, those that touch made one, those of no length left out."""
    merged: list[Stop] = []
    for pause in pauses:
        if merged and merged[-1].until is not None and pause.since <= merged[-1].until:
            merged[-1] = Stop(merged[-1].since, pause.until)
        else:
            merged.append(pause)
    return [stop for stop in merged if stop.until != stop.since]


# ------------------------------------------------------------------------------------------------- the date


def _whole_length(rule: ClockRule, target: int | None, extensions: list[Length]) -> Length | None:
    """The delay with its extensions. Months add up before they are laid from the start: date to date."""
    base = rule.length or (Length(working_days=target) if target is not None else None)
    if base is None:
        return None
    parts = [base, *extensions]
    return Length(
        months=sum(part.months for part in parts),
        days=sum(part.days for part in parts),
        working_days=sum(part.working_days for part in parts),
    )


def _due_date(start: dt.date, length: Length, stops: tuple[Stop, ...]) -> tuple[dt.date | None, tuple[Stop, ...]]:
    """The due date (None while a stop that counts lasts) and the stops that count."""
    day = add_working_days(add_months(start, length.months) + dt.timedelta(days=length.days), length.working_days)
    counted: list[Stop] = []
    for stop in stops:
        if stop.since > day:
            break
        counted.append(stop)
        if stop.until is None:
            return None, tuple(counted)
        if length.working_days:
            later = add_working_days(day, working_days_between(stop.since, stop.until))
            # A stop on the very last day leaves that day to run when the clock runs again.
            day = max(later, next_working_day(stop.until))
        else:
            day += stop.until - stop.since
    return day, tuple(counted)


# -------------------------------------------------------------------------------------------------- the words


def say_length(length: Length) -> str:
    """ "3 months", "45 days", "10 working days"."""
    parts = []
    if length.months:
        parts.append(ngettext("%d month", "%d months", length.months) % length.months)
    if length.days:
        parts.append(ngettext("%d day", "%d days", length.days) % length.days)
    if length.working_days:
        parts.append(ngettext("%d working day", "%d working days", length.working_days) % length.working_days)
    return ", ".join(parts)


def _explain(
    rule: ClockRule,
    target: int | None,
    story: _Story,
    stops: tuple[Stop, ...],
    counted: tuple[Stop, ...],
    due_on: dt.date | None,
) -> Iterable[str]:
    if story.started_on is None:
        return
    started = _("Started again on %s.") if story.was_reset else _("Started on %s.")
    yield started % say(story.started_on)
    if rule.length is not None:
        yield _("Delay: %(length)s (%(law)s).") % {"length": say_length(rule.length), "law": rule.law}
    elif target is not None:
        yield _("The law sets no delay. Target: %s, without legal effect.") % say_length(Length(working_days=target))
    else:
        yield _("The law sets no delay.")
    for day, extra in story.extensions or ():
        yield _("Extended by %(length)s on %(day)s.") % {"length": say_length(extra), "day": say(day)}
    in_working_days = rule.length is None or rule.length.working_days > 0
    for stop in stops:
        yield _say_stop(stop, stop in counted, in_working_days)
    if story.ended_on is not None:
        yield _("Ended on %s.") % say(story.ended_on)
    if due_on is not None:
        # A target that the agency sets itself obliges nobody: it must not read like a legal deadline.
        last = _("Due on %s.") if rule.length is not None else _("Target date: %s.")
        yield last % say(due_on)


def _say_stop(stop: Stop, counts: bool, in_working_days: bool) -> str:
    if stop.until is None:
        if counts:
            return _("Suspended since %s: the due date is known once the answer has come.") % say(stop.since)
        return _("Suspended since %s, after the due date: no effect.") % say(stop.since)
    words = {"since": say(stop.since), "until": say(stop.until)}
    if not counts:
        return _("Suspended from %(since)s to %(until)s, after the due date: no effect.") % words
    if in_working_days:
        days = working_days_between(stop.since, stop.until)
        line = ngettext(
            "Suspended from %(since)s to %(until)s (+%(days)d working day).",
            "Suspended from %(since)s to %(until)s (+%(days)d working days).",
            days,
        )
    else:
        days = (stop.until - stop.since).days
        line = ngettext(
            "Suspended from %(since)s to %(until)s (+%(days)d day).",
            "Suspended from %(since)s to %(until)s (+%(days)d days).",
            days,
        )
    return line % {**words, "days": days}
