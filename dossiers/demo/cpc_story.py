"""One prescription framework (CPC), told through the services: each act by the person whose act it is, at its date."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfWriter

from accounts.demo import COMPANY_1
from documents.attachments import attach
from dossiers.demo.answers import example_answers
from dossiers.demo.story import ONE_DAY, ONE_HOUR, demo_actor
from dossiers.models import Dossier, Event, Title
from dossiers.services.company_replies import reply
from dossiers.services.drafts import create_draft
from dossiers.services.move import move, move_title
from workflows.cpc_guards import PROTOCOL_DOCUMENT, RENEWAL, REPORT
from workflows.dates import civil_date, last_day_of_a_period
from workflows.types import Actor

REASONS: Final = "Besoin thérapeutique non couvert ; rapport bénéfice/risque présumé favorable au vu des publications."
DRAFT: Final = "Cadre de prescription dans l'indication demandée, pour trois ans, avec un suivi semestriel."
PROPOSED: Final = "Fiche d'initiation, visites à trois mois puis tous les six mois, rapport annuel."
"""What is written for every framework of the demonstration, whatever its medicine."""


def _page() -> bytes:
    """A blank page: the demonstration attaches a protocol that nobody reads."""
    writer, content = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=595, height=842)
    writer.write(content)
    return content.getvalue()


@dataclass
class Framework:
    """A report and the day it is. Each act moves the clock by the time it would take, unless whoever tells the story
    sets `at` before each act (`own_pace` False)."""

    at: dt.datetime
    kind: str = REPORT
    given: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    parent: Title | None = None
    companies: str = COMPANY_1
    company: str = "applicant"
    author: str = ""
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
    def reporter(self) -> str:
        return self.author or ("reporter" if self.kind == REPORT else "ansm_assessor")

    @property
    def answers(self) -> dict[str, dict[str, Any]]:
        given = {**self.given, "product": {"medicine": None, "cis": "", **self.given.get("product", {})}}
        return example_answers(procedure="cpc", kind=self.kind, on=civil_date(self.at), given=given)

    def draft(self) -> Framework:
        self.reference = create_draft(
            procedure="cpc",
            kind=self.kind,
            actor=self.actor(self.reporter),
            answers=self.answers,
            parent=self.parent.number if self.parent else None,
            at=self.at,
        ).reference
        return self

    def do(
        self, transition: str, login: str, payload: Mapping[str, Any] | None = None, after: dt.timedelta = ONE_HOUR
    ) -> Framework:
        if self.own_pace:
            self.at += after
        move(reference=self.reference, transition=transition, actor=self.actor(login), payload=payload, at=self.at)
        return self

    # --------------------------------------------------------------------------------------------- acts

    def report(self) -> Framework:
        return self.do("report", self.reporter)

    def notify(self, *, days: int = 30, **others: Any) -> Framework:
        payload = {
            "companies": self.companies,
            "reasons": "Un besoin est rapporté ; des données publiées sont favorables.",
            "asked": "Données d'efficacité et de sécurité dans l'indication, essais en cours ou prévus, volumes.",
            "reply_by": self._in(days, 5 * ONE_DAY),
            **others,
        }
        return self.do("notify_intention", "ansm_assessor", payload, after=5 * ONE_DAY)

    def says(self, text: str, *, login: str = "", after: dt.timedelta = 10 * ONE_DAY) -> Framework:
        """What a company replies to what is asked of it now."""
        if self.own_pace:
            self.at += after
        reply(reference=self.reference, text=text, actor=self.actor(login or self.company), at=self.at)
        return self

    def assess(self) -> Framework:
        return self.do("assess", "ansm_assessor", after=2 * ONE_DAY)

    def ask_protocol(self, *, days: int = 45) -> Framework:
        payload = {"asked": "Suivi de l'efficacité et de la tolérance.", "reply_by": self._in(days, 5 * ONE_DAY)}
        return self.do("request_put", "ansm_assessor", payload, after=5 * ONE_DAY)

    def attach_protocol(self) -> Framework:
        attach(
            dossier=self.dossier,
            kind=PROTOCOL_DOCUMENT,
            upload=SimpleUploadedFile("protocole.pdf", _page(), content_type="application/pdf"),
            actor=self.actor(self.company),
            at=self.at,
        )
        return self

    def protocol(self) -> Framework:
        """Asked of the company, which proposes one."""
        return (
            self.ask_protocol()
            .attach_protocol()
            .do("receive_put", self.company, {"proposal": PROPOSED}, after=20 * ONE_DAY)
        )

    def drafts(self, *, days: int = 15, **others: Any) -> Framework:
        payload = {"asked": DRAFT, "reply_by": self._in(days, 10 * ONE_DAY), **others}
        return self.do("open_contradictory", "ansm_assessor", payload, after=10 * ONE_DAY)

    def close_drafts(self) -> Framework:
        return self.do("close_contradictory", "ansm_assessor", after=2 * ONE_DAY)

    def propose(self, outcome: str = "grant", *, months: int = 36, **others: Any) -> Framework:
        payload: dict[str, Any] = {"outcome": outcome, "reasons": REASONS}
        if outcome == "grant":
            # Signed two days later, in force the day after.
            first = civil_date(self.at + 5 * ONE_DAY if self.own_pace else self.at) + 3 * ONE_DAY
            starts_on = first if self.parent is None else max(first, self.parent.ends_on + ONE_DAY)
            payload |= self.terms(starts_on, months)
        return self.do("propose", "ansm_assessor", {**payload, **others}, after=5 * ONE_DAY)

    def terms(self, starts_on: dt.date, months: int = 36) -> dict[str, Any]:
        said = self.answers
        return {
            "indication": said["need"]["indication"],
            "posology": said["use"]["posology"],
            "adverse_effects": said["evidence"]["risk"],
            "report_months": 12,
            "vigilance_centre": "CRPV de Montpellier",
            "starts_on": starts_on.isoformat(),
            "ends_on": last_day_of_a_period(starts_on, months).isoformat(),
        }

    def grant(self) -> Framework:
        return self.do("grant", "ansm_signatory", after=2 * ONE_DAY)

    def refuse(self) -> Framework:
        return self.do("refuse", "ansm_signatory", after=2 * ONE_DAY)

    # ------------------------------------------------------------------------------------------ whole roads

    def assessed(self) -> Framework:
        said = "Deux essais ouverts ; aucun essai en cours ; approvisionnement possible."
        return self.draft().report().notify().says(said).assess()

    def heard(self) -> Framework:
        """The protocol proposed, and the drafts commented on."""
        told = self.assessed().protocol().drafts()
        return told.says("L'exploitant accepte les projets, sous réserve du calendrier des rapports.").close_drafts()

    def granted(self, **options: Any) -> Framework:
        return self.heard().propose(**options).grant()

    def renewal(self, at: dt.datetime) -> Framework:
        """The story of the renewal of this framework, begun by ANSM."""
        return Framework(at=at, kind=RENEWAL, given=self.given, parent=self.title, companies=self.companies)

    def move_title(self, transition: str, login: str, payload: Mapping[str, Any]) -> Event:
        return move_title(
            number=self.title.number, transition=transition, actor=self.actor(login), payload=payload, at=self.at
        )

    def _in(self, days: int, after: dt.timedelta) -> str:
        begun = self.at + after if self.own_pace else self.at
        return (civil_date(begun) + dt.timedelta(days=days)).isoformat()
