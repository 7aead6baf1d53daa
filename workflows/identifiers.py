"""Identifiers of medical devices: the canonical form of what was typed, or what is wrong with it.

Each function takes the text that a person typed or a reader scanned and returns its canonical form; it raises
`IdentifierError`, a ValueError whose message is for that person. A device under an exemption may be in no database at
all, so that none of them is ever required (domain/devices-advice.md 1.9): they are checked when they are given.

Sources: Regulation (EU) 2017/745, art. 27, 29 and 31, annex VI, part C; MDCG 2019-1 (a Basic UDI-DI has 25 characters
at most, check characters included); the Commission's EUDAMED help, "Basic UDI-DI generators depending on issuing
entity"; GS1 General Specifications 7.9 (GTIN) and 7.9.5 (GMN); ANSI/HIBC 2.6; IFA, "Basic UDI-DI" (November 2019) and
"Check digit calculations" (PPN); ICCBBA ST-001 (ISBT 128, data structure 034).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _
from stdnum import ean

from workflows.types import Text

GS1: Final = "gs1"
HIBCC: Final = "hibcc"
ICCBBA: Final = "iccbba"
IFA: Final = "ifa"
ISSUERS: Final[dict[str, str]] = {GS1: "GS1", HIBCC: "HIBCC", ICCBBA: "ICCBBA", IFA: "IFA"}
"""Issuing entities of Implementing Decision (EU) 2019/939."""

LONGEST_BASIC: Final = 25
LONGEST_LOT: Final = 40

# The characters whose place is their value, and what a pair of check characters is written with (GS1 7.9.5 and 7.11).
_DATA: Final = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_CHECK: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_WEIGHTS: Final = (83, 79, 73, 71, 67, 61, 59, 53, 47, 43, 41, 37, 31, 29, 23, 19, 17, 13, 11, 7, 5, 3, 2)
_MODULUS: Final = 1021
_HIBC: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"

_GTIN: Final = re.compile(r"(?:\(01\)|01(?=\d{14}$))?(\d{14}|\d{13}|\d{12}|\d{8})", re.ASCII)
_GMN: Final = re.compile(r"\d{5}[^\s]{1,18}[2-9A-HJ-NP-Z]{2}", re.ASCII)
_HIBC_DI: Final = re.compile(r"\+[A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}\d[0-9A-Z.$/+%\- ]", re.ASCII)
_HIBC_BASIC: Final = re.compile(r"\+\+[A-Z][A-Z0-9]{3}[A-Z0-9]{1,17}[2-9A-HJ-NP-Z]{2}", re.ASCII)
_ISBT: Final = re.compile(r"=/[A-Z][A-Z0-9]{4}[A-Z0-9]{6}[A-Z][A-Z0-9]{4}", re.ASCII)
_ISBT_BASIC: Final = re.compile(r"=?[A-Z][A-Z0-9]{4}[^\s]{1,19}", re.ASCII)
_PPN: Final = re.compile(r"\d{2}[0-9A-Z.\-]{1,18}\d{2}", re.ASCII)
_PP: Final = re.compile(r"PP\d{5}[0-9A-Z.]{1,16}\d{2}", re.ASCII)
_SEPARATOR: Final = "\x1d"
_BRACKETED: Final = re.compile(r"\(01\)\d{14}\(", re.ASCII)
_ELEMENT: Final = re.compile(r"\((\d{2,4})\)([^()]*)", re.ASCII)
_PLAIN: Final = re.compile(r"01\d{14}(?=1[01357]|21)", re.ASCII)
_FIXED: Final = {"01": 14, "11": 6, "13": 6, "15": 6, "17": 6}
# A date or a number that may well be the next element, and not the end of this one.
_HOLDS_ANOTHER: Final = re.compile(r".(?:1[1357]\d{6}|21.|10.)", re.ASCII)
_SRN: Final = re.compile(r"([A-Z]{2})-?(AR|IM|MF|PR)-?(\d{9})", re.ASCII)
_LOT: Final = re.compile(r"[0-9A-Z!\"%&'()*+,\-./:;<=>?_#$@]+", re.ASCII)


class IdentifierError(ValueError):
    """What is wrong, in the reader's language. `code`: "characters", "key" (a check digit does not match) or "form"."""

    def __init__(self, code: str, message: Text) -> None:
        super().__init__(code)
        self.code, self.message = code, message

    def __str__(self) -> str:
        return str(self.message)


def udi_di(value: str, issuer: str | None = None) -> str:
    """The UDI-DI of a device as it is on its label; a GTIN of 8, 12 or 13 digits is brought to 14.

    `issuer`: one of `ISSUERS`, guessed by the form when left out. Raises IdentifierError.
    """
    typed = _typed(value)
    return _by_issuer(typed, issuer, _UDI_DI, _issuer_of_udi_di)


def basic_udi_di(value: str, issuer: str | None = None) -> str:
    """The Basic UDI-DI of a group of models, as certificates and declarations state it. Raises IdentifierError.

    `issuer`: one of `ISSUERS`, guessed by the form when left out. The check characters of ICCBBA are not verified: only
    its form is, for want of a published rule.
    """
    typed = _typed(value)
    if len(typed) > LONGEST_BASIC:
        raise IdentifierError("form", _("A Basic UDI-DI has 25 characters at most."))
    return _by_issuer(typed, issuer, _BASIC, _issuer_of_basic)


def srn(value: str) -> str:
    """A single registration number of EUDAMED, "FR-MF-000012345": country, role (AR, IM, MF or PR), nine digits.

    It has no check digit. Raises IdentifierError.
    """
    found = _SRN.fullmatch(_typed(value).upper())
    if found is None:
        example = "FR-MF-000012345"
        message = _("An SRN has a country, a role (AR, IM, MF or PR) and 9 digits. Example: %(example)s.")
        raise IdentifierError("form", message % {"example": example})
    return "-".join(found.groups())


def lot(value: str) -> str:
    """A lot or serial number as it is compared: capital letters, no space. Raises IdentifierError.

    Labels, delivery notes and people write the same lot in several ways, and a field action must find them all.
    """
    typed = _typed(value).upper()
    if not typed:
        raise IdentifierError("form", _("Write the number as it is on the label."))
    if len(typed) > LONGEST_LOT:
        raise IdentifierError("form", _("This is too long for a lot or serial number: 40 characters at most."))
    if not _LOT.fullmatch(typed):
        raise IdentifierError("characters", _("Write letters, digits and the signs of the label only."))
    return typed


@dataclass(frozen=True)
class Scanned:
    """What a barcode of GS1 says of one unit; empty where it says nothing."""

    udi_di: str
    lot: str = ""
    serial: str = ""


def scanned(value: str) -> Scanned | None:
    """A whole GS1 barcode as a reader types it, with its brackets or its separators; None for anything else.

    Without either, a lot and a serial number cannot be told apart when both are there: that is an IdentifierError, as
    is a mistyped GTIN (GS1 General Specifications 3 and 7.8; application identifiers 01, 10, 11, 13, 15, 17, 21).
    """
    typed = value.strip()
    for symbology in ("]d2", "]C1", "]Q3"):
        typed = typed.removeprefix(symbology)
    typed = typed.lstrip(_SEPARATOR)
    if _BRACKETED.match(typed):
        parts = dict(_ELEMENT.findall(typed))
    elif _PLAIN.match(typed):
        parts = _elements(typed)
    else:
        return None
    di = _gtin(parts["01"])
    return Scanned(di, *(lot(parts[code]) if code in parts else "" for code in ("10", "21")))


def _elements(typed: str) -> dict[str, str]:
    found: dict[str, str] = {}
    rest = typed
    while rest:
        code, rest = rest[:2], rest[2:]
        if code in _FIXED:
            length = _FIXED[code]
            found[code], rest = rest[:length], rest[length:].lstrip(_SEPARATOR)
        elif code in ("10", "21"):
            found[code], _separator, rest = rest.partition(_SEPARATOR)
            if not _separator and _HOLDS_ANOTHER.search(found[code]):
                message = _("This barcode does not say where its lot ends. Type the lot and the serial number apart.")
                raise IdentifierError("form", message)
        else:
            raise IdentifierError("form", _("This barcode says something that is not read here. Type the lot instead."))
    return found


def check_characters(payload: str) -> str:
    """The pair of check characters of a GMN or of an HIBC Basic UDI-DI: decreasing prime weights, modulo 1021.

    `payload` has 1 to 23 characters of the GS1 set of 82. Raises IdentifierError.

    >>> check_characters("1987654Ad4X4bL5ttr2310c")
    '2K'
    """
    if not 1 <= len(payload) <= len(_WEIGHTS):
        raise IdentifierError("form", _("A Basic UDI-DI has 25 characters at most."))
    if any(character not in _DATA for character in payload):
        raise IdentifierError("characters", _("This has a character that no Basic UDI-DI has."))
    weights = _WEIGHTS[-len(payload) :]
    total = sum(_DATA.index(one) * weight for one, weight in zip(payload, weights, strict=True)) % _MODULUS
    return _CHECK[total >> 5] + _CHECK[total & 31]


def modulo_43(payload: str) -> str:
    """The check character of an HIBC UDI-DI. Raises ValueError for a character that HIBC has not."""
    return _HIBC[sum(_HIBC.index(one) for one in payload) % 43]


def modulo_97(payload: str) -> str:
    """The two check digits of IFA codes: each character's ASCII value by its place, counted from 2.

    >>> modulo_97("PP12345ABCD.12345678.90")
    '04'
    """
    return f"{sum(ord(one) * place for place, one in enumerate(payload, start=2)) % 97:02d}"


# ------------------------------------------------------------------------------------------------- by issuing entity


def _typed(value: str) -> str:
    return "".join(unicodedata.normalize("NFKC", str(value)).split())


def _by_issuer(
    typed: str, issuer: str | None, checks: dict[str, Callable[[str], str]], guess: Callable[[str], str]
) -> str:
    chosen = issuer or guess(typed)
    if chosen not in checks:
        raise IdentifierError("form", _("Choose GS1, HIBCC, ICCBBA or IFA."))
    return checks[chosen](typed)


def _issuer_of_udi_di(typed: str) -> str:
    if typed.startswith("+"):
        return HIBCC
    if typed.startswith("="):
        return ICCBBA
    # Twelve digits may be a PPN or a GTIN: only the keys tell.
    if _GTIN.fullmatch(typed) and not (len(typed) == 12 and not ean.is_valid(typed) and _is_ppn(typed)):
        return GS1
    return GS1 if typed.isdigit() and not _is_ppn(typed) else IFA


def _is_ppn(typed: str) -> bool:
    upper = typed.upper()
    return bool(_PPN.fullmatch(upper)) and modulo_97(upper[:-2]) == upper[-2:]


def _issuer_of_basic(typed: str) -> str:
    if typed.startswith("++"):
        return HIBCC
    if typed[:5].isdigit():
        return GS1
    return IFA if typed[:2].upper() == "PP" else ICCBBA


def _gtin(typed: str) -> str:
    found = _GTIN.fullmatch(typed)
    if found is None:
        raise IdentifierError("form", _("A GS1 UDI-DI is a GTIN of 14 digits. Example: 03400930000014."))
    digits = found[1].zfill(14)
    # The key does not count leading zeros: it is the same at any length.
    if ean.calc_check_digit(digits[:-1]) != digits[-1]:
        raise _mistyped(_("its last digit does not match the others"))
    return digits


def _gmn(typed: str) -> str:
    if not _GMN.fullmatch(typed):
        message = _("A GS1 Basic UDI-DI (GMN) begins with 5 digits and ends with 2 check characters.")
        raise IdentifierError("form", message)
    return _with_pair(typed)


def _with_pair(typed: str) -> str:
    if check_characters(typed[:-2]) != typed[-2:]:
        raise _mistyped(_("its two last characters do not match the others"))
    return typed


def _hibc(typed: str) -> str:
    upper = typed.upper()
    if not _HIBC_DI.fullmatch(upper):
        raise IdentifierError("form", _("An HIBCC UDI-DI begins with + and a letter. Example: +BLUEUNICORN7N."))
    if modulo_43(upper[:-1]) != upper[-1]:
        raise _mistyped(_("its last character does not match the others"))
    return upper


def _hibc_basic(typed: str) -> str:
    upper = typed.upper()
    if not _HIBC_BASIC.fullmatch(upper):
        message = _("An HIBCC Basic UDI-DI begins with ++ and ends with 2 check characters.")
        raise IdentifierError("form", message)
    return _with_pair(upper)


def _isbt(typed: str) -> str:
    upper = typed.upper()
    if not _ISBT.fullmatch(upper):
        message = _("An ICCBBA UDI-DI begins with =/ and has 16 characters after it. Example: =/A9999XYZ100T0944.")
        raise IdentifierError("form", message)
    return upper


def _isbt_basic(typed: str) -> str:
    if not _ISBT_BASIC.fullmatch(typed) or any(one not in _DATA for one in typed):
        message = _("This is not the form of a Basic UDI-DI. Copy it from the certificate or the declaration.")
        raise IdentifierError("form", message)
    return typed


def _ppn(typed: str) -> str:
    upper = typed.upper()
    if not _PPN.fullmatch(upper):
        message = _("An IFA UDI-DI (PPN) begins with 2 digits and ends with 2 check digits. Example: 111234567842.")
        raise IdentifierError("form", message)
    if modulo_97(upper[:-2]) != upper[-2:]:
        raise _mistyped(_("its two last digits do not match the others"))
    return upper


def _ifa_basic(typed: str) -> str:
    upper = typed.upper()
    if not _PP.fullmatch(upper):
        message = _("An IFA Basic UDI-DI begins with PP and 5 digits, and ends with 2 check digits.")
        raise IdentifierError("form", message)
    if modulo_97(upper[:-2]) != upper[-2:]:
        raise _mistyped(_("its two last digits do not match the others"))
    return upper


def _mistyped(cause: Text) -> IdentifierError:
    message = _("There is a typing mistake: %(cause)s. Check it against the label or the certificate.")
    return IdentifierError("key", message % {"cause": cause})


_UDI_DI: Final[dict[str, Callable[[str], str]]] = {GS1: _gtin, HIBCC: _hibc, ICCBBA: _isbt, IFA: _ppn}
_BASIC: Final[dict[str, Callable[[str], str]]] = {GS1: _gmn, HIBCC: _hibc_basic, ICCBBA: _isbt_basic, IFA: _ifa_basic}
