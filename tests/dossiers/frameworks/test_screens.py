"""The pages of a prescription framework, for each of those who take part in it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from dossiers.demo.cpc_story import Framework
from dossiers.demo.story import ONE_DAY
from dossiers.models import CompanyReply, Dossier
from dossiers.queries.frameworks import exchange_of
from dossiers.services.conversation import post
from register.frameworks import WORDING
from tests.dossiers.screens import browser, hidden, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def told(days: int = 90, **options: object) -> Framework:
    return Framework(at=timezone.now() - dt.timedelta(days=days), **options)  # type: ignore[arg-type]


def test_a_reporter_chooses_what_to_begin_writes_it_and_sends_it() -> None:
    client = browser("reporter")
    begun = client.get("/dossiers/new/", follow=True)
    assert "Prescription framework (CPC)" in text_of(begun)
    # A reporter makes reports only: the own initiative is ANSM's.
    assert "ANSM's own initiative" not in text_of(begun)
    begun = client.post(begun.redirect_chain[-1][0], {"kind": "report", "key": "k1"}, follow=True)
    assert "Who reports" in text_of(begun)
    assert Dossier.objects.get(kind="report").organisation.kind == "reporter"
    story = told(days=1).draft()
    page = client.get(f"/dossiers/{story.reference}/")
    assert "Send the report" in text_of(page)
    review = client.get(f"/dossiers/{story.reference}/review/")
    assert "Send the report to ANSM" in text_of(review)


def test_what_ansm_begins_by_itself_is_not_sent_to_ansm() -> None:
    story = told(days=1, kind="own_initiative").draft()
    client = browser("ansm_assessor")
    review = client.get(f"/dossiers/{story.reference}/review/")
    assert "Begin the examination" in text_of(review)
    assert "answers you" not in text_of(review)
    sent = client.post(f"/dossiers/{story.reference}/review/", {"key": hidden(review, "key")}, follow=True)
    assert "The examination begins. Next: tell the companies" in text_of(sent)


def test_the_acts_on_a_framework_ask_only_what_one_may_have() -> None:
    number = told(days=120).granted().title.number
    client = browser("ansm_signatory")
    change = BeautifulSoup(client.get(f"/titles/{number}/act/modify/").content, "html.parser")
    assert change.select("[name=changes]")
    assert not change.select("[name=ends_on]"), "a framework keeps its last day"
    end = BeautifulSoup(client.get(f"/titles/{number}/act/cease/").content, "html.parser")
    assert [one["value"] for one in end.select("[name=cause]")] == ["ma", "aap", "reimbursed", "safety"]


def test_the_list_does_not_say_in_force_what_begins_later() -> None:
    later = timezone.now().date() + 30 * ONE_DAY
    number = told(days=120).heard().propose(starts_on=later.isoformat()).grant().title.number
    page = BeautifulSoup(browser("ministry_reader").get("/titles/").content, "html.parser")
    [row] = [row for row in page.select("tbody tr") if number in row.text]
    [badge] = row.select(".fr-badge")
    assert badge.text == f"From {later:%d/%m/%Y}"


def test_the_company_reads_what_is_asked_and_replies() -> None:
    story = told(days=20).draft().report()
    client = browser("applicant")
    assert client.get(f"/dossiers/{story.reference}/").status_code == 404
    story.notify()
    page = client.get(f"/dossiers/{story.reference}/")
    assert "What the companies are asked" in text_of(page)
    assert "['" not in text_of(page), "the history names the companies in words"
    empty = client.post(f"/dossiers/{story.reference}/reply/", {"text": " ", "key": hidden(page, "key")})
    assert empty.status_code == 422
    sent = client.post(f"/dossiers/{story.reference}/reply/", {"text": "Deux essais ouverts.", "key": "once"})
    assert sent.status_code == 302
    client.post(f"/dossiers/{story.reference}/reply/", {"text": "Deux essais ouverts.", "key": "once"})
    assert CompanyReply.objects.count() == 1
    assert "Deux essais ouverts." in text_of(browser("ansm_assessor").get(f"/dossiers/{story.reference}/"))
    # Another company is told of nothing.
    assert browser("applicant2").get(f"/dossiers/{story.reference}/").status_code == 404
    assert browser("reporter").post(f"/dossiers/{story.reference}/reply/", {"text": "x"}).status_code == 403


def test_ansm_reads_the_protocol_that_the_company_attached() -> None:
    story = told().assessed().protocol()
    page = text_of(browser("ansm_assessor").get(f"/dossiers/{story.reference}/"))
    assert "protocole.pdf" in page


def test_the_proposal_starts_with_what_the_report_asks_and_the_usual_days() -> None:
    story = told(days=80).heard()
    page = browser("ansm_assessor").get(f"/dossiers/{story.reference}/act/propose/")
    soup = BeautifulSoup(page.content, "html.parser")
    said = story.answers
    assert soup.find("textarea", {"name": "indication"}).get_text().strip() == said["need"]["indication"]  # type: ignore[union-attr]
    starts = soup.find("input", {"name": "starts_on"})["value"]  # type: ignore[index]
    assert starts == (timezone.localdate() + dt.timedelta(days=1)).isoformat()


def test_the_intention_names_the_companies_that_the_report_names() -> None:
    story = told(days=3).draft().report()
    page = browser("ansm_assessor").get(f"/dossiers/{story.reference}/act/notify_intention/")
    named = BeautifulSoup(page.content, "html.parser").find("textarea", {"name": "companies"})
    assert named is not None
    assert named.get_text().strip() == "Laboratoires Démo Aurélia"
    answer = browser("ansm_assessor").post(
        f"/dossiers/{story.reference}/act/notify_intention/",
        {
            "companies": "Laboratoire inconnu",
            "reasons": "Besoin.",
            "asked": "Données.",
            "reply_by": (timezone.localdate() + dt.timedelta(days=30)).isoformat(),
            "version": story.dossier.version,
        },
    )
    assert answer.status_code == 422
    assert "Laboratoire inconnu" in text_of(answer)
    assert Dossier.objects.get(reference=story.reference).state == "reported"


def test_anybody_reads_the_framework_and_what_to_write_on_the_prescription() -> None:
    story = told().granted()
    listed = browser("prescriber").get("/register/frameworks/")
    assert story.title.number in text_of(listed)
    assert story.title.number in text_of(browser("prescriber").get("/register/frameworks/?q=DEMOLIZINE"))
    page = browser("prescriber").get(f"/register/frameworks/{story.title.number}/")
    seen = text_of(page)
    for words in (WORDING, "50 mg deux fois par jour", "CRPV de Montpellier", "Laboratoires Démo Aurélia", "Version 1"):
        assert words in seen
    home = browser("prescriber").get("/", follow=True)
    assert 'href="/register/frameworks/"' in home.content.decode()
    story.at = timezone.now() - dt.timedelta(days=1)
    changed = {"changes": "Étendu aux enfants de plus de 6 ans.", "reason": "Données nouvelles."}
    story.move_title("modify", "ansm_signatory", changed)
    assert "Étendu aux enfants" in text_of(browser("prescriber").get(f"/register/frameworks/{story.title.number}/"))
    story.move_title("cease", "ansm_signatory", {"cause": "aap", "reason": "Accès précoce."})
    page = browser("prescriber").get(f"/register/frameworks/{story.title.number}/")
    assert WORDING not in text_of(page)
    assert browser("prescriber").get("/register/frameworks/CPC-1999-000001/").status_code == 404


def test_the_page_of_the_framework_for_the_company_and_for_ansm() -> None:
    story = told().granted()
    page = browser("applicant").get(f"/titles/{story.title.number}/")
    assert "Submit information material" in text_of(page)
    assert story.title.obligations.get().every_months == 12
    client = browser("applicant")
    refused = client.post(f"/titles/{story.title.number}/material/", {"name": "", "description": "x"})
    assert refused.status_code == 422
    sent = client.post(f"/titles/{story.title.number}/material/", {"name": "Lettre", "description": "Le texte."})
    assert sent.status_code == 302
    material = story.title.information_materials.get()
    agency = browser("ansm_assessor")
    assert "Opinion awaited until" in text_of(agency.get(f"/titles/{story.title.number}/"))
    address = f"/titles/{story.title.number}/material/{material.pk}/opinion/"
    bare = agency.post(address, {"opinion": "unfavourable", "reasons": ""})
    assert bare.status_code == 422
    given = agency.post(address, {"opinion": "unfavourable", "reasons": "C'est de la publicité."})
    assert given.status_code == 302
    assert "C'est de la publicité." in text_of(client.get(f"/titles/{story.title.number}/"))
    assert client.get(address).status_code == 403


def test_what_a_company_replies_is_read_by_itself_and_by_ansm() -> None:
    framework = Framework(at=timezone.now() - 90 * ONE_DAY).draft().report().notify().says("zqventes")
    url = f"/dossiers/{framework.reference}/"
    pages = {who: browser(who).get(url).content.decode() for who in ("applicant", "reporter", "ansm_assessor")}
    assert "zqventes" in pages["applicant"]
    assert "zqventes" in pages["ansm_assessor"]
    assert "zqventes" not in pages["reporter"]
    other = exchange_of(framework.dossier, replace(framework.actor("applicant"), organisation_id=0), framework.at)
    assert other is not None
    assert [one.replies for one in other.calls] == [()]


def test_a_ministry_that_reads_a_framework_reads_neither_notes_nor_proposals() -> None:
    framework = Framework(at=timezone.now() - 90 * ONE_DAY).heard()
    post(reference=framework.reference, body="zqnote", actor=framework.actor("ansm_assessor"), staff_only=True)
    framework.propose("grant")
    url = f"/dossiers/{framework.reference}/"
    prepared = Dossier.objects.get(reference=framework.reference).decisions.get().reasons
    staff, ministry = (browser(who).get(url).content.decode() for who in ("ansm_signatory", "ministry_reader"))
    assert "zqnote" in staff
    assert prepared in staff
    assert "zqnote" not in ministry
    assert prepared not in ministry


def test_each_side_reads_on_its_home_whose_turn_it_is() -> None:
    story = told(days=20).draft().report()
    story.notify()
    company, reporter = text_of(browser("applicant").get("/")), text_of(browser("reporter").get("/"))
    assert "Give ANSM your information" in company
    assert "What is asked of you" not in reporter
    assert "Nothing to do: ANSM asks the company for its information" in reporter
    assert "HAS and ANSM" not in reporter


def test_a_framework_is_not_said_to_need_the_entry_that_an_access_to_one_patient_needs() -> None:
    story = told().assessed()
    page = text_of(browser("ansm_assessor").get(f"/dossiers/{story.reference}/"))
    assert "A framework does not need its entry." in page
    assert "A grant needs its entry and its PUT-SP." not in page


def test_whose_turn_it_is_follows_the_replies() -> None:
    story = told(days=10).draft().report()
    story.notify(days=60)
    url = f"/dossiers/{story.reference}/"

    def heading(who: str) -> str:
        found = BeautifulSoup(browser(who).get(url).content, "html.parser").find(id="next-title")
        assert found is not None
        return found.get_text().strip()

    waiting = "Now waiting for: Laboratoires Démo Aurélia"
    assert [heading(who) for who in ("applicant", "ansm_assessor", "reporter")] == [
        "It is your turn",
        waiting,
        waiting,
    ]
    story.says("Nos données.", after=dt.timedelta(hours=1))
    assert [heading(who) for who in ("applicant", "ansm_assessor", "reporter")] == [
        "Your company has replied",
        "It is your turn",
        "Now waiting for: ANSM",
    ]
    story.assess()
    first = BeautifulSoup(browser("ansm_assessor").get(url).content, "html.parser").select_one(".app-acts .fr-btn")
    assert first is not None
    assert "Ask the company for its protocol" in first.get_text()
