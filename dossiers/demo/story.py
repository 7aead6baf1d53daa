"""One AAC, told through the services: each act by the person whose act it is, at its own date.

The demo data, the tests and the simulator tell stories; none writes a dossier by hand, so no impossible one exists.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from accounts.actors import actor_for
from accounts.models import Membership
from catalogue.models import Indication
from dossiers.demo.answers import example_answers
from dossiers.models import Dossier, Event, Title
from dossiers.services.drafts import create_draft
from dossiers.services.move import move, move_title
from dossiers.services.requests import remind
from workflows.dates import civil_date, last_day_of_a_period
from workflows.types import Actor

DOMAIN = "demo.example"
ONE_DAY = dt.timedelta(days=1)
ONE_HOUR = dt.timedelta(hours=1)


def demo_actor(login: str, role: str | None = None) -> Actor:
    """The actor behind `<login>@demo.example`, under `role` when the person holds several."""
    memberships = Membership.objects.select_related("person", "organisation").filter(person__email=f"{login}@{DOMAIN}")
    if role is not None:
        memberships = memberships.filter(role=role)
    return actor_for(memberships.order_by("pk")[0])


@dataclass
class Cast:
    """Who plays. Logins of demo accounts."""

    prescriber: str = "prescriber"
    pharmacist: str = "pharmacist"
    assessor: str = "ansm_assessor"
    signatory: str = "ansm_signatory"


@dataclass
class Story:
    """A dossier and the day it is. Each act moves the clock by the time it would take, unless whoever tells the story
    sets `at` before each act (`own_pace` False)."""

    at: dt.datetime
    indication: Indication
    kind: str = "initial"
    given: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    cast: Cast = field(default_factory=Cast)
    parent: Title | None = None
    reference: str = ""
    own_pace: bool = True

    # ------------------------------------------------------------------------------------------- people

    def actor(self, part: str) -> Actor:
        return demo_actor(getattr(self.cast, part))

    @cached_property
    def answers(self) -> dict[str, dict[str, Any]]:
        medicine = {
            "medicine": self.indication.medicine_id,
            "indication": self.indication.pk,
            **self.given.get("medicine", {}),
        }
        return example_answers(
            procedure="aac",
            kind=self.kind,
            on=civil_date(self.at),
            indication=self.indication,
            given={**self.given, "medicine": medicine},
            parent_title=self.parent,
        )

    @property
    def dossier(self) -> Dossier:
        return Dossier.objects.get(reference=self.reference)

    @property
    def title(self) -> Title:
        return Title.objects.get(dossier__reference=self.reference)

    # --------------------------------------------------------------------------------------------- acts

    def draft(self) -> Story:
        self.reference = create_draft(
            procedure="aac",
            kind=self.kind,
            actor=self.actor("prescriber"),
            answers=self.answers,
            parent=self.parent.number if self.parent else None,
            at=self.at,
        ).reference
        return self

    def do(
        self, transition: str, part: str, payload: Mapping[str, Any] | None = None, after: dt.timedelta = ONE_HOUR
    ) -> Event:
        if self.own_pace:
            self.at += after
        return move(
            reference=self.reference, transition=transition, actor=self.actor(part), payload=payload, at=self.at
        )

    def sign(self) -> Story:
        self.do("sign", "prescriber")
        return self

    def file(self) -> Story:
        self.do("file", "pharmacist", {"compliance": True})
        return self

    def take_up(self) -> Story:
        self.do("take_up", "assessor", after=ONE_DAY)
        return self

    def ask(self, *questions: str, days: int = 14) -> Story:
        reply_by = civil_date(self.at) + dt.timedelta(days=days)
        self.do("request_information", "assessor", {"questions": list(questions), "reply_by": reply_by.isoformat()})
        return self

    def answer(self, *answers: str) -> Story:
        said = {str(rank): text for rank, text in enumerate(answers, start=1)}
        self.do("answer", "prescriber", {"answers": said}, after=2 * ONE_DAY)
        return self

    def remind(self) -> Story:
        request = self.dossier.requests.get(closed_at=None)
        self.at = max(self.at, dt.datetime.combine(request.reply_by + ONE_DAY, self.at.timetz()))
        remind(reference=self.reference, actor=self.actor("assessor"), at=self.at)
        return self

    def propose(self, outcome: str, reasons: str, *, months: int = 6, conditions: str = "") -> Story:
        payload: dict[str, Any] = {"outcome": outcome, "reasons": reasons}
        if outcome == "grant":
            payload["starts_on"] = self._first_day()
            payload["ends_on"] = last_day_of_a_period(payload["starts_on"], months)
            if conditions:
                payload["conditions"] = conditions
        self.do("propose", "assessor", payload, after=2 * ONE_DAY)
        return self

    def _first_day(self) -> dt.date:
        """Once it can be signed, the same day; for a renewal the day after the title that it continues."""
        soon = civil_date(self.at + 2 * ONE_DAY if self.own_pace else self.at)
        if self.parent is not None:
            return max(soon, self.parent.ends_on + ONE_DAY)
        return soon

    def grant(self) -> Story:
        self.do("grant", "signatory")
        return self

    def refuse(self) -> Story:
        self.do("refuse", "signatory")
        return self

    def move_title(self, transition: str, part: str, payload: Mapping[str, Any]) -> Event:
        return move_title(
            number=self.title.number, transition=transition, actor=self.actor(part), payload=payload, at=self.at
        )

    def renewal(self, at: dt.datetime, given: Mapping[str, Mapping[str, Any]] | None = None) -> Story:
        """The story of this title's renewal, by the same people."""
        return Story(
            at=at, indication=self.indication, kind="renewal", given=given or {}, cast=self.cast, parent=self.title
        )
