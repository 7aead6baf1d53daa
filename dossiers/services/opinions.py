"""Effects of the bodies consulted on an early access, and of the College's decision: opinions, findings, silence.

As in `effects`: database only, inside the transaction of the act.
"""

from __future__ import annotations

from typing import Any, Final

from accounts.models import Delegation
from dossiers.models import Decision, Finding, Opinion, Task
from dossiers.services import numbers
from dossiers.services.act import Act
from workflows.aap_guards import (
    ANSM,
    COLLEGE,
    CRITERIA,
    CT,
    FAVOURABLE,
    MET,
    NOT_MET,
    OPENING,
    RENEWAL,
    period_by_silence,
)
from workflows.roles import ANSM_ASSESSOR, CT_SECRETARY, HAS_COLLEGE

BODY_OF: Final = {CT_SECRETARY: CT, HAS_COLLEGE: COLLEGE}

DECISIONS: Final = "DC/SEM"
"""Series of the decisions of the HAS College on medicines."""


def propose_opinion(act: Act) -> None:
    """ANSM's, proposed: it takes the place of the one that waited."""
    drop_opinion(act)
    given = {name: act.payload.get(name) or "" for name in ("indication", "smpc", "leaflet", "label")}
    opinion = Opinion.objects.create(
        dossier=act.dossier,
        body=ANSM,
        number=act.dossier.opinions.filter(body=ANSM).count() + 1,
        outcome=act.payload["outcome"],
        reasons=act.payload["reasons"],
        proposer_id=act.actor.person_id,
        proposer_name=act.actor.name,
        proposed_at=act.at,
        **given,
    )
    act.result["opinion"] = opinion.number


def drop_opinion(act: Act) -> None:
    act.dossier.opinions.filter(given_at=None, dropped_at=None).update(dropped_at=act.at)


def give_opinion(act: Act) -> None:
    """ANSM's, signed by another person than the proposer."""
    opinion = act.dossier.opinions.get(body=ANSM, given_at=None, dropped_at=None)
    opinion.signatory_id = act.actor.person_id
    opinion.signatory_name = act.actor.name
    opinion.given_at = act.at
    if act.actor.membership_id is not None:
        opinion.delegation = Delegation.in_force(act.actor.membership_id, act.dossier.procedure, act.on)
    opinion.save()
    Finding.objects.create(
        dossier=act.dossier,
        body=ANSM,
        criterion="efficacy_safety",
        finding=MET if opinion.outcome == FAVOURABLE else NOT_MET,
        reasons=opinion.reasons,
        at=act.at,
    )
    act.result |= {"opinion": opinion.number, "outcome": opinion.outcome}


def record_findings(act: Act) -> None:
    """What the actor's body found of each criterion. The Transparency Committee's are its opinion."""
    body = BODY_OF[act.actor.role]
    Finding.objects.bulk_create(
        Finding(
            dossier=act.dossier,
            body=body,
            criterion=code,
            finding=act.payload[code],
            reasons=act.payload.get(f"{code}_reasons") or "",
            comparators=act.payload.get("comparators") or "",
            at=act.at,
        )
        for code, _label in CRITERIA
    )
    if body == CT:
        Opinion.objects.create(
            dossier=act.dossier,
            body=CT,
            number=1,
            sat_on=act.payload.get("sat_on") or act.on,
            proposer_name=act.actor.name,
            proposed_at=act.at,
            given_at=act.at,
        )


def college_decides(act: Act) -> None:
    """The decision of the College, with its number in the series of the year."""
    granted = act.row.name == "grant"
    delegation = None
    if act.actor.membership_id is not None:
        delegation = Delegation.in_force(act.actor.membership_id, act.dossier.procedure, act.on)
    act.decision = _decision(
        act,
        outcome=("grant" if act.dossier.kind in OPENING else "change") if granted else "refuse",
        reasons="\n\n".join(_reasons(act)),
        conditions=act.payload.get("conditions") or "",
        indication=act.payload.get("indication") or (_kept_by_ansm(act) if granted else ""),
        starts_on=act.payload.get("starts_on"),
        ends_on=act.payload.get("ends_on"),
        sat_on=act.payload.get("sat_on") or act.on,
        official_number=None if act.imported else _next_official_number(act.on.year),
        signatory_id=act.actor.person_id,
        signatory_name=act.actor.name,
        delegation=delegation,
    )
    if act.decision.official_number:
        act.result["official_number"] = act.decision.official_number


def number_as_published(*, reference: str, number: str) -> None:
    """The number that a decision taken elsewhere bears. One decision on several indications has one number: it is kept
    on the first of them that comes in."""
    if not Decision.objects.filter(official_number=number).exists():
        signed = Decision.objects.filter(dossier__reference=reference, signed_at__isnull=False)
        signed.update(official_number=number)


def _next_official_number(year: int) -> str:
    """The next of the year's series that no imported decision bears."""
    while True:
        rank = numbers.next_number(series=DECISIONS, year=year)
        number = f"{year}.{rank:04d}/{DECISIONS}"
        if not Decision.objects.filter(official_number=number).exists():
            return number


def _reasons(act: Act) -> list[str]:
    return [text for code, _label in CRITERIA if (text := act.payload.get(f"{code}_reasons"))]


def decide_by_silence(act: Act) -> None:
    """The effect of silence: a decision without a document, of the day after the delay ran out (`silence`)."""
    granted = act.row.name == "grant_tacitly"
    if not granted:
        act.decision = _decision(act, outcome="refuse", automatic=True, tacit=True)
        return
    before = _as_before(act)
    opens = act.dossier.kind in OPENING
    starts_on, ends_on = period_by_silence(act.facts, act.at) if opens else (None, None)
    act.decision = _decision(
        act,
        outcome="grant" if opens else "change",
        starts_on=starts_on,
        ends_on=ends_on,
        automatic=True,
        tacit=True,
        conditions=before.get("conditions", ""),
        indication=before.get("indication") or _kept_by_ansm(act),
    )


def _kept_by_ansm(act: Act) -> str:
    """The narrower indication of ANSM's favourable opinion, which binds (L.5121-12); empty when it kept the claimed."""
    given = act.dossier.opinions.filter(body=ANSM, given_at__isnull=False).values_list("indication", flat=True)
    return given.first() or ""


def _as_before(act: Act) -> dict[str, str]:
    """What a renewal by silence goes on with: the conditions that were set, the narrower indication that was granted.
    Silence widens nothing."""
    renewed = act.dossier.parent_title
    if act.dossier.kind != RENEWAL or renewed is None:
        return {}
    content = renewed.versions.order_by("-number")[0].content
    return {name: content.get(name) or "" for name in ("conditions", "indication")}


def _decision(act: Act, **said: Any) -> Decision:
    decision = Decision.objects.create(
        dossier=act.dossier,
        number=act.dossier.decisions.count() + 1,
        proposed_at=act.at,
        signed_at=act.at,
        **said,
    )
    act.result["decision"] = decision.number
    return decision


def adapt_texts_task(act: Act) -> None:
    """A narrower indication than the one claimed: ANSM adapts the texts it settled (CSP R.5121-69)."""
    if not act.payload.get("indication") or act.imported:
        return
    act.result["restricted"] = True
    Task.objects.get_or_create(
        dossier=act.dossier, kind="adapt_texts", defaults={"role": ANSM_ASSESSOR, "created_at": act.at}
    )
