"""Demo mode's mail server: each mail is a file, written once, that the mailbox page shows."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import uuid
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,180}")


def file_name(message_id: str) -> str:
    """A name safe on disk and in an address; an unusual Message-ID becomes its hash."""
    bare = message_id.strip().removeprefix("<").removesuffix(">")
    return bare if NAME.fullmatch(bare) else hashlib.sha256(message_id.encode()).hexdigest()


class DemoMailboxBackend(BaseEmailBackend):
    """Writes `<message-id>.eml` in MAILBOX_DIR. The same Message-ID sent again changes nothing."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.MAILBOX_DIR)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for mail in email_messages:
            message = mail.message()
            _write_once(folder / f"{file_name(message['Message-ID'])}.eml", message.as_bytes())
        return len(email_messages)


def _write_once(final: Path, content: bytes) -> None:
    """All of the file or none of it, even under `kill -9`; the first version stays."""
    draft = final.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, final)
    finally:
        draft.unlink(missing_ok=True)
