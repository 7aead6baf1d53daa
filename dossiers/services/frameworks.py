"""What an act of a prescription framework (CPC) writes besides its state. Called under the locks of the write path."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from catalogue.models import Medicine
from dossiers.models import (
    CompanyCall,
    CompanyReply,
    Decision,
    Dossier,
    FrameworkChange,
    FrameworkTerms,
    Obligation,
    Task,
    Title,
)
from dossiers.queries.answers import current_answers
from dossiers.queries.coverage import COVERED
from dossiers.services import obligation_life, titles
from dossiers.services.act import Act
from dossiers.services.errors import Blocked
from dossiers.services.parties import name_party
from workflows.cpc_guards import INFORMATION, OBSERVATIONS, PROTOCOL, lines_of
from workflows.dates import ONE_DAY, add_months
from workflows.roles import APPLICANT, COMPANY
from workflows.types import Reason

STEP_OF: Final = {"notify_intention": INFORMATION, "request_put": PROTOCOL, "open_contradictory": OBSERVATIONS}
"""Act -> what it asks of the companies."""

REPORT_LAW: Final = "CSP R.5121-76-5"


def name_companies(act: Act) -> None:
    """Each company named by its SIREN or its name becomes a party. Blocked, line by line, for one that is not known."""
    found, reasons = [], []
    for line in lines_of(act.payload["companies"]):
        known = _companies(line, make=act.imported)
        if len(known) == 1:
            found += known
        elif known:
            message = _("Several companies are registered here under “%s”: write the SIREN number of the right one.")
            reasons.append(Reason("several_companies", message % line, "companies"))
        else:
            message = _("No company is registered here under “%s”: write its name or its SIREN number as registered.")
            reasons.append(Reason("unknown_company", message % line, "companies"))
    if reasons:
        raise Blocked(reasons)
    for company in found:
        name_party(dossier=act.dossier, organisation=company.pk, role=APPLICANT, at=act.at)
    act.result["companies"] = [company.name for company in found]


def _companies(line: str, *, make: bool) -> list[Organisation]:
    """Those of that number or name: what is written to one must not reach its namesake."""
    companies = Organisation.objects.filter(kind=COMPANY).order_by("pk")
    digits = line.replace(" ", "")
    if digits.isascii() and digits.isdigit() and len(digits) == 9:
        return list(companies.filter(siren=digits)[:1])
    known = list(companies.filter(name__iexact=line)[:2])
    if make:
        # A past decision names companies that nobody has registered yet.
        return known[:1] or [Organisation.objects.create(kind=COMPANY, name=line[:200])]
    return known


def ask_companies(act: Act) -> None:
    CompanyCall.objects.filter(dossier=act.dossier, closed_at=None).update(closed_at=act.at)
    CompanyCall.objects.create(
        dossier=act.dossier,
        step=STEP_OF[act.row.name],
        asked=act.payload["asked"],
        protocol=act.payload.get("protocol") or "",
        waiver=act.payload.get("waiver") or "",
        reply_by=act.payload["reply_by"],
        asked_by_id=act.actor.person_id,
        asked_at=act.at,
    )


def close_company_call(act: Act) -> None:
    CompanyCall.objects.filter(dossier=act.dossier, closed_at=None).update(closed_at=act.at)


def receive_protocol(act: Act) -> None:
    """The company's words are kept as its reply, and the document becomes part of what was sent: a new version."""
    if act.actor.is_system:
        act.result["late"] = True
        return
    call = CompanyCall.objects.filter(dossier=act.dossier, closed_at=None).first()
    if call is not None and act.actor.organisation_id is not None:
        CompanyReply.objects.create(
            call=call,
            organisation_id=act.actor.organisation_id,
            text=act.payload.get("proposal") or str(_("See the protocol attached.")),
            given_by_id=act.actor.person_id,
            given_by_name=act.actor.name,
            given_at=act.at,
        )


def record_framework(act: Act) -> None:
    """The terms of a proposal to establish, beside the decision that `record_proposal` made."""
    if act.decision is None or act.decision.outcome != "grant":
        return
    act.decision.indication = act.payload["indication"]
    act.decision.save(update_fields=["indication"])
    FrameworkTerms.objects.create(
        decision=act.decision,
        indication=act.payload["indication"],
        conditions=act.payload.get("conditions") or "",
        waived=_is_waived(act.dossier),
        medicines=_medicines(act.dossier, act.payload),
        posology=act.payload["posology"],
        adverse_effects=act.payload["adverse_effects"],
        prescription_class=act.payload.get("prescription_class") or "",
        report_months=act.payload.get("report_months"),
        vigilance_centre=act.payload.get("vigilance_centre") or "",
    )


def _is_waived(dossier: Dossier) -> bool:
    """As the last drafts sent for observations say."""
    drafts = CompanyCall.objects.filter(dossier=dossier, step=OBSERVATIONS).order_by("-asked_at", "-id").first()
    return drafts is not None and bool(drafts.waiver)


def publish_change(*, title: Title, changes: str) -> None:
    """What the version just made of a framework changes, for the register. Nothing for another procedure."""
    if title.procedure == "cpc":
        last = title.versions.order_by("-number")[0]
        FrameworkChange.objects.create(title=title, number=last.number, changes=changes)


def close_comparison(*, title: Title, at: dt.datetime) -> None:
    """A framework that has ended is compared with no other authorisation: what was asked on it, and on those that it
    renewed, is over. One that is replaced goes on in its renewal, and so does the question."""
    over = Title.objects.filter(chain=title.chain, renewal_rank__lte=title.renewal_rank).values("dossier")
    Task.objects.filter(kind=COVERED, dossier__in=over, done_at=None).update(done_at=at)


def _medicines(dossier: Dossier, payload: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those named, found in the catalogue by their full name or their CIS code where they can be; else the one of the
    report."""
    named = lines_of(payload.get("medicines") or "")
    if not named:
        return [{"label": dossier.product_label, "medicine": dossier.medicine_id}]
    return [{"label": _label(found, line), "medicine": found.pk if found else None} for line, found in _found(named)]


def _label(found: Medicine | None, line: str) -> str:
    return str(found) if found is not None and line.isdigit() else line


def _found(lines: list[str]) -> list[tuple[str, Medicine | None]]:
    known: dict[str, Medicine] = {}
    for one in Medicine.objects.filter(cis__in=lines).order_by("pk"):
        known[one.cis or ""] = one
    for one in Medicine.objects.filter(denomination__in=lines).order_by("pk"):
        known.setdefault(one.denomination, one)
    return [(line, known.get(line)) for line in lines]


def open_framework(act: Act) -> None:
    """In force the day after its publication, which is the day of the signature: the title is opened as if it were
    signed tomorrow."""
    if act.decision is None:
        raise RuntimeError("a framework is opened by a decision: put open_framework after the effect that signs it")
    act.title = titles.open_title(
        dossier=act.dossier,
        decision=act.decision,
        answers=current_answers(act.dossier),
        on=act.on + ONE_DAY,
        at=act.at,
    )
    if not act.imported:
        act.afterwards.append(partial(obligation_life.open_with, title=act.title, actor=act.actor, at=act.at))
        act.afterwards.append(partial(_owe_reports, act.title, act.decision, act))
    act.result["title"] = act.title.number


def _owe_reports(title: Title, decision: Decision, act: Act) -> None:
    """The reports of article 3, from the first day, owed by each company. One carried from the framework that this one
    renews goes on."""
    months = FrameworkTerms.objects.filter(decision=decision).values_list("report_months", flat=True).first()
    if not months:
        return
    owed = Obligation.objects.filter(title=title, law=REPORT_LAW, state=Obligation.State.OPEN)
    with translation.override(settings.LANGUAGE_CODE):
        text = gettext("Periodic report on the follow-up of patients, to ANSM and to the pharmacovigilance centre.")
    obligation_life.owe(
        title=title,
        actor=act.actor,
        at=act.at,
        holders=obligation_life.without(title, owed),
        kind=Obligation.Kind.REPORT,
        text=text,
        law=REPORT_LAW,
        due_on=add_months(title.starts_on, months),
        every_months=months,
    )


EFFECTS: Final = (
    name_companies,
    ask_companies,
    close_company_call,
    receive_protocol,
    record_framework,
    open_framework,
)
