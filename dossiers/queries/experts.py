"""Experts asked about files: what the agency reads of them, and what each expert has to do."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accounts.models import Membership
from dossiers.models import Dossier, ExpertMission
from dossiers.policy import missions_of, reads_proposals
from workflows.registry import procedure
from workflows.roles import ANSM_STAFF, AUDITOR, EXPERT, HAS_STAFF
from workflows.types import Actor, Text


def missions_on(dossier: Dossier, actor: Actor) -> list[ExpertMission]:
    """Oldest first; each agency reads what its own experts say, and an auditor all. Nobody else knows of them."""
    if not reads_proposals(actor):
        return []
    found = dossier.missions.select_related("expert__person", "expert__organisation")
    if actor.role != AUDITOR and procedure(dossier.procedure, dossier.workflow_version).consults:
        agency = next((staff for staff in (ANSM_STAFF, HAS_STAFF) if actor.role in staff), frozenset())
        found = found.filter(asked_by_role__in=agency)
    return list(found)


def experts_in_office(on: dt.date) -> list[tuple[int, str]]:
    """(membership, name and speciality) of those who may be asked."""
    found = Membership.objects.open_on(on).filter(role=EXPERT, person__is_active=True).select_related("person")
    rows = found.order_by("person__last_name", "person__first_name", "pk")
    return [(one.pk, ", ".join(part for part in (one.person.full_name, one.speciality) if part)) for one in rows]


@dataclass(frozen=True)
class Mission:
    """What an expert reads of a mission before declaring anything: enough to know whether a link stands in the way."""

    pk: int
    reference: str
    procedure: Text
    product: str
    applicant: str
    until: dt.date
    question: str
    declared: bool


def missions_for(actor: Actor, on: dt.date) -> list[Mission]:
    """Those that run, the soonest last day first. One query."""
    found = missions_of(actor, on).select_related("dossier__organisation").order_by("until", "pk")
    return [_mission(one) for one in found]


def mission_for(actor: Actor, pk: int, on: dt.date) -> Mission | None:
    found = missions_of(actor, on).select_related("dossier__organisation").filter(pk=pk).first()
    return _mission(found) if found else None


def _mission(one: ExpertMission) -> Mission:
    return Mission(
        pk=one.pk,
        reference=one.dossier.reference,
        procedure=procedure(one.dossier.procedure, one.dossier.workflow_version).name,
        product=one.dossier.product_label,
        applicant=one.dossier.organisation.name,
        until=one.until,
        question=one.question,
        declared=one.declared_at is not None,
    )
