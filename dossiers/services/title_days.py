"""What the calendar does to titles: a renewal that starts replaces, a suspension ends, a last day passes."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from dossiers.models import Title
from dossiers.services.errors import Blocked, WrongState
from dossiers.services.move import move_title
from workflows.dates import civil_date
from workflows.types import System

BY_CALENDAR = ("replace", "reinstate", "expire")


def follow_titles(*, at: dt.datetime, limit: int = 1_000) -> int:
    """Do what is due on the civil day of `at`, one title and one transaction at a time; returns how many moved.

    Safe to run twice, at once or days late: the title's own table is asked each time, under its lock.
    """
    on = civil_date(at)
    due = Title.objects.filter(
        Q(state__in=("in_force", "suspended"), in_force_until__lt=on) | Q(state="suspended", suspended_until__lt=on)
    )
    moved = 0
    for number in due.order_by("ends_on", "pk").values_list("number", flat=True)[:limit]:
        # All are tried: a suspension that ended long ago may lift and the title expire in the same pass.
        done = [_try(number, transition, at) for transition in BY_CALENDAR]
        moved += any(done)
    return moved


def _try(number: str, transition: str, at: dt.datetime) -> bool:
    try:
        move_title(number=number, transition=transition, actor=System("calendar"), at=at)
    except (Blocked, WrongState):
        return False
    return True
