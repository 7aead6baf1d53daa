"""What may be published, read from the tables of the procedures: nothing here names one of them."""

from __future__ import annotations

from typing import Final

from workflows import registry
from workflows.types import NO_EFFECT, Procedure, Text

REFUSED: Final = "refused"
"""A final state that every procedure of a request has; what it is called is in the table."""

SMALL: Final = 10
"""Under this many, a number of authorisations that each name a patient is not told."""


def with_titles() -> list[str]:
    """Procedures of which each title is public."""
    return [one.code for one in registry.all_procedures() if one.public.titles]


def with_refusals() -> list[str]:
    return [one.code for one in registry.all_procedures() if one.public.refusals]


def refused_kinds() -> dict[str, frozenset[str]]:
    """{procedure whose refusals are public: the kinds of request of which they are; empty for every kind}."""
    return {one.code: one.public.refused_kinds for one in registry.all_procedures() if one.public.refusals}


def with_filings() -> list[str]:
    """Procedures of which it is public that a complete request is under examination."""
    return [one.code for one in registry.all_procedures() if one.public.filings]


def wording_their_own() -> dict[str, tuple[str, str]]:
    """{procedure whose requests word the indication that they claim: where their answers hold it}."""
    return {one.code: one.public.claimed for one in registry.all_procedures() if one.public.claimed}


def speaking_silence() -> frozenset[str]:
    """Procedures in which silence decides."""
    return frozenset(
        one.code for one in registry.all_procedures() if any(rule.silence != NO_EFFECT for rule in one.clocks)
    )


def pathway(code: str, value: str) -> Text:
    """What the pathway of a request is called; empty where the procedure has none."""
    return dict(registry.procedure(code).public.pathways).get(value, "")


def of_the_referential() -> Procedure | None:
    """The procedure whose grants are public as entries of the referential, which is one procedure's."""
    return next((one for one in registry.all_procedures() if one.public.referential), None)


def all_public() -> list[Procedure]:
    """Procedures of which the register tells something."""
    return [
        one for one in registry.all_procedures() if one.public.titles or one.public.refusals or one.public.referential
    ]


def hides_small_numbers(code: str) -> bool:
    """Whether a small count would tell of somebody: not where each title and each refusal is published anyway."""
    public = registry.procedure(code).public
    return not (public.titles and public.refusals)
