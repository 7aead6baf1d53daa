"""One early access (AAP), told through the services: each act by the person whose act it is, at its own date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from dossiers.demo.aap_answers import aap_answers
from dossiers.demo.story import ONE_DAY, ONE_HOUR, demo_actor
from dossiers.models import Dossier, Event, Title
from dossiers.services.drafts import create_draft
from dossiers.services.move import move, move_title
from workflows.aap_guards import CRITERIA, FAVOURABLE, FIRST, MET, NOT_MET, OPENING, PRE_MA
from workflows.dates import civil_date, last_day_of_a_period
from workflows.types import Actor

REASONS: Final = "Au vu des données de l'étude pivot et de la stratégie thérapeutique actuelle."
TEXT: Final = "Version 2 du projet, annexée à la demande"


def findings(**others: str) -> dict[str, Any]:
    """Every criterion met with its reasons, but for the `others`."""
    found = {code: others.get(code, MET) for code, _label in CRITERIA}
    reasons = {f"{code}_reasons": REASONS for code, finding in found.items() if finding in (MET, NOT_MET)}
    return {**found, **reasons, "comparators": "Meilleurs soins de support."}


@dataclass
class EarlyAccess:
    """A request and the day it is. Each act moves the clock by the time it would take, unless whoever tells the story
    sets `at` before each act (`own_pace` False)."""

    at: dt.datetime
    pathway: str = PRE_MA
    kind: str = FIRST
    given: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    parent: Title | None = None
    company: str = "applicant"
    reference: str = ""
    own_pace: bool = True

    def actor(self, login: str) -> Actor:
        return demo_actor(login)

    @property
    def dossier(self) -> Dossier:
        return Dossier.objects.get(reference=self.reference)

    @property
    def title(self) -> Title:
        return Title.objects.get(dossier__reference=self.reference)

    @property
    def answers(self) -> dict[str, dict[str, Any]]:
        on = civil_date(self.at)
        return aap_answers(kind=self.kind, pathway=self.pathway, on=on, given=self.given)

    def draft(self) -> EarlyAccess:
        self.reference = create_draft(
            procedure="aap",
            kind=self.kind,
            actor=self.actor(self.company),
            answers=self.answers,
            parent=self.parent.number if self.parent else None,
            at=self.at,
        ).reference
        return self

    def do(
        self, transition: str, login: str, payload: Mapping[str, Any] | None = None, after: dt.timedelta = ONE_HOUR
    ) -> EarlyAccess:
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

    def file(self) -> EarlyAccess:
        return self.do("file", self.company)

    def missing(self, *items: str) -> EarlyAccess:
        return self.do("notify_missing", "has_officer", {"questions": list(items)}, after=2 * ONE_DAY)

    def complete(self, *said: str) -> EarlyAccess:
        answers = {str(rank): text for rank, text in enumerate(said, start=1)}
        return self.do("complete", self.company, {"answers": answers}, after=5 * ONE_DAY)

    def acknowledge(self) -> EarlyAccess:
        return self.do("acknowledge", "has_officer", after=ONE_DAY)

    def ask(self, *questions: str, days: int = 30, login: str = "has_officer") -> EarlyAccess:
        reply_by = civil_date(self.at) + dt.timedelta(days=days)
        payload = {"questions": list(questions), "reply_by": reply_by.isoformat()}
        return self.do("request_information", login, payload, after=5 * ONE_DAY)

    def answer(self, *said: str) -> EarlyAccess:
        answers = {str(rank): text for rank, text in enumerate(said, start=1)}
        return self.do("answer", self.company, {"answers": answers}, after=10 * ONE_DAY)

    def propose_opinion(self, outcome: str = FAVOURABLE, **others: Any) -> EarlyAccess:
        payload: dict[str, Any] = {"outcome": outcome, "reasons": REASONS, **others}
        if outcome == FAVOURABLE:
            payload |= dict.fromkeys(("smpc", "leaflet", "label"), TEXT)
        return self.do("propose_ansm_opinion", "ansm_assessor", payload, after=15 * ONE_DAY)

    def opinion(self, outcome: str = FAVOURABLE, **others: Any) -> EarlyAccess:
        """ANSM's, proposed by one and signed by another."""
        return self.propose_opinion(outcome, **others).do("give_ansm_opinion", "ansm_signatory", after=2 * ONE_DAY)

    def committee(self, **others: str) -> EarlyAccess:
        return self.do("give_ct_opinion", "ct_secretary", findings(**others), after=10 * ONE_DAY)

    def grant(self, *, months: int = 12, **others: Any) -> EarlyAccess:
        payload = {**findings(), "put_rd_final": True, **others}
        if self.kind in OPENING:
            starts_on = self._first_day(7 * ONE_DAY)
            payload |= {"starts_on": starts_on, "ends_on": last_day_of_a_period(starts_on, months)}
        return self.do("grant", "has_college", payload, after=7 * ONE_DAY)

    def refuse(self, **others: str) -> EarlyAccess:
        lacking = others or {"innovative": NOT_MET}
        return self.do("refuse", "has_college", findings(**lacking), after=7 * ONE_DAY)

    def _first_day(self, after: dt.timedelta) -> dt.date:
        soon = civil_date(self.at + after if self.own_pace else self.at)
        return soon if self.parent is None else max(soon, self.parent.ends_on + ONE_DAY)

    # ------------------------------------------------------------------------------------------ whole roads

    def examined(self) -> EarlyAccess:
        """Filed, found complete, and with every opinion that its pathway asks for."""
        self.draft().file().acknowledge()
        if self.pathway == PRE_MA:
            self.opinion()
        return self.committee()

    def granted(self, **options: Any) -> EarlyAccess:
        return self.examined().grant(**options)

    def on_title(self, kind: str, at: dt.datetime, **others: Any) -> EarlyAccess:
        """The story of a later request about this title, by the same company."""
        return EarlyAccess(at=at, pathway=self.pathway, kind=kind, parent=self.title, company=self.company, **others)

    def move_title(self, transition: str, login: str, payload: Mapping[str, Any]) -> Event:
        return move_title(
            number=self.title.number, transition=transition, actor=self.actor(login), payload=payload, at=self.at
        )
