"""What `manage.py check`, and every command that starts the site, say of the numbers of days of this room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

LONGEST_NOTICE: Final = 365
"""No authorisation is granted for longer than a year at a time."""
LONGEST_COMMENTS: Final = 180
"""Six months to comment: beyond that, nothing would be left to suspend."""


@register()
def numbers_of_days(**_options: Any) -> list[CheckMessage]:
    """Whether the settings that count days make sense: a wrong one would remind nobody, or stop the planning."""
    return [Error(what, hint=hint, id=code) for code, what, hint in _faults()]


def _faults() -> Iterator[tuple[str, str, str]]:
    lists = {f"REMINDER_DAYS_{code.upper()}": days for code, days in settings.REMINDER_DAYS.items()}
    for name, days in {**lists, "OBLIGATION_REMINDER_DAYS": settings.OBLIGATION_REMINDER_DAYS}.items():
        if not days or not all(_is_between(0, one, LONGEST_NOTICE) for one in days):
            yield (
                "dossiers.E001",
                f"{name} is {_said(days)}: nobody would be reminded, or at a wrong time",
                f"Give one or more numbers of days left, from 0 (the last day) to {LONGEST_NOTICE}, as in 60,30,15.",
            )
    climbs = settings.OBLIGATION_CLIMBS_AFTER_DAYS
    if len(climbs) != 2 or not all(_is_between(1, one, LONGEST_NOTICE) for one in climbs) or climbs[0] > climbs[1]:
        yield (
            "dossiers.E002",
            f"OBLIGATION_CLIMBS_AFTER_DAYS is {_said(climbs)}: two numbers of days late are needed",
            f"Give two, from 1 to {LONGEST_NOTICE}: one for the officer in charge, one for signatories, as in 7,14.",
        )
    least = settings.WORKFLOW_LIMITS["COMMENTS_MIN_DAYS"]
    if not _is_between(1, least, LONGEST_COMMENTS):
        yield (
            "dossiers.E003",
            f"COMMENTS_MIN_DAYS is {least}: no holder could be heard before a suspension or a withdrawal",
            f"Give a number of days from 1 to {LONGEST_COMMENTS}, as in 15.",
        )


def _is_between(least: int, days: Any, most: int) -> bool:
    return isinstance(days, int) and least <= days <= most


def _said(days: Any) -> str:
    return ",".join(str(one) for one in days) or "empty"
