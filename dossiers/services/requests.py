"""Reminders of an information request that waits for its answer."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from dossiers.models import InformationRequest
from dossiers.paths import dossier_path
from dossiers.policy import may, visible_to
from dossiers.services import log, tell
from dossiers.services.errors import Blocked, Forbidden, NotFound
from notifications.outbox import queue
from workflows.types import Actor, Reason


def remind(*, reference: str, actor: Actor, at: dt.datetime | None = None) -> InformationRequest:
    """Remind the applicant's side of the open request; once a day at most. Raises NotFound, Forbidden, Blocked."""
    with transaction.atomic(durable=True):
        return remind_within(reference=reference, actor=actor, at=at or timezone.now())


def remind_within(
    *, reference: str, actor: Actor, at: dt.datetime, inferred: bool = False, imported: bool = False
) -> InformationRequest:
    """`remind` inside a transaction of the caller. `inferred`, `imported`: see `dossiers.services.act.Act`."""
    dossier = visible_to(actor).select_for_update(of=("self",)).filter(reference=reference).first()
    if dossier is None:
        raise NotFound([Reason("not_found", _("No such file, or it is not yours to see."))])
    ruling = may(actor, "write_note", dossier)
    if not ruling.allowed:
        raise Forbidden(ruling.reasons)
    request = InformationRequest.objects.filter(dossier=dossier, closed_at=None).first()
    if request is None:
        raise Blocked([Reason("no_open_request", _("No question is waiting for an answer."))])
    if request.reminded_at is not None and at - request.reminded_at < dt.timedelta(hours=20):
        raise Blocked([Reason("reminded", _("A reminder was already sent today."))])
    request.reminded_at = at
    request.save(update_fields=["reminded_at"])
    dossier.version += 1
    dossier.changed_at = at
    event = log.append(
        dossier=dossier, verb="remind", actor=actor, at=at, payload={"request": request.number}, inferred=inferred
    )
    dossier.save()
    if not imported:
        queue(
            kind="request_reminder",
            recipients=Person.objects.filter(pk__in=tell.AUDIENCES["applicant_side"](dossier)),
            dedupe=f"{dossier.pk}:{event.seq}",
            dossier=dossier,
            reference=dossier.reference,
            path=dossier_path(dossier.reference),
            context={"label": _("Reminder: questions wait for your answer"), "due_on": request.reply_by},
            at=at,
        )
    return request
