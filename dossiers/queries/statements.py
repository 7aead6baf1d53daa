"""Clinicians' statements of need (device exemption): which count, and what of them one reader may know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dossiers.models import ClinicianStatement, Dossier, ExemptionTerms
from dossiers.policy import is_staff_side
from workflows.device_guards import INDIVIDUAL
from workflows.roles import EXPERT, PRESCRIBER
from workflows.types import Actor


@dataclass(frozen=True)
class StatementShown:
    """`readable`: whether its reader is one of those to whom it is addressed; else `need`, `alternatives` and
    `patients` are empty. `counts`: no later statement of the same clinician replaces it."""

    number: int
    author: str
    quality: str
    hospital: str
    at: dt.datetime
    sha256: str
    patient_count: int
    counts: bool
    readable: bool
    need: str = ""
    alternatives: str = ""
    patients: tuple[Mapping[str, str], ...] = ()


def standing(dossier: Dossier) -> list[ClinicianStatement]:
    """The latest of each clinician, in the order in which they were signed."""
    latest = {one.person_id: one for one in dossier.statements.order_by("number")}
    return sorted(latest.values(), key=lambda one: one.number)


def matter(dossier: Dossier, at: dt.datetime) -> Mapping[str, Any]:
    """`Facts.matter` of an exemption, as `workflows.device_guards` reads it. Two queries."""
    return {
        "owner_kind": dossier.organisation.kind,
        "statements": tuple({"person": one.person_id, "patients": one.patient_count} for one in standing(dossier)),
    }


def starting_terms(dossier: Dossier, answers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What the form of a proposal starts with: the terms of the one sent back, else what the manufacturer asks for."""
    last = ExemptionTerms.objects.filter(decision__dossier=dossier).order_by("-pk").first()
    if last is not None:
        return {
            "patients": last.patients,
            "sites": last.sites,
            "quantity": last.quantity,
            "dated_conditions": [f"{due_on}: {text}" for due_on, text in last.conditions],
        }
    supply, need = answers.get("supply", {}), answers.get("need", {})
    sites = [", ".join(part for part in (one.get("name"), one.get("town")) if part) for one in supply.get("sites", [])]
    return {
        "sites": "\n".join(sites),
        "quantity": str(supply.get("quantity") or ""),
        **({"patients": need.get("patients")} if dossier.kind == INDIVIDUAL else {}),
    }


def terms_of(dossier: Dossier) -> ExemptionTerms | None:
    """Those of the decision signed."""
    return ExemptionTerms.objects.filter(decision__dossier=dossier, decision__signed_at__isnull=False).first()


def statements_of(dossier: Dossier, actor: Actor) -> list[StatementShown]:
    """Every statement, in one query. ANSM, the experts it asks, auditors and the prescribers of the clinician's own
    hospital read what it says. The manufacturer and the other hospitals read that it exists: they need no datum about a
    patient (GDPR art. 5)."""
    rows = list(dossier.statements.select_related("organisation").order_by("number"))
    last = {one.person_id: one.number for one in rows}
    shown = []
    for one in rows:
        own = actor.role == PRESCRIBER and actor.organisation_id == one.organisation_id
        readable = is_staff_side(actor) or own or actor.role == EXPERT
        shown.append(
            StatementShown(
                number=one.number,
                author=one.author_name,
                quality=one.author_quality,
                hospital=one.organisation.name,
                at=one.at,
                sha256=one.sha256,
                patient_count=one.patient_count,
                counts=last[one.person_id] == one.number,
                readable=readable,
                need=one.need if readable else "",
                alternatives=one.alternatives if readable else "",
                patients=tuple(one.patients) if readable else (),
            )
        )
    return shown
