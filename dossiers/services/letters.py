"""What a letter says, gathered from the dossier once, in the transaction that orders it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from accounts.models import Organisation
from catalogue.models import Medicine
from documents.errors import IncompleteLetter
from documents.letters import orders
from documents.letters.early_access import FindingMatter
from documents.letters.kinds import kind_of
from documents.letters.matter import (
    DecisionMatter,
    EstablishmentMatter,
    LetterMatter,
    MedicineMatter,
    PharmacistMatter,
    PharmacyMatter,
    PrescriberMatter,
    PutMatter,
    TitleActMatter,
    TitleMatter,
)
from documents.letters.mentions import missing_mentions
from documents.models import LetterOrder
from dossiers.forms.registry import form_set
from dossiers.models import Decision, Dossier, Event, Title
from dossiers.queries.answers import last_submission, raw_answers, standing_answers
from dossiers.services import numbers
from dossiers.services.act import Act
from dossiers.services.advice_letters import advice
from dossiers.services.early_letters import EARLY_ACCESS, delegation_matter, early_access, typed_findings
from dossiers.services.errors import Blocked
from dossiers.services.exemption_letters import exemption
from dossiers.services.framework_letters import framework
from dossiers.services.title_letters import act_matter, last_day_stated
from workflows.aap_guards import OPENING
from workflows.dates import civil_date
from workflows.roles import PHARMACIST, PRESCRIBER
from workflows.types import Actor, Facts, Transition


def order_letter(*, act: Act, event: Event) -> LetterOrder | None:
    """Order the letter of an act, with its number; None when nobody signs what must be signed (`letter_by`).

    Blocked, naming what lacks, when a mandatory mention is missing.
    """
    kind = act.row.letter_by(act.actor)
    if not kind:
        return None
    year = act.on.year
    said = _title_act(act, kind)
    title = act.title or _changed_title(act)
    matter = matter_of(
        act.dossier,
        at=act.at,
        decision=act.decision,
        title=title,
        title_act=said,
        title_ends_on=last_day_stated(act.facts, act.payload) if said else None,
    )
    try:
        return orders.order(
            kind=kind,
            number=numbers.spell("L", year, numbers.next_number(series="L", year=year)),
            dossier=act.dossier,
            title=title,
            matter=matter,
            dedupe_key=f"{act.dossier.reference}:{event.seq}",
            at=act.at,
        )
    except IncompleteLetter as error:
        raise Blocked(error.reasons) from error


def _changed_title(act: Act) -> Title | None:
    """The title that this decision changes, since it opens none."""
    changes = act.decision is not None and act.decision.outcome == "change"
    return act.dossier.parent_title if changes else None


def preview(dossier: Dossier, kind: str, at: dt.datetime) -> bytes:
    """The PDF that signing would make today, marked as a draft on every page."""
    decision = dossier.decisions.filter(sent_back_at=None).order_by("-number").first()
    return orders.preview(kind=kind, matter=matter_of(dossier, at=at, decision=decision, title=None))


def preview_of_decision(*, dossier: Dossier, row: Transition, payload: Mapping[str, Any], at: dt.datetime) -> bytes:
    """The PDF that this decision of the College, typed and not signed yet, would make."""
    decision = Decision(
        dossier=dossier,
        outcome="refuse" if row.name == "refuse" else "grant" if dossier.kind in OPENING else "change",
        conditions=payload.get("conditions") or "",
        indication=payload.get("indication") or "",
        starts_on=payload.get("starts_on"),
        ends_on=payload.get("ends_on"),
        sat_on=payload.get("sat_on") or civil_date(at),
    )
    title = dossier.parent_title if decision.outcome == "change" else None
    matter = matter_of(
        dossier,
        at=at,
        decision=decision,
        title=title,
        findings=typed_findings(payload),
        comparators=payload.get("comparators") or "",
    )
    return orders.preview(kind=row.letter, matter=matter)


def preview_of_title_act(
    *, title: Title, row: Transition, payload: Mapping[str, Any], actor: Actor, facts: Facts, at: dt.datetime
) -> bytes:
    """The PDF that this act, not done yet, would make. Raises IncompleteLetter."""
    said = act_matter(title=title, row=row, payload=payload, actor=actor, facts=facts, at=at, signed=False)
    matter = matter_of(title.dossier, at=at, title=title, title_act=said, title_ends_on=last_day_stated(facts, payload))
    if missing := missing_mentions(row.letter, matter):
        raise IncompleteLetter(missing)
    return orders.preview(kind=row.letter, matter=matter)


def _title_act(act: Act, kind: str) -> TitleActMatter | None:
    if act.title is None or not kind_of(kind).on_title:
        return None
    return act_matter(
        title=act.title, row=act.row, payload=act.payload, actor=act.actor, facts=act.facts, at=act.at, signed=True
    )


def matter_of(
    dossier: Dossier,
    *,
    at: dt.datetime,
    decision: Decision | None = None,
    title: Title | None = None,
    title_act: TitleActMatter | None = None,
    title_ends_on: dt.date | None = None,
    findings: list[FindingMatter] | None = None,
    comparators: str = "",
) -> LetterMatter:
    """Everything a letter about `dossier` may say, as of `at`. `title_ends_on`: the last day to state of `title`, when
    it is not the one first decided. `findings`, `comparators`: what the College typed and is not recorded yet."""
    submission = last_submission(dossier)
    answers = submission.answers if submission else raw_answers(dossier)
    about_title = title if title_act and dossier.procedure == EARLY_ACCESS else None
    if about_title is not None:
        answers = standing_answers(about_title) or answers
    said = form_set(dossier.procedure).matter(answers)
    parties = _parties(dossier)
    return LetterMatter(
        reference=dossier.reference,
        filing_number=dossier.filing_number or "",
        procedure=dossier.procedure,
        kind=dossier.kind,
        filed_on=civil_date(dossier.filed_at or at),
        submission_number=submission.number if submission else 0,
        medicine=_medicine(about_title.medicine if about_title else dossier.medicine, said),
        indication=dossier.indication.label if dossier.indication else said["indication"],
        patient=said["patient"],
        prescriber=_prescriber(parties.get(PRESCRIBER), answers.get("prescriber", {})),
        establishment=EstablishmentMatter(
            name=dossier.organisation.name,
            finess_et=dossier.organisation.finess_et or "",
            finess_ej=dossier.organisation.finess_ej or "",
            address=dossier.organisation.address,
        ),
        pharmacy=_pharmacy(dossier.organisation),
        pharmacist=PharmacistMatter(name=_name(parties.get(PHARMACIST))),
        answers=answers,
        title=_title(decision, title, title_ends_on),
        decision=_decision(decision, at),
        title_act=title_act,
        parent_title=dossier.parent_title.number if dossier.parent_title else None,
        put=_put(dossier),
        posology=said["posology"],
        urgent=dossier.urgent,
        at=at,
        early_access=early_access(
            dossier,
            answers=answers,
            said=said,
            decision=decision,
            title=about_title,
            findings=findings,
            comparators=comparators,
        ),
        framework=framework(dossier, said=said, decision=decision),
        exemption=exemption(dossier, said=said, decision=decision, title=title if title_act else None),
        advice=advice(dossier, answers=answers, said=said, decision=decision),
    )


def _parties(dossier: Dossier) -> dict[str, Any]:
    """Role -> the person who took part under it, the latest one."""
    people = dossier.parties.exclude(membership=None).select_related("membership__person").order_by("id")
    return {party.role: party.membership for party in people}


def _name(membership: Any) -> str:
    return membership.person.full_name if membership else ""


def _medicine(known: Medicine | None, said: dict[str, Any]) -> MedicineMatter:
    if known is None:
        return MedicineMatter(**said["medicine"])
    return MedicineMatter(
        name=known.name,
        inn=known.inn,
        code_name=known.code_name,
        form=known.form or said["medicine"].get("form", ""),
        strength=known.strength or said["medicine"].get("strength", ""),
        restricted_class=known.restricted_class or said["medicine"].get("restricted_class", ""),
    )


def _pharmacy(owner: Organisation) -> PharmacyMatter:
    return PharmacyMatter(
        name=owner.pharmacy_name,
        address=owner.pharmacy_address or owner.address,
        phone=owner.pharmacy_phone,
        email=owner.pharmacy_email,
    )


def _prescriber(membership: Any, typed: dict[str, Any]) -> PrescriberMatter:
    """The contact details typed in the request are those of this file; the membership fills what was left empty."""
    if membership is None:
        return PrescriberMatter(name="")
    return PrescriberMatter(
        name=membership.person.full_name,
        quality=typed.get("quality") or membership.quality,
        speciality=typed.get("speciality") or membership.speciality,
        ward=typed.get("ward") or membership.ward,
        rpps=membership.person.rpps or "",
        phone=typed.get("phone") or membership.phone,
        email=membership.person.email,
    )


def _title(decision: Decision | None, title: Title | None, ends_on: dt.date | None) -> TitleMatter | None:
    if title is not None:
        return TitleMatter(number=title.number, starts_on=title.starts_on, ends_on=ends_on or title.ends_on)
    if decision is not None and decision.starts_on and decision.ends_on:
        return TitleMatter(number="", starts_on=decision.starts_on, ends_on=decision.ends_on)
    return None


def _decision(decision: Decision | None, at: dt.datetime) -> DecisionMatter | None:
    if decision is None:
        return None
    act = decision.delegation
    return DecisionMatter(
        outcome=decision.outcome,
        reasons=decision.reasons,
        conditions=decision.conditions,
        signatory=decision.signatory_name,
        signatory_quality=act.membership.quality if act else "",
        delegation=delegation_matter(act),
        signed_on=civil_date(decision.signed_at) if decision.signed_at else None,
        automatic=decision.automatic,
    )


def _put(dossier: Dossier) -> PutMatter | None:
    indication = dossier.indication
    if indication is None or not indication.put_reference:
        return None
    return PutMatter(reference=indication.put_reference, url=indication.put_url)
