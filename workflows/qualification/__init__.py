"""What a product is, and of which class: a short decision table over the European Regulations on devices.

It helps to ask the right question and decides nothing: ANSM's position alone is one, and where a rule leaves a doubt
the outcome says what to bring. Legal source: Regulations (EU) 2017/745 and 2017/746, annexes VIII; MDCG 2019-11.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from workflows.qualification import classes, devices, in_vitro, rules
from workflows.qualification.devices import MEANINGS
from workflows.qualification.table import Rule, Table, Walk
from workflows.types import Text

VERSION: Final = 1
"""Grows when a question, an answer or where it leads changes: what was kept under another version is still read as it
was written, and is said to be so."""

TABLE: Final = Table(
    version=VERSION,
    start=devices.START.code,
    questions=(*devices.QUESTIONS, *classes.QUESTIONS, *in_vitro.QUESTIONS),
    outcomes=(*devices.OUTCOMES, *classes.OUTCOMES, *in_vitro.OUTCOMES),
    rules={**devices.RULES, **rules.RULES, **in_vitro.RULES},
)
LONGEST: Final = TABLE.longest_from(TABLE.start)


@dataclass(frozen=True)
class Line:
    """A question and the answer given, in words."""

    question: Text
    answer: Text


def walk(path: str) -> Walk:
    """Where the answers of `path` lead, as far as the table knows them."""
    return TABLE.walk(path)


def rules_of(found: Walk) -> list[Rule]:
    """The texts cited by the outcome or the question reached."""
    cited = found.outcome.rules if found.outcome else found.question.rules if found.question else ()
    return [TABLE.rules[code] for code in cited]


def meaning(found: Walk) -> Text:
    """What the product is, in words; empty where no answer settles it."""
    return MEANINGS.get(found.means, "")


def readable(path: str) -> list[Line]:
    """The questions and the answers of a path, in words; what this table does not know of it is left out."""
    return [Line(step.question.text, step.answer.label) for step in walk(path).steps]


def outcome_choices() -> tuple[tuple[str, Text], ...]:
    """(code, label) of each outcome, those of classes told apart by their rule."""
    return tuple((one.code, one.label) for one in TABLE.outcomes.values())


def answers_of(found: Walk) -> dict[str, Any]:
    """The section `qualification` of a request, from a finished walk. ValueError when no outcome is reached."""
    if found.outcome is None:
        raise ValueError("this path has not reached an outcome")
    return {"outcome": found.outcome.code, "path": found.path, "version": VERSION}


def said_wrong(path: str, outcome: str, version: int) -> Text:
    """Why this outcome cannot be what these answers led to; empty when it is, or when another version of the table
    said so, of which nothing can be checked."""
    if version != VERSION:
        return ""
    found = walk(path)
    if found.broken or found.outcome is None:
        return _("These answers do not reach an outcome: go through the questions again.")
    if found.outcome.code != outcome:
        return _("This is not what these answers lead to: go through the questions again.")
    return ""
