"""The page of one dossier: what each audience reads, and what it costs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from dossiers.demo.story import demo_actor
from dossiers.models import AccessLog, Dossier, Message
from dossiers.queries.pages import what_was_read
from dossiers.services.conversation import post
from dossiers.services.staffing import reassign
from tests.dossiers.screens import browser, cost, lately, text_of
from tests.dossiers.world import assessed, dossier_in, to_sign
from workflows.dates import civil_date
from workflows.registry import procedure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

# Everything the page shows and what the engine needs to know, for staff; nothing in it depends on how much there is.
DOSSIER_BUDGET = 36

SECRET = "Mot-que-seul-le-personnel-lit"  # noqa: S105 - a canary


OF_STAFF = (
    "To be signed",
    "Decision proposed",
    "Under assessment",
    "Taken up",
    "Staff notes",
    "Olivier Orvault",
    "Given to another officer",
    "Target date",
    "Who has read",
    "to_sign",
    "preview/",
)


def read(client: Client, reference: str, query: str = "") -> str:
    return text_of(client.get(f"/dossiers/{reference}/{query}"))


@pytest.mark.parametrize("state", [state.code for state in procedure("aac").states])
@pytest.mark.parametrize("login", ["prescriber", "pharmacist", "ansm_assessor", "ansm_signatory", "auditor"])
def test_every_state_has_its_page(state: str, login: str) -> None:
    told = dossier_in(state)
    found = browser(login).get(f"/dossiers/{told.reference}/")
    hidden_from_staff = told.dossier.filed_at is None and login.startswith("ansm")
    assert found.status_code == (404 if hidden_from_staff else 200)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "act/withdraw/",
        "act/take_up/",
        "messages/",
        "notes/",
        "reassign/",
        "recuse/",
        "remind/",
        "preview/aac_grant/",
    ],
)
def test_another_hospital_gets_404_everywhere(path: str) -> None:
    reference = dossier_in("received").reference
    client = browser("prescriber2")
    assert client.get(f"/dossiers/{reference}/{path}").status_code in (404, 405)
    assert client.post(f"/dossiers/{reference}/{path}", {"body": "x"}).status_code in (404, 405)
    # An absent dossier and one out of reach are told apart to nobody.
    absent = text_of(client.post(f"/dossiers/AAC-D-1999-000001/{path}", {"body": "x"}))
    assert text_of(client.post(f"/dossiers/{reference}/{path}", {"body": "x"})) == absent
    assert not Message.objects.exists()


def test_applicants_never_read_what_is_for_staff() -> None:
    told = assessed().propose("refuse", SECRET)
    reference = told.reference
    post(reference=reference, body=SECRET, actor=demo_actor("ansm_assessor"), staff_only=True)
    reassign(
        reference=reference,
        membership=demo_actor("ansm_assessor").membership_id or 0,
        actor=demo_actor("ansm_signatory"),
        reason=SECRET,
    )
    staff = read(browser("ansm_signatory"), reference)
    assert staff.count(SECRET) == 3
    assert "To be signed" in staff
    assert "Olivier Orvault" in staff
    for login in ("prescriber", "pharmacist", "intern", "pharmacy_preparer"):
        page = browser(login).get(f"/dossiers/{reference}/")
        assert page.status_code == 200
        source = page.content.decode()
        assert SECRET not in source
        for word in (
            "To be signed",
            "Decision proposed",
            "Under assessment",
            "Taken up",
            "Staff notes",
            "Olivier Orvault",
            "Given to another officer",
            "Target date",
            "Who has read",
            "to_sign",
            "preview/",
        ):
            assert word not in source, word
        assert "Under examination at ANSM" in source


def test_the_two_stages_that_applicants_must_not_tell_apart_look_the_same() -> None:
    told = assessed()
    client = browser("prescriber")

    def seen() -> tuple[str, ...]:
        page = BeautifulSoup(client.get(f"/dossiers/{told.reference}/").content, "html.parser")
        parts = (page.select_one(".app-head"), page.select_one(".app-next"), page.select_one("#timeline"))
        for part in parts:
            for one in part.select("input"):  # type: ignore[union-attr]
                one.decompose()
        return tuple(str(part) for part in parts)

    before = seen()
    told.propose("grant", "Bénéfice présumé.")
    assert seen() == before
    found = client.get("/search/", {"state": "assessment"})
    assert told.reference in text_of(found)
    assert b'value="to_sign"' not in found.content


def test_a_signed_decision_is_read_by_the_hospital_with_its_letters() -> None:
    told = to_sign().grant()
    page = read(browser("prescriber"), told.reference)
    assert "Maladie grave sans alternative." in page
    assert "Signed by Quentin Quiberville" in page
    assert "Authorisation decision" in page
    assert "being made" in page
    assert told.title.number in page
    assert "Proposed by" not in page


def test_blocked_acts_say_why_and_forbidden_ones_are_absent() -> None:
    told = to_sign("refuse")
    signatory = BeautifulSoup(browser("ansm_signatory").get(f"/dossiers/{told.reference}/").content, "html.parser")
    buttons = {one.get_text(strip=True) for one in signatory.select(".app-acts a, .app-acts button")}
    assert "Sign the refusal" in buttons
    assert "Sign the grant" not in buttons
    assert "Sign the grant" in signatory.select_one(".app-blocked").get_text()  # type: ignore[union-attr]
    assert "The proposal is not to grant" in signatory.select_one(".app-blocked").get_text()  # type: ignore[union-attr]
    assessor = BeautifulSoup(browser("ansm_assessor").get(f"/dossiers/{told.reference}/").content, "html.parser")
    assert "Sign the" not in assessor.select_one(".app-next").get_text()  # type: ignore[union-attr]
    assert "Withdraw the request" in read(browser("pharmacist"), told.reference)
    assert "Withdraw the request" not in read(browser("auditor"), told.reference).split("History")[0]


def test_the_page_costs_the_same_however_much_was_said() -> None:
    told = lately().draft().sign().file().take_up()
    client = browser("ansm_assessor")
    url = f"/dossiers/{told.reference}/"
    client.get(url)
    before = cost(client, url)
    for rank in range(20):
        post(reference=told.reference, body=f"Message {rank}", actor=demo_actor("prescriber"), staff_only=False)
        post(reference=told.reference, body=f"Note {rank}", actor=demo_actor("ansm_assessor"), staff_only=True)
    assert cost(client, url) == before
    assert before <= DOSSIER_BUDGET
    assert "Message 19" in read(client, told.reference)


def test_two_submissions_and_what_changed_between_them() -> None:
    from dossiers.services.drafts import save_section

    told = assessed().ask("Quel est son poids ?")
    patient = {**told.dossier.sections.get(section="patient").data, "weight_kg": "51"}
    save_section(reference=told.reference, section="patient", data=patient, actor=demo_actor("prescriber"))
    told.answer("Cinquante et un kilos.")
    client = browser("ansm_assessor")
    page = BeautifulSoup(client.get(f"/dossiers/{told.reference}/").content, "html.parser")
    changes = page.select_one(".app-card--changes")
    assert changes is not None
    assert "51" in changes.select_one("ins").get_text()  # type: ignore[union-attr]
    assert changes.select_one("del") is not None
    assert "Cinquante et un kilos." in page.get_text()
    first = read(client, told.reference, "?version=1")
    assert "Version 1, signed by" in first
    assert "What changed since" not in first
    for wrong in ("?version=99", "?version=-1", "?version=é", "?version=2&against=7"):
        assert "Version 2, signed by" in read(client, told.reference, wrong)


def test_opening_the_page_is_noted_and_staff_read_who_did() -> None:
    told = dossier_in("assessment")
    browser("prescriber").get(f"/dossiers/{told.reference}/")
    assert list(AccessLog.objects.values_list("dossier__reference", "role", "what")) == [
        (told.reference, "prescriber", "page")
    ]
    assert "Camille Aubrac (Prescriber): the page" in read(browser("auditor"), told.reference)


def test_what_was_read_is_said_in_words() -> None:
    with override("en"):
        assert what_was_read("aac", "preview aac_grant") == "a preview of the letter: Authorisation decision"
        assert what_was_read("aac", "draft patient") == "the draft: Patient"
        assert what_was_read("aac", "pharmacy check") == "the pharmacist's check"
        assert what_was_read("aac", "letter L-2026-1") == "the letter L-2026-1"
    with override("fr"):
        assert what_was_read("aac", "title AAC-2026-1") == "l'autorisation AAC-2026-1"
    assert what_was_read("aac", "an older word") == "an older word"


@pytest.mark.parametrize(("box", "staff_only"), [("messages", False), ("notes", True)])
def test_a_message_and_a_note(box: str, staff_only: bool) -> None:
    told = dossier_in("assessment")
    client = browser("ansm_assessor")
    response = client.post(f"/dossiers/{told.reference}/{box}/", {"body": "Bonjour\nà vous"})
    assert response.status_code == 302
    assert Message.objects.get().staff_only is staff_only
    assert "Bonjour à vous" in read(client, told.reference)
    assert ("Bonjour à vous" in read(browser("prescriber"), told.reference)) is not staff_only


def test_a_refused_message_comes_back_as_typed() -> None:
    told = dossier_in("assessment")
    long = "Texte précieux. " * 2000
    for box in ("messages", "notes"):
        response = browser("ansm_assessor").post(f"/dossiers/{told.reference}/{box}/", {"body": long})
        assert response.status_code == 422
        page = BeautifulSoup(response.content, "html.parser")
        areas = [one.get_text() for one in page.select("textarea")]
        assert [long.strip() in area for area in areas] == [box == "messages", box == "notes"]
        assert "too long" in page.get_text()
    assert not Message.objects.exists()


def test_a_hospital_writes_no_staff_note_and_an_auditor_writes_nothing() -> None:
    reference = dossier_in("assessment").reference
    assert browser("prescriber").post(f"/dossiers/{reference}/notes/", {"body": "x"}).status_code == 403
    assert browser("auditor").post(f"/dossiers/{reference}/notes/", {"body": "x"}).status_code == 403
    assert browser("auditor").post(f"/dossiers/{reference}/messages/", {"body": "x"}).status_code == 403
    page = read(browser("auditor"), reference)
    assert "New message" not in page
    assert "Take up" not in page.split("History")[0]


def test_staffing_reassign_recuse_remind() -> None:
    told = lately().draft().sign().file().take_up().ask("Pourquoi ?", days=3)
    client = browser("ansm_assessor")
    url = f"/dossiers/{told.reference}"
    assert client.post(f"{url}/remind/", follow=True).status_code == 200
    assert told.dossier.requests.get().reminded_at is not None
    again = text_of(client.post(f"{url}/remind/", follow=True))
    assert "already sent today" in again
    empty = client.post(f"{url}/recuse/", {"reason": " "})
    assert empty.status_code == 422
    assert client.post(f"{url}/recuse/", {"reason": "Lien familial."}).status_code == 302
    assert told.dossier.lead is None
    assert "You are recused" in read(client, told.reference)
    assert client.get(f"{url}/reassign/").status_code == 403
    colleague = browser("ansm_assessor2")
    wrong = colleague.post(f"{url}/reassign/", {"membership": "999999", "reason": "Congés"})
    assert wrong.status_code == 422
    assert "Congés" in wrong.content.decode()
    assert "Olivier Orvault" not in text_of(colleague.get(f"{url}/reassign/")).split("Choose")[-1]
    assert browser("prescriber").get(f"{url}/reassign/").status_code == 403


def test_the_letter_is_previewed_by_staff_only(monkeypatch: pytest.MonkeyPatch) -> None:
    told = to_sign()
    url = f"/dossiers/{told.reference}/preview/aac_grant/"
    response = browser("ansm_signatory").get(url)
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")
    assert browser("prescriber").get(url).status_code == 403
    typed = {"outcome": "refuse", "reasons": "Une alternative existe."}
    pdf = browser("ansm_assessor").post(f"/dossiers/{told.reference}/preview/typed/", typed)
    assert pdf["Content-Type"] == "application/pdf", text_of(pdf)
    assert told.dossier.decisions.count() == 1
    nothing = browser("ansm_assessor").post(f"/dossiers/{told.reference}/preview/typed/", {"outcome": "grant"})
    assert nothing.status_code == 422
    assert "Last day – Fill in this field" in text_of(nothing)
    today = civil_date(timezone.now())
    for ends_on in ("9999-12-31", (today + dt.timedelta(days=800)).isoformat()):
        period = {"outcome": "grant", "reasons": "x", "starts_on": today.isoformat(), "ends_on": ends_on}
        refused = browser("ansm_assessor").post(f"/dossiers/{told.reference}/preview/typed/", period)
        assert refused.status_code == 422
        assert "Last day –" in text_of(refused)


def test_a_title_that_ended_is_shown_with_its_history(settings: Any) -> None:
    told = to_sign().grant()
    page = read(browser("ansm_assessor"), told.reference)
    assert "Authorisation opened" in page
    assert Dossier.objects.get(reference=told.reference).state == "granted"
