"""Who sees what of a cohort, and who may do what. Default deny; out of scope is *not found*.

Three readings of the same patients, never mixed: the hospital's own, with initials; the company's, by pseudonym; that
of agencies and auditors, in numbers only.
"""

from __future__ import annotations

from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cohort.models import Agreement, Inclusion, VigilanceNotice
from cohort.states import STEPS
from dossiers.models import Title
from dossiers.policy import Ruling
from workflows.roles import (
    AGENCY_STAFF,
    ANSM_VIGILANCE,
    APPLICANT,
    AUDITOR,
    COMPANY,
    CONTRIBUTOR,
    ESTABLISHMENT,
    HOSPITAL,
    PHARMACIST,
    PHARMACOVIGILANCE,
    PRESCRIBER,
)
from workflows.types import Actor, Reason

PROCEDURE: Final = "aap"
COMPANY_SIDE: Final = frozenset({APPLICANT, CONTRIBUTOR, PHARMACOVIGILANCE})
READS_NUMBERS: Final = AGENCY_STAFF | {AUDITOR}

_ALLOWED: Final = Ruling(True)


def _refused(code: str, message: object) -> Ruling:
    return Ruling(False, (Reason(code, message),))  # type: ignore[arg-type]


def is_hospital(actor: Actor | None) -> bool:
    return actor is not None and actor.organisation_kind == ESTABLISHMENT and actor.role in HOSPITAL


def is_company(actor: Actor | None) -> bool:
    return actor is not None and actor.organisation_kind == COMPANY and actor.role in COMPANY_SIDE


def reads_numbers(actor: Actor | None) -> bool:
    """Agencies and auditors: what the forms add up to, and no patient, pseudonym or not."""
    return actor is not None and actor.role in READS_NUMBERS


# ------------------------------------------------------------------------------------------------- who sees


def titles_of_cohorts(actor: Actor | None) -> QuerySet[Title]:
    """Every early access whose cohort this actor may open. What is granted is public, so a hospital reads them all: it
    must find the one in which its patient may be included."""
    titles = Title.objects.filter(procedure=PROCEDURE)
    if is_hospital(actor) or reads_numbers(actor):
        return titles
    if is_company(actor) and actor is not None:
        return titles.filter(organisation=actor.organisation_id)
    return titles.none()


def inclusions_visible_to(actor: Actor | None) -> QuerySet[Inclusion]:
    """Patients with their identity: those of the reader's own hospital, and nobody else's."""
    if actor is None or not is_hospital(actor):
        return Inclusion.objects.none()
    return Inclusion.objects.filter(organisation=actor.organisation_id)


def pseudonymised_for(actor: Actor | None) -> QuerySet[Inclusion]:
    """Patients by pseudonym: those that were asked of the company that holds the title. `identity` is not loaded, and
    each query of `cohort.queries` names the columns it reads."""
    if actor is None or not is_company(actor):
        return Inclusion.objects.none()
    own = Title.objects.filter(procedure=PROCEDURE, organisation=actor.organisation_id, chain=OuterRef("chain"))
    return Inclusion.objects.defer("identity").filter(Exists(own), asked_at__isnull=False)


def counted_for(actor: Actor | None) -> QuerySet[Inclusion]:
    """What figures are made from: all that was asked of the company, for whoever may read the cohort. For a hospital's
    own figures, see `inclusions_visible_to`."""
    sent = Inclusion.objects.defer("identity").filter(asked_at__isnull=False)
    if reads_numbers(actor) or is_hospital(actor):
        return sent
    return pseudonymised_for(actor)


def notices_visible_to(actor: Actor | None) -> QuerySet[VigilanceNotice]:
    """Routed to the company's people and to ANSM's vigilance; the hospital reads its own on the patient's page."""
    if actor is not None and actor.role == ANSM_VIGILANCE:
        return VigilanceNotice.objects.all()
    return VigilanceNotice.objects.filter(inclusion__in=pseudonymised_for(actor).values("pk"))


def agreements_visible_to(actor: Actor | None) -> QuerySet[Agreement]:
    """Money is between the two parties: the company of the title, and the hospital."""
    if actor is not None and is_hospital(actor):
        return Agreement.objects.filter(organisation=actor.organisation_id)
    if actor is not None and is_company(actor):
        own = Title.objects.filter(procedure=PROCEDURE, organisation=actor.organisation_id, chain=OuterRef("chain"))
        return Agreement.objects.filter(Q(Exists(own)))
    return Agreement.objects.none()


# ------------------------------------------------------------------------------------------------- who may


def may_include(actor: Actor | None) -> Ruling:
    """Begin a request, and type in it: whoever cares for the patient in the hospital, or its pharmacy."""
    if is_hospital(actor):
        return _ALLOWED
    return _refused("role", _("Only a hospital includes patients."))


def may_sign_forms(actor: Actor) -> Ruling:
    if is_hospital(actor) and actor.role in (PRESCRIBER, PHARMACIST):
        return _ALLOWED
    return _refused("role", _("A prescriber or a pharmacist signs this form. What you typed is kept for them."))


def may_step(actor: Actor, name: str) -> Ruling:
    """Whether the role may take this step of the table, on an inclusion already found in the actor's scope."""
    if actor.role in STEPS[name].roles:
        return _ALLOWED
    return _refused("role", _("Your role does not allow you to do this."))


def may_acknowledge(actor: Actor) -> Ruling:
    if actor.role in {ANSM_VIGILANCE, PHARMACOVIGILANCE, APPLICANT}:
        return _ALLOWED
    return _refused("role", _("Only pharmacovigilance officers acknowledge these notices."))


def may_keep_agreements(actor: Actor) -> Ruling:
    if is_company(actor) and actor.role == APPLICANT:
        return _ALLOWED
    return _refused("role", _("Only an applicant of the company notes agreements and payments."))


def may_export(actor: Actor | None) -> bool:
    return is_company(actor)
