"""What another system notes or reports may come twice with the same key, when it retries: it is written once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import IntegrityError, transaction

from devices.models import DeviceKey
from dossiers.services.idempotency import actor_key, key_used
from workflows.types import Actor


def made_under(actor: Actor, key: str, request: str) -> list[int] | None:
    """The keys of the rows that this key already made; None when it made none. `request` is a hash of what is asked.

    Raises Conflict when the key was used for another request.
    """
    if not key:
        return None
    found = DeviceKey.objects.filter(actor_key=actor_key(actor), key=key).first()
    if found is None:
        return None
    if found.request_hash != request:
        raise key_used()
    return list(found.made)


def remember(actor: Actor, key: str, request: str, made: Iterable[int], at: dt.datetime) -> None:
    """Keep the key with what it made, in its transaction. Raises Conflict when an act under another exemption took it
    meanwhile."""
    if not key:
        return
    try:
        with transaction.atomic():
            DeviceKey.objects.create(actor_key=actor_key(actor), key=key, request_hash=request, made=list(made), at=at)
    except IntegrityError as error:
        raise key_used() from error
