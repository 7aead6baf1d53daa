"""A request to include a patient may come twice with the same key, from a system that retries: one patient is begun."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cohort.models import Inclusion, InclusionKey
from dossiers.services.errors import Conflict
from workflows.types import Actor, Reason


def begun_under(actor: Actor, key: str, request: str) -> Inclusion | None:
    """What this key already began, if anything. `request` is a hash of what is asked.

    Raises Conflict when the key was used for another request.
    """
    if not key:
        return None
    found = InclusionKey.objects.select_related("inclusion").filter(actor_key=_actor_key(actor), key=key).first()
    if found is None:
        return None
    if found.request_hash != request:
        raise _used()
    return found.inclusion


def remember(actor: Actor, key: str, request: str, inclusion: Inclusion, at: dt.datetime) -> None:
    """Keep the key with the inclusion, in its transaction. Raises Conflict when another cohort took it meanwhile."""
    if not key:
        return
    try:
        with transaction.atomic():
            InclusionKey.objects.create(
                actor_key=_actor_key(actor), key=key, request_hash=request, inclusion=inclusion, at=at
            )
    except IntegrityError as error:
        raise _used() from error


def _actor_key(actor: Actor) -> str:
    return f"{actor.role}:{actor.membership_id or actor.name}"


def _used() -> Conflict:
    message = _("This idempotency key was already used for another request.")
    return Conflict([Reason("idempotency_key_reused", message)])
