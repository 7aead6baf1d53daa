"""Between each side of a framework and ANSM: what the reporter, the company and its competitors read of each other."""

from __future__ import annotations

import pytest

from accounts.models import Organisation
from documents.models import LetterOrder
from dossiers.demo.cpc_story import PROPOSED, Framework
from dossiers.demo.story import demo_actor
from dossiers.models import Event
from dossiers.policy import letters_visible_to
from dossiers.queries.material import materials_of
from dossiers.queries.timeline import timeline
from dossiers.services import material
from dossiers.services.documents import remove_document
from dossiers.services.errors import Blocked, Forbidden
from tests.dossiers.cpc_world import framework, framework_in
from workflows.dates import civil_date

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
GROUP = "Laboratoires Démo Aurélia\nDémo Biotech Norvane"
DRAFTED = "zqprojet"


def words_read_by(told: Framework, login: str) -> str:
    return " ".join(words for one in timeline(told.dossier, demo_actor(login)) for _label, words in one.details)


def heard_by_two() -> Framework:
    told = framework(companies=GROUP).draft().report().notify().says("Un.").says("Deux.", login="applicant2")
    return told.assess().protocol().drafts(asked=DRAFTED)


def test_the_history_tells_a_reporter_and_a_competitor_nothing_of_what_a_company_proposes() -> None:
    told = heard_by_two()
    read = {login: words_read_by(told, login) for login in ("applicant", "applicant2", "reporter", "ansm_assessor")}
    assert [login for login, words in read.items() if PROPOSED in words] == ["applicant", "ansm_assessor"]
    assert [login for login, words in read.items() if DRAFTED in words] == ["applicant", "applicant2", "ansm_assessor"]
    # That it was done is told to all.
    assert "receive_put" in [one.verb for one in timeline(told.dossier, demo_actor("reporter"))]


def test_why_a_report_is_withdrawn_is_told_to_its_own_organisation() -> None:
    told = framework_in("withdrawn")
    reason = Event.objects.get(verb="withdraw").payload["reason"]
    assert reason in words_read_by(told, "reporter")


def test_the_letters_to_the_companies_are_not_the_reporters() -> None:
    told = heard_by_two().says("Oui.").says("Oui.", login="applicant2").close_drafts().propose().grant()
    kinds = {
        login: set(letters_visible_to(demo_actor(login)).filter(dossier=told.dossier).values_list("kind", flat=True))
        for login in ("applicant", "reporter", "ansm_assessor")
    }
    ordered = set(LetterOrder.objects.filter(dossier=told.dossier).values_list("kind", flat=True))
    between = {"cpc_put_request", "cpc_contradictory"}
    assert between < ordered
    assert kinds == {"applicant": ordered, "ansm_assessor": ordered, "reporter": ordered - between}


def test_the_material_of_a_company_is_read_by_itself_and_by_ansm() -> None:
    told = heard_by_two().says("Oui.").says("Oui.", login="applicant2").close_drafts().propose().grant()
    said = {"number": told.title.number, "name": "Dépliant", "description": "Texte."}
    material.submit(**said, actor=demo_actor("applicant"), at=told.at)
    read = {}
    for login in ("applicant", "applicant2", "reporter", "ansm_assessor"):
        shown = materials_of(told.title, demo_actor(login), civil_date(told.at))
        assert shown is not None
        read[login] = len(shown.rows)
    assert read == {"applicant": 1, "applicant2": 0, "reporter": 0, "ansm_assessor": 1}


def test_a_protocol_that_was_sent_stays() -> None:
    told = framework_in("assessment").drafts()
    sent = told.dossier.attachments.get(kind="put_sp")
    with pytest.raises(Forbidden):
        remove_document(document=sent.pk, actor=demo_actor("applicant"), at=told.at)


def test_one_attached_by_mistake_is_taken_off_before_it_is_sent() -> None:
    told = framework_in("put_requested", ready_for="receive_put")
    mistaken = told.dossier.attachments.get(kind="put_sp")
    remove_document(document=mistaken.pk, actor=demo_actor("applicant"), at=told.at)
    assert told.dossier.attachments.filter(removed_at=None, kind="put_sp").count() == 0


def test_of_two_companies_of_one_name_none_is_written_to_before_its_number_is_given() -> None:
    first = Organisation.objects.get(name="Laboratoires Démo Aurélia")
    Organisation.objects.create(kind="company", name=first.name.upper(), siren="732829320")
    told = framework().draft().report()
    with pytest.raises(Blocked) as refusal:
        told.notify()
    assert [one.code for one in refusal.value.reasons] == ["several_companies"]
    told.notify(companies=first.siren)
    assert [one.organisation_id for one in told.dossier.parties.filter(role="applicant")] == [first.pk]
