"""What only a request to the Innovation and Referral Service keeps: for guards, for its page, for the lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.models import Membership
from dossiers.models import Dossier, Meeting, MinutesVersion, Routing, WrittenOpinion
from dossiers.policy import visible_to
from dossiers.queries.answers import current_answers
from workflows import meetings
from workflows.advice_guards import BRIEFING, CLASSES, DEVICE_QUALIFICATION, POSITIONS, SLIDES, Minutes
from workflows.advice_guards import Meeting as MeetingFact
from workflows.dates import civil_date
from workflows.meetings import Slot, slots_from
from workflows.roles import ANSM_ASSESSOR
from workflows.types import Actor

PROCEDURE = "advice"


def matter(dossier: Dossier, at: dt.datetime) -> Mapping[str, Any]:
    """`Facts.matter` of such a request: only what its present state can ask for."""
    found: dict[str, Any] = {}
    if dossier.state == "received":
        found["assessors"] = assessors_offered(dossier, civil_date(at))
    if dossier.state == "assigned":
        found["questions"] = questions_of(current_answers(dossier))
        if dossier.kind == DEVICE_QUALIFICATION:
            found |= {"positions": dict(POSITIONS), "classes": dict(CLASSES)}
    if dossier.state == "meeting_planned":
        found["meeting"] = _meeting_fact(dossier)
    if dossier.state == "minutes_draft":
        found["minutes"] = _minutes_fact(dossier)
    return found


def assessors_offered(dossier: Dossier, on: dt.date) -> dict[str, str]:
    """{membership: name} of the assessors in office who are not recused, by name."""
    recused = [one.person_id for one in dossier.recusals.all()]
    found = Membership.objects.open_on(on).filter(role=ANSM_ASSESSOR).exclude(person_id__in=recused)
    rows = found.select_related("person").order_by("person__last_name", "person__first_name", "pk")
    return {str(one.pk): one.person.full_name for one in rows}


def questions_of(answers: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The questions asked, numbered from 1."""
    return {str(rank): row["question"] for rank, row in enumerate(positions_of(answers), start=1)}


def positions_of(answers: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
    """Each question with the applicant's own position, for whoever answers."""
    rows = (answers.get("questions") or {}).get("questions")
    rows = rows if isinstance(rows, list | tuple) else ()
    asked = [row for row in rows if isinstance(row, Mapping) and row.get("question")]
    return [{"question": str(row["question"]), "position": str(row.get("position") or "")} for row in asked]


def _meeting_fact(dossier: Dossier) -> MeetingFact | None:
    row = Meeting.objects.filter(dossier=dossier).first()
    if row is None:
        return None
    sent = {BRIEFING: row.briefing_sent_at, SLIDES: row.slides_sent_at}
    pieces = frozenset(piece for piece, moment in sent.items() if moment is not None)
    return MeetingFact(row.starts_at, civil_date(row.planned_at), pieces, row.held_on)


def _minutes_fact(dossier: Dossier) -> Minutes | None:
    current = current_minutes(dossier)
    if current is None:
        return None
    return Minutes(current.number, current.sha256, frozenset(one.side for one in current.agreements.all()))


def current_minutes(dossier: Dossier) -> MinutesVersion | None:
    return dossier.minutes.prefetch_related("agreements").order_by("-number").first()


# ------------------------------------------------------------------------------------------------- the page


@dataclass(frozen=True)
class Advice:
    """What the page of a request says of its desk, meeting and minutes. `slots`: the half-days proposed."""

    routing: Routing | None
    slots: tuple[Slot, ...]
    meeting: Meeting | None
    briefing_due: dt.date | None
    slides_due: dt.date | None
    minutes: list[MinutesVersion]

    @property
    def current(self) -> MinutesVersion | None:
        return self.minutes[0] if self.minutes else None

    @property
    def earlier(self) -> list[MinutesVersion]:
        return self.minutes[1:]


def advice_of(dossier: Dossier, answers: Mapping[str, Mapping[str, Any]]) -> Advice | None:
    """None for another procedure."""
    if dossier.procedure != PROCEDURE:
        return None
    meeting = Meeting.objects.filter(dossier=dossier).first()
    on = civil_date(meeting.starts_at) if meeting else None
    return Advice(
        routing=Routing.objects.filter(dossier=dossier).first(),
        slots=() if meeting else slots_from((answers.get("meeting") or {}).get("slots")),
        meeting=meeting,
        briefing_due=meetings.briefing_due(on) if on else None,
        slides_due=meetings.slides_due(on) if on else None,
        minutes=list(dossier.minutes.prefetch_related("agreements").order_by("-number")),
    )


# ------------------------------------------------------------------------------------- what a form starts with


def starting_minutes(dossier: Dossier) -> dict[str, Any]:
    """The current text, to agree to or to change; nothing while nobody wrote one."""
    current = current_minutes(dossier)
    return {"minutes": current.text} if current else {}


def starting_written_opinion(dossier: Dossier) -> dict[str, Any]:
    """The last opinion proposed and sent back, to be corrected and not typed again."""
    last = dossier.decisions.filter(sent_back_at__isnull=False).order_by("-number").first()
    opinion = WrittenOpinion.objects.filter(decision=last).first() if last else None
    if last is None or opinion is None:
        return {}
    said = {"position": opinion.position, "device_class": opinion.device_class}
    return {"answers": opinion.answers, "reasons": last.reasons, **{name: code for name, code in said.items() if code}}


# -------------------------------------------------------------------------------------------------- the lists


def meetings_to_come(actor: Actor, at: dt.datetime, *, days: int, limit: int = 20) -> list[Meeting]:
    """Meetings of the files that this actor reads, from today on, soonest first. One query."""
    today = dt.datetime.combine(civil_date(at), dt.time.min, meetings.PARIS)
    found = Meeting.objects.filter(
        dossier__in=visible_to(actor).filter(procedure=PROCEDURE, state="meeting_planned"),
        held_on=None,
        starts_at__gte=today,
        starts_at__lt=today + dt.timedelta(days=days),
    )
    return list(
        found.select_related("dossier__organisation", "dossier__lead__person").order_by("starts_at", "id")[:limit]
    )
