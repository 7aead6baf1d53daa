"""Which dossiers to load: how many of each kind, for whom, about what and since when. Nothing is written here."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from benchmarks.patterns import MONTHS, OPEN, Pattern
from benchmarks.people import KNOWN_PRODUCTS, Cast, Hospital, Member, Product

A_YEAR = 60_000
"""Dossiers filed with ANSM in a year."""
OPEN_WORK = {"draft": 20, "at_pharmacy": 15, "received": 55, "assessment": 60, "info_requested": 55, "to_sign": 55}
"""Work in progress. It does not grow with history, and fills one page of each worklist."""
OF_FIRST_HOSPITAL = 10
"""Of each open state, so that every list of its home page is full."""
ENDING_SOON = 25
"""Titles of the first hospital that end within two months."""
RARE_FILES = 30
OUTCOMES = {"granted": 0.92, "refused": 0.03, "withdrawn": 0.03, "closed": 0.02}
SHARE_OF_A_DEMO_HOSPITAL = 0.03
"""That of the largest establishments."""


@dataclass(frozen=True)
class Copy:
    """One dossier to make: this pattern, so many days later, with these people and this product."""

    pattern: Pattern
    days: int
    hospital: Hospital
    product: Product
    officer: Member
    urgent: bool = False


class Plan:
    """`fresh`: dossiers received and not taken up that the run will use up, besides the open work."""

    def __init__(self, *, size: int, fresh: int, patterns: dict[str, Pattern], cast: Cast, today: dt.date) -> None:
        self.size, self.fresh, self.patterns, self.cast, self.today = size, fresh, patterns, cast, today
        self.random = random.Random(f"bench:{size}")  # noqa: S311 - invented data, no secret
        constants = sum(OPEN_WORK.values()) + ENDING_SOON + RARE_FILES
        self.scale = min(1.0, 0.4 * size / constants)
        """Tiny sizes, in tests, have less of everything."""
        others = range(len(cast.hospitals) - 4)
        # The demo's two, the one of the patterns (as any other), the rare one (nothing by chance), the others.
        left = 1 - 2 * SHARE_OF_A_DEMO_HOSPITAL
        weights = [1 / (rank + 10) for rank in range(-1, len(others))]
        weights = [left * weight / sum(weights) for weight in weights]
        two = [SHARE_OF_A_DEMO_HOSPITAL] * 2
        self.hospital_weights = list(accumulate([*two, weights[0], 0, *weights[1:]]))
        known, rest = len(KNOWN_PRODUCTS), len(cast.products) - len(KNOWN_PRODUCTS)
        tail = [1 / (rank + 10) for rank in range(rest)]
        self.product_weights = list(accumulate([0.5 / known] * known + [0.5 * one / sum(tail) for one in tail]))
        self.history_days = max(365, size * 365 // A_YEAR)

    def copies(self) -> Iterator[Copy]:
        """As many as `size`, history first, so that the open dossiers have the highest keys as in real life."""
        constant = [*self._open_work(), *self._ending_soon(), *self._rare()]
        for _rank in range(self.size - len(constant)):
            yield self._history()
        yield from constant

    def _scaled(self, number: int) -> int:
        return max(1, int(number * self.scale))

    def _open_work(self) -> Iterator[Copy]:
        for state in OPEN:
            pattern = self.patterns[state]
            number = self._scaled(OPEN_WORK[state]) + (self.fresh if state == "received" else 0)
            for rank in range(number):
                # Everything under assessment is late, so that the list of late dossiers is full; the rest is recent.
                ago = 40 + rank % 10 if state == "assessment" else 4 + rank % 3
                first = rank % 2 == 0 and rank < 2 * OF_FIRST_HOSPITAL
                officer = self.cast.officers[0] if rank % 2 == 0 else self.random.choice(self.cast.officers)
                yield self._copy(
                    pattern, self._days_so_that(pattern.ended_on, ago), self._hospital(first=first), officer
                )

    def _ending_soon(self) -> Iterator[Copy]:
        pattern = self.patterns[f"in_force_{MONTHS[0]}"]
        for rank in range(self._scaled(ENDING_SOON)):
            days = self._days_so_that(pattern.ends_on, -3 - 2 * rank)
            yield self._copy(pattern, days, self._hospital(first=True))

    def _rare(self) -> Iterator[Copy]:
        pattern = self.patterns["refused"]
        for rank in range(self._scaled(RARE_FILES)):
            yield self._copy(pattern, self._days_so_that(pattern.ended_on, 10 + rank), self.cast.hospitals[3])

    def _history(self) -> Copy:
        outcome = self.random.choices(list(OUTCOMES), list(OUTCOMES.values()))[0]
        ended_ago = 1 + int(self.random.random() * self.history_days)
        if outcome != "granted":
            pattern = self.patterns[outcome]
            return self._copy(pattern, self._days_so_that(pattern.ended_on, ended_ago), self._hospital())
        months = self.random.choice(MONTHS)
        pattern = self.patterns[f"in_force_{months}"]
        days = self._days_so_that(pattern.ended_on, ended_ago)
        assert pattern.ends_on is not None
        if pattern.ends_on + dt.timedelta(days=days) < self.today:
            # The same grant, whose title the calendar has ended since.
            pattern = self.patterns[f"expired_{months}"]
        return self._copy(pattern, days, self._hospital())

    def _days_so_that(self, day: dt.date | None, ago: int) -> int:
        """Days to add so that `day` of a pattern lies `ago` days before today."""
        assert day is not None
        return (self.today - dt.timedelta(days=ago) - day).days

    def _hospital(self, *, first: bool = False) -> Hospital:
        if first:
            return self.cast.hospitals[0]
        return self.random.choices(self.cast.hospitals, cum_weights=self.hospital_weights)[0]

    def _copy(self, pattern: Pattern, days: int, hospital: Hospital, officer: Member | None = None) -> Copy:
        return Copy(
            pattern=pattern,
            days=days,
            hospital=hospital,
            product=self.random.choices(self.cast.products, cum_weights=self.product_weights)[0],
            officer=officer or self.random.choice(self.cast.officers),
            urgent=pattern.due_on is None and self.random.random() < 0.05,
        )
