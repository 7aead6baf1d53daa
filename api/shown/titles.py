"""A title, whole or as the row of a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from api.shown.acts import title_transitions
from api.shown.dossiers import organisation
from dossiers.models import Title
from dossiers.policy import is_staff_side
from dossiers.queries import titles as queries
from dossiers.queries.holders import holding, names_in
from workflows.registry import TITLE, procedure
from workflows.types import Actor


def row(found: Mapping[str, Any], *, staff: bool) -> dict[str, Any]:
    """From a row of `queries.titles.TITLE_COLUMNS`."""
    state = TITLE.state(found["state"])
    return {
        "number": found["number"],
        "procedure": found["procedure"],
        "state": found["state"],
        "state_label": str(state.staff if staff else state.applicant),
        "starts_on": found["starts_on"],
        "ends_on": found["ends_on"],
        "in_force_until": found["in_force_until"],
        "organisation": found["organisation__name"],
        "holders": names_in(found),
        "dossier": found["dossier__reference"],
        "product": found["dossier__product_label"],
        "subject": found["dossier__subject"],
    }


def title(found: Title, actor: Actor, at: dt.datetime) -> dict[str, Any]:
    """Everything this actor may read of it, with what it said at each time."""
    state = TITLE.state(found.state)
    return {
        "number": found.number,
        "procedure": found.procedure,
        "state": found.state,
        "labels": {
            "procedure": str(procedure(found.procedure).name),
            "state": str(state.staff if is_staff_side(actor) else state.applicant),
        },
        "version": found.version,
        "starts_on": found.starts_on,
        "ends_on": found.ends_on,
        "in_force_until": found.in_force_until,
        "suspended_until": found.suspended_until,
        "organisation": organisation(found.organisation),
        "holders": [organisation(one) for one in holding(found)],
        "dossier": found.dossier.reference,
        "product": found.dossier.product_label,
        "subject": found.dossier.subject,
        "chain": queries.chain(found, actor),
        "versions": [
            {"number": one.number, "valid_from": one.valid_from, "content": one.content}
            for one in queries.versions(found)
        ],
        "letters": [one.number for one in queries.title_letters(found, actor)],
        "transitions": title_transitions(found, actor, at),
    }
