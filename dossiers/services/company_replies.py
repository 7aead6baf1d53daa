"""What the companies of a prescription framework (CPC) reply: their information, their observations on the drafts.

Replying moves no state: it leaves a note in the log. The guards of the table read who has replied
(`queries.frameworks`), and the act that follows closes the call (`frameworks.close_company_call`).
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from dossiers.forms.fields import no_national_number
from dossiers.models import CompanyCall, CompanyReply, Dossier
from dossiers.paths import dossier_path
from dossiers.policy import visible_to
from dossiers.services import log, tell
from dossiers.services.errors import Blocked, Forbidden, NotFound, WrongState
from dossiers.services.idempotency import earlier_answer, remember
from dossiers.services.locks import demand
from dossiers.services.stale import refuse_stale
from notifications.outbox import queue
from workflows import audiences
from workflows.cpc_guards import PROTOCOL
from workflows.roles import APPLICANT
from workflows.types import Actor, Reason

LONGEST_TEXT: Final = 20_000
LABEL: Final = _("A company replied to what ANSM asked")


def reply(
    *,
    reference: str,
    text: str,
    actor: Actor,
    version: int | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> CompanyReply:
    """Keep what the actor's company replies to the open call; it may write again until the call is closed.

    `version` and `key` as in `move`. Raises NotFound, Forbidden (not an applicant of a company that is a party),
    WrongState (nothing is asked, or a protocol is: it is sent by the act `receive_put`), Blocked (a text that cannot be
    kept), Stale, Conflict.
    """
    at = at or timezone.now()
    request = log.sha256_of(["company_reply", reference, text])
    with transaction.atomic(durable=True):
        dossier = visible_to(actor).select_for_update(of=("self",)).filter(reference=reference).first()
        answered = earlier_answer(actor, key, request)
        if answered:
            return CompanyReply.objects.get(call__dossier=answered.dossier, given_at=answered.at)
        if dossier is None:
            raise NotFound([Reason("not_found", _("No such file, or it is not yours to see."))])
        refuse_stale(dossier, version, actor)
        _refuse_who_is_not_asked(actor, dossier)
        call = CompanyCall.objects.filter(dossier=dossier, closed_at=None).exclude(step=PROTOCOL).first()
        if call is None:
            raise WrongState([Reason("nothing_asked", _("ANSM asks nothing of the company now."))])
        said = _checked(text)
        last = call.replies.filter(organisation=actor.organisation_id).order_by("-given_at", "-id").first()
        if last is not None and last.text == said:
            return last
        made = CompanyReply.objects.create(
            call=call,
            organisation_id=actor.organisation_id or 0,
            text=said,
            given_by_id=actor.person_id,
            given_by_name=actor.name,
            given_at=at,
        )
        dossier.version += 1
        dossier.changed_at = at
        payload = {"step": call.step, "company": actor.organisation_name}
        event = log.append(dossier=dossier, verb="company_reply", actor=actor, at=at, payload=payload)
        dossier.save(update_fields=["version", "changed_at"])
        remember(actor, key, request, event)
        _tell(dossier, made, actor, at)
        return made


def _refuse_who_is_not_asked(actor: Actor, dossier: Dossier) -> None:
    demand(actor, "act", dossier)
    named = dossier.parties.filter(organisation=actor.organisation_id, role=APPLICANT).exists()
    if actor.role != APPLICANT or not named:
        raise Forbidden([Reason("role", _("Only an applicant of a company that is asked may reply for it."))])


def _checked(typed: str) -> str:
    text = typed.replace("\x00", "").replace("\r\n", "\n").encode("utf-8", "ignore").decode().strip()
    if not text:
        raise Blocked([Reason("required", _("Fill in this field: it is needed for this act."), "text")])
    if len(text) > LONGEST_TEXT:
        message = _("This text is too long: %d characters at most.") % LONGEST_TEXT
        raise Blocked([Reason("too_long", message, "text")])
    try:
        no_national_number(text)
    except ValidationError as error:
        raise Blocked([Reason("national_number", error.message, "text")]) from error
    return text


def _tell(dossier: Dossier, made: CompanyReply, actor: Actor, at: dt.datetime) -> None:
    people = tell.AUDIENCES[audiences.LEAD](dossier) - {actor.person_id}
    queue(
        kind="company_reply",
        recipients=Person.objects.filter(pk__in=people, is_active=True),
        dedupe=f"{dossier.pk}:{made.pk}",
        dossier=dossier,
        reference=dossier.reference,
        path=dossier_path(dossier.reference),
        context={"label": LABEL},
        at=at,
    )
