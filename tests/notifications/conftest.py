from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Person
from notifications import outbox
from notifications.models import OutboxMessage

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
_numbers = itertools.count(1)


@pytest.fixture
def at() -> dt.datetime:
    return NOW


@pytest.fixture
def make_person() -> Callable[..., Person]:
    def make(**fields: Any) -> Person:
        number = next(_numbers)
        defaults = {"first_name": "Zoé", "last_name": f"Lefèvre {number}", "language": "fr"}
        return Person.objects.create_user(f"person{number}@hopital.example", **(defaults | fields))

    return make


@pytest.fixture
def tell(at: dt.datetime) -> Callable[..., OutboxMessage]:
    """Queues one message for one person, in its own transaction, and returns the row."""

    def tell_one(person: Person, **fields: Any) -> OutboxMessage:
        number = next(_numbers)
        defaults: dict[str, Any] = {
            "kind": "sign",
            "dedupe": f"event:{number}",
            "reference": f"AAC-2026-{number:06d}",
            "path": f"/dossiers/AAC-2026-{number:06d}/",
            "at": at,
        }
        with transaction.atomic():
            outbox.queue(recipients=[person], **(defaults | fields))
        return OutboxMessage.objects.filter(recipient=person).latest("pk")

    return tell_one
