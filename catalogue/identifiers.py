"""Identifiers of French health care: what is wrong with one, and what the right form is.

Each `check_*` takes what was typed (spaces, dots and dashes of presentation are forgiven where nobody writes them
otherwise), returns its canonical form, and raises `ValidationError` with a message for people and the code
`<identifier>_<fault>`. Each `validate_*` is the same as a Django field validator. Rules: `docs` of the domain,
aac-cpc.md section 3; an unverified rule there is not enforced here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

from django.core.exceptions import ValidationError
from django.utils.deconstruct import deconstructible
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from stdnum import ean, luhn

_PRESENTATION = re.compile(r"[\s\u00a0\u202f.\-]+")


def _fault(name: str, kind: str, message: str | Promise, **params: object) -> ValidationError:
    return ValidationError(cast(str, message), code=f"{name}_{kind}", params=params)


def _digits(value: str, *, name: str, label: str | Promise, length: int) -> str:
    """`value` without presentation, refused unless it is exactly `length` ASCII digits."""
    typed = _PRESENTATION.sub("", str(value))
    if not (typed.isascii() and typed.isdigit()):
        raise _fault(
            name,
            "characters",
            _("%(label)s has digits only (%(length)d of them), without letters."),
            label=label,
            length=length,
        )
    if len(typed) != length:
        raise _fault(
            name,
            "length",
            _("%(label)s has %(length)d digits; %(typed)d were typed."),
            label=label,
            length=length,
            typed=len(typed),
        )
    return typed


def _bad_key(name: str, label: str | Promise) -> ValidationError:
    return _fault(
        name,
        "key",
        _("This is not a valid %(label)s: its last digit does not match the others. Check for a typing mistake."),
        label=label,
    )


def check_rpps(value: str) -> str:
    """RPPS number of a health professional: 11 digits, the last a Luhn key."""
    typed = _digits(value, name="rpps", label=_("RPPS number"), length=11)
    if not luhn.is_valid(typed):
        raise _bad_key("rpps", _("RPPS number"))
    return typed


def check_finess(value: str) -> str:
    """FINESS number: 9 characters, département first (2A and 2B in Corsica); Luhn key when all are digits.

    The rule of the key with a Corsican letter is unverified, so only the form is checked there.
    """
    typed = _PRESENTATION.sub("", str(value)).upper()
    if len(typed) != 9:
        raise _fault(
            "finess",
            "length",
            _("A FINESS number has 9 characters; %(typed)d were typed. Example: 750712184."),
            typed=len(typed),
        )
    if not re.fullmatch(r"[0-9][0-9AB][0-9]{7}", typed, re.ASCII):
        raise _fault(
            "finess",
            "characters",
            _("A FINESS number has 9 digits (in Corsica, 2A or 2B then 7 digits). Example: 750712184."),
        )
    if typed.isdigit() and not luhn.is_valid(typed):
        raise _bad_key("finess", _("FINESS number"))
    return typed


def check_siren(value: str) -> str:
    """SIREN number of a legal entity: 9 digits, the last a Luhn key."""
    typed = _digits(value, name="siren", label=_("SIREN number"), length=9)
    if not luhn.is_valid(typed):
        raise _bad_key("siren", _("SIREN number"))
    return typed


def check_cip13(value: str) -> str:
    """CIP13 code of a presentation: 13 digits, 3400 first but not 34008, EAN-13 key (order of 30/12/2021)."""
    typed = _digits(value, name="cip13", label=_("CIP13 code"), length=13)
    if typed.startswith("34008"):
        raise _fault("cip13", "prefix", _("A code that starts with 34008 is a UCD code, not a CIP13 code."))
    if not typed.startswith("3400"):
        raise _fault("cip13", "prefix", _("A CIP13 code starts with 3400. Example: 3400926762797."))
    if not ean.is_valid(typed):
        raise _bad_key("cip13", _("CIP13 code"))
    return typed


def check_ucd13(value: str) -> str:
    """UCD13 code of a unit of dispensing: 13 digits, 34008 first, EAN-13 key (order of 30/12/2021)."""
    typed = _digits(value, name="ucd13", label=_("UCD13 code"), length=13)
    if not typed.startswith("34008"):
        raise _fault("ucd13", "prefix", _("A UCD13 code starts with 34008. Example: 3400893213322."))
    if not ean.is_valid(typed):
        raise _bad_key("ucd13", _("UCD13 code"))
    return typed


def check_cip7(value: str) -> str:
    """CIP7 or UCD7 code: 6 digits and a key, sum of digits weighted 2 to 7, modulo 11.

    What the key is when the remainder is 10 is unverified: such a code is accepted.
    """
    typed = _digits(value, name="cip7", label=_("CIP7 code"), length=7)
    remainder = sum(int(digit) * weight for digit, weight in zip(typed[:6], range(2, 8), strict=True)) % 11
    if remainder != 10 and remainder != int(typed[6]):
        raise _bad_key("cip7", _("CIP7 code"))
    return typed


def check_cis(value: str) -> str:
    """CIS code of a speciality: 8 digits, no key."""
    return _digits(value, name="cis", label=_("CIS code"), length=8)


def _pattern(name: str, value: str, form: str, message: str | Promise, *, upper: bool = True) -> str:
    typed = re.sub(r"\s+", "", str(value))
    typed = typed.upper() if upper else typed
    if not re.fullmatch(form, typed, re.ASCII):
        raise _fault(name, "form", message)
    return typed


def check_atc(value: str) -> str:
    """ATC code, at any of its five levels: A, A01, A01A, A01AA or A01AA01."""
    return _pattern(
        "atc",
        value,
        r"[A-V](\d{2}([A-Z]([A-Z](\d{2})?)?)?)?",
        _("An ATC code is a letter from A to V, then 2 digits, 1 or 2 letters and 2 digits. Example: N07XX22."),
    )


def check_cim10(value: str) -> str:
    """ICD-10 (CIM-10) code, with or without its dot (ATIH writes none)."""
    return _pattern(
        "cim10",
        value,
        r"[A-Z]\d{2}(\.?\d{1,4})?\+?\d*",
        _("An ICD-10 code is a letter and 2 digits, then if needed a dot and more digits. Example: G12.2."),
    )


def check_orpha(value: str) -> str:
    """ORPHA number of a rare disease: 1 to 6 digits; "ORPHA:803" is read as 803."""
    typed = re.sub(r"^ORPHA:?", "", re.sub(r"\s+", "", str(value)).upper())
    return _pattern("orpha", typed, r"[1-9]\d{0,5}", _("An ORPHA code is a number of 1 to 6 digits. Example: 803."))


def check_eu_ct(value: str) -> str:
    """EU CT number of a clinical trial (CTIS): year, 6 digits, 2 digits, 2 digits."""
    return _pattern(
        "eu_ct",
        value,
        r"20\d{2}-5\d{5}-\d{2}-\d{2}",
        _("An EU CT number is written year-5NNNNN-NN-NN. Example: 2023-501234-21-00."),
    )


def check_nct(value: str) -> str:
    """ClinicalTrials.gov number: NCT and 8 digits."""
    return _pattern(
        "nct", value, r"NCT\d{8}", _("A ClinicalTrials.gov number is NCT and 8 digits. Example: NCT04494256.")
    )


def check_trial(value: str) -> str:
    """Either number of a clinical trial. The message says both forms."""
    for check in (check_eu_ct, check_nct):
        try:
            return check(value)
        except ValidationError:
            continue
    raise _fault(
        "trial",
        "form",
        _("A trial number is an EU CT number (2023-501234-21-00) or a ClinicalTrials.gov number (NCT04494256)."),
    )


@deconstructible
class IdentifierValidator:
    """A `check_*` as a field validator; compared and written in migrations by the name of the identifier."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, value: str) -> None:
        CHECKS[self.name](value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IdentifierValidator) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)


CHECKS: dict[str, Callable[[str], str]] = {
    "rpps": check_rpps,
    "finess": check_finess,
    "siren": check_siren,
    "cip13": check_cip13,
    "ucd13": check_ucd13,
    "cip7": check_cip7,
    "cis": check_cis,
    "atc": check_atc,
    "cim10": check_cim10,
    "orpha": check_orpha,
    "eu_ct": check_eu_ct,
    "nct": check_nct,
    "trial": check_trial,
}

validate_rpps = IdentifierValidator("rpps")
validate_finess = IdentifierValidator("finess")
validate_siren = IdentifierValidator("siren")
validate_cip13 = IdentifierValidator("cip13")
validate_ucd13 = IdentifierValidator("ucd13")
validate_cip7 = IdentifierValidator("cip7")
validate_cis = IdentifierValidator("cis")
validate_atc = IdentifierValidator("atc")
validate_cim10 = IdentifierValidator("cim10")
validate_orpha = IdentifierValidator("orpha")
validate_eu_ct = IdentifierValidator("eu_ct")
validate_nct = IdentifierValidator("nct")
validate_trial = IdentifierValidator("trial")
