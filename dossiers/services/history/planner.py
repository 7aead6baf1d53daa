"""What a published history leaves out: the shortest way through a procedure's table, dated by what is known.

Pure: no database, no clock. A decision is never inferred: a path goes through no final state, and takes no act that
asks for care (`danger`).
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from workflows.roles import SYSTEM
from workflows.types import Procedure, Transition

_PARTIAL: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


class NoPath(Exception):
    """No sequence of ordinary acts leads to a state that this act leaves from."""

    def __init__(self, transition: str) -> None:
        self.transition = transition
        super().__init__(transition)


class NoDate(Exception):
    """Not one step has a date, or two dates contradict the order of the steps. `said` is the date in the way."""

    def __init__(self, said: str = "") -> None:
        self.said = said
        super().__init__(said)


@dataclass(frozen=True)
class Days:
    """The days between which something happened, both included; the same day twice when it is known to the day."""

    first: dt.date
    last: dt.date

    @property
    def is_exact(self) -> bool:
        return self.first == self.last


def days_of(said: str | None) -> Days | None:
    """`2023`, `2023-02` or `2023-02-05`; None when nothing is said. Raises ValueError for anything else."""
    if not said:
        return None
    found = _PARTIAL.fullmatch(said.strip())
    if not found:
        raise ValueError(said)
    year, month, day = (int(part) if part else None for part in found.groups())
    assert year is not None
    if month is None:
        return Days(dt.date(year, 1, 1), dt.date(year, 12, 31))
    if day is None:
        return Days(dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1]))
    return Days(dt.date(year, month, day), dt.date(year, month, day))


def role_of(row: Transition, procedure: str) -> str:
    """Who does it when the source does not say: a person rather than the system."""
    return min(row.roles(procedure), key=lambda role: (role == SYSTEM, role), default=SYSTEM)


def path(table: Procedure, source: str, name: str) -> tuple[Transition, ...]:
    """The fewest transitions of `table` that lead from the state `source` to one that `name` leaves from.

    Raises NoPath, and KeyError when the table has no such act."""
    wanted = {state for row in table.transitions if row.name == name for state in row.sources}
    if not wanted:
        raise KeyError(name)
    waiting: deque[tuple[str, tuple[Transition, ...]]] = deque([(source, ())])
    seen = {source}
    while waiting:
        state, done = waiting.popleft()
        if state in wanted:
            return done
        for row in table.transitions:
            if state in row.sources and row.target not in seen and _is_ordinary(table, row):
                seen.add(row.target)
                waiting.append((row.target, (*done, row)))
    raise NoPath(name)


def _is_ordinary(table: Procedure, row: Transition) -> bool:
    return not row.danger and not table.state(row.target).final


@dataclass(frozen=True)
class Known:
    """An act that the source tells of, with what it says of its day and of what was typed. `deduced`: the source tells
    of something else, from which the act follows. `number`: the one it gives a decision."""

    row: Transition
    days: Days | None = None
    said: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    role: str = ""
    deduced: bool = False
    number: str = ""


@dataclass(frozen=True)
class Planned:
    """An act to replay on `day`. `inferred`: the source does not say the act, or not its day."""

    known: Known
    day: dt.date
    inferred: bool


def fill(table: Procedure, known: Sequence[Known]) -> tuple[Planned, ...]:
    """`known` with the steps of `table` that are missing between them; acts of other tables (a title's) stand where
    they are. Raises NoPath, NoDate."""
    steps: list[Known] = []
    state = table.initial
    for one in known:
        if not any(one.row.name == row.name for row in table.transitions) or table.state(state).final:
            steps.append(one)
            continue
        missing = path(table, state, one.row.name)
        steps += [Known(row) for row in missing]
        row = table.transition(one.row.name, missing[-1].target if missing else state)
        steps.append(replace(one, row=row))
        state = row.target
    days = dates(steps)
    return tuple(
        Planned(step, day, inferred=step.deduced or step.days is None or not step.days.is_exact)
        for step, day in zip(steps, days, strict=True)
    )


def dates(steps: Sequence[Known]) -> tuple[dt.date, ...]:
    """One day a step, never going back. A partial date takes its first day that fits; a step without a date takes that
    of the nearest step that has one, the earlier of two equally near. Raises NoDate."""
    days: dict[int, dt.date] = {}
    latest = dt.date.min
    for rank, step in enumerate(steps):
        if step.days is None:
            continue
        if step.days.last < latest:
            raise NoDate(step.said)
        latest = days[rank] = max(step.days.first, latest)
    if not days:
        raise NoDate
    nearest = [min(days, key=lambda known: (abs(known - rank), known)) for rank in range(len(steps))]
    return tuple(days[rank] for rank in nearest)
