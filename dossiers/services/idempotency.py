"""A request may come twice with the same key - a double click, a client that retries - and gets the same answer."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from dossiers.models import Event, IdempotentAnswer
from dossiers.services.errors import Conflict
from workflows.types import Actor, Reason


def actor_key(actor: Actor) -> str:
    """Whose key it is: two people, or one under two roles, may choose the same."""
    return f"{actor.role}:{actor.membership_id or actor.name}"


def earlier_answer(actor: Actor, key: str, request: str) -> Event | None:
    """The event already given for this key, if any. `request` is a hash of what is asked.

    Raises Conflict when the key was used for another request.
    """
    if not key:
        return None
    earlier = IdempotentAnswer.objects.select_related("event__dossier")
    found = earlier.filter(actor_key=actor_key(actor), key=key).first()
    if found is None:
        return None
    if found.request_hash != request:
        raise key_used()
    return found.event


def key_used() -> Conflict:
    message = _("This idempotency key was already used for another request.")
    return Conflict([Reason("idempotency_key_reused", message)])


def event_of(actor: Actor, key: str) -> Event | None:
    """What this key already did, whatever the request was: for a page that must not ask again."""
    found = IdempotentAnswer.objects.select_related("event__dossier").filter(actor_key=actor_key(actor), key=key)
    answer = found.first() if key else None
    return answer.event if answer else None


def remember(actor: Actor, key: str, request: str, event: Event) -> None:
    """Keep the answer with the act, in its transaction. The database allows one for a key.

    Raises Conflict when another act, on a file locked by nobody else, took the same key meanwhile.
    """
    if not key:
        return
    try:
        with transaction.atomic():
            IdempotentAnswer.objects.create(
                actor_key=actor_key(actor), key=key, request_hash=request, event=event, at=event.recorded_at
            )
    except IntegrityError as error:
        raise key_used() from error
