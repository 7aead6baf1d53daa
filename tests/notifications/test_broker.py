"""Valkey is only an alarm clock: emptied, or gone, it loses no message and slows no user."""

from __future__ import annotations

import socket

import pytest
import redis
from celery import Celery
from django.conf import settings
from django.core import mail
from django.db import transaction

from earlyaccess.celery import app
from earlyaccess.schedule import BEAT_SCHEDULE
from notifications import outbox, tasks
from notifications.models import OutboxMessage


@pytest.fixture
def dead_broker(monkeypatch):
    """The real task, published by an application whose broker's port answers nobody. Notes each attempt to reach it,
    and each wait."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lonely = Celery("lonely", broker=f"redis://127.0.0.1:{port}/0", set_as_current=False)
    lonely.conf.update(
        broker_transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS,
        task_publish_retry=settings.CELERY_TASK_PUBLISH_RETRY,
    )

    def swept() -> None:
        raise AssertionError("nobody is there to do it")

    monkeypatch.setattr(tasks, "sweep_outbox", lonely.task(name=tasks.sweep_outbox.name, ignore_result=True)(swept))
    noted: list[str] = []
    connect = socket.socket.connect

    def noting_connect(self, address):
        if address == ("127.0.0.1", port):
            noted.append("tried")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", noting_connect)
    for sleep in ("redis.retry.sleep", "kombu.utils.functional.sleep", "time.sleep"):
        monkeypatch.setattr(sleep, lambda _seconds: noted.append("waited"))
    yield noted
    lonely.close()


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_neither_stops_nor_slows_an_act(make_person, tell, dead_broker) -> None:
    row = tell(make_person())
    assert dead_broker == ["tried"]  # once, and nobody waited for it to come back
    assert row.state == OutboxMessage.State.PENDING
    assert tasks.BATCH > 0


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_was_emptied_loses_no_mail(make_person, tell) -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        broker.flushdb()
        rows = [tell(make_person()) for _number in range(3)]
        assert broker.llen(app.conf.task_default_queue) == 3  # the pokes were really there
        broker.flushdb()
        assert broker.llen(app.conf.task_default_queue) == 0
    assert tasks.sweep_outbox() == 3
    assert {sent.to[0] for sent in mail.outbox} == {row.recipient.email for row in rows}
    assert tasks.sweep_outbox() == 0


@pytest.mark.django_db(transaction=True)
def test_one_run_empties_a_long_queue(make_person, at, monkeypatch) -> None:
    monkeypatch.setattr(tasks, "BATCH", 10)
    people = [make_person() for _number in range(25)]
    with transaction.atomic():
        outbox.queue(
            kind="sign", recipients=people, dedupe="event:1", reference="AAC-1", path="/dossiers/AAC-1/", at=at
        )
    assert tasks.sweep_outbox() == 25


def test_the_beat_sweeps_every_five_seconds() -> None:
    entry = BEAT_SCHEDULE["outbox"]
    assert entry["schedule"] <= 5
    assert entry["task"] == tasks.sweep_outbox.name
