"""The way between two known steps, and the days of the steps in between."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.services.history.planner import Days, Known, NoDate, NoPath, dates, days_of, fill, path, role_of
from workflows.registry import AAC, TITLE

GRANT = AAC.transition("grant")
FILE = AAC.transition("file")


def on(*ymd: int) -> Days:
    return Days(dt.date(*ymd), dt.date(*ymd))


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("draft", "sign", []),
        ("draft", "file", ["sign"]),
        ("draft", "grant", ["sign", "file", "take_up", "propose"]),
        ("draft", "answer", ["sign", "file", "take_up", "request_information"]),
        ("info_requested", "refuse", ["answer", "propose"]),
        ("draft", "grant_on_criteria", ["sign", "file"]),
        ("draft", "withdraw", []),
    ],
)
def test_the_shortest_way_through_the_table(source, name, expected):
    assert [row.name for row in path(AAC, source, name)] == expected


def test_no_way_goes_through_a_decision():
    with pytest.raises(NoPath):
        path(AAC, "granted", "take_up")
    with pytest.raises(KeyError):
        path(AAC, "draft", "bless")


def test_who_acts_when_the_source_does_not_say():
    assert role_of(AAC.transition("grant"), "aac") == "ansm_signatory"
    assert role_of(AAC.transition("grant_on_criteria"), "aac") == "system"
    assert role_of(TITLE.transition("cease"), "aac") == "ansm_signatory"


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("2023", (2023, 1, 1), (2023, 12, 31)),
        ("2024-02", (2024, 2, 1), (2024, 2, 29)),
        ("2024-02-05", (2024, 2, 5), (2024, 2, 5)),
    ],
)
def test_partial_dates(said, first, last):
    assert days_of(said) == Days(dt.date(*first), dt.date(*last))


@pytest.mark.parametrize("said", ["23", "2024-2", "2024-13", "2024-02-30", "0000", "spring"])
def test_dates_that_are_none(said):
    with pytest.raises(ValueError):  # noqa: PT011 - the caller puts its own words
        days_of(said)
    assert days_of("") is days_of(None) is None


def test_a_missing_step_takes_the_day_of_the_nearest_known_one():
    planned = fill(AAC, [Known(FILE, on(2023, 1, 5)), Known(GRANT, on(2023, 3, 1))])
    assert [(one.known.row.name, one.day.isoformat(), one.inferred) for one in planned] == [
        ("sign", "2023-01-05", True),
        ("file", "2023-01-05", False),
        ("take_up", "2023-01-05", True),
        ("propose", "2023-03-01", True),
        ("grant", "2023-03-01", False),
    ]


def test_a_partial_date_takes_its_first_day_that_fits_and_is_marked():
    planned = fill(AAC, [Known(FILE, on(2023, 2, 7)), Known(GRANT, days_of("2023-02"))])
    assert (planned[-1].day, planned[-1].inferred) == (dt.date(2023, 2, 7), True)


def test_what_was_granted_goes_on_after_it():
    planned = fill(AAC, [Known(GRANT, on(2023, 2, 7)), Known(TITLE.transition("withdraw"), on(2023, 5, 1))])
    assert [one.known.row.name for one in planned][-2:] == ["grant", "withdraw"]


def test_dates_that_contradict_the_order_of_the_steps():
    with pytest.raises(NoDate):
        fill(AAC, [Known(FILE, on(2023, 2, 7)), Known(GRANT, days_of("2023-01"), said="2023-01")])
    with pytest.raises(NoDate):
        fill(AAC, [Known(GRANT)])


SAID = st.none() | st.builds(
    lambda day, precision: days_of(day.isoformat()[:precision]),
    st.dates(dt.date(2020, 1, 1), dt.date(2024, 12, 31)),
    st.sampled_from((4, 7, 10)),
)


@given(st.lists(SAID, min_size=1, max_size=8))
def test_days_never_go_back_and_stay_within_what_was_said(said):
    steps = [Known(FILE, days) for days in said]
    try:
        found = dates(steps)
    except NoDate:
        known = [days for days in said if days]
        assert not known or any(
            later.last < earlier.first for rank, earlier in enumerate(known) for later in known[rank + 1 :]
        )
        return
    assert list(found) == sorted(found)
    assert all(days is None or days.first <= day <= days.last for days, day in zip(said, found, strict=True))
