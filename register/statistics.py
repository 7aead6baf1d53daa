"""Numbers that people may trust: how many decisions, how long, how many grants, by procedure and year.

One query, over columns written at each decision; how each number is made is told on the page itself (`HOW`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Aggregate, Count, Exists, FloatField, OuterRef, Q
from django.db.models.functions import ExtractYear

from dossiers.models import Decision, Dossier, Event
from register import published
from register.kept import kept
from workflows.dates import PARIS
from workflows.types import Text

GRANTED: Final = "granted"
YEARS: Final = 10


@dataclass(frozen=True)
class Year:
    """`decided` None: fewer than `published.SMALL`, and then nothing else is told. `median` in working days, pauses
    left out, of the files whose days are known; None when there is none. `rate` is grants in a hundred decisions; None
    when either the grants or the refusals are too few to be told, and without any decision. `by_silence`: how many of
    the decisions nobody made, the delay having run out. `running`: the year is not over."""

    year: int
    decided: int | None
    median: float | None
    rate: float | None
    running: bool
    by_silence: int = 0


@dataclass(frozen=True)
class OfProcedure:
    """`silent`: silence may decide in it, and is told apart."""

    code: str
    name: Text
    hides: bool
    years: tuple[Year, ...]

    @property
    def silent(self) -> bool:
        return self.code in published.speaking_silence()

    @property
    def drawn(self) -> list[Year]:
        """Oldest first, as pictures read; years of which nothing may be told are left out."""
        return [one for one in reversed(self.years) if one.decided is not None]


class Median(Aggregate):
    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def statistics(on: dt.date) -> list[OfProcedure]:
    """By procedure, the latest year first, as of the civil day `on`. Whatever the number of files, one query."""
    rows = list(_counted(on))
    return [
        OfProcedure(
            code=one.code,
            name=one.name,
            hides=published.hides_small_numbers(one.code),
            years=tuple(
                told(row, running=row["year"] == on.year, hides=published.hides_small_numbers(one.code))
                for row in _without_gap([row for row in rows if row["procedure"] == one.code], on.year)
            ),
        )
        for one in published.all_public()
    ]


def _without_gap(rows: list[dict[str, Any]], last: int) -> list[dict[str, Any]]:
    """A year without a decision is a year too, since the first that has one; the latest first."""
    if not rows:
        return []
    by_year = {row["year"]: row for row in rows}
    nothing = {"decided": 0, "granted": 0, "by_silence": 0, "median": None}
    return [by_year.get(year, {"year": year, **nothing}) for year in range(last, min(by_year) - 1, -1)]


def kept_statistics(on: dt.date) -> list[OfProcedure]:
    """As `statistics`, kept for some minutes: the query reads every decision of ten years."""
    years: dict[str, tuple[Year, ...]] = kept(
        f"register:statistics:{on.isoformat()}", lambda: {one.code: one.years for one in statistics(on)}
    )
    return [
        OfProcedure(one.code, one.name, published.hides_small_numbers(one.code), years.get(one.code, ()))
        for one in published.all_public()
    ]


def told(row: dict[str, Any], *, running: bool, hides: bool) -> Year:
    """What may be told of a year, `row` being its true numbers: `decided`, `granted`, `median`, and `by_silence`
    where it decides."""
    decided, granted = row["decided"], row["granted"]
    small = published.SMALL if hides else 0
    if decided < small:
        return Year(row["year"], None, None, None, running)
    sides_are_small = hides and min(granted, decided - granted) < small
    rate = None if sides_are_small or not decided else round(100 * granted / decided, 1)
    return Year(row["year"], decided, row["median"], rate, running, row.get("by_silence", 0))


def _counted(on: dt.date) -> Any:
    decided = Q(state__in=(GRANTED, published.REFUSED), filed_at__isnull=False, decided_at__isnull=False)
    acts = Event.objects.filter(dossier=OuterRef("pk"), machine="dossier", verb__in=_timed_acts())
    silent = Decision.objects.filter(dossier=OuterRef("pk"), tacit=True)
    since = dt.datetime(on.year - YEARS + 1, 1, 1, tzinfo=PARIS)
    return (
        Dossier.objects.filter(decided, procedure__in=[one.code for one in published.all_public()])
        .filter(decided_at__gte=since)
        # Most files were born here: only of the others is their log asked.
        .annotate(is_dated=Q(imported_case__isnull=True) | ~Exists(acts.filter(inferred=True)))
        .annotate(is_silent=Exists(silent))
        .annotate(year=ExtractYear("decided_at", tzinfo=PARIS))
        .values("procedure", "year")
        .annotate(
            decided=Count("pk"),
            granted=Count("pk", filter=Q(state=GRANTED)),
            by_silence=Count("pk", filter=Q(is_silent=True)),
            median=Median("decided_in_working_days", filter=Q(is_dated=True)),
        )
        .order_by("procedure", "-year")
    )


def _timed_acts() -> list[str]:
    """The acts whose days make the time that a decision took."""
    return sorted({row.name for one in published.all_public() for row in one.transitions if row.clock})
