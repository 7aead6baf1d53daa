"""What `manage.py check`, and every command that starts the site, say of the numbers of days of this room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from workflows.meetings import Blackout

LONGEST_NOTICE: Final = 365
"""No authorisation is granted for longer than a year at a time."""
LONGEST_COMMENTS: Final = 180
"""Six months to comment: beyond that, nothing would be left to suspend."""
MOST_SLOTS: Final = 20
"""Nobody keeps more than a month of working days free."""


@register()
def numbers_of_days(**_options: Any) -> list[CheckMessage]:
    """Whether the settings that count days make sense: a wrong one would remind nobody, or stop the planning."""
    return [Error(what, hint=hint, id=code) for code, what, hint in _faults()]


def _faults() -> Iterator[tuple[str, str, str]]:
    lists = {f"REMINDER_DAYS_{code.upper()}": days for code, days in settings.REMINDER_DAYS.items()}
    lists |= {name: getattr(settings, name) for name in ("OBLIGATION_REMINDER_DAYS", "MEETING_REMINDER_DAYS")}
    for name, days in lists.items():
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
    yield from _faults_of_meetings()


def _faults_of_meetings() -> Iterator[tuple[str, str, str]]:
    limits = settings.WORKFLOW_LIMITS
    if not _is_between(1, limits["MEETING_SLOTS"], MOST_SLOTS):
        yield (
            "dossiers.E004",
            f"MEETING_SLOTS is {limits['MEETING_SLOTS']}: no request for a meeting could be filed",
            f"Give a number of days from 1 to {MOST_SLOTS}, as in 10.",
        )
    try:
        Blackout.parse(limits["MEETING_BLACKOUT"])
    except ValueError as error:
        hint = "Give ranges of days and ISO weeks, comma-separated, as in 12-24/01-01,2027-W07."
        yield ("dossiers.E005", f"MEETING_BLACKOUT: {error}", hint)


def _is_between(least: int, days: Any, most: int) -> bool:
    return isinstance(days, int) and least <= days <= most


def _said(days: Any) -> str:
    return ",".join(str(one) for one in days) or "empty"
