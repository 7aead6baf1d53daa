"""Obligations of a title: what must be reported, notified, kept or met by a day (a report, a condition of the grant).

Locks are taken in the order of the write path: dossier, titles from the oldest, obligation. Each act leaves an event,
which says which obligation it is about, never its text.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from documents.attachments import attach
from documents.errors import BadFile
from documents.models import Attachment
from dossiers.forms.fields import no_national_number
from dossiers.models import Dossier, Event, Obligation, Title
from dossiers.paths import title_path
from dossiers.policy import OBLIGATION_PROOF, attachments_visible_to, titles_visible_to
from dossiers.queries.titles import LIVING
from dossiers.services import log
from dossiers.services.errors import Blocked, NotFound, WrongState
from dossiers.services.idempotency import earlier_answer, remember
from dossiers.services.locks import demand, lock_title, locked_title
from dossiers.services.obligation_life import OUTLIVING, open_next, outlives, words
from dossiers.services.stale import refuse_stale
from dossiers.services.tell import AUDIENCES
from notifications.outbox import queue
from workflows import audiences
from workflows.dates import civil_date, say
from workflows.payload import FIRST_YEAR, LAST_YEAR
from workflows.types import Actor, Reason, Text

LONGEST_TEXT: Final = 4_000
LONGEST_LAW: Final = 120
MOST_MONTHS: Final = 60
DOUBLE_CLICK: Final = dt.timedelta(minutes=1)
"""The same obligation added by the same person within this time is one form sent twice."""

State = Obligation.State
Kind = Obligation.Kind
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
    actor: Actor,
    version: int | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> Obligation:
    """Oblige the holder of the title `number`, or the agency, to something by `due_on` (last day, included), then every
    `every_months` months date to date when given. The holder is told that there is something, not what.

    `version`, of the dossier, and `key` as in `move`, here and below. Raises NotFound, Forbidden, WrongState (the title
    has ended), Blocked, Stale, Conflict.
    """
    at = at or timezone.now()
    text, law = _clean(text), _clean(law)
    request = log.sha256_of(["obligation", number, kind, owed_by, text, law, due_on, every_months])
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
            *_faults_of_choices(kind, owed_by),
            *_faults_of_words(text, "text", _("Say what is owed, in words that its reader will understand.")),
            *_faults_of_words(law, "law", "", longest=LONGEST_LAW),
            *_faults_of_days(title, kind, owed_by, due_on, every_months, civil_date(at)),
        ]
        if faults:
            raise Blocked(faults)
        before = _sent_twice(title, kind, text, due_on, actor, at)
        if before is not None:
            return before
        obligation = Obligation.objects.create(
            title=title,
            kind=kind,
            owed_by=owed_by,
            text=text,
            law=law,
            due_on=due_on,
            every_months=every_months,
            created_by_id=actor.person_id,
            created_at=at,
        )
        remember(actor, key, request, _note(obligation, "obligation_added", actor, at))
        _tell_the_holder(
            obligation, "obligation_added", _("Something is expected by a day under an authorisation"), actor, at
        )
        return obligation


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
    proof = _clean(proof)
    request = log.sha256_of(["obligation_done", obligation, done_on, proof, document, _sha256_of(upload)])
    with transaction.atomic(durable=True):
        done, titles = _locked(obligation, actor)
        if earlier_answer(actor, key, request):
            return done
        refuse_stale(done.title.dossier, version, actor)
        demand(actor, "fulfil" if done.owed_by == OwedBy.HOLDER else "fulfil_for_agency", done.title.dossier)
        if done.state != State.OPEN:
            raise WrongState([Reason("not_open", _("This is no longer to do: somebody closed it before you."))])
        shown = _document(document, done.title.dossier, actor)
        faults = [
            *_faults_of_done_on(done_on, civil_date(at)),
            *_faults_of_proof(proof, document, shown, is_uploaded=upload is not None),
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
        reason = _clean(reason)
        faults = list(_faults_of_words(reason, "reason", _("Say what lacks, so that it can be sent.")))
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
        reason = _clean(reason)
        faults = list(_faults_of_words(reason, "reason", _("Say why it is no longer asked for.")))
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
    seen = (
        Obligation.objects.filter(pk=obligation, title__in=titles_visible_to(actor))
        .values_list("title_id", "title__dossier_id")
        .first()
    )
    if seen is None:
        raise NotFound([Reason("not_found", _("No such obligation, or it is not yours to see."))])
    titles = _locked_titles(*seen)
    found = Obligation.objects.select_for_update(of=("self",)).get(pk=obligation)
    if found.title_id != titles[0].pk:
        message = _("It has just passed to the renewal of this authorisation: open it there.")
        raise WrongState([Reason("carried", message)])
    found.title = titles[0]
    return found, titles


def _sent_twice(
    title: Title, kind: str, text: str, due_on: dt.date, actor: Actor, at: dt.datetime
) -> Obligation | None:
    lately = Obligation.objects.filter(
        title=title, kind=kind, due_on=due_on, created_by=actor.person_id, created_at__range=(at - DOUBLE_CLICK, at)
    )
    return next((one for one in lately.order_by("pk") if one.text == text), None)


# ------------------------------------------------------------------------------------------- what is refused


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()


def _faults_of_words(text: str, field: str, when_empty: Text, *, longest: int = LONGEST_TEXT) -> list[Reason]:
    if not text:
        return [Reason("required", when_empty, field)] if when_empty else []
    if len(text) > longest:
        return [Reason("too_long", _("This is too long: %d characters at most.") % longest, field)]
    try:
        no_national_number(text)
    except ValidationError as error:
        return [Reason("national_number", error.message, field)]
    return []


def _faults_of_choices(kind: str, owed_by: str) -> list[Reason]:
    faults = []
    if kind not in Kind.values:
        faults.append(Reason("choice", _("Choose what kind of obligation it is."), "kind"))
    if owed_by not in OwedBy.values:
        faults.append(Reason("choice", _("Choose who owes it."), "owed_by"))
    return faults


def _faults_of_days(
    title: Title, kind: str, owed_by: str, due_on: dt.date, every_months: int | None, today: dt.date
) -> list[Reason]:
    faults = []
    if due_on < today:
        faults.append(Reason("past", _("Choose today or a later day."), "due_on"))
    elif due_on.year > LAST_YEAR:
        faults.append(Reason("date_year", _("Check the year of this date."), "due_on"))
    elif owed_by == OwedBy.HOLDER and kind not in OUTLIVING and due_on > title.in_force_until:
        # It would be cancelled by the end of the title before its day came.
        message = _("The authorisation ends on %(day)s: choose a day until then, or an undertaking, which outlives it.")
        faults.append(Reason("after_the_end", message % {"day": say(title.in_force_until)}, "due_on"))
    if every_months is not None and not 1 <= every_months <= MOST_MONTHS:
        often = _("A number of months from 1 to %(most)d; empty when it is owed once.")
        faults.append(Reason("months", often % {"most": MOST_MONTHS}, "every_months"))
    return faults


def _faults_of_done_on(done_on: dt.date, today: dt.date) -> list[Reason]:
    if done_on > today:
        return [Reason("future", _("Write the day it was done, today at the latest."), "done_on")]
    if done_on.year < FIRST_YEAR:
        return [Reason("date_year", _("Check the year of this date."), "done_on")]
    return []


def _faults_of_proof(proof: str, document: int | None, shown: Attachment | None, *, is_uploaded: bool) -> list[Reason]:
    faults = _faults_of_words(proof, "proof", "")
    if document is not None and shown is None:
        faults.append(Reason("document", _("Choose a document of this file, or add a new one."), "document"))
    if not proof and document is None and not is_uploaded:
        message = _("Say in a few words what was done, or add the document that shows it.")
        faults.append(Reason("required", message, "proof"))
    return faults


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
    if obligation.owed_by != OwedBy.HOLDER:
        return
    title = obligation.title
    rank = title.dossier.version  # each act on an obligation is one version of the file
    queue(
        kind=kind,
        recipients=Person.objects.filter(
            pk__in=AUDIENCES[audiences.APPLICANT_SIDE](title.dossier) - {actor.person_id}, is_active=True
        ),
        dedupe=f"{obligation.pk}:{rank}",
        dossier=title.dossier,
        reference=title.number,
        path=title_path(title.number),
        context={"label": label, "due_on": obligation.due_on},
        at=at,
    )
