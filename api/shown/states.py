"""Codes and labels of states, as their audience may know them."""

from __future__ import annotations

from workflows.registry import all_procedures, procedure
from workflows.types import Procedure


def state_for(table: Procedure, code: str, *, staff: bool) -> str:
    """The state's code. To applicants two states under one label are one: the first of them, as on their screens.

    Whether a proposal waits for its signature is the agency's own business.
    """
    if staff or not code:
        return code
    label = str(table.state(code).applicant)
    return next(state.code for state in table.states if str(state.applicant) == label)


def states_behind(code: str, *, staff: bool) -> set[str]:
    """Every state, of any procedure, that this audience knows under that code."""
    return {
        state.code
        for table in all_procedures()
        for state in table.states
        if state_for(table, state.code, staff=staff) == code
    }


def labels_of(code: str, version: int | None, kind: str, state: str, *, staff: bool) -> dict[str, str]:
    """{procedure, kind, state} in words."""
    table = procedure(code, version)
    found = table.state(state)
    return {
        "procedure": str(table.name),
        "kind": str(dict(table.kinds).get(kind, kind)),
        "state": str(found.staff if staff else found.applicant),
    }
