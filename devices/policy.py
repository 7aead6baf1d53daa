"""Who sees what of an exempted device, and who may do what. Default deny; out of scope is *not found*.

The hospital reads its own units, with its pseudonym of the patient; the company and ANSM read where the units are, and
no patient at all.
"""

from __future__ import annotations

from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from devices.models import Incident, Unit
from devices.states import STEPS
from dossiers.models import ExemptionTerms, Title
from dossiers.policy import Ruling, titles_visible_to
from workflows.roles import (
    ANSM_STAFF,
    ANSM_VIGILANCE,
    APPLICANT,
    AUDITOR,
    COMPANY,
    CONTRIBUTOR,
    ESTABLISHMENT,
    HOSPITAL,
    INTERN,
    PHARMACIST,
    PHARMACOVIGILANCE,
    PRESCRIBER,
    PROJECT,
)
from workflows.types import Actor, Reason

PROCEDURE: Final = "device_exemption"
COMPANY_SIDE: Final = frozenset({APPLICANT, CONTRIBUTOR, PHARMACOVIGILANCE})
AGENCY_SIDE: Final = ANSM_STAFF | {AUDITOR}
REPORTERS: Final = frozenset({APPLICANT, PHARMACOVIGILANCE, PRESCRIBER, PHARMACIST, INTERN})

_ALLOWED: Final = Ruling(True)


def _refused(code: str, message: object) -> Ruling:
    return Ruling(False, (Reason(code, message),))  # type: ignore[arg-type]


def is_hospital(actor: Actor | None) -> bool:
    return actor is not None and actor.organisation_kind == ESTABLISHMENT and actor.role in HOSPITAL


def is_company(actor: Actor | None) -> bool:
    """A manufacturer, or a project that makes a device."""
    return actor is not None and actor.organisation_kind in (COMPANY, PROJECT) and actor.role in COMPANY_SIDE


def is_agency(actor: Actor | None) -> bool:
    """ANSM, which decided, and auditors: the exemption of a device is no business of the HAS."""
    return actor is not None and actor.role in AGENCY_SIDE


# ------------------------------------------------------------------------------------------------- who sees


def titles_of_devices(actor: Actor | None) -> QuerySet[Title]:
    """Exemptions whose units and incidents this actor may open: the company's own, those that ANSM reads, those in
    which the hospital takes part, whose decision names it, or under which it holds a unit."""
    titles = Title.objects.filter(procedure=PROCEDURE)
    if actor is None:
        return titles.none()
    if is_company(actor):
        return titles.filter(organisation=actor.organisation_id)
    seen = titles_visible_to(actor).filter(pk=OuterRef("pk"))
    if is_agency(actor):
        return titles.filter(Exists(seen))
    if is_hospital(actor):
        held = Unit.objects.filter(title=OuterRef("pk"), site=actor.organisation_id)
        named = ExemptionTerms.objects.filter(
            decision__dossier=OuterRef("dossier"),
            decision__signed_at__isnull=False,
            establishments__contains=[actor.organisation_id],
        )
        return titles.filter(Exists(seen) | Exists(held) | Exists(named))
    return titles.none()


def units_visible_to(actor: Actor | None) -> QuerySet[Unit]:
    """Units without a patient datum: `patient` is not loaded. See `own_units` for the hospital's own reading."""
    units = Unit.objects.defer("patient").filter(title__procedure=PROCEDURE)
    if actor is not None and is_hospital(actor):
        return units.filter(site=actor.organisation_id)
    if actor is not None and is_company(actor):
        return units.defer("patient", "deviation").filter(title__organisation=actor.organisation_id)
    return units if is_agency(actor) else units.none()


def own_units(actor: Actor | None) -> QuerySet[Unit]:
    """Units with the hospital's own pseudonym of the patient: those of the reader's site, and nobody else's."""
    if actor is None or not is_hospital(actor):
        return Unit.objects.none()
    return Unit.objects.filter(title__procedure=PROCEDURE, site=actor.organisation_id)


def incidents_visible_to(actor: Actor | None) -> QuerySet[Incident]:
    """The company of the exemption, ANSM, and the hospital that reported it or where it happened."""
    incidents = Incident.objects.filter(title__procedure=PROCEDURE)
    if actor is not None and is_hospital(actor):
        return incidents.filter(Q(organisation=actor.organisation_id) | Q(site=actor.organisation_id))
    if actor is not None and is_company(actor):
        return incidents.filter(title__organisation=actor.organisation_id)
    return incidents if is_agency(actor) else incidents.none()


# ------------------------------------------------------------------------------------------------- who may


def may_step(actor: Actor, name: str) -> Ruling:
    """Whether the role may take this step of the table, on a unit already found in the actor's scope."""
    if actor.role in STEPS[name].roles:
        return _ALLOWED
    return _refused("role", _("Your role does not allow you to do this."))


def may_report(actor: Actor) -> Ruling:
    """A serious incident, from whichever side: whoever saw it says it."""
    if actor.role in REPORTERS and (is_hospital(actor) or is_company(actor)):
        return _ALLOWED
    return _refused(
        "role", _("Only the company, and prescribers, interns and pharmacists of a hospital report incidents.")
    )


def may_acknowledge(actor: Actor) -> Ruling:
    if actor.role == ANSM_VIGILANCE:
        return _ALLOWED
    return _refused("role", _("Only ANSM vigilance officers acknowledge incidents."))


def may_read_notification(actor: Actor | None) -> bool:
    """The sheet for the Commission and the Member States is ANSM's to send."""
    return is_agency(actor)


def may_export(actor: Actor | None) -> bool:
    """Which sites hold which lot: for whoever leads a field action, and for ANSM."""
    return is_company(actor) or is_agency(actor)
