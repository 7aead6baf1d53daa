"""Numbers that name a person, which no text about a request may hold."""

import re
from collections.abc import Mapping
from typing import Final

# 13 digits beginning as a French national number does (sex, year, month), with or without presentation and key.
NATIONAL_NUMBER: Final = re.compile(
    r"(?<!\d)[1278][\s.\-]?\d{2}[\s.\-]?(?:0[1-9]|1[0-2]|[2-9]\d)(?:[\s.\-]?[\dAB]){8}(?:[\s.\-]?\d{2})?(?!\d)"
)


def holds_national_number(value: object) -> bool:
    """Whether something in it looks like the national number of a person (NIR or INS), which must not be kept.

    Legal source: data minimisation, GDPR article 5; a request is made with initials only (CSP R.5121-74).
    """
    if isinstance(value, Mapping):
        return any(holds_national_number(part) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple | set | frozenset):
        return any(holds_national_number(part) for part in value)
    if isinstance(value, float) and not value.is_integer():
        return False  # a measure: its decimal point is no space between the parts of a number
    return NATIONAL_NUMBER.search(str(value)) is not None
