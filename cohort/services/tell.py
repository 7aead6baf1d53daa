"""Who is told of an act on a cohort: a row of the outbox, without a word about a patient."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Person
from cohort.models import Inclusion, VigilanceNotice
from cohort.paths import VIGILANCE, patient_path
from cohort.protocol import Cohort
from notifications.outbox import queue
from workflows.dates import civil_date
from workflows.roles import (
    ANSM,
    ANSM_VIGILANCE,
    APPLICANT,
    INTERN,
    PHARMACIST,
    PHARMACOVIGILANCE,
    PHARMACY_PREPARER,
    PRESCRIBER,
)
from workflows.types import Actor, Text

AT_PHARMACY: Final = "cohort_at_pharmacy"
ASKED: Final = "cohort_asked"
NOTICE: Final = "cohort_vigilance"
_OF_THE_HOSPITAL: Final = _("You receive this message because you follow this request for your hospital.")


def pharmacy(inclusion: Inclusion, actor: Actor, at: dt.datetime) -> None:
    _tell(
        inclusion,
        AT_PHARMACY,
        _("An access request is to be checked by the pharmacy"),
        _("Check it, then sign and send it to the company, or return it."),
        _members(inclusion.organisation_id, PHARMACIST, PHARMACY_PREPARER),
        actor,
        at,
        why=_("Every pharmacist and preparer of your hospital pharmacy receives this message."),
    )


def company(inclusion: Inclusion, cohort: Cohort, actor: Actor, at: dt.datetime) -> None:
    _tell(
        inclusion,
        ASKED,
        _("A hospital asks for access for a patient"),
        _("Give access, or decline with your reason."),
        _members(cohort.title.organisation_id, APPLICANT),
        actor,
        at,
        why=_("You receive this message because your company holds this authorisation."),
    )


def prescriber(inclusion: Inclusion, kind: str, label: Text, actor: Actor, at: dt.datetime, todo: Text = "") -> None:
    """Whoever began the request while they are there, else every prescriber; and the pharmacy for an answer."""
    began = _members(inclusion.organisation_id, PRESCRIBER, INTERN)
    creator = inclusion.created_by_id
    people = {creator} if creator is not None and creator in began else began
    if kind in ("cohort_accept", "cohort_decline"):
        people |= _members(inclusion.organisation_id, PHARMACIST)
    _tell(inclusion, kind, label, todo or _("Open it and read why."), people, actor, at, why=_OF_THE_HOSPITAL)


def vigilance(notice: VigilanceNotice, cohort: Cohort, at: dt.datetime) -> None:
    """To the company's pharmacovigilance (its applicants where it has none) and to ANSM's vigilance. The message names
    the authorisation alone: neither the patient's pseudonym nor the hospital is in it."""
    holder = cohort.title.organisation_id
    people = _members(holder, PHARMACOVIGILANCE) or _members(holder, APPLICANT)
    agency = _in_office().filter(organisation__kind=ANSM, role=ANSM_VIGILANCE)
    queue(
        kind=NOTICE,
        recipients=_active(people | set(agency.values_list("person_id", flat=True))),
        dedupe=str(notice.pk),
        reference=cohort.title.number,
        path=VIGILANCE,
        context={
            "label": _("A form of the cohort tells of an adverse effect or a special situation"),
            "todo": _("Read the notice, then acknowledge it."),
            "why": _("You receive this message because you are in charge of vigilance for this medicine."),
        },
        at=at,
    )


def _tell(
    inclusion: Inclusion,
    kind: str,
    label: Text,
    todo: Text,
    people: Iterable[int | None],
    actor: Actor,
    at: dt.datetime,
    *,
    why: Text,
) -> None:
    queue(
        kind=kind,
        recipients=_active({one for one in people if one is not None} - {actor.person_id}),
        dedupe=f"{inclusion.pk}:{inclusion.version}",
        reference=inclusion.pseudonym,
        path=patient_path(inclusion.chain, inclusion.rank),
        context={"label": label, "todo": todo, "why": why},
        at=at,
    )


def _in_office() -> QuerySet[Membership]:
    """Memberships that hold today: whom to tell is a question about now, not about the act."""
    return Membership.objects.open_on(civil_date(timezone.now()))


def _members(organisation: int, *roles: str) -> set[int]:
    there = _in_office().filter(organisation=organisation, role__in=roles)
    return set(there.values_list("person_id", flat=True))


def _active(people: set[int]) -> QuerySet[Person]:
    return Person.objects.filter(pk__in=people, is_active=True)
