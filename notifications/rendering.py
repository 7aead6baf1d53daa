"""A stored message turned into words: its subject and body in one language, and the mail itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import select_template
from django.utils import translation

from notifications.context import thaw
from notifications.models import OutboxMessage

FOLDER = "notifications/mail"
Words = Callable[[OutboxMessage, dt.datetime], Mapping[str, Any]]

_words_at_sending: dict[str, Words] = {}


def register_words(kind: str, function: Words) -> None:
    """`function(message, at)` gives a mail more words when it is sent: what is true then, not when it was planned. To
    call in `ready()`. It is asked in the recipient's language, for the body only.

    ValueError when the kind already has another function.
    """
    if _words_at_sending.get(kind, function) is not function:
        raise ValueError(f"{kind} already has a function for its words")
    _words_at_sending[kind] = function


def absolute(path: str) -> str:
    return settings.SITE_URL.rstrip("/") + path


def subject_of(message: OutboxMessage) -> str:
    """One line, in the active language."""
    template = select_template([f"{FOLDER}/{message.kind}.subject.txt", f"{FOLDER}/generic.subject.txt"])
    return " ".join(template.render(_words(message)).split())


def body_of(message: OutboxMessage, at: dt.datetime) -> str:
    """Plain text, in the active language, as it is sent at `at`. Reads `message.recipient`."""
    template = select_template([f"{FOLDER}/{message.kind}.txt", f"{FOLDER}/generic.txt"])
    words = _words(message) | {"name": message.recipient.full_name, "link": absolute(message.path)}
    if message.kind in _words_at_sending:
        words |= _words_at_sending[message.kind](message, at)
    return template.render(words).strip() + "\n"


def _words(message: OutboxMessage) -> dict[str, Any]:
    return thaw(message.context) | {"reference": message.reference}


def render(message: OutboxMessage, at: dt.datetime) -> tuple[str, str]:
    """(subject, body) in the recipient's language, as sent at `at`."""
    with translation.override(message.recipient.language):
        return subject_of(message), body_of(message, at)


def mail_of(message: OutboxMessage) -> EmailMessage:
    """The mail of a rendered message: the same one however often it is made (Message-ID, date, text)."""
    return EmailMessage(
        subject=message.subject,
        body=message.body,
        to=[message.recipient.email],
        headers={
            "Message-ID": message.message_id,
            "Date": format_datetime(message.created_at),
            "Content-Language": message.recipient.language,
            # No "out of office" answer to a machine (RFC 3834, and Exchange's own header).
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
