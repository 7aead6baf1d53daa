"""Attaching documents to a request that is being written."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.dossiers.world import assessed, story

pytestmark = pytest.mark.django_db


def url(reference: str) -> str:
    return reverse("dossiers:documents", args=[reference])


def report(name: str = "resultats.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"Clairance : 80 mL/min", content_type="text/plain")


def test_a_document_is_attached_shown_and_removed(signed_in):
    told = story().draft()
    client = signed_in("prescriber")
    assert client.post(url(told.reference), {"kind": "laboratory", "file": report()}).status_code == 302
    [attachment] = told.dossier.attachments.filter(removed_at=None)
    text = client.get(url(told.reference)).content.decode()
    assert "resultats.txt" in text
    assert attachment.get_scan_display() in text
    client.post(reverse("dossiers:remove_document", args=[told.reference, attachment.pk]))
    assert not told.dossier.attachments.filter(removed_at=None).exists()


def test_a_bad_file_is_refused_with_what_to_do(signed_in):
    told = story().draft()
    client = signed_in("prescriber")
    for upload in (
        SimpleUploadedFile("virus.exe", b"MZ\x90\x00" + b"\x00" * 60),
        SimpleUploadedFile("vide.pdf", b""),
        None,
    ):
        answer = client.post(url(told.reference), {"kind": "other", **({"file": upload} if upload else {})})
        assert answer.status_code == 422
        assert 'href="#id_file"' in answer.content.decode()
    assert not told.dossier.attachments.exists()


def test_the_pharmacy_may_add_a_document_while_it_checks(signed_in):
    told = story().draft().sign()
    for login, status in (("pharmacist", 302), ("pharmacy_preparer", 302), ("prescriber", 403), ("prescriber2", 404)):
        answer = signed_in(login).post(
            url(told.reference), {"kind": "other", "file": SimpleUploadedFile("note.txt", login.encode())}
        )
        assert answer.status_code == status


def test_what_ansm_has_read_stays(signed_in):
    told = story().draft()
    client = signed_in("prescriber")
    client.post(url(told.reference), {"kind": "other", "file": report()})
    attachment = told.dossier.attachments.get()
    type(attachment).objects.filter(pk=attachment.pk).update(uploaded_at=told.at)
    told.sign().file().take_up().ask("Pourquoi ?")
    answer = client.post(reverse("dossiers:remove_document", args=[told.reference, attachment.pk]))
    assert answer.status_code == 403
    assert told.dossier.attachments.filter(removed_at=None).exists()


def test_documents_of_an_examined_request_are_not_touched(signed_in):
    told = assessed()
    assert signed_in("prescriber").post(url(told.reference), {"kind": "other", "file": report()}).status_code == 403
