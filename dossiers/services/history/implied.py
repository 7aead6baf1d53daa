"""What follows from a published fact although its source does not say it, by the rules of the procedure.

A grant before the marketing authorisation cannot have been signed without ANSM's favourable opinion; a decision was
taken before its delay ran out; an authorisation lasts a year at most. Nothing else is filled in: a criterion that no
source tells of is "not examined" by the committee, and a refusal that does not say what was not met stays refused here.
Pure: no database, no clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from dossiers.services.history.planner import Known, Planned
from workflows import cpc_guards
from workflows.aap_guards import (
    CRITERIA,
    FAVOURABLE,
    LONGEST_MONTHS,
    MET,
    NOT_EXAMINED,
    NOT_MET,
    POST_MA,
    PRE_MA,
    UNFAVOURABLE,
    last_day_to_file,
)
from workflows.dates import ONE_DAY, add_months, last_day_of_a_period
from workflows.types import Procedure, Transition

SATISFIED_BY: Final[Mapping[str, str]] = {
    "ansm_opinion_awaited": "give_ansm_opinion",
    "no_opinion_proposed": "propose_ansm_opinion",
    "ct_opinion_awaited": "give_ct_opinion",
}
"""Reason for which a guard refuses -> the act that must have come before, since the act refused was done."""

PREPARED_BY: Final[Mapping[str, str]] = {"give_ansm_opinion": "propose_ansm_opinion"}
"""An act that only signs what another proposed -> the act that proposed it, where what a source tells is typed."""

LONGEST: Final[Mapping[str, int]] = {"aap": LONGEST_MONTHS, "cpc": cpc_guards.LONGEST_MONTHS}
"""Procedure -> months that what it grants lasts at most, where the law sets them and decisions use to."""

PERIOD_TYPED_WITH: Final[Mapping[str, str]] = {"cpc": "propose"}
"""Procedure -> the act with which the period of a grant is typed, where it is not the grant."""

KEPT_BY_A_RENEWAL: Final = frozenset({"aap"})
NUMBERED: Final = frozenset({"aap"})
"""Procedures whose deciding body numbers its decisions in public."""

ACTS_OF: Final[Mapping[str, Mapping[str, str]]] = {"aap": {"stopped": "renounce", "reimbursed": "cease"}}
"""Procedure -> what an event of a source is for it, when it is not what it is for others: the company gives an early
access up; the medicine reimbursed ends it."""

_CAUSES: Final[Mapping[str, str]] = {"reimbursed": "reimbursed"}
_PATHWAYS: Final[Mapping[str, str]] = {"pre-MA": PRE_MA, "post-MA": POST_MA}


def payload_of_event(row: Transition, event: str, detail: str) -> dict[str, Any]:
    """What an event says by its name, or by the first word of its detail ("unfavourable: ...")."""
    if row.name in PREPARED_BY:
        word = detail.partition(" ")[0].rstrip(":,;.").lower()
        return {"outcome": word} if word in (FAVOURABLE, UNFAVOURABLE) else {}
    return {"cause": _CAUSES[event]} if row.name == "cease" and event in _CAUSES else {}


def prepared(table: Procedure, known: Sequence[Known], granted: bool) -> list[Known]:
    """`known`, each act that signs a proposal having its proposal before it. What was granted was not opposed."""
    steps: list[Known] = []
    for one in known:
        name = PREPARED_BY.get(one.row.name)
        if name is None:
            steps.append(one)
            continue
        said = dict(one.payload) or ({"outcome": FAVOURABLE} if granted else {})
        steps.append(replace(one, row=table.transition(name), payload=said, role="", deduced=True))
        steps.append(replace(one, payload={}))
    return steps


def payload_of(row: Transition, known: Sequence[Known] = (), not_given: str = "") -> dict[str, Any]:
    """What must have been typed with the act `row`, as far as its procedure asks for it, knowing the other acts of its
    request; texts say `not_given`."""
    asked = {field.name for field in row.payload}
    return {name: value for name, value in _typed(row.name, known, not_given).items() if name in asked}


def _typed(name: str, known: Sequence[Known], not_given: str) -> dict[str, Any]:
    match name:
        case "propose_ansm_opinion":
            outcome = next((str(one.payload["outcome"]) for one in known if "outcome" in one.payload), FAVOURABLE)
            texts = ("smpc", "leaflet", "label") if outcome == FAVOURABLE else ()
            return dict.fromkeys(texts, not_given)
        case "give_ct_opinion":
            return {code: NOT_EXAMINED for code, _label in CRITERIA}
        case "grant":
            return _found(dict.fromkeys((code for code, _label in CRITERIA), MET), not_given)
        case "refuse" if any(one.payload.get("outcome") == UNFAVOURABLE for one in known):
            # Bound by ANSM, HAS need not examine the rest (L.5121-12).
            rest = {code: NOT_EXAMINED for code, _label in CRITERIA}
            return _found({**rest, "efficacy_safety": NOT_MET}, not_given)
    return {}


def _found(findings: Mapping[str, str], not_given: str) -> dict[str, Any]:
    reasons = {f"{code}_reasons": not_given for code, finding in findings.items() if finding != NOT_EXAMINED}
    return {**findings, **reasons}


def pathway(said: str, *, is_first: bool) -> dict[str, dict[str, Any]]:
    """The answer that "pre-MA", or "pre-MA then post-MA", gives to a first request, or to its renewals."""
    words = [_PATHWAYS[word] for word in said.replace(",", " ").split() if word in _PATHWAYS]
    return {"request": {"pathway": words[0] if is_first else words[-1]}} if words else {}


def longest_period(code: str, first: dt.date, parent_ends_on: dt.date | None) -> dict[str, dt.date]:
    """The longest period that the law allows from `first`, or from the day after the authorisation renewed."""
    if code not in LONGEST:
        return {}
    starts_on = max(first, parent_ends_on + ONE_DAY) if parent_ends_on else first
    return {"starts_on": starts_on, "ends_on": last_day_of_a_period(starts_on, LONGEST[code])}


def first_day(code: str, day: dt.date) -> dt.date:
    """The first day of what is decided on `day`: a framework (CPC) is in force the day after it is published."""
    return day + ONE_DAY if code == "cpc" else day


# ---------------------------------------------------------------------------------------------- on which days


def in_time(table: Procedure, planned: Sequence[Planned], parent_ends_on: dt.date | None) -> tuple[Planned, ...]:
    """The days of the acts that no source dates, moved to where the law lets them be: a renewal was filed in time, and
    a decision came before its delay ran out, or, by silence, the day after. What a source dates does not move."""
    days = [one.day for one in planned]
    if parent_ends_on is not None and table.code in KEPT_BY_A_RENEWAL and planned and _is_undated(planned[0]):
        days[0] = min(days[0], last_day_to_file(parent_ends_on))
    begins = next((rank for rank, one in enumerate(planned) if one.known.row.clock == "start"), None)
    ends = next((rank for rank, one in enumerate(planned) if one.known.row.clock == "end"), None)
    if begins is not None and ends is not None and _is_undated(planned[begins]):
        by_silence = planned[ends].known.row.by == {"system"}
        earliest = _first_start(table, days[ends] - ONE_DAY if by_silence else days[ends])
        dated = [days[rank] for rank in range(begins, ends + 1) if not _is_undated(planned[rank])]
        latest = min(dated, default=days[ends])
        days[begins] = min(earliest if by_silence else max(days[begins], earliest), latest)
    # The other undated ones follow what comes before them.
    for rank in range(1, len(days)):
        if _is_undated(planned[rank]):
            days[rank] = max(days[rank], days[rank - 1])
    return tuple(replace(one, day=day) for one, day in zip(planned, days, strict=True))


def _is_undated(one: Planned) -> bool:
    return one.known.days is None


def _first_start(table: Procedure, last_day: dt.date) -> dt.date:
    """The first day from which the delay of `table` reaches `last_day`."""
    length = table.clocks[0].length if table.clocks else None
    if length is None:
        return dt.date.min
    day = add_months(last_day, -length.months) - dt.timedelta(days=length.days)
    while add_months(day, length.months) + dt.timedelta(days=length.days) < last_day:
        day += ONE_DAY
    return day
