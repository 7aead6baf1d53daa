"""The agenda of the sittings, and a sitting recorded on one page: each request its own act and its own outcome."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from dossiers.demo.aap_story import EarlyAccess, findings
from dossiers.models import Dossier, Event
from tests.dossiers.has.test_worklists import copies
from tests.dossiers.screens import browser, cost, text_of
from workflows.aap_guards import MET, NOT_MET, POST_MA, PRE_MA

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

AGENDA_BUDGET = 8


def told(pathway: str = POST_MA, days: int = 60) -> EarlyAccess:
    return EarlyAccess(at=timezone.now() - dt.timedelta(days=days), pathway=pathway)


def agenda(login: str, query: str = "") -> BeautifulSoup:
    answer = browser(login).get(f"/agenda/{query}")
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


def row_of(soup: BeautifulSoup, body: str, reference: str) -> str:
    part = soup.find("section", {"aria-labelledby": f"body-{body}"})
    rows = [row.get_text(" ", strip=True) for row in part.select("tbody tr")]  # type: ignore[union-attr]
    return next((row for row in rows if reference in row), "")


def boxes(soup: BeautifulSoup) -> set[str]:
    return {str(one["value"]) for one in soup.select("input[name=dossier]")}


def test_what_is_ready_and_what_must_come_first() -> None:
    before_ma = told(PRE_MA).draft().file().acknowledge().reference
    after_ma = told().draft().file().acknowledge().reference
    asked = told().draft().file().acknowledge().ask("Pourquoi ?", days=40).reference
    ready = told().examined().reference
    filed = told().draft().file().reference
    soup = agenda("ct_secretary")
    assert boxes(soup) == {after_ma}
    assert "ANSM's opinion" in row_of(soup, "ct", before_ma)
    assert "The company's answer" in row_of(soup, "ct", asked)
    assert row_of(soup, "ct", ready) == ""
    assert "The Committee's opinion" in row_of(soup, "college", after_ma)
    soup = agenda("has_college")
    assert boxes(soup) == {ready}
    assert boxes(agenda("has_officer")) == set()
    assert filed not in soup.get_text()


def test_the_delays_that_end_before_the_sitting_are_marked() -> None:
    soon = told(days=80).draft().file().acknowledge()
    assert soon.dossier.due_on is not None
    before = soon.dossier.due_on - dt.timedelta(days=1)
    assert "before the sitting" in row_of(
        agenda("ct_secretary", f"?sitting={soon.dossier.due_on}"), "ct", soon.reference
    )
    assert "before the sitting" not in row_of(agenda("ct_secretary", f"?sitting={before}"), "ct", soon.reference)
    late = told(days=95).draft().file().acknowledge()
    assert "late" in row_of(agenda("ct_secretary"), "ct", late.reference)
    for typed in ("2026-02-31", "demain", "0001-01-01", "\x00"):
        assert "Write a date that exists." in agenda("ct_secretary", f"?sitting={typed}").get_text()


def test_it_costs_the_same_with_1_and_20_requests() -> None:
    story = told(PRE_MA).draft().file().acknowledge()
    client = browser("ct_secretary")
    before = cost(client, "/agenda/")
    copies(story, 19)
    assert cost(client, "/agenda/") == before
    assert before <= AGENDA_BUDGET
    assert text_of(client.get("/agenda/")).count("AAP-D-20") >= 20


@pytest.mark.parametrize(
    ("login", "agenda_status", "record_status"),
    [
        ("has_officer", 200, 403),
        ("ct_secretary", 200, 302),
        ("auditor", 200, 403),
        ("ansm_assessor", 403, 403),
        ("ministry_reader", 403, 403),
        ("applicant", 403, 403),
    ],
)
def test_who_opens_it(login: str, agenda_status: int, record_status: int) -> None:
    client = browser(login)
    assert client.get("/agenda/").status_code == agenda_status
    assert client.get("/agenda/record/").status_code == record_status
    assert client.post("/agenda/record/").status_code == record_status


# ------------------------------------------------------------------------------------------------- a sitting


def form(client: Client, *stories: EarlyAccess) -> dict[str, str]:
    """What the page would send as it is: the prefilled fields, the versions, the key."""
    query = "&".join(f"dossier={one.reference}" for one in stories)
    answer = client.get(f"/agenda/record/?{query}")
    assert answer.status_code == 200
    soup = BeautifulSoup(answer.content, "html.parser")
    sent: dict[str, Any] = {"dossier": [one.reference for one in stories]}
    for field in soup.select("main form[method=post] input[name]"):
        if field["name"] != "dossier" and (field.get("type") not in ("radio", "checkbox") or field.has_attr("checked")):
            sent[str(field["name"])] = str(field.get("value", ""))
    for area in soup.select("main form[method=post] textarea[name]"):
        sent[str(area["name"])] = area.get_text().strip()
    return sent


def of(story: EarlyAccess, **values: Any) -> dict[str, Any]:
    return {f"{story.reference}-{name}": value for name, value in values.items()}


def results(answer: Any) -> dict[str, str]:
    soup = BeautifulSoup(answer.content, "html.parser")
    lines = [one.get_text(" ", strip=True) for one in soup.select(".app-results > li")]
    return {next(word for word in line.split() if word.startswith("AAP-D-")): line for line in lines}


def test_the_college_records_its_sitting() -> None:
    granted, refused, later, forgotten = (told().examined() for _rank in range(4))
    client = browser("has_college")
    sent = form(client, granted, refused, later, forgotten)
    # The committee's findings are there, the usual period too; nobody has chosen for the College.
    assert sent[f"{granted.reference}-serious"] == MET
    assert f"{granted.reference}-act" not in sent
    sent |= of(granted, act="grant", put_rd_final="on")
    sent |= of(refused, act="refuse", innovative=NOT_MET, innovative_reasons="Aucune réponse durable.")
    sent |= of(later, act="later")
    answer = client.post("/agenda/record/", sent)
    assert answer.status_code == 422
    lines = results(answer)
    assert "Recorded" in lines[granted.reference]
    assert "Recorded" in lines[refused.reference]
    assert "Left for another sitting" in lines[later.reference]
    assert "Choose what is decided" in lines[forgotten.reference]
    states = [one.dossier.state for one in (granted, refused, later, forgotten)]
    assert states == ["granted", "refused", "assessment", "assessment"]
    decision = granted.dossier.decisions.get()
    assert decision.sat_on == timezone.localdate()
    # What was not chosen is asked again, with what stood in it; what is done is not.
    soup = BeautifulSoup(answer.content, "html.parser")
    assert boxes(soup) == {forgotten.reference}


def test_the_committee_records_its_sitting_of_a_past_day() -> None:
    first, second = (told().draft().file().acknowledge() for _rank in range(2))
    client = browser("ct_secretary")
    sent = form(client, first, second)
    assert sent[f"{first.reference}-act"] == "give_ct_opinion"
    day = timezone.localdate() - dt.timedelta(days=2)
    sent |= {"sat_on": day.isoformat(), **of(first, **findings()), **of(second, **findings(cannot_wait=NOT_MET))}
    answer = client.post("/agenda/record/", sent)
    assert answer.status_code == 200
    assert "2 of 2 recorded" in text_of(answer)
    assert first.dossier.opinions.get(body="ct").sat_on == day
    assert second.dossier.findings.get(body="ct", criterion="cannot_wait").finding == NOT_MET


def test_what_is_refused_for_one_does_not_hold_the_others_and_nothing_typed_is_lost() -> None:
    good, bad = (told().draft().file().acknowledge() for _rank in range(2))
    client = browser("ct_secretary")
    sent = form(client, good, bad) | of(good, **findings()) | of(bad, **findings() | {"comparators": "zqtyped"})
    sent |= of(bad, serious_reasons="")
    answer = client.post("/agenda/record/", sent)
    assert answer.status_code == 422
    assert good.dossier.opinions.filter(body="ct").exists()
    assert not bad.dossier.opinions.filter(body="ct").exists()
    soup = BeautifulSoup(answer.content, "html.parser")
    assert "zqtyped" in soup.select_one(f"textarea[name='{bad.reference}-comparators']").get_text()  # type: ignore[union-attr]
    error = soup.select_one(f"#id_{bad.reference}-serious_reasons_error")
    assert error is not None
    assert "Say why this criterion is met or not." in error.get_text()
    # Mended and sent again, with the new key of the page.
    sent = {str(one["name"]): str(one.get("value", "")) for one in soup.select("main form input[type=hidden]")}
    sent |= {"sat_on": timezone.localdate().isoformat(), **of(bad, act="give_ct_opinion", **findings())}
    assert client.post("/agenda/record/", sent).status_code == 200
    assert bad.dossier.opinions.filter(body="ct").exists()


def test_a_page_sent_twice_records_once() -> None:
    story = told().draft().file().acknowledge()
    client = browser("ct_secretary")
    sent = form(client, story) | of(story, **findings())
    for _time in range(2):
        answer = client.post("/agenda/record/", sent)
        assert "Recorded" in results(answer)[story.reference]
    assert Event.objects.filter(dossier=story.dossier, verb="give_ct_opinion").count() == 1


def test_a_file_that_changed_meanwhile_is_told_and_asked_again() -> None:
    story = told().examined()
    client = browser("has_college")
    sent = form(client, story) | of(story, act="grant", put_rd_final="on")
    story.do("extend", "has_officer", {"reason": "Trop de demandes."})
    answer = client.post("/agenda/record/", sent)
    assert "Delay extended by a month" in results(answer)[story.reference]
    assert story.dossier.state == "assessment"
    version = BeautifulSoup(answer.content, "html.parser").find("input", {"name": f"{story.reference}-version"})
    assert version["value"] == str(story.dossier.version)  # type: ignore[index]


def test_what_the_role_may_not_record_is_refused_line_by_line() -> None:
    decided = told().granted()
    client = browser("has_college")
    answer = client.get(f"/agenda/record/?dossier={decided.reference}")
    assert "Not possible now" in text_of(answer)
    sent = {"dossier": decided.reference, "sat_on": "2026-01-01", **of(decided, act="refuse", version="1")}
    assert "Not recorded" in results(client.post("/agenda/record/", sent))[decided.reference]
    assert decided.dossier.state == "granted"
    # A body's page does not do another's acts.
    other = told().draft().file().acknowledge()
    wrong = {"dossier": other.reference, **of(other, act="grant", **findings())}
    assert "Choose what is decided" in results(browser("ct_secretary").post("/agenda/record/", wrong))[other.reference]


def test_what_is_out_of_reach_is_not_found() -> None:
    client = browser("has_college")
    for typed in ("AAP-D-1999-000001", "%00", "x" * 31):
        assert client.get(f"/agenda/record/?dossier={typed}").status_code in (302, 404)
    draft = told().draft()
    assert client.get(f"/agenda/record/?dossier={draft.reference}").status_code == 404
    assert Dossier.objects.get(reference=draft.reference).state == "draft"
