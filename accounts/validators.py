"""Identifiers of people and organisations, as Django field validators.

Model fields and migrations name these functions, so they keep their names whatever checks the digits.
"""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from stdnum import luhn

_RPPS = re.compile(r"[0-9]{11}")
_FINESS = re.compile(r"[0-9][0-9AB][0-9]{7}")
_SIREN = re.compile(r"[0-9]{9}")


def validate_rpps(value: str) -> None:
    """11 digits, the last a Luhn key."""
    if not (_RPPS.fullmatch(value) and luhn.is_valid(value)):
        raise ValidationError(_("This is not an RPPS number: 11 digits, the last one is a check digit."), code="rpps")


def validate_finess(value: str) -> None:
    """9 characters; the Luhn key is only known for all-digit numbers (2A and 2B are Corsican départements)."""
    if not _FINESS.fullmatch(value) or (value.isdigit() and not luhn.is_valid(value)):
        raise ValidationError(
            _("This is not a FINESS number: 9 characters, the last one is a check digit."), code="finess"
        )


def validate_siren(value: str) -> None:
    """9 digits, the last a Luhn key."""
    if not (_SIREN.fullmatch(value) and luhn.is_valid(value)):
        raise ValidationError(_("This is not a SIREN number: 9 digits, the last one is a check digit."), code="siren")
