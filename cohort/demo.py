"""The demonstration's patients in early access, told through the services: each act by the person whose act it is, at
its own date. Tests tell theirs with the same words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, Self

from accounts.demo import COMPANY_2
from cohort.models import CohortForm, Inclusion
from cohort.policy import PROCEDURE
from cohort.services import forms, inclusions
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import Title
from workflows.dates import PARIS, civil_date
from workflows.putrd_library import ACCESS_REQUEST, FOLLOW_UP, INITIATION, STOP

EFFECT: Final[dict[str, Any]] = {
    "adverse_effect": "yes",
    "adverse_effect_text": "Céphalées après l'injection, résolues en deux jours.",
    "adverse_effect_serious": "no",
}


class PatientStory:
    """One patient, told act by act. `at` is the day it is; a visit moves it to its day."""

    answers: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        ACCESS_REQUEST: {
            "sex": "F",
            "weight": "62,5",
            "diagnosis": "Maladie de l'indication, confirmée en réunion de concertation",
            "diagnosed_in": "2025-03",
            "prior_treatments": "Deux lignes de traitement, progression sous la seconde",
            "in_indication": "yes",
            "contraindication": "no",
            "trial_possible": "no",
            "planned_dose": "10 mg/kg toutes les quatre semaines",
            "informed": "yes",
        },
        INITIATION: {"dose": "10 mg/kg", "baseline": "Autonome, fatigue modérée"},
        FOLLOW_UP: {"course": "continues", "effect": "stable", "adverse_effect": "no", "situation": "none"},
        STOP: {"reason": "progression", "effect": "worse", "adverse_effect": "no"},
    }
    """What each form says when nothing else is told."""

    def __init__(
        self, title: Title, *, at: dt.datetime, prescriber: str = "prescriber", pharmacist: str = "pharmacist"
    ) -> None:
        self.title, self.at = title, at
        self.prescriber, self.pharmacist = prescriber, pharmacist
        self.applicant = "applicant2" if title.organisation.name == COMPANY_2 else "applicant"
        # A minute apart: the same request begun twice at once is one.
        begun = at - ONE_DAY + Inclusion.objects.count() * dt.timedelta(minutes=1)
        self.pseudonym = inclusions.create(chain=title.chain, actor=demo_actor(prescriber), at=begun).pseudonym

    @property
    def row(self) -> Inclusion:
        return Inclusion.objects.get(pseudonym=self.pseudonym)

    def form(self, form: str, visit: int = 0) -> CohortForm:
        return CohortForm.objects.get(inclusion__pseudonym=self.pseudonym, form=form, visit=visit)

    def fills(self, form: str, given: Mapping[str, Any], visit: int = 0) -> Self:
        """Fill the form with what is `given` and what it says by itself, and sign it."""
        where: dict[str, Any] = {"pseudonym": self.pseudonym, "form": form, "visit": visit, "at": self.at}
        actor = demo_actor(self.prescriber)
        forms.save(**where, data={**self.answers[form], **given}, actor=actor)
        forms.sign(**where, actor=actor)
        return self

    def signed(self, **given: Any) -> Self:
        return self.fills(ACCESS_REQUEST, given)

    def asked(self, **given: Any) -> Self:
        self.signed(**given)
        forms.send(pseudonym=self.pseudonym, actor=demo_actor(self.pharmacist), at=self.at)
        return self

    def accepted(self, **given: Any) -> Self:
        self.asked(**given)
        inclusions.accept(pseudonym=self.pseudonym, actor=demo_actor(self.applicant), at=self.at)
        return self

    def treated(self, **given: Any) -> Self:
        return self.accepted(**given).starts()

    def starts(self, **given: Any) -> Self:
        return self.fills(INITIATION, {"started_on": civil_date(self.at).isoformat(), **given})

    def followed(self, visit: int = 1, given: Mapping[str, Any] | None = None) -> Self:
        due = self.form(FOLLOW_UP, visit).due_on
        if due is not None and due > civil_date(self.at):
            self.at = dt.datetime.combine(due, dt.time(10), tzinfo=PARIS)
        return self.fills(FOLLOW_UP, {"seen_on": civil_date(self.at).isoformat(), **(given or {})}, visit)

    def stopped(self, **given: Any) -> Self:
        return self.fills(STOP, {"stopped_on": civil_date(self.at).isoformat(), **given})


def seed(*, at: dt.datetime) -> Iterator[str]:
    """Patients in each early access of the demonstration that admits some, at every stage; their pseudonyms.

    A cohort that has patients already is left as it is, so that telling twice adds nothing.
    """
    on = civil_date(at)
    titles = Title.objects.filter(procedure=PROCEDURE, state="in_force", starts_on__lte=on).order_by("pk")
    for title in titles.select_related("organisation", "dossier"):
        if not Inclusion.objects.filter(chain=title.chain).exists():
            yield from _cohort(title, (on - title.starts_on).days, at)


def _cohort(title: Title, age: int, at: dt.datetime) -> Iterator[str]:
    """Patients told in the days since the authorisation began (`age`), none before it."""
    elsewhere = {"prescriber": "prescriber2", "pharmacist": "pharmacist2"}

    def patient(days: int, **cast: str) -> PatientStory:
        # The request is begun the day before.
        return PatientStory(title, at=at - min(days, age - 1) * ONE_DAY, **cast)

    if age < 2:
        return
    oldest = patient(120).treated(initials="MA", birth_month="1957-11").followed(1)
    effect = patient(75).treated(initials="LB", birth_month="1968-02", sex="M").followed(1, EFFECT)
    told = [
        oldest,
        effect,
        patient(60).treated(initials="CVD", birth_month="1979-06"),
        patient(55, **elsewhere).treated(initials="RT", birth_month="1949-09", sex="M"),
        patient(50).treated(initials="EG", birth_month="1951-04").stopped(reason="patient_wish", effect="stable"),
        patient(6).accepted(initials="PH", birth_month="1972-01", sex="M"),
        patient(3).asked(initials="NK", birth_month="1985-08"),
        patient(2, **elsewhere).asked(initials="FO", birth_month="1963-12", sex="M"),
        patient(2).signed(initials="TS", birth_month="1990-05"),
        patient(1),
    ]
    for one in told:
        yield one.pseudonym
