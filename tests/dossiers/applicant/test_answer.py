"""Answering ANSM's questions, and renewing."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from dossiers.services.drafts import save_section
from tests.dossiers.world import assessed, granted
from workflows.dates import PARIS

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def url(reference: str) -> str:
    return reverse("dossiers:answers", args=[reference])


@pytest.fixture
def asked(world, time_machine):
    told = assessed().ask("Quelle est la clairance ?", "Quel est le poids ?")
    time_machine.move_to(told.at + dt.timedelta(hours=2))
    return told


def test_both_questions_are_answered_and_sent(signed_in, asked):
    client = signed_in("prescriber")
    page = client.get(url(asked.reference))
    assert "Quelle est la clairance ?" in page.content.decode()
    posted = {"answer-1": "80", "answer-2": "62 kg", "act": "send", "version": asked.dossier.version, "key": "k"}
    assert client.post(url(asked.reference), posted).url == reverse("dossiers:dossier", args=[asked.reference])
    assert asked.dossier.state == "assessment"
    assert asked.dossier.requests.get().answers == {"1": "80", "2": "62 kg"}
    assert client.post(url(asked.reference), posted).status_code == 302
    assert asked.dossier.events.filter(verb="answer").count() == 1


def test_an_unanswered_question_is_named_and_the_other_answer_kept(signed_in, asked):
    client = signed_in("pharmacist")
    answer = client.post(
        url(asked.reference),
        {"answer-1": "80 mL/min", "answer-2": " ", "act": "send", "version": asked.dossier.version},
    )
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "80 mL/min" in text
    assert 'href="#answers-2"' in text
    assert asked.dossier.state == "info_requested"
    # Typed answers are saved, not sent: they are there when the page is opened again.
    assert "80 mL/min" in client.get(url(asked.reference)).content.decode()
    assert asked.dossier.requests.get().answers == {}


def test_answers_save_themselves(signed_in, asked):
    client = signed_in("intern")
    answer = client.post(url(asked.reference), {"answer-1": "bientôt"}, headers=HTMX)
    assert "Not sent" in answer.content.decode()
    text = client.get(url(asked.reference)).content.decode()
    assert "bientôt" in text
    assert "A prescriber or a pharmacist must send the answers." in text
    assert client.post(url(asked.reference), {"answer-1": "a", "answer-2": "b", "act": "send"}).status_code == 403


def test_a_national_number_in_an_answer_is_not_kept(signed_in, asked):
    answer = signed_in("prescriber").post(url(asked.reference), {"answer-1": "NIR 158047511600123"}, headers=HTMX)
    assert answer.status_code == 422
    assert not asked.dossier.sections.filter(section="_answers").exists()


def test_what_was_changed_is_shown_before_it_is_sent(signed_in, asked):
    client = signed_in("prescriber")
    assert client.get(url(asked.reference)).context["changes"] == []
    patient = {**asked.answers["patient"], "weight_kg": "58"}
    save_section(reference=asked.reference, section="patient", data=patient, actor=asked.actor("prescriber"))
    [change] = client.get(url(asked.reference)).context["changes"]
    assert (change.before, change.after) == (str(asked.answers["patient"]["weight_kg"]), "58")


def test_a_change_that_breaks_the_request_stops_the_sending(signed_in, asked):
    patient = {**asked.answers["patient"], "weight_kg": ""}
    save_section(reference=asked.reference, section="patient", data=patient, actor=asked.actor("prescriber"))
    posted = {"answer-1": "80", "answer-2": "62", "act": "send", "version": asked.dossier.version}
    answer = signed_in("prescriber").post(url(asked.reference), posted)
    assert answer.status_code == 422
    assert f"{reverse('dossiers:edit', args=[asked.reference, 'patient'])}#id_weight_kg" in answer.content.decode()


def test_once_answered_the_page_leads_to_the_file(signed_in, asked):
    asked.answer("80", "62")
    assert signed_in("prescriber").get(url(asked.reference)).url == reverse("dossiers:dossier", args=[asked.reference])


def test_answers_that_come_too_late_are_given_back(signed_in, asked):
    asked.answer("80", "62")
    client = signed_in("pharmacist")
    late = client.post(url(asked.reference), {"answer-1": "Une autre réponse", "answer-2": "62", "act": "send"})
    assert late.status_code == 409
    assert "Une autre réponse" in late.content.decode()
    same = client.post(url(asked.reference), {"answer-1": "80", "answer-2": "62", "act": "send"})
    assert same.url == reverse("dossiers:dossier", args=[asked.reference])


def test_another_hospital_sees_no_question(signed_in, asked):
    assert signed_in("prescriber2").get(url(asked.reference)).status_code == 404


# -------------------------------------------------------------------------------------------------- renewal


@pytest.fixture
def title(world, time_machine):
    told = granted(months=3)
    time_machine.move_to(dt.datetime.combine(told.title.ends_on - dt.timedelta(days=20), dt.time(9), tzinfo=PARIS))
    return told


def test_a_renewal_is_one_press_and_asks_only_for_what_is_new(signed_in, title):
    client = signed_in("prescriber")
    answer = client.post(reverse("dossiers:renew", args=[title.title.number]))
    [renewal] = title.title.renewals.all()
    assert answer.url == reverse("dossiers:edit_start", args=[renewal.reference])
    assert renewal.subject == title.dossier.subject
    page = client.get(reverse("dossiers:review", args=[renewal.reference]))
    sections = {problem.url.split("/edit/")[1].split("/")[0] for problem in page.context["problems"]}
    assert sections == {"patient", "request", "renewal", "undertakings"}


def test_a_renewal_begun_is_opened_again(signed_in, title):
    client = signed_in("prescriber")
    renew = reverse("dossiers:renew", args=[title.title.number])
    assert client.post(renew).url == client.post(renew).url
    assert title.title.renewals.count() == 1


def test_a_link_to_a_renewal_changes_nothing(signed_in, title):
    client = signed_in("prescriber")
    assert client.get(reverse("dossiers:renew", args=[title.title.number])).status_code == 302
    assert title.title.renewals.count() == 0


@pytest.mark.parametrize(
    ("login", "status"), [("pharmacist", 302), ("intern", 302), ("pharmacy_preparer", 403), ("prescriber2", 404)]
)
def test_who_may_renew(signed_in, title, login, status):
    assert signed_in(login).post(reverse("dossiers:renew", args=[title.title.number])).status_code == status
