"""Telling people something: a row written in the transaction that makes it true, a mail sent after it.

`queue` is for whoever changes the facts; `notifications.sweeper` does the sending.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, models, transaction
from django.db.models import Case, F, Min, Q, When
from django.utils import timezone

from notifications.context import freeze, one_line
from notifications.models import NO_SERVER, OutboxMessage
from notifications.sweeper import Counts, sweep
from notifications.tasks import poke
from notifications.truth import register_truth, still_true

if TYPE_CHECKING:
    from accounts.models import Person

__all__ = [
    "Counts",
    "OutsideTransaction",
    "mark_all_read",
    "mark_read",
    "outbox_lag",
    "poke",
    "queue",
    "register_truth",
    "retry",
    "said",
    "still_true",
    "sweep",
    "unread_count",
]

State = OutboxMessage.State
MOST_COUNTED: Final = 100
AGAIN: Final = {
    "attempts": 0,
    "leased_until": None,
    "lease_token": None,
    "subject": "",
    "body": "",
    "last_error": "",
}
"""A message put back in the queue, as if never tried: worded anew, and not late for what went wrong before."""


class OutsideTransaction(RuntimeError):
    """A message queued outside a transaction could announce something that never happened."""


def queue(
    *,
    kind: str,
    recipients: Iterable[Person],
    dedupe: str,
    dossier: models.Model | None = None,
    reference: str,
    path: str,
    context: Mapping[str, Any] | None = None,
    at: dt.datetime,
) -> int:
    """Writes one message per recipient and returns how many are new: the same `kind`, `dedupe` and recipient never
    makes two. In one INSERT; the worker is woken once the transaction commits.

    `path` is the permanent link, from the site's root. `context` keys are those of `notifications.context.LABEL_KEYS`.
    OutsideTransaction outside an atomic block; ValueError on a line break anywhere, an unknown key, a naive date.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction("queue() belongs in the transaction of the act it tells about")
    if not re.fullmatch(r"[a-z0-9_]{1,60}", kind):
        raise ValueError(f"{kind!r} is not a kind of message")
    if not re.fullmatch(r"/(?![/\\]).*", path):
        raise ValueError(f"{path!r} is not a path of this site")
    if timezone.is_naive(at):
        raise ValueError("at must be an aware datetime")
    words = freeze(context)
    people = {person.pk: person for person in recipients}
    rows = [
        OutboxMessage(
            dedupe_key=f"{kind}:{dedupe}:{pk}",
            kind=kind,
            recipient_id=pk,
            dossier_id=dossier.pk if dossier else None,
            reference=one_line("reference", reference),
            path=one_line("path", path),
            context=words,
            next_attempt_at=at,
            created_at=at,
        )
        for pk in people
    ]
    if not rows:
        return 0
    OutboxMessage.objects.bulk_create(rows, ignore_conflicts=True)
    _poke_once_after_commit()
    # PostgreSQL does not say which rows a DO NOTHING skipped; a skipped one kept its own Message-ID.
    return OutboxMessage.objects.filter(
        dedupe_key__in=[row.dedupe_key for row in rows], message_id__in=[row.message_id for row in rows]
    ).count()


def _poke_once_after_commit() -> None:
    if not any(function is poke for _, function, *_ in connection.run_on_commit):
        transaction.on_commit(poke, robust=True)


def retry(*, message: OutboxMessage, at: dt.datetime) -> bool:
    """Puts a failed or given-up message back in the queue with all its attempts. False when there is nothing to retry,
    or when a worker is sending it at this very moment.

    The mail keeps its Message-ID: a mailbox that did receive it shows it once.
    """
    idle = OutboxMessage.objects.filter(Q(leased_until=None) | Q(leased_until__lte=at), pk=message.pk)
    again = idle.filter(state__in=(State.FAILED, State.DEAD)).update(state=State.PENDING, next_attempt_at=at, **AGAIN)
    return bool(again)


def unread_count(person: Person) -> int:
    """Messages this person has not read: one query, on its own partial index. MOST_COUNTED stands for "or more".

    Every page shows it, and an inbox that nobody empties grows for years: counting it whole would slow every page.
    """
    return _shown_to(person).filter(read_at=None)[:MOST_COUNTED].count()


def said(count: int) -> str:
    """The number as shown: exact below the cap, then "99+"."""
    return str(count) if count < MOST_COUNTED else f"{MOST_COUNTED - 1}+"


def mark_read(*, person: Person, message: int, at: dt.datetime) -> OutboxMessage | None:
    """Marks one message of this person's inbox; keeps the first date. None when it is not theirs or does not exist."""
    mine = _shown_to(person).filter(pk=message)
    mine.filter(read_at=None).update(read_at=at)
    return mine.first()


def mark_all_read(*, person: Person, at: dt.datetime) -> int:
    """Marks what was there at `at`: a message arrived since the page was shown stays unread."""
    return _shown_to(person).filter(read_at=None, created_at__lte=at).update(read_at=at)


def inbox(person: Person) -> models.QuerySet[OutboxMessage]:
    """This person's messages, newest first."""
    return _shown_to(person).order_by("-created_at", "-pk")


def _shown_to(person: Person) -> models.QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(recipient=person).exclude(state=State.MOOT)


def outbox_lag(at: dt.datetime) -> float:
    """Seconds by which the oldest message that should have left is late; 0 when none is waiting.

    One that waits for a mail server which does not answer is late since it was written, however often it was tried.
    """
    without_server = Q(last_error__startswith=NO_SERVER)
    waiting = OutboxMessage.objects.filter(state__in=(State.PENDING, State.FAILED))
    due = waiting.filter(Q(next_attempt_at__lte=at) | without_server)
    since = Case(When(without_server, then=F("created_at")), default=F("next_attempt_at"))
    oldest = due.aggregate(oldest=Min(since))["oldest"]
    return max(0.0, (at - oldest).total_seconds()) if oldest else 0.0
