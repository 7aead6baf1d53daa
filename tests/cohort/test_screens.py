"""The screens: one patient through the four forms, what each reader is shown, what is given back when refused."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from cohort.models import CohortForm, Inclusion, VigilanceNotice
from dossiers.demo.story import demo_actor
from dossiers.models import AccessLog, Title
from tests.cohort.world import DAY, EFFECT, REQUEST, VISIT, Patient, granted, patient_in
from tests.dossiers.screens import browser, text_of
from tests.dossiers.world import granted as granted_aac

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "in_english")]


def ago(days: int) -> dt.datetime:
    return timezone.now() - days * DAY


@pytest.fixture
def title() -> Title:
    return granted(at=ago(200))


def post(client: Client, url: str, data: dict[str, Any], status: int = 302) -> Any:
    answer = client.post(url, data)
    assert answer.status_code == status, text_of(answer)
    return answer


def test_a_patient_through_the_four_forms(title: Title) -> None:
    prescriber, pharmacist, applicant = browser("prescriber"), browser("pharmacist"), browser("applicant")
    assert "No patient yet" in text_of(prescriber.get("/cohort/"))
    assert title.number in text_of(prescriber.get("/cohort/new/"))
    form_url = post(prescriber, f"/cohort/{title.chain}/new/", {"source": ""}).url
    assert form_url == f"/cohort/{title.chain}/1/access_request/0/"
    assert "Disease treated" in text_of(prescriber.get(form_url))
    patient_url = post(prescriber, form_url, {**REQUEST, "base_version": "1", "sign": "1"}).url

    page = text_of(pharmacist.get(patient_url))
    assert REQUEST["diagnosis"] in page
    assert "Sign and send to the company" in page
    post(pharmacist, f"{patient_url}act/send/", {})

    board = text_of(applicant.get(f"/cohort/{title.chain}/"))
    assert "To answer (1)" in board
    assert "Give access" in text_of(applicant.get(patient_url))
    post(applicant, f"{patient_url}act/accept/", {"access_number": "QAL-17"})

    page = text_of(prescriber.get(patient_url))
    assert "Access QAL-17" in page
    today = timezone.localdate().isoformat()
    started = {"started_on": today, "dose": "100 mg", "baseline": "Marche avec une canne", "sign": "1"}
    post(prescriber, f"/cohort/{title.chain}/1/initiation/0/", started)
    # Time passes: the first visit is due.
    Inclusion.objects.update(started_on=timezone.localdate() - 40 * DAY, next_due_on=timezone.localdate() - 9 * DAY)
    CohortForm.objects.filter(visit=1).update(due_on=timezone.localdate() - 9 * DAY)
    assert "9 days late" in text_of(prescriber.get("/cohort/"))
    visit = f"/cohort/{title.chain}/1/follow_up/1/"
    assert "Filled in from" not in text_of(prescriber.get(visit))
    post(prescriber, visit, {**VISIT, **EFFECT, "seen_on": today, "sign": "1"})
    assert "Not acknowledged by ANSM yet" in text_of(prescriber.get(patient_url))

    vigilance = browser("ansm_vigilance")
    assert "Céphalées" in text_of(vigilance.get("/cohort/vigilance/"))
    post(vigilance, f"/cohort/vigilance/{VigilanceNotice.objects.get().pk}/", {})
    assert "Acknowledged by ANSM on" in text_of(prescriber.get(patient_url))

    stop = {"stopped_on": today, "reason": "progression", "effect": "worse", "adverse_effect": "no", "sign": "1"}
    post(prescriber, f"/cohort/{title.chain}/1/stop/0/", stop)
    assert "Treatment ended" in text_of(prescriber.get(patient_url))
    figures = text_of(browser("has_officer").get(f"/cohort/{title.chain}/figures/"))
    assert "The disease progresses" in figures


def test_each_state_has_its_pages(title: Title) -> None:
    prescriber, applicant = browser("prescriber"), browser("applicant")
    for state in ("draft", "at_pharmacy", "asked", "accepted", "declined", "treated", "stopped", "withdrawn"):
        told = patient_in(state, title, at=ago(100))
        assert prescriber.get(told.url).status_code == 200
        seen = 404 if state in ("draft", "at_pharmacy", "withdrawn") else 200
        assert applicant.get(told.url).status_code == seen, state
    for group in ("todo", "living", "over", "nonsense"):
        assert prescriber.get(f"/cohort/?list={group}").status_code == 200
    for group in ("asked", "treated", "all", "nonsense"):
        assert applicant.get(f"/cohort/{title.chain}/?list={group}").status_code == 200


def test_what_is_refused_is_said_field_by_field_and_kept(title: Title) -> None:
    told = Patient(title, at=ago(3))
    client = browser("prescriber")
    url = f"{told.url}access_request/0/"
    data = {**REQUEST, "weight": "beaucoup", "in_indication": "no", "sign": "1"}
    answer = post(client, url, data, 422)
    page = text_of(answer)
    assert "Early access is given for this indication only" in page
    assert BeautifulSoup(answer.content, "html.parser").find("input", {"name": "weight"})["value"] == "beaucoup"  # type: ignore[index]
    assert told.form("access_request").answers["weight"] == "beaucoup"
    answer = post(client, url, {**REQUEST, "initials": "Dupont"}, 422)
    assert "This looks like a name" in text_of(answer)
    assert told.form("access_request").personal["initials"] == REQUEST["initials"]


def test_two_people_on_one_form_lose_nothing(title: Title) -> None:
    told = Patient(title, at=ago(3))
    url = f"{told.url}access_request/0/"
    post(browser("intern"), url, {"diagnosis": "Écrit par l'interne", "base_version": "1"})
    answer = post(browser("prescriber"), url, {"diagnosis": "Écrit par la médecin", "base_version": "1"}, 409)
    page = BeautifulSoup(answer.content, "html.parser")
    assert "Écrit par l'interne" in text_of(answer)
    assert page.find("input", {"name": "diagnosis"})["value"] == "Écrit par la médecin"  # type: ignore[index]
    base = page.find("input", {"name": "base_version"})["value"]  # type: ignore[index]
    post(browser("prescriber"), url, {"diagnosis": "Écrit par la médecin", "base_version": base})
    assert told.form("access_request").answers["diagnosis"] == "Écrit par la médecin"


def test_signed_meanwhile_gives_back_what_was_typed(title: Title) -> None:
    told = Patient(title, at=ago(3)).signed()
    answer = post(browser("intern"), f"{told.url}access_request/0/", {"diagnosis": "Trop tard"}, 409)
    assert "Trop tard" in text_of(answer)


def test_autosave_answers_with_the_saved_line(title: Title) -> None:
    told = Patient(title, at=ago(3))
    url = f"{told.url}access_request/0/"
    client = browser("prescriber")
    answer = client.post(url, {"diagnosis": "SLA", "base_version": "1"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert 'name="base_version"' in answer.content.decode()
    answer = client.post(url, {"diagnosis": "autre", "base_version": "1"}, headers={"HX-Request": "true"})
    assert answer.status_code == 409


def test_a_refused_act_keeps_its_words(title: Title) -> None:
    told = Patient(title, at=ago(3)).asked()
    applicant = browser("applicant")
    answer = post(applicant, f"{told.url}act/decline/", {"reason": ""}, 422)
    assert "Write the reason" in text_of(answer)
    answer = post(applicant, f"{told.url}act/accept/", {"access_number": "deux mots"}, 422)
    assert 'value="deux mots"' in answer.content.decode()
    assert told.row.state == "asked"


def test_the_aac_of_the_same_patient_is_offered(title: Title) -> None:
    aac = granted_aac()
    page = browser("prescriber").get(f"/cohort/{title.chain}/new/")
    assert aac.title.number in text_of(page)
    assert aac.title.number not in text_of(browser("prescriber2").get(f"/cohort/{title.chain}/new/"))
    client = browser("prescriber")
    url = post(client, f"/cohort/{title.chain}/new/", {"source": aac.title.number}).url
    assert f"compassionate access {aac.title.number}" in text_of(client.get(url))
    # Typed by hand, the same initials and month of birth find it too.
    patient = aac.dossier.sections.get(section="patient").data
    told = Patient(title, at=ago(2))
    typed = {"initials": patient["initials"], "birth_month": patient["birth_month"], "diagnosis": "Ma propre phrase"}
    post(client, f"{told.url}access_request/0/", typed)
    page = client.get(f"{told.url}access_request/0/")
    assert "has the same initials and month of birth" in text_of(page)
    assert "Is this patient included already?" in text_of(page)
    post(client, f"{told.url}access_request/0/", {**typed, "take_aac": aac.title.number})
    answers = told.form("access_request").answers
    assert answers["diagnosis"] == "Ma propre phrase"
    assert answers["prior_treatments"]


def test_earlier_forms_fill_the_next(title: Title) -> None:
    told = Patient(title, at=ago(60)).accepted()
    page = text_of(browser("prescriber").get(f"{told.url}initiation/0/"))
    assert "Filled in from: the access request of" in page


def test_a_suspended_early_access_takes_nobody_in(title: Title) -> None:
    told = Patient(title, at=ago(3)).asked()
    Title.objects.filter(pk=title.pk).update(state="suspended")
    prescriber = browser("prescriber")
    assert "Suspended" in text_of(prescriber.get("/cohort/new/"))
    assert "No patient may be included" in text_of(prescriber.get(f"/cohort/{title.chain}/new/"))
    post(prescriber, f"/cohort/{title.chain}/new/", {"source": ""}, 422)
    answer = post(browser("applicant"), f"{told.url}act/accept/", {}, 422)
    assert "access cannot be given" in text_of(answer)


def test_agreement_and_payment(title: Title) -> None:
    told = Patient(title, at=ago(60)).treated()
    hospital = told.row.organisation_id
    applicant = browser("applicant")
    url = f"/cohort/{title.chain}/agreements/{hospital}/"
    assert "No agreement noted yet" in text_of(applicant.get(f"/cohort/{title.chain}/agreements/"))
    tariff = {"access_request": "50", "initiation": "75,50", "follow_up": "40", "stop": "40"}
    post(applicant, url, {**tariff, "signed_on": timezone.localdate().isoformat()})
    pay = {"form": "initiation", "count": "2", "paid_on": timezone.localdate().isoformat()}
    assert "Write a number from 1 to 1" in text_of(post(applicant, f"{url}pay/", pay, 422))
    post(applicant, f"{url}pay/", {**pay, "count": "1"})
    assert "75.50 €" in text_of(applicant.get(url))
    assert "75.50 €" in text_of(browser("prescriber").get(f"/cohort/{title.chain}/agreements/"))
    assert browser("prescriber").get(url).status_code == 404
    assert browser("contributor").get(url).status_code == 403
    assert browser("applicant2").get(url).status_code == 404


def test_the_export_is_a_table_of_signed_forms(title: Title) -> None:
    Patient(title, at=ago(100)).treated().followed(1, EFFECT)
    Patient(title, at=ago(3))
    answer = browser("applicant").get(f"/cohort/{title.chain}/export.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [row["form"] for row in rows] == ["access_request", "initiation", "follow_up"]
    assert rows[2]["adverse_effect"] == "yes"
    assert rows[2]["measure_alsfrs_r"] == "38"
    assert {row["age_band"] for row in rows} == {"60-69"}
    assert not {"initials", "birth_month", "died_on"} & set(rows[0])


def test_who_opened_a_patient_is_kept(title: Title) -> None:
    told = Patient(title, at=ago(3)).asked()
    before = AccessLog.objects.count()
    browser("prescriber").get(told.url)
    browser("applicant").get(told.url)
    assert AccessLog.objects.count() == before + 2
    assert demo_actor("prescriber").person_id in AccessLog.objects.values_list("person_id", flat=True)


WHO_SEES = {
    # (/cohort/, the cohort, the patient)
    "prescriber": (200, 302, 200),
    "pharmacy_preparer": (200, 302, 200),
    "prescriber2": (200, 302, 404),
    "applicant": (200, 200, 200),
    "pharmacovigilance": (200, 200, 200),
    "applicant2": (200, 404, 404),
    "device_applicant": (200, 404, 404),
    "ansm_assessor": (200, 302, 404),
    "has_officer": (200, 302, 404),
    "ministry_reader": (200, 302, 404),
    "auditor": (200, 302, 404),
    "org_admin": (403, 404, 404),
    "expert": (403, 404, 404),
    "reporter": (403, 404, 404),
    "admin": (403, 404, 404),
}


def test_who_sees_what(title: Title) -> None:
    told = Patient(title, at=ago(3)).asked()
    for login, (home, board, patient) in WHO_SEES.items():
        client = browser(login)
        assert client.get("/cohort/").status_code == home, login
        assert client.get(f"/cohort/{title.chain}/").status_code == board, login
        assert client.get(told.url).status_code == patient, login
        figures = client.get(f"/cohort/{title.chain}/figures/").status_code
        assert figures == (200 if board in (200, 302) else 404), login
        own_company = login in ("applicant", "pharmacovigilance")
        export = client.get(f"/cohort/{title.chain}/export.csv").status_code
        assert export == (200 if own_company else 404), login
