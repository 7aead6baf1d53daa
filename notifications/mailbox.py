"""Reads the demo's mails back from disk, newest first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from notifications.backends import NAME


@dataclass(frozen=True)
class Mail:
    name: str
    subject: str
    sender: str
    recipients: tuple[str, ...]
    sent_at: dt.datetime | None
    language: str


def all_mails() -> list[Mail]:
    """Every mail, newest first."""
    folder = Path(settings.MAILBOX_DIR)
    if not folder.is_dir():
        return []
    mails = [_headers(path) for path in folder.glob("*.eml") if NAME.fullmatch(path.stem)]
    oldest = dt.datetime.min.replace(tzinfo=dt.UTC)
    return sorted(mails, key=lambda mail: (mail.sent_at or oldest, mail.name), reverse=True)


def read_mail(name: str) -> tuple[Mail, str] | None:
    """The headers and the text of one mail; None when there is none of that name."""
    path = Path(settings.MAILBOX_DIR) / f"{name}.eml"
    if not NAME.fullmatch(name) or not path.is_file():
        return None
    part = _parsed(path).get_body(preferencelist=("plain",))
    return _headers(path), part.get_content() if part else ""


def _parsed(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=policy.default)


# A mail's file never changes once written (notifications.backends), so its headers are read once per process.
@lru_cache(maxsize=10_000)
def _headers(path: Path) -> Mail:
    message = _parsed(path)
    date = message["Date"].datetime if message["Date"] else None
    return Mail(
        name=path.stem,
        subject=str(message["Subject"] or ""),
        sender=str(message["From"] or ""),
        recipients=tuple(address for _, address in getaddresses([str(message["To"] or "")])),
        sent_at=date if date is None or date.tzinfo else date.replace(tzinfo=dt.UTC),
        language=str(message["Content-Language"] or ""),
    )
