"""What may be done now, with the schema of what each act asks, its examples valid for this very file; and what was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from api.shown.states import state_for
from dossiers.models import Dossier, Event, Title
from dossiers.policy import is_staff_side, may
from dossiers.queries.facts import facts_of, title_facts
from dossiers.queries.starting import usual_dates
from dossiers.queries.timeline import Entry
from workflows.dates import civil_date
from workflows.engine import Verdict, choices
from workflows.payload import fitted, offered, payload_schema
from workflows.registry import TITLE, procedure
from workflows.types import Actor, Facts, Reason

EXAMPLE_ANSWER: Final = "Réponse à cette question."


def reasons(found: Iterable[Reason]) -> list[dict[str, str]]:
    return [{"code": one.code, "message": str(one.message), "field": one.field} for one in found]


def transitions(dossier: Dossier, actor: Actor | None, at: dt.datetime) -> list[dict[str, Any]]:
    """Every act of the present state that this actor's role holds."""
    if actor is None or not may(actor, "act", dossier).allowed:
        return []
    facts = facts_of(dossier, actor, at)
    table = procedure(dossier.procedure, dossier.workflow_version)
    return [_transition(verdict, facts, at) for verdict in choices(table, facts, actor, at)]


def title_transitions(title: Title, actor: Actor | None, at: dt.datetime) -> list[dict[str, Any]]:
    if actor is None or not may(actor, "act", title.dossier).allowed:
        return []
    facts = title_facts(title, actor, at)
    return [_transition(verdict, facts, at) for verdict in choices(TITLE, facts, actor, at)]


def _transition(verdict: Verdict, facts: Facts, at: dt.datetime) -> dict[str, Any]:
    row = verdict.transition
    assert row is not None  # choices() names none that the table has not
    overrides: dict[str, dict[str, Any]] = {
        name: {"examples": [day.isoformat()]} for name, day in usual_dates(row, facts, at).items()
    }
    fields = fitted(row.payload, facts)
    for field in fields:
        if field.kind == "answers":
            overrides[field.name] = _open_questions(offered(field, facts))
        elif field.offered and field.kind in ("line", "choice"):
            values = offered(field, facts)
            overrides[field.name] = {"enum": list(values), "x-labels": values, "examples": list(values)[:1]}
    return {
        "name": row.name,
        "label": str(row.label),
        "allowed": verdict.allowed,
        "reasons": reasons(verdict.reasons),
        "payload_schema": payload_schema(fields, overrides, on=civil_date(at)),
    }


def _open_questions(questions: Mapping[str, str]) -> dict[str, Any]:
    """The questions that wait, each a property: the client sees what is asked and under which key to answer."""
    text = {"type": "string", "minLength": 1, "maxLength": 10_000}
    return {
        "properties": {key: {**text, "title": words} for key, words in questions.items()},
        "required": list(questions),
        "additionalProperties": False,
        "examples": [dict.fromkeys(questions, EXAMPLE_ANSWER)],
    }


# ---------------------------------------------------------------------------------------------- what was done


def done(event: Event, actor: Actor, *, title: str | None = None) -> dict[str, Any]:
    """The answer to an act; the same again when it is asked again with the same key."""
    dossier = event.dossier
    staff = is_staff_side(actor)
    table = TITLE if event.machine == "title" else procedure(dossier.procedure, dossier.workflow_version)
    return {
        "reference": dossier.reference,
        "title": title,
        "seq": event.seq,
        "name": event.verb,
        "at": event.at,
        "source": state_for(table, event.source, staff=staff) or None,
        "target": state_for(table, event.target, staff=staff) or None,
        "version": event.version,
    }


def event(entry: Entry, dossier: Dossier, *, staff: bool) -> dict[str, Any]:
    """One line of the timeline."""
    table = TITLE if entry.machine == "title" else procedure(dossier.procedure, dossier.workflow_version)
    return {
        "seq": entry.seq,
        "name": entry.verb,
        "label": str(entry.words),
        "at": entry.at,
        "by": {"name": entry.who, "role": entry.role_code, "role_label": str(entry.role)},
        "machine": entry.machine,
        "source": state_for(table, entry.source, staff=staff) or None,
        "target": state_for(table, entry.target, staff=staff) or None,
        "state_label": str(entry.state),
        "details": [{"label": str(label), "value": words} for label, words in entry.details],
        "staff_only": entry.staff_only,
        "inferred": entry.inferred,
    }
