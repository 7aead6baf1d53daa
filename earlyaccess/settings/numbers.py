"""Numbers typed in the environment: what is none is said with the name of its setting and an example."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured


def whole_number(typed: str, *, of: str) -> int:
    """ImproperlyConfigured when `typed`, the value of the setting `of`, is not a whole number."""
    try:
        return int(typed)
    except ValueError as error:
        raise ImproperlyConfigured(f"{of} is {typed!r}: give a whole number of days, such as 15.") from error


def whole_numbers(typed: str, *, of: str) -> list[int]:
    """As `whole_number`, of a list separated by commas; empty when nothing is typed."""
    try:
        return [int(part) for part in typed.split(",") if part.strip()]
    except ValueError as error:
        wanted = "give whole numbers of days separated by commas, such as 60,30,15"
        raise ImproperlyConfigured(f"{of} is {typed!r}: {wanted}.") from error
