"""Who examines: reassignment, recusal, tasks done. Each leaves its event in the log; none moves a state."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from dossiers.models import Assignment, Dossier, Event, Recusal, Task
from dossiers.policy import visible_to
from dossiers.queries.renunciations import RENUNCIATION
from dossiers.services import log
from dossiers.services.errors import Blocked, Forbidden, NotFound
from dossiers.services.idempotency import earlier_answer, remember
from dossiers.services.locks import demand
from dossiers.services.stale import refuse_stale
from workflows.dates import civil_date
from workflows.registry import procedure
from workflows.types import Actor, Reason


def reassign(
    *,
    reference: str,
    membership: int,
    actor: Actor,
    reason: str = "",
    version: int | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> Event:
    """Give the dossier to another officer. `version` and `key` as in `move`.

    Raises NotFound, Forbidden, Blocked (may not lead it, recused), Stale, Conflict.
    """
    at = at or timezone.now()
    request = log.sha256_of(["reassign", reference, membership, reason])
    with transaction.atomic(durable=True):
        dossier = _locked(reference, actor)
        answered = earlier_answer(actor, key, request)
        if answered:
            return answered
        refuse_stale(dossier, version, actor)
        demand(actor, "assign", dossier)
        led_by = procedure(dossier.procedure, dossier.workflow_version).led_by
        chosen = Membership.objects.open_on(civil_date(at)).filter(pk=membership, role__in=led_by)
        officer = chosen.select_related("person").first()
        if officer is None:
            raise Blocked([Reason("not_an_assessor", _("Choose an assessor in office."), "membership")])
        if dossier.recusals.filter(person=officer.person).exists():
            raise Blocked(
                [Reason("recused", _("This person is recused from this file: choose another."), "membership")]
            )
        dossier.assignments.filter(until=None).update(until=at)
        Assignment.objects.create(dossier=dossier, membership=officer, since=at, reason=reason)
        dossier.lead = officer
        event = _noted(dossier, "reassign", actor, at, {"to": officer.person.full_name, "reason": reason})
        remember(actor, key, request, event)
        return event


def recuse(
    *,
    reference: str,
    actor: Actor,
    reason: str,
    version: int | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> Event:
    """The actor declares a conflict of interest and leaves the dossier; if they led it, nobody does until it is taken
    up or reassigned. `version` and `key` as in `move`.

    Raises NotFound, Forbidden, Blocked (no reason), Stale, Conflict.
    """
    at = at or timezone.now()
    request = log.sha256_of(["recuse", reference, reason])
    with transaction.atomic(durable=True):
        dossier = _locked(reference, actor)
        answered = earlier_answer(actor, key, request)
        if answered:
            return answered
        refuse_stale(dossier, version, actor)
        demand(actor, "recuse", dossier)
        if actor.person_id is None:
            raise Forbidden([Reason("person", _("Only a person can have a conflict of interest."))])
        if not reason.strip():
            raise Blocked([Reason("required", _("Say in a few words which link obliges you to step aside."), "reason")])
        Recusal.objects.get_or_create(
            dossier=dossier, person_id=actor.person_id, defaults={"reason": reason.strip(), "at": at}
        )
        if dossier.lead is not None and dossier.lead.person_id == actor.person_id:
            dossier.assignments.filter(until=None).update(until=at)
            dossier.lead = None
        event = _noted(dossier, "recuse", actor, at, {"reason": reason.strip()})
        remember(actor, key, request, event)
        return event


def complete_task(*, task: int, actor: Actor, at: dt.datetime | None = None) -> Task:
    """Mark a task done, once. Raises NotFound, Forbidden (a holder who gives its title up is answered, on its page)."""
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        found = Task.objects.select_related("dossier").filter(pk=task).first()
        if found is None:
            raise NotFound([Reason("not_found", _("No such task."))])
        dossier = _locked(found.dossier.reference, actor)
        demand(actor, "write_note", dossier)
        if found.kind == RENUNCIATION:
            raise Forbidden([Reason("answer", _("Answer from the page of the authorisation: it is done then."))])
        done = Task.objects.select_for_update(of=("self",)).get(pk=task)
        if done.done_at is None:
            done.done_at, done.done_by_id = at, actor.person_id
            done.save(update_fields=["done_at", "done_by"])
            _noted(dossier, "task_done", actor, at, {"task": done.kind})
        return done


def _locked(reference: str, actor: Actor) -> Dossier:
    dossier = visible_to(actor).select_for_update(of=("self",)).filter(reference=reference).first()
    if dossier is None:
        raise NotFound([Reason("not_found", _("No such file, or it is not yours to see."))])
    return dossier


def _noted(dossier: Dossier, verb: str, actor: Actor, at: dt.datetime, payload: dict[str, str]) -> Event:
    dossier.version += 1
    dossier.changed_at = at
    event = log.append(dossier=dossier, verb=verb, actor=actor, at=at, payload=payload, staff_only=True)
    dossier.save()
    return event
