"""A history in our words: what it says, and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from dossiers.forms.base import Answers
from workflows.dates import PARIS
from workflows.types import Reason

START: Final = "create"
"""What is refused, in a report, when a case is refused before its first step."""

OPENING: Final = dt.time(9)
"""The hour of a step of which only the day is known. Steps of one day follow each other by a minute."""


def moment_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, OPENING, tzinfo=PARIS)


@dataclass(frozen=True)
class Step:
    """One act. `said` is the date as its source writes it; `inferred`: the source does not say the act or its day.
    `number`: the one that its source gives a decision."""

    at: dt.datetime
    transition: str
    role: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    inferred: bool = False
    said: str = ""
    number: str = ""


@dataclass(frozen=True)
class Case:
    """`product` and `applicant` hold what their source says of them: `name`, and the numbers it gives. `parent` is the
    id of the case that this one renews, or the number of a title. `published`: texts that the source does not give are
    marked so, instead of being missing."""

    id: str
    digest: str
    procedure: str
    kind: str
    steps: tuple[Step, ...]
    product: Mapping[str, str] = field(default_factory=dict)
    indication: str = ""
    applicant: Mapping[str, str] = field(default_factory=dict)
    answers: Answers = field(default_factory=dict)
    parent: str = ""
    published: bool = False


@dataclass(frozen=True)
class Refusal:
    """The step that was refused, and all its reasons."""

    at: str
    transition: str
    reasons: tuple[Reason, ...]

    def as_json(self) -> dict[str, Any]:
        reasons = [{"code": one.code, "message": str(one.message), "field": one.field} for one in self.reasons]
        return {"at": self.at, "transition": self.transition, "reasons": reasons}


@dataclass(frozen=True)
class Unreadable:
    """A case of the file that is no history; the others are still read."""

    id: str
    refusal: Refusal


Entry = Case | Unreadable
Fate = Literal["kept", "known", "refused"]


class CaseRefused(Exception):
    """Stops the replay of a case: its transaction is undone whole."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.transition)


@dataclass(frozen=True)
class Outcome:
    """What became of a case. `title` is {number, state, starts_on, ends_on}."""

    id: str
    fate: Fate
    reference: str | None = None
    state: str | None = None
    title: Mapping[str, str] | None = None
    refused: tuple[Refusal, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The contract's shape, and nothing else."""
        return {
            "id": self.id,
            "reference": self.reference,
            "state": self.state,
            "title": dict(self.title) if self.title else None,
            "refused_steps": [one.as_json() for one in self.refused],
        }
