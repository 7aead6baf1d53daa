"""What follows from a published prescription framework (CPC) although its source does not say it.

It was established, so that its companies were told and heard on the drafts; each asking had a day to reply, which was
over when the next act was done. As in `implied`, nothing else is filled in. Pure: no database, no clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from dossiers.services.history.planner import Known, Planned
from workflows.dates import ONE_DAY
from workflows.types import Procedure, Transition

FRAMEWORK: Final = "cpc"
HEARD_BY: Final = ("open_contradictory", "close_contradictory")
ASKS: Final = frozenset({"notify_intention", "open_contradictory", "request_put"})
"""Acts that leave the companies time to reply."""

TIME_TO_REPLY: Final = 2 * ONE_DAY
"""The least between an asking that no source dates and what follows it: a day to reply, then the next."""


def heard_first(table: Procedure, known: Sequence[Known]) -> list[Known]:
    """`known`, with the exchange on the drafts before the framework is granted, where no source tells of it."""
    if table.code != FRAMEWORK:
        return list(known)
    told = {one.row.name for one in known}
    steps: list[Known] = []
    for one in known:
        if one.row.name == "grant":
            steps += [Known(table.transition(name), deduced=True) for name in HEARD_BY if name not in told]
        steps.append(one)
    return steps


def with_time_to_reply(table: Procedure, planned: Sequence[Planned]) -> tuple[Planned, ...]:
    """The acts that no source dates, moved so that the companies could reply: after the asking that comes before, then
    before what comes next. What a source dates stays."""
    if table.code != FRAMEWORK:
        return tuple(planned)
    days = [one.day for one in planned]
    gaps = [TIME_TO_REPLY if one.known.row.name in ASKS else dt.timedelta(0) for one in planned]
    for rank in range(1, len(days)):
        if planned[rank].known.days is None:
            days[rank] = max(days[rank], days[rank - 1] + gaps[rank - 1])
    for rank in range(len(days) - 2, -1, -1):
        if planned[rank].known.days is None:
            # What is proposed has the period that is signed: it is dated of its signature.
            follows = planned[rank].known.row.name == "propose"
            days[rank] = days[rank + 1] if follows else min(days[rank], days[rank + 1] - gaps[rank])
    return tuple(replace(one, day=day) for one, day in zip(planned, days, strict=True))


def reply_by(table: Procedure, planned: Sequence[Planned], rank: int) -> dict[str, dt.date]:
    """The last day to reply to the act of that rank: the eve of the next act."""
    if table.code != FRAMEWORK or planned[rank].known.row.name not in ASKS or rank + 1 == len(planned):
        return {}
    return {"reply_by": max(planned[rank + 1].day - ONE_DAY, planned[rank].day + ONE_DAY)}


def told(table: Procedure, row: Transition, raw: Mapping[str, Any], not_given: str) -> dict[str, Any]:
    """What the source says of the companies and of the indication, where an act of the table asks for it."""
    if table.code != FRAMEWORK:
        return {}
    said = {
        "companies": str(raw.get("company") or not_given),
        "indication": str(raw.get("indication") or not_given),
        "waiver": not_given,
    }
    asked = {field.name for field in row.payload}
    return {name: value for name, value in said.items() if name in asked}
