"""What the letters of a prescription framework (CPC) say: gathered from the report, the companies' replies, the
decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from accounts.models import Organisation
from documents.letters.early_access import CompanyMatter
from documents.letters.frameworks import CallMatter, FrameworkMatter, ReplyMatter
from dossiers.models import CompanyCall, Decision, Dossier, FrameworkTerms
from workflows.cpc_guards import OBSERVATIONS, REPORT
from workflows.dates import civil_date
from workflows.roles import COMPANY

FRAMEWORK: Final = "cpc"
GIVES_REASONS: Final = ("notify_intention", "find_inadmissible")


def framework(dossier: Dossier, *, said: Mapping[str, Any], decision: Decision | None) -> FrameworkMatter | None:
    """None for another procedure. `said`: what the form set says of the answers."""
    if dossier.procedure != FRAMEWORK:
        return None
    companies = Organisation.objects.filter(parties__dossier=dossier, kind=COMPANY).order_by("parties__id")
    calls = tuple(_call(one) for one in dossier.company_calls.prefetch_related("replies__organisation"))
    drafts = [one for one in calls if one.step == OBSERVATIONS]
    signed = decision or dossier.decisions.filter(signed_at__isnull=False).first()
    return FrameworkMatter(
        companies=tuple(_company(one) for one in companies),
        reporter=_reporter(dossier, said) if dossier.kind == REPORT else None,
        reasons=_reasons(dossier),
        calls=calls,
        waived=bool(drafts[-1].waiver) if drafts else False,
        renewed_number=dossier.parent_title.number if dossier.parent_title else "",
        **_terms(dossier, signed, said),
    )


def _company(one: Organisation) -> CompanyMatter:
    return CompanyMatter(name=one.name, address=one.address, phone=one.phone, email=one.email)


def _reporter(dossier: Dossier, said: Mapping[str, Any]) -> CompanyMatter:
    """The name as typed in the report, with the address of the organisation that sent it."""
    owner = dossier.organisation
    name = str(said.get("reported_by") or "") or owner.name
    return CompanyMatter(name=name, address=owner.address, email=owner.email)


def _reasons(dossier: Dossier) -> str:
    told = dossier.events.filter(verb__in=GIVES_REASONS).order_by("-seq").first()
    payload = told.payload if told else {}
    return str(payload.get("reasons") or payload.get("reason") or "")


def _call(one: CompanyCall) -> CallMatter:
    return CallMatter(
        step=one.step,
        asked_on=civil_date(one.asked_at),
        reply_by=one.reply_by,
        asked=one.asked,
        protocol=one.protocol,
        waiver=one.waiver,
        replies=tuple(ReplyMatter(reply.organisation.name, civil_date(reply.given_at)) for reply in one.replies.all()),
    )


def _terms(dossier: Dossier, decision: Decision | None, said: Mapping[str, Any]) -> dict[str, Any]:
    """Those decided, or proposed; of the report alone, its medicines and its indication."""
    terms = FrameworkTerms.objects.filter(decision=decision).first() if decision and decision.pk else None
    if terms is None or decision is None:
        return {"medicines": (dossier.product_label, *said.get("others", ())), "indication": said["indication"]}
    return {
        "medicines": tuple(str(one["label"]) for one in terms.medicines),
        "indication": decision.indication,
        "posology": terms.posology,
        "adverse_effects": terms.adverse_effects,
        "prescription_class": terms.prescription_class,
        "report_months": terms.report_months,
        "vigilance_centre": terms.vigilance_centre,
    }
