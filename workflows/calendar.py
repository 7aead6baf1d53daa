"""French working days: neither Saturday, nor Sunday, nor a public holiday (Code du travail L.3133-1, metropolitan)."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Final

from dateutil.easter import easter

from workflows.dates import ONE_DAY

SATURDAY: Final = 5
_FIXED: Final = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
_AFTER_EASTER: Final = (1, 39, 50)
"""Easter Monday, Ascension, Whit Monday, in days after Easter Sunday."""


@lru_cache(maxsize=256)
def public_holidays(year: int) -> frozenset[dt.date]:
    """The eleven public holidays of metropolitan France in that year."""
    sunday = easter(year)
    fixed = {dt.date(year, month, day) for month, day in _FIXED}
    return frozenset(fixed | {sunday + dt.timedelta(days=days) for days in _AFTER_EASTER})


def is_working_day(day: dt.date) -> bool:
    return day.weekday() < SATURDAY and day not in public_holidays(day.year)


def next_working_day(day: dt.date) -> dt.date:
    """`day` itself when it is a working day, else the first one after it."""
    while not is_working_day(day):
        day += ONE_DAY
    return day


def add_working_days(day: dt.date, count: int) -> dt.date:
    """The `count`-th working day after `day`, which itself does not count. `count` 0 gives `day` unchanged.

    Raises ValueError on a negative count.
    """
    if count < 0:
        raise ValueError("working days are counted forwards")
    for _nth in range(count):
        day = next_working_day(day + ONE_DAY)
    return day


def working_days_between(start: dt.date, end: dt.date) -> int:
    """Working days after `start` up to and including `end`; 0 when `end` is not later."""
    if end <= start:
        return 0
    whole_weeks, rest = divmod((end - start).days, 7)
    weekdays = whole_weeks * 5 + sum((end - dt.timedelta(days=back)).weekday() < SATURDAY for back in range(rest))
    return weekdays - sum(
        start < holiday <= end and holiday.weekday() < SATURDAY
        for year in range(start.year, end.year + 1)
        for holiday in public_holidays(year)
    )
