"""Writing a section: saved as typed, by itself or by the button; never overwritten, never lost."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from dossiers.models import Dossier
from dossiers.services.drafts import save_section
from tests.dossiers.world import dossier_in, indication, story

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def url(reference: str, section: str) -> str:
    return reverse("dossiers:edit", args=[reference, section])


def begun(client: Client) -> str:
    """A draft as the screen begins it: the product, and nothing else."""
    client.post("/dossiers/new/start/", {"indication": indication("QALSODY").pk, "kind": "initial", "anyway": "1"})
    return Dossier.objects.latest("pk").reference


def data(reference: str, section: str) -> dict:
    return Dossier.objects.get(reference=reference).sections.get(section=section).data


PATIENT = {"initials": "DM", "birth_month": "1958-04", "sex": "F", "weight_kg": "62.5"}


def test_the_editing_starts_at_the_first_incomplete_section(signed_in):
    client = signed_in("prescriber")
    reference = begun(client)
    assert client.get(reverse("dossiers:edit_start", args=[reference])).url == url(reference, "medicine")
    complete = story().draft().reference
    assert client.get(reverse("dossiers:edit_start", args=[complete])).url == reverse(
        "dossiers:review", args=[complete]
    )


def test_every_section_of_a_complete_draft_shows(signed_in):
    client = signed_in("prescriber")
    told = story(given={"request": {"track": "A"}}).draft()
    keys = [step.key for step in client.get(url(told.reference, "medicine")).context["steps"]]
    assert "criteria" in keys
    for key in keys:
        answer = client.get(url(told.reference, key))
        assert answer.status_code == 200
        assert all(step.progress == "complete" for step in answer.context["steps"])


def test_a_complete_section_leads_to_the_next(signed_in):
    client = signed_in("prescriber")
    reference = begun(client)
    answer = client.post(url(reference, "patient"), {**PATIENT, "base_version": "0"})
    assert answer.status_code == 302
    assert data(reference, "patient") == PATIENT
    assert Dossier.objects.get(reference=reference).subject == "DM"


def test_what_is_wrong_is_saved_shown_and_can_wait(signed_in):
    client = signed_in("prescriber")
    reference = begun(client)
    answer = client.post(url(reference, "patient"), {**PATIENT, "weight_kg": "beaucoup", "base_version": "0"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="beaucoup"' in text
    assert 'href="#id_weight_kg"' in text
    assert "Go on without correcting" in text
    assert data(reference, "patient")["weight_kg"] == "beaucoup"


def test_it_saves_itself_and_says_that_nothing_is_sent(signed_in):
    client = signed_in("prescriber")
    reference = begun(client)
    first = client.post(url(reference, "patient"), {"initials": "D", "base_version": "0"}, headers=HTMX)
    text = first.content.decode()
    assert first.status_code == 200
    assert "Saved at" in text
    assert "Not sent" in text
    assert 'name="base_version" id="base_version" value="1" hx-swap-oob="true"' in text
    assert "<html" not in text
    second = client.post(url(reference, "patient"), {"initials": "DM", "base_version": "1"}, headers=HTMX)
    assert second.status_code == 200
    assert data(reference, "patient")["initials"] == "DM"


def test_a_get_writes_no_answer(signed_in):
    client = signed_in("prescriber")
    told = story().draft()
    before = (told.dossier.version, list(told.dossier.sections.order_by("pk").values()))
    client.get(url(told.reference, "patient"))
    client.get(reverse("dossiers:review", args=[told.reference]))
    assert (told.dossier.version, list(told.dossier.sections.order_by("pk").values())) == before


@pytest.mark.parametrize("typed", ["Dupont", "1 58 04 75 116 001 23"])
def test_a_name_or_number_of_the_patient_is_stored_nowhere(signed_in, typed):
    client = signed_in("prescriber")
    reference = begun(client)
    for headers in ({}, HTMX):
        answer = client.post(url(reference, "patient"), {**PATIENT, "initials": typed}, headers=headers)
        assert answer.status_code == 422
        assert not Dossier.objects.get(reference=reference).sections.filter(section="patient").exists()
    page = client.post(url(reference, "patient"), {**PATIENT, "initials": typed}).content.decode()
    assert f'value="{typed}"' in page
    assert 'value="62.5"' in page


def test_a_section_saved_elsewhere_meanwhile_is_compared_not_overwritten(signed_in):
    client = signed_in("prescriber")
    told = story().draft()
    theirs = {**PATIENT, "weight_kg": "70"}
    save_section(reference=told.reference, section="patient", data=theirs, actor=told.actor("prescriber"))
    mine = {**PATIENT, "weight_kg": "62", "initials": "XY", "base_version": "1"}

    fragment = client.post(url(told.reference, "patient"), mine, headers=HTMX)
    assert fragment.status_code == 409
    assert "Compare both texts" in fragment.content.decode()

    page = client.post(url(told.reference, "patient"), mine)
    text = page.content.decode()
    assert page.status_code == 409
    assert data(told.reference, "patient") == theirs
    assert {row["name"] for row in page.context["rows"]} == {"initials", "weight_kg"}
    assert "What you typed" in text
    assert "70" in text

    chosen = {
        "resolve": "1",
        "base_version": str(page.context["conflict"].version),
        "mine": page.context["mine"],
        "pick-initials": "mine",
        "pick-weight_kg": "theirs",
    }
    assert client.post(url(told.reference, "patient"), chosen).status_code == 200
    assert data(told.reference, "patient") == {**theirs, "initials": "XY"}


def test_a_third_save_during_the_comparison_is_compared_again(signed_in):
    client = signed_in("prescriber")
    told = story().draft()
    actor = told.actor("prescriber")
    save_section(reference=told.reference, section="patient", data={**PATIENT, "weight_kg": "70"}, actor=actor)
    page = client.post(url(told.reference, "patient"), {**PATIENT, "base_version": "1"})
    save_section(reference=told.reference, section="patient", data={**PATIENT, "weight_kg": "71"}, actor=actor)
    chosen = {
        "resolve": "1",
        "base_version": str(page.context["conflict"].version),
        "mine": page.context["mine"],
        "pick-weight_kg": "mine",
    }
    again = client.post(url(told.reference, "patient"), chosen)
    assert again.status_code == 409
    assert json.loads(again.context["mine"])["weight_kg"] == "62.5"
    assert data(told.reference, "patient")["weight_kg"] == "71"


def test_an_expired_session_keeps_what_was_typed(signed_in):
    reference = begun(signed_in("prescriber"))
    gone = Client()
    fragment = gone.post(url(reference, "clinical"), {"justification": "Un long texte"}, headers=HTMX)
    assert fragment.status_code == 401
    assert fragment["HX-Retarget"] == "#app-banner"
    page = gone.post(url(reference, "clinical"), {"justification": "Un long texte"})
    assert page.status_code == 401
    assert "Un long texte" in page.content.decode()
    # Signed in again, the same page is posted again: kept.
    client = signed_in("prescriber")
    client.post(url(reference, "clinical"), {"justification": "Un long texte", "base_version": "0"}, headers=HTMX)
    assert data(reference, "clinical")["justification"] == "Un long texte"


def test_rows_are_added_and_removed_without_javascript(signed_in):
    client = signed_in("prescriber")
    reference = begun(client)
    added = client.post(
        url(reference, "history"), {"treatments-0-treatment": "Riluzole", "add_row": "treatments", "base_version": "0"}
    )
    text = added.content.decode()
    assert added.status_code == 200
    assert 'value="Riluzole"' in text
    assert 'name="treatments-1-treatment"' in text
    two = {"treatments-0-treatment": "Riluzole", "treatments-1-treatment": "Edaravone", "base_version": "1"}
    removed = client.post(url(reference, "history"), {**two, "remove_row": "treatments-0"})
    assert removed.status_code == 200
    assert [row["treatment"] for row in data(reference, "history")["treatments"]] == ["Edaravone"]


def test_an_intern_prepares_all_but_the_undertakings(signed_in):
    client = signed_in("intern")
    reference = begun(client)
    assert client.post(url(reference, "patient"), PATIENT).status_code == 302
    assert "A prescriber must make these statements" in client.get(url(reference, "undertakings")).content.decode()
    refused = client.post(url(reference, "undertakings"), {"informs_patient": "on"})
    assert refused.status_code == 403
    assert not Dossier.objects.get(reference=reference).sections.filter(section="undertakings").exists()


@pytest.mark.parametrize(
    ("login", "status", "written"),
    [
        # Somebody of the hospital who may not write gets their words back, with the reason.
        ("pharmacist", 403, 409),
        ("pharmacy_preparer", 404, 404),
        ("prescriber2", 404, 404),
        ("ansm_assessor", 404, 404),
        ("auditor", 403, 403),
    ],
)
def test_nobody_else_writes_a_draft(signed_in, login, status, written):
    told = story().draft()
    assert signed_in(login).get(url(told.reference, "patient")).status_code == status
    posted = signed_in(login).post(url(told.reference, "patient"), PATIENT)
    assert posted.status_code == written
    assert data(told.reference, "patient")["initials"] == told.answers["patient"]["initials"]


def test_a_signed_request_is_written_no_more(signed_in):
    told = dossier_in("at_pharmacy")
    client = signed_in("prescriber")
    before = data(told.reference, "patient")
    refused = client.post(url(told.reference, "patient"), {**PATIENT, "weight_kg": "61.5"})
    assert refused.status_code == 409
    assert "61.5" in refused.content.decode()
    assert client.post(url(told.reference, "patient"), PATIENT, headers=HTMX).status_code == 409
    assert data(told.reference, "patient") == before
    assert client.get(reverse("dossiers:edit_start", args=[told.reference])).url == reverse(
        "dossiers:dossier", args=[told.reference]
    )


def test_a_section_that_does_not_apply_leads_back_to_the_start(signed_in):
    client = signed_in("prescriber")
    reference = begun(client)
    assert client.get(url(reference, "renewal")).url == reverse("dossiers:edit_start", args=[reference])
    assert client.get(url(reference, "nothing")).status_code == 404


def test_choosing_the_criteria_brings_their_section(signed_in):
    client = signed_in("prescriber")
    reference = begun(client)
    posted = {"track": "A", "urgent": "no", "base_version": "0"}
    fragment = client.post(url(reference, "request"), posted, headers=HTMX).content.decode()
    assert url(reference, "criteria") in fragment
    fragment = client.post(
        url(reference, "request"), {**posted, "track": "B", "base_version": "1"}, headers=HTMX
    ).content.decode()
    assert url(reference, "criteria") not in fragment
    assert url(reference, "justification") in fragment


def test_a_text_that_is_too_long_is_refused_and_kept_in_the_page(signed_in):
    client = signed_in("prescriber")
    reference = begun(client)
    answer = client.post(
        url(reference, "clinical"), {"justification": "x" * 250_000, "base_version": "0"}, headers=HTMX
    )
    assert answer.status_code == 422
    assert "Not saved" in answer.content.decode()


def test_a_draft_costs_a_bounded_number_of_queries(signed_in, django_assert_max_num_queries):
    client = signed_in("prescriber")
    told = story(given={"request": {"track": "A"}}).draft()
    client.get(url(told.reference, "patient"))
    with django_assert_max_num_queries(30):
        client.get(url(told.reference, "patient"))
