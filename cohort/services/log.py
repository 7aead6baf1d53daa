"""The history of an inclusion: append, and prove. The same chain of hashes as the dossiers' log."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from cohort.models import CohortEvent, Inclusion
from dossiers.services.log import canonical, sha256_of
from workflows.types import Actor

HASHED: Final = (
    "inclusion_id",
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


def hash_of(event: CohortEvent) -> str:
    content = {name: getattr(event, name) for name in HASHED}
    content["at"] = event.at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    return sha256_of(content)


def append(
    *,
    inclusion: Inclusion,
    verb: str,
    actor: Actor,
    at: dt.datetime,
    source: str = "",
    target: str = "",
    payload: Mapping[str, Any] | None = None,
) -> CohortEvent:
    """Write the next event of `inclusion`, whose row the caller has locked: that lock makes `seq` gap-free."""
    last = CohortEvent.objects.filter(inclusion=inclusion).order_by("-seq").only("seq", "hash").first()
    event = CohortEvent(
        inclusion=inclusion,
        seq=last.seq + 1 if last else 1,
        verb=verb,
        source=source,
        target=target,
        at=at,
        actor_role=actor.role,
        actor_person_id=actor.person_id,
        actor_name=actor.name,
        actor_organisation=actor.organisation_name,
        payload=json.loads(canonical(dict(payload or {}))),
        previous_hash=last.hash if last else "",
    )
    event.hash = hash_of(event)
    event.save(force_insert=True)
    return event


def differences(inclusion: Inclusion) -> Iterator[str]:
    """What does not hold in the chain: a gap, a broken hash, a state that the events do not lead to."""
    previous, seq, state = "", 0, ""
    for event in inclusion.events.order_by("seq"):
        seq += 1
        if event.seq != seq or event.previous_hash != previous or event.hash != hash_of(event):
            yield f"{inclusion.pseudonym}: event {event.seq} does not hold"
            seq = event.seq
        previous = event.hash
        state = event.target or state
    if state != inclusion.state:
        yield f"{inclusion.pseudonym}: the events lead to {state}, the row says {inclusion.state}"
