"""A small world for the tests of the cohort: an early access granted to the demo company, and patients in any state,
told through the services."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar

from cohort.demo import EFFECT, PatientStory
from cohort.services import inclusions
from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import demo_actor
from dossiers.models import Title
from tests.dossiers.world import indication
from workflows.dates import PARIS

__all__ = ["EFFECT", "Patient", "granted", "patient_in"]

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
    **PatientStory.answers["access_request"],
    "initials": INITIALS,
    "birth_month": BIRTH_MONTH,
    "diagnosis": "Sclérose latérale amyotrophique liée à SOD1",
    "prior_treatments": "Riluzole depuis 2025",
    "planned_dose": "100 mg par mois",
}
VISIT: dict[str, Any] = {**PatientStory.answers["follow_up"], "measure_alsfrs_r": "38"}


class Patient(PatientStory):
    answers: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        **PatientStory.answers,
        "access_request": REQUEST,
        "initiation": {"dose": "100 mg", "baseline": "Marche avec une canne", "measure_alsfrs_r": "40"},
        "follow_up": VISIT,
    }

    def __init__(self, title: Title, *, at: dt.datetime = MONDAY, **cast: str) -> None:
        super().__init__(title, at=at, **cast)

    @property
    def url(self) -> str:
        return f"/cohort/{self.title.chain}/{self.row.rank}/"


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
