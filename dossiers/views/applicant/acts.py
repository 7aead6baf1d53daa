"""Doing an act from a hospital's screen: what the write path answers, turned into something a person can act on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone

from dossiers.models import Dossier, Event
from dossiers.queries.facts import facts_of
from dossiers.services.errors import Blocked, Conflict, Forbidden, NotFound, Stale, WrongState
from dossiers.services.move import move
from dossiers.views.applicant.common import posted_key, posted_version
from workflows.engine import Verdict, choices
from workflows.registry import procedure as table_of
from workflows.types import Actor, Reason


@dataclass(frozen=True)
class Outcome:
    """`event` when the act is done; else why not. `changes`: what happened since the page was read (`stale`)."""

    event: Event | None = None
    reasons: tuple[Reason, ...] = ()
    changes: tuple[str, ...] = ()
    status: int = 200

    @property
    def stale(self) -> bool:
        return self.status == 409 and bool(self.changes or not self.event)


def attempt(
    request: HttpRequest, dossier: Dossier, transition: str, actor: Actor, payload: Mapping[str, Any] | None = None
) -> Outcome:
    """Do the act with the version and the key of the posted page. Raises Http404 out of scope."""
    try:
        event = move(
            reference=dossier.reference,
            transition=transition,
            actor=actor,
            version=posted_version(request),
            payload=payload,
            key=posted_key(request),
            at=timezone.now(),
        )
    except NotFound as refusal:
        raise Http404 from refusal
    except Stale as refusal:
        return Outcome(reasons=refusal.reasons, changes=refusal.changes, status=409)
    except (WrongState, Conflict) as refusal:
        return Outcome(reasons=refusal.reasons, status=409)
    except Forbidden as refusal:
        return Outcome(reasons=refusal.reasons, status=403)
    except Blocked as refusal:
        return Outcome(reasons=refusal.reasons, status=422)
    return Outcome(event=event)


def offered(dossier: Dossier, actor: Actor) -> dict[str, Verdict]:
    """The acts this actor holds here, allowed or blocked with their reasons, by name."""
    at = timezone.now()
    table = table_of(dossier.procedure, dossier.workflow_version)
    found: dict[str, Verdict] = {}
    for verdict in choices(table, facts_of(dossier, actor, at), actor, at):
        if verdict.transition is not None:
            found[verdict.transition.name] = verdict
    return found
