"""The pages of the acts on an early access: comfortable to fill, and nothing typed is lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from dossiers.demo.aap_story import REASONS, EarlyAccess, findings
from tests.dossiers.screens import browser, cost, hidden, text_of
from workflows.aap_guards import CRITERIA, MET, NOT_EXAMINED, NOT_MET, POST_MA, PRE_MA, UNFAVOURABLE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

DOSSIER_BUDGET = 42


def told(pathway: str = PRE_MA, days: int = 60, **options: Any) -> EarlyAccess:
    return EarlyAccess(at=timezone.now() - dt.timedelta(days=days), pathway=pathway, **options)


def page(login: str, address: str) -> BeautifulSoup:
    answer = browser(login).get(address)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


def chosen(soup: BeautifulSoup, name: str) -> str:
    found = soup.select_one(f"input[name='{name}'][checked]")
    return str(found["value"]) if found else ""


def written(soup: BeautifulSoup, name: str) -> str:
    found = soup.select_one(f"textarea[name='{name}'], input[name='{name}']")
    assert found is not None, name
    return (found.get_text() if found.name == "textarea" else str(found.get("value", ""))).strip()


def test_the_colleges_form_starts_with_the_committees_findings() -> None:
    story = told().draft().file().acknowledge().opinion().committee(cannot_wait=NOT_MET)
    grant = page("has_college", f"/dossiers/{story.reference}/act/grant/")
    assert chosen(grant, "serious") == MET
    assert written(grant, "serious_reasons") == REASONS
    assert written(grant, "comparators") == "Meilleurs soins de support."
    # Where it departs from the committee, the College says why: nothing is there to be sent unread.
    assert chosen(grant, "cannot_wait") == ""
    assert written(grant, "cannot_wait_reasons") == ""
    assert "Not met" in grant.find("fieldset", id="id_cannot_wait").find_next("div", "app-criterion__heard").get_text()  # type: ignore[union-attr]
    assert written(grant, "sat_on") == timezone.localdate().isoformat()
    assert written(grant, "starts_on") == timezone.localdate().isoformat()
    refuse = page("has_college", f"/dossiers/{story.reference}/act/refuse/")
    assert chosen(refuse, "cannot_wait") == NOT_MET
    assert refuse.select_one("button.app-danger-fill") is not None


def test_after_an_unfavourable_opinion_the_rest_may_be_left_unexamined() -> None:
    story = told().draft().file().acknowledge().opinion(UNFAVOURABLE)
    soup = page("has_college", f"/dossiers/{story.reference}/act/refuse/")
    assert chosen(soup, "efficacy_safety") == NOT_MET
    assert written(soup, "efficacy_safety_reasons") == REASONS
    assert {chosen(soup, code) for code, _label in CRITERIA[:-1]} == {NOT_EXAMINED}
    client = browser("has_college")
    url = f"/dossiers/{story.reference}/act/refuse/"
    sent = {field["name"]: field.get("value", "") for field in soup.select("main input[name]") if _counts(field)}
    sent |= {area["name"]: area.get_text().strip() for area in soup.select("main textarea[name]")}
    assert client.post(url, sent).status_code == 302
    assert story.dossier.state == "refused"


def _counts(field: Any) -> bool:
    return field.get("type") not in ("radio", "checkbox") or field.has_attr("checked")


def test_a_criterion_is_one_group_with_what_the_company_says() -> None:
    story = told().draft().file().acknowledge()
    soup = page("ct_secretary", f"/dossiers/{story.reference}/act/give_ct_opinion/")
    groups = soup.select(".app-criterion")
    assert len(groups) == len(CRITERIA)
    for group, (code, _label) in zip(groups, CRITERIA, strict=True):
        assert {one["name"] for one in group.select("[name]")} == {code, f"{code}_reasons"}
        assert "What the company says" in group.get_text()
        assert str(story.answers["criteria"][code])[:40] in group.get_text()


def test_what_is_refused_comes_back_with_what_was_typed() -> None:
    story = told(POST_MA).draft().file().acknowledge()
    client = browser("ct_secretary")
    url = f"/dossiers/{story.reference}/act/give_ct_opinion/"
    shown = client.get(url)
    sent = {**findings(), "serious_reasons": "", "innovative_reasons": "zqtyped", "comparators": "zqcomparator"}
    kept = {"version": hidden(shown, "version"), "key": hidden(shown, "key")}
    answer = client.post(url, {**sent, **kept})
    assert answer.status_code == 422
    soup = BeautifulSoup(answer.content, "html.parser")
    assert "Say why this criterion is met or not." in text_of(answer)
    assert written(soup, "innovative_reasons") == "zqtyped"
    assert written(soup, "comparators") == "zqcomparator"
    assert chosen(soup, "cannot_wait") == MET
    assert not story.dossier.findings.exists()


def test_a_new_proposal_starts_from_the_one_that_waits_and_its_signatory_reads_it() -> None:
    story = told().draft().file().acknowledge().propose_opinion(reasons="zqproposed")
    soup = page("ansm_assessor", f"/dossiers/{story.reference}/act/propose_ansm_opinion/")
    assert chosen(soup, "outcome") == "favourable"
    assert written(soup, "reasons") == "zqproposed"
    assert written(soup, "smpc")
    sign = page("ansm_signatory", f"/dossiers/{story.reference}/act/give_ansm_opinion/").get_text(" ")
    assert "zqproposed" in sign
    assert "who is not you" in sign
    assert "cholangiocarcinome" in sign, "the indication claimed"


def test_the_letter_of_the_decision_is_read_before_it_is_signed() -> None:
    story = told(POST_MA).examined()
    client = browser("has_college")
    soup = BeautifulSoup(client.get(f"/dossiers/{story.reference}/act/grant/").content, "html.parser")
    button = soup.select_one("button[formaction]")
    assert button is not None
    on = timezone.localdate()
    sent = {**findings(), "sat_on": on, "starts_on": on, "ends_on": on + dt.timedelta(days=364), "put_rd_final": "on"}
    draft = client.post(str(button["formaction"]), sent)
    assert draft.status_code == 200, text_of(draft)
    assert draft["Content-Type"] == "application/pdf"
    assert client.post(str(button["formaction"]), {**sent, "serious": NOT_MET}).status_code == 422
    assert browser("has_officer").post(str(button["formaction"]), sent).status_code == 403
    assert story.dossier.state == "assessment"


def test_the_page_shows_the_three_indications_the_number_and_every_stop() -> None:
    story = told(days=90).draft().file().acknowledge().ask("Pourquoi ?").answer("Parce que.").opinion().committee()
    story.grant(indication="Adultes, après trois lignes.")
    seen = text_of(browser("has_officer").get(f"/dossiers/{story.reference}/"))
    assert f"{story.at.year}.0001/DC/SEM" in seen
    for words in ("Claimed", "Kept by ANSM As claimed", "Granted Adultes, après trois lignes.", "Suspended from"):
        assert words in seen, words
    # The delay is the law's: the company reads it too.
    assert "Suspended from" in text_of(browser("applicant").get(f"/dossiers/{story.reference}/"))


@pytest.mark.parametrize(("pathway", "outcome"), [(POST_MA, "granted"), (PRE_MA, "refused")])
def test_what_silence_decides_is_said_to_be_without_a_document(pathway: str, outcome: str) -> None:
    from dossiers.services.silence import follow_silence

    story = told(pathway, days=95).draft().file().acknowledge()
    follow_silence(at=timezone.now())
    assert story.dossier.state == outcome
    for login in ("has_college", "applicant"):
        assert "By silence, no document" in text_of(browser(login).get(f"/dossiers/{story.reference}/"))


def test_what_is_not_there_yet_is_said() -> None:
    story = told(POST_MA).draft().file().acknowledge()
    rows = page("has_officer", f"/dossiers/{story.reference}/").select("#criteria tbody tr")
    assert len(rows) == len(CRITERIA)
    for row in rows:
        assert [cell.get_text(strip=True) for cell in row.select("td")] == ["Not asked"] + ["Not recorded yet"] * 2


def test_missing_items_are_said_without_a_day_to_reply() -> None:
    story = told().draft().file().missing("Le projet de notice")
    for login in ("has_officer", "applicant", "ansm_assessor"):
        seen = text_of(browser(login).get(f"/dossiers/{story.reference}/"))
        assert "Missing items, listed on" in seen
        assert "Reply by" not in seen


def test_a_narrower_grant_leaves_a_task_to_ansm_alone() -> None:
    story = told().granted(indication="Adultes, après trois lignes.")
    task = story.dossier.tasks.get()
    url = f"/dossiers/{story.reference}/tasks/{task.pk}/"
    ansm, has = browser("ansm_assessor"), browser("has_officer")
    assert "Adapt the SmPC" in text_of(ansm.get("/"))
    assert "Adapt the SmPC" not in text_of(has.get("/"))
    assert has.get(url).status_code == 404
    assert has.post(f"{url}done/").status_code == 404
    seen = text_of(ansm.get(url))
    for words in ("Adultes, après trois lignes.", "Version 2 du projet", "cholangiocarcinome"):
        assert words in seen
    assert ansm.post(f"{url}done/").status_code == 302
    assert "Adapt the SmPC" not in text_of(ansm.get("/"))


def test_an_officer_leads_steps_aside_and_another_is_given_the_dossier() -> None:
    story = told().draft().file().acknowledge()
    client = browser("has_officer")
    seen = text_of(client.get(f"/dossiers/{story.reference}/"))
    assert "Reassign" in seen
    assert "Step aside" in seen
    assert "Sacha Sorède" in text_of(client.get(f"/dossiers/{story.reference}/reassign/"))
    assert browser("ansm_assessor").get(f"/dossiers/{story.reference}/reassign/").status_code == 403
    assert client.post(f"/dossiers/{story.reference}/recuse/", {"reason": "Un proche y travaille."}).status_code == 302
    assert story.dossier.lead is None
    refused = client.post(f"/dossiers/{story.reference}/act/extend/", {"reason": "Trop de demandes."})
    assert refused.status_code == 422
    assert "recused" in text_of(refused)


@pytest.mark.parametrize("login", ["has_officer", "ansm_assessor", "applicant", "auditor"])
def test_the_page_costs_the_same_whatever_was_said(login: str) -> None:
    story = told().draft().file().acknowledge().propose_opinion()
    client = browser(login)
    url = f"/dossiers/{story.reference}/"
    before = cost(client, url)
    story.propose_opinion(UNFAVOURABLE).propose_opinion()
    assert cost(client, url) == before
    assert before <= DOSSIER_BUDGET


def test_a_company_is_reminded_of_missing_items_that_have_no_day() -> None:
    story = told().draft().file().missing("Le projet de notice")
    answer = browser("has_officer").post(f"/dossiers/{story.reference}/remind/")
    assert answer.status_code == 302
    assert story.dossier.requests.get().reminded_at is not None


def test_a_grant_asks_for_its_period_only_where_it_opens_an_authorisation(in_english) -> None:
    first = told(POST_MA, days=90).granted()
    change = first.on_title("new_data", first.at).examined()
    opens = told(POST_MA).examined()
    for story, asks in ((opens, True), (change, False)):
        for address in (f"/dossiers/{story.reference}/act/grant/", f"/agenda/record/?dossier={story.reference}"):
            soup = page("has_college", address)
            field = soup.select_one("input[name$=starts_on]")
            assert (field is not None) is asks, address
            if field is not None:
                label = soup.find("label", attrs={"for": field["id"]})
                assert label is not None
                assert "optional" not in label.get_text()
    change.grant()
    assert change.dossier.state == "granted"
