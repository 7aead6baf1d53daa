"""Between the clinician and the manufacturer of one exemption: what each reads of what the other brings to it."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from documents.attachments import attach
from dossiers.demo.story import demo_actor
from dossiers.policy import attachments_visible_to
from tests.dossiers.device_world import exempted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def test_what_a_clinician_attached_to_a_draft_is_filed_by_a_manufacturer_that_reads_it() -> None:
    told = exempted(begun_by="clinician").draft()
    upload = SimpleUploadedFile("compte-rendu.txt", b"Avis du service.", content_type="text/plain")
    attached = attach(dossier=told.dossier, kind="other", upload=upload, actor=demo_actor("prescriber"), at=told.at)
    told.invite_company().take_over()
    assert attachments_visible_to(demo_actor("applicant")).filter(pk=attached.pk).exists()
    told.state_need().attach_pieces().file()
    assert attachments_visible_to(demo_actor("applicant")).filter(pk=attached.pk).exists()
