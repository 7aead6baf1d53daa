"""A request to include a patient may come twice with the same key, from a system that retries: one patient is begun."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction

from cohort.models import Inclusion, InclusionKey
from dossiers.services.idempotency import actor_key, key_used
from workflows.types import Actor


def begun_under(actor: Actor, key: str, request: str) -> Inclusion | None:
    """What this key already began, if anything. `request` is a hash of what is asked.

    Raises Conflict when the key was used for another request.
    """
    if not key:
        return None
    found = InclusionKey.objects.select_related("inclusion").filter(actor_key=actor_key(actor), key=key).first()
    if found is None:
        return None
    if found.request_hash != request:
        raise key_used()
    return found.inclusion


def remember(actor: Actor, key: str, request: str, inclusion: Inclusion, at: dt.datetime) -> None:
    """Keep the key with the inclusion, in its transaction. Raises Conflict when another cohort took it meanwhile."""
    if not key:
        return
    try:
        with transaction.atomic():
            InclusionKey.objects.create(
                actor_key=actor_key(actor), key=key, request_hash=request, inclusion=inclusion, at=at
            )
    except IntegrityError as error:
        raise key_used() from error
