"""Documents, letters and messages."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from documents.attachments import is_acceptable
from documents.models import Attachment
from dossiers.forms.documents import LABELS
from dossiers.queries.letters import LetterShown
from dossiers.queries.pages import Line


def document(one: Attachment) -> dict[str, Any]:
    """`content` is null as long as its bytes may not leave: not scanned yet, infected, or removed."""
    served = one.removed_at is None and is_acceptable(one)
    return {
        "id": one.pk,
        "kind": one.kind,
        "kind_label": str(LABELS.get(one.kind, one.kind)),
        "name": one.name,
        "content_type": one.content_type,
        "size": one.size,
        "sha256": one.sha256,
        "scan": one.scan,
        "uploaded_at": one.uploaded_at,
        "uploaded_by": one.uploaded_by_name,
        "content": reverse("api:document_content", args=[one.pk]) if served else None,
    }


def letter(one: LetterShown) -> dict[str, Any]:
    return {
        "number": one.number,
        "kind": one.kind,
        "label": str(one.label),
        "reference": one.reference,
        "title": one.title or None,
        "ordered_at": one.ordered_at,
        "issued_at": one.issued_at,
        "sha256": one.sha256,
        "verification_code": one.verification_code,
    }


def message(one: Line, *, staff_only: bool) -> dict[str, Any]:
    return {
        "body": one.body,
        "by": one.who,
        "role": str(one.role),
        "at": one.at,
        "staff_side": one.staff_side,
        "staff_only": staff_only,
    }
