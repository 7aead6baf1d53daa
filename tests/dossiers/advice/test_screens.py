"""The pages of a request to the Innovation and Referral Service, state by state, for each side."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Membership
from documents.letters.orders import make_pending
from dossiers.demo.advice_story import MINUTES, AdviceStory
from dossiers.demo.story import demo_actor
from dossiers.models import Dossier
from dossiers.queries.awaited import awaited_roles, awaiting
from dossiers.queries.facts import facts_of
from tests.dossiers.advice_world import advice, advice_in, with_a_meeting
from tests.dossiers.screens import browser, cost, text_of
from workflows.advice_guards import DEVICE_QUALIFICATION, SCIENTIFIC_OPINION
from workflows.dates import civil_date
from workflows.procedures.advice import ADVICE
from workflows.roles import ANSM_ASSESSOR, APPLICANT, CONTRIBUTOR

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

DAYS = dt.timedelta(days=1)
BOTH = {ANSM_ASSESSOR, APPLICANT, CONTRIBUTOR}


def page(login: str, told: AdviceStory, path: str = "") -> Any:
    return browser(login).get(f"/dossiers/{told.reference}/{path}")


@pytest.mark.parametrize("state", [state.code for state in ADVICE.states])
def test_every_state_has_its_page_for_each_side(state: str) -> None:
    told = advice_in(state)
    for login in ("applicant", "contributor", "ansm_triage", "ansm_assessor", "ansm_signatory", "auditor"):
        found = page(login, told)
        unseen = told.dossier.filed_at is None and login.startswith("ansm")
        assert found.status_code == (404 if unseen else 200), login
        if not unseen:
            shown = ADVICE.state(state)
            label = shown.applicant if login in ("applicant", "contributor") else shown.staff
            assert str(label) in text_of(found)


@pytest.mark.parametrize("state", [state.code for state in ADVICE.states if not state.final])
def test_every_act_has_its_page(state: str) -> None:
    told = advice_in(state)
    for login, role in (("applicant", APPLICANT), ("ansm_triage", "ansm_triage"), ("ansm_assessor", ANSM_ASSESSOR)):
        for row in ADVICE.transitions:
            if state in row.sources and role in row.by:
                found = page(login, told, f"act/{row.name}/")
                assert found.status_code == 200, (login, row.name)
                assert str(row.label) in text_of(found)


def test_an_applicant_cannot_tell_that_an_opinion_waits_for_its_signature() -> None:
    assigned, proposed = advice().assigned(), advice().assigned().propose()
    texts = [text_of(page("applicant", told)) for told in (assigned, proposed)]
    for text in texts:
        assert "partage l'analyse" not in text
        assert "to_sign" not in text
        assert "Proposed" not in text
        assert "An assessor examines it" in text


def test_nobody_of_ansm_is_named_to_an_applicant() -> None:
    told = advice().assigned().ask("Pourquoi ?").answer("Parce que.")
    assert "Orvault" not in text_of(page("applicant", told))


def test_the_assessor_is_chosen_in_a_list() -> None:
    text = page("ansm_triage", advice().draft().file(), "act/route/").content.decode()
    assert text.count("<option") == 3
    assert "Pauline Pellevoisin" in text


def test_the_positions_stand_beside_the_answers_to_write() -> None:
    text = text_of(page("ansm_assessor", advice().assigned(), "act/propose/"))
    assert "Oui : sa finalité est médicale" in text
    assert "Its class" in text
    assert "Its class" not in text_of(page("ansm_assessor", with_a_meeting().assigned(), "act/propose/"))


def test_the_minutes_are_there_to_be_agreed_to() -> None:
    told = with_a_meeting().met()
    text = page("applicant", told, "act/agree_minutes/").content.decode()
    assert "Une seule étude pivot peut suffire" in text
    assert "Not final" in text_of(page("applicant", told))
    told.agree()
    assert "Agreed by both sides" in text_of(page("applicant", told))


def test_no_appeal_and_no_entry_of_the_referential_is_asked_for() -> None:
    text = text_of(page("ansm_assessor", advice_in("answered")))
    assert "Appeals" not in text
    assert "referential" not in text_of(page("ansm_assessor", advice_in("received")))


def test_a_project_is_told_what_the_service_does() -> None:
    client = browser("two_hats")
    project = Membership.objects.get(person__email="two_hats@demo.example", role=APPLICANT)
    client.post("/profile/act-as/", {"membership": project.pk})
    home = text_of(client.get("/"))
    assert "What the Innovation and Referral Service does for you" in home
    assert "Authorisations that end soon" not in home
    starts = text_of(client.get("/dossiers/new/"))
    assert "Early access" not in starts
    begun = client.post("/dossiers/new/advice/", {"kind": "regulatory_guidance", "key": "k1"})
    assert begun.status_code == 302
    assert Dossier.objects.get().kind == "regulatory_guidance"
    assert "What the Innovation" not in text_of(browser("applicant").get("/"))


def test_the_page_costs_as_much_whatever_was_said() -> None:
    told = with_a_meeting().met()
    before = cost(browser("ansm_assessor"), f"/dossiers/{told.reference}/")
    told.agree(minutes=MINUTES + " Un.").agree("ansm_assessor", minutes=MINUTES + " Deux.")
    assert cost(browser("ansm_assessor"), f"/dossiers/{told.reference}/") <= before + 1


# ----------------------------------------------------------------------------------------------- whose turn it is


def lately(days: int = 20) -> AdviceStory:
    return with_a_meeting(at=timezone.now() - days * DAYS)


TURNS = {
    "briefing awaited": (lambda: lately().assigned().plan(), {APPLICANT, CONTRIBUTOR}),
    "slides awaited": (lambda: lately().assigned().plan().send(), BOTH),
    "all received": (lambda: lately().assigned().plan().send().send("slides"), {ANSM_ASSESSOR}),
    "drafted by ANSM": (lambda: lately(90).met(), {APPLICANT, CONTRIBUTOR}),
    "not written": (lambda: lately(90).met(minutes=""), BOTH),
    "changed by the applicant": (lambda: lately(90).met().agree(minutes="Autre."), {ANSM_ASSESSOR}),
    "changed again": (
        lambda: lately(90).met().agree(minutes="Autre.").agree("ansm_assessor", minutes="Encore."),
        {APPLICANT, CONTRIBUTOR},
    ),
    "final": (lambda: lately(90).met().agree(), set()),
}


@pytest.mark.parametrize("stage", sorted(TURNS))
def test_the_page_and_the_lists_say_whose_turn_it_is(stage: str) -> None:
    tell, expected = TURNS[stage]
    found = tell().dossier
    facts = facts_of(found, demo_actor("ansm_assessor"), timezone.now())
    on = civil_date(timezone.now())
    assert awaited_roles(ADVICE, ADVICE.state(found.state), facts, on) == expected
    own = Dossier.objects.filter(pk=found.pk)
    assert {role for role in BOTH if own.filter(awaiting(role, on)).exists()} == expected


def test_an_answered_request_leads_to_its_answer_and_no_other_does() -> None:
    answered = advice_in("answered")
    reply = answered.dossier.letter_orders.get(kind="advice_opinion")
    link = f'href="/letters/{reply.number}/"'
    assert page("applicant", answered).content.decode().count(link) == 0  # being made
    make_pending(limit=20, at=timezone.now())
    assert page("applicant", answered).content.decode().count(link) == 2  # beside the state, among the letters
    assert "Read: Written opinion" in text_of(page("applicant", answered))
    # Beside what is to be done it would be one still to keep; the delays tell it as it was.
    assert text_of(page("ansm_assessor", answered)).count("Target date") == 1
    withdrawn = advice_in("withdrawn")
    make_pending(limit=20, at=timezone.now())
    assert "Read: " not in text_of(page("applicant", withdrawn))


def test_what_is_sent_before_a_meeting_is_attached_from_where_it_is_asked() -> None:
    told = with_a_meeting().assigned("scientific").plan()
    for piece in ("briefing", "slides"):
        link = f"/dossiers/{told.reference}/documents/?kind={piece}"
        assert link in page("applicant", told).content.decode()
        assert link in page("applicant", told, "act/send_briefing/").content.decode()
        assert link not in page("ansm_assessor", told).content.decode()
        assert f'<option value="{piece}" selected>' in browser("applicant").get(link).content.decode()
    unknown = browser("applicant").get(f"/dossiers/{told.reference}/documents/?kind=nothing")
    assert "selected" not in unknown.content.decode()


@pytest.mark.parametrize(("kind", "asked"), [(DEVICE_QUALIFICATION, True), (SCIENTIFIC_OPINION, False)])
def test_only_a_request_about_what_a_product_is_must_be_told_so(kind: str, asked: bool) -> None:
    found = page("ansm_assessor", advice(kind=kind).assigned(), "act/propose/")
    assert ("The product is" in text_of(found)) is asked
    assert "The product is (optional)" not in text_of(found)


def test_who_agreed_already_is_not_urged_to_agree_again() -> None:
    told = with_a_meeting().met()
    act = f'href="/dossiers/{told.reference}/act/agree_minutes/"'
    urged, possible = f'<a class="fr-btn" {act}', f'<a class="fr-btn fr-btn--secondary" {act}'
    assert urged in page("applicant", told).content.decode()
    told.agree(minutes=f"{MINUTES} Autrement.")
    assert possible in page("applicant", told).content.decode()
    assert urged in page("ansm_assessor", told).content.decode()
