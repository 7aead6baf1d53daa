"""Giving an early access up: HAS is told, has a month to answer, and its silence accepts (CSP R.5121-72-1).

Telling and answering move no state: each leaves a note in the log. The title ends by its own act (`renounce`), done by
the system on HAS's answer or on its silence.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from dossiers.forms.fields import no_national_number
from dossiers.models import Dossier, Event, Task, Title
from dossiers.paths import title_path
from dossiers.policy import titles_visible_to
from dossiers.queries.renunciations import ASKED, RENUNCIATION, open_task, reason_of
from dossiers.services import log, tell
from dossiers.services.errors import Blocked, Stale, WrongState
from dossiers.services.idempotency import earlier_answer, event_of, remember
from dossiers.services.locks import demand, locked_title
from dossiers.services.move import move_title, move_title_within
from notifications.outbox import queue
from notifications.words import words_for
from workflows import audiences
from workflows.dates import ONE_DAY, PARIS, civil_date
from workflows.payload import clean_payload
from workflows.registry import TITLE, procedure
from workflows.roles import HAS_COLLEGE
from workflows.title_guards import ACCEPTED, last_day_to_answer, renounced_after_a_month
from workflows.types import Actor, Reason, System, Text

RENOUNCE = "renounce"
LONGEST_TEXT = 10_000
ANSWERED = "renunciation_accepted", "renunciation_refused"
MESSAGES: dict[str, tuple[Text, tuple[str, ...]]] = {
    ASKED: (_("The holder gives an authorisation up: HAS may answer for a month"), (audiences.HAS_COLLEGE,)),
    "renunciation_refused": (_("HAS refuses that the authorisation is given up"), (audiences.APPLICANT_SIDE,)),
}
"""Kind of message -> what happened, and who is told. An acceptance is told by the end of the title itself."""


def give_up(
    *,
    number: str,
    payload: Mapping[str, Any],
    actor: Actor,
    version: int | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> Event:
    """The act `renounce` as its holder begins it: HAS is told of an early access, any other title ends at once.

    Raises as `ask` and `move_title`.
    """
    title = titles_visible_to(actor).filter(number=number).first()
    told_first = title is not None and renounced_after_a_month(title.procedure)
    if title is None or not told_first or (open_task(title) is not None and event_of(actor, key) is None):
        return move_title(
            number=number, transition=RENOUNCE, payload=payload, actor=actor, version=version, key=key, at=at
        )
    typed, reasons = clean_payload(TITLE.transition(RENOUNCE).payload, payload)
    if reasons:
        demand(actor, "fulfil", title.dossier)
        raise Blocked(reasons)
    return ask(number=number, reason=str(typed["reason"]), actor=actor, version=version, key=key, at=at)


def ask(
    *,
    number: str,
    reason: str,
    actor: Actor,
    version: int | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> Event:
    """The holder tells HAS that it gives the title `number` up, and why. `version`: that of the title, and `key`, as in
    `move_title`.

    Raises NotFound, Forbidden, WrongState (not in force, told already, or of a procedure whose titles are given up at
    once), Blocked (no reason, a national number), Stale, Conflict.
    """
    at = at or timezone.now()
    request = log.sha256_of(["renunciation", number, reason])
    with transaction.atomic(durable=True):
        title = locked_title(number, actor)
        earlier = earlier_answer(actor, key, request)
        if earlier:
            return earlier
        demand(actor, "fulfil", title.dossier)
        _refuse_what_is_not_to_be_told(title)
        if version is not None and version != title.version:
            message = _("This authorisation has changed since you opened it: look at what changed, then decide again.")
            raise Stale(current_version=title.version, reasons=[Reason("stale", message)])
        text = _checked(reason, "reason")
        Task.objects.update_or_create(
            dossier=title.dossier,
            kind=RENUNCIATION,
            defaults={"role": HAS_COLLEGE, "created_at": at, "done_at": None, "done_by": None},
        )
        answer_by = last_day_to_answer(civil_date(at))
        event = _noted(title, ASKED, actor, at, {"reason": text, "reply_by": answer_by}, answer_by)
        remember(actor, key, request, event)
        return event


def _refuse_what_is_not_to_be_told(title: Title) -> None:
    if not renounced_after_a_month(title.procedure):
        raise WrongState([Reason("state", _("Nobody must be told first: this authorisation is given up at once."))])
    if title.state != "in_force":
        raise WrongState([Reason("state", _("Only an authorisation in force is given up."))])
    if open_task(title) is not None:
        raise WrongState([Reason("asked", _("HAS was told already: it has a month to answer."))])


def answer(*, number: str, accepted: bool, reason: str = "", actor: Actor, at: dt.datetime | None = None) -> None:
    """HAS's answer: accepted, the title ends today; refused, with its reason, it goes on.

    Raises NotFound, Forbidden, WrongState (nothing waits), Blocked (a refusal without a reason).
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        title = locked_title(number, actor)
        demand(actor, "answer_renunciation", title.dossier)
        waiting = open_task(title)
        if waiting is None:
            raise WrongState([Reason("nothing_asked", _("The holder does not ask to give this authorisation up."))])
        text = _checked(reason, "reason", needed=not accepted)
        # What is accepted closes with the title (`effects.end_title`).
        waiting.done_at, waiting.done_by_id = None if accepted else at, actor.person_id
        waiting.save(update_fields=["done_at", "done_by"])
        _noted(title, ANSWERED[0] if accepted else ANSWERED[1], actor, at, {"reason": text})
        if accepted:
            given = {"reason": reason_of(title)}
            move_title_within(number=number, transition=RENOUNCE, actor=System(ACCEPTED), payload=given, at=at)


def follow(*, at: dt.datetime) -> int:
    """End the titles whose month went by without an answer, each on the day after it, however late the pass. Returns
    how many ended. One that is suspended waits until it is in force again."""
    waiting = Task.objects.filter(kind=RENUNCIATION, done_at=None, dossier__title__state="in_force")
    return sum(_accept_by_silence(task, at) for task in waiting.select_related("dossier__title").order_by("pk"))


def _accept_by_silence(task: Task, at: dt.datetime) -> bool:
    title: Title = task.dossier.title
    accepted_on = last_day_to_answer(civil_date(task.created_at)) + ONE_DAY
    if civil_date(at) < accepted_on:
        return False
    last = task.dossier.events.order_by("-seq").values_list("at", flat=True)[0]
    moment = min(at, max(dt.datetime.combine(accepted_on, dt.time(), tzinfo=PARIS), last))
    given = {"reason": reason_of(title)}
    try:
        move_title(number=title.number, transition=RENOUNCE, actor=System("silence"), payload=given, at=moment)
    except (Blocked, WrongState):
        return False
    except Exception as error:  # noqa: BLE001 - one title that cannot be read must not keep the others waiting
        logging.getLogger(__name__).error("title %s could not be given up: %s", title.number, type(error).__name__)
        return False
    return True


# ------------------------------------------------------------------------------------------------ the steps


def _checked(typed: str, field: str, *, needed: bool = True) -> str:
    """The text as it will be kept. Raises Blocked."""
    text = typed.replace("\x00", "").strip()
    if not text and needed:
        raise Blocked([Reason("required", _("Fill in this field: it is needed for this act."), field)])
    if len(text) > LONGEST_TEXT:
        raise Blocked([Reason("too_long", _("This text is too long: %d characters at most.") % LONGEST_TEXT, field)])
    try:
        no_national_number(text)
    except ValidationError as error:
        raise Blocked([Reason("national_number", error.message, field)]) from error
    return text


def _noted(
    title: Title, verb: str, actor: Actor, at: dt.datetime, payload: dict[str, Any], answer_by: dt.date | None = None
) -> Event:
    dossier: Dossier = title.dossier
    dossier.version += 1
    dossier.changed_at = at
    said = {"title": title.number, **{name: value for name, value in payload.items() if value}}
    event = log.append(dossier=dossier, verb=verb, actor=actor, at=at, payload=said)
    dossier.save(update_fields=["version", "changed_at"])
    label, audience_names = MESSAGES.get(verb, ("", ()))
    for audience in audience_names:
        people = tell.AUDIENCES[audience](dossier) - {actor.person_id}
        queue(
            kind=verb,
            recipients=Person.objects.filter(pk__in=people, is_active=True),
            dedupe=f"{title.number}:{event.seq}",
            dossier=dossier,
            reference=dossier.reference,
            path=title_path(title.number),
            context={
                "label": label,
                "procedure": procedure(title.procedure).name,
                "title": title.number,
                "due_on": answer_by,
                **words_for(verb, audience),
            },
            at=at,
        )
    return event
