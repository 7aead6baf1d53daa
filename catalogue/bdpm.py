"""Lines of the public medicines file (BDPM, `CIS_bdpm.txt`): Windows-1252, tabs, no header, stray spaces."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from catalogue.identifiers import check_cis
from catalogue.models import Medicine, Source, Verification

ENCODING: Final = "cp1252"
COLUMNS: Final = 12
LONGEST_NAME: Final = 400
MA_EXISTS: Final = frozenset({"Autorisation active", "Autorisation suspendue"})
KNOWN_MA_STATUSES: Final = MA_EXISTS | {"Autorisation abrogée", "Autorisation archivée", "Autorisation retirée"}
MARKETED: Final = "Commercialisée"
KNOWN_MARKETING: Final = frozenset({MARKETED, "Non commercialisée"})

_UNITS: Final = (
    r"(?:mg|g|kg|microgrammes?|µg|ng|ml|l|%|pour\s+cent|ui|u\.i\.|mui|mmol|mol|kbq|mbq|gbq|meq|unités?|ch|dh"
    r"|log\s*10\s*\w+)"
)
_AMOUNT: Final = rf"(?:\d{{1,3}}(?:\s\d{{3}})+|\d+)(?:[.,]\d+)?\s*(?:millions?\s+(?:d[’'])?)?{_UNITS}"
_PER: Final = rf"(?:/(?:{_AMOUNT}|\d*[.,]?\d*\s*{_UNITS}|dose|h(?:eure)?s?|24\s*(?:heures|h)|\d+\s*heures))*"
# The last run of amounts before the comma: "600 mg/300 mg", "62,5 mg", "200 000 UI POUR CENT". The name needs two
# letters in a row: the vitamin called "A 313" has no strength of 313 200 000 UI.
_STRENGTH: Final = re.compile(
    rf"^(?P<name>.*?[^\W\d_]{{2}}.*?)\s+(?P<strength>{_AMOUNT}{_PER}(?:\s*\+\s*{_AMOUNT}{_PER})*(?:\s+pour\s+cent)?)$",
    re.IGNORECASE,
)
# "MAG 2 100 mg" is MAG 2 at 100 mg, "TECENTRIQ 1 875 mg" is TECENTRIQ at 1,875 mg: only a person can tell.
# Three zeros after the space are thousands; nothing else is sure.
_AMBIGUOUS: Final = re.compile(rf"\s\d{{1,3}}\s(?!000)\d{{3}}(?:[.,]\d+)?\s*{_UNITS}", re.IGNORECASE)
_EXPONENT: Final = re.compile(r"<sup>", re.IGNORECASE)
_TAG: Final = re.compile(r"</?(?:sup|sub|i|b|br)\s*/?>", re.IGNORECASE)


class BadLine(ValueError):
    """A line that cannot be a medicine; the message says why, for whoever repairs the file."""


@dataclass(frozen=True)
class Refused:
    """A line that was not imported: its number from 1, and why."""

    number: int
    reason: str


def tidy(text: str) -> str:
    """Without stray spaces (none around, one between words) nor HTML: "10<sup>6</sup> UI" is "10^6 UI"."""
    if "<" in text:
        # The file's exponents: dropping the tag alone would turn a million into a hundred and six.
        text = _TAG.sub("", _EXPONENT.sub("^", text))
    return " ".join(text.split())


def split_name(denomination: str) -> tuple[str, str]:
    """(name, strength) of "ABACAVIR ARROW 300 mg, comprimé": ("ABACAVIR ARROW", "300 mg").

    Only when safe: the part before the form must end with amounts and their units, with a name before them. Otherwise
    the strength is empty and the name is that whole part, so that nothing is ever cut wrongly or lost.
    """
    before_form = re.split(r",\s+", denomination, maxsplit=1)[0].strip()
    if not before_form:
        return denomination, ""
    parts = _STRENGTH.match(before_form)
    if parts is None or _AMBIGUOUS.search(before_form):
        return before_form, ""
    return parts["name"].rstrip(" ,"), parts["strength"]


def read(lines: Iterable[bytes]) -> Iterator[tuple[int, Medicine] | Refused]:
    """Each line as its number and an unsaved medicine, or as a refusal. Empty lines are skipped, not refused."""
    for number, raw in enumerate(lines, start=1):
        try:
            line = raw.decode(ENCODING).rstrip("\r\n")
            if line.strip():
                yield number, _medicine(line)
        except UnicodeDecodeError as error:
            reason = _("byte %(position)d is not Windows-1252 text") % {"position": error.start + 1}
            yield Refused(number, reason)
        except BadLine as error:
            yield Refused(number, str(error))


def _medicine(line: str) -> Medicine:
    cells = [tidy(cell) for cell in line.split("\t")]
    if len(cells) != COLUMNS:
        raise BadLine(_("%(found)d columns instead of %(expected)d") % {"found": len(cells), "expected": COLUMNS})
    if "\x00" in line:
        raise BadLine(_("the line holds a NUL character"))
    cis, denomination, form, routes, status, procedure, marketing, ma_on, _alert, eu, holders, monitoring = cells
    if not denomination:
        raise BadLine(_("the name is empty"))
    if len(denomination) > LONGEST_NAME:
        raise BadLine(_("the name is longer than %(length)d characters") % {"length": LONGEST_NAME})
    if status not in KNOWN_MA_STATUSES:
        raise BadLine(_("unknown status of the authorisation: “%(text)s”") % {"text": status[:80]})
    if marketing not in KNOWN_MARKETING:
        raise BadLine(_("unknown marketing status: “%(text)s”") % {"text": marketing[:80]})
    name, strength = split_name(denomination)
    medicine = Medicine(
        cis=_cis(cis),
        denomination=denomination,
        name=name,
        strength=strength,
        form=form,
        route=", ".join(part.strip() for part in routes.split(";") if part.strip()),
        holder=", ".join(part.strip() for part in holders.split(";") if part.strip()),
        source=Source.BDPM,
        verification=Verification.IMPORTED,
        has_ma=status in MA_EXISTS,
        marketed=marketing == MARKETED,
        ma_status=status,
        ma_procedure=procedure,
        marketing_status=marketing,
        ma_on=_day(ma_on),
        eu_number=eu,
        enhanced_monitoring=_yes(monitoring),
    )
    _check_lengths(medicine)
    medicine.refresh_keys()
    return medicine


def _cis(typed: str) -> str:
    try:
        return check_cis(typed)
    except ValidationError as error:
        raise BadLine(" ".join(error.messages)) from error


def _day(typed: str) -> dt.date | None:
    if not typed:
        return None
    try:
        day, month, year = (int(part) for part in typed.split("/"))
        return dt.date(year, month, day)
    except ValueError as error:
        raise BadLine(_("“%(text)s” is not a date (day/month/year)") % {"text": typed[:80]}) from error


def _yes(typed: str) -> bool:
    if typed not in ("Oui", "Non"):
        raise BadLine(_("the additional monitoring must be Oui or Non, not “%(text)s”") % {"text": typed[:80]})
    return typed == "Oui"


def _check_lengths(medicine: Medicine) -> None:
    for name in ("strength", "form", "route", "holder", "ma_procedure", "eu_number"):
        field: Any = Medicine._meta.get_field(name)
        if len(getattr(medicine, name)) > field.max_length:
            raise BadLine(
                _("%(field)s is longer than %(length)d characters")
                % {"field": field.verbose_name, "length": field.max_length}
            )
