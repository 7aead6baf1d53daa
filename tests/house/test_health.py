"""The two probes."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from earlyaccess import health
from notifications.models import OutboxMessage


def test_live_needs_nothing(client: Client) -> None:
    """No database mark: a query would fail this test."""
    assert client.get("/health/live").json() == {"status": "ok"}


def test_probes_answer_whatever_the_host_name(client: Client) -> None:
    assert client.get("/health/live", headers={"host": "10.1.2.3:8000"}).status_code == 200


@pytest.mark.django_db
def test_ready_says_each_check(client: Client) -> None:
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["checks"] == {"database": "ok", "migrations": "ok", "broker": "ok", "outbox": "ok"}


@pytest.mark.django_db
def test_ready_fails_without_a_broker_and_tells_no_address(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://:hidden@127.0.0.1:1/0"
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"] == "failed: ConnectionError"
    assert "hidden" not in answer.content.decode()


@pytest.mark.django_db
def test_ready_fails_when_messages_stay(client: Client, settings: Any) -> None:
    settings.OUTBOX_LAG_LIMIT = 60
    now = timezone.now()
    person = get_user_model().objects.create(email="someone@example.org")
    message = OutboxMessage.objects.create(
        dedupe_key="x", kind="x", recipient=person, reference="X", path="/", created_at=now, next_attempt_at=now
    )
    assert client.get("/health/ready").status_code == 200
    OutboxMessage.objects.filter(pk=message.pk).update(next_attempt_at=now - timedelta(minutes=2))
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["outbox"].endswith("s late")


@pytest.mark.django_db
def test_ready_fails_when_a_migration_is_missing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda *_: [("accounts.0002", False)])
    assert client.get("/health/ready").json()["checks"]["migrations"] == "1 migrations to apply"
