"""The calendar of imported titles: what time alone did to them, each on the day it did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from dossiers.models import Title
from dossiers.models.title import LIVING, continuing
from dossiers.services.errors import Blocked, WrongState
from dossiers.services.move import move_title_within
from workflows.dates import ONE_DAY, PARIS
from workflows.types import System


def follow(titles: Iterable[int], until: dt.date) -> None:
    """Suspensions that end, renewals that take over, last days that pass, for the titles of these keys, in the order of
    time and up to the day `until`. Inside a transaction; nobody is told."""
    left = set(titles)
    while left:
        living = Title.objects.filter(LIVING, pk__in=left).order_by("pk")
        due = sorted((day, title.pk, title) for title in living if (day := _next_day(title)) <= until)
        if not due:
            return
        day, pk, title = due[0]
        if not _moves(title, dt.datetime.combine(day, dt.time(), tzinfo=PARIS)):
            left.discard(pk)


def _next_day(title: Title) -> dt.date:
    days = [title.in_force_until]
    if title.state == "suspended" and title.suspended_until is not None:
        days.append(title.suspended_until)
    return min(days) + ONE_DAY


def _moves(title: Title, at: dt.datetime) -> bool:
    """The same tries as the daily job (`title_days`): the title's own table says which of them holds."""
    is_continued = continuing(title.chain, title.renewal_rank).exists()
    tries = ["reinstate"] * (title.state == "suspended") + ["replace"] * is_continued + ["expire"]
    return any(_try(title.number, transition, at) for transition in tries)


def _try(number: str, transition: str, at: dt.datetime) -> bool:
    try:
        move_title_within(number=number, transition=transition, actor=System("calendar"), at=at, imported=True)
    except (Blocked, WrongState):
        return False
    return True
