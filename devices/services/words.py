"""Words that a person typed, as they are kept: trimmed, not too long, without a national number."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dossiers.forms.fields import no_national_number
from dossiers.services.errors import Blocked
from workflows.identifiers import IdentifierError, Scanned, lot, scanned, udi_di
from workflows.types import Reason

LONGEST: Final = 4_000
LONGEST_PSEUDONYM: Final = 40
EARLIEST: Final = dt.date(2020, 1, 1)


def clean(text: str, field: str, *, needed: bool = False, longest: int = LONGEST) -> str:
    """Raises Blocked, naming `field`."""
    words = text.replace("\x00", "").strip()
    if needed and not words:
        raise Blocked([Reason("required", _("Fill in this field: whoever reads it must know what happened."), field)])
    if len(words) > longest:
        raise Blocked([Reason("too_long", _("This is too long: %d characters at most.") % longest, field)])
    try:
        no_national_number(words)
    except ValidationError as error:
        raise Blocked([Reason("national_number", error.message, field)]) from error
    return words


def pseudonym(text: str) -> str:
    """The hospital's own pseudonym of a patient: a code, not a name. Raises Blocked."""
    code = clean(text, "patient", needed=True, longest=LONGEST_PSEUDONYM)
    if not any(character.isdigit() for character in code):
        message = _("Write the code of your own register (it has digits), never a name: you alone can read it here.")
        raise Blocked([Reason("pseudonym", message, "patient")])
    return code


def number_of(text: str, field: str) -> str:
    """A lot or serial number as it is compared; empty stays empty. Raises Blocked."""
    if not text.strip():
        return ""
    try:
        return lot(text)
    except IdentifierError as error:
        raise Blocked([Reason("lot", error.message, field)]) from error


def read_label(text: str, field: str) -> Scanned:
    """What was typed or scanned in `field` ("lot" or "serials"): a number, or a whole barcode. Raises Blocked."""
    try:
        whole = scanned(text)
    except IdentifierError as error:
        raise Blocked([Reason("barcode", error.message, field)]) from error
    if whole is not None:
        return whole
    number = number_of(text, field)
    return Scanned("", lot=number) if field == "lot" else Scanned("", serial=number)


def searched(text: str) -> str:
    """The lot or serial number looked for, typed or scanned, as numbers are compared; what is none finds nothing."""
    typed = text.strip()
    if not typed:
        return ""
    try:
        label = scanned(typed)
        return label.lot or label.serial if label is not None else lot(typed)
    except IdentifierError:
        return typed.replace("\x00", "")[:40]


def device_identifier(text: str) -> str:
    """A UDI-DI in its canonical form; empty stays empty. Raises Blocked."""
    if not text.strip():
        return ""
    try:
        return udi_di(text)
    except IdentifierError as error:
        raise Blocked([Reason("udi_di", error.message, "udi_di")]) from error


def past_day(day: dt.date, field: str, today: dt.date, *, not_before: dt.date | None = None) -> dt.date:
    """A day that has come. Raises Blocked."""
    if day > today:
        raise Blocked([Reason("future", _("This day has not come yet."), field)])
    if day < EARLIEST:
        raise Blocked([Reason("too_early", _("This day is too long ago: check the year."), field)])
    if not_before is not None and day < not_before:
        message = _("This is before what happened to this unit before: check the day.")
        raise Blocked([Reason("order", message, field)])
    return day
