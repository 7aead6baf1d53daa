"""Finding the medicine, being warned of a second draft, beginning."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from catalogue.models import Indication, Medicine
from dossiers.models import Dossier
from tests.dossiers.world import indication, story

pytestmark = pytest.mark.django_db
NEW, START = "/dossiers/new/", "/dossiers/new/start/"


@pytest.fixture
def doliprane(world):
    return Medicine.objects.create(
        name="DOLIPRANE", form="comprimé", strength="1 g", has_ma=True, marketed=True, source="bdpm"
    )


def test_only_prescribers_and_interns_begin_a_request(signed_in):
    for login, status in (
        ("prescriber", 200),
        ("intern", 200),
        ("pharmacist", 403),
        ("pharmacy_preparer", 403),
    ):
        assert signed_in(login).get(NEW).status_code == status
        assert signed_in(login).get(START).status_code == status
    # An assessor begins what ANSM begins by itself, and nothing of a hospital's.
    assert signed_in("ansm_assessor").get(NEW).status_code == 302
    assert signed_in("ansm_assessor").get(START).status_code == 403


def test_the_search_forgives_mistakes_and_leads_to_the_indication(signed_in):
    of = indication("QALSODY")
    text = signed_in("prescriber").get(NEW, {"q": "tofersène"}).content.decode()
    assert "QALSODY" in text
    assert f"{START}?indication={of.pk}" in text
    assert f"{START}?medicine={of.medicine_id}" in text


def test_htmx_gets_only_the_results(signed_in):
    answer = signed_in("prescriber").get(NEW, {"q": "tofersen"}, headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert "QALSODY" in text
    assert "<html" not in text
    assert answer["Vary"].find("HX-Request") >= 0


def test_an_ordinary_medicine_is_said_not_to_be_the_route(signed_in, doliprane):
    client = signed_in("prescriber")
    text = client.get(NEW, {"q": "doliprane"}).content.decode()
    assert "Not the route." in text
    assert f"?medicine={doliprane.pk}" not in text
    answer = client.post(START, {"medicine": doliprane.pk, "kind": "initial"})
    assert answer.status_code == 422
    assert Dossier.objects.count() == 0


def test_an_indication_covered_by_an_early_access_says_so(signed_in):
    of = indication("QALSODY")
    Indication.objects.filter(pk=of.pk).update(aap_since="2024-01-01")
    text = signed_in("prescriber").get(NEW, {"q": "tofersen"}).content.decode()
    assert "ask for access under the AAP" in text
    assert f"{START}?indication={of.pk}" not in text


def test_nothing_found_offers_to_describe_the_medicine(signed_in):
    text = signed_in("prescriber").get(NEW, {"q": "zzzqqq & co"}).content.decode()
    assert "Nothing found" in text
    assert f"{START}?name=zzzqqq%20%26%20co" in text


def test_beginning_fills_in_the_product_and_the_prescriber(signed_in):
    of = indication("QALSODY")
    answer = signed_in("prescriber").post(START, {"indication": of.pk, "kind": "initial", "key": uuid.uuid4().hex})
    dossier = Dossier.objects.get()
    assert answer.url == reverse("dossiers:edit_start", args=[dossier.reference])
    assert (dossier.kind, dossier.indication_id, dossier.state) == ("initial", of.pk, "draft")
    saved = {section.section: section.data for section in dossier.sections.all()}
    assert saved["medicine"]["medicine"] == of.medicine_id
    assert saved["prescriber"]["speciality"] == "Neurologie"
    assert saved["prescriber"]["quality"] == "Praticienne hospitalière"


def test_an_intern_does_not_put_their_own_position_in_the_prescribers_place(signed_in):
    signed_in("intern").post(START, {"indication": indication("QALSODY").pk, "kind": "initial"})
    assert "quality" not in Dossier.objects.get().sections.get(section="prescriber").data


def test_a_medicine_outside_the_list_begins_with_its_name(signed_in):
    signed_in("prescriber").post(START, {"name": "AB-123", "kind": "initial"})
    assert Dossier.objects.get().product_label == "AB-123"


def test_a_second_draft_for_the_same_product_is_warned_of_first(signed_in):
    old = story().draft().reference
    of = indication("QALSODY")
    client = signed_in("prescriber")
    assert old in client.get(START, {"indication": of.pk}).content.decode()
    warned = client.post(START, {"indication": of.pk, "kind": "initial"})
    assert warned.status_code == 409
    assert reverse("dossiers:edit_start", args=[old]) in warned.content.decode()
    assert Dossier.objects.count() == 1
    client.post(START, {"indication": of.pk, "kind": "initial", "anyway": "1"})
    assert Dossier.objects.count() == 2


def test_another_hospitals_draft_is_not_shown(signed_in):
    story().draft()
    answer = signed_in("prescriber2").post(START, {"indication": indication("QALSODY").pk, "kind": "initial"})
    assert answer.status_code == 302


def test_pressing_begin_twice_begins_once(signed_in):
    client = signed_in("prescriber")
    posted = {"indication": indication("QALSODY").pk, "kind": "initial", "anyway": "1", "key": "once"}
    first, second = client.post(START, posted), client.post(START, posted)
    assert first.url == second.url
    assert Dossier.objects.count() == 1


def test_very_early_is_offered_only_where_the_referential_accepts_it(signed_in):
    client = signed_in("prescriber")
    refused = client.post(START, {"indication": indication("QALSODY").pk, "kind": "very_early"})
    assert refused.status_code == 422
    of = indication("AMX0035")
    assert of.accepts_very_early
    client.post(START, {"indication": of.pk, "kind": "very_early"})
    assert Dossier.objects.get().kind == "very_early"


@pytest.mark.parametrize("typed", ["abc", "0", "-1", "9" * 30, "１", "\x00"])
def test_what_does_not_exist_is_simply_not_chosen(signed_in, typed):
    assert signed_in("prescriber").get(START, {"indication": typed, "medicine": typed}).status_code == 200


def test_the_medicine_of_a_draft_can_be_changed_and_the_rest_of_the_section_stays(signed_in):
    told = story().draft()
    client = signed_in("prescriber")
    url = reverse("dossiers:medicine", args=[told.reference])
    other = indication("AMX0035")
    assert "AMX0035" in client.get(url, {"q": "amx0035"}).content.decode()
    assert "AMX0035" in client.get(url, {"indication": other.pk}).content.decode()
    before = told.dossier.sections.get(section="medicine").data
    client.post(url, {"indication": other.pk})
    after = told.dossier.sections.get(section="medicine").data
    assert after["indication"] == other.pk
    assert after["medicine"] == other.medicine_id
    assert after["posology"] == before["posology"]
    assert told.dossier.indication_id == other.pk
