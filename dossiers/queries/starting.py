"""What the form of an act starts with, on screen and in the schema that systems read: dates that are valid today."""

from __future__ import annotations

import datetime as dt
from typing import Final

from workflows import cpc_guards
from workflows.aap_guards import OPENING
from workflows.dates import ONE_DAY, civil_date, last_day_of_a_period
from workflows.meetings import chosen_slot_problems, first_hour, slots_from
from workflows.periods import first_day
from workflows.types import Facts, Transition

DAYS_TO_REPLY: Final = 14
LONGEST_PERIOD_MONTHS: Final = 12
DAYS_BY_SETTING: Final = {"notify_intention": "CPC_INFORMATION_DAYS", "open_contradictory": "CPC_OBSERVATION_DAYS"}
"""Act -> the setting that says how many days are usually given to reply."""


def usual_dates(row: Transition, facts: Facts, at: dt.datetime) -> dict[str, dt.date]:
    """{field of the payload: the usual day, or instant}, for those that the act asks."""
    names = {one.name for one in row.payload}
    on = civil_date(at)
    start: dict[str, dt.date] = {}
    if "reply_by" in names:
        start["reply_by"] = on + dt.timedelta(days=_days_to_reply(row, facts))
    if "stopped_on" in names:
        start["stopped_on"] = on
    start |= {name: on for name in ("sat_on", "held_on") if name in names}
    if "starts_at" in names:
        start |= _first_hour_proposed(facts, on)
    if {"starts_on", "ends_on"} <= names and ("outcome" in names or facts.kind in OPENING):
        start["starts_on"], start["ends_on"] = usual_period(facts, at)
    return start


def _first_hour_proposed(facts: Facts, on: dt.date) -> dict[str, dt.date]:
    """The earliest hour at which the meeting may be, of the half-days that the applicant proposed."""
    slots = slots_from((facts.answers.get("meeting") or {}).get("slots"))
    hours = (first_hour(slot) for slot in sorted(slots))
    possible = next((hour for hour in hours if not chosen_slot_problems(hour, slots, planned_on=on)), None)
    return {"starts_at": possible} if possible else {}


def usual_period(facts: Facts, at: dt.datetime) -> tuple[dt.date, dt.date]:
    """For a grant made at `at`: from the first day the law offers, for the days asked for, a year at most; a framework
    (CPC) begins the day after its signature at the earliest, for three years."""
    starts_on = first_day(facts, at)
    if facts.procedure == "cpc":
        starts_on = max(starts_on, civil_date(at) + ONE_DAY)
        return starts_on, last_day_of_a_period(starts_on, cpc_guards.LONGEST_MONTHS)
    ends_on = last_day_of_a_period(starts_on, LONGEST_PERIOD_MONTHS)
    for days in (facts.product.get("requested_days"), facts.product.get("max_days")):
        if days:
            ends_on = min(ends_on, starts_on + dt.timedelta(days=int(days) - 1))
    return starts_on, ends_on


def _days_to_reply(row: Transition, facts: Facts) -> int:
    setting = DAYS_BY_SETTING.get(row.name)
    return int(facts.limits[setting]) if setting in facts.limits else DAYS_TO_REPLY
