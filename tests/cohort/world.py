"""A small world for the tests of the cohort: an early access granted to the demo company, and patients in any state,
told through the services."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from accounts.demo import COMPANY_1, COMPANY_2
from cohort.models import CohortForm, Inclusion
from cohort.services import forms, inclusions
from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import demo_actor
from dossiers.models import Title
from tests.dossiers.world import indication
from workflows.dates import PARIS, civil_date

MONDAY = dt.datetime(2026, 5, 4, 9, 0, tzinfo=PARIS)
DAY = dt.timedelta(days=1)
INITIALS, BIRTH_MONTH = "QXZ", "1961-07"
"""A patient whom no page of the company may name: looked for in every answer it gets."""

PUT_RD: dict[str, Any] = {
    "visits": [{"label": "M1", "months": "1"}, {"label": "M3", "months": "3"}, {"label": "M6", "months": "6"}],
    "every_months": "6",
    "variables_access_request": ["rcp_on"],
    "variables_follow_up": ["weight", "effect_text"],
    "variables_stop": ["died_on"],
    "measures": [{"label": "ALSFRS-R", "unit": "points"}],
}


EXAMINED_IN = 50 * DAY
"""More than the time that a request takes in its story."""


def granted(
    *, at: dt.datetime = MONDAY, put_rd: Mapping[str, Any] = PUT_RD, name: str = "QALSODY", company: str = "applicant"
) -> Title:
    """An early access in force for some days at `at`, granted for a year from its request by `company`."""
    entry = indication(name)
    given = {
        "put_rd": put_rd,
        "product": {"medicine": entry.medicine_id},
        "indication": {"indication": entry.pk, "claimed": "SLA liée à SOD1", "simplified": "SLA liée à SOD1"},
    }
    return EarlyAccess(at=at - EXAMINED_IN, company=company, given=given).granted().title


def of_another_company(**options: Any) -> Title:
    return granted(company="applicant2", **options)


REQUEST: dict[str, Any] = {
    "initials": INITIALS,
    "birth_month": BIRTH_MONTH,
    "sex": "F",
    "weight": "62,5",
    "diagnosis": "Sclérose latérale amyotrophique liée à SOD1",
    "diagnosed_in": "2025-03",
    "prior_treatments": "Riluzole depuis 2025",
    "in_indication": "yes",
    "contraindication": "no",
    "trial_possible": "no",
    "planned_dose": "100 mg par mois",
    "informed": "yes",
}
FOLLOW_UP: dict[str, Any] = {
    "course": "continues",
    "effect": "stable",
    "adverse_effect": "no",
    "situation": "none",
    "measure_alsfrs_r": "38",
}
EFFECT: dict[str, Any] = {
    **FOLLOW_UP,
    "adverse_effect": "yes",
    "adverse_effect_text": "Céphalées après l'injection, résolues en deux jours.",
    "adverse_effect_serious": "no",
}


class Patient:
    """One patient, told act by act at its own date."""

    def __init__(
        self, title: Title, *, prescriber: str = "prescriber", pharmacist: str = "pharmacist", at: dt.datetime = MONDAY
    ) -> None:
        self.title, self.at = title, at
        self.prescriber, self.pharmacist = prescriber, pharmacist
        self.applicant = {COMPANY_1: "applicant", COMPANY_2: "applicant2"}[title.organisation.name]
        # A minute apart: the same request begun twice at once is one.
        begun = at - dt.timedelta(days=1) + Inclusion.objects.count() * dt.timedelta(minutes=1)
        self.pseudonym = inclusions.create(chain=title.chain, actor=demo_actor(prescriber), at=begun).pseudonym

    @property
    def row(self) -> Inclusion:
        return Inclusion.objects.get(pseudonym=self.pseudonym)

    @property
    def url(self) -> str:
        return f"/cohort/{self.title.chain}/{self.row.rank}/"

    def form(self, form: str, visit: int = 0) -> CohortForm:
        return CohortForm.objects.get(inclusion__pseudonym=self.pseudonym, form=form, visit=visit)

    def fills(self, form: str, data: Mapping[str, Any], visit: int = 0) -> Patient:
        self._where(form, visit, data=data)
        return self

    def _where(self, form: str, visit: int, *, data: Mapping[str, Any]) -> None:
        where: dict[str, Any] = {"pseudonym": self.pseudonym, "form": form, "visit": visit, "at": self.at}
        actor = demo_actor(self.prescriber)
        forms.save(**where, data=data, actor=actor)
        forms.sign(**where, actor=actor)

    def signed(self, **given: Any) -> Patient:
        return self.fills("access_request", {**REQUEST, **given})

    def asked(self, **given: Any) -> Patient:
        self.signed(**given)
        forms.send(pseudonym=self.pseudonym, actor=demo_actor(self.pharmacist), at=self.at)
        return self

    def accepted(self, **given: Any) -> Patient:
        self.asked(**given)
        inclusions.accept(pseudonym=self.pseudonym, actor=demo_actor(self.applicant), at=self.at)
        return self

    def treated(self, **given: Any) -> Patient:
        self.accepted(**given)
        return self.starts()

    def starts(self) -> Patient:
        started = {"started_on": civil_date(self.at).isoformat(), "dose": "100 mg", "baseline": "Marche avec une canne"}
        return self.fills("initiation", {**started, "measure_alsfrs_r": "40"})

    def followed(self, visit: int = 1, data: Mapping[str, Any] = FOLLOW_UP) -> Patient:
        due = self.form("follow_up", visit).due_on
        if due is not None and due > civil_date(self.at):
            self.at = dt.datetime.combine(due, dt.time(10), tzinfo=PARIS)
        return self.fills("follow_up", {"seen_on": civil_date(self.at).isoformat(), **data}, visit)

    def stopped(self, **given: Any) -> Patient:
        answers = {
            "stopped_on": civil_date(self.at).isoformat(),
            "reason": "progression",
            "effect": "worse",
            "adverse_effect": "no",
            **given,
        }
        return self.fills("stop", answers)


def patient_in(state: str, title: Title, **options: Any) -> Patient:
    told = Patient(title, **options)
    match state:
        case "draft":
            return told
        case "at_pharmacy":
            return told.signed()
        case "asked":
            return told.asked()
        case "accepted":
            return told.accepted()
        case "declined":
            told.asked()
            applicant = demo_actor(told.applicant)
            inclusions.decline(pseudonym=told.pseudonym, reason="Stock épuisé.", actor=applicant, at=told.at)
            return told
        case "treated":
            return told.treated()
        case "stopped":
            return told.treated().stopped()
        case "withdrawn":
            prescriber = demo_actor(told.prescriber)
            inclusions.withdraw(pseudonym=told.pseudonym, reason="Refus du patient.", actor=prescriber, at=told.at)
            return told
    raise KeyError(state)
