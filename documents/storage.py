"""Where uploaded files lie: the project's default storage (a folder under var/ or S3, by STORAGE_URL)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.core.files.storage import Storage, storages

if TYPE_CHECKING:
    from documents.models import Attachment


def attachment_storage() -> Storage:
    """Looked up at run time, so that the migration names no place."""
    return storages["default"]


def random_path(_attachment: Attachment, _user_name: str) -> str:
    """A name nobody can guess and that says nothing: what users call their files often holds a patient's name."""
    token = secrets.token_hex(24)
    return f"attachments/{token[:2]}/{token}"
