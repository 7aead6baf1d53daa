"""What the hospital, the company and ANSM do and read on the pages of devices."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from accounts.demo import HOSPITAL_1, HOSPITAL_2
from devices.models import Incident, Unit
from dossiers.demo.story import demo_actor
from dossiers.models import Obligation, Title
from dossiers.services.move import move_title
from dossiers.services.obligations import mark_done
from tests.devices.world import DAY, LOT, PATIENT, WHAT, decide, granted, incident, received, shipped, site, used
from tests.dossiers.screens import browser, text_of
from workflows.dates import civil_date, say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "in_english")]

NOW = timezone.now()
TODAY = civil_date(NOW).isoformat()


@pytest.fixture
def title() -> Title:
    return granted(at=NOW)


def errors(answer: Any) -> str:
    summary = BeautifulSoup(answer.content, "html.parser").find(attrs={"data-error-summary": True})
    return summary.get_text(" ") if summary is not None else ""


def test_a_shipment_from_the_company_to_the_use_at_the_hospital(title: Title) -> None:
    company, hospital = browser("applicant"), browser("pharmacist")
    here = f"/devices/{title.number}/"
    assert "Note a shipment" in text_of(company.get(here))
    data = {"site": site().pk, "on": TODAY, "lot": " l26 04 ", "serials": "SN1\r\nSN2", "count": ""}
    answer = company.post(f"{here}add/", data, follow=True)
    assert "2 units noted." in text_of(answer)
    assert set(Unit.objects.values_list("lot", "serial")) == {("L2604", "SN1"), ("L2604", "SN2")}
    waiting = text_of(hospital.get(here))
    assert "To receive 2" in waiting
    assert "SN1" in waiting
    ranks = list(Unit.objects.values_list("rank", flat=True))
    answer = hospital.post(
        f"{here}act/", {"act": "receive", "unit": ranks, "on": TODAY, "list": "shipped"}, follow=True
    )
    assert "2 units: Received by the hospital." in text_of(answer)
    answer = hospital.post(f"{here}units/{ranks[0]}/use/", {"on": TODAY, "patient": PATIENT}, follow=True)
    page = text_of(answer)
    assert "Its use is noted" in page
    assert PATIENT in page
    assert PATIENT not in text_of(company.get(f"{here}?list=all"))
    assert f"{HOSPITAL_1} FINESS" in text_of(company.get(here))


def test_what_was_refused_comes_back_with_what_was_typed(title: Title) -> None:
    here = f"/devices/{title.number}/"
    company = browser("applicant")
    answer = company.post(f"{here}add/", {"site": site().pk, "on": TODAY, "lot": "L1"})
    assert answer.status_code == 422
    assert "between 1 and 200" in errors(answer)
    answer = company.post(
        f"{here}add/", {"site": site().pk, "on": TODAY, "lot": "L1", "count": "2", "udi_di": "03400930000013"}
    )
    assert "typing mistake" in errors(answer)
    assert b'value="03400930000013"' in answer.content
    answer = company.post(
        f"{here}add/", {"site": "elsewhere", "on": TODAY, "lot": "L1", "count": "2", "finess": "123456789"}
    )
    assert "No hospital has an account here" in errors(answer)
    answer = company.post(f"{here}add/", {"on": TODAY, "lot": "L1", "count": "2"})
    assert "Choose one of the answers." in errors(answer)
    answer = company.post(f"{here}add/", {"site": "elsewhere", "on": TODAY, "lot": "L1", "count": "2"})
    assert "Write the FINESS number" in errors(answer)
    assert not Unit.objects.exists()


def test_another_hospital_by_its_finess_number(title: Title) -> None:
    other = site(HOSPITAL_2)
    data = {"site": "elsewhere", "on": TODAY, "lot": "L1", "count": "2", "finess": other.finess_et}
    assert browser("applicant").post(f"/devices/{title.number}/add/", data).status_code == 302
    assert set(Unit.objects.values_list("site", flat=True)) == {other.pk}
    assert "L1" in text_of(browser("pharmacist2").get(f"/devices/{title.number}/"))


def test_an_act_on_units_says_what_is_wrong_and_changes_nothing(title: Title) -> None:
    unit = shipped(title, at=NOW)[0]
    here, hospital = f"/devices/{title.number}/", browser("pharmacist")
    for data, words in (
        ({"on": TODAY}, "Tick at least one unit."),
        ({"unit": [unit.rank]}, "Write the day."),
        ({"unit": [unit.rank], "on": "2026-13-45"}, "Write the day."),
        ({"unit": [unit.rank], "on": "2031-01-01"}, "has not come yet"),
    ):
        answer = hospital.post(f"{here}act/", {"act": "receive", "list": "shipped", **data})
        assert answer.status_code == 422
        assert words in errors(answer)
    assert b"checked" in answer.content
    assert hospital.post(f"{here}act/", {"act": "nonsense"}).status_code == 404
    assert hospital.post(f"{here}act/", {"act": "receive", "unit": ["99"], "on": TODAY}).status_code == 404
    unit.refresh_from_db()
    assert unit.state == "shipped"


def test_a_use_outside_the_exemption_asks_why(title: Title) -> None:
    unit = received(title, at=NOW - DAY)[0]
    Title.objects.filter(pk=title.pk).update(in_force_until=civil_date(NOW - DAY))
    url, hospital = f"/devices/{title.number}/units/{unit.rank}/use/", browser("prescriber")
    assert "not in force today" in text_of(hospital.get(url))
    answer = hospital.post(url, {"on": TODAY, "patient": PATIENT})
    assert answer.status_code == 422
    assert "say why" in errors(answer)
    assert hospital.post(url, {"on": TODAY, "patient": PATIENT, "deviation": "Urgence vitale."}).status_code == 302
    assert "Urgence vitale." in text_of(browser("ansm_vigilance").get(f"/devices/{title.number}/"))
    assert "Urgence vitale." not in text_of(browser("applicant").get(f"/devices/{title.number}/?list=all"))
    assert "no longer possible" in text_of(hospital.get(url, follow=True))


def test_on_the_day_of_a_lifting_nobody_is_told_that_it_may_be_used(title: Title) -> None:
    unit = received(title, at=NOW)[0]
    payload = {"reason": "Signal de sécurité.", "emergency": True}
    move_title(number=title.number, transition="withdraw", actor=demo_actor("ansm_signatory"), payload=payload, at=NOW)
    here = f"/devices/{title.number}/"
    for path in (here, f"{here}units/{unit.rank}/use/"):
        assert "not in force today" in text_of(browser("prescriber").get(path))


def test_the_quantity_granted_is_shown_warned_of_and_held(title: Title) -> None:
    decide(title, quantity="5 unités")
    received(title, at=NOW, count=3)
    here, company = f"/devices/{title.number}/", browser("applicant")
    assert "3 units of 5 granted" in text_of(company.get("/devices/"))
    received(title, at=NOW, to=HOSPITAL_2, lot="ELSEWHERE")
    hospital = text_of(browser("pharmacist").get(here))
    assert "4 units of 5 granted" in hospital
    assert "ELSEWHERE" not in hospital
    # Returned, it no longer counts.
    Unit.objects.filter(lot="ELSEWHERE").update(state="returned")
    assert "nearly reached" not in text_of(company.get(here))
    shipped(title, at=NOW, lot="OTHER")
    assert "nearly reached" in text_of(company.get(here))
    answer = company.post(f"{here}add/", {"site": site().pk, "on": TODAY, "lot": "L1", "count": "2"})
    assert "grants 5 units: 1 may still be sent" in errors(answer)


def test_every_mistake_is_said_at_once_and_nothing_typed_is_lost(title: Title) -> None:
    typed = {"site": site().pk, "on": "2031-01-01", "lot": "L1", "count": "-2", "udi_di": "03400930000013"}
    answer = browser("applicant").post(f"/devices/{title.number}/add/", typed)
    words = errors(answer)
    assert "has not come yet" in words
    assert "typing mistake" in words
    assert "greater than or equal to 1" in words
    assert b'value="-2"' in answer.content
    unit = received(title, at=NOW)[0]
    answer = browser("prescriber").post(
        f"/devices/{title.number}/units/{unit.rank}/use/", {"on": "2031-01-01", "patient": "Durand"}
    )
    words = errors(answer)
    assert "has not come yet" in words
    assert "never a name" in words
    assert b"Durand" in answer.content


def test_a_hospital_notes_what_it_received_beyond_the_decision(title: Title) -> None:
    decide(title, quantity="1 unité", establishments=[site(HOSPITAL_2).pk])
    here = f"/devices/{title.number}/"
    shipped(title, at=NOW, to=HOSPITAL_2)
    hospital = browser("pharmacist")
    form = text_of(hospital.get(f"{here}add/"))
    assert "The quantity of the decision is reached" in form
    assert "does not name your hospital" in form
    answer = hospital.post(f"{here}add/", {"on": TODAY, "lot": "L9", "count": "1"}, follow=True)
    assert "beyond the decision, its quantity or its sites: ANSM is told." in text_of(answer)
    for login in ("pharmacist", "applicant", "ansm_vigilance"):
        words = text_of(browser(login).get(f"{here}?list=all"))
        assert "Beyond the quantity" in words
        assert "Site not in the decision" in words
        assert "The quantity granted is exceeded" in words


def test_which_sites_hold_a_lot(title: Title) -> None:
    used(title, at=NOW)
    received(title, at=NOW, to=HOSPITAL_2, lot="=L-OTHER")
    company = browser("applicant")
    assert f"Sites that hold {LOT}" in text_of(
        company.get(f"/devices/{title.number}/", {"lot": f"(01)03400930000014(10){LOT}(21)SN1"})
    )
    page = text_of(company.get(f"/devices/{title.number}/?lot=l2026-07"))
    assert f"Sites that hold {LOT}" in page
    assert HOSPITAL_2 not in page.partition("What the decision allows")[0]
    answer = company.get(f"/devices/{title.number}/units.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert {(row["site"], row["lot"], row["state"]) for row in rows} == {
        (HOSPITAL_1, LOT, "used"),
        (HOSPITAL_2, "'=L-OTHER", "received"),
    }
    assert PATIENT not in text
    one = company.get(f"/devices/{title.number}/units.csv?lot={LOT}")
    assert HOSPITAL_2 not in b"".join(one.streaming_content).decode()


def test_a_hospital_reports_the_company_answers_ansm_acknowledges(title: Title) -> None:
    unit = used(title, at=NOW)
    hospital, company, agency = browser("prescriber"), browser("pharmacovigilance"), browser("ansm_vigilance")
    url = f"/devices/{title.number}/incidents/new/?unit={unit.rank}"
    assert LOT in str(hospital.get(url).content)
    data = {"aware_on": TODAY, "lot": LOT, "severity": "death", "what": WHAT, "outcome": "recovered"}
    answer = hospital.post(url, data, follow=True)
    assert "The company's report is due by" in text_of(answer)
    here = f"/devices/{title.number}/incidents/1/"
    page = text_of(company.get(here))
    assert "Your report is due by" in page
    assert "10 days left. 10 days: death or unanticipated serious deterioration, counted from" in page
    answer = company.post(here, {**data, "kind": "initial", "next_on": ""})
    assert "Give the day of your next report" in errors(answer)
    next_on = (civil_date(NOW) + 10 * DAY).isoformat()
    answer = company.post(here, {**data, "kind": "initial", "next_on": next_on}, follow=True)
    assert "Your report is kept" in text_of(answer)
    page = text_of(agency.get("/devices/vigilance/?list=to_read"))
    assert f"{title.number}/I01" in page
    assert "Acknowledged. Your name" in text_of(agency.post(f"{here}acknowledge/", follow=True))
    assert f"{title.number}/I01" not in text_of(agency.get("/devices/vigilance/?list=to_read"))
    assert f"Sites that hold lot {LOT}: {HOSPITAL_1}" in text_of(agency.get(here))


def test_what_is_late_comes_first(title: Title) -> None:
    incident(title, at=NOW - 20 * DAY, login="prescriber")
    incident(title, at=NOW, login="applicant", severity="threat")
    page = text_of(browser("ansm_vigilance").get("/devices/vigilance/"))
    assert "Late 1" in page
    assert "5 days late" in page
    assert "late since" in text_of(browser("ansm_vigilance").get("/devices/"))
    of = browser("ansm_vigilance").get(f"/devices/vigilance/?of={title.number}&list=open")
    assert "Open 2" in text_of(of)
    none = browser("ansm_vigilance").get("/devices/vigilance/?of=NONE&list=open")
    assert "No serious incident is reported." in text_of(none)


def test_a_report_that_lacks_something_comes_back(title: Title) -> None:
    url = f"/devices/{title.number}/incidents/new/"
    answer = browser("applicant").post(url, {"aware_on": TODAY, "what": "Mots tapés."})
    assert answer.status_code == 422
    assert "Mots tapés." in answer.content.decode()
    answer = browser("applicant").post(
        url, {"aware_on": "2031-01-01", "severity": "other", "outcome": "unknown", "what": "x", "next_on": "2031-02-01"}
    )
    assert "has not come yet" in errors(answer)
    assert not Incident.objects.exists()


# ------------------------------------------------------------------------------------------------- notification


def test_the_sheet_for_the_commission(title: Title) -> None:
    used(title, at=NOW)
    incident(title, at=NOW)
    agency = browser("ansm_assessor")
    url = f"/devices/{title.number}/notification"
    page = text_of(agency.get(f"{url}/"))
    for words in (
        "Identification",
        "Regulation (EU) 2017/745, Article 59",
        "Intended purpose",
        "Justification",
        "Number of patients Every patient who meets the criteria",
        "Units used 1",
        "1 × Other serious incident",
        "to be sent by",
    ):
        assert words in page, words
    assert PATIENT not in page
    assert WHAT[:12] not in page
    data = json.loads(agency.get(f"{url}.json").content)
    assert data["identification"]["number"] == title.number
    assert data["period"]["starts_on"] == title.starts_on.isoformat()
    assert set(data) >= {"identification", "purpose", "justification", "period", "conditions", "surveillance"}
    table = agency.get(f"{url}.csv").content.decode("utf-8-sig")
    codes = [row["code"] for row in csv.DictReader(io.StringIO(table), delimiter=";")]
    assert {"number", "intended_purpose", "benefit", "ends_on", "conditions"} <= set(codes)


def test_the_sending_is_proved_as_an_obligation(title: Title) -> None:
    notice = Obligation.objects.get(title=title, owed_by="agency", kind="notice")
    agency = browser("ansm_assessor")
    url = f"/devices/{title.number}/notification/"
    link = re.search(rf"/titles/{title.number}/obligations/{notice.pk}/done/", agency.get(url).content.decode())
    assert link is not None
    assert agency.get(link[0]).status_code == 200
    mark_done(
        obligation=notice.pk,
        done_on=civil_date(NOW),
        proof="Envoyé par CIRCABC.",
        actor=demo_actor("ansm_assessor"),
        at=NOW,
    )
    assert "The proof is with the obligation." in text_of(agency.get(url))


def test_a_condition_with_a_date_is_read_in_words_and_by_systems_as_year_month_day() -> None:
    title = granted(at=NOW, dated_conditions=["3: Bilan des lots"])
    agency = browser("ansm_assessor")
    url = f"/devices/{title.number}/notification"
    day, said = json.loads(agency.get(f"{url}.json").content)["conditions"]["dated_conditions"].split(": ")
    assert said == "Bilan des lots"
    assert f"by {say(dt.date.fromisoformat(day))}: Bilan des lots" in text_of(agency.get(f"{url}/"))


def test_a_single_patient_is_not_notified() -> None:
    title = granted(at=NOW, kind="individual", patients=1)
    page = text_of(browser("ansm_assessor").get(f"/devices/{title.number}/notification/"))
    assert "Not to be notified" in page
    assert not Obligation.objects.filter(title=title, owed_by="agency", kind="notice").exists()


@pytest.mark.parametrize("login", ["prescriber", "applicant"])
def test_the_sheet_is_for_ansm_alone(title: Title, login: str) -> None:
    shipped(title, at=NOW)
    client = browser(login)
    for path in ("notification/", "notification.csv", "notification.json"):
        assert client.get(f"/devices/{title.number}/{path}").status_code == 404
