"""The screens by which ANSM records and changes entries: open to ANSM, forgiving, and nothing typed is lost."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from accounts.models import Person
from catalogue.models import Indication, Medicine, ReferentialChange, Source
from tests.catalogue.helpers import a_medicine
from tests.snapshot import load_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(client, db):
    load_world()

    def _as(login, language="en"):
        client.force_login(Person.objects.get(email=f"{login}@demo.example"))
        client.cookies["django_language"] = language
        return client

    return _as


def entry(name="ZEPZELCA"):
    return Indication.objects.select_related("medicine").get(medicine__name=name)


def page_of(answer):
    return BeautifulSoup(answer.content, "html.parser")


def words(answer):
    return " ".join(page_of(answer).get_text(" ").split())


def posted(answer):
    """What the browser would send of the page's own form, as it is filled."""
    data = {}
    for control in page_of(answer).select("main form [name]"):
        name, kind = control["name"], control.get("type")
        if name == "csrfmiddlewaretoken" or (kind == "checkbox" and not control.has_attr("checked")):
            continue
        value = control.text.removeprefix("\n") if control.name == "textarea" else control.get("value", "")
        data[name] = value
    return data


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_medicine_searched_in_vain_is_recorded(sign_in, language):
    client = sign_in("ansm_triage", language)
    found = page_of(client.get(reverse("catalogue:medicines"), {"q": "nusilexin"}))
    link = found.select_one(f"main a[href^='{reverse('catalogue:new_entry')}']")["href"]
    form = client.get(link)
    data = posted(form) | {"label": "Ataxie", "form": "gélule", "cim10": "?", "holder": "Société <b>"}
    assert data["name"] == "nusilexin"
    refused = client.post(link, data)
    assert refused.status_code == 422
    assert posted(refused) == data
    assert "id_cim10_error" in str(page_of(refused))
    answer = client.post(link, data | {"cim10": "G11.2"})
    medicine = Medicine.objects.get(name="nusilexin")
    assert answer["Location"] == medicine.get_absolute_url()
    assert medicine.indications.get().cim10 == "G11.2"
    # A double click finds its own record and says so.
    assert client.post(link, data | {"cim10": "G11.2"}).status_code == 422
    assert Medicine.objects.filter(name="nusilexin").count() == 1


def test_a_near_duplicate_is_shown_before_anything_is_recorded(sign_in):
    client = sign_in("ansm_assessor")
    address = reverse("catalogue:new_entry")
    data = posted(client.get(address)) | {"name": "Trogarzzo", "label": "VIH"}
    answer = client.post(address, data)
    assert answer.status_code == 409
    assert posted(answer) == data
    known = entry("TROGARZO").medicine
    shown = page_of(answer)
    assert shown.select_one(f"main a[href='{address}?medicine={known.pk}']")
    assert "Is it one of these?" in words(answer)
    assert not Medicine.objects.filter(name="Trogarzzo").exists()
    assert client.post(address, data | {"none_of_these": "on"}).status_code == 302


def test_an_indication_is_added_to_a_medicine(sign_in):
    client = sign_in("ansm_signatory")
    medicine = entry("QALSODY").medicine
    address = f"{reverse('catalogue:new_entry')}?medicine={medicine.pk}"
    data = posted(client.get(address))
    assert "name" not in data
    empty = client.post(address, data)
    assert empty.status_code == 422
    assert client.post(address, data | {"label": "Autre maladie"}).status_code == 302
    assert medicine.indications.count() == 2
    for wrong in ("x", "0", "9" * 30):
        assert client.get(reverse("catalogue:new_entry"), {"medicine": wrong}).status_code == 404


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_put_is_recorded_and_staff_read_who_did_it(sign_in, language):
    client = sign_in("ansm_assessor", language)
    target = entry()
    address = reverse("catalogue:record_put", args=[target.pk])
    data = posted(client.get(address)) | {"put_reference": "PUT v1", "put_published_on": "2026-01-02"}
    refused = client.post(address, data)
    assert refused.status_code == 422
    assert posted(refused) == data
    assert "id_put_url_error" in str(page_of(refused))
    answer = client.post(address, data | {"put_url": "https://ansm.sante.fr/put"})
    assert answer["Location"] == target.medicine.get_absolute_url()
    author = Person.objects.get(email="ansm_assessor@demo.example").full_name
    seen = client.get(answer["Location"])
    assert author in words(seen)
    assert page_of(seen).select_one("section[aria-labelledby=history-title] ins")
    assert author not in words(sign_in("prescriber", language).get(answer["Location"]))
    assert author in words(sign_in("auditor", language).get(answer["Location"]))


def test_a_stale_form_shows_who_changed_the_entry_and_keeps_what_was_typed(sign_in):
    client = sign_in("ansm_assessor")
    target = entry("QALSODY")
    address = reverse("catalogue:edit_entry", args=[target.pk])
    mine = posted(client.get(address)) | {"max_days": "90"}
    other = sign_in("ansm_signatory")
    assert other.post(address, posted(other.get(address)) | {"max_days": "180"}).status_code == 302
    client = sign_in("ansm_assessor")
    answer = client.post(address, mine)
    assert answer.status_code == 412
    assert "changed it on" in words(answer)
    kept = posted(answer)
    assert kept["max_days"] == "90"
    target.refresh_from_db()
    assert target.max_days == 180
    assert client.post(address, kept).status_code == 302
    target.refresh_from_db()
    assert target.max_days == 90


def test_automatic_grants_are_refused_on_their_field(sign_in):
    client = sign_in("ansm_signatory")
    target = entry()
    address = reverse("catalogue:edit_entry", args=[target.pk])
    data = posted(client.get(address)) | {"automatic_grant": "on", "closed_on": "not a day"}
    assert posted(client.post(address, data))["closed_on"] == "not a day"
    answer = client.post(address, data | {"closed_on": ""})
    assert answer.status_code == 422
    assert "id_automatic_grant_error" in str(page_of(answer))
    assert sign_in("ansm_triage").get(address).status_code == 403


def test_a_medicine_is_put_right_but_not_what_the_public_file_says(sign_in):
    client = sign_in("ansm_triage")
    medicine = entry("TELISO-V").medicine
    address = reverse("catalogue:edit_medicine", args=[medicine.pk])
    data = posted(client.get(address))
    classes = ["Médicament réservé à l'usage hospitalier", "Médicament à prescription hospitalière"]
    answer = client.post(address, data | {"strength": "20 mg", "restricted_class": classes})
    assert answer.status_code == 302
    medicine.refresh_from_db()
    assert (medicine.strength, medicine.restricted_class) == ("20 mg", " ; ".join(classes))
    checked = page_of(client.get(address)).select("input[name=restricted_class][checked]")
    assert [one["value"] for one in checked] == classes
    nameless = client.post(address, data | {"name": " "})
    assert nameless.status_code == 422
    public = a_medicine(name="DOLIPRANE", source=Source.BDPM)
    assert "strength" not in posted(client.get(reverse("catalogue:edit_medicine", args=[public.pk])))


def test_the_ucd_code_is_allocated_and_kept_when_wrong(sign_in):
    client = sign_in("ansm_assessor")
    medicine = entry().medicine
    address = reverse("catalogue:allocate_ucd", args=[medicine.pk])
    wrong = client.post(address, {"ucd13": "3400893213323"})
    assert wrong.status_code == 422
    assert posted(wrong)["ucd13"] == "3400893213323"
    assert client.post(address, {"ucd13": "3400893213322"}).status_code == 302
    assert "3400893213322" in words(client.get(medicine.get_absolute_url()))
    assert sign_in("ansm_triage").get(address).status_code == 403


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)"]
)
def test_the_way_back_stays_on_this_site(sign_in, back):
    client = sign_in("ansm_assessor")
    medicine = entry().medicine
    address = reverse("catalogue:allocate_ucd", args=[medicine.pk])
    answer = client.post(f"{address}?back={back}", {"ucd13": "3400893213322"})
    assert answer["Location"] == medicine.get_absolute_url()
    assert back not in client.get(address, {"back": back}).content.decode()
    assert ReferentialChange.objects.count() == 1


@pytest.mark.parametrize("role", ["prescriber", "pharmacist", "applicant", "ansm_vigilance", "has_officer", "auditor"])
def test_nobody_else_sees_the_buttons(sign_in, role):
    client = sign_in(role)
    page = page_of(client.get(entry().medicine.get_absolute_url()))
    searched = page_of(client.get(reverse("catalogue:medicines"), {"q": "rien"}))
    assert not page.select("main .fr-btns-group a")
    assert not searched.select("main a.fr-btn")
