"""What a company does with an early access: its board, a filing of several indications, and what follows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from documents.models import Attachment
from dossiers.demo.aap_answers import aap_answers
from dossiers.demo.aap_story import EarlyAccess
from dossiers.models import Dossier, Event, Filing
from dossiers.queries.answers import current_answers, raw_answers
from dossiers.services.drafts import save_answers
from dossiers.services.filings import MOST_INDICATIONS, begin_filing
from tests.dossiers.screens import cost, text_of
from tests.dossiers.world import MONDAY
from workflows.aap_guards import last_day_to_file
from workflows.dates import PARIS, civil_date

pytestmark = pytest.mark.django_db
START = {"name": "SOLVANTIA", "inn": "solvantimab", "pathway": "pre_ma"}
TWO = {"indications-0-simplified": "Cancer des voies biliaires", "indications-1-simplified": "Cancer du foie"}


@pytest.fixture
def told(world: None, time_machine: Any) -> EarlyAccess:
    story = EarlyAccess(at=MONDAY)
    time_machine.move_to(MONDAY + dt.timedelta(days=30))
    return story


def begin(client: Client, **given: str) -> list[Dossier]:
    answer = client.post(reverse("dossiers:start"), {**START, **TWO, "key": "k", **given})
    assert answer.status_code == 302
    return list(Dossier.objects.order_by("pk"))


def fill(dossier: Dossier, told: EarlyAccess, *sections: str) -> None:
    answers = aap_answers(kind="first", pathway="pre_ma", on=civil_date(MONDAY))
    kept = {key: answers[key] for key in sections or answers}
    save_answers(reference=dossier.reference, answers=kept, actor=told.actor("applicant"), at=MONDAY)


# ------------------------------------------------------------------------------------------------- beginning


def test_two_indications_make_two_drafts_under_one_reference(signed_in, told):
    client = signed_in("contributor")
    drafts = begin(client)
    filing = Filing.objects.get()
    assert filing.reference.startswith("AAP-F-2026-")
    assert [one.filing_id for one in drafts] == [filing.pk, filing.pk]
    assert [one.subject for one in drafts] == list(TWO.values())
    assert {one.product_label for one in drafts} == {"SOLVANTIA"}
    assert {one.pathway for one in drafts} == {"pre_ma"}
    assert raw_answers(drafts[1])["contacts"]["holder_name"] == drafts[1].organisation.name
    again = client.post(reverse("dossiers:start"), {**START, **TWO, "key": "k"})
    assert again.url == reverse("dossiers:filing", args=[drafts[0].reference])
    assert Dossier.objects.count() == 2


def test_a_product_of_the_catalogue_gives_its_mentions_and_its_indications(signed_in, told):
    from catalogue.models import Indication

    known = Indication.objects.select_related("medicine").filter(medicine__name="QALSODY").order_by("pk")[0]
    client = signed_in("applicant")
    assert f"medicine={known.medicine_id}" in client.get(reverse("dossiers:new"), {"q": "qalsody"}).content.decode()
    page = client.get(reverse("dossiers:start"), {"medicine": known.medicine_id})
    assert known.label in text_of(page)
    posted = {"medicine": known.medicine_id, "pathway": "post_ma", "known": [known.pk], "key": "k"}
    assert client.post(reverse("dossiers:start"), posted).status_code == 302
    dossier = Dossier.objects.get()
    assert (dossier.medicine_id, dossier.indication_id) == (known.medicine_id, known.pk)
    assert raw_answers(dossier)["product"]["inn"] == known.medicine.inn


def test_nothing_is_begun_without_an_indication_and_what_was_typed_comes_back(signed_in, told):
    answer = signed_in("applicant").post(reverse("dossiers:start"), {**START, "key": "k"})
    assert answer.status_code == 422
    assert "Give one indication at least." in text_of(answer)
    assert "SOLVANTIA" in answer.content.decode()
    assert not Dossier.objects.exists()


def test_a_row_is_added_and_removed_without_script(signed_in, told):
    client = signed_in("applicant")
    more = client.post(reverse("dossiers:start"), {**START, **TWO, "add_row": "indications"}).content.decode()
    assert 'name="indications-2-simplified"' in more
    assert "Cancer du foie" in more
    less = client.post(reverse("dossiers:start"), {**START, **TWO, "remove_row": "indications-0"}).content.decode()
    assert "Cancer du foie" in less
    assert "Cancer des voies biliaires" not in less
    assert not Dossier.objects.exists()


def test_a_second_filing_of_the_same_product_is_warned_of_first(signed_in, told):
    client = signed_in("applicant")
    first = begin(client)[0]
    answer = client.post(reverse("dossiers:start"), {**START, **TWO, "key": "k2"})
    assert answer.status_code == 409
    assert first.reference in text_of(answer)
    assert client.post(reverse("dossiers:start"), {**START, **TWO, "key": "k3", "anyway": "1"}).status_code == 302
    assert Filing.objects.count() == 2


@pytest.mark.parametrize("login", ["pharmacovigilance", "has_officer", "reporter"])
def test_only_those_who_write_for_a_company_begin(signed_in, told, login):
    client = signed_in(login)
    # A reporter begins reports, and nothing of a company's.
    begins = 302 if login == "reporter" else 403
    assert client.get(reverse("dossiers:new")).status_code == begins
    assert client.post(reverse("dossiers:start"), {**START, **TWO, "key": "k"}).status_code == 403
    assert not Dossier.objects.exists()


# --------------------------------------------------------------------------------------------------- sharing


def test_a_document_is_on_every_request_and_stored_once(signed_in, told):
    client = signed_in("applicant")
    drafts = begin(client)
    upload = SimpleUploadedFile("rcp.txt", b"Projet de RCP.")
    client.post(
        reverse("dossiers:documents", args=[drafts[0].reference]),
        {"kind": "smpc", "file": upload, "everywhere": "on"},
    )
    rows = list(Attachment.objects.order_by("pk"))
    assert [one.dossier_id for one in rows] == [one.pk for one in drafts]
    assert len({one.file.name for one in rows}) == 1
    client.post(reverse("dossiers:remove_document", args=[drafts[0].reference, rows[0].pk]))
    rows[1].refresh_from_db()
    assert rows[1].removed_at is None
    with rows[1].file.open("rb") as content:
        assert content.read() == b"Projet de RCP."


def test_an_indication_added_later_starts_with_what_is_shared(signed_in, told):
    client = signed_in("applicant")
    first = begin(client)[0]
    fill(first, told)
    client.post(
        reverse("dossiers:documents", args=[first.reference]),
        {"kind": "smpc", "file": SimpleUploadedFile("rcp.txt", b"Projet de RCP.")},
    )
    url = reverse("dossiers:filing", args=[first.reference])
    answer = client.post(url, {"act": "add", "simplified": "Cancer du sein", "key": "a"})
    assert client.post(url, {"act": "add", "simplified": "Cancer du sein", "key": "a"}).url == answer.url
    added = Dossier.objects.latest("pk")
    assert added.subject == "Cancer du sein"
    assert added.filing_id == Dossier.objects.get(pk=first.pk).filing_id
    answers, source = raw_answers(added), raw_answers(first)
    assert answers["put_rd"] == source["put_rd"]
    assert answers["contacts"] == source["contacts"]
    assert answers["request"] == {"pathway": "pre_ma"}
    assert "commitments" not in answers
    assert "criteria" not in answers
    assert [one.name for one in added.attachments.all()] == ["rcp.txt"]


def test_a_shared_section_is_copied_and_says_what_it_replaces(signed_in, told):
    client = signed_in("applicant")
    first, second = begin(client)
    fill(first, told, "contacts", "commitments")
    url = reverse("dossiers:filing", args=[first.reference])
    shown = text_of(client.get(url))
    assert f"Says something else in {second.reference}: copying replaces it." in shown
    client.post(url, {"copy": "contacts"})
    assert raw_answers(second)["contacts"] == raw_answers(first)["contacts"]
    assert "indication" not in client.post(url, {"copy": "indication"}, follow=True).context["parts"]
    assert raw_answers(second)["indication"]["simplified"] == "Cancer du foie"
    refused = signed_in("contributor").post(url, {"copy": "commitments"})
    assert refused.status_code == 403
    assert not raw_answers(second).get("commitments")


def test_filing_together_gives_one_result_for_each(signed_in, told):
    client = signed_in("applicant")
    first, second = begin(client)
    fill(first, told)
    first = Dossier.objects.get(pk=first.pk)
    url = reverse("dossiers:filing", args=[first.reference])
    posted = {
        "act": "file",
        "key": "f",
        "request": [f"{first.reference} {first.version}", f"{second.reference} {second.version}"],
    }
    answer = client.post(url, posted)
    shown = text_of(answer)
    first, second = Dossier.objects.order_by("pk")
    assert (first.state, second.state) == ("filed", "draft")
    assert first.filing_number in shown
    assert "Nothing of it was sent." in shown
    again = client.post(url, posted)
    assert first.filing_number in text_of(again)
    assert Event.objects.filter(verb="file").count() == 1


def test_a_contributor_does_not_file(signed_in, told):
    told.draft()
    url = reverse("dossiers:filing", args=[told.reference])
    client = signed_in("contributor")
    assert "An applicant must file it." in text_of(client.get(url))
    client.post(url, {"act": "file", "key": "f", "request": [f"{told.reference} {told.dossier.version}"]})
    assert told.dossier.state == "draft"


def test_another_company_finds_no_filing(signed_in, told):
    told.draft()
    assert signed_in("applicant2").get(reverse("dossiers:filing", args=[told.reference])).status_code == 404


def test_a_filing_holds_a_dozen_indications(signed_in, told):
    begun = begin_filing(
        answers={},
        indications=[{"simplified": f"Indication {rank}"} for rank in range(MOST_INDICATIONS)],
        actor=told.actor("applicant"),
        key="k",
        at=MONDAY,
    )
    first = begun.dossiers.order_by("pk")[0]
    url = reverse("dossiers:filing", args=[first.reference])
    answer = signed_in("applicant").post(url, {"act": "add", "simplified": "Une de trop", "key": "a"}, follow=True)
    assert "12 indications in one filing at most" in text_of(answer)
    assert begun.dossiers.count() == MOST_INDICATIONS


def test_an_indication_is_added_to_a_draft_only(signed_in, told):
    told.draft().file()
    url = reverse("dossiers:filing", args=[told.reference])
    assert signed_in("applicant").post(url, {"act": "add", "simplified": "Trop tard", "key": "a"}).status_code == 403
    assert Dossier.objects.count() == 1


# --------------------------------------------------------------------------------------------------- writing

FOREIGN = ("pharmacist", "A prescriber", "the prescriber", "hospital's pharmacy", "Strip the patient")


@pytest.mark.parametrize("name", ["review", "documents", "filing"])
@pytest.mark.parametrize("login", ["applicant", "contributor"])
def test_no_page_speaks_to_a_company_as_to_a_hospital(signed_in, told, name, login):
    told.draft()
    shown = text_of(signed_in(login).get(reverse(f"dossiers:{name}", args=[told.reference])))
    assert not [word for word in FOREIGN if word in shown]


def test_every_section_opens_and_saves_itself(signed_in, told):
    told.draft()
    client = signed_in("contributor")
    page = client.get(reverse("dossiers:edit", args=[told.reference, "put_rd"]))
    for step in page.context["steps"]:
        assert client.get(step.url).status_code == 200
        assert not [word for word in FOREIGN if word in text_of(client.get(step.url))]
    saved = client.post(
        reverse("dossiers:edit", args=[told.reference, "put_rd"]),
        {"purpose": "Autre but", "base_version": "1"},
        headers={"HX-Request": "true"},
    )
    assert "Not sent" in saved.content.decode()
    assert raw_answers(told.dossier)["put_rd"]["purpose"] == "Autre but"


def test_two_texts_for_one_section_are_compared(signed_in, told):
    told.draft()
    url = reverse("dossiers:edit", args=[told.reference, "annexes"])
    signed_in("contributor").post(url, {"bibliography": "Petit 2026", "base_version": "1"})
    conflict = signed_in("applicant").post(url, {"bibliography": "Roux 2026", "base_version": "1"})
    assert conflict.status_code == 409
    assert "Petit 2026" in text_of(conflict)
    assert "Roux 2026" in text_of(conflict)


def test_the_check_page_says_what_lacks_section_by_section_and_which_documents(signed_in, told):
    client = signed_in("applicant")
    first = begin(client)[0]
    page = client.get(reverse("dossiers:review", args=[first.reference]))
    groups = {str(group.title): group for group in page.context["groups"]}
    assert reverse("dossiers:edit", args=[first.reference, "put_rd"]) == groups["Draft protocol (PUT-RD)"].url
    assert "Draft summary of product characteristics (RCP)" in text_of(page)


def test_a_contributor_is_told_what_to_prepare_and_not_what_an_applicant_states(signed_in, told):
    client = signed_in("contributor")
    first = begin(client)[0]
    groups = {
        str(one.title) for one in client.get(reverse("dossiers:review", args=[first.reference])).context["groups"]
    }
    assert "Draft protocol (PUT-RD)" in groups
    assert "Commitments of the company" not in groups


def test_a_complete_request_is_filed_from_its_check_page(signed_in, told):
    told.draft()
    client = signed_in("applicant")
    answer = client.post(
        reverse("dossiers:review", args=[told.reference]), {"version": told.dossier.version, "key": "f"}, follow=True
    )
    assert "Filed. HAS checks that the file is complete" in text_of(answer)
    assert told.dossier.state == "filed"


# ------------------------------------------------------------------------------------------------- answering


def test_missing_items_have_no_day_and_are_sent_with_a_changed_section(signed_in, told):
    told.draft().file().missing("Projet de RCP en français", "Calendrier de l'EMA")
    url = reverse("dossiers:answers", args=[told.reference])
    client = signed_in("applicant")
    page = text_of(client.get(url))
    assert "Missing items" in page
    assert "No day is set" in page
    assert "Calendrier de l'EMA" in page
    edit = reverse("dossiers:edit", args=[told.reference, "annexes"])
    client.post(edit, {"bibliography": "Petit 2026", "confidential": ""})
    assert "Petit 2026" in text_of(client.get(url))
    posted = {"answer-1": "Joint", "act": "send", "version": told.dossier.version, "key": "k"}
    refused = client.post(url, posted)
    assert refused.status_code == 422
    assert 'href="#answers-2"' in refused.content.decode()
    client.post(url, {**posted, "answer-2": "Section réglementaire", "key": "k2"})
    assert told.dossier.state == "filed"
    assert told.dossier.submissions.count() == 2


def test_a_contributor_prepares_answers_that_an_applicant_sends(signed_in, told):
    told.draft().file().acknowledge().ask("Quelle survie à douze mois ?")
    url = reverse("dossiers:answers", args=[told.reference])
    contributor = signed_in("contributor")
    assert "An applicant must send the answers." in text_of(contributor.get(url))
    contributor.post(url, {"answer-1": "71 %", "act": "save"})
    page = signed_in("applicant").get(url)
    assert "71 %" in page.content.decode()
    assert "Answer by" in text_of(page)


def test_answers_that_are_due_say_what_happens_without_them(signed_in, told, time_machine):
    told.draft().file().acknowledge().ask("Quelle survie à douze mois ?", days=10)
    time_machine.move_to(told.at + dt.timedelta(days=30))
    page = text_of(signed_in("applicant").get(reverse("dossiers:answers", args=[told.reference])))
    assert "the request is deemed abandoned. Send them now." in page


# ------------------------------------------------------------------------------------------------- afterwards


def on(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(10), tzinfo=PARIS)


def test_a_title_offers_a_renewal_until_its_last_day_to_file(signed_in, told, time_machine):
    told.granted()
    latest = last_day_to_file(told.title.ends_on)
    time_machine.move_to(on(latest))
    client = signed_in("applicant")
    title, renew = (reverse(f"dossiers:{name}", args=[told.title.number]) for name in ("title", "renew"))
    assert f'action="{renew}"' in client.get(title).content.decode()
    time_machine.move_to(on(latest + dt.timedelta(days=1)))
    client = signed_in("applicant")
    page = text_of(client.get(title))
    assert "The last day to file a renewal was" in page
    assert "Make a first request" in page
    assert client.post(renew).url == title
    assert not Dossier.objects.filter(kind="renewal").exists()


@pytest.mark.parametrize("kind", ["renewal", "new_data", "ma_obtained"])
def test_a_request_about_a_title_starts_from_the_last_one_once(signed_in, told, kind):
    told.granted()
    client = signed_in("contributor")
    renew = reverse("dossiers:renew", args=[told.title.number])
    assert client.post(renew, {"kind": kind}).status_code == 302
    client.post(renew, {"kind": kind})
    begun = Dossier.objects.get(kind=kind)
    assert raw_answers(begun)["put_rd"] == current_answers(told.dossier)["put_rd"]
    shown = text_of(client.get(reverse("dossiers:title", args=[told.title.number])))
    assert begun.reference in shown
    assert "patient " + told.dossier.subject not in shown


def test_lists_of_authorisations_speak_of_indications(signed_in, told, time_machine):
    told.granted()
    time_machine.move_to(on(told.title.ends_on - dt.timedelta(days=20)))
    client = signed_in("applicant")
    for name in ("titles", "expiring", "obligations", "list"):
        shown = text_of(client.get(reverse(f"dossiers:{name}")))
        assert told.dossier.subject in shown
        assert f"Patient {told.dossier.subject}" not in shown
        assert "Renew those selected together" not in shown


def test_no_other_kind_starts_from_a_title(signed_in, told):
    told.granted()
    renew = reverse("dossiers:renew", args=[told.title.number])
    assert signed_in("applicant").post(renew, {"kind": "first"}).status_code == 404


# ------------------------------------------------------------------------------------------------------ home


def test_each_request_is_under_whose_turn_it_is(signed_in, told):
    draft = EarlyAccess(at=MONDAY).draft()
    missing = EarlyAccess(at=MONDAY).draft().file().missing("Projet de RCP")
    asked = EarlyAccess(at=MONDAY).draft().file().acknowledge().ask("Pourquoi ?")
    examined = EarlyAccess(at=MONDAY).draft().file().acknowledge()
    page = signed_in("applicant").get("/")
    mine = {part["group"].name: [row["reference"] for row in part["rows"]] for part in page.context["mine"]}
    others = {part["group"].name: part["rows"] for part in page.context["elsewhere"]}
    assert mine == {"asked": [asked.reference, missing.reference], "writing": [draft.reference]}
    assert [row["reference"] for row in others["examined"]] == [examined.reference]
    shown = text_of(page)
    assert "Send the missing items" in shown
    assert "Decision due by" in shown
    assert reverse("dossiers:new") in page.content.decode()
    watcher = signed_in("pharmacovigilance").get("/")
    assert draft.reference not in text_of(watcher)
    assert missing.reference in text_of(watcher)
    assert draft.reference not in text_of(signed_in("applicant2").get("/"))


def test_the_board_warns_of_the_last_day_to_renew(signed_in, told, time_machine):
    told.granted()
    latest = last_day_to_file(told.title.ends_on)
    time_machine.move_to(on(latest - dt.timedelta(days=9)))
    assert "(10 days left)" in text_of(signed_in("applicant").get("/"))
    time_machine.move_to(on(latest + dt.timedelta(days=1)))
    assert "Too late to renew: make a first request" in text_of(signed_in("applicant").get("/"))


def test_the_board_costs_the_same_with_many_rows(signed_in, told):
    client = signed_in("applicant")
    one_of_each()
    few = cost(client, "/")
    for _ in range(5):
        one_of_each()
    assert cost(client, "/") == few
    assert few < 30


def one_of_each() -> None:
    EarlyAccess(at=MONDAY).draft()
    EarlyAccess(at=MONDAY).draft().file()
    EarlyAccess(at=MONDAY).draft().file().missing("Projet de RCP")


def test_the_page_of_a_filing_costs_a_little_for_each_of_its_few_requests(signed_in, told):
    from catalogue.models import Indication

    known = Indication.objects.select_related("medicine").filter(medicine__name="QALSODY").order_by("pk")[0]
    wanted = [{"indication": known.pk, "claimed": "x", "simplified": f"Indication {rank}"} for rank in range(6)]
    costs = []
    for rank, count in enumerate((1, 6)):
        filing = begin_filing(
            answers={"product": {"medicine": known.medicine_id}, "request": {"pathway": "pre_ma"}},
            indications=wanted[:count],
            actor=told.actor("applicant"),
            key=f"k{rank}",
            at=MONDAY,
        )
        first = filing.dossiers.order_by("pk")[0]
        costs.append(cost(signed_in("applicant"), reverse("dossiers:filing", args=[first.reference])))
    # What each draft chose in the catalogue, and once what they share; a filing holds a dozen at most.
    assert costs[1] - costs[0] <= 5 * 3 + 2


def test_lists_of_a_company_are_its_own(signed_in, told):
    told.draft()
    page = signed_in("applicant").get(reverse("dossiers:group", args=["writing"]))
    assert told.reference in text_of(page)
    assert signed_in("applicant").get(reverse("dossiers:group", args=["drafts"])).status_code == 404
    assert signed_in("prescriber").get(reverse("dossiers:group", args=["writing"])).status_code == 404
