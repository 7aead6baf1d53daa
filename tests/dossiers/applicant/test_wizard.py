"""The questions of qualification: a page each, nothing written before the result is kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dossiers.demo.story import demo_actor
from dossiers.forms.qualification import EXAMPLE, filled_in, kept_of, product_kind
from dossiers.forms.registry import form_set
from dossiers.models import Dossier
from dossiers.queries.answers import form_context, raw_answers
from dossiers.services import drafts
from tests.dossiers.screens import cost, text_of
from tests.dossiers.world import MONDAY
from workflows.qualification import TABLE, VERSION, walk

pytestmark = pytest.mark.django_db

WIZARD = "/qualification/"


def draft(client: Client, path: str = EXAMPLE) -> Dossier:
    answer = client.post(WIZARD, {"path": path, "key": "k"})
    assert answer.status_code == 302
    return Dossier.objects.latest("pk")


# ------------------------------------------------------------------------------------------------ asking


def test_one_question_a_page_until_the_outcome(signed_in: Any) -> None:
    client = signed_in("applicant")
    page = client.get(WIZARD)
    assert "What is it?" in text_of(page)
    assert "Question 1, of 11 at most" in text_of(page)
    address = WIZARD
    for step in EXAMPLE.split("~"):
        asked, _colon, given = step.partition(":")
        form = client.get(address)
        assert form.context["found"].question.code == asked
        sent = {"answer": given, "next": "1", **({"path": form.context["path"]} if form.context["path"] else {})}
        answer = client.get(WIZARD, sent)
        assert answer.status_code == 302
        address = answer.url
    page = client.get(address)
    assert page.context["path"] == EXAMPLE
    said = text_of(page)
    assert "Medical device of class IIa" in said
    assert "MDR, annex VIII, rule 11" in said
    assert "decide nothing" in said
    assert Dossier.objects.count() == 0


def test_back_change_and_start_again_are_addresses(signed_in: Any) -> None:
    client = signed_in("applicant")
    page = client.get(WIZARD, {"path": "nature:software~sw_drives:no"})
    assert client.get(page.context["back_url"]).context["found"].question.code == "sw_drives"
    assert [one.answer for one in page.context["given"]] == [
        "Software alone, or an application",
        "No: it stands by itself",
    ]
    assert client.get(page.context["given"][0].url).context["found"].question.code == "nature"
    assert page.context["start_url"] == WIZARD
    assert "Back" not in text_of(client.get(WIZARD)).split("Continue")[1].split("Texts")[0]


def test_continuing_without_an_answer_says_so(signed_in: Any) -> None:
    client = signed_in("applicant")
    for sent in ({"next": "1"}, {"answer": "nothing"}, {"answer": "\x00"}):
        page = client.get(WIZARD, sent)
        assert page.status_code == 422
        assert "Choose one of the answers." in text_of(page)


@pytest.mark.parametrize(
    "path", ["nature:article~purpose:gone", "x", "\x00", "é" * 3_000, "~".join(["nature:article"] * 40)]
)
def test_an_address_that_is_no_longer_right_is_followed_as_far_as_it_goes(signed_in: Any, path: str) -> None:
    page = signed_in("applicant").get(WIZARD, {"path": path})
    assert page.status_code == 200
    assert "Some answers are no longer known" in text_of(page)


def test_every_page_of_the_table_is_drawn(signed_in: Any) -> None:
    client = signed_in("contributor")
    shown = {found.outcome.code: found for found in TABLE.every_path() if found.outcome}
    assert set(shown) == set(TABLE.outcomes)
    for found in shown.values():
        said = text_of(client.get(WIZARD, {"path": found.path}))
        assert str(found.outcome.label) in said
        assert ("What to bring to ANSM" in said) is not found.outcome.settled
        assert "Begin a request with this result" in said


def test_the_page_costs_the_same_at_any_question(signed_in: Any) -> None:
    client = signed_in("applicant")
    client.get(WIZARD)
    assert cost(client, WIZARD) == cost(client, f"{WIZARD}?path={EXAMPLE}")


def test_who_asks_nothing_of_ansm_may_read_it_all_the_same(signed_in: Any) -> None:
    client = signed_in("ansm_assessor")
    page = client.get(WIZARD, {"path": EXAMPLE})
    assert "Begin a request" not in text_of(page)
    assert client.post(WIZARD, {"path": EXAMPLE}).status_code == 403


def test_it_is_found_from_the_home_page_and_the_new_request(signed_in: Any) -> None:
    client = signed_in("applicant")
    for page in (reverse("dossiers:home"), reverse("dossiers:new"), reverse("dossiers:start_of", args=["advice"])):
        assert f'href="{WIZARD}"' in client.get(page).content.decode(), page


# ---------------------------------------------------------------------------------------------- keeping it


def test_a_request_begins_with_the_result_once(signed_in: Any) -> None:
    client = signed_in("applicant")
    dossier = draft(client)
    draft(client)
    assert Dossier.objects.count() == 1
    assert (dossier.procedure, dossier.kind) == ("advice", "device_qualification")
    kept = raw_answers(dossier)
    assert kept["triage"] == {"product_kind": "device"}
    assert kept["qualification"] == {
        "claim": "device",
        "device_class": "IIa",
        "rule": "MDR, annex VIII, rule 11",
        "outcome": "mdr_iia_11",
        "path": EXAMPLE,
        "version": VERSION,
    }


def test_nothing_begins_before_the_outcome(signed_in: Any) -> None:
    client = signed_in("applicant")
    answer = client.post(WIZARD, {"path": "nature:software", "key": "k"})
    assert answer.url == f"{WIZARD}?path=nature%3Asoftware"
    assert Dossier.objects.count() == 0


def test_the_result_is_read_in_words_on_its_section(signed_in: Any) -> None:
    client = signed_in("applicant")
    dossier = draft(client)
    page = client.get(reverse("dossiers:edit", args=[dossier.reference, "qualification"]))
    assert "Medical device of class IIa" in text_of(page)
    assert f"/dossiers/{dossier.reference}/qualification/?path=" in page.content.decode()
    review = text_of(client.get(reverse("dossiers:review", args=[dossier.reference])))
    assert "Does it only drive a device, or influence how that device is used? No: it stands by itself" in review
    assert "nature:software" not in review


def test_saving_the_section_keeps_the_result(signed_in: Any) -> None:
    client = signed_in("applicant")
    dossier = draft(client)
    address = reverse("dossiers:edit", args=[dossier.reference, "qualification"])
    page = client.get(address)
    hidden = {name: page.context["form"][name].value() for name in ("outcome", "path", "version")}
    assert hidden["path"] == EXAMPLE
    typed = {"claim": "device", "device_class": "IIa", "reasons": "Finalité médicale.", **hidden}
    assert client.post(address, {**typed, "base_version": page.context["base_version"]}).status_code == 302
    kept = raw_answers(dossier)["qualification"]
    assert kept["path"] == EXAMPLE
    assert form_set("advice").section("qualification", form_context(dossier, MONDAY.date())) is not None


def test_a_draft_keeps_another_result_and_what_its_writer_typed(signed_in: Any) -> None:
    client = signed_in("applicant")
    dossier = draft(client)
    drafts.save_section(
        reference=dossier.reference,
        section="qualification",
        data={"claim": "neither", "reasons": "Pas de finalité médicale."},
        actor=demo_actor("applicant"),
    )
    address = reverse("dossiers:wizard_of", args=[dossier.reference])
    page = client.get(address, {"path": "nature:software~sw_drives:yes"})
    assert "Keep it in this draft" in text_of(page)
    answer = client.post(address, {"path": page.context["path"]})
    assert answer.url == reverse("dossiers:edit", args=[dossier.reference, "qualification"])
    kept = raw_answers(dossier)["qualification"]
    assert (kept["claim"], kept["reasons"]) == ("neither", "Pas de finalité médicale.")
    assert (kept["outcome"], kept["path"]) == ("sw_with_device", "nature:software~sw_drives:yes")


def test_only_who_writes_such_a_draft_has_its_questions(signed_in: Any) -> None:
    dossier = draft(signed_in("applicant"))
    address = reverse("dossiers:wizard_of", args=[dossier.reference])
    assert signed_in("contributor").get(address).status_code == 200
    assert signed_in("applicant2").get(address).status_code == 404
    assert signed_in("ansm_assessor").get(address).status_code == 404
    other = drafts.create_draft(
        procedure="advice", kind="regulatory_guidance", actor=demo_actor("applicant"), answers={}, key="o"
    )
    address = reverse("dossiers:wizard_of", args=[other.reference])
    assert signed_in("applicant").get(address).status_code == 403


# -------------------------------------------------------------------------------------------- what is kept


def test_an_outcome_that_its_answers_do_not_lead_to_is_refused(signed_in: Any, in_english: None) -> None:
    dossier = draft(signed_in("applicant"))
    context = form_context(dossier, MONDAY.date())
    form = form_set("advice").section("qualification", context)
    assert form is not None
    typed = {"claim": "device", "reasons": "Oui.", "path": EXAMPLE, "version": VERSION}
    assert form({**typed, "outcome": "mdr_iia_11"}, context=context).is_valid()
    wrong = form({**typed, "outcome": "mdr_i_1"}, context=context)
    assert "not what these answers lead to" in str(wrong.errors["path"])
    assert form({"claim": "device", "reasons": "Oui."}, context=context).is_valid()


@pytest.mark.parametrize("found", [*TABLE.every_path()][::7], ids=lambda found: found.outcome.code)
def test_each_result_fills_the_section_in(found: Any) -> None:
    from dossiers.forms.advice.need import PRODUCTS
    from dossiers.forms.advice.product import CLAIMS, UNKNOWN
    from workflows.advice_guards import CLASSES

    said = filled_in(found, {})
    assert said["claim"] in {code for code, _label in CLAIMS} | {UNKNOWN}
    assert said["device_class"] in {code for code, _label in CLASSES} | {UNKNOWN}
    if found.outcome.code.startswith(("mdr_i", "ivdr_")) and found.outcome.code != "mdr_viii":
        assert said["device_class"] != UNKNOWN
    assert product_kind(found) in dict(PRODUCTS)


def test_what_another_version_kept_is_said_to_be_so() -> None:
    assert kept_of({}) is None
    kept = kept_of({"outcome": "mdr_i_1", "path": "nature:gone", "version": VERSION + 1})
    assert kept is not None
    assert kept["older"]
    assert kept["lines"] == []
    now = kept_of({"outcome": "mdr_iia_11", "path": EXAMPLE, "version": str(VERSION)})
    assert now is not None
    assert not now["older"]
    assert len(now["lines"]) == len(walk(EXAMPLE).steps)
