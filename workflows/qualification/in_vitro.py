"""Which class is it? The rules of annex VIII of Regulation (EU) 2017/746 (IVDR, rules 1 to 7), asked the strictest
first, since the strictest rule that applies gives the class (annex VIII, 1.9).

Wording is ours; the text alone is binding.
"""

from __future__ import annotations

from typing import Final

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from workflows.qualification.table import Answer, Outcome, Question, Rule
from workflows.types import Text

SAYS: Final[tuple[Text, ...]] = (
    _("Safety of transfusion, transplantation and cells; life-threatening agents that spread."),
    _("Blood groups and tissue typing."),
    _("Infections, cancer, genes, companion diagnostics, dangerous errors."),
    _("Tests done by lay persons, or near the patient."),
    _("Laboratory products, instruments, containers."),
    _("Whatever no other rule covers."),
    _("Controls without an assigned value."),
)
"""What each of the rules 1 to 7 is about."""

RULES: Final[dict[str, Rule]] = {
    f"ivdr_rule_{rank}": Rule(format_lazy("{} {}", _("IVDR, annex VIII, rule"), rank), said)
    for rank, said in enumerate(SAYS, start=1)
}


def _by(*ranks: int) -> tuple[str, ...]:
    return tuple(f"ivdr_rule_{rank}" for rank in ranks)


def to(device_class: str, rank: int) -> str:
    """The code of the outcome of a rule: `ivdr_d_1` is class D by rule 1."""
    return f"ivdr_{device_class.lower()}_{rank}"


QUESTIONS: Final = (
    Question(
        "ivd_rule_1",
        _("Is it for donors, blood groups or dangerous epidemics?"),
        (
            Answer(
                "donors",
                _("It looks for an infection in blood, cells, tissues or organs that will be given to somebody"),
                to("D", 1),
            ),
            Answer(
                "spreads",
                _("It looks for an agent of a disease that threatens life and spreads, or may spread, easily"),
                to("D", 1),
            ),
            Answer(
                "load", _("It measures how infectious a life-threatening disease is, to follow it closely"), to("D", 1)
            ),
            Answer("abo", _("It types blood: ABO, Rhesus, Kell, Kidd or Duffy"), to("D", 2)),
            Answer(
                "typing",
                _("It types blood otherwise, or tissues, for transfusion, transplantation or cells"),
                to("C", 2),
            ),
            Answer("none", _("None of these"), "ivd_rule_3"),
        ),
        rules=_by(1, 2),
        first_true=True,
    ),
    Question(
        "ivd_rule_3",
        _("What does it look for?"),
        (
            Answer(
                "infection",
                _("It looks for an agent transmitted by sex, or for one in blood or cerebrospinal fluid"),
                to("C", 3),
            ),
            Answer(
                "danger",
                _(
                    "It is about an infection or an immunity where a wrong result may kill or disable, unborn "
                    "children included"
                ),
                to("C", 3),
            ),
            Answer(
                "companion", _("It is a companion diagnostic: it tells who may receive a given medicine"), to("C", 3)
            ),
            Answer(
                "cancer",
                _("It screens for, diagnoses or stages a cancer, or stages a disease with such a danger"),
                to("C", 3),
            ),
            Answer("genes", _("It is a test of human genes"), to("C", 3)),
            Answer(
                "levels",
                _("It follows the level of a medicine or a substance, where a wrong result may threaten life"),
                to("C", 3),
            ),
            Answer("life", _("It serves to manage a disease or a state that threatens life"), to("C", 3)),
            Answer("birth", _("It looks for inborn disorders, in the embryo, the foetus or the newborn"), to("C", 3)),
            Answer("none", _("None of these"), "ivd_rule_4"),
        ),
        rules=_by(3),
        first_true=True,
    ),
    Question(
        "ivd_rule_4",
        _("Is it made for lay persons to test themselves?"),
        (
            Answer(
                "mild",
                _("Yes, for pregnancy, fertility or cholesterol, or for glucose, cells or bacteria in urine"),
                to("B", 4),
            ),
            Answer("yes", _("Yes, for anything else"), to("C", 4)),
            Answer("no", _("No"), "ivd_rule_5"),
        ),
        rules=_by(4),
    ),
    Question(
        "ivd_rule_5",
        _("What is it?"),
        (
            Answer("instrument", _("An instrument made for in vitro examinations"), to("A", 5)),
            Answer("container", _("A container for samples"), to("A", 5)),
            Answer(
                "laboratory",
                _("A laboratory product without critical features, made fit for a given examination"),
                to("A", 5),
                _("Buffers, washing solutions, culture media, stains."),
            ),
            Answer("control", _("A control without an assigned value"), to("B", 7)),
            Answer("other", _("Anything else, such as a test, a reagent, a calibrator or software"), to("B", 6)),
        ),
        rules=_by(5, 6, 7),
    ),
)


def _settled(code: str) -> Outcome:
    _ivdr, device_class, rank = code.split("_")
    label = format_lazy("{} {}", _("In vitro diagnostic medical device of class"), device_class.upper())
    return Outcome(code, label, _by(int(rank)))


OUTCOMES: Final = tuple(
    _settled(code)
    for code in sorted({answer.to for one in QUESTIONS for answer in one.answers if answer.to.startswith("ivdr_")})
    if code not in {one.code for one in QUESTIONS}
)
