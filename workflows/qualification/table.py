"""A decision table: questions of one choice each, that end in an outcome. Pure data, and the walk through it.

A path is the text of the answers given, in their order: `nature:article~purpose:medical`. It says by itself how its
outcome was reached, so that it can be kept, read again and checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from workflows.types import Text

STEP: Final = "~"
GIVES: Final = ":"


@dataclass(frozen=True)
class Answer:
    """One choice. `to`: the question that comes next, or the outcome. `means`: what choosing it says for good of the
    product (an accessory, a device), whatever comes after."""

    code: str
    label: Text
    to: str
    help: Text = ""
    means: str = ""


@dataclass(frozen=True)
class Question:
    """`rules`: the texts that ask it. Where several answers are true, the first one holds: they stand in the order of
    their weight, and `first_true` says so to the reader."""

    code: str
    text: Text
    answers: tuple[Answer, ...]
    help: Text = ""
    rules: tuple[str, ...] = ()
    first_true: bool = False

    def answer(self, code: str) -> Answer | None:
        return next((one for one in self.answers if one.code == code), None)


@dataclass(frozen=True)
class Outcome:
    """Where a path ends. `settled` False: no answer can be given here, ANSM is asked with what `bring` lists."""

    code: str
    label: Text
    rules: tuple[str, ...]
    advice: Text = ""
    settled: bool = True
    bring: tuple[Text, ...] = ()
    means: str = ""


@dataclass(frozen=True)
class Rule:
    """A text that is cited: its reference, and what it says in short."""

    reference: Text
    says: Text = ""


@dataclass(frozen=True)
class Step:
    question: Question
    answer: Answer


@dataclass(frozen=True)
class Walk:
    """Where a path leads: the steps taken, then the question to ask or the outcome. `broken`: the path written said
    more than the table knows, and was followed as far as it goes."""

    steps: tuple[Step, ...]
    question: Question | None
    outcome: Outcome | None
    broken: bool = False

    @property
    def path(self) -> str:
        return STEP.join(f"{step.question.code}{GIVES}{step.answer.code}" for step in self.steps)

    @property
    def before(self) -> str:
        """The path without its last answer: where "back" leads."""
        return STEP.join(self.path.split(STEP)[:-1])

    @property
    def means(self) -> str:
        """What the product is, as the last answer or the outcome that settles it says; empty while nothing does."""
        said = [step.answer.means for step in self.steps] + [self.outcome.means if self.outcome else ""]
        return next((one for one in reversed(said) if one), "")


class Table:
    """Questions, outcomes and the texts that they cite, each by its code; `version` grows when a path may change."""

    def __init__(
        self,
        *,
        version: int,
        start: str,
        questions: tuple[Question, ...],
        outcomes: tuple[Outcome, ...],
        rules: Mapping[str, Rule],
    ) -> None:
        self.version, self.start, self.rules = version, start, dict(rules)
        self.questions: dict[str, Question] = {one.code: one for one in questions}
        self.outcomes: dict[str, Outcome] = {one.code: one for one in outcomes}
        if len(self.questions) < len(questions) or len(self.outcomes) < len(outcomes):
            raise ValueError("two questions, or two outcomes, have the same code")
        self._longest: dict[str, int] = {}

    def walk(self, path: str) -> Walk:
        """Follow `path` from the start, as far as this table knows it. Never fails: a path comes from an address."""
        steps: list[Step] = []
        here = self.start
        for one in path.split(STEP) if path else ():
            asked, _gives, given = one.partition(GIVES)
            question = self.questions.get(here)
            answer = question.answer(given) if question is not None and question.code == asked else None
            if question is None or answer is None:
                return self._at(steps, here, broken=True)
            steps.append(Step(question, answer))
            here = answer.to
        return self._at(steps, here)

    def _at(self, steps: list[Step], here: str, *, broken: bool = False) -> Walk:
        return Walk(tuple(steps), self.questions.get(here), self.outcomes.get(here), broken)

    def longest_from(self, code: str) -> int:
        """Questions still to answer, at most, from the question `code`, itself included; 0 for an outcome."""
        if code not in self.questions:
            return 0
        if code not in self._longest:
            self._longest[code] = 1 + max(self.longest_from(one.to) for one in self.questions[code].answers)
        return self._longest[code]

    def every_path(self, path: str = "") -> Iterator[Walk]:
        """Each way from `path` to an outcome."""
        here = self.walk(path)
        if here.question is None:
            yield here
            return
        for answer in here.question.answers:
            step = f"{here.question.code}{GIVES}{answer.code}"
            yield from self.every_path(f"{path}{STEP}{step}" if path else step)
