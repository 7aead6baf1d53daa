"""The event log: append, and prove. Each event carries the hash of the one before it on the same dossier."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from dossiers.models import Dossier, Event, Title
from workflows.types import Actor

HASHED = (
    "dossier_id",
    "seq",
    "machine",
    "verb",
    "source",
    "target",
    "version",
    "inferred",
    "staff_only",
    "actor_role",
    "actor_person_id",
    "actor_membership_id",
    "actor_name",
    "actor_organisation",
    "payload",
    "previous_hash",
)


def canonical(value: Any) -> str:
    """One spelling for one value, so that the same facts always have the same hash."""
    return json.dumps(value, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def sha256_of(value: Any) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def hash_of(event: Event) -> str:
    """SHA-256 over every column of the event and the hash of the event before it."""
    content = {name: getattr(event, name) for name in HASHED}
    # Instants are spelt in UTC with microseconds: PostgreSQL gives them back in the session's time zone.
    content["at"] = event.at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    content["recorded_at"] = event.recorded_at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    return sha256_of(content)


def append(
    *,
    dossier: Dossier,
    verb: str,
    actor: Actor,
    at: dt.datetime,
    machine: str = "note",
    source: str = "",
    target: str = "",
    payload: dict[str, Any] | None = None,
    staff_only: bool = False,
    inferred: bool = False,
) -> Event:
    """Write the next event of `dossier`, whose row the caller has locked: that lock makes `seq` gap-free."""
    last = Event.objects.filter(dossier=dossier).order_by("-seq").only("seq", "hash").first()
    event = Event(
        dossier=dossier,
        seq=last.seq + 1 if last else 1,
        machine=machine,
        verb=verb,
        source=source,
        target=target,
        version=dossier.version,
        at=at,
        recorded_at=timezone.now(),
        inferred=inferred,
        staff_only=staff_only,
        actor_role=actor.role,
        actor_person_id=actor.person_id,
        actor_membership_id=actor.membership_id,
        actor_name=actor.name,
        actor_organisation=actor.organisation_name,
        payload=json.loads(canonical(payload or {})),
        previous_hash=last.hash if last else "",
    )
    event.hash = hash_of(event)
    event.save(force_insert=True)
    return event


def differences(dossier: Dossier, title: Title | None) -> Iterator[str]:
    """What does not hold in this dossier's chain: a broken hash, a gap, a state that the events do not lead to."""
    previous, seq = "", 0
    states = {"dossier": "", "title": ""}
    for event in dossier.events.order_by("seq"):
        seq += 1
        if event.seq != seq:
            yield f"{dossier.reference}: event {seq} is missing"
            seq = event.seq
        if event.previous_hash != previous or event.hash != hash_of(event):
            yield f"{dossier.reference}: event {event.seq} does not match its hash"
        previous = event.hash
        if event.machine in states:
            if event.source != states[event.machine]:
                yield f"{dossier.reference}: event {event.seq} leaves {event.source}, not {states[event.machine]}"
            states[event.machine] = event.target
    if states["dossier"] != dossier.state:
        yield f"{dossier.reference}: the events lead to {states['dossier']}, the dossier says {dossier.state}"
    if states["title"] != (title.state if title else ""):
        yield f"{dossier.reference}: the events lead to title {states['title']}, the title says {title and title.state}"
