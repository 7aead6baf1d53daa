"""Regular expressions for what JSON Schema has no word for, in the subset that JavaScript and Python read alike."""

from __future__ import annotations


def months_between(first: int, last: int) -> str:
    """Texts "YYYY-MM" from one month to another, both included; a month is counted as 12 * year + (month - 1)."""
    parts = []
    first_year, last_year = first // 12, last // 12
    if first_year == last_year:
        parts.append(_months_of(first_year, first % 12, last % 12))
    else:
        parts.append(_months_of(first_year, first % 12, 11))
        if last_year - first_year > 1:
            years = "|".join(_years(first_year + 1, last_year - 1))
            parts.append(f"(?:{years})-(?:0[1-9]|1[0-2])")
        parts.append(_months_of(last_year, 0, last % 12))
    return f"^(?:{'|'.join(parts)})$"


def _months_of(year: int, first: int, last: int) -> str:
    return f"{year:04d}-(?:{'|'.join(f'{month + 1:02d}' for month in range(first, last + 1))})"


def _years(first: int, last: int) -> list[str]:
    """One part a decade: 1906 to 2025 is 190[6-9], 191[0-9], ... 202[0-5]."""
    decades = range(first // 10, last // 10 + 1)
    return [f"{decade:03d}[{max(first - decade * 10, 0)}-{min(last - decade * 10, 9)}]" for decade in decades]
