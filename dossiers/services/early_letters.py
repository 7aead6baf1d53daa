"""What the letters of an early access (AAP) say: gathered from the request, its opinions, the decision of the College.

The days are the stored ones: each list of missing items, each completion, the acknowledgement, the opinions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from accounts.models import Delegation
from documents.letters.early_access import (
    CompanyMatter,
    DelegationMatter,
    EarlyAccessMatter,
    ExchangeMatter,
    FindingMatter,
    OpinionMatter,
)
from dossiers.models import Decision, Dossier, InformationRequest, Opinion, Title
from workflows.aap_guards import ANSM, COLLEGE, CRITERIA, CT, PRE_MA
from workflows.dates import civil_date
from workflows.roles import ANSM_STAFF

EARLY_ACCESS: Final = "aap"


def early_access(
    dossier: Dossier,
    *,
    answers: Mapping[str, Mapping[str, Any]],
    said: Mapping[str, Any],
    decision: Decision | None,
    title: Title | None,
    findings: Iterable[FindingMatter] | None = None,
    comparators: str = "",
) -> EarlyAccessMatter | None:
    """None for another procedure. `title`: the one that the letter is about, when it is about a title: how its request
    was examined is then left out. `findings`, `comparators`: what the College typed and is not recorded yet."""
    if dossier.procedure != EARLY_ACCESS:
        return None
    pathway = str(said.get("pathway") or "") or dossier.pathway
    chmp_on = _day(said.get("chmp_favourable_on"))
    company = _company(dossier, answers, said)
    asked = EarlyAccessMatter(
        company=company,
        pathway=pathway,
        ansm_is_asked=pathway == PRE_MA and chmp_on is None,
        claimed_indication=claimed(dossier, said),
        granted_indication=_granted(decision, title),
    )
    if title is not None:
        return replace(asked, **_opening(dossier))
    changed = dossier.parent_title
    return replace(
        asked,
        **_exchanges(dossier),
        **_clock(dossier),
        chmp_favourable_on=chmp_on,
        ma_number=str(said.get("ma_number") or ""),
        ma_on=_day(said.get("ma_on")),
        ma_application_by=_day(said.get("ma_application_by")),
        listing_request=(answers.get("commitments") or {}).get("listing_request") is True,
        report_months=said.get("report_months"),
        ansm_opinion=_ansm_opinion(dossier),
        ct_sat_on=dossier.opinions.filter(body=CT).values_list("sat_on", flat=True).first(),
        findings=tuple(_recorded(dossier) if findings is None else findings),
        comparators=dossier.findings.filter(body=COLLEGE).values_list("comparators", flat=True).first() or comparators,
        official_number=(decision.official_number or "") if decision else "",
        sat_on=decision.sat_on if decision else None,
        changed_number=changed.number if changed else "",
        changed_ends_on=changed.ends_on if changed else None,
    )


def claimed(dossier: Dossier, said: Mapping[str, Any]) -> str:
    """The indication as the company words it: an early access is granted for that wording, or for a narrower one."""
    return str(said.get("indication") or "") or (dossier.indication.label if dossier.indication else "")


def typed_findings(payload: Mapping[str, Any]) -> list[FindingMatter]:
    """What the College is about to find, as typed."""
    return [
        FindingMatter(code, str(payload[code]), str(payload.get(f"{code}_reasons") or ""))
        for code, _label in CRITERIA
        if payload.get(code)
    ]


def _company(dossier: Dossier, answers: Mapping[str, Mapping[str, Any]], said: Mapping[str, Any]) -> CompanyMatter:
    """As printed in the decision: the names typed in the request, else those of the organisation."""
    typed, owner = answers.get("contacts") or {}, dossier.organisation
    return CompanyMatter(
        name=str(said.get("holder") or "") or owner.name,
        address=str(said.get("holder_address") or "") or owner.address,
        contact=str(typed.get("contact_name") or "") or _applicant(dossier),
        phone=str(typed.get("contact_phone") or "") or owner.phone,
        email=str(typed.get("contact_email") or "") or owner.email,
        principal=str(said.get("principal") or ""),
    )


def _applicant(dossier: Dossier) -> str:
    people = dossier.parties.filter(role="applicant", organisation=dossier.organisation_id, membership__isnull=False)
    party = people.select_related("membership__person").first()
    return party.membership.person.full_name if party and party.membership else ""


def _exchanges(dossier: Dossier) -> dict[str, Any]:
    """What was asked of the company, in order: items that lacked, for which no day is set, and information."""
    asked = dossier.events.filter(verb="request_information")
    roles = {event.payload.get("request"): event.actor_role for event in asked}
    rows = [(_exchange(one, roles.get(one.number, "")), one.reply_by) for one in dossier.requests.order_by("number")]
    return {
        "missing": tuple(one for one, reply_by in rows if reply_by is None),
        "questions": tuple(one for one, reply_by in rows if reply_by is not None),
    }


def _exchange(request: InformationRequest, role: str) -> ExchangeMatter:
    return ExchangeMatter(
        asked_on=civil_date(request.asked_at),
        received_on=civil_date(request.answered_at) if request.answered_at else None,
        items=_in_order(request),
        by="ansm" if role in ANSM_STAFF else "has",
    )


def _in_order(request: InformationRequest) -> tuple[str, ...]:
    return tuple(request.questions[rank] for rank in sorted(request.questions, key=int))


def _clock(dossier: Dossier) -> dict[str, Any]:
    """The day the delay began, the day it was extended, the last day of it as it now stands."""
    days = {act: civil_date(at) for act, at in dossier.clock_facts.order_by("at", "id").values_list("act", "at")}
    return {
        "acknowledged_on": days.get("started"),
        "extended_on": days.get("extended"),
        "due_on": dossier.due_on if "started" in days else None,
    }


def _ansm_opinion(dossier: Dossier) -> OpinionMatter | None:
    """The one given, or the one proposed while none is."""
    kept = dossier.opinions.filter(body=ANSM, dropped_at=None).select_related("delegation__membership")
    opinion: Opinion | None = kept.order_by("-number").first()
    if opinion is None:
        return None
    act = opinion.delegation
    return OpinionMatter(
        outcome=opinion.outcome,
        reasons=opinion.reasons,
        indication=opinion.indication,
        smpc=opinion.smpc,
        leaflet=opinion.leaflet,
        label=opinion.label,
        signatory=opinion.signatory_name,
        signatory_quality=act.membership.quality if act else "",
        delegation=delegation_matter(act),
        given_on=civil_date(opinion.given_at) if opinion.given_at else None,
    )


def delegation_matter(act: Delegation | None) -> DelegationMatter | None:
    return DelegationMatter(act.delegator_name, act.delegator_title, act.reference) if act else None


def _recorded(dossier: Dossier) -> list[FindingMatter]:
    found = dossier.findings.filter(body=COLLEGE).order_by("id")
    return [FindingMatter(one.criterion, one.finding, one.reasons) for one in found]


def _granted(decision: Decision | None, title: Title | None) -> str:
    if decision is not None:
        return decision.indication
    version = title.versions.order_by("-number").first() if title else None
    return str(version.content.get("indication") or "") if version else ""


def _opening(dossier: Dossier) -> dict[str, Any]:
    """The decision that granted the title, silent or not."""
    opening = dossier.decisions.filter(signed_at__isnull=False).first()
    if opening is None or opening.signed_at is None:
        return {}
    return {
        "opening_number": opening.official_number or "",
        "opened_on": civil_date(opening.signed_at),
        "opened_tacitly": opening.tacit,
    }


def _day(typed: Any) -> dt.date | None:
    """A day as ISO text, of answers that were checked when they were signed."""
    try:
        return dt.date.fromisoformat(typed) if isinstance(typed, str) else None
    except ValueError:
        return None
