"""Sends what the outbox holds. May run twice, at once or late: PostgreSQL's row locks and a lease decide who sends.

A worker killed between sending and marking leaves a lease that ends by itself; the same mail then goes again under the
same Message-ID. Nothing is sent inside a transaction.
"""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F, Q

from notifications.models import NO_SERVER, OutboxMessage
from notifications.rendering import mail_of, render
from notifications.truth import still_true

logger = logging.getLogger(__name__)

Sender = Callable[[EmailMessage], None]
State = OutboxMessage.State

BACKOFF: Final = (
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=30),
    dt.timedelta(hours=2),
    dt.timedelta(hours=12),
)
MOST_ATTEMPTS: Final = len(BACKOFF) + 1
SERVER_REST: Final = dt.timedelta(minutes=2)
"""How long messages wait for a server that does not answer; again and again, for as long as it does not."""
TOO_LARGE: Final = 552
CLOSING: Final = 421


class Unreachable(Exception):
    """The mail server takes no mail: the fault is not in the message, which loses no attempt, nor do the others."""


@dataclass
class Counts:
    """What one sweep did. `leased` counts the messages it took; those it neither sent nor failed are for the next."""

    leased: int = 0
    sent: int = 0
    failed: int = 0
    dead: int = 0
    moot: int = 0


def lease_length() -> dt.timedelta:
    return dt.timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)


def sweep(*, limit: int = 100, at: dt.datetime, sender: Sender | None = None) -> Counts:
    """Sends at most `limit` messages due at `at`. `sender` takes a mail and raises when it cannot send it."""
    token = uuid.uuid4()
    # Half the lease: the rest is for the mail in hand, so that no other sweeper starts on it meanwhile.
    stop_at = time.monotonic() + lease_length().total_seconds() / 2
    messages, counts = _lease(limit=limit, at=at, token=token)
    with _given(sender) if sender else _mail_server() as send:
        for position, message in enumerate(messages):
            if time.monotonic() > stop_at:
                _release(messages[position:], token)
                break
            try:
                outcome = _deliver(message, send, token, at)
            except Unreachable as error:
                _wait_for_the_server(messages[position:], error, token, at)
                break
            setattr(counts, outcome, getattr(counts, outcome) + 1)
    return counts


def _lease(*, limit: int, at: dt.datetime, token: uuid.UUID) -> tuple[list[OutboxMessage], Counts]:
    due = OutboxMessage.objects.filter(state__in=(State.PENDING, State.FAILED), next_attempt_at__lte=at).filter(
        Q(leased_until=None) | Q(leased_until__lte=at)
    )
    with transaction.atomic():
        rows = due.select_for_update(skip_locked=True, of=("self",)).order_by("next_attempt_at", "pk")
        taken = dict(rows.values_list("pk", "attempts")[:limit])
        # A message whose last attempt ended in a crash: trying for ever would stop the queue behind it.
        spent = [pk for pk, attempts in taken.items() if attempts >= MOST_ATTEMPTS]
        OutboxMessage.objects.filter(pk__in=spent).update(
            state=State.DEAD, leased_until=None, lease_token=None, last_error="the worker died at each attempt"
        )
        OutboxMessage.objects.filter(pk__in=taken.keys() - set(spent)).update(
            lease_token=token, leased_until=at + lease_length(), attempts=F("attempts") + 1
        )
    mine = OutboxMessage.objects.filter(pk__in=list(taken), lease_token=token).select_related("recipient")
    messages = list(mine.order_by("next_attempt_at", "pk"))
    return messages, Counts(leased=len(messages), dead=len(spent))


def _deliver(message: OutboxMessage, send: Sender, token: uuid.UUID, at: dt.datetime) -> str:
    """What became of it: the name of a field of `Counts`."""
    try:
        if not message.recipient.is_active or not still_true(message, at):
            _mark(message, token, state=State.MOOT)
            return "moot"
        if not message.body:
            message.subject, message.body = render(message, at)
            _write(message, token, subject=message.subject, body=message.body)
        send(mail_of(message))
    except Unreachable:
        raise
    except Exception as error:  # noqa: BLE001 - one bad message must not stop the others
        return _failed(message, error, token, at)
    _mark(message, token, state=State.SENT, sent_at=at, last_error="")
    return "sent"


def _failed(message: OutboxMessage, error: Exception, token: uuid.UUID, at: dt.datetime) -> str:
    cause = error.__cause__ or error
    text = f"{type(cause).__name__}: {cause}"[:500]
    logger.warning("message %s not sent at attempt %s: %s", message.pk, message.attempts, type(cause).__name__)
    if message.attempts >= MOST_ATTEMPTS:
        _mark(message, token, state=State.DEAD, last_error=text)
        return "dead"
    wait = BACKOFF[message.attempts - 1]
    _mark(message, token, state=State.FAILED, next_attempt_at=at + wait, last_error=text)
    return "failed"


def _mark(message: OutboxMessage, token: uuid.UUID, **fields: object) -> None:
    _write(message, token, leased_until=None, lease_token=None, **fields)


def _write(message: OutboxMessage, token: uuid.UUID, **fields: object) -> None:
    """Only while the lease is ours: a late worker must not undo what its successor wrote."""
    if not OutboxMessage.objects.filter(pk=message.pk, lease_token=token).update(**fields):
        logger.warning("the lease of message %s ended before its mail was marked", message.pk)


def _release(messages: list[OutboxMessage], token: uuid.UUID, **fields: object) -> None:
    """Gives back what was not tried, at once and without counting an attempt."""
    OutboxMessage.objects.filter(pk__in=[message.pk for message in messages], lease_token=token).update(
        lease_token=None, leased_until=None, attempts=F("attempts") - 1, **fields
    )


def _wait_for_the_server(messages: list[OutboxMessage], error: Unreachable, token: uuid.UUID, at: dt.datetime) -> None:
    cause = error.__cause__ or error
    text = f"{NO_SERVER} ({type(cause).__name__}: {cause})"[:500]
    logger.warning("the mail server takes no mail (%s): %d messages wait", type(cause).__name__, len(messages))
    _release(messages, token, next_attempt_at=at + SERVER_REST, last_error=text)


def _is_of_the_server(error: Exception) -> bool:
    """It closes, or refuses our sender, who is the same for all mails.

    A connection lost in the middle of a mail is not: a mail that breaks it each time must not hold back those behind
    it, and a server that is gone will not open again.
    """
    if not isinstance(error, smtplib.SMTPResponseException):
        return False
    refuses_us = isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code != TOO_LARGE
    return refuses_us or error.smtp_code == CLOSING


@contextmanager
def _given(sender: Sender) -> Iterator[Sender]:
    yield sender


@contextmanager
def _mail_server() -> Iterator[Sender]:
    """One connection for the batch, opened at the first mail, opened again after a failure."""
    server = get_connection()

    def send(mail: EmailMessage) -> None:
        try:
            server.open()
        except Exception as error:
            raise Unreachable("the mail server does not answer") from error
        try:
            server.send_messages([mail])
        except Exception as error:
            server.close()
            if _is_of_the_server(error):
                raise Unreachable("the mail server takes no mail") from error
            raise

    try:
        yield send
    finally:
        server.close()
