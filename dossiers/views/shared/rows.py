"""Rows of dossiers as the templates show them. All is worked out here: logic in a template costs more than the SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from earlyaccess.templatetags.ui import STATE_COLOURS
from workflows.registry import all_procedures, procedure
from workflows.roles import HOSPITAL
from workflows.types import Procedure, Text

_PLACE = "0REFERENCE0"


def state_labels(*, staff: bool) -> dict[tuple[str, str], Text]:
    """(procedure, state) -> its label for this audience."""
    return {
        (one.code, state.code): state.staff if staff else state.applicant
        for one in all_procedures()
        for state in one.states
    }


def is_about_a_patient(table: Procedure) -> bool:
    """Whether a dossier's subject is a patient's initials, as in what hospitals alone ask; else it is an indication, or
    a medical condition."""
    return bool(table.created_by) and table.created_by <= HOSPITAL


def procedures_about_patients() -> frozenset[str]:
    """Codes of the procedures whose dossiers are each about a patient."""
    return frozenset(one.code for one in all_procedures() if is_about_a_patient(one))


def rows(found: Iterable[dict[str, Any]], *, staff: bool, on: dt.date) -> list[dict[str, Any]]:
    """`found` are rows of `queries.worklists.ROW_COLUMNS`; `on` is today, to tell what is late."""
    labels = {pair: str(label) for pair, label in state_labels(staff=staff).items()}
    kinds = {(one.code, code): str(label) for one in all_procedures() for code, label in one.kinds}
    of_patients = procedures_about_patients()
    found = list(found)
    bound = {one.code for one in all_procedures() if is_bound_by_a_delay(one)}
    head = _due_head({one["procedure"] in bound for one in found})
    address = reverse("dossiers:dossier", args=[_PLACE])
    return [
        {
            "reference": one["reference"],
            "url": address.replace(_PLACE, one["reference"]),
            "filing_number": one["filing_number"] or "",
            "subject": one["subject"],
            "about_patient": one["procedure"] in of_patients,
            "product": one["product_label"],
            "kind": kinds.get((one["procedure"], one["kind"]), ""),
            "hospital": one["organisation__name"],
            "state": labels.get((one["procedure"], one["state"]), one["state"]),
            "colour": colour_of(one["state"], staff=staff),
            "urgent": one["urgent"],
            "filed": short(one["filed_at"]),
            "changed": short(one["changed_at"]),
            "decided": short(one["decided_at"]),
            "due": short(one["due_on"]) if staff else "",
            "due_head": head,
            "due_label": _due_head({one["procedure"] in bound}),
            "reply_by": short(one.get("reply_by")),
            "late": staff and one["due_on"] is not None and one["due_on"] < on,
            "lead": _name(one) if staff else "",
        }
        for one in found
    ]


def is_bound_by_a_delay(table: Procedure) -> bool:
    """Whether the law sets a delay; else the day shown is a target that the agency sets itself, and binds nobody."""
    return any(rule.length is not None for rule in table.clocks)


def _due_head(bound: set[bool]) -> str:
    """Head of the column of days, for a list whose procedures are `bound` by a delay of the law, or not."""
    if bound == {True}:
        return _("The delay ends on")
    return _("Target date") if bound == {False} else _("Delay or target")


def colour_of(state: str, *, staff: bool) -> str:
    """The badge's colour. Applicants see one for the two states whose label they share."""
    return STATE_COLOURS.get("assessment" if not staff and state == "to_sign" else state, "info")


def _name(one: dict[str, Any]) -> str:
    return f"{one['lead__person__first_name'] or ''} {one['lead__person__last_name'] or ''}".strip()


def short(value: dt.date | dt.datetime | None) -> str:
    """31/12/2026, as it was in Paris; the same in both languages, so that columns stay narrow."""
    if value is None:
        return ""
    day = timezone.localtime(value).date() if isinstance(value, dt.datetime) else value
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def label_of(code: str, version: int, state: str, *, staff: bool) -> Text:
    found = procedure(code, version).state(state)
    return found.staff if staff else found.applicant
