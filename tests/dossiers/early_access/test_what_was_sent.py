"""What counts of a request is what was sent, and of an authorisation what it says today."""

from __future__ import annotations

import pytest

from dossiers.demo.aap_story import EarlyAccess, findings
from dossiers.demo.story import demo_actor
from dossiers.models import Dossier
from dossiers.queries.answers import raw_answers
from dossiers.services.drafts import create_draft, save_answers, save_section
from dossiers.services.errors import Blocked, Forbidden, NotFound
from dossiers.services.silence import follow_silence
from register.filings import filings
from tests.dossiers.world import ONE_DAY, early, early_in, past_its_delay, under_examination
from workflows.aap_guards import POST_MA, PRE_MA, UNFAVOURABLE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "in_english")]

TYPED = {"product": {"medicine": None, "name": "ZQNAME"}, "request": {"pathway": POST_MA}}


def columns(told: EarlyAccess) -> tuple[str, str, int | None]:
    dossier = told.dossier
    return dossier.product_label, dossier.pathway, dossier.medicine_id


# ------------------------------------------------------------------------------------------- typed, not sent yet


@pytest.mark.parametrize("state", ["incomplete", "info_requested"])
def test_what_is_typed_for_an_answer_changes_no_list_and_no_register_before_it_is_sent(state):
    told = early_in(state)
    before, published = columns(told), filings()
    applicant = demo_actor("applicant")
    save_answers(reference=told.reference, answers=TYPED, actor=applicant, at=told.at)
    typed = {**raw_answers(told.dossier)["indication"], "simplified": "ZQSUBJECT"}
    save_section(reference=told.reference, section="indication", data=typed, actor=applicant, at=told.at)
    assert columns(told) == before
    assert "zqname" not in told.dossier.search_text
    assert told.dossier.subject != "ZQSUBJECT"
    assert filings() == published


def test_it_counts_once_it_is_sent():
    told = early_in("info_requested")
    answers = {"product": {"medicine": None, "name": "ZQNAME", "inn": "zqinn", "form": "comprimé", "strength": "5 mg"}}
    save_answers(reference=told.reference, answers=answers, actor=demo_actor("applicant"), at=told.at)
    told.answer("71 %.")
    assert "ZQNAME" in told.dossier.product_label
    assert "zqname" in told.dossier.search_text


# ------------------------------------------------------------------------------------ what an authorisation says


def ma_obtained(told: EarlyAccess) -> EarlyAccess:
    change = told.on_title("ma_obtained", told.at + 30 * ONE_DAY)
    change.pathway = POST_MA
    return change.draft().file().acknowledge().committee().grant()


def begun(kind: str, told: EarlyAccess, change: EarlyAccess) -> Dossier:
    parent = told.title.number
    return create_draft(procedure="aap", kind=kind, actor=demo_actor("contributor"), parent=parent, at=change.at)


@pytest.mark.parametrize("kind", ["renewal", "new_data"])
def test_a_request_starts_from_what_the_title_says_since_its_marketing_authorisation(kind):
    """From its first request it would ask for ANSM's opinion again, and silence would refuse it."""
    told = early().granted()
    assert begun("new_data", told, told).pathway == PRE_MA
    told = early().granted()
    assert begun(kind, told, ma_obtained(told)).pathway == POST_MA


# ---------------------------------------------------------------------------------------- a proposal left unsigned


def test_no_proposal_waits_for_a_signature_once_the_request_is_decided():
    told = under_examination().propose_opinion(UNFAVOURABLE).committee().refuse()
    assert told.dossier.opinions.get(body="ansm").dropped_at == told.at


def test_nor_once_silence_has_granted_it():
    """The CHMP's favourable opinion came meanwhile: ANSM's was no longer needed."""
    told = under_examination().propose_opinion().ask("L'avis du CHMP ?", days=40)
    regulatory = {"regulatory": {"chmp_favourable_on": told.at.date().isoformat()}}
    save_answers(reference=told.reference, answers=regulatory, actor=demo_actor("applicant"), at=told.at)
    told.answer("Favorable.")
    past_its_delay(told)
    follow_silence(at=told.at)
    assert told.dossier.state == "granted"
    assert not told.dossier.opinions.filter(given_at=None, dropped_at=None).exists()


# ------------------------------------------------------------------------------------------- a sitting's own day


def test_no_body_sat_on_a_request_before_it_was_filed():
    told = under_examination()
    filed_on, eve = told.dossier.filed_at.date(), told.dossier.filed_at.date() - ONE_DAY
    with pytest.raises(Blocked) as refused:
        told.do("give_ct_opinion", "ct_secretary", {**findings(), "sat_on": eve.isoformat()})
    assert [(one.code, one.field) for one in refused.value.reasons] == [("sitting_before_the_filing", "sat_on")]
    told.opinion().do("give_ct_opinion", "ct_secretary", {**findings(), "sat_on": filed_on.isoformat()})
    for act in (told.grant, told.refuse):
        with pytest.raises(Blocked) as refused:
            told.do(act.__name__, "has_college", {**findings(), "sat_on": eve.isoformat()})
        assert "sitting_before_the_filing" in {one.code for one in refused.value.reasons}


# ------------------------------------------------------------------------------------------------- undertakings


def test_whoever_only_prepares_writes_no_undertaking_for_the_one_who_signs():
    told = early_in("draft")
    said = raw_answers(told.dossier)["commitments"]
    typed = {**said, "supply": True}
    for login, error in (("contributor", Forbidden), ("applicant2", NotFound)):
        actor = demo_actor(login)
        with pytest.raises(error):
            save_section(reference=told.reference, section="commitments", data=typed, actor=actor, at=told.at)
    assert raw_answers(told.dossier)["commitments"] == said
