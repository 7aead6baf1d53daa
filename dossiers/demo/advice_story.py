"""One request to the Innovation and Referral Service, told through the services, each act at its own date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.files.uploadedfile import SimpleUploadedFile

from documents.attachments import attach, scan_pending
from dossiers.demo.advice_answers import advice_answers
from dossiers.demo.story import ONE_DAY, ONE_HOUR, demo_actor
from dossiers.models import Dossier, Event, Meeting
from dossiers.queries.advice import questions_of
from dossiers.queries.answers import current_answers
from dossiers.services import experts
from dossiers.services.drafts import create_draft
from dossiers.services.move import move
from workflows.advice_guards import BRIEFING, DEVICE_QUALIFICATION
from workflows.dates import civil_date
from workflows.meetings import chosen_slot_problems, first_hour, slots_from
from workflows.roles import APPLICANT
from workflows.types import Actor

MINUTES: Final = (
    "Question 1. L'Agence considère le comparateur proposé comme acceptable.\n\n"
    "Question 2. Une seule étude pivot peut suffire si l'effet est net et la tolérance bien décrite."
)
PARTICIPANTS: Final = "ANSM : Olivier Orvault, évaluateur. Demandeur : Yaël Yvetot, investigateur coordonnateur."


@dataclass
class AdviceStory:
    """A request and the day it is. `who`: login of the applicant, of a project or of a company. Each act moves the
    clock by the time it would take, unless whoever tells the story sets `at` before each act (`own_pace` False)."""

    at: dt.datetime
    kind: str = DEVICE_QUALIFICATION
    meeting: bool = False
    given: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    who: str = "two_hats"
    assessor: str = "ansm_assessor"
    reference: str = ""
    own_pace: bool = True

    def actor(self, login: str) -> Actor:
        return demo_actor(login, APPLICANT if login == self.who else None)

    @property
    def dossier(self) -> Dossier:
        return Dossier.objects.get(reference=self.reference)

    @property
    def answers(self) -> dict[str, dict[str, Any]]:
        return advice_answers(kind=self.kind, on=civil_date(self.at), meeting=self.meeting, given=self.given)

    def draft(self) -> AdviceStory:
        self.reference = create_draft(
            procedure="advice", kind=self.kind, actor=self.actor(self.who), answers=self.answers, at=self.at
        ).reference
        return self

    def do(
        self, transition: str, login: str, payload: Mapping[str, Any] | None = None, after: dt.timedelta = ONE_HOUR
    ) -> AdviceStory:
        self.event(transition, login, payload, after)
        return self

    def event(
        self, transition: str, login: str, payload: Mapping[str, Any] | None = None, after: dt.timedelta = ONE_HOUR
    ) -> Event:
        if self.own_pace:
            self.at += after
        return move(
            reference=self.reference, transition=transition, actor=self.actor(login), payload=payload, at=self.at
        )

    # --------------------------------------------------------------------------------------------- acts

    def file(self) -> AdviceStory:
        return self.do("file", self.who)

    def route(self, desk: str = "device") -> AdviceStory:
        chosen = self.actor(self.assessor).membership_id
        return self.do("route", "ansm_triage", {"desk": desk, "assessor": str(chosen)}, after=2 * ONE_DAY)

    def consult(self, question: str, *, days: int = 30) -> AdviceStory:
        """An expert is asked, who has not answered yet."""
        expert = demo_actor("expert").membership_id
        if expert is None:
            raise RuntimeError("the expert of the demonstration acts under a membership")
        until = civil_date(self.at) + dt.timedelta(days=days)
        actor = self.actor(self.assessor)
        experts.ask(reference=self.reference, expert=expert, question=question, until=until, actor=actor, at=self.at)
        return self

    def ask(self, *questions: str, days: int = 21) -> AdviceStory:
        reply_by = civil_date(self.at) + dt.timedelta(days=days)
        payload = {"questions": list(questions), "reply_by": reply_by.isoformat()}
        return self.do("request_information", self.assessor, payload, after=3 * ONE_DAY)

    def answer(self, *said: str) -> AdviceStory:
        answers = {str(rank): text for rank, text in enumerate(said, start=1)}
        return self.do("answer", self.who, {"answers": answers}, after=5 * ONE_DAY)

    def plan(self, place: str = "Visioconférence, lien envoyé la veille") -> AdviceStory:
        payload = {"starts_at": self.hour().isoformat(), "place": place}
        return self.do("plan_meeting", self.assessor, payload, after=ONE_DAY)

    def hour(self) -> dt.datetime:
        """The earliest one that may be planned the next day."""
        proposed = slots_from(current_answers(self.dossier).get("meeting", {}).get("slots"))
        planned_on = civil_date(self.at + ONE_DAY)
        hours = (first_hour(slot) for slot in sorted(proposed))
        return next(hour for hour in hours if not chosen_slot_problems(hour, proposed, planned_on=planned_on))

    def attach(self, kind: str = BRIEFING) -> AdviceStory:
        """A document among those of the file, as a person uploads it."""
        upload = SimpleUploadedFile(f"{kind}.txt", f"Document inventé : {kind}.".encode(), content_type="text/plain")
        attach(dossier=self.dossier, kind=kind, upload=upload, actor=self.actor(self.who), at=self.at)
        # Where there is a scanner, the worker would do it within the minute.
        scan_pending(limit=10, at=self.at)
        return self

    def send(self, piece: str = BRIEFING) -> AdviceStory:
        return self.attach(piece).do("send_briefing", self.who, {"piece": piece}, after=ONE_DAY)

    def hold(self, minutes: str = MINUTES) -> AdviceStory:
        if self.own_pace:
            self.at = max(self.at, Meeting.objects.get(dossier__reference=self.reference).starts_at)
        payload = {"held_on": civil_date(self.at + ONE_HOUR).isoformat(), "participants": PARTICIPANTS}
        return self.do("hold_meeting", self.assessor, {**payload, **({"minutes": minutes} if minutes else {})})

    def agree(self, login: str = "", minutes: str = MINUTES) -> AdviceStory:
        return self.do("agree_minutes", login or self.who, {"minutes": minutes}, after=2 * ONE_DAY)

    def opinion_payload(self) -> dict[str, Any]:
        asked = questions_of(current_answers(self.dossier))
        payload: dict[str, Any] = {
            "answers": dict.fromkeys(asked, "L'Agence partage la position du demandeur, au vu du dossier présenté."),
            "reasons": "Au vu des éléments fournis, l'Agence partage l'analyse du demandeur.",
        }
        if self.kind == DEVICE_QUALIFICATION:
            payload |= {"position": "device", "device_class": "IIa"}
        return payload

    def propose(self) -> AdviceStory:
        return self.do("propose", self.assessor, self.opinion_payload(), after=7 * ONE_DAY)

    def give(self) -> AdviceStory:
        return self.do("give_opinion", "ansm_signatory", after=2 * ONE_DAY)

    # ------------------------------------------------------------------------------------------ whole roads

    def assigned(self, desk: str = "device") -> AdviceStory:
        return self.draft().file().route(desk)

    def met(self, minutes: str = MINUTES) -> AdviceStory:
        """A meeting held, its minutes drafted by ANSM."""
        return self.assigned("scientific").plan().send().hold(minutes)
