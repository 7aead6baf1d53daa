"""A request for what is not in the referential: from free words to the grant, its letter and what it leaves to do."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from catalogue.models import Indication, Medicine, ReferentialChange
from catalogue.services.referential import EntryRefused, NewIndication, NewMedicine, record_put
from documents.letters.orders import make_pending
from documents.models import IssuedLetter
from dossiers.demo.story import Story, demo_actor
from dossiers.services.drafts import save_section
from dossiers.services.errors import Blocked, Forbidden, NotFound, Stale
from dossiers.services.log import differences
from dossiers.services.product import create_and_link, link_entry
from tests.documents.pdfs import text_of as words_of_pdf
from tests.dossiers.screens import browser, hidden, lately, text_of
from tests.dossiers.world import dossier_in, indication

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

FREE = {
    "medicine": "",
    "indication": "",
    "other_name": "Nusilexin",
    "other_inn": "nusilexine",
    "other_form": "gélule",
    "other_strength": "20 mg",
    "other_indication": "Ataxie spinocérébelleuse de type 3",
}
REASONS = "Maladie grave sans alternative."
FULL = {"track": "B", "urgent": "no"}


def free(**typed: Any) -> Story:
    """A request in free words, filed and taken up these last days."""
    told = lately(given={"medicine": {**FREE, **typed}, "request": FULL})
    return told.draft().sign().file().take_up()


def page(login: str, reference: str, tail: str = "", language: str = "en") -> Any:
    return browser(login, language).get(f"/dossiers/{reference}/{tail}")


def posted(response: Any) -> dict[str, str]:
    """What the browser would send of the page's main form, as it is filled."""
    form = BeautifulSoup(response.content, "html.parser").select("main form")[-1]
    data: dict[str, str] = {}
    for control in form.select("input, textarea, select"):
        if control.get("type") == "checkbox" and not control.has_attr("checked"):
            continue
        if control.name == "textarea":
            value = control.text.removeprefix("\r\n").removeprefix("\n")
        elif control.name == "select":
            value = str((control.select_one("option[selected]") or control.select_one("option"))["value"])
        else:
            value = str(control.get("value", "on" if control.get("type") == "checkbox" else ""))
        data[str(control["name"])] = value
    data.pop("csrfmiddlewaretoken", None)
    return data


# --------------------------------------------------------------------------------------------- the whole story


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_first_request_in_free_words_is_granted(language: str) -> None:
    told = free()
    client = browser("ansm_assessor", language)
    home = f"/dossiers/{told.reference}/"
    seen = client.get(home)
    assert b'id="referential"' in seen.content
    assert f"{home}product/new/" in seen.content.decode()
    with pytest.raises(Blocked) as refused:
        told.propose("grant", REASONS)
    assert [reason.code for reason in refused.value.reasons] == ["no_put"]

    data = posted(client.get(f"{home}product/new/"))
    assert (data["name"], data["inn"], data["form"], data["strength"]) == ("Nusilexin", "nusilexine", "gélule", "20 mg")
    assert data["label"] == FREE["other_indication"]
    data |= {"name": "NUSILEXIN", "orpha": "98757", "rare": "on"}
    data |= {"restricted_class": "Médicament à prescription hospitalière"}
    assert client.post(f"{home}product/new/", data).status_code == 302
    entry = Indication.objects.get(label=FREE["other_indication"])
    assert (told.dossier.indication, told.dossier.medicine) == (entry, entry.medicine)
    assert told.dossier.product_label == "NUSILEXIN 20 mg"
    assert "nusilexin" in told.dossier.search_text

    address = f"/catalogue/indications/{entry.pk}/put/?back={home}"
    assert address in client.get(home).content.decode()
    put = posted(client.get(address)) | {
        "put_reference": "PUT-SP NUSILEXIN v1",
        "put_url": "https://ansm.sante.fr/put/nusilexin",
        "put_published_on": timezone.localdate().isoformat(),
    }
    answer = client.post(address, put)
    assert (answer.status_code, answer["Location"]) == (302, home)

    told.propose("grant", REASONS).grant()
    title = told.title
    assert (title.medicine, title.indication) == (entry.medicine, entry)
    assert list(differences(told.dossier, title)) == []
    make_pending(limit=20, at=told.at)
    letter = IssuedLetter.objects.get(order__dossier=told.dossier, order__kind="aac_grant")
    printed = words_of_pdf(bytes(letter.pdf))
    for mention in (
        "NUSILEXIN",
        "nusilexine",
        "gélule",
        "20 mg",
        "Ataxie spinocérébelleuse de type 3",
        "PUT-SP NUSILEXIN v1",
        "https://ansm.sante.fr/put/nusilexin",
        "Médicament à prescription hospitalière",
    ):
        assert mention in printed, mention
    assert "Nusilexin" not in printed

    first_grant_is_finished(client, told, entry)


def first_grant_is_finished(client: Any, told: Story, entry: Indication) -> None:
    task = told.dossier.tasks.get()
    here = f"/dossiers/{told.reference}/tasks/{task.pk}/"
    assert here in client.get("/").content.decode()
    assert here in client.get(f"/dossiers/{told.reference}/").content.decode()
    assert client.get(here).content.decode().count("fr-badge--new") == 2
    criteria = f"/catalogue/indications/{entry.pk}/criteria/new/?back={here}"
    typed = posted(client.get(criteria)) | {"criteria-0-text": "Diagnostic génétique confirmé"}
    answer = client.post(criteria, typed)
    assert (answer.status_code, answer["Location"]) == (302, here)
    ucd = f"/catalogue/medicines/{entry.medicine_id}/ucd/?back={here}"
    wrong = client.post(ucd, {"ucd13": "3400893213323"})
    assert wrong.status_code == 422
    assert posted(wrong)["ucd13"] == "3400893213323"
    answer = client.post(ucd, {"ucd13": "34008 93213322"})
    assert (answer.status_code, answer["Location"]) == (302, here)
    assert client.get(here).content.decode().count("fr-badge--success") == 2
    assert client.post(f"{here}done/").status_code == 302
    task.refresh_from_db()
    assert task.done_at is not None
    assert here not in client.get("/").content.decode()


def test_a_medicine_of_the_list_in_a_new_indication() -> None:
    known = indication("ZEPZELCA").medicine
    told = free(medicine=known.pk, other_name="", other_inn="", other_form="", other_strength="")
    client = browser("ansm_triage")
    path = f"/dossiers/{told.reference}/product/"
    assert "This indication is not in the referential" in text_of(client.get(f"/dossiers/{told.reference}/"))
    listed = text_of(client.get(path))
    assert "Cancer bronchique à petites cellules" in listed
    assert "QALSODY" not in listed
    data = posted(client.get(f"{path}new/"))
    assert "name" not in data
    assert client.post(f"{path}new/", data).status_code == 302
    assert told.dossier.indication.medicine == known
    assert known.indications.count() == 2
    # An indication of another medicine would contradict the request.
    with pytest.raises(Blocked) as refused:
        link(told, indication("QALSODY").pk)
    assert [reason.code for reason in refused.value.reasons] == ["another_medicine"]


def test_an_entry_without_put_is_granted_once_it_is_recorded() -> None:
    told = lately(name="ZEPZELCA", given={"request": FULL}).draft().sign().file().take_up()
    shown = page("ansm_assessor", told.reference)
    assert "Record the PUT" in text_of(shown)
    assert "product/new/" not in shown.content.decode()
    with pytest.raises(Blocked):
        told.propose("grant", REASONS)
    record_put(
        indication=told.indication,
        reference="PUT-SP ZEPZELCA v1",
        url="",
        published_on=None,
        actor=told.actor("assessor"),
        at=told.at,
    )
    assert "Record the PUT" not in text_of(page("ansm_assessor", told.reference))
    told.propose("grant", REASONS).grant()


# ------------------------------------------------------------------------------------------------- the link


def link(told: Story, entry: int, login: str = "ansm_assessor", **options: Any) -> Any:
    return link_entry(reference=told.reference, indication=entry, actor=demo_actor(login), **options)


def test_the_link_is_in_the_history_of_everybody_and_moves_the_version() -> None:
    told = free(other_name="Qalsodi", other_inn="")
    before = told.dossier.version
    event = link(told, indication().pk)
    assert (event.machine, event.staff_only, told.dossier.version) == ("note", False, before + 1)
    for login in ("ansm_signatory", "prescriber"):
        shown = text_of(page(login, told.reference))
        assert "Linked to the referential" in shown
        assert "QALSODY" in shown
    assert told.dossier.submissions.get().answers["medicine"]["other_name"] == "Qalsodi"
    assert list(differences(told.dossier, None)) == []


def test_similar_entries_are_proposed_and_linked_at_one_click() -> None:
    told = free(other_name="Qalsodi 100 mg", other_inn="tofersène")
    client = browser("ansm_assessor")
    path = f"/dossiers/{told.reference}/product/"
    proposed = client.get(path)
    assert "They look like the request" in text_of(proposed)
    assert "TROGARZO" not in text_of(proposed)
    data = {"version": hidden(proposed, "version"), "indication": str(indication().pk)}
    # Somebody else acts meanwhile: nothing is linked over what was not seen.
    link(told, indication("TROGARZO").pk, login="ansm_signatory")
    assert client.post(path, data).status_code == 412
    assert told.dossier.indication == indication("TROGARZO")
    data["version"] = hidden(client.get(path), "version")
    assert client.post(path, data).status_code == 302
    assert told.dossier.indication == indication()
    assert client.post(path, {"indication": "999999999999999999999"}).status_code == 422
    assert client.post(path, {"indication": "x"}).status_code == 422


def test_the_search_of_entries_forgives_and_answers_a_piece() -> None:
    told = free()
    client = browser("ansm_assessor")
    path = f"/dossiers/{told.reference}/product/"
    assert "Nothing in the referential looks like it" in text_of(client.get(path))
    assert "TROGARZO" in text_of(client.get(path, {"q": "trogarzzo"}))
    piece = client.get(path, {"q": "ibalizumab"}, headers={"HX-Request": "true"})
    assert b"<html" not in piece.content
    assert b"TROGARZO" in piece.content
    assert "HX-Request" in piece["Vary"]
    assert "Nothing found" in text_of(client.get(path, {"q": "zzzz <b>"}))


def test_what_the_hospital_types_later_keeps_the_link_unless_it_chooses() -> None:
    told = free()
    link(told, indication("TROGARZO").pk)
    told.ask("Quelle est la clairance ?")

    def save(**medicine: Any) -> None:
        answers = {**told.answers["medicine"], **medicine}
        save_section(
            reference=told.reference, section="medicine", data=answers, actor=told.actor("prescriber"), at=told.at
        )

    save(posology="1 gélule le soir")
    assert told.dossier.indication == indication("TROGARZO")
    assert told.dossier.product_label == "TROGARZO 200 mg"
    save(medicine=indication("QALSODY").medicine_id)
    assert (told.dossier.indication, told.dossier.medicine) == (None, indication("QALSODY").medicine)
    save(medicine="")
    told.answer("80 mL/min.")
    assert told.dossier.indication == indication("TROGARZO")
    # What the answers choose by themselves, ANSM does not link.
    told.ask("Et le poids ?")
    save(medicine=indication().medicine_id, indication=indication().pk)
    assert told.dossier.indication == indication()
    with pytest.raises(Blocked) as refused:
        link(told, indication("TROGARZO").pk)
    assert [reason.code for reason in refused.value.reasons] == ["already_chosen"]


def test_an_entry_that_was_chosen_and_then_left_is_no_link() -> None:
    told = lately().draft()
    save_section(
        reference=told.reference,
        section="medicine",
        data={**told.answers["medicine"], **FREE},
        actor=told.actor("prescriber"),
        at=told.at,
    )
    assert (told.dossier.medicine, told.dossier.indication) == (None, None)


def test_a_renewal_keeps_the_link() -> None:
    told = free()
    link(told, indication().pk)
    told.propose("grant", REASONS, months=3).grant()
    renewal = told.renewal(told.at).draft()
    assert renewal.dossier.submissions.count() == 0
    assert renewal.dossier.indication == indication()


# ------------------------------------------------------------------------------------------------ who may not


@pytest.mark.parametrize(
    "login",
    ["prescriber", "intern", "pharmacist", "pharmacy_preparer", "ansm_vigilance", "auditor", "org_admin", "applicant"],
)
def test_only_ansm_examiners_link_and_record(login: str) -> None:
    told = free()
    reference, entry = told.reference, indication().pk
    client = browser(login)
    counts = Medicine.objects.count(), Indication.objects.count()
    for path in (f"/dossiers/{reference}/product/", f"/dossiers/{reference}/product/new/"):
        assert client.get(path).status_code in (403, 404)
        assert client.post(path, {"indication": entry, "name": "X", "label": "Y"}).status_code in (403, 404)
    for path in ("entries/new/", f"indications/{entry}/put/", f"indications/{entry}/edit/"):
        assert client.get(f"/catalogue/{path}").status_code == 403
        assert client.post(f"/catalogue/{path}", {"put_reference": "X", "label": "Y", "name": "Z"}).status_code == 403
    for path in ("edit", "ucd"):
        assert client.get(f"/catalogue/medicines/{indication().medicine_id}/{path}/").status_code == 403
    seen = client.get(f"/dossiers/{reference}/")
    assert seen.status_code in (200, 404)
    assert b'id="referential"' not in seen.content
    with pytest.raises((Forbidden, NotFound)):
        link(told, entry, login=login)
    with pytest.raises((Forbidden, NotFound)):
        create_and_link(
            reference=reference,
            medicine=NewMedicine(name="X"),
            indication=NewIndication(label="Y"),
            actor=demo_actor(login),
        )
    assert told.dossier.indication is None
    assert counts == (Medicine.objects.count(), Indication.objects.count())
    assert not ReferentialChange.objects.exists()


def test_the_recused_and_the_late_do_not_link() -> None:
    told = free()
    told.dossier.recusals.create(person_id=demo_actor("ansm_signatory").person_id, reason="Lien", at=told.at)
    with pytest.raises(Forbidden):
        link(told, indication().pk, login="ansm_signatory")
    with pytest.raises(Blocked):
        link(told, 999_999_999)
    with pytest.raises(Stale):
        link(told, indication().pk, version=told.dossier.version - 1)
    for state in ("at_pharmacy", "refused"):
        other = dossier_in(state)
        with pytest.raises((Forbidden, NotFound)):
            link(other, indication("QALSODY").pk)


# ---------------------------------------------------------------------------------------- nothing typed is lost


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_near_duplicate_is_shown_first_and_nothing_typed_is_lost(language: str) -> None:
    told = free(other_name="Nusilexin")
    client = browser("ansm_assessor", language)
    path = f"/dossiers/{told.reference}/product/new/"
    data = posted(client.get(path)) | {"name": "Trogarzzo", "holder": "Société <i>", "cim10": "G11.2"}
    answer = client.post(path, data)
    assert answer.status_code == 409
    assert {name: posted(answer).get(name) for name in data} == data
    assert f"{path}?medicine={indication('TROGARZO').medicine_id}" in answer.content.decode()
    assert told.dossier.indication is None
    assert client.post(path, data | {"none_of_these": "on"}).status_code == 302
    assert told.dossier.medicine.name == "Trogarzzo"


def test_mistakes_in_a_new_entry_come_back_on_their_fields() -> None:
    told = free()
    client = browser("ansm_assessor")
    path = f"/dossiers/{told.reference}/product/new/"
    data = posted(client.get(path)) | {"cim10": "pas un code", "orpha": "12345678", "label": "Une maladie"}
    answer = client.post(path, data)
    assert answer.status_code == 422
    assert {name: posted(answer).get(name) for name in data} == data
    for name in ("cim10", "orpha"):
        assert f"id_{name}_error" in answer.content.decode()
    stale = client.post(path, data | {"cim10": "", "orpha": "", "version": "1"})
    assert stale.status_code == 412
    assert posted(stale)["label"] == "Une maladie"
    assert not Indication.objects.filter(label="Une maladie").exists()


def test_creating_and_linking_stand_or_fall_together() -> None:
    told = free(medicine=indication("ZEPZELCA").medicine_id, other_name="", other_inn="")
    before = Medicine.objects.count()
    with pytest.raises(Blocked):
        create_and_link(
            reference=told.reference,
            medicine=NewMedicine(name="Tout autre chose", form="gélule", strength="1 g"),
            indication=NewIndication(label="Y"),
            actor=demo_actor("ansm_assessor"),
        )
    assert Medicine.objects.count() == before
    with pytest.raises(EntryRefused):
        create_and_link(
            reference=told.reference,
            medicine=indication("ZEPZELCA").medicine_id,
            indication=NewIndication(label=indication("ZEPZELCA").label),
            actor=demo_actor("ansm_assessor"),
        )
    assert told.dossier.indication is None
