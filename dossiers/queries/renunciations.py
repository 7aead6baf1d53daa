"""A holder that gives its early access up tells HAS; without an answer in a month, silence accepts (CSP R.5121-72-1).

What waits for an answer is a task of the College; the reason and the answer are in the log.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from dossiers.models import Event, Task, Title
from dossiers.policy import may
from workflows.dates import civil_date
from workflows.title_guards import last_day_to_answer, renounced_after_a_month
from workflows.types import Actor

RENUNCIATION: Final = "renunciation"
"""Kind of the task."""
ASKED: Final = "renunciation_asked"
"""Verb of the event that holds the reason."""


@dataclass(frozen=True)
class Renunciation:
    """What waits for HAS's answer. `answer_by`: its last day; silence then accepts."""

    asked_on: dt.date
    answer_by: dt.date
    reason: str
    may_answer: bool


def open_task(title: Title) -> Task | None:
    return Task.objects.filter(dossier=title.dossier_id, kind=RENUNCIATION, done_at=None).first()


def asked_on(title: Title) -> dt.date | None:
    """The day on which HAS was told that the holder gives `title` up, while it has not answered. No query for a title
    that is given up at once."""
    found = open_task(title) if renounced_after_a_month(title.procedure) else None
    return civil_date(found.created_at) if found else None


def reason_of(title: Title) -> str:
    asked = Event.objects.filter(dossier=title.dossier_id, verb=ASKED).order_by("-seq").first()
    return str(asked.payload.get("reason") or "") if asked else ""


def renunciation_of(title: Title, actor: Actor) -> Renunciation | None:
    """Of the title, as this reader may know it; None while nothing waits. Two queries at most."""
    day = asked_on(title)
    if day is None:
        return None
    return Renunciation(
        asked_on=day,
        answer_by=last_day_to_answer(day),
        reason=reason_of(title),
        may_answer=may(actor, "answer_renunciation", title.dossier).allowed,
    )
