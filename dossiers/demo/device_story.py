"""One exemption for a device, told through the services: each act by the person whose act it is, at its own date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.demo import HOSPITAL_1, HOSPITAL_2
from documents.attachments import attach
from dossiers.demo.device_answers import WRITTEN_BY_A_CLINICIAN, device_answers, device_documents
from dossiers.demo.story import DOMAIN, ONE_DAY, ONE_HOUR, demo_actor
from dossiers.models import Dossier, Event, Title
from dossiers.services.drafts import create_draft, save_answers
from dossiers.services.move import move, move_title
from workflows.dates import civil_date, last_day_of_a_period
from workflows.device_guards import INDIVIDUAL
from workflows.types import Actor

REASONS: Final = "Bénéfice significatif, absence d'alternative marquée CE ; données de sécurité suffisantes."
SITES: Final = HOSPITAL_1
EVERY_SITE: Final = f"{HOSPITAL_1}\n{HOSPITAL_2}"
NEED: Final = "Explantation d'un système posé à l'étranger, sans instrument compatible marqué CE."
OTHERS: Final = "Les extracteurs disponibles ne s'adaptent pas à l'empreinte ; une résection serait mutilante."


@dataclass
class Exemption:
    """A request and the day it is. `begun_by` "clinician" (who invites the manufacturer) or "company". Each act moves
    the clock by the time it would take, unless whoever tells the story sets `at` before each act (`own_pace`
    False)."""

    at: dt.datetime
    kind: str = INDIVIDUAL
    begun_by: str = "company"
    patients: tuple[str, ...] = ("AB, 1961, F",)
    in_vitro: bool = False
    given: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    company: str = "device_applicant"
    clinician: str = "prescriber"
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
        patients = len(self.patients) if self.kind == INDIVIDUAL else 40
        return device_answers(
            kind=self.kind, on=civil_date(self.at), patients=patients, in_vitro=self.in_vitro, given=self.given
        )

    def do(
        self, transition: str, login: str, payload: Mapping[str, Any] | None = None, after: dt.timedelta = ONE_HOUR
    ) -> Exemption:
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

    # --------------------------------------------------------------------------------------------- preparing

    def draft(self) -> Exemption:
        """As its first writer leaves it: a clinician writes what they know of the device and of the need."""
        by_clinician = self.begun_by == "clinician"
        written = self.answers
        if by_clinician:
            written = {key: written[key] for key in WRITTEN_BY_A_CLINICIAN}
        self.reference = create_draft(
            procedure="device_exemption",
            kind=self.kind,
            actor=self.actor(self.clinician if by_clinician else self.company),
            answers=written,
            at=self.at,
        ).reference
        return self

    def invite_company(self) -> Exemption:
        payload = {"email": f"{self.company}@{DOMAIN}"}
        return self.do("invite_company", self.clinician, payload)

    def take_over(self) -> Exemption:
        """The company takes the file over and writes what only it knows."""
        self.do("take_over", self.company, after=ONE_DAY)
        save_answers(reference=self.reference, answers=self.answers, actor=self.actor(self.company), at=self.at)
        return self

    def invite_clinician(self, login: str = "") -> Exemption:
        return self.do("invite_clinician", self.company, {"email": f"{login or self.clinician}@{DOMAIN}"})

    def state_need(self, login: str = "", patients: Iterable[str] | None = None, shared: int = 0) -> Exemption:
        payload: dict[str, Any] = {"need": NEED, "alternatives": OTHERS, "informed": True, "signed": True}
        lines = list(self.patients if patients is None else patients)
        if self.kind == INDIVIDUAL and lines:
            payload["patients"] = lines
            payload |= {"shared": shared} if shared else {}
        return self.do("state_need", login or self.clinician, payload, after=ONE_DAY)

    def attach_pieces(self) -> Exemption:
        for kind, (name, content) in device_documents(self.answers).items():
            upload = SimpleUploadedFile(name, content, content_type="application/pdf")
            attach(dossier=self.dossier, kind=kind, upload=upload, actor=self.actor(self.company), at=self.at)
        return self

    def prepared(self) -> Exemption:
        """Ready to be filed, by either road."""
        self.draft()
        if self.begun_by == "clinician":
            self.invite_company().take_over()
        else:
            self.invite_clinician()
        return self.state_need().attach_pieces()

    # ------------------------------------------------------------------------------------------------- acts

    def file(self) -> Exemption:
        return self.do("file", self.company)

    def filed(self) -> Exemption:
        return self.prepared().file()

    def ask_for_pieces(self, *pieces: str, days: int = 20) -> Exemption:
        reply_by = civil_date(self.at) + dt.timedelta(days=days)
        payload = {"questions": list(pieces), "reply_by": reply_by.isoformat()}
        return self.do("request_completion", "ansm_triage", payload, after=2 * ONE_DAY)

    def complete(self, *said: str) -> Exemption:
        return self.do("complete", self.company, {"answers": _numbered(said)}, after=4 * ONE_DAY)

    def find_inadmissible(self, ground: str = "no_benefit") -> Exemption:
        payload = {"ground": ground, "reason": "Des extracteurs marqués CE conviennent à cette empreinte."}
        return self.do("find_inadmissible", "ansm_triage", payload, after=3 * ONE_DAY)

    def take_up(self) -> Exemption:
        return self.do("take_up", "ansm_assessor", after=ONE_DAY)

    def ask(self, *questions: str, days: int = 20) -> Exemption:
        reply_by = civil_date(self.at) + dt.timedelta(days=days)
        payload = {"questions": list(questions), "reply_by": reply_by.isoformat()}
        return self.do("request_information", "ansm_assessor", payload, after=2 * ONE_DAY)

    def answer(self, *said: str) -> Exemption:
        return self.do("answer", self.company, {"answers": _numbered(said)}, after=5 * ONE_DAY)

    def propose(self, outcome: str = "grant", *, months: int = 6, **others: Any) -> Exemption:
        payload: dict[str, Any] = {"outcome": outcome, "reasons": REASONS}
        if outcome == "grant":
            starts_on = civil_date(self.at + 3 * ONE_DAY if self.own_pace else self.at)
            payload |= {
                "starts_on": starts_on,
                "ends_on": last_day_of_a_period(starts_on, months),
                "sites": SITES if self.kind == INDIVIDUAL else EVERY_SITE,
                "quantity": "2 unités",
                "conditions": "Utilisation par un opérateur formé par le fabricant.",
                "dated_conditions": ["3: Rapport intermédiaire de sécurité"],
                **({"patients": len(self.patients)} if self.kind == INDIVIDUAL else {}),
            }
        return self.do("propose", "ansm_assessor", {**payload, **others}, after=3 * ONE_DAY)

    def grant(self) -> Exemption:
        return self.do("grant", "ansm_signatory")

    def refuse(self) -> Exemption:
        return self.do("refuse", "ansm_signatory")

    def granted(self, **options: Any) -> Exemption:
        return self.filed().take_up().propose(**options).grant()

    def move_title(self, transition: str, login: str, payload: Mapping[str, Any]) -> Event:
        return move_title(
            number=self.title.number, transition=transition, actor=self.actor(login), payload=payload, at=self.at
        )


def _numbered(said: Iterable[str]) -> dict[str, str]:
    return {str(rank): text for rank, text in enumerate(said, start=1)}
