"""The history of a unit: append, and prove. The same chain of hashes as the dossiers' log."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from devices.models import Unit, UnitEvent
from dossiers.services.log import canonical, sha256_of
from workflows.types import Actor

HASHED: Final = (
    "unit_id",
    "seq",
    "verb",
    "source",
    "target",
    "actor_role",
    "actor_person_id",
    "actor_name",
    "actor_organisation",
    "payload",
    "previous_hash",
)


def hash_of(event: UnitEvent) -> str:
    content = {name: getattr(event, name) for name in HASHED}
    content["on"] = event.on.isoformat()
    content["at"] = event.at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    return sha256_of(content)


def append(
    *, unit: Unit, verb: str, source: str, on: dt.date, actor: Actor, at: dt.datetime, payload: Mapping[str, Any]
) -> UnitEvent:
    """Write the next event of `unit`, whose row the caller has locked or just made: that makes `seq` gap-free."""
    last = UnitEvent.objects.filter(unit=unit).order_by("-seq").only("seq", "hash").first()
    event = UnitEvent(
        unit=unit,
        seq=last.seq + 1 if last else 1,
        verb=verb,
        source=source,
        target=unit.state,
        on=on,
        at=at,
        actor_role=actor.role,
        actor_person_id=actor.person_id,
        actor_name=actor.name,
        actor_organisation=actor.organisation_name,
        payload=json.loads(canonical(dict(payload))),
        previous_hash=last.hash if last else "",
    )
    event.hash = hash_of(event)
    event.save(force_insert=True)
    return event


def differences(unit: Unit) -> Iterator[str]:
    """What does not hold in the chain: a gap, a broken hash, a state that the events do not lead to."""
    previous, seq, state = "", 0, ""
    for event in unit.events.order_by("seq"):
        seq += 1
        if event.seq != seq or event.previous_hash != previous or event.hash != hash_of(event):
            yield f"{unit.reference}: event {event.seq} does not hold"
            seq = event.seq
        if event.source != state:
            yield f"{unit.reference}: event {event.seq} starts from {event.source}, not from {state}"
        previous, state = event.hash, event.target
    if state != unit.state:
        yield f"{unit.reference}: the events lead to {state}, the row says {unit.state}"
