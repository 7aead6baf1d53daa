from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.calendar import (
    add_working_days,
    is_working_day,
    next_working_day,
    public_holidays,
    working_days_between,
)
from workflows.dates import add_months, civil_date, last_day_of_a_period

DAYS = st.dates(dt.date(1995, 1, 1), dt.date(2060, 12, 31))

# Official calendar of the ministry of Labour for these years.
PUBLISHED = {
    2024: "01-01 04-01 05-01 05-08 05-09 05-20 07-14 08-15 11-01 11-11 12-25",
    2025: "01-01 04-21 05-01 05-08 05-29 06-09 07-14 08-15 11-01 11-11 12-25",
    2026: "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25",
    2027: "01-01 03-29 05-01 05-06 05-08 05-17 07-14 08-15 11-01 11-11 12-25",
}


@pytest.mark.parametrize("year", sorted(PUBLISHED))
def test_public_holidays(year: int) -> None:
    assert sorted(day.strftime("%m-%d") for day in public_holidays(year)) == PUBLISHED[year].split()


def test_two_holidays_may_fall_on_one_day() -> None:
    """In 2008 Ascension was 1 May: ten days, not eleven."""
    assert len(public_holidays(2008)) == 10


@pytest.mark.parametrize(
    ("day", "working"),
    [("2026-03-06", True), ("2026-03-07", False), ("2026-03-08", False), ("2026-05-08", False), ("2026-12-24", True)],
)
def test_working_days(day: str, working: bool) -> None:
    assert is_working_day(dt.date.fromisoformat(day)) is working


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-03-02", 0, "2026-03-02"),
        ("2026-03-07", 0, "2026-03-07"),
        ("2026-03-06", 1, "2026-03-09"),
        ("2026-04-30", 1, "2026-05-04"),
        ("2026-12-24", 1, "2026-12-28"),
        ("2026-12-31", 1, "2027-01-04"),
        ("2026-03-02", 10, "2026-03-16"),
    ],
)
def test_adding_working_days(start: str, count: int, end: str) -> None:
    assert add_working_days(dt.date.fromisoformat(start), count) == dt.date.fromisoformat(end)


def test_working_days_are_not_counted_backwards() -> None:
    with pytest.raises(ValueError, match="forwards"):
        add_working_days(dt.date(2026, 3, 2), -1)
    assert working_days_between(dt.date(2026, 3, 9), dt.date(2026, 3, 2)) == 0


@given(DAYS, st.integers(0, 400))
def test_between_counts_what_a_walk_counts(start: dt.date, length: int) -> None:
    end = start + dt.timedelta(days=length)
    walked = sum(is_working_day(start + dt.timedelta(days=step)) for step in range(1, length + 1))
    assert working_days_between(start, end) == walked


@given(DAYS, st.integers(1, 120))
def test_adding_and_counting_agree(start: dt.date, count: int) -> None:
    end = add_working_days(start, count)
    assert is_working_day(end)
    assert working_days_between(start, end) == count


@given(DAYS)
def test_the_next_working_day_is_the_first(day: dt.date) -> None:
    found = next_working_day(day)
    assert is_working_day(found)
    assert working_days_between(day, found) == (0 if found == day else 1)


def test_months_go_date_to_date_and_are_clipped() -> None:
    assert add_months(dt.date(2025, 1, 31), 1) == dt.date(2025, 2, 28)
    assert last_day_of_a_period(dt.date(2025, 3, 1), 12) == dt.date(2026, 2, 28)
    assert last_day_of_a_period(dt.date(2027, 3, 1), 12) == dt.date(2028, 2, 29)


def test_civil_dates_are_those_of_paris() -> None:
    assert civil_date(dt.datetime(2026, 3, 28, 23, 30, tzinfo=dt.UTC)) == dt.date(2026, 3, 29)
    assert civil_date(dt.datetime(2026, 3, 29, 21, 59, tzinfo=dt.UTC)) == dt.date(2026, 3, 29)
    assert civil_date(dt.datetime(2026, 3, 29, 22, 0, tzinfo=dt.UTC)) == dt.date(2026, 3, 30)
    with pytest.raises(ValueError, match="naive"):
        civil_date(dt.datetime(2026, 3, 29))  # noqa: DTZ001 - a naive one is the point
