"""A procedure as its table and its forms say it: everything a system needs to file a dossier and to follow it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from catalogue.models import Indication
from dossiers.forms.registry import form_set
from dossiers.forms.schema import Asked, Description, describe_answers
from workflows import roles
from workflows.clock import say_length
from workflows.guards import RENEWAL
from workflows.payload import payload_schema
from workflows.registry import TITLE, title_readers
from workflows.types import NO_EFFECT, ClockRule, Procedure, Role, State, Transition


def row(table: Procedure) -> dict[str, Any]:
    """One line of the list of procedures."""
    return {
        "code": table.code,
        "version": table.version,
        "name": str(table.name),
        "law": list(table.law),
        "kinds": [{"code": code, "label": str(label), "needs_parent": code == RENEWAL} for code, label in table.kinds],
        "created_by": _people(table.created_by),
    }


def procedure(
    table: Procedure, on: dt.date, *, staff: bool, kind: str = "", indication: Indication | None = None
) -> dict[str, Any]:
    """The whole table, and the answers described for `kind` (the first when not said) and `indication`."""
    kinds = tuple(code for code, _label in table.kinds)
    asked = Asked(kind=kind or kinds[0], kinds=kinds, on=on, indication=indication)
    described = describe_answers(form_set(table.code), asked)
    return {
        **row(table),
        "initial": table.initial,
        "roles": {code: str(label) for code, label in roles.LABELS.items()},
        "states": [_state(one, one.read_by, staff=staff) for one in table.states],
        "transitions": [_transition(one, table.code, table, on) for one in table.transitions],
        "clocks": [_clock(one) for one in table.clocks],
        "title": _title(table, on, staff=staff),
        "described_for": _described_for(asked, described),
        "answers": described.answers,
        "sections": described.sections,
    }


def _people(people: frozenset[Role]) -> list[str]:
    """In the order of the labels, so that the answer does not change from one run to the next."""
    return [role for role in roles.LABELS if role in people]


def _state(state: State, readers: frozenset[Role], *, staff: bool) -> dict[str, Any]:
    return {
        "code": state.code,
        "label": str(state.staff if staff else state.applicant),
        "help": str(state.help),
        "final": state.final,
        "read_by": _people(readers),
        "edited_by": _people(state.edited_by),
        "waits_for": _people(state.waits_for),
    }


def _transition(row: Transition, code: str, table: Procedure, on: dt.date) -> dict[str, Any]:
    """`code` is the procedure that grants, when `table` is that of titles."""
    return {
        "name": row.name,
        "label": str(row.label),
        "help": str(row.help),
        "from": [state.code for state in table.states if state.code in row.sources],
        "to": row.target,
        "roles": _people(row.roles(code)),
        "payload": payload_schema(row.payload, on=on),
        "rules": [getattr(guard, "__name__", "rule") for guard in row.guards],
        "law": row.law,
        "letter": row.letter or None,
        "clock": row.clock or None,
        "danger": row.danger,
        "staff_only": row.staff_only,
    }


def _clock(rule: ClockRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "length": say_length(rule.length) if rule.length else None,
        "law": rule.law,
        "silence": None if rule.silence == NO_EFFECT else rule.silence,
    }


def _title(table: Procedure, on: dt.date, *, staff: bool) -> dict[str, Any]:
    """What may happen to what this procedure grants: who acts depends on it."""
    readers = title_readers(table.code)
    rows = [_transition(one, table.code, TITLE, on) for one in TITLE.transitions if one.roles(table.code)]
    return {
        "initial": TITLE.initial,
        "states": [_state(one, readers, staff=staff) for one in TITLE.states],
        "transitions": rows,
    }


def _described_for(asked: Asked, described: Description) -> dict[str, Any]:
    """For which request `sections` hold. Of an indication that was not asked for, only the examples are."""
    return {
        "kind": asked.kind,
        "on": asked.on,
        "indication": described.indication.pk if described.indication else None,
        "indication_asked": asked.indication is not None,
        "criteria_version": described.criteria.number if described.criteria else None,
    }
