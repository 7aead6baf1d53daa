"""The screens of what follows a decision: treatments that go on after an authorisation, appeals."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import Appeal, Continuity
from dossiers.queries.deadlines import deadlines
from dossiers.services import appeals, continuity
from tests.dossiers.screens import browser, cost, lately, text_of
from workflows.dates import civil_date, say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

AGO = 150 * ONE_DAY
GROUNDS = "Le critère de gravité a été mal apprécié."
ANSWER = "Le Collège maintient sa décision."
CEASED = {"cause": "reimbursed", "reason": "Prise en charge de droit commun."}


@pytest.fixture
def ended() -> EarlyAccess:
    """Granted, then ended because the medicine is reimbursed, some days ago."""
    told = EarlyAccess(at=timezone.now() - AGO).granted()
    told.at = timezone.now() - 10 * ONE_DAY
    told.move_title("cease", "has_college", CEASED)
    return told


@pytest.fixture
def refused() -> EarlyAccess:
    return EarlyAccess(at=timezone.now() - AGO).examined().refuse()


def title_page(told: EarlyAccess, login: str) -> Any:
    return browser(login).get(f"/titles/{told.title.number}/")


def dossier_page(told: EarlyAccess, login: str) -> Any:
    return browser(login).get(f"/dossiers/{told.reference}/")


def part(response: Any, name: str) -> str:
    found = BeautifulSoup(response.content, "html.parser").find(id=name)
    return " ".join(found.get_text(" ").split()) if found else ""


def count_url(told: EarlyAccess) -> str:
    return f"/titles/{told.title.number}/continuity/count/"


# ------------------------------------------------------------------------------------------------- continuity


@pytest.mark.parametrize(
    ("login", "offered"),
    [("applicant", True), ("contributor", False), ("pharmacovigilance", False), ("has_officer", False),
     ("ansm_assessor", False), ("ministry_reader", False), ("auditor", False)],
)  # fmt: skip
def test_the_page_of_an_ended_title_tells_its_continuity(ended: EarlyAccess, login: str, offered: bool) -> None:
    row = Continuity.objects.get()
    page = title_page(ended, login)
    told = part(page, "continuity")
    for words in ("Under way", say(row.starts_on), say(row.first_terms_until), say(row.ends_on), "not counted yet"):
        assert words in told
    assert (count_url(ended) in page.content.decode()) is offered
    assert browser(login).get(count_url(ended)).status_code == (200 if offered else 403)


def test_a_title_in_force_and_one_ended_for_safety_have_none(ended: EarlyAccess) -> None:
    running = EarlyAccess(at=timezone.now() - AGO).granted()
    unsafe = EarlyAccess(at=timezone.now() - AGO).granted()
    unsafe.at = timezone.now() - 10 * ONE_DAY
    unsafe.move_title("cease", "has_college", {**CEASED, "cause": "safety", "emergency": True})
    for told in (running, unsafe):
        page = title_page(told, "applicant")
        assert page.status_code == 200
        assert not part(page, "continuity")
        assert browser("applicant").get(count_url(told)).status_code == 409
    assert browser("applicant2").get(count_url(ended)).status_code == 404


def test_the_company_counts_its_patients_and_supplies_longer(ended: EarlyAccess) -> None:
    row = Continuity.objects.get()
    client = browser("applicant")
    later = row.ends_on + 60 * ONE_DAY
    first = {"on": row.starts_on.isoformat(), "patients": "84"}
    assert client.post(count_url(ended), first).status_code == 302
    second = {"on": civil_date(timezone.now()).isoformat(), "patients": "61", "until": later.isoformat()}
    assert client.post(count_url(ended), second).status_code == 302
    told = part(title_page(ended, "has_officer"), "continuity")
    assert f"61 on {say(civil_date(timezone.now()))}" in told
    assert f"At least until {say(later)}" in told
    # The latest first.
    assert told.index("61 on") < told.rindex("61") < told.index("84")
    assert demo_actor("applicant").name in told


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"patients": "-1"}, "greater than or equal to 0"),
        ({"patients": ""}, "This field is required"),
        ({"on": "2020-01-01"}, "not in the future"),
        ({"until": "2020-01-01"}, "choose a later day"),
    ],
)
def test_a_count_that_cannot_be_comes_back_as_typed(ended: EarlyAccess, typed: dict[str, str], why: str) -> None:
    on = civil_date(timezone.now()).isoformat()
    answer = browser("applicant").post(count_url(ended), {"on": on, "patients": "12", "until": "", **typed})
    assert answer.status_code == 422
    assert why in text_of(answer)
    shown = BeautifulSoup(answer.content, "html.parser")
    for name, value in typed.items():
        assert shown.find("input", {"name": name}).get("value", "") == value
    assert not Continuity.objects.get().counts.exists()


def test_once_no_patient_is_left_it_is_over(ended: EarlyAccess) -> None:
    client = browser("applicant")
    on = civil_date(timezone.now()).isoformat()
    client.post(count_url(ended), {"on": on, "patients": "0"})
    page = title_page(ended, "applicant")
    assert part(page, "continuity").startswith("Continuity of treatment Over")
    assert count_url(ended) not in page.content.decode()
    assert client.get(count_url(ended)).status_code == 409
    late = client.post(count_url(ended), {"on": on, "patients": "4321"})
    assert late.status_code == 409
    assert "4321" in text_of(late)


def test_its_last_day_is_among_the_deadlines_of_the_company(ended: EarlyAccess) -> None:
    row = Continuity.objects.get()
    on = civil_date(timezone.now())

    def of(login: str) -> list[dt.date]:
        return [one.day for one in deadlines(demo_actor(login), on) if one.kind == "continuity"]

    assert of("applicant") == [row.ends_on]
    assert of("applicant2") == []
    assert of("ansm_assessor") == []
    continuity.count(number=ended.title.number, on=on, patients=0, actor=demo_actor("applicant"))
    assert of("applicant") == []


# ---------------------------------------------------------------------------------------------------- appeals


def lodged(told: EarlyAccess, **others: Any) -> Appeal:
    fields = {"kind": "gracious", "lodged_on": civil_date(told.at) + 20 * ONE_DAY, "grounds": GROUNDS} | others
    return appeals.lodge(reference=told.reference, **fields, actor=demo_actor("has_officer"))


@pytest.mark.parametrize(
    ("login", "offered"),
    [("has_officer", True), ("has_college", True), ("ct_secretary", False), ("ansm_assessor", False),
     ("ministry_reader", False), ("auditor", False), ("applicant", False), ("contributor", False)],
)  # fmt: skip
def test_each_reads_an_appeal_and_those_who_decided_record_it(refused: EarlyAccess, login: str, offered: bool) -> None:
    one = lodged(refused)
    page = dossier_page(refused, login)
    told = part(page, "appeals")
    assert "gracious appeal" in told
    assert say(one.lodged_on) in told
    assert "Not answered yet" in told
    assert GROUNDS in told
    base = f"/dossiers/{refused.reference}/appeals"
    for address in (f"{base}/new/", f"{base}/{one.pk}/settle/"):
        assert (address in page.content.decode()) is offered
        assert browser(login).get(address).status_code == (200 if offered else 403)


def test_an_appeal_is_recorded_then_settled(refused: EarlyAccess) -> None:
    base = f"/dossiers/{refused.reference}/appeals"
    client = browser("has_officer")
    day = (civil_date(refused.at) + 20 * ONE_DAY).isoformat()
    empty = client.post(f"{base}/new/", {"kind": "court", "lodged_on": day, "grounds": ""})
    assert empty.status_code == 422
    assert (
        client.post(f"{base}/new/", {"kind": "court", "lodged_on": "2020-01-01", "grounds": GROUNDS}).status_code == 422
    )
    assert not Appeal.objects.exists()
    done = client.post(f"{base}/new/", {"kind": "court", "lodged_on": day, "grounds": GROUNDS})
    assert done["Location"] == f"/dossiers/{refused.reference}/#appeals"
    pk = Appeal.objects.get().pk
    settle = {"outcome": "upheld", "answered_on": civil_date(timezone.now()).isoformat(), "answer": ANSWER}
    early = client.post(f"{base}/{pk}/settle/", {**settle, "answered_on": "2020-01-01"})
    assert early.status_code == 422
    assert ANSWER in text_of(early)
    assert client.post(f"{base}/{pk}/settle/", settle).status_code == 302
    told = part(dossier_page(refused, "applicant"), "appeals")
    assert "administrative court" in told
    assert "The decision stands" in told
    assert ANSWER in told
    again = client.post(f"{base}/{pk}/settle/", {**settle, "answer": "Autre chose."})
    assert again.status_code == 409
    assert "Autre chose." in text_of(again)


def test_no_appeal_before_a_decision_nor_against_another_companys(refused: EarlyAccess) -> None:
    open_one = EarlyAccess(at=timezone.now() - 10 * ONE_DAY).draft().file()
    assert not part(dossier_page(open_one, "has_officer"), "appeals")
    assert browser("has_officer").get(f"/dossiers/{open_one.reference}/appeals/new/").status_code == 409
    one = lodged(refused)
    for login in ("applicant2", "prescriber"):
        assert browser(login).get(f"/dossiers/{refused.reference}/appeals/new/").status_code == 404
    granted = EarlyAccess(at=timezone.now() - AGO).granted()
    wrong = f"/dossiers/{granted.reference}/appeals/{one.pk}/settle/"
    assert browser("has_officer").get(wrong).status_code == 404


def test_ansm_records_what_is_said_of_its_own_decisions() -> None:
    told = lately().draft().sign().file().take_up().propose("refuse", "Une alternative existe.").refuse()
    page = browser("ansm_assessor").get(f"/dossiers/{told.reference}/")
    assert "Record an appeal" in part(page, "appeals")
    assert not part(browser("prescriber").get(f"/dossiers/{told.reference}/"), "appeals")
    on = civil_date(timezone.now())
    appeals.lodge(
        reference=told.reference, kind="court", lodged_on=on, grounds=GROUNDS, actor=demo_actor("ansm_signatory")
    )
    assert GROUNDS in part(browser("prescriber").get(f"/dossiers/{told.reference}/"), "appeals")


def test_many_rows_cost_no_more_queries(ended: EarlyAccess, refused: EarlyAccess) -> None:
    client = browser("has_officer")
    row = Continuity.objects.get()
    pages = (f"/titles/{ended.title.number}/", f"/dossiers/{refused.reference}/")
    declared = {"number": ended.title.number, "actor": demo_actor("applicant")}
    continuity.count(on=row.starts_on, patients=9, **declared)
    lodged(refused)
    for page in pages:
        client.get(page)
    before = [cost(client, page) for page in pages]
    for days in (1, 2, 3):
        continuity.count(on=row.starts_on + days * ONE_DAY, patients=9 - days, **declared)
    lodged(refused, kind="court")
    assert [cost(client, page) for page in pages] == before
