"""One act being done: what the write path hands to the effects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dossiers.models import Decision, Dossier, Title
from workflows.dates import civil_date
from workflows.types import Actor, Facts, Transition


@dataclass(frozen=True)
class Following:
    """An act on another title that follows from this one: `transition` on the title `number`, by `actor`."""

    number: str
    transition: str
    actor: Actor
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Act:
    """`dossier` (and `title` when it is the title that moves) are locked. Effects change the database and leave in
    `result` what the event should keep; `decision` and `title` are set by the effect that makes them. `followed_by`
    lists acts on other titles, done in the same transaction when they are possible. `afterwards`: what writes events of
    its own, which come after that of the act in the log. `imported`: it
    was done elsewhere and before, so nobody is told and no letter is made. `inferred`: no source says that it was done,
    or on which day. `published`: its request is known from public sources alone (`FormSet.published_needs`)."""

    dossier: Dossier
    row: Transition
    actor: Actor
    at: dt.datetime
    facts: Facts
    payload: dict[str, Any]
    title: Title | None = None
    decision: Decision | None = None
    inferred: bool = False
    imported: bool = False
    published: bool = False
    result: dict[str, Any] = field(default_factory=dict)
    followed_by: list[Following] = field(default_factory=list)
    afterwards: list[Callable[[], object]] = field(default_factory=list)

    @property
    def on(self) -> dt.date:
        """The civil day of the act, in Paris."""
        return civil_date(self.at)
