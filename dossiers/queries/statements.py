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
    `patients` are empty. `counts`: no later statement of the same clinician for the same hospital replaces it. Each of
    `patients` has `like`, for who reads them all: the numbers of the other statements that count and say the same
    of a patient, who may be the same."""

    number: int
    author: str
    quality: str
    hospital: str
    at: dt.datetime
    sha256: str
    patient_count: int
    shared_count: int
    counts: bool
    readable: bool
    need: str = ""
    alternatives: str = ""
    patients: tuple[Mapping[str, Any], ...] = ()


def standing(dossier: Dossier) -> list[ClinicianStatement]:
    """The latest of each clinician for each of their hospitals, in the order in which they were signed."""
    latest = {signer(one): one for one in dossier.statements.order_by("number")}
    return sorted(latest.values(), key=lambda one: one.number)


def signer(statement: ClinicianStatement) -> tuple[int, int]:
    """Who signed, and for which hospital: somebody who works in two states the need of each."""
    return statement.person_id, statement.organisation_id


def matter(dossier: Dossier, at: dt.datetime) -> Mapping[str, Any]:
    """`Facts.matter` of an exemption, as `workflows.device_guards` reads it. Two queries."""
    signed = standing(dossier)
    return {
        "owner_kind": dossier.organisation.kind,
        "statements": tuple(
            {
                "person": one.person_id,
                "organisation": one.organisation_id,
                "patients": one.patient_count,
                "shared": one.shared_count,
            }
            for one in signed
        ),
        "statements_signed": {str(one.number): one.author_name for one in signed},
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
    sites = [
        ", ".join(str(one[part]) for part in ("finess", "name", "town") if one.get(part))
        for one in supply.get("sites", [])
    ]
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
    last = {signer(one): one.number for one in rows}
    counting = [one for one in rows if last[signer(one)] == one.number]
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
                shared_count=one.shared_count,
                counts=one in counting,
                readable=readable,
                need=one.need if readable else "",
                alternatives=one.alternatives if readable else "",
                patients=_patients(one, counting if is_staff_side(actor) else []) if readable else (),
            )
        )
    return shown


def _patients(statement: ClinicianStatement, others: list[ClinicianStatement]) -> tuple[Mapping[str, Any], ...]:
    """With the statements that say the same initials, year and sex of somebody: the examination tells whether it is
    the same patient."""
    said = {one.number: {_alike(patient) for patient in one.patients} for one in others if one.pk != statement.pk}
    return tuple(
        {**patient, "like": ", ".join(str(number) for number, those in said.items() if _alike(patient) in those)}
        for patient in statement.patients
    )


def _alike(patient: Mapping[str, str]) -> tuple[str, str, str]:
    letters = "".join(one for one in patient["who"].upper() if one.isalnum())
    return letters, patient["birth_year"], patient["sex"]
