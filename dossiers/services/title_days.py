"""What the calendar does to titles: a renewal takes over, a suspension reaches its term, a last day passes.

One title, one transaction. Nothing remembers how far a pass went: the titles that are still due are what is left to do,
so a pass may stop anywhere, run twice, run beside another one, or come days late.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from dossiers.models import Title
from dossiers.models.title import LIVING, continuing
from dossiers.services.errors import Blocked, WrongState
from dossiers.services.move import move_title
from dossiers.services.titles import keep_in_force
from workflows.dates import civil_date
from workflows.types import System

log = logging.getLogger(__name__)

CHUNK: Final = 500


@dataclass(frozen=True)
class Step:
    """One title looked at. `moved` is False when its own table said that its day has not come after all."""

    pk: int
    moved: bool


def due_titles(at: dt.datetime) -> QuerySet[Title]:
    """Titles that the civil day of `at` finds past their last day, or past the term of their suspension."""
    on = civil_date(at)
    return Title.objects.filter(LIVING, Q(in_force_until__lt=on) | Q(state="suspended", suspended_until__lt=on))


def follow_titles(*, at: dt.datetime) -> int:
    """Do all that is due on the civil day of `at`; returns how many titles moved."""
    return sum(step.moved for step in steps(at=at))


def steps(*, at: dt.datetime, after: int = 0) -> Iterator[Step]:
    """The same, title by title in the order of their keys, from the one after `after`: for whoever counts or stops."""
    continued = Exists(continuing(OuterRef("chain"), OuterRef("renewal_rank")))
    due = due_titles(at).annotate(continued=continued).order_by("pk")
    while True:
        # Read again chunk by chunk: a pass over thousands of titles must not act on what it saw an hour ago.
        chunk = list(due.filter(pk__gt=after).values_list("pk", "number", "state", "continued")[:CHUNK])
        for after, number, state, is_continued in chunk:
            # All are tried: a suspension that ended long ago may lift and the title expire in the same pass.
            tries = ["reinstate"] * (state == "suspended") + ["replace"] * is_continued + ["expire"]
            done = [_try(number, transition, at) for transition in tries]
            yield Step(after, any(done))
        if len(chunk) < CHUNK:
            return


def _try(number: str, transition: str, at: dt.datetime) -> bool:
    try:
        move_title(number=number, transition=transition, actor=System("calendar"), at=at)
    except (Blocked, WrongState) as refusal:
        if any(reason.code == "renewal_pending" for reason in refusal.reasons):
            keep_in_force(number=number, on=civil_date(at))
            return False
        lacking = [reason.code for reason in refusal.reasons if reason.code.startswith("letter_lacks")]
        if lacking:
            log.error("title %s cannot %s: its letter would lack %s", number, transition, ", ".join(lacking))
        return False
    except Exception as error:  # noqa: BLE001 - one title that cannot be read must not keep the others in force
        log.error("title %s could not %s: %s", number, transition, type(error).__name__)
        return False
    return True
