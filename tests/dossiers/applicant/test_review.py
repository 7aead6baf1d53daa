"""Reading again and signing."""

from __future__ import annotations

import pytest
from django.urls import reverse

from dossiers.services.drafts import save_section
from tests.dossiers.world import dossier_in, story

pytestmark = pytest.mark.django_db


def url(reference: str) -> str:
    return reverse("dossiers:review", args=[reference])


def test_all_answers_are_read_and_signed(signed_in):
    told = story().draft()
    client = signed_in("prescriber")
    page = client.get(url(told.reference))
    text = page.content.decode()
    assert told.answers["clinical"]["justification"] in text.replace("&#x27;", "'")
    assert "Sign and send to the pharmacy" in text
    answer = client.post(url(told.reference), {"version": told.dossier.version, "key": page.context["key"]})
    assert answer.url == reverse("dossiers:dossier", args=[told.reference])
    assert told.dossier.state == "at_pharmacy"
    assert told.dossier.submissions.count() == 1


def test_what_is_missing_leads_to_its_field(signed_in):
    told = story().draft()
    save_section(reference=told.reference, section="patient", data={"initials": "DM"}, actor=told.actor("prescriber"))
    client = signed_in("prescriber")
    text = client.get(url(told.reference)).content.decode()
    assert f"{reverse('dossiers:edit', args=[told.reference, 'patient'])}#id_weight_kg" in text
    assert "disabled" in text
    answer = client.post(url(told.reference), {"version": told.dossier.version, "key": "k"})
    assert answer.status_code == 422
    assert told.dossier.state == "draft"


def test_a_double_click_signs_once(signed_in):
    told = story().draft()
    client = signed_in("prescriber")
    posted = {"version": told.dossier.version, "key": "same"}
    first, second = client.post(url(told.reference), posted), client.post(url(told.reference), posted)
    assert first.url == second.url
    assert told.dossier.events.filter(verb="sign").count() == 1
    assert told.dossier.submissions.count() == 1


def test_a_second_signature_from_another_page_is_told_where_the_file_stands(signed_in):
    told = story().draft()
    client = signed_in("prescriber")
    client.post(url(told.reference), {"version": told.dossier.version, "key": "one"})
    again = client.post(url(told.reference), {"version": told.dossier.version, "key": "two"})
    assert again.url == reverse("dossiers:dossier", args=[told.reference])
    assert told.dossier.events.filter(verb="sign").count() == 1


def test_a_stale_page_does_not_sign_what_was_not_read(signed_in):
    told = story().draft()
    client = signed_in("prescriber")
    read = told.dossier.version
    patient = {**told.answers["patient"], "weight_kg": "99"}
    save_section(reference=told.reference, section="patient", data=patient, actor=told.actor("prescriber"))
    answer = client.post(url(told.reference), {"version": read, "key": "k"})
    assert answer.status_code == 409
    assert "changed while you were reading it" in answer.content.decode()
    assert "99" in answer.content.decode()
    assert told.dossier.state == "draft"


def test_an_intern_reads_and_cannot_sign(signed_in):
    told = story().draft()
    client = signed_in("intern")
    page = client.get(url(told.reference)).content.decode()
    assert "A prescriber must sign." in page
    assert 'name="version"' not in page
    assert client.post(url(told.reference), {"version": told.dossier.version}).status_code == 403
    assert told.dossier.state == "draft"


def test_answers_left_behind_by_another_choice_are_not_read(signed_in):
    told = story().draft()
    data = {**told.dossier.sections.get(section="medicine").data, "other_name": "OLDNAME"}
    save_section(reference=told.reference, section="medicine", data=data, actor=told.actor("prescriber"))
    assert "OLDNAME" not in signed_in("prescriber").get(url(told.reference)).content.decode()


@pytest.mark.parametrize(
    ("state", "name"), [("at_pharmacy", "dossier"), ("info_requested", "answers"), ("granted", "dossier")]
)
def test_only_a_draft_is_reviewed(signed_in, state, name):
    told = dossier_in(state)
    assert signed_in("prescriber").get(url(told.reference)).url == reverse(f"dossiers:{name}", args=[told.reference])


@pytest.mark.parametrize("login", ["prescriber2", "pharmacy_preparer", "ansm_assessor"])
def test_out_of_scope_is_not_found(signed_in, login):
    assert signed_in(login).get(url(story().draft().reference)).status_code == 404
