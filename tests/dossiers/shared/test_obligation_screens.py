"""The screens of obligations: who is offered what, what is refused and given back, what a list costs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from documents.models import Attachment
from dossiers.demo.story import ONE_DAY, Story, demo_actor
from dossiers.models import Obligation
from dossiers.policy import OBLIGATION_PROOF
from dossiers.services.obligations import add, cancel, mark_done
from dossiers.services.staffing import recuse
from tests.dossiers.screens import browser, cost, text_of
from tests.dossiers.world import REASON, story
from workflows.dates import civil_date

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

TEXT = "Transmettre le dosage des neurofilaments."
AGO = 40 * ONE_DAY


@pytest.fixture
def told() -> Story:
    """Granted some weeks ago, so that something may already be late."""
    begun = story(at=timezone.now() - AGO).draft().sign().file().take_up()
    return begun.propose("grant", "Bénéfice présumé.", months=6).grant()


def owed(told: Story, days: int, **more: Any) -> Obligation:
    """Due so many days from today."""
    fields: dict[str, Any] = {"kind": "report", "owed_by": "holder", "text": TEXT} | more
    one = add(
        number=told.title.number,
        **fields,
        due_on=max(timezone.localdate() + days * ONE_DAY, civil_date(told.at)),
        actor=demo_actor("ansm_assessor"),
        at=told.at,
    )
    told.at += dt.timedelta(minutes=2)
    return one


def page_of(told: Story, login: str) -> Any:
    return browser(login).get(f"/titles/{told.title.number}/")


def address(told: Story, one: Obligation, act: str) -> str:
    return f"/titles/{told.title.number}/obligations/{one.pk}/{act}/"


def links(response: Any) -> set[str]:
    found = BeautifulSoup(response.content, "html.parser").select("#obligations a[href*='/obligations/']")
    return {str(link["href"]).rstrip("/").rpartition("/")[2] for link in found}


def test_late_ones_come_first_in_plain_words(told: Story) -> None:
    owed(told, 20, kind="notice")
    owed(told, -12, every_months=6)
    owed(told, 0, kind="condition")
    page = text_of(page_of(told, "prescriber"))
    assert page.index("12 days late") < page.index("today is the last day") < page.index("in 20 days")
    assert TEXT in page
    assert "every 6 months" in page


@pytest.mark.parametrize(
    ("login", "offered"),
    [
        ("prescriber", {"done"}),
        ("pharmacist", {"done"}),
        ("intern", set()),
        ("pharmacy_preparer", set()),
        ("auditor", set()),
        ("ansm_triage", set()),
        ("ansm_assessor", {"new", "cancel", "reopen"}),
        ("ansm_signatory", {"new", "cancel", "reopen"}),
        ("ansm_vigilance", {"new", "cancel", "reopen"}),
    ],
)
def test_each_is_offered_what_they_may_do(told: Story, login: str, offered: set[str]) -> None:
    owed(told, 20)
    closed = owed(told, 10, kind="notice")
    mark_done(
        obligation=closed.pk, done_on=civil_date(told.at), proof="Fait.", actor=demo_actor("prescriber"), at=told.at
    )
    assert links(page_of(told, login)) == offered


def test_what_was_done_says_when_by_whom_and_how(told: Story) -> None:
    one = owed(told, 20)
    mark_done(
        obligation=one.pk,
        done_on=civil_date(told.at),
        proof="Dosage envoyé.",
        upload=SimpleUploadedFile("dosage.txt", b"12 pg/mL"),
        actor=demo_actor("prescriber"),
        at=told.at,
    )
    for login in ("prescriber", "ansm_assessor"):
        client = browser(login)
        response = client.get(f"/titles/{told.title.number}/")
        page = text_of(response)
        assert "Dosage envoyé." in page
        assert demo_actor("prescriber").name in page
        content = client.get(f"/documents/{Attachment.objects.get(kind=OBLIGATION_PROOF).pk}/content/")
        assert b"".join(content.streaming_content) == b"12 pg/mL"  # type: ignore[attr-defined]
    # On the page of the request the document has a name that people understand.
    assert "Proof of an obligation" in text_of(browser("ansm_assessor").get(f"/dossiers/{told.reference}/"))
    assert "Nothing is to do." in text_of(page_of(told, "prescriber"))


def test_an_agent_is_not_named_to_the_hospital(told: Story) -> None:
    one = owed(told, 20, owed_by="agency")
    agent = demo_actor("ansm_assessor")
    mark_done(obligation=one.pk, done_on=civil_date(told.at), proof="Répondu.", actor=agent, at=told.at)
    for login, named in (("prescriber", False), ("ansm_signatory", True)):
        section = BeautifulSoup(page_of(told, login).content, "html.parser").select_one("#obligations")
        assert section is not None
        assert (agent.name in section.get_text()) is named


def test_a_cancelled_one_says_why(told: Story) -> None:
    cancel(obligation=owed(told, 20).pk, reason="Doublon.", actor=demo_actor("ansm_assessor"), at=told.at)
    page = text_of(page_of(told, "prescriber"))
    assert "Doublon." in page
    assert "1 done or cancelled" in page


# ---------------------------------------------------------------------------------------------------- the forms


def test_ansm_adds_one(told: Story) -> None:
    client = browser("ansm_assessor")
    url = f"/titles/{told.title.number}/obligations/new/"
    assert client.get(url).status_code == 200
    typed = {
        "kind": "report", "owed_by": "holder", "text": TEXT, "law": "CSP R.5121-74-5", "every_months": "2",
        "due_on": (timezone.localdate() + 20 * ONE_DAY).isoformat(),
    }  # fmt: skip
    for _click in range(2):
        assert client.post(url, typed).status_code == 302
    one = Obligation.objects.get()
    assert (one.text, one.every_months, one.law) == (TEXT, 2, "CSP R.5121-74-5")


@pytest.mark.parametrize(
    "wrong",
    [{"due_on": "2020-01-01"}, {"due_on": "demain"}, {"every_months": "0"}, {"kind": ""}, {"law": "x" * 121}],
)
def test_what_was_typed_comes_back_with_the_reason(told: Story, wrong: dict[str, str]) -> None:
    client = browser("ansm_assessor")
    typed = {"kind": "report", "owed_by": "holder", "text": TEXT, "due_on": "2999-01-01", "every_months": "2"} | wrong
    response = client.post(f"/titles/{told.title.number}/obligations/new/", typed)
    assert response.status_code == 422
    page = BeautifulSoup(response.content, "html.parser")
    assert TEXT in page.find("textarea", {"name": "text"}).get_text()  # type: ignore[union-attr]
    assert page.select_one("[data-error-summary]") is not None
    assert not Obligation.objects.exists()


def test_the_holder_says_it_is_done_with_a_document(told: Story) -> None:
    one = owed(told, 20)
    client = browser("pharmacist")
    url = address(told, one, "done")
    assert TEXT in text_of(client.get(url))
    today = timezone.localdate().isoformat()
    nothing = client.post(url, {"done_on": today, "proof": ""})
    assert nothing.status_code == 422
    assert "Say in a few words what was done" in text_of(nothing)
    refused = client.post(url, {"done_on": "2999-01-01", "proof": "Dosage envoyé."})
    assert refused.status_code == 422
    assert "Dosage envoyé." in text_of(refused)
    bad = {"done_on": today, "proof": "Dosage envoyé.", "upload": SimpleUploadedFile("a.exe", b"MZ\x90\x00")}
    refused = client.post(url, bad)
    assert refused.status_code == 422
    assert "Dosage envoyé." in text_of(refused)
    assert not Attachment.objects.exists()
    response = client.post(url, {"done_on": today, "upload": SimpleUploadedFile("dosage.txt", b"12 pg/mL")})
    assert response.status_code == 302
    one.refresh_from_db()
    assert (one.state, one.document and one.document.name) == ("done", "dosage.txt")
    # Pressed again: it is too late, and what was typed is given back.
    again = client.post(url, {"done_on": today, "proof": "Une précision."})
    assert again.status_code == 409
    assert "Une précision." in text_of(again)


def test_reopened_then_completed(told: Story) -> None:
    one = owed(told, 20)
    mark_done(
        obligation=one.pk,
        done_on=civil_date(told.at),
        proof="Dosage envoyé.",
        actor=demo_actor("prescriber"),
        at=told.at,
    )
    client = browser("ansm_assessor")
    url = address(told, one, "reopen")
    assert client.post(url, {"reason": " "}).status_code == 422
    assert client.post(url, {"reason": "Le dosage est illisible."}).status_code == 302
    assert client.get(url).status_code == 409
    hospital = browser("prescriber")
    assert "Le dosage est illisible." in text_of(hospital.get(f"/titles/{told.title.number}/"))
    # What was sent is there to be completed.
    assert "Dosage envoyé." in text_of(hospital.get(address(told, one, "done")))


def test_an_obligation_is_found_under_its_own_title_only(told: Story) -> None:
    one = owed(told, 20)
    other = story(at=timezone.now() - AGO).draft().sign().file().take_up().propose("grant", "Oui.").grant()
    for act, login in (("done", "prescriber"), ("cancel", "ansm_assessor"), ("reopen", "ansm_assessor")):
        assert browser(login).get(address(other, one, act)).status_code == 404


def test_nothing_is_added_to_a_title_that_ended(told: Story) -> None:
    told.move_title("withdraw", "signatory", {**REASON, "emergency": True})
    response = browser("ansm_assessor").get(f"/titles/{told.title.number}/obligations/new/")
    assert response.status_code == 409
    assert "has ended" in text_of(response)


# ----------------------------------------------------------------------------------------------------- the list


@pytest.mark.parametrize("login", ["prescriber", "ansm_assessor"])
def test_the_list_and_the_line_of_the_home_page(told: Story, login: str) -> None:
    client = browser(login)
    assert "Nothing is to do." in text_of(client.get("/obligations/"))
    assert "obligation is late" not in text_of(client.get("/"))
    owed(told, -3)
    owed(told, 20, kind="notice", text="Prévenir.")
    owed(told, 100, kind="condition", text="Surveiller.")
    owed(told, -5, kind="notice", owed_by="agency", text="Répondre.")
    everything = text_of(client.get("/obligations/"))
    late, soon = text_of(client.get("/obligations/?when=late")), text_of(client.get("/obligations/?when=soon"))
    assert "Surveiller." in everything
    assert "3 days late" in late
    assert "Prévenir." not in late
    assert "Prévenir." in soon
    assert "Surveiller." not in soon
    # What the agency owes is in the agency's list, and on the page of the title for the hospital.
    assert ("Répondre." in everything) is (login == "ansm_assessor")
    home = text_of(client.get("/"))
    assert ("1 obligation is late" if login == "prescriber" else "2 obligations are late") in home


def test_another_hospital_has_its_own_list(told: Story) -> None:
    owed(told, -3)
    page = text_of(browser("prescriber2").get("/obligations/"))
    assert TEXT not in page
    assert told.title.number not in page


@pytest.mark.parametrize("query", ["?page=nonsense", "?when=yesterday", "?when=late&page=AAAA"])
def test_a_wrong_address_of_the_list_is_no_fault(told: Story, query: str) -> None:
    assert browser("prescriber").get(f"/obligations/{query}").status_code == 200


@pytest.mark.parametrize("login", ["prescriber", "ansm_assessor"])
def test_many_cost_what_one_costs(told: Story, login: str) -> None:
    owed(told, -3)
    client = browser(login)
    pages = ("/obligations/", "/", f"/titles/{told.title.number}/")
    before = [cost(client, page) for page in pages]
    for rank in range(15):
        one = owed(told, rank - 3, text=f"Point {rank}")
        if rank % 3 == 0:
            mark_done(
                obligation=one.pk,
                done_on=civil_date(told.at),
                proof="Fait.",
                actor=demo_actor("prescriber"),
                at=told.at,
            )
    assert [cost(client, page) for page in pages] == before


def test_the_list_counts_its_tabs_and_offers_done_to_whoever_may(told: Story) -> None:
    late, soon, agency = owed(told, -3), owed(told, 10), owed(told, 20, owed_by="agency")
    owed(told, 60)
    said = {"prescriber": (late, soon), "intern": (), "ansm_assessor": (agency,), "auditor": ()}
    for login, expected in said.items():
        page = browser(login).get("/obligations/")
        links_done = [str(a["href"]) for a in BeautifulSoup(page.content, "html.parser").select("a[href$='/done/']")]
        offered = [one for one in (late, soon, agency) if address(told, one, "done") in links_done]
        assert offered == list(expected), login
    tabs = BeautifulSoup(browser("prescriber").get("/obligations/").content, "html.parser").select(".app-lists a")
    assert [" ".join(tab.text.split()) for tab in tabs] == ["Late 1", "Next 30 days 1", "All to do 3"]
    tabs = BeautifulSoup(browser("auditor").get("/obligations/").content, "html.parser").select(".app-lists a")
    assert [" ".join(tab.text.split()) for tab in tabs] == ["Late 1", "Next 30 days 2", "All to do 4"]


def test_staff_who_are_recused_are_not_offered_to_say_it_is_done(told: Story) -> None:
    one = owed(told, 20, owed_by="agency")
    recuse(reference=told.reference, actor=demo_actor("ansm_assessor"), reason="Lien.", at=told.at)
    assert address(told, one, "done") not in browser("ansm_assessor").get("/obligations/").content.decode()
    assert address(told, one, "done") in browser("ansm_signatory").get("/obligations/").content.decode()


def test_the_first_panel_says_what_is_late(told: Story) -> None:
    assert "is late" not in text_of(page_of(told, "ansm_assessor"))
    owed(told, -3)
    for login in ("ansm_assessor", "prescriber"):
        panel = BeautifulSoup(page_of(told, login).content, "html.parser").select_one(".app-next")
        assert panel is not None
        assert "1 obligation is late" in panel.text
