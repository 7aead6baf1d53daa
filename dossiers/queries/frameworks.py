"""What is read of a prescription framework (CPC): what its companies were asked and replied, what it says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dossiers.models import CompanyCall, Dossier, FrameworkTerms
from dossiers.policy import reads_as_agency
from workflows.cpc_guards import OBSERVATIONS, PROTOCOL, STEPS
from workflows.dates import civil_date
from workflows.roles import APPLICANT, COMPANY
from workflows.types import Actor, Facts, Text


def framework_matter(dossier: Dossier, at: dt.datetime) -> Mapping[str, Any]:
    """What guards read (`Facts.matter`): `reply_by`, the last day of what is asked; `awaited`, the names of the
    companies that have not replied; `companies`, the names of all."""
    companies = dict(
        dossier.parties.filter(organisation__kind=COMPANY).values_list("organisation", "organisation__name")
    )
    call = CompanyCall.objects.filter(dossier=dossier, closed_at=None).prefetch_related("replies").first()
    if call is None:
        return {"companies": tuple(companies.values()), "awaited": (), "reply_by": None}
    replied = {reply.organisation_id for reply in call.replies.all()}
    return {
        "companies": tuple(companies.values()),
        "awaited": tuple(sorted(name for company, name in companies.items() if company not in replied)),
        "reply_by": call.reply_by,
    }


# ---------------------------------------------------------------------------------- what the form of an act starts with


def starting_companies(dossier: Dossier, facts: Facts) -> dict[str, str]:
    """The companies of the framework that is renewed, else those that the report names, else the medicine's holder."""
    parent = facts.parent and dossier.parent_title
    if parent:
        held = parent.dossier.parties.filter(organisation__kind=COMPANY).order_by("pk")
        return {"companies": "\n".join(held.values_list("organisation__name", flat=True))}
    named = [str(one) for one in _section(facts, "product").get("companies") or () if one]
    holder = str((facts.product.get("medicine") or {}).get("holder") or "")
    return {"companies": "\n".join(named) or holder}


def starting_terms(dossier: Dossier, facts: Facts) -> dict[str, Any]:
    """What the last proposal said, to be corrected and not typed again; else what the report asks for."""
    last = FrameworkTerms.objects.filter(decision__dossier=dossier).select_related("decision").last()
    if last is not None:
        return {
            "indication": last.decision.indication,
            "medicines": "\n".join(str(one["label"]) for one in last.medicines),
            "posology": last.posology,
            "adverse_effects": last.adverse_effects,
            "prescription_class": last.prescription_class,
            "report_months": last.report_months,
            "vigilance_centre": last.vigilance_centre,
        }
    product, use = _section(facts, "product"), _section(facts, "use")
    named = [str(one) for one in (product.get("name"), *(product.get("others") or ())) if one]
    return {
        "indication": _section(facts, "need").get("indication") or "",
        "medicines": "\n".join(named),
        "posology": use.get("posology") or "",
        "adverse_effects": _section(facts, "evidence").get("risk") or "",
        "prescription_class": use.get("prescription_class") or "",
    }


def _section(facts: Facts, key: str) -> Mapping[str, Any]:
    return facts.answers.get(key) or {}


# ------------------------------------------------------------------------------------------------ on the page of a file


@dataclass(frozen=True)
class Asked:
    """One call of ANSM to the companies, for the reader of the page. `replies`: (company, day, its words), those that
    this reader may read; `is_read`: so is what was asked, a draft decision for one."""

    label: Text
    call: CompanyCall
    replies: tuple[tuple[str, dt.datetime, str], ...]
    is_read: bool
    is_open: bool
    is_late: bool


@dataclass(frozen=True)
class Exchange:
    """What the companies were asked. `may_reply`: the reader speaks for a company that is asked now, `has_replied`: and
    that has replied; `proposes`: a protocol is asked, which is attached and sent by its own act; `waits_for`: the
    companies that still have until the day `reply_by`, nothing else being possible meanwhile; `is_read`: the reader
    is told what is asked and replied."""

    companies: tuple[str, ...]
    calls: tuple[Asked, ...]
    awaited: tuple[str, ...]
    may_reply: bool
    proposes: bool
    has_replied: bool
    waits_for: tuple[str, ...]
    reply_by: dt.date | None
    is_read: bool


def exchange_of(dossier: Dossier, actor: Actor, at: dt.datetime) -> Exchange | None:
    """None for another procedure, and before any company is told."""
    if dossier.procedure != "cpc":
        return None
    calls = list(
        dossier.company_calls.select_related("dossier")
        .prefetch_related("replies__organisation")
        .order_by("-asked_at", "-id")
    )
    if not calls:
        return None
    on, labels = civil_date(at), dict(STEPS)
    held = framework_matter(dossier, at)
    is_read = reads_as_agency(actor, dossier) or actor.organisation_kind == COMPANY
    open_call = next((one for one in calls if one.closed_at is None), None)
    own = actor.organisation_id
    has_replied = open_call is not None and any(one.organisation_id == own for one in open_call.replies.all())
    is_asked = actor.role == APPLICANT and dossier.parties.filter(organisation=actor.organisation_id).exists()
    return Exchange(
        companies=tuple(held["companies"]),
        calls=tuple(
            Asked(
                label=labels[one.step],
                call=one,
                replies=tuple(_replies(one, actor)),
                is_read=is_read,
                is_open=one.closed_at is None,
                is_late=one.closed_at is None and on > one.reply_by,
            )
            for one in calls
        ),
        awaited=tuple(held["awaited"]),
        may_reply=is_asked and open_call is not None and open_call.step != PROTOCOL,
        proposes=is_asked and open_call is not None and open_call.step == PROTOCOL,
        has_replied=has_replied,
        waits_for=tuple(held["awaited"]) if open_call is not None and on <= open_call.reply_by else (),
        reply_by=open_call.reply_by if open_call is not None else None,
        is_read=is_read,
    )


def _replies(call: CompanyCall, actor: Actor) -> Iterator[tuple[str, dt.datetime, str]]:
    """What a company tells ANSM (sales, trials, plans) is read by itself and by the agencies: neither by the reporter
    nor by the other companies of a generic group."""
    for reply in call.replies.all():
        if reads_as_agency(actor, call.dossier) or reply.organisation_id == actor.organisation_id:
            yield reply.organisation.name, reply.given_at, reply.text


def terms_of(dossier: Dossier) -> FrameworkTerms | None:
    """Those signed, else those proposed last and not sent back; None when nothing is."""
    if dossier.procedure != "cpc":
        return None
    kept = FrameworkTerms.objects.filter(decision__dossier=dossier, decision__sent_back_at=None)
    return kept.select_related("decision").order_by("-decision__number").first()


def next_act(dossier: Dossier) -> str:
    """The act that comes next in an assessment, among all that are possible: the protocol, then the drafts, then the
    decision. Empty elsewhere."""
    if dossier.procedure != "cpc" or dossier.state != "assessment":
        return ""
    steps = set(dossier.company_calls.values_list("step", flat=True))
    if OBSERVATIONS in steps:
        return "propose"
    return "open_contradictory" if PROTOCOL in steps else "request_put"
