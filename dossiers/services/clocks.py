"""Clock facts and the due date that is derived from them."""

from __future__ import annotations

import datetime as dt
from typing import cast

from django.conf import settings

from dossiers.models import ClockFact, Dossier
from dossiers.services.act import Act
from workflows import clock
from workflows.registry import procedure

FACT_OF_ACT: dict[str, clock.FactKind] = {
    "start": "started",
    "stop": "stopped",
    "resume": "resumed",
    "extend": "extended",
    "end": "ended",
}


def note(act: Act) -> None:
    """Write what the act does to the clock, and derive the due date again."""
    if act.row.clock:
        ClockFact.objects.create(
            dossier=act.dossier, act=FACT_OF_ACT[act.row.clock], at=act.at, cause=act.row.name, law=act.row.law
        )
    if act.row.clock == "end":
        act.dossier.decided_at = act.at
        act.dossier.due_on = None
        act.dossier.decided_in_working_days = worked_days(act.dossier, act.at)
    elif act.dossier.filed_at is not None:
        act.dossier.due_on = due(act.dossier, act.at).due_on


def due(dossier: Dossier, at: dt.datetime) -> clock.Due:
    """The dossier's first clock as of `at`: due date, state and explanation."""
    rule = procedure(dossier.procedure, dossier.workflow_version).clocks[0]
    facts = tuple(
        clock.ClockFact(act=cast(clock.FactKind, act), at=moment, cause=cause, law=law, length=rule.extension)
        for act, moment, cause, law in dossier.clock_facts.order_by("at", "id").values_list("act", "at", "cause", "law")
    )
    name = (dossier.urgent and rule.urgent_target_setting) or rule.target_setting
    return clock.due(rule, facts, at, target=settings.WORKFLOW_LIMITS.get(name) if name else None)


def worked_days(dossier: Dossier, at: dt.datetime) -> int | None:
    """Working days from filing to `at` without the pauses; None for a file that was never filed."""
    return due(dossier, at).elapsed_working_days if dossier.filed_at is not None else None
