"""What the letters of the Innovation and Referral Service say, gathered once, in the transaction that orders them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from documents.letters.advice import AdviceMatter, AnsweredMatter, ApplicantMatter
from dossiers.models import Decision, Dossier, Meeting, MinutesVersion, Routing, WrittenOpinion
from dossiers.queries.advice import current_minutes, positions_of
from workflows.advice_guards import MEETING
from workflows.dates import civil_date

ADVICE: Final = "advice"


def advice(
    dossier: Dossier,
    *,
    answers: Mapping[str, Mapping[str, Any]],
    said: Mapping[str, Any],
    decision: Decision | None,
) -> AdviceMatter | None:
    """None for another procedure."""
    if dossier.procedure != ADVICE:
        return None
    routing = Routing.objects.filter(dossier=dossier).first()
    meeting = Meeting.objects.filter(dossier=dossier).first()
    opinion = WrittenOpinion.objects.filter(decision=decision).first() if decision is not None else None
    minutes = current_minutes(dossier)
    owner = dossier.organisation
    return AdviceMatter(
        applicant=ApplicantMatter(
            name=str(said.get("applicant") or "") or owner.name,
            institution=str(said.get("institution") or ""),
            address=str(said.get("address") or "") or owner.address,
            contact=str(said.get("contact") or ""),
            email=str(said.get("email") or "") or owner.email,
        ),
        product=dossier.product_label,
        product_kind=str(said.get("product_kind") or ""),
        purpose=str(said.get("purpose") or ""),
        questions=tuple(_questions(answers, opinion)),
        wants_a_meeting=(answers.get("triage") or {}).get("answer") == MEETING,
        redirected_to=routing.redirected_to if routing else "",
        body_name=routing.body_name if routing else "",
        reply=routing.reply if routing else "",
        position=opinion.position if opinion else "",
        device_class=opinion.device_class if opinion else "",
        met_on=meeting.held_on if meeting else None,
        participants=meeting.participants if meeting else "",
        minutes=minutes.text if minutes else "",
        sha256=minutes.sha256 if minutes else "",
        agreed=tuple(_agreed(minutes)) if minutes else (),
    )


def _questions(answers: Mapping[str, Mapping[str, Any]], opinion: WrittenOpinion | None) -> Iterable[AnsweredMatter]:
    given = opinion.answers if opinion else {}
    for rank, row in enumerate(positions_of(answers), start=1):
        yield AnsweredMatter(question=row["question"], position=row["position"], answer=given.get(str(rank), ""))


def _agreed(minutes: MinutesVersion) -> Iterable[tuple[str, str, Any]]:
    for one in minutes.agreements.order_by("id"):
        yield one.side, one.person_name, civil_date(one.at)
