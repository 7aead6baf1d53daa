"""Is this letter authentic, and does what it grants apply today? Public: nothing about a patient is said."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from documents.letters.codes import normalised
from documents.letters.kinds import kind_of
from documents.models import IssuedLetter
from workflows.dates import civil_date
from workflows.types import Text


@dataclass(frozen=True)
class Verification:
    """`title_in_force` is None when the letter grants nothing. `on`: the civil day (Europe/Paris) of the answer.
    `sealed_by` is empty for a letter issued before letters were sealed.
    """

    authentic: bool
    on: dt.date
    kind_label: Text = ""
    number: str = ""
    issued_on: dt.date | None = None
    sha256: str = ""
    sealed_by: str = ""
    title_number: str = ""
    title_in_force: bool | None = None


def verify(code: str, *, at: dt.datetime) -> Verification:
    """What may be said to whoever holds the code, typed well or not quite."""
    on = civil_date(at)
    wanted = normalised(code)
    light = IssuedLetter.objects.select_related("title", "order").defer("pdf", "order__context")
    letter = light.filter(verification_code=wanted).first() if wanted else None
    if letter is None:
        return Verification(authentic=False, on=on)
    title = letter.title if kind_of(letter.kind).grants else None
    return Verification(
        authentic=True,
        on=on,
        kind_label=kind_of(letter.kind).label,
        number=letter.number,
        # The day the letter bears: one ordered just before midnight is drawn the next day.
        issued_on=civil_date(letter.order.ordered_at),
        sha256=letter.sha256,
        sealed_by=letter.sealed_by,
        title_number=title.number if title else "",
        title_in_force=in_force(title, on) if title else None,
    )


def in_force(title: object, on: dt.date) -> bool:
    """A suspended title has no force; `in_force_until` is the last day it really has some."""
    return title.state == "in_force" and title.starts_on <= on <= title.in_force_until  # type: ignore[attr-defined]
