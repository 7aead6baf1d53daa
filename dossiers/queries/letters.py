"""The letters of a dossier, by their orders: neither the frozen context nor the PDF is read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from documents.letters.kinds import KINDS
from documents.models import IssuedLetter, LetterOrder
from dossiers.models import Dossier
from dossiers.policy import letters_visible_to
from workflows.types import Actor, Text


@dataclass(frozen=True)
class LetterShown:
    """`issued_at`, `sha256` and `verification_code` are None while the letter is being made; `title` may be empty."""

    number: str
    kind: str
    label: Text
    reference: str
    title: str
    ordered_at: dt.datetime
    issued_at: dt.datetime | None
    sha256: str | None
    verification_code: str | None


def letters_shown(dossier: Dossier, actor: Actor) -> list[LetterShown]:
    """Those that this actor may read, oldest first, in one query."""
    return _shown(letters_visible_to(actor).filter(dossier=dossier))


def letter_shown(actor: Actor | None, number: str) -> LetterShown | None:
    """The letter, when its dossier is this actor's to see."""
    found = _shown(letters_visible_to(actor).filter(number=number))
    return found[0] if found else None


def letter_pdf(number: str) -> bytes | None:
    """The PDF as it was issued; None while it is being made. Whose letter it is was asked before."""
    found = IssuedLetter.objects.filter(order__number=number).values_list("pdf", flat=True).first()
    return bytes(found) if found is not None else None


def _shown(orders: QuerySet[LetterOrder]) -> list[LetterShown]:
    rows = orders.order_by("ordered_at", "pk").values_list(
        "number",
        "kind",
        "dossier__reference",
        "title__number",
        "ordered_at",
        "issued__issued_at",
        "issued__sha256",
        "issued__verification_code",
    )
    return [
        LetterShown(
            number, kind, KINDS[kind].label if kind in KINDS else kind, reference, title or "", at, issued, sha, code
        )
        for number, kind, reference, title, at, issued, sha, code in rows
    ]
