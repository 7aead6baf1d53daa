"""The rules of the pre-filing meeting: where a request stands by its facts, and which days can be put forward."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.calendar import add_working_days, is_working_day
from workflows.dates import add_months
from workflows.filing_meetings import (
    ASKED,
    BY_COMPANY,
    BY_HAS,
    DECLINED,
    DRAFT,
    HELD,
    MONTHS_AHEAD,
    MOST_DAYS,
    OFFERED,
    OVER,
    PLANNED,
    STATES,
    STEPS,
    WITHDRAWN,
    faults_of_days,
    state_of,
)
from workflows.roles import APPLICANT, CONTRIBUTOR, HAS_OFFICER

DAYS = st.dates(dt.date(2025, 1, 1), dt.date(2028, 12, 31))
ON = dt.date(2027, 1, 4)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, DRAFT),
        ({"asked": True}, ASKED),
        ({"asked": True, "days_by": BY_HAS}, OFFERED),
        ({"asked": True, "meets_on": ON}, PLANNED),
        ({"asked": True, "days_by": BY_HAS, "meets_on": ON}, PLANNED),
        ({"asked": True, "meets_on": ON, "held_on": ON}, HELD),
        ({"asked": True, "meets_on": ON, "declined": True}, DECLINED),
        ({"withdrawn": True}, WITHDRAWN),
        ({"asked": True, "meets_on": ON, "withdrawn": True}, WITHDRAWN),
    ],
)
def test_a_request_stands_where_its_facts_say(facts: dict[str, object], state: str) -> None:
    nothing = {
        "asked": False, "days_by": BY_COMPANY, "meets_on": None, "held_on": None, "declined": False, "withdrawn": False,
    }  # fmt: skip
    assert state_of(**(nothing | facts)) == state  # type: ignore[arg-type]


def test_nothing_is_done_to_what_was_declined_or_withdrawn_and_minutes_may_be_corrected() -> None:
    ends = {state: {one.name for one in STEPS.values() if state in one.sources} for state in OVER}
    assert ends == {DECLINED: set(), WITHDRAWN: set(), HELD: {"correct", "link"}}


def test_each_step_belongs_to_one_side() -> None:
    for one in STEPS.values():
        assert one.roles <= {APPLICANT, CONTRIBUTOR} or one.roles == {HAS_OFFICER}, one.name
        assert one.sources <= set(STATES), one.name
    # A contributor prepares, an applicant binds the company.
    assert {one.name for one in STEPS.values() if CONTRIBUTOR in one.roles} == {"write", "link"}


@given(on=DAYS, days=st.lists(DAYS, max_size=7))
def test_days_put_forward_are_few_worked_soon_and_before_the_filing(on: dt.date, days: list[dt.date]) -> None:
    files_on = on + dt.timedelta(days=60)
    accepted = not faults_of_days(days, on=on, files_on=files_on)
    last = add_months(on, MONTHS_AHEAD)
    assert accepted == (
        1 <= len(set(days)) <= MOST_DAYS
        and all(on < day <= last and is_working_day(day) and day < files_on for day in days)
    )


@given(on=DAYS, counts=st.sets(st.integers(1, 30), min_size=1, max_size=MOST_DAYS))
def test_the_next_working_days_can_be_put_forward(on: dt.date, counts: set[int]) -> None:
    days = [add_working_days(on, count) for count in counts]
    assert faults_of_days(days, on=on, files_on=on + dt.timedelta(days=90)) == []


def test_one_fault_is_said_and_names_its_day() -> None:
    (fault,) = faults_of_days([dt.date(2027, 1, 9), dt.date(2027, 1, 10)], on=ON, files_on=None)
    assert fault.code == "not_worked"
    assert "9" in str(fault.message)
    assert fault.field == "days"
