"""Civil dates of a French authority: every legal date is a day in Europe/Paris."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Final

from dateutil.relativedelta import relativedelta
from django.utils import formats
from django.utils.translation import get_language

PARIS: Final = zoneinfo.ZoneInfo("Europe/Paris")
ONE_DAY: Final = dt.timedelta(days=1)


def civil_date(at: dt.datetime) -> dt.date:
    """The day it is in Paris at the instant `at`. Raises ValueError when `at` is naive: such an instant has no day."""
    if at.tzinfo is None:
        raise ValueError("a naive datetime names no instant")
    return at.astimezone(PARIS).date()


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of the month `months` later, or the last day of that month when it is shorter."""
    return day + relativedelta(months=months)


def last_day_of_a_period(starts_on: dt.date, months: int) -> dt.date:
    """The last day of a period of `months` whose first day is `starts_on`: date to date, less a day.

    >>> last_day_of_a_period(dt.date(2025, 3, 1), 12)
    datetime.date(2026, 2, 28)
    """
    return add_months(starts_on, months) - ONE_DAY


def say(day: dt.date) -> str:
    """A date in full, in the reader's language: "1 July 2026", "1er juillet 2026"."""
    words = formats.date_format(day, "j F Y")
    in_french = (get_language() or "").startswith("fr")
    return words.replace("1 ", "1er ", 1) if in_french and day.day == 1 else words
