"""The file of information material: who reads it, what is refused, and what a virus stops."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pypdf import PdfWriter

from documents.models import Attachment
from dossiers.demo.cpc_story import Framework
from dossiers.demo.story import demo_actor
from dossiers.models import InformationMaterial
from dossiers.policy import INFORMATION_MATERIAL, attachments_visible_to
from dossiers.services import material
from dossiers.services.errors import Conflict
from dossiers.services.framework_days import follow_frameworks
from tests.dossiers.screens import browser, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

GROUP = "Laboratoires Démo Aurélia\nDémo Biotech Norvane"


def a_pdf(width: int = 595) -> SimpleUploadedFile:
    writer, content = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=width, height=842)
    writer.write(content)
    return SimpleUploadedFile("lettre.pdf", content.getvalue(), content_type="application/pdf")


def group(days: int = 200) -> Framework:
    """A framework of two companies, in force."""
    told = Framework(at=timezone.now() - dt.timedelta(days=days), companies=GROUP).draft().report().notify()
    told.says("Nos données.").says("Les nôtres.", login="applicant2").assess().protocol().drafts()
    told.says("Sans observation.").says("De même.", login="applicant2").close_drafts()
    return told.propose().grant()


def status_of(who: str, address: str) -> int:
    answer = browser(who).get(address)
    if answer.streaming:
        assert b"".join(answer.streaming_content)
    return answer.status_code


def test_the_company_attaches_the_material_itself_and_ansm_alone_reads_it_with_it() -> None:
    told = group()
    address = f"/titles/{told.title.number}/material/"
    client = browser("applicant")
    sent = client.post(address, {"name": "Lettre", "description": "", "upload": a_pdf()})
    assert sent.status_code == 302
    kept = InformationMaterial.objects.get()
    assert kept.document is not None
    assert (kept.document.kind, kept.document.name) == (INFORMATION_MATERIAL, "lettre.pdf")
    content = f"/documents/{kept.document.pk}/content/"
    read = {
        who: status_of(who, content)
        for who in ("applicant", "contributor", "applicant2", "reporter", "ministry_reader", "ansm_assessor", "auditor")
    }
    assert read == {
        "applicant": 200,
        "contributor": 200,
        "applicant2": 404,
        "reporter": 404,
        "ministry_reader": 404,
        "ansm_assessor": 200,
        "auditor": 200,
    }
    for who, shown in (("applicant", True), ("ansm_signatory", True), ("applicant2", False), ("reporter", False)):
        pages = (f"/titles/{told.title.number}/", f"/dossiers/{told.reference}/")
        assert [("lettre.pdf" in text_of(browser(who).get(page))) for page in pages] == [shown, shown], who
    opinion = browser("ansm_assessor").get(f"{address}{kept.pk}/opinion/")
    assert content in opinion.content.decode()


def test_two_companies_that_submit_the_same_file_each_read_their_own_and_know_of_no_other() -> None:
    told = group()
    for login in ("applicant", "applicant2"):
        said = {"name": "Lettre commune", "description": "", "upload": a_pdf()}
        assert browser(login).post(f"/titles/{told.title.number}/material/", said).status_code == 302
    readers = {
        one.organisation_id: [
            who
            for who in ("applicant", "applicant2", "reporter", "ansm_assessor")
            if attachments_visible_to(demo_actor(who)).filter(pk=one.document_id).exists()
        ]
        for one in InformationMaterial.objects.all()
    }
    own = {demo_actor(login).organisation_id: [login, "ansm_assessor"] for login in ("applicant", "applicant2")}
    assert readers == own


@pytest.mark.parametrize(
    ("name", "content"), [("lettre.pdf", b"%PDF-1.4\n broken"), ("lettre.exe", b"MZ\x90\x00"), ("vide.pdf", b"")]
)
def test_a_file_that_cannot_be_kept_is_refused_beside_it_and_nothing_typed_is_lost(name: str, content: bytes) -> None:
    told = group()
    upload = SimpleUploadedFile(name, content)
    said = {"name": "Ma lettre", "description": "Pour les néphrologues.", "upload": upload}
    refused = browser("applicant").post(f"/titles/{told.title.number}/material/", said)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert 'href="#id_upload"' in page
    assert "Ma lettre" in page
    assert "Pour les néphrologues." in page
    assert not InformationMaterial.objects.exists()


def test_neither_a_file_nor_a_text_is_no_material() -> None:
    told = group()
    refused = browser("applicant").post(f"/titles/{told.title.number}/material/", {"name": "Lettre"})
    assert refused.status_code == 422
    assert "Attach the material, or write its text" in text_of(refused)


def test_silence_decides_nothing_about_a_file_that_nobody_could_open() -> None:
    told = group(days=300)
    at = timezone.now() - dt.timedelta(days=40)
    said = {"number": told.title.number, "description": "", "actor": demo_actor("applicant"), "at": at}
    sick = material.submit(name="Lettre", upload=a_pdf(), **said)
    sound = material.submit(name="Dépliant", upload=a_pdf(600), **said)
    Attachment.objects.filter(pk=sick.document_id).update(scan=Attachment.Scan.INFECTED)
    follow_frameworks(at=timezone.now())
    sick.refresh_from_db()
    sound.refresh_from_db()
    assert (sick.deemed_on is None, sound.deemed_on is None) == (True, False)
    page = text_of(browser("applicant").get(f"/titles/{told.title.number}/"))
    assert "To submit again" in page
    assert "A virus was found in this file" in page
    assert browser("applicant").get(f"/documents/{sick.document_id}/content/").status_code == 409


def test_a_key_stands_for_one_file() -> None:
    told = group()
    said = {"number": told.title.number, "name": "Lettre", "description": "", "actor": demo_actor("applicant")}
    first = material.submit(upload=a_pdf(), key="k", **said)
    assert material.submit(upload=a_pdf(), key="k", **said) == first
    with pytest.raises(Conflict):
        material.submit(upload=a_pdf(600), key="k", **said)
    assert InformationMaterial.objects.count() == 1
