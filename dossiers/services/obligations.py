"""Obligations of a title: what must be reported, notified, kept or met by a day (a report, a condition of the grant).

Locks are taken in the order of the write path: dossier, titles from the oldest, obligation. Each act leaves an event,
which says which obligation it is about, never its text.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from documents.attachments import attach
from documents.errors import BadFile
from documents.models import Attachment
from dossiers.models import Dossier, Event, Obligation, Title
from dossiers.paths import title_path
from dossiers.policy import OBLIGATION_PROOF, attachments_visible_to, may_fulfil, obligations_visible_to
from dossiers.queries.holders import holders_of
from dossiers.queries.titles import LIVING
from dossiers.services import log
from dossiers.services.errors import Blocked, Forbidden, NotFound, WrongState
from dossiers.services.idempotency import earlier_answer, remember
from dossiers.services.locks import demand, lock_title, locked_title
from dossiers.services.obligation_faults import (
    LONGEST_LAW,
    clean,
    faults_of_choices,
    faults_of_days,
    faults_of_done_on,
    faults_of_holder,
    faults_of_proof,
    faults_of_words,
)
from dossiers.services.obligation_life import open_next, outlives, words
from dossiers.services.stale import refuse_stale
from dossiers.services.tell import of_the_holder
from notifications.outbox import queue
from workflows.dates import civil_date
from workflows.types import Actor, Reason, Text

DOUBLE_CLICK: Final = dt.timedelta(minutes=1)
"""The same obligation added by the same person within this time is one form sent twice."""

State = Obligation.State
OwedBy = Obligation.OwedBy


def add(
    *,
    number: str,
    kind: str,
    owed_by: str,
    text: str,
    law: str = "",
    due_on: dt.date,
    every_months: int | None = None,
    holder: int | None = None,
    actor: Actor,
    version: int | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> Obligation:
    """Oblige the holder of the title `number`, or the agency, to something by `due_on` (last day, included), then every
    `every_months` months date to date when given. The holder is told that there is something, not what.

    Of several companies that hold it, each owes its own: one obligation is made for each, and the first is returned;
    `holder`, the key of one of them, asks that one alone.

    `version`, of the dossier, and `key` as in `move`, here and below. Raises NotFound, Forbidden, WrongState (the title
    has ended), Blocked, Stale, Conflict.
    """
    at = at or timezone.now()
    text, law = clean(text), clean(law)
    asked = ["obligation", number, kind, owed_by, text, law, due_on, every_months]
    request = log.sha256_of([*asked, holder] if holder is not None else asked)
    with transaction.atomic(durable=True):
        title = locked_title(number, actor)
        answered = earlier_answer(actor, key, request)
        if answered:
            return Obligation.objects.get(pk=answered.payload["id"])
        refuse_stale(title.dossier, version, actor)
        demand(actor, "oblige", title.dossier)
        if title.state not in LIVING:
            message = _("This authorisation has ended: nothing more can be asked of it.")
            raise WrongState([Reason("title_ended", message)])
        faults = [
            *faults_of_choices(kind, owed_by),
            *faults_of_holder(title, owed_by, holder),
            *faults_of_words(text, "text", _("Say what is owed, in words that its reader will understand.")),
            *faults_of_words(law, "law", "", longest=LONGEST_LAW),
            *faults_of_days(title, kind, owed_by, due_on, every_months, civil_date(at)),
        ]
        if faults:
            raise Blocked(faults)
        owing = _owing(title, owed_by, holder)
        before = _sent_twice(title, kind, text, due_on, owing, actor, at)
        if before is not None:
            return before
        said = {"kind": kind, "owed_by": owed_by, "text": text, "law": law, "due_on": due_on}
        by = {"created_by_id": actor.person_id, "created_at": at}
        made = [
            Obligation.objects.create(title=title, holder_id=one, every_months=every_months, **said, **by)
            for one in owing
        ]
        events = [_note(one, "obligation_added", actor, at) for one in made]
        remember(actor, key, request, events[0])
        label = _("Something is expected by a day under an authorisation")
        for one in made:
            _tell_the_holder(one, "obligation_added", label, actor, at)
        return made[0]


def mark_done(
    *,
    obligation: int,
    done_on: dt.date,
    proof: str = "",
    document: int | None = None,
    upload: UploadedFile[Any] | None = None,
    actor: Actor,
    version: int | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> Obligation:
    """What was owed was done on `done_on`. Shown by `proof` (words), `document` (one of the file, by its key) or
    `upload` (attached in the same transaction, or not at all). A repeating one opens its next occurrence.

    Raises NotFound, Forbidden, WrongState (not open any more), Blocked, Stale, Conflict.
    """
    at = at or timezone.now()
    proof = clean(proof)
    request = log.sha256_of(["obligation_done", obligation, done_on, proof, document, _sha256_of(upload)])
    with transaction.atomic(durable=True):
        done, titles = _locked(obligation, actor)
        if earlier_answer(actor, key, request):
            return done
        refuse_stale(done.title.dossier, version, actor)
        ruling = may_fulfil(actor, done)
        if not ruling.allowed:
            raise Forbidden(ruling.reasons)
        if done.state != State.OPEN:
            raise WrongState([Reason("not_open", _("This is no longer to do: somebody closed it before you."))])
        shown = _document(document, done.title.dossier, actor)
        faults = [
            *faults_of_done_on(done_on, civil_date(at)),
            *faults_of_proof(proof, document, shown, is_uploaded=upload is not None),
        ]
        if faults:
            raise Blocked(faults)
        if upload is not None:
            shown = _attached(upload, done.title.dossier, actor, at)
        done.state, done.closed_at = State.DONE, at
        done.done_on, done.proof, done.document = done_on, proof, shown
        done.done_by_id, done.done_by_name = actor.person_id, actor.name
        done.save()
        following = open_next(done=done, titles=titles, actor=actor, at=at)
        said = {"done_on": done_on, "proof": proof, "document": shown and shown.pk}
        next_due_on = following and following.due_on
        event = _note(done, "obligation_done", actor, at, **said, next_due_on=next_due_on)
        remember(actor, key, request, event)
        return done


def reopen(
    *,
    obligation: int,
    reason: str,
    actor: Actor,
    version: int | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> Obligation:
    """The agency finds that the proof is not enough: it is to be done again, by the same day. What was typed stays.

    Its next occurrence, if any, goes on beside it: its day never depended on when this one was done. Refused once that
    one is done, because what lacks is then asked there, and once the title has ended, but for what outlives it. Raises
    NotFound, Forbidden, WrongState, Blocked, Stale, Conflict.
    """
    at = at or timezone.now()
    request = log.sha256_of(["obligation_reopened", obligation, reason])
    with transaction.atomic(durable=True):
        again, _titles = _locked(obligation, actor)
        if earlier_answer(actor, key, request):
            return again
        refuse_stale(again.title.dossier, version, actor)
        demand(actor, "oblige", again.title.dossier)
        if again.state != State.DONE:
            raise WrongState([Reason("not_done", _("Only what was marked done can be reopened."))])
        if again.title.state not in LIVING and not outlives(again):
            message = _(
                "This authorisation has ended, and nothing more is asked under it: write a message in the file."
            )
            raise WrongState([Reason("title_ended", message)])
        reason = clean(reason)
        faults = list(faults_of_words(reason, "reason", _("Say what lacks, so that it can be sent.")))
        if Obligation.objects.filter(previous=again, state=State.DONE).exists():
            message = _("The following one is done already: ask there for what lacks, or add another obligation.")
            faults.append(Reason("next_done", message))
        if faults:
            raise Blocked(faults)
        again.state, again.closed_at, again.done_on = State.OPEN, None, None
        again.done_by, again.done_by_name = None, ""
        again.save()
        remember(actor, key, request, _note(again, "obligation_reopened", actor, at, reason=reason))
        _tell_the_holder(again, "obligation_reopened", _("A proof is not enough: please complete it"), actor, at)
        return again


def cancel(
    *,
    obligation: int,
    reason: str,
    actor: Actor,
    version: int | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> Obligation:
    """The agency no longer asks for it, nor for those that would have followed.

    Raises NotFound, Forbidden, WrongState (not open), Blocked (no reason), Stale, Conflict.
    """
    at = at or timezone.now()
    request = log.sha256_of(["obligation_cancelled", obligation, reason])
    with transaction.atomic(durable=True):
        given_up, _titles = _locked(obligation, actor)
        if earlier_answer(actor, key, request):
            return given_up
        refuse_stale(given_up.title.dossier, version, actor)
        demand(actor, "oblige", given_up.title.dossier)
        if given_up.state != State.OPEN:
            raise WrongState([Reason("not_open", _("This is no longer to do: somebody closed it before you."))])
        reason = clean(reason)
        faults = list(faults_of_words(reason, "reason", _("Say why it is no longer asked for.")))
        if faults:
            raise Blocked(faults)
        given_up.state, given_up.closed_at = State.CANCELLED, at
        given_up.save()
        remember(actor, key, request, _note(given_up, "obligation_cancelled", actor, at, reason=reason))
        label = _("Something is no longer expected under an authorisation")
        _tell_the_holder(given_up, "obligation_cancelled", label, actor, at)
        return given_up


# --------------------------------------------------------------------------------------------------- the locks


def _locked_titles(title: int, dossier: int) -> list[Title]:
    """The title, then its renewals: the next occurrence may fall under one of them."""
    first = lock_title(title, dossier)
    renewals = Title.objects.select_for_update(of=("self",)).filter(
        chain=first.chain, renewal_rank__gt=first.renewal_rank
    )
    return [first, *renewals.order_by("renewal_rank")]


def _locked(obligation: int, actor: Actor) -> tuple[Obligation, list[Title]]:
    seen = obligations_visible_to(actor).filter(pk=obligation).values_list("title_id", "title__dossier_id").first()
    if seen is None:
        raise NotFound([Reason("not_found", _("No such obligation, or it is not yours to see."))])
    titles = _locked_titles(*seen)
    found = Obligation.objects.select_for_update(of=("self",)).get(pk=obligation)
    if found.title_id != titles[0].pk:
        message = _("It has just passed to the renewal of this authorisation: open it there.")
        raise WrongState([Reason("carried", message)])
    found.title = titles[0]
    return found, titles


def _owing(title: Title, owed_by: str, holder: int | None) -> list[int | None]:
    """Who is asked, each by itself: the agency (None), that company, or whoever holds the title."""
    if owed_by == OwedBy.AGENCY:
        return [None]
    return [holder] if holder is not None else [*holders_of(title)]


def _sent_twice(
    title: Title, kind: str, text: str, due_on: dt.date, owing: list[int | None], actor: Actor, at: dt.datetime
) -> Obligation | None:
    """The one made for the first of `owing`."""
    lately = Obligation.objects.filter(
        title=title,
        kind=kind,
        due_on=due_on,
        holder=owing[0],
        created_by=actor.person_id,
        created_at__range=(at - DOUBLE_CLICK, at),
    )
    return next((one for one in lately.order_by("pk") if one.text == text), None)


# ------------------------------------------------------------------------------------------- what is refused


def _document(document: int | None, dossier: Dossier, actor: Actor) -> Attachment | None:
    if document is None:
        return None
    return attachments_visible_to(actor).filter(pk=document, dossier=dossier, removed_at=None).first()


def _sha256_of(upload: UploadedFile[Any] | None) -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks() if upload is not None else ():
        digest.update(chunk)
    return digest.hexdigest()


def _attached(upload: UploadedFile[Any], dossier: Dossier, actor: Actor, at: dt.datetime) -> Attachment:
    try:
        return attach(dossier=dossier, kind=OBLIGATION_PROOF, upload=upload, actor=actor, at=at)
    except BadFile as refusal:
        raise Blocked([Reason(one.code, one.message, "upload") for one in refusal.reasons]) from refusal


# ------------------------------------------------------------------------------------------------ what follows


def _note(obligation: Obligation, verb: str, actor: Actor, at: dt.datetime, **more: object) -> Event:
    dossier = obligation.title.dossier
    dossier.version += 1
    dossier.changed_at = at
    payload = {**words(obligation), **{name: value for name, value in more.items() if value not in (None, "")}}
    event = log.append(dossier=dossier, verb=verb, actor=actor, at=at, payload=payload)
    dossier.save(update_fields=["version", "changed_at"])
    return event


def _tell_the_holder(obligation: Obligation, kind: str, label: Text, actor: Actor, at: dt.datetime) -> None:
    """Only what is owed by the holder concerns it; the mail says which kind and by when, on which authorisation."""
    if obligation.holder_id is None:
        return
    title = obligation.title
    rank = title.dossier.version  # each act on an obligation is one version of the file
    queue(
        kind=kind,
        recipients=Person.objects.filter(
            pk__in=of_the_holder(title.dossier, obligation.holder_id) - {actor.person_id}, is_active=True
        ),
        dedupe=f"{obligation.pk}:{rank}",
        dossier=title.dossier,
        reference=title.number,
        path=title_path(title.number),
        context={"label": label, "due_on": obligation.due_on},
        at=at,
    )
