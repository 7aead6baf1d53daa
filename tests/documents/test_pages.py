"""Letters and attachments leave for whom the policy allows, as downloads, and each reading is noted."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Person
from catalogue.models import Indication
from documents.attachments import attach, remove
from documents.letters import orders
from documents.models import Attachment, IssuedLetter, LetterOrder
from dossiers.demo.story import Story
from dossiers.models import AccessLog
from dossiers.services import letters
from tests.documents.pdfs import pages_of, poppler_text_of, text_of
from tests.snapshot import load_world
from workflows.dates import PARIS

AT = dt.datetime(2026, 5, 4, 10, tzinfo=PARIS)
READERS = ("prescriber", "intern", "pharmacist", "pharmacy_preparer", "ansm_assessor", "ansm_signatory", "auditor")
STRANGERS = ("prescriber2", "pharmacist2", "applicant", "has_officer", "org_admin", "admin")


@pytest.fixture
def story(db: None) -> Story:
    load_world()
    return Story(at=AT, indication=Indication.objects.get(medicine__name="QALSODY")).draft()


@pytest.fixture
def decided(story: Story) -> Story:
    story.sign().file().take_up().propose("grant", "Conditions remplies.").grant()
    orders.make_pending(limit=10, at=story.at)
    return story


def signed_in(login: str) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(Person.objects.get(email=f"{login}@demo.example"))
    return client


def page(response: object) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text().split())  # type: ignore[attr-defined]


def attachment_of(story: Story, content: bytes = b"Compte rendu") -> Attachment:
    return attach(
        dossier=story.dossier,
        kind="other",
        upload=SimpleUploadedFile("Réunion de concertation.txt", content),
        actor=story.actor("prescriber"),
        at=story.at,
    )


def test_a_story_ends_with_a_receipt_and_a_decision(decided: Story) -> None:
    receipt, grant = LetterOrder.objects.order_by("pk")
    assert (receipt.kind, grant.kind) == ("aac_receipt", "aac_grant")
    text = text_of(grant.issued.pdf)
    assert decided.title.number in text
    assert decided.dossier.reference in text
    assert str(decided.dossier.filing_number) in text_of(receipt.issued.pdf)


def test_a_reader_downloads_the_letter_and_it_is_noted(decided: Story) -> None:
    letter = IssuedLetter.objects.get(kind="aac_grant")
    for login in READERS:
        response = signed_in(login).get(f"/letters/{letter.number}/")
        assert response.status_code == 200, login
        assert response.content == letter.pdf
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"] == f'attachment; filename="{letter.number}.pdf"'
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in response["Cache-Control"]
        noted = AccessLog.objects.get(what=f"letter {letter.number}", person__email=f"{login}@demo.example")
        assert noted.dossier_id == decided.dossier.pk


def test_to_a_stranger_there_is_no_such_letter_nor_document(decided: Story) -> None:
    letter = IssuedLetter.objects.get(kind="aac_grant")
    addresses = (f"/letters/{letter.number}/", f"/documents/{attachment_of(decided).pk}/content/")
    answers = {
        (login, address): signed_in(login).get(address).status_code for login in STRANGERS for address in addresses
    }
    assert answers == dict.fromkeys(answers, 404)
    assert not AccessLog.objects.exists()


def test_signed_out_one_is_sent_to_sign_in(decided: Story, client: Client) -> None:
    letter = IssuedLetter.objects.get(kind="aac_grant")
    for address in (f"/letters/{letter.number}/", f"/documents/{attachment_of(decided).pk}/content/"):
        response = client.get(address)
        assert response.status_code == 302
        assert "/login/" in response["Location"]


def test_a_letter_still_being_made_says_so(story: Story) -> None:
    story.sign().file()
    waiting = LetterOrder.objects.get()
    response = signed_in("pharmacist").get(f"/letters/{waiting.number}/")
    assert response.status_code == 202
    assert "Ce courrier est en cours de création" in page(response)
    LetterOrder.objects.update(state="failed")
    assert "n'a pas pu être créé" in page(signed_in("pharmacist").get(f"/letters/{waiting.number}/"))


def test_an_attachment_is_a_download_whatever_it_holds(story: Story) -> None:
    found = attachment_of(story, b"<html><script>alert(1)</script></html>")
    response = signed_in("prescriber").get(f"/documents/{found.pk}/content/")
    assert response.status_code == 200
    assert response.getvalue() == b"<html><script>alert(1)</script></html>"
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Content-Disposition"].startswith("attachment;")
    assert "R%C3%A9union%20de%20concertation.txt" in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert AccessLog.objects.filter(what=f"document {found.pk}").count() == 1


@pytest.mark.parametrize(("scan", "words"), [("pending", "analyse antivirus"), ("infected", "Un virus a été trouvé")])
def test_a_document_that_may_not_leave_says_why(story: Story, scan: str, words: str) -> None:
    found = attachment_of(story)
    Attachment.objects.update(scan=scan)
    response = signed_in("prescriber").get(f"/documents/{found.pk}/content/")
    assert response.status_code == 409
    assert words in page(response)
    assert not AccessLog.objects.filter(what=f"document {found.pk}").exists()


def test_a_removed_document_is_gone(story: Story) -> None:
    found = attachment_of(story)
    remove(attachment=found, actor=story.actor("prescriber"), at=story.at)
    response = signed_in("prescriber").get(f"/documents/{found.pk}/content/")
    assert response.status_code == 409
    assert "a été supprimé" in page(response)


def test_nothing_may_be_posted_to_a_download(decided: Story) -> None:
    letter = IssuedLetter.objects.get(kind="aac_grant")
    assert signed_in("prescriber").post(f"/letters/{letter.number}/").status_code == 405


def test_the_preview_of_a_real_proposal_is_a_draft(story: Story) -> None:
    story.sign().file().take_up().propose("refuse", "Un traitement approprié existe.")
    pdf = letters.preview(story.dossier, "aac_refusal", story.at)
    assert all("PROJET" in one for one in pages_of(pdf))
    assert "Un traitement approprié existe." in poppler_text_of(pdf)
    assert not re.search(r"L-\d{4}-\d{6}", poppler_text_of(pdf))
