"""What the form of an act starts with, on screen and in the schema that systems read: dates that are valid today."""

from __future__ import annotations

import datetime as dt
from typing import Final

from workflows.aap_guards import OPENING
from workflows.dates import civil_date, last_day_of_a_period
from workflows.periods import first_day
from workflows.types import Facts, Transition

DAYS_TO_REPLY: Final = 14
LONGEST_PERIOD_MONTHS: Final = 12


def usual_dates(row: Transition, facts: Facts, at: dt.datetime) -> dict[str, dt.date]:
    """{field of the payload: the usual day}, for those that the act asks."""
    names = {one.name for one in row.payload}
    on = civil_date(at)
    start: dict[str, dt.date] = {}
    if "reply_by" in names:
        start["reply_by"] = on + dt.timedelta(days=DAYS_TO_REPLY)
    if "stopped_on" in names:
        start["stopped_on"] = on
    if "sat_on" in names:
        start["sat_on"] = on
    if {"starts_on", "ends_on"} <= names and ("outcome" in names or facts.kind in OPENING):
        start["starts_on"], start["ends_on"] = usual_period(facts, at)
    return start


def usual_period(facts: Facts, at: dt.datetime) -> tuple[dt.date, dt.date]:
    """For a grant made at `at`: from the first day the law offers, for the days asked for, a year at most."""
    starts_on = first_day(facts, at)
    ends_on = last_day_of_a_period(starts_on, LONGEST_PERIOD_MONTHS)
    for days in (facts.product.get("requested_days"), facts.product.get("max_days")):
        if days:
            ends_on = min(ends_on, starts_on + dt.timedelta(days=int(days) - 1))
    return starts_on, ends_on
