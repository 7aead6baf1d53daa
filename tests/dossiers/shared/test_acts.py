"""The screen of an act: made from the table, judged by the engine, and nothing typed is lost."""

from __future__ import annotations

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from dossiers.demo.story import demo_actor
from dossiers.forms.payload import PayloadForm
from dossiers.models import Event
from dossiers.services.conversation import post
from dossiers.services.move import move
from dossiers.services.staffing import reassign
from tests.dossiers.screens import browser, hidden, lately, text_of
from tests.dossiers.world import assessed, dossier_in, to_sign
from workflows.registry import TITLE, procedure
from workflows.types import Reason

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

ACTS = [(table, row) for table in (procedure("aac"), TITLE) for row in table.transitions]


def in_days(days: int) -> str:
    return (timezone.localdate() + dt.timedelta(days=days)).isoformat()


@pytest.mark.parametrize(("table", "row"), ACTS, ids=[f"{table.code}.{row.name}" for table, row in ACTS])
def test_every_act_has_a_form_that_asks_each_of_its_fields(table: object, row: object) -> None:
    form = PayloadForm(row.payload, questions={"1": "Pourquoi ?"})  # type: ignore[attr-defined]
    shown = [bound.name.partition(".")[0] for group in form.groups() for bound in group.fields]
    assert list(dict.fromkeys(shown)) == [one.name for one in row.payload]  # type: ignore[attr-defined]
    assert not form.errors


def test_a_refusal_is_shown_beside_its_field_or_above_all() -> None:
    from django.http import QueryDict

    row = procedure("aac").transition("propose")
    refusals = (Reason("required", "Il manque", "reasons"), Reason("recused", "Récusé"))
    form = PayloadForm(row.payload, QueryDict("outcome=grant"), refusals=refusals)
    assert form["reasons"].errors == ["Il manque"]
    assert form.non_field_errors() == ["Récusé"]


def test_take_up_is_one_click_from_the_page_and_a_double_click_is_harmless() -> None:
    told = dossier_in("received")
    client = browser("ansm_assessor")
    page = client.get(f"/dossiers/{told.reference}/")
    form = BeautifulSoup(page.content, "html.parser").select_one("form[action$='act/take_up/']")
    assert form is not None
    typed = {name: form.select_one(f"[name={name}]")["value"] for name in ("version", "key")}  # type: ignore[index]
    for _click in range(2):
        response = client.post(form["action"], typed)  # type: ignore[arg-type]
        assert response.status_code == 302
    assert told.dossier.state == "assessment"
    assert Event.objects.filter(verb="take_up").count() == 1


def test_questions_are_added_one_by_one_without_javascript() -> None:
    told = lately().draft().sign().file().take_up()
    client = browser("ansm_assessor")
    url = f"/dossiers/{told.reference}/act/request_information/"
    page = client.get(url)
    typed = {
        "version": hidden(page, "version"),
        "key": hidden(page, "key"),
        "questions.1": "Première ?",
        "questions.2": "",
        "reply_by": in_days(10),
    }
    more = client.post(url, {**typed, "add_to": "questions"})
    assert more.status_code == 200
    areas = BeautifulSoup(more.content, "html.parser").select("textarea")
    assert [area.get_text(strip=True) for area in areas] == ["Première ?", "", ""]
    assert hidden(more, "key") == typed["key"]
    assert told.dossier.state == "assessment"
    sent = client.post(url, {**typed, "questions.3": "Deuxième\n ?"})
    assert sent.status_code == 302
    assert told.dossier.requests.get().questions == {"1": "Première ?", "2": "Deuxième ?"}


def test_a_refused_form_keeps_what_was_typed_and_links_to_each_field() -> None:
    told = lately().draft().sign().file().take_up()
    client = browser("ansm_assessor")
    url = f"/dossiers/{told.reference}/act/propose/"
    response = client.post(
        url,
        {
            "version": str(told.dossier.version),
            "key": "k1",
            "outcome": "grant",
            "reasons": "Texte que je ne veux pas retaper.",
            "starts_on": in_days(0),
            "ends_on": in_days(900),
            "conditions": "",
        },
    )
    assert response.status_code == 422
    page = BeautifulSoup(response.content, "html.parser")
    assert "Texte que je ne veux pas retaper." in page.get_text()
    assert page.select_one("input[value=grant][checked]") is not None
    summary = page.select_one(".app-error-summary a[href='#id_ends_on']")
    assert summary is not None
    assert page.select_one("#id_ends_on")["value"] == in_days(900)  # type: ignore[index]
    assert told.dossier.state == "assessment"


def test_a_proposal_starts_with_the_period_asked_for() -> None:
    told = lately(given={"medicine": {"duration_days": 90}}).draft().sign().file().take_up()
    page = BeautifulSoup(
        browser("ansm_assessor").get(f"/dossiers/{told.reference}/act/propose/").content, "html.parser"
    )
    assert page.select_one("#id_starts_on")["value"] == in_days(0)  # type: ignore[index]
    assert page.select_one("#id_ends_on")["value"] == in_days(89)  # type: ignore[index]


def test_a_proposal_sent_back_is_corrected_not_typed_again() -> None:
    told = lately().draft().sign().file().take_up().propose("grant", "Motifs longs.", conditions="Suivi mensuel.")
    told.do("send_back", "signatory", {"reason": "Préciser la durée."})
    client = browser("ansm_assessor")
    page = text_of(client.get(f"/dossiers/{told.reference}/act/propose/"))
    assert "Motifs longs." in page
    assert "Suivi mensuel." in page
    assert "Préciser la durée." in text_of(client.get(f"/dossiers/{told.reference}/"))


def test_a_stale_form_says_what_changed_keeps_the_text_and_can_then_be_applied() -> None:
    told = assessed()
    client = browser("ansm_assessor")
    url = f"/dossiers/{told.reference}/act/propose/"
    page = client.get(url)
    typed = {
        "version": hidden(page, "version"),
        "key": hidden(page, "key"),
        "outcome": "refuse",
        "reasons": "Une alternative existe.",
    }
    reassign(
        reference=told.reference,
        membership=demo_actor("ansm_assessor").membership_id or 0,
        actor=demo_actor("ansm_signatory"),
    )
    stale = client.post(url, typed)
    assert stale.status_code == 412
    seen = text_of(stale)
    assert "changed since you opened" in seen
    assert "Quentin Quiberville" in seen
    assert "Une alternative existe." in seen
    assert "Apply to the current version" in seen
    assert told.dossier.state == "assessment"
    applied = client.post(url, {**typed, "version": hidden(stale, "version"), "key": hidden(stale, "key")})
    assert applied.status_code == 302
    assert told.dossier.state == "to_sign"


def test_an_act_that_somebody_else_did_meanwhile_keeps_the_text_to_copy() -> None:
    told = to_sign()
    client = browser("ansm_signatory")
    url = f"/dossiers/{told.reference}/act/send_back/"
    page = client.get(url)
    typed = {"version": hidden(page, "version"), "key": hidden(page, "key"), "reason": "Phrase à garder."}
    move(
        reference=told.reference,
        transition="withdraw",
        actor=demo_actor("prescriber"),
        payload={"reason": "Le patient est guéri."},
    )
    late = client.post(url, typed)
    assert late.status_code in (409, 412)
    seen = text_of(late)
    assert "can no longer be done" in seen
    assert "Phrase à garder." in seen
    assert "Withdrawn" in seen
    assert client.get(url).status_code == 409


def test_the_same_key_for_another_content_is_refused_and_the_text_kept() -> None:
    told = assessed()
    client = browser("ansm_assessor")
    url = f"/dossiers/{told.reference}/act/propose/"
    assert client.post(url, {"key": "k", "outcome": "refuse", "reasons": "Premier."}).status_code == 302
    other = client.post(url, {"key": "k", "outcome": "refuse", "reasons": "Second, à garder."})
    assert other.status_code == 409
    assert "Second, à garder." in text_of(other)


def test_who_may_not_act_is_refused_and_unknown_acts_are_not_found() -> None:
    told = dossier_in("assessment")
    for login, act, status in (
        ("prescriber", "propose", 403),
        ("auditor", "propose", 403),
        ("ansm_signatory", "propose", 403),
        ("ansm_assessor", "nothing", 404),
        ("ansm_assessor", "take_up", 409),
    ):
        client = browser(login)
        assert client.get(f"/dossiers/{told.reference}/act/{act}/").status_code == status, (login, act)
        assert client.post(f"/dossiers/{told.reference}/act/{act}/", {"version": "x"}).status_code == status


def test_signing_shows_the_whole_proposal_and_the_four_eyes() -> None:
    told = lately().draft().sign().file().take_up().propose("grant", "Maladie grave, sans alternative.")
    page = text_of(browser("ansm_signatory").get(f"/dossiers/{told.reference}/act/grant/"))
    assert "Maladie grave, sans alternative." in page
    assert "Four eyes: proposed by Olivier Orvault, who is not you." in page
    assert "Read the letter as it would be" in page


def test_nul_bytes_and_odd_hidden_fields_are_refusals_not_faults() -> None:
    told = assessed()
    client = browser("ansm_assessor")
    url = f"/dossiers/{told.reference}/act/propose/"
    response = client.post(
        url,
        {"version": "99999999999999", "key": "\x00" * 300, "outcome": "\x00", "reasons": "a\x00b", "starts_on": "é"},
    )
    assert response.status_code == 422
    assert client.post(url, {"add_to": "\x00"}).status_code == 200


def test_a_hospital_reads_its_act_in_its_own_words() -> None:
    told = assessed()
    post(reference=told.reference, body="Note interne", actor=demo_actor("ansm_assessor"), staff_only=True)
    page = text_of(browser("prescriber").get(f"/dossiers/{told.reference}/act/withdraw/"))
    assert "Under examination at ANSM" in page
    assert "Under assessment" not in page
