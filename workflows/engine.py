"""What may be done now, by whom, and if not, why. Answers only; nothing is changed here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from workflows.payload import clean_payload
from workflows.types import Actor, Facts, Procedure, Reason, Transition

Outcome = Literal["allowed", "unknown", "wrong_state", "forbidden", "blocked"]


@dataclass(frozen=True)
class Verdict:
    """The engine's answer to one act. `payload` is the cleaned payload when it was given and is valid."""

    outcome: Outcome
    transition: Transition | None = None
    reasons: tuple[Reason, ...] = ()
    payload: dict[str, Any] | None = None

    @property
    def allowed(self) -> bool:
        return self.outcome == "allowed"


def roles_of(transition: Transition, facts: Facts) -> frozenset[str]:
    """Roles that hold this act. The title machine reads its roles from the procedure that granted the title."""
    return transition.roles(facts.procedure)


def _row_for(rows: Iterable[Transition], facts: Facts, actor: Actor) -> Transition | None:
    """Of the rows of one name, the one that leaves the present state."""
    for row in rows:
        if facts.state in row.sources and (row.when is None or row.when(facts, actor)):
            return row
    return None


def _wrong_state(row: Transition) -> Verdict:
    message = _("This act is not possible at this stage of the file.")
    return Verdict("wrong_state", row, (Reason("wrong_state", message, ""),))


def _forbidden(row: Transition) -> Verdict:
    return Verdict("forbidden", row, (Reason("role", _("Your role does not allow this act."), ""),))


def refused_unread(procedure: Procedure, name: str, *, code: str, state: str, role: str) -> Verdict | None:
    """What `judge` would refuse whatever the facts: nothing needs to be read of a dossier of the procedure `code` in
    `state` to know it. None: only `judge` can tell."""
    rows = [row for row in procedure.transitions if row.name == name]
    if not rows:
        return Verdict("unknown")
    leaving = [row for row in rows if state in row.sources]
    if not leaving:
        return _wrong_state(rows[0])
    first = leaving[0]
    return _forbidden(first) if first.when is None and role not in first.roles(code) else None


def judge(procedure: Procedure, name: str, facts: Facts, actor: Actor, at: dt.datetime) -> Verdict:
    """Whether `actor` may do `name` on `facts` at `at`.

    With `facts.payload` None the question is "could it be done?": guards about the payload stay silent. The order of
    the answers is part of the contract: unknown name, wrong source state (409), role (403), then all reasons (422).
    """
    refused = refused_unread(procedure, name, code=facts.procedure, state=facts.state, role=actor.role)
    if refused is not None:
        return refused
    rows = [row for row in procedure.transitions if row.name == name]
    row = _row_for(rows, facts, actor)
    if row is None:
        return _wrong_state(rows[0])
    if actor.role not in roles_of(row, facts):
        return _forbidden(row)
    payload: dict[str, Any] | None = None
    reasons: tuple[Reason, ...] = ()
    if facts.payload is not None:
        payload, reasons = clean_payload(row.payload, facts.payload)
        facts = replace(facts, payload=payload)
    for guard in row.guards:
        reasons += guard(facts, actor, at)
    if reasons:
        return Verdict("blocked", row, reasons, payload)
    return Verdict("allowed", row, (), payload)


def choices(procedure: Procedure, facts: Facts, actor: Actor, at: dt.datetime) -> tuple[Verdict, ...]:
    """Every act of the present state that this actor's role holds, allowed or blocked with its reasons.

    Acts of other roles are absent: a forbidden button is not shown, a blocked one is shown with its reasons.
    """
    asked = replace(facts, payload=None)
    verdicts = []
    for name in dict.fromkeys(row.name for row in procedure.transitions if facts.state in row.sources):
        verdict = judge(procedure, name, asked, actor, at)
        if verdict.outcome in {"allowed", "blocked"}:
            verdicts.append(verdict)
    return tuple(verdicts)
