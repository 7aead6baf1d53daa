from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.calendar import add_working_days, is_working_day
from workflows.dates import PARIS, civil_date
from workflows.meetings import (
    AFTERNOON,
    LENGTH,
    MORNING,
    Blackout,
    Slot,
    briefing_due,
    chosen_slot_problems,
    first_day_possible,
    first_hour,
    monday_of,
    proposed_slots_problems,
    slides_due,
    slot_of,
    slots_from,
)

DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2045, 12, 31))
HALF = st.sampled_from([MORNING, AFTERNOON])
HOLIDAYS = Blackout.parse(["12-24/01-01", "08-01/08-20", "2026-W11"])
OPEN = Blackout()
FILED = dt.date(2026, 1, 12)


def codes(slots: list[Slot], *, filed_on: dt.date = FILED, blackout: Blackout = OPEN, at_least: int = 10) -> set:
    reasons = proposed_slots_problems(slots, filed_on=filed_on, blackout=blackout, at_least=at_least)
    assert {one.field for one in reasons} <= {"meeting.slots"}
    return {one.code for one in reasons}


def ten_from(day: dt.date) -> list[Slot]:
    return [Slot(add_working_days(day, rank), MORNING) for rank in range(1, 11)]


# ------------------------------------------------------------------------------------------------- what is due


@pytest.mark.parametrize(
    ("meeting", "briefing", "slides"),
    [
        ("2026-03-26", "2026-03-05", "2026-03-23"),
        # Three days before a Tuesday is a Saturday: Friday.
        ("2026-03-24", "2026-03-03", "2026-03-20"),
        # Three weeks before 29 May 2026 is 8 May, a public holiday.
        ("2026-05-29", "2026-05-07", "2026-05-26"),
        # Three days before 28 May 2026 is Whit Monday: the Friday before.
        ("2026-05-28", "2026-05-07", "2026-05-22"),
    ],
)
def test_what_is_due_before_a_meeting(meeting: str, briefing: str, slides: str) -> None:
    on = dt.date.fromisoformat(meeting)
    assert briefing_due(on) == dt.date.fromisoformat(briefing)
    assert slides_due(on) == dt.date.fromisoformat(slides)


@given(DAYS)
def test_what_is_due_is_worked_and_never_later_than_said(day: dt.date) -> None:
    briefing, slides = briefing_due(day), slides_due(day)
    assert is_working_day(briefing)
    assert is_working_day(slides)
    assert dt.timedelta(days=21) <= day - briefing <= dt.timedelta(days=26)
    assert dt.timedelta(days=3) <= day - slides <= dt.timedelta(days=8)
    assert briefing < slides < day


@given(DAYS)
def test_the_first_day_possible_is_the_first(filed_on: dt.date) -> None:
    first = first_day_possible(filed_on)
    assert is_working_day(first)
    assert briefing_due(first) > filed_on
    before = [filed_on + dt.timedelta(days=rank) for rank in range((first - filed_on).days)]
    assert not any(is_working_day(day) and briefing_due(day) > filed_on for day in before)


# ---------------------------------------------------------------------------------------------- blackout weeks


@pytest.mark.parametrize(
    ("day", "closed"),
    [
        ("2026-12-20", False),
        ("2026-12-21", True),
        ("2027-01-03", True),
        ("2027-01-04", False),
        ("2026-07-26", False),
        ("2026-07-27", True),  # the week of 1 August
        ("2026-08-23", True),
        ("2026-08-24", False),
        ("2026-03-09", True),
        ("2026-03-15", True),
        ("2026-03-16", False),
        ("2027-03-15", False),  # that week was of 2026 alone
    ],
)
def test_closed_weeks(day: str, closed: bool) -> None:
    assert HOLIDAYS.covers(dt.date.fromisoformat(day)) is closed


@given(DAYS)
def test_a_week_is_closed_whole_or_not_at_all(day: dt.date) -> None:
    monday = monday_of(day)
    assert len({HOLIDAYS.covers(monday + dt.timedelta(days=rank)) for rank in range(7)}) == 1


@given(DAYS)
def test_a_week_written_is_the_week_closed(day: dt.date) -> None:
    year, week, _weekday = day.isocalendar()
    blackout = Blackout.parse([f"{year}-W{week:02}"])
    assert blackout.covers(day)
    assert not blackout.covers(day + dt.timedelta(days=7))
    assert not blackout.covers(day - dt.timedelta(days=7))


@pytest.mark.parametrize("written", ["", "August", "13-01/13-02", "2026-W54", "12-24", "02-30/03-01", "2026-W1"])
def test_what_is_not_a_week_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Blackout.parse([written])


# ------------------------------------------------------------------------------------------- half-days proposed


def test_ten_worked_days_ahead_are_fine() -> None:
    assert codes(ten_from(dt.date(2026, 3, 2))) == set()


def test_both_halves_of_a_day_are_one_day() -> None:
    slots = ten_from(dt.date(2026, 3, 2))[:9]
    assert codes([*slots, Slot(slots[0].day, AFTERNOON)]) == {"slots_few"}
    assert codes([*slots, Slot(slots[0].day, AFTERNOON)], at_least=9) == set()


def test_each_fault_has_its_reason() -> None:
    good = ten_from(dt.date(2026, 3, 2))
    assert codes([*good, good[0]]) == {"slots_twice"}
    assert codes([*good, Slot(dt.date(2026, 5, 1), MORNING)]) == {"slots_not_worked"}
    assert codes([*good, Slot(FILED + dt.timedelta(days=7), MORNING)]) == {"slots_too_soon"}
    assert codes([*good, Slot(dt.date(2026, 8, 12), MORNING)], blackout=HOLIDAYS) == {"slots_blackout"}
    assert codes([]) == {"slots_few"}


def test_the_reason_says_which_days(in_english: None) -> None:
    slots = [*ten_from(dt.date(2026, 3, 2)), Slot(dt.date(2026, 1, 19), MORNING)]
    (reason,) = proposed_slots_problems(slots, filed_on=FILED, blackout=OPEN)
    assert "19 January 2026" in str(reason.message)
    assert "3 February 2026" in str(reason.message)


@given(st.lists(st.builds(Slot, DAYS, HALF), max_size=25), DAYS)
def test_slots_are_fine_exactly_when_each_rule_holds(slots: list[Slot], filed_on: dt.date) -> None:
    days = {slot.day for slot in slots}
    fine = (
        len(days) >= 10
        and len(set(slots)) == len(slots)
        and all(is_working_day(day) and not HOLIDAYS.covers(day) and briefing_due(day) > filed_on for day in days)
        and all(day >= first_day_possible(filed_on) for day in days)
    )
    assert (codes(slots, filed_on=filed_on, blackout=HOLIDAYS) == set()) is fine


@given(DAYS, st.integers(1, 12))
def test_the_next_working_days_are_fine(filed_on: dt.date, least: int) -> None:
    eve = first_day_possible(filed_on) + dt.timedelta(days=14)
    slots = [Slot(add_working_days(eve, rank), AFTERNOON) for rank in range(1, least + 1)]
    assert codes(slots, filed_on=filed_on, at_least=least) == set()
    assert codes(slots[1:], filed_on=filed_on, at_least=least) == {"slots_few"}


def test_slots_are_read_from_the_rows_of_an_answer() -> None:
    rows = [
        {"day": "2026-03-03", "half": "morning"},
        {"day": dt.date(2026, 3, 4), "half": "afternoon"},
        {"day": "", "half": "morning"},
        {"day": "2026-03-05", "half": "night"},
        {"half": "morning"},
        "2026-03-06",
    ]
    assert slots_from(rows) == (Slot(dt.date(2026, 3, 3), MORNING), Slot(dt.date(2026, 3, 4), AFTERNOON))
    assert slots_from(None) == slots_from("2026-03-03") == ()


# ------------------------------------------------------------------------------------------ the half-day chosen


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("start", "half"),
    [
        ("2026-03-03T09:00", MORNING),
        ("2026-03-03T11:30", MORNING),
        ("2026-03-03T11:31", None),
        ("2026-03-03T12:30", AFTERNOON),
        ("2026-03-03T17:00", AFTERNOON),
        ("2026-03-03T17:01", None),
        ("2026-03-03T08:59", None),
        ("2026-03-03T23:30", None),
    ],
)
def test_the_half_day_of_an_hour(start: str, half: str | None) -> None:
    found = slot_of(at(start))
    assert found == (Slot(dt.date(2026, 3, 3), half) if half else None)


def test_the_hour_is_that_of_paris() -> None:
    """8:30 UTC is 9:30 in winter and 10:30 in summer; 7:30 UTC is a meeting in summer alone."""
    assert slot_of(dt.datetime(2026, 7, 7, 7, 30, tzinfo=dt.UTC)) == Slot(dt.date(2026, 7, 7), MORNING)
    assert slot_of(dt.datetime(2026, 3, 3, 7, 30, tzinfo=dt.UTC)) is None
    with pytest.raises(ValueError, match="naive"):
        slot_of(dt.datetime(2026, 3, 3, 10))  # noqa: DTZ001 - a naive one is the point


def test_the_chosen_one_was_proposed_and_leaves_time() -> None:
    slots = (Slot(dt.date(2026, 3, 3), MORNING),)
    planned = dt.date(2026, 2, 2)

    def why(start: str, on: dt.date = planned) -> list[str]:
        return [one.code for one in chosen_slot_problems(at(start), slots, planned_on=on)]

    assert why("2026-03-03T10:00") == []
    assert why("2026-03-03T14:00") == ["slot_not_proposed"]
    assert why("2026-03-04T10:00") == ["slot_not_proposed"]
    assert why("2026-03-03T20:00") == ["slot_hour"]
    assert why("2026-03-03T10:00", dt.date(2026, 2, 9)) == []
    assert why("2026-03-03T10:00", dt.date(2026, 2, 10)) == ["slot_too_soon"]


@given(DAYS, HALF)
def test_what_is_fine_to_propose_is_fine_to_choose_at_once(filed_on: dt.date, half: str) -> None:
    slot = Slot(first_day_possible(filed_on), half)
    start = first_hour(slot)
    assert slot_of(start) == slot
    assert civil_date(start + LENGTH) == slot.day
    assert chosen_slot_problems(start, [slot], planned_on=filed_on) == ()


def test_a_half_day_is_said_with_its_day_of_the_week(in_english: None) -> None:
    assert str(Slot(dt.date(2026, 3, 3), AFTERNOON)) == "Tuesday 3 March 2026, afternoon"
