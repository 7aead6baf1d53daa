"""Which class is it? The rules of annex VIII of Regulation (EU) 2017/745 (MDR, rules 1 to 22), asked the strictest
first, since the strictest rule that applies gives the class (annex VIII, 3.5).

Wording is ours; the texts alone are binding. Where two sets of rules meet, the outcome is to ask ANSM.
"""

from __future__ import annotations

from typing import Final

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from workflows.qualification.invasive import INVASIVE
from workflows.qualification.rules import NONE, by, to
from workflows.qualification.table import Answer, Outcome, Question

HAZARD: Final = _("Yes, in a way that may be dangerous, given what it gives, where and how")
SPECIAL: Final = (
    Question(
        "special",
        _("Is it a special case?"),
        (
            Answer(
                "medicine",
                _("It holds, as an integral part, a substance that would be a medicine by itself"),
                to("III", 14),
            ),
            Answer(
                "tissues",
                _("It is made with non-viable tissues or cells, human or animal, or what comes of them"),
                "tissues",
            ),
            Answer("nano", _("It is made of nanomaterial, or holds some"), "nano"),
            Answer(
                "substances",
                _("It is made of substances that the body absorbs, or that are dispersed in it"),
                "substances",
                _("By an orifice of the body or on the skin: gels, drops, tablets, sprays."),
            ),
            Answer(
                "contraception",
                _("It serves contraception, or prevents infections transmitted by sex"),
                "contraception",
            ),
            Answer("cleans", _("It disinfects, cleans or rinses devices or contact lenses"), "r16"),
            Answer("images", _("It is made to record diagnostic images made by X-rays"), to("IIa", 17)),
            Answer("none", NONE, "active"),
        ),
        rules=by(14, 18, 19, 21, 15, 16, 17),
        first_true=True,
    ),
    Question(
        "tissues",
        _("Is it of animal origin alone, and does it touch intact skin alone?"),
        (Answer("yes", _("Yes"), "active"), Answer("no", _("No"), to("III", 18))),
        rules=by(18),
    ),
    Question(
        "nano",
        _("How much of the nanomaterial may get into the body?"),
        (
            Answer("high", _("Much, or a medium amount"), to("III", 19)),
            Answer("low", _("Little"), "ask_nano"),
            Answer("negligible", _("Next to nothing"), "ask_nano"),
            Answer("unsure", _("It has not been assessed"), "ask_nano"),
        ),
        rules=by(19),
    ),
    Question(
        "substances",
        _("Where do the substances act, and where do they go?"),
        (
            Answer(
                "systemic",
                _("They, or what they become, are absorbed by the whole body to do what is intended"),
                to("III", 21),
            ),
            Answer(
                "stomach",
                _(
                    "They act in the stomach or the lower gut, and they or what they become are absorbed by the "
                    "whole body"
                ),
                to("III", 21),
            ),
            Answer(
                "skin",
                _("They are applied to the skin, the nose or the mouth down to the pharynx, and act there"),
                to("IIa", 21),
            ),
            Answer("other", _("Anything else"), to("IIb", 21)),
        ),
        rules=by(21),
        first_true=True,
    ),
    Question(
        "contraception",
        _("Is it implanted, or does it stay in the body for more than 30 days?"),
        (Answer("yes", _("Yes"), to("III", 15)), Answer("no", _("No"), to("IIb", 15))),
        rules=by(15),
    ),
    Question(
        "r16",
        _("What does it clean or disinfect?"),
        (
            Answer("lenses", _("Contact lenses: it disinfects, cleans, rinses or hydrates them"), to("IIb", 16)),
            Answer(
                "invasive", _("Invasive devices, and it disinfects them at the end of their processing"), to("IIb", 16)
            ),
            Answer("devices", _("Other devices, which it disinfects or sterilises"), to("IIa", 16)),
            Answer(
                "only_cleans",
                _("Other devices, which it only cleans, without disinfecting them"),
                to("I", 1),
            ),
        ),
        rules=by(16),
        first_true=True,
    ),
)

ACTIVE: Final = (
    Question(
        "active",
        _("Does it need energy other than that of the body or of gravity?"),
        (Answer("yes", _("Yes: it is active"), "active_kind"), Answer("no", _("No"), "invasive")),
        rules=("mdr_rule_13",),
    ),
    Question(
        "active_kind",
        _("What kind of active device is it?"),
        (
            Answer("implant", _("It is an active implant, or its accessory"), to("III", 8)),
            Answer(
                "closed_loop",
                _("It treats, and what it diagnoses itself mostly decides how"),
                to("III", 22),
                _("A closed loop, an automated external defibrillator."),
            ),
            Answer(
                "enters", _("A part of it enters the body, by an orifice or through the skin"), "ask_active_invasive"
            ),
            Answer("none", NONE, "active_does"),
        ),
        rules=by(8, 22),
        first_true=True,
    ),
    Question(
        "active_does",
        _("What does it mainly do?"),
        (
            Answer("treats", _("It treats, by giving energy to the body or exchanging it"), "energy"),
            Answer("looks", _("It diagnoses or monitors"), "looks"),
            Answer("gives", _("It gives or removes medicines, liquids of the body or other substances"), "gives"),
            Answer("other", _("Anything else"), to("I", 13)),
        ),
        rules=by(9, 10, 12, 13),
    ),
    Question(
        "energy",
        _("What does its energy do?"),
        (
            Answer("implants", _("It controls, monitors or directly influences an active implant"), to("III", 9)),
            Answer("ionising", _("It emits ionising radiation to treat, or controls what does"), to("IIb", 9)),
            Answer("hazard", HAZARD, to("IIb", 9)),
            Answer(
                "controls",
                _("It controls, monitors or directly influences a therapeutic device of class IIb"),
                to("IIb", 9),
            ),
            Answer("none", NONE, to("IIa", 9)),
        ),
        rules=by(9),
        first_true=True,
    ),
    Question(
        "looks",
        _("How does it diagnose or monitor?"),
        (
            Answer(
                "ionising",
                _("It emits ionising radiation for diagnosis or to guide a treatment, or controls what does"),
                to("IIb", 10),
            ),
            Answer(
                "danger",
                _(
                    "It monitors vital signs whose variations could put the patient in immediate danger, or "
                    "diagnoses a "
                    "patient who is in immediate danger"
                ),
                to("IIb", 10),
                _("The heart, breathing, the central nervous system."),
            ),
            Answer("vital", _("It directly diagnoses or monitors vital processes"), to("IIa", 10)),
            Answer("tracer", _("It shows where a radioactive medicine goes in the body"), to("IIa", 10)),
            Answer("light", _("It only lights the body, in the visible spectrum"), to("I", 10)),
            Answer("absorbed", _("It gives energy that the body absorbs"), to("IIa", 10)),
            Answer("none", NONE, to("I", 13)),
        ),
        rules=by(10),
        first_true=True,
    ),
    Question(
        "gives",
        _("May it be dangerous, given the substances, the part of the body and how it is given?"),
        (Answer("yes", _("Yes"), to("IIb", 12)), Answer("no", _("No"), to("IIa", 12))),
        rules=by(12),
    ),
)

SOFTWARE: Final = (
    Question(
        "sw_rule_11",
        _("What is its result used for?"),
        (
            Answer("contraception", _("For contraception"), to("IIb", 15)),
            Answer("decides", _("To decide on a diagnosis or a treatment"), "sw_decides"),
            Answer("monitors", _("To monitor processes of the body"), "sw_monitors"),
            Answer("other", _("Anything else"), to("I", 11)),
        ),
        rules=by(11, 15),
        first_true=True,
    ),
    Question(
        "sw_decides",
        _("What may a wrong decision cause, at worst?"),
        (
            Answer("death", _("Death, or a state of health that cannot be repaired"), to("III", 11)),
            Answer("serious", _("A serious deterioration of health, or surgery"), to("IIb", 11)),
            Answer("less", _("Less than that"), to("IIa", 11)),
        ),
        rules=by(11),
    ),
    Question(
        "sw_monitors",
        _("Are they vital signs whose variations could put the patient in immediate danger?"),
        (Answer("yes", _("Yes"), to("IIb", 11)), Answer("no", _("No"), to("IIa", 11))),
        rules=by(11),
    ),
)

QUESTIONS: Final = (*SPECIAL, *ACTIVE, *INVASIVE, *SOFTWARE)


def _settled(code: str) -> Outcome:
    _mdr, device_class, rank = code.split("_")
    name = {"i": "I", "iia": "IIa", "iib": "IIb", "iii": "III"}[device_class]
    return Outcome(code, format_lazy("{} {}", _("Medical device of class"), name), by(int(rank)))


OUTCOMES: Final = (
    *(
        _settled(code)
        for code in sorted({answer.to for one in QUESTIONS for answer in one.answers if answer.to.startswith("mdr_")})
    ),
    Outcome(
        "ask_nano",
        _("Medical device, whose class is to be decided with ANSM: nanomaterial"),
        by(19),
        _("Rule 19 gives class IIb for little exposure and IIa for next to none; another rule may be stricter."),
        settled=False,
        bring=(_("The assessment of the internal exposure"), _("What touches the body, where and how long")),
    ),
    Outcome(
        "ask_active_invasive",
        _("Medical device, whose class is to be decided with ANSM: active and invasive"),
        by(5, 6, 7, 8, 9, 10, 12, 13),
        _("Rules 5 to 8 and rules 9 to 13 both apply: the strictest gives the class."),
        settled=False,
        bring=(
            _("Which part enters the body, where and how long"),
            _("The energy or the substances that it gives, and their dangers"),
        ),
    ),
    Outcome(
        "sw_with_device",
        _("Software of the class of the device that it drives"),
        ("mdr_viii_3_3", "mdcg_2019_11"),
        _("It is a part of that device or its accessory: it has no class of its own."),
        means="accessory",
    ),
)
