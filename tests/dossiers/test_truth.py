"""A mail that asks for answers is not sent once they were given."""

import datetime as dt

import pytest
from django.core import mail

from dossiers.models import InformationRequest
from notifications.models import OutboxMessage
from notifications.outbox import sweep
from tests.dossiers.world import assessed

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["request_information", "request_reminder"])
def test_nobody_is_asked_for_what_they_gave(world, kind):
    told = assessed().ask("Quelle est la clairance ?")
    if kind == "request_reminder":
        told.remind()
    asked = OutboxMessage.objects.filter(kind=kind)
    assert asked.exists()
    told.answer("80 mL/min.")
    sweep(limit=500, at=told.at + dt.timedelta(minutes=1))
    assert set(asked.values_list("state", flat=True)) == {OutboxMessage.State.MOOT}
    assert OutboxMessage.objects.filter(kind="answer", state=OutboxMessage.State.SENT).exists()


def test_open_questions_are_asked(world):
    assessed().ask("Quelle est la clairance ?")
    assert InformationRequest.objects.filter(closed_at=None).exists()
    sweep(limit=500, at=dt.datetime.now(dt.UTC))
    kinds = set(OutboxMessage.objects.filter(state=OutboxMessage.State.SENT).values_list("kind", flat=True))
    assert "request_information" in kinds
    assert mail.outbox
