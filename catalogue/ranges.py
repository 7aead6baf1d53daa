"""Accepted ranges of a number: a list of which ANY suffices, such as [{"below": 12}, {"above": 36}].

`below` and `above` exclude their bound, `at_least` and `at_most` include it; the bounds of one range must all hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from operator import ge, gt, le, lt
from typing import Any, Final

from django.utils.translation import gettext, ngettext

Bounds = Mapping[str, Any]

_HOLDS: Final[dict[str, Callable[[Decimal, Decimal], bool]]] = {
    "below": lt,
    "above": gt,
    "at_least": ge,
    "at_most": le,
}


class BadRange(ValueError):
    """A list of ranges that cannot be applied: unknown bound, bound that is not a number, empty range."""


def in_any_range(ranges: Sequence[Bounds], number: Decimal) -> bool:
    """Whether `number` is within at least one of `ranges`. No range at all accepts nothing."""
    return any(all(_HOLDS[name](number, Decimal(str(bound))) for name, bound in bounds.items()) for bounds in ranges)


def check_ranges(ranges: Any) -> None:
    """Raise `BadRange` unless `ranges` is a list of ranges somebody could satisfy."""
    if not isinstance(ranges, list):
        raise BadRange(gettext("The accepted values must be a list of ranges."))
    for bounds in ranges:
        if not isinstance(bounds, dict) or not bounds or set(bounds) - set(_HOLDS):
            raise BadRange(gettext("Each range needs at least one bound: below, above, at least or at most."))
        _check_bounds(bounds)


def _check_bounds(bounds: Bounds) -> None:
    try:
        numbers = {name: Decimal(str(bound)) for name, bound in bounds.items()}
    except InvalidOperation as error:
        raise BadRange(gettext("The bounds of a range must be numbers.")) from error
    if not all(number.is_finite() for number in numbers.values()):
        raise BadRange(gettext("The bounds of a range must be numbers."))
    lowest = max((numbers[name] for name in ("above", "at_least") if name in numbers), default=None)
    highest = min((numbers[name] for name in ("below", "at_most") if name in numbers), default=None)
    if lowest is not None and highest is not None:
        strict = numbers.get("above") == lowest or numbers.get("below") == highest
        if lowest > highest or (strict and lowest == highest):
            raise BadRange(gettext("No number is in a range whose lower bound is above its upper bound."))


def _bound_text(name: str, bound: Any, unit: str) -> str:
    value = f"{_plain(bound)} {unit_text(unit, bound)}".strip()
    if name == "below":
        return gettext("less than %(value)s") % {"value": value}
    if name == "above":
        return gettext("more than %(value)s") % {"value": value}
    if name == "at_least":
        return gettext("at least %(value)s") % {"value": value}
    return gettext("at most %(value)s") % {"value": value}


def ranges_text(ranges: Sequence[Bounds], unit: str) -> str:
    """The ranges in words and in the reader's language: "less than 12 months or more than 36 months"."""
    alternatives = [
        gettext(" and ").join(_bound_text(name, bound, unit) for name, bound in bounds.items()) for bounds in ranges
    ]
    return gettext(" or ").join(alternatives)


def age_text(months: Mapping[str, int]) -> str:
    """Ages in years when every bound is a whole number of them, in months otherwise."""
    if all(bound % 12 == 0 for bound in months.values()):
        return ranges_text([{name: bound // 12 for name, bound in months.items()}], "years")
    return ranges_text([months], "months")


def unit_text(unit: str, number: Any) -> str:
    """A unit of time in the reader's language; any other unit (mg/l, %) as it is."""
    count = 1 if Decimal(str(number)) == 1 else 2
    if unit == "days":
        return ngettext("day", "days", count)
    if unit == "months":
        return ngettext("month", "months", count)
    if unit == "years":
        return ngettext("year", "years", count)
    return unit


def _plain(number: Any) -> str:
    return format(Decimal(str(number)).normalize(), "f")


_WRITTEN: Final = {"below": "<", "at_most": "≤", "above": ">", "at_least": "≥"}
_READ: Final = {"<": "below", "<=": "at_most", "≤": "at_most", ">": "above", ">=": "at_least", "≥": "at_least"}
_ALTERNATIVES: Final = re.compile(r"\s*(?:;|\bou\b|\bor\b)\s*", re.IGNORECASE)
_TOGETHER: Final = re.compile(r"\s*(?:\bet\b|\band\b)\s*", re.IGNORECASE)
_BOUND: Final = re.compile(r"(<=|>=|<|>|≤|≥)\s*(-?\d{1,12}(?:[.,]\d{1,6})?)")


def write_ranges(ranges: Sequence[Bounds]) -> str:
    """The ranges as an agent types them: "< 12 ou > 36", "≥ 12 et ≤ 65"."""
    return " ou ".join(
        " et ".join(f"{_WRITTEN[name]} {_plain(bound)}" for name, bound in bounds.items()) for bounds in ranges
    )


def read_ranges(text: str) -> list[dict[str, Any]]:
    """The ranges typed as "< 12 ou > 36" or ">= 12 and <= 65"; none for an empty text. Raises `BadRange`."""
    if not text.strip():
        return []
    ranges = []
    for alternative in _ALTERNATIVES.split(text.strip()):
        bounds: dict[str, Any] = {}
        for written in _TOGETHER.split(alternative):
            match = _BOUND.fullmatch(written.strip())
            if match is None or _READ[match[1]] in bounds:
                raise BadRange(gettext("Write the accepted values like this: < 12 ou > 36, or ≥ 12 et ≤ 65."))
            number = Decimal(match[2].replace(",", "."))
            # JSON has no decimals: a whole number stays whole, another keeps the digits that were typed.
            bounds[_READ[match[1]]] = int(number) if number == number.to_integral_value() else str(number)
        ranges.append(bounds)
    check_ranges(ranges)
    return ranges
