"""The conversation: who reads it, who is told, what it refuses."""

import pytest

from dossiers.demo.story import demo_actor
from dossiers.services.conversation import post
from dossiers.services.errors import Blocked, Forbidden, NotFound
from notifications.models import OutboxMessage
from tests.dossiers.screens import browser
from tests.dossiers.world import assessed, early_in, story

pytestmark = pytest.mark.django_db


def test_the_other_side_is_told_and_the_mail_says_nothing_of_it(world):
    told = assessed()
    post(reference=told.reference, body="Le patient va moins bien.", actor=told.actor("prescriber"), at=told.at)
    mail = OutboxMessage.objects.get(kind="message")
    assert mail.recipient.email == "ansm_assessor@demo.example"
    assert "moins bien" not in str(mail.context)


def test_a_note_is_for_staff_and_told_to_nobody(world):
    told = assessed()
    post(reference=told.reference, body="À comparer.", actor=told.actor("assessor"), staff_only=True, at=told.at)
    assert not OutboxMessage.objects.filter(kind="message").exists()
    with pytest.raises(Forbidden):
        post(reference=told.reference, body="Note", actor=told.actor("prescriber"), staff_only=True, at=told.at)


def test_another_hospital_and_an_auditor_write_nothing(world):
    told = assessed()
    with pytest.raises(NotFound):
        post(reference=told.reference, body="Bonjour", actor=demo_actor("prescriber2"), at=told.at)
    with pytest.raises(Forbidden):
        post(reference=told.reference, body="Bonjour", actor=demo_actor("auditor"), at=told.at)


def test_a_ministry_reads_a_request_and_does_not_write_to_the_company(world):
    told = early_in("filed")
    ministry = demo_actor("ministry_reader")
    for staff_only in (False, True):
        with pytest.raises(Forbidden):
            post(reference=told.reference, body="Bonjour", actor=ministry, staff_only=staff_only, at=told.at)
    page = browser("ministry_reader").get(f"/dossiers/{told.reference}/")
    assert page.status_code == 200
    assert f"/dossiers/{told.reference}/messages/" not in page.content.decode()


@pytest.mark.parametrize(
    ("body", "code"),
    [("  \n ", "required"), ("x" * 20_001, "too_long"), ("Son NIR : 1 85 05 78 006 084 36", "national_number")],
)
def test_what_cannot_be_sent_is_refused_with_its_reason(world, body, code):
    told = story().draft()
    with pytest.raises(Blocked) as refusal:
        post(reference=told.reference, body=body, actor=told.actor("prescriber"), at=told.at)
    assert [reason.code for reason in refusal.value.reasons] == [code]
