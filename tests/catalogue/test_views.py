import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from catalogue.models import CriteriaVersion, Indication, Medicine
from tests.catalogue.helpers import a_medicine, a_version, an_indication
from tests.snapshot import load_world
from workflows import roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo():
    load_world()


@pytest.fixture
def sign_in(client, demo):
    def _as(login, language="en"):
        client.force_login(Person.objects.get(email=f"{login}@demo.example"))
        client.cookies["django_language"] = language
        return client

    return _as


def page_of(answer):
    return BeautifulSoup(answer.content, "html.parser")


def words(answer):
    return " ".join(page_of(answer).get_text(" ").split())


def indication(name):
    return Indication.objects.get(medicine__name=name)


def posted(page):
    """What the browser would send of the page's own form, as it is filled."""
    data = {}
    for control in page.select("main form [name]"):
        name, kind = control["name"], control.get("type")
        if (
            name == "csrfmiddlewaretoken"
            or control.name == "button"
            or (kind == "checkbox" and not control.has_attr("checked"))
        ):
            continue
        if control.name == "select":
            chosen = control.select_one("option[selected]") or control.select_one("option")
            data[name] = chosen["value"]
        elif control.name == "textarea":
            data[name] = control.text.removeprefix("\r\n").removeprefix("\n")
        else:
            data[name] = control.get("value", "on" if kind == "checkbox" else "")
    return data


@pytest.mark.parametrize("name", ["catalogue:medicines", "catalogue:medicine", "catalogue:publish_criteria"])
def test_closed_to_people_who_are_not_signed_in(client, demo, name):
    args = [] if name == "catalogue:medicines" else [1]
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 302
    assert "login" in answer["Location"]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    "typed", ["", "trogarzzo", "egaten", "trikafta", "zzzzqqqq", "%\x00'\"<script>", "3400899990013"]
)
def test_search_page_in_both_languages(sign_in, typed, language):
    answer = sign_in("prescriber", language).get(reverse("catalogue:medicines"), {"q": typed})
    assert answer.status_code == 200
    assert "<script>" not in str(page_of(answer).select_one("main"))
    kept = page_of(answer).select_one("main input[name=q]")["value"]
    assert kept == typed.replace("\x00", "")


def test_htmx_gets_the_results_only(sign_in):
    client = sign_in("prescriber")
    address = reverse("catalogue:medicines")
    piece = client.get(address, {"q": "trogarzzo"}, headers={"HX-Request": "true"})
    whole = client.get(address, {"q": "trogarzzo"})
    assert b"<html" not in piece.content
    assert b"{" not in piece.content
    assert "TROGARZO" in words(piece)
    assert piece.content.strip() in whole.content
    assert "HX-Request" in piece["Vary"]


def test_search_says_when_an_aac_is_not_the_route(sign_in):
    said = words(sign_in("prescriber").get(reverse("catalogue:medicines"), {"q": "egaten"}))
    assert "a compassionate access (AAC) is not the route" in said
    assert "compassionate prescription frameworks (CPC)" in said


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_medicine_page_renders(sign_in, language):
    client = sign_in("prescriber", language)
    for medicine in Medicine.objects.order_by("id"):
        assert client.get(medicine.get_absolute_url()).status_code == 200


def test_medicine_page_shows_versions_their_differences_and_what_is_invented(sign_in):
    answer = sign_in("prescriber").get(indication("TROGARZO").medicine.get_absolute_url())
    said, page = words(answer), page_of(answer)
    assert said.count("Criteria invented for the demonstration") == 2
    assert page.select("ins")
    assert "at least 200 copies/ml" in said
    assert "Added:" in said
    assert "from 1 June 2023 to 31 December 2025" in said
    assert "Age: at least 18 years" in said
    [restricted] = [dd for dd in page.select("dd") if "usage hospitalier" in dd.text]
    assert "invented" in restricted.text
    assert "Publish a new version" not in said


def test_real_criteria_carry_their_source_and_no_mark(sign_in):
    said = words(sign_in("prescriber").get(indication("AMX0035").medicine.get_absolute_url()))
    assert "Criteria invented" not in said
    assert "Source of these criteria" in said
    assert "accepted: less than 12 months or more than 36 months" in said
    assert "These criteria were to be reviewed on 31 January 2024." in said


def test_medicine_without_a_protocol_says_so(sign_in):
    said = words(sign_in("prescriber").get(indication("ZEPZELCA").medicine.get_absolute_url()))
    assert "No protocol for use and follow-up (PUT-SP) is published" in said


def test_unknown_medicine_is_not_found(sign_in):
    client = sign_in("prescriber")
    assert client.get("/catalogue/medicines/999999999/").status_code == 404
    assert client.get("/catalogue/medicines/99999999999999999999999/").status_code == 404


def test_medicine_page_costs_the_same_with_one_and_many_versions(sign_in):
    client = sign_in("prescriber")

    def cost(medicine):
        with CaptureQueriesContext(connection) as queries:
            client.get(medicine.get_absolute_url())
        return len(queries)

    small = an_indication(medicine=a_medicine())
    a_version(small)
    large = a_medicine()
    for number in range(5):
        each = an_indication(medicine=large, label=f"Indication {number}")
        a_version(each, ends_on=dt.date(2025, 6, 1))
        a_version(each, number=2, starts_on=dt.date(2025, 6, 2))
    assert cost(small.medicine) == cost(large)


@pytest.mark.parametrize("role", sorted(roles.ALL - {roles.ANSM_ASSESSOR, roles.ANSM_SIGNATORY}))
def test_publishing_is_for_ansm(sign_in, role):
    address = reverse("catalogue:publish_criteria", args=[indication("TROGARZO").pk])
    client = sign_in(role)
    assert client.get(address).status_code == 403
    assert client.post(address, {}).status_code == 403


@pytest.mark.parametrize("role", [roles.ANSM_ASSESSOR, roles.ANSM_SIGNATORY])
def test_publishing_from_a_copy_of_the_last_version(sign_in, role):
    target = indication("AMX0035")
    address = reverse("catalogue:publish_criteria", args=[target.pk])
    client = sign_in(role)
    data = posted(page_of(client.get(address)))
    assert data["criteria-0-accepted"] == "< 12 ou > 36"
    data["criteria-0-accepted"] = "< 6"
    data["criteria-2-text"] = "Score ECOG évalué"
    data["criteria-2-kind"] = "choice"
    data["criteria-2-choices"] = "* 0\n* 1\n2"
    answer = client.post(address, data)
    assert answer.status_code == 302
    assert answer["Location"] == target.medicine.get_absolute_url()
    old, new = target.criteria_versions.order_by("number")
    assert new.starts_on == timezone.localdate()
    assert old.ends_on == new.starts_on - dt.timedelta(days=1)
    assert new.invented is False
    first, second, third = new.criteria.all()
    assert (first.key, first.accepted) == ("premiers-symptomes", [{"below": 6}])
    assert second.key == "hors-essai"
    assert (third.key, third.kind, third.accepted) == ("score-ecog-evalue", "choice", ["0", "1"])
    assert "Version 2 of the criteria is published" in words(client.get(answer["Location"]))
    # Going back and sending the form again publishes nothing more, and says why.
    again = client.post(address, data)
    assert again.status_code == 422
    assert target.criteria_versions.count() == 2


def test_a_removed_criterion_is_gone(sign_in):
    target = indication("AMX0035")
    address = reverse("catalogue:publish_criteria", args=[target.pk])
    client = sign_in("ansm_assessor")
    data = posted(page_of(client.get(address)))
    data["criteria-1-DELETE"] = "on"
    assert client.post(address, data).status_code == 302
    assert [each.key for each in target.criteria_versions.first().criteria.all()] == ["premiers-symptomes"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_mistakes_keep_everything_that_was_typed(sign_in, language):
    target = indication("AMX0035")
    address = reverse("catalogue:publish_criteria", args=[target.pk])
    client = sign_in("ansm_assessor", language)
    data = posted(page_of(client.get(address))) | {
        "starts_on": "2020-01-01",
        "review_on": "not a day",
        "min_age_months": "-3",
        "criteria-0-accepted": "entre 6 et 12",
        "criteria-2-text": "Un texte long <b>à ne pas perdre</b>",
        "criteria-2-kind": "choice",
        "criteria-2-choices": "une seule réponse",
    }
    answer = client.post(address, data)
    assert answer.status_code == 422
    page = page_of(answer)
    kept = posted(page)
    assert {name: kept.get(name) for name in data} == data
    assert page.select_one("[data-error-summary]")
    # Once the form is well formed, what only the service can judge comes back on its field.
    data |= {"review_on": "", "min_age_months": "", "criteria-0-accepted": "< 6"}
    answer = client.post(address, data)
    assert answer.status_code == 422
    page = page_of(answer)
    kept = posted(page)
    assert {name: kept.get(name) for name in data} == data
    assert "id_starts_on_error" in str(page)
    assert "id_criteria-2-choices_error" in str(page)
    assert CriteriaVersion.objects.filter(indication=target).count() == 1


def test_more_rows_keep_what_was_typed_and_write_nothing(sign_in):
    target = indication("AMX0035")
    address = reverse("catalogue:publish_criteria", args=[target.pk])
    client = sign_in("ansm_assessor")
    data = posted(page_of(client.get(address))) | {
        "starts_on": "wrong",
        "criteria-2-text": "Gardé",
        "criteria-1-DELETE": "on",
        "criteria-0-needs_rcp": "on",
        "more_rows": "1",
    }
    answer = client.post(address, data)
    assert answer.status_code == 200
    kept = posted(page_of(answer))
    assert kept["criteria-TOTAL_FORMS"] == "5"
    for name in ("starts_on", "criteria-2-text", "criteria-1-DELETE", "criteria-0-needs_rcp", "criteria-0-text"):
        assert kept[name] == data[name]
    assert target.criteria_versions.count() == 1


@pytest.mark.parametrize("broken", [{}, {"criteria-TOTAL_FORMS": "x"}, {"criteria-TOTAL_FORMS": "100000"}])
def test_a_broken_form_is_refused_calmly(sign_in, broken):
    address = reverse("catalogue:publish_criteria", args=[indication("AMX0035").pk])
    client = sign_in("ansm_assessor")
    assert client.post(address, broken).status_code == 422
    assert client.post(address, {**broken, "more_rows": "1"}).status_code == 200


def test_first_version_of_a_new_indication(sign_in):
    target = an_indication(label="Nouvelle")
    address = reverse("catalogue:publish_criteria", args=[target.pk])
    client = sign_in("ansm_signatory")
    data = posted(page_of(client.get(address)))
    empty = client.post(address, data)
    assert empty.status_code == 422
    assert "Write at least one criterion." in words(empty)
    data["criteria-0-text"] = "Diagnostic confirmé"
    assert client.post(address, data).status_code == 302
    version = target.criteria_versions.get()
    assert (version.number, version.published_by_id) == (1, Person.objects.get(email="ansm_signatory@demo.example").pk)
