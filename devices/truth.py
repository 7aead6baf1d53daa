"""Whether a mail about a device is still true when its turn comes: nobody is asked for what was done meanwhile."""

from __future__ import annotations

import datetime as dt

from devices.models import Incident, Unit
from devices.services import tell
from devices.states import SHIPPED
from notifications.models import OutboxMessage
from notifications.truth import register_truth


def still_on_their_way(message: OutboxMessage, at: dt.datetime) -> bool:
    parts = message.dedupe_key.split(":")
    site = int(parts[2]) if parts[2:] and parts[2].isdecimal() else 0
    return Unit.objects.filter(title__number=message.reference, site=site, state=SHIPPED).exists()


def still_awaited(message: OutboxMessage, at: dt.datetime) -> bool:
    """The report of that very day is still expected."""
    parts = message.dedupe_key.split(":")
    try:
        awaited_on = dt.date.fromisoformat(parts[2])
    except (IndexError, ValueError):
        return False
    return Incident.objects.filter(reference=message.reference, awaited_on=awaited_on).exists()


def register() -> None:
    register_truth(tell.SHIPPED, still_on_their_way)
    register_truth(tell.DUE, still_awaited)
