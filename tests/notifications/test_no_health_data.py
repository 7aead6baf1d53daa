"""A whole story told through the services: its mails name neither patient nor treatment, and repeat nothing typed."""

from __future__ import annotations

import json

import pytest
from django.core import mail
from django.utils import timezone

from notifications import outbox, truth
from notifications.models import OutboxMessage
from tests.dossiers.world import REASON, granted, story, title_in
from tests.snapshot import load_world
from workflows.dates import civil_date

CANARIES = ("QALSODY", "tofersen", "Zq", "1971", REASON["reason"], "Maladie grave sans alternative")


@pytest.mark.django_db(transaction=True)
def test_no_mail_of_a_whole_story_holds_health_data(monkeypatch: pytest.MonkeyPatch) -> None:
    # All of them leave at the end, as if each had been sent in its time.
    monkeypatch.setattr(truth, "_truths", {})
    load_world()
    patient = {"patient": {"initials": "Zq", "birth_month": "1971-02", "sex": "F", "weight_kg": "61"}}
    returned = story(given=patient).draft().sign()
    returned.do("return_to_prescriber", "pharmacist", REASON)
    asked = granted(given=patient)
    asked.move_title("stop_treatment", "prescriber", {"stopped_on": str(civil_date(asked.at)), "reason": "efficacy"})

    outbox.sweep(at=timezone.now())
    kinds = set(OutboxMessage.objects.values_list("kind", flat=True))
    assert {"sign", "return_to_prescriber", "file", "propose", "grant", "stop_treatment"} <= kinds
    assert len(mail.outbox) == OutboxMessage.objects.count()
    for sent in mail.outbox:
        words = sent.subject + sent.body + json.dumps(sent.extra_headers)
        assert not [canary for canary in CANARIES if canary.lower() in words.lower()], words
    stored = json.dumps(list(OutboxMessage.objects.values_list("context", "path", "reference")))
    assert not [canary for canary in CANARIES if canary.lower() in stored.lower()]


@pytest.mark.django_db(transaction=True)
def test_the_mail_about_a_title_says_where_the_title_stands() -> None:
    load_world()
    told = title_in("suspended")
    context = OutboxMessage.objects.filter(kind="suspend").first().context
    assert context["title"] == told.title.number
    assert context["state"]["text"]["en"] == "Suspended"
