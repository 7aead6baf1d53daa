"""What the letters of an exemption for a device say: gathered from the request, the statements and the decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from documents.letters.early_access import CompanyMatter, ExchangeMatter
from documents.letters.exemption import ClinicianMatter, ConditionMatter, ExemptionMatter
from dossiers.models import Decision, Dossier, ExemptionTerms
from dossiers.queries.statements import standing
from workflows.dates import civil_date
from workflows.device_guards import INDIVIDUAL

EXEMPTION: Final = "device_exemption"


def exemption(
    dossier: Dossier, *, said: Mapping[str, Any], decision: Decision | None, title: Any = None
) -> ExemptionMatter | None:
    """None for another procedure. `title`: when the letter is about it, whose terms are those of its decision."""
    if dossier.procedure != EXEMPTION:
        return None
    device, company = said["device"], said["company"]
    asked = ExemptionMatter(
        company=CompanyMatter(
            **{name: company[name] or getattr(dossier.organisation, name, "") for name in ("name", "address")},
            contact=company["contact"],
            phone=company["phone"] or dossier.organisation.phone,
            email=company["email"] or dossier.organisation.email,
        ),
        domain=said["domain"],
        individual=dossier.kind == INDIVIDUAL,
        **{name: device[name] for name in ("name", "model", "manufacturer", "country", "risk_class", "basic_udi_di")},
        purpose=device["purpose"],
        references=tuple(said["references"]),
        udi_di=tuple(said["udi_di"]),
        criteria=said["criteria"],
        former_title=said["former_title"],
        clinicians=tuple(_clinicians(dossier)),
    )
    if title is not None and decision is None:
        decision = dossier.decisions.filter(signed_at__isnull=False).first()
    return replace(asked, **_asked(dossier), **_ground(dossier), **_terms(decision))


def _clinicians(dossier: Dossier) -> list[ClinicianMatter]:
    return [
        ClinicianMatter(one.author_name, one.author_quality, one.organisation.name, civil_date(one.at))
        for one in standing(dossier)
    ]


def _asked(dossier: Dossier) -> dict[str, Any]:
    """The last list of pieces or questions."""
    request = dossier.requests.order_by("-number").first()
    if request is None:
        return {}
    items = tuple(request.questions[rank] for rank in sorted(request.questions, key=int))
    return {
        "asked": ExchangeMatter(asked_on=civil_date(request.asked_at), items=items, by="ansm"),
        "reply_by": request.reply_by,
    }


def _ground(dossier: Dossier) -> dict[str, Any]:
    """Its event is written before its letter is ordered."""
    found = dossier.events.filter(verb="find_inadmissible").first()
    if found is None:
        return {}
    return {
        "ground": str(found.payload.get("ground") or ""),
        "ground_reasons": str(found.payload.get("reason") or ""),
        "signatory": found.actor_name,
    }


def _terms(decision: Decision | None) -> dict[str, Any]:
    terms: ExemptionTerms | None = getattr(decision, "terms", None)
    if terms is None:
        return {}
    return {
        "patients": terms.patients,
        "single": terms.patients == 1,
        "sites": tuple(line.strip() for line in terms.sites.splitlines() if line.strip()),
        "quantity": terms.quantity,
        "conditions": tuple(ConditionMatter(due_on, text) for due_on, text in terms.conditions),
    }
