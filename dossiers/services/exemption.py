"""What the acts of an exemption for a device change: who takes part, what clinicians signed, on which terms.

Effects of `workflows.registry.KNOWN_EFFECTS`, inside the transaction of their act. What identifies a patient leaves the
payload before the event is written: it is in the statement alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from dossiers.models import ClinicianStatement, Decision, ExemptionTerms, Obligation, Title
from dossiers.queries.sites import establishments_named
from dossiers.services import log
from dossiers.services.act import Act
from dossiers.services.errors import Blocked
from dossiers.services.invited import clinician_known, company_invited
from dossiers.services.obligation_life import owe, words
from dossiers.services.parties import name_party
from workflows.device_guards import dated_condition, notice_is_due, patient_of
from workflows.roles import APPLICANT, PRESCRIBER
from workflows.types import Actor, Reason

LAW: Final = {"device": "MDR art. 59(2)", "in_vitro": "IVDR art. 54(2)"}


# --------------------------------------------------------------------------------------------- who takes part


def invite_company(act: Act) -> None:
    """The hospital stays in the file whoever takes it over: it is named with the clinician who invites."""
    _name_actor(act)
    company, membership = company_invited(
        email=str(act.payload.get("email") or ""), name=str(act.payload.get("company") or ""), on=act.on
    )
    name_party(dossier=act.dossier, organisation=company.pk, role=APPLICANT, membership=membership, at=act.at)
    act.result["company"] = company.name


def take_over(act: Act) -> None:
    """The manufacturer becomes the owner: of the file, and of what may be granted."""
    _name_actor(act)
    if act.actor.organisation_id is None:
        raise RuntimeError("only somebody of an organisation takes a file over")
    act.dossier.organisation_id = act.actor.organisation_id


def invite_clinician(act: Act) -> None:
    _name_actor(act)
    email, hospital = str(act.payload.get("email") or ""), str(act.payload.get("hospital") or "")
    found, membership = clinician_known(email=email, hospital=hospital, on=act.on)
    if found is None:
        message = _(
            "No prescriber signs in with this address, and no hospital has this name here: check both, or ask the "
            "hospital's administrator to give the clinician an account."
        )
        raise Blocked([Reason("nobody_known", message, "email")])
    name_party(dossier=act.dossier, organisation=found.pk, role=PRESCRIBER, membership=membership, at=act.at)
    act.result["hospital"] = found.name


def _name_actor(act: Act) -> None:
    if act.actor.organisation_id is not None:
        name_party(
            dossier=act.dossier,
            organisation=act.actor.organisation_id,
            role=act.actor.role,
            membership=act.actor.membership_id,
            at=act.at,
        )


# ------------------------------------------------------------------------------------------------- statements


def seal_of(statement: ClinicianStatement) -> str:
    """SHA-256 over the canonical JSON of what was signed, by whom and when: anybody who reads it can take it again."""
    said = {
        "dossier": statement.dossier.reference,
        "author": statement.membership_id,
        "at": statement.at.astimezone(dt.UTC).isoformat(),
        "need": statement.need,
        "alternatives": statement.alternatives,
        "patients": statement.patients,
    }
    # Left out where there is none: the seals of statements that were not asked for it hold.
    return log.sha256_of(said | ({"shared": statement.shared_count} if statement.shared_count else {}))


def lock_statement(act: Act) -> None:
    """Sealed and kept apart; the event keeps its number, its hash and how many patients, nothing that is said of
    them."""
    if act.actor.membership_id is None:
        raise RuntimeError("only a person states a need")
    membership = Membership.objects.select_related("person", "organisation").get(pk=act.actor.membership_id)
    patients = [patient_of(str(line)) for line in act.payload.pop("patients", [])]
    statement = ClinicianStatement(
        dossier=act.dossier,
        number=act.dossier.statements.count() + 1,
        membership=membership,
        person=membership.person,
        organisation=membership.organisation,
        author_name=membership.person.full_name,
        author_quality=", ".join(one for one in (membership.quality, membership.speciality) if one)[:250],
        need=act.payload.pop("need"),
        alternatives=act.payload.pop("alternatives"),
        patients=patients,
        patient_count=len(patients),
        shared_count=act.payload.pop("shared", 0),
        at=act.at,
    )
    statement.sha256 = seal_of(statement)
    statement.save(force_insert=True)
    act.result |= {"statement": statement.number, "sha256": statement.sha256, "patients": len(patients)}
    if statement.shared_count:
        act.result["shared"] = statement.shared_count
    _name_actor(act)


# ---------------------------------------------------------------------------------------- terms and obligations


def record_terms(act: Act) -> None:
    """With the proposal just recorded; a refusal has none."""
    if act.decision is None:
        raise RuntimeError("terms are those of a proposal: put record_terms after the effect that records it")
    terms = terms_typed(act.decision, act.payload)
    if terms is not None:
        terms.save(force_insert=True)


def terms_typed(decision: Decision, payload: Mapping[str, Any]) -> ExemptionTerms | None:
    """The terms of a proposal to grant, not saved; `decision` then reads them as its own."""
    if decision.outcome != "grant" or decision.starts_on is None:
        return None
    lines = [str(line) for line in payload.get("dated_conditions", [])]
    dated = [found for line in lines if (found := dated_condition(line, decision.starts_on))]
    return ExemptionTerms(
        decision=decision,
        patients=payload.get("patients"),
        sites=payload["sites"],
        establishments=establishments_named(payload["sites"]),
        quantity=payload["quantity"],
        dated_conditions=[{"due_on": day.isoformat(), "text": text} for day, text in sorted(dated)],
    )


def open_exemption_duties(act: Act) -> None:
    """After the title and its event. What an imported title obliges to is not known here (as for `open_title`)."""
    if act.title is None or act.decision is None:
        raise RuntimeError("obligations are those of a title: put open_exemption_duties after open_title")
    if act.imported:
        return
    terms = ExemptionTerms.objects.get(decision=act.decision)
    domain = str(act.facts.product.get("domain") or "device")
    owed = partial(_owe, title=act.title, terms=terms, domain=domain, on=act.on)
    act.afterwards.append(partial(owed, actor=act.actor, at=act.at))


def _owe(*, title: Title, terms: ExemptionTerms, domain: str, on: dt.date, actor: Actor, at: dt.datetime) -> None:
    law = LAW.get(domain, LAW["device"])
    for due_on, text in terms.conditions:
        owe(
            title=title,
            actor=actor,
            at=at,
            created_by_id=actor.person_id,
            kind=Obligation.Kind.CONDITION,
            text=text,
            law=law.removesuffix("(2)"),
            due_on=due_on,
        )
    if notice_is_due(terms.patients):
        # Stored once for all its readers: in the language of the site, as letters are.
        with translation.override(settings.LANGUAGE_CODE):
            text = gettext("Notify the Commission and the Member States of this exemption, with its export sheet.")
        days = int(settings.WORKFLOW_LIMITS["DEVICE_NOTICE_DAYS"])
        notice = Obligation.objects.create(
            title=title,
            kind=Obligation.Kind.NOTICE,
            owed_by=Obligation.OwedBy.AGENCY,
            text=text,
            law=law,
            due_on=on + dt.timedelta(days=days),
            created_by_id=actor.person_id,
            created_at=at,
        )
        log.append(dossier=title.dossier, verb="obligation_added", actor=actor, at=at, payload=words(notice))


EFFECTS: Final = (
    invite_company,
    take_over,
    invite_clinician,
    lock_statement,
    record_terms,
    open_exemption_duties,
)
