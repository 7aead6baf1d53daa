"""What is asked of experts: as the expert reads it, as the agency that asked does."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from api.schema.missions import MISSION_ACTS
from dossiers.models import Dossier, ExpertMission
from dossiers.policy import agency_of, may
from dossiers.queries.experts import experts_in_office, missions_on
from workflows.dates import civil_date
from workflows.registry import procedure
from workflows.types import Actor

ACTS: Final = dict(zip(("asked", "declared"), MISSION_ACTS, strict=True))


def mission(one: ExpertMission, on: dt.date) -> dict[str, Any]:
    """For its expert: enough to know whether a link stands in the way. `one` with its dossier and its organisation."""
    dossier, shown = one.dossier, _asked(one, on)
    return {
        **shown,
        "procedure": dossier.procedure,
        "procedure_label": str(procedure(dossier.procedure, dossier.workflow_version).name),
        "product": dossier.product_label,
        "applicant": dossier.organisation.name,
        "acts": [ACTS[shown["state"]]] if shown["state"] in ACTS else [],
    }


def experts(dossier: Dossier, actor: Actor, at: dt.datetime) -> dict[str, list[dict[str, Any]]]:
    """{results: whom this actor's agency asked, oldest first; candidates: whom it may ask}."""
    may_ask = may(actor, "ask_expert", dossier).allowed
    candidates = experts_in_office(civil_date(at)) if may_ask else []
    return {
        "results": [_expert(one, actor, civil_date(at), may_ask=may_ask) for one in missions_on(dossier, actor)],
        "candidates": [{"membership": key, "name": name} for key, name in candidates],
    }


def _expert(one: ExpertMission, actor: Actor, on: dt.date, *, may_ask: bool) -> dict[str, Any]:
    may_end = may_ask and one.ended_at is None and one.asked_by_role in agency_of(actor.role)
    return {
        **_asked(one, on),
        "expert": {
            "membership": one.expert_id,
            "name": one.expert.person.full_name,
            "speciality": one.expert.speciality,
            "organisation": one.expert.organisation.name,
        },
        "asked_by_role": one.asked_by_role,
        "conflict": one.conflict,
        "declaration": one.declaration,
        "opinion": one.opinion,
        "acts": ["end"] if may_end else [],
    }


def _asked(one: ExpertMission, on: dt.date) -> dict[str, Any]:
    return {
        "id": one.pk,
        "dossier": one.dossier.reference,
        "question": one.question,
        "until": one.until,
        "asked_at": one.asked_at,
        "state": _state(one, on),
        "declared_at": one.declared_at,
        "given_at": one.given_at,
        "ended_at": one.ended_at,
    }


def _state(one: ExpertMission, on: dt.date) -> str:
    states = {
        "given": one.given_at is not None,
        "conflict": bool(one.conflict),
        "ended": one.ended_at is not None,
        "over": one.until < on,
        "declared": one.declared_at is not None,
        "asked": True,
    }
    return next(state for state, holds in states.items() if holds)
