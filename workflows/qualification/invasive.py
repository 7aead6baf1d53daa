"""The class of devices that are not active: rules 1 to 8 and 20 of annex VIII of Regulation (EU) 2017/745 (MDR)."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from workflows.qualification.rules import NONE, by, to
from workflows.qualification.table import Answer, Question

INVASIVE: Final = (
    Question(
        "invasive",
        _("How does it meet the body?"),
        (
            Answer("outside", _("It does not enter it"), "outside"),
            Answer(
                "orifice", _("It enters by an orifice of the body, lasting artificial openings included"), "orifice"
            ),
            Answer("transient", _("It enters by surgery or through the skin, for less than 60 minutes"), "transient"),
            Answer("short", _("It enters by surgery or through the skin, for 60 minutes to 30 days"), "short"),
            Answer("long", _("It is implanted, or stays for more than 30 days after surgery"), "long"),
        ),
        rules=by(1, 5, 6, 7, 8),
    ),
    Question(
        "outside",
        _("What does it touch, or hold?"),
        (
            Answer(
                "cells",
                _("It is a substance in which cells, tissues, organs or embryos are kept, outside the body"),
                to("III", 3),
            ),
            Answer(
                "changes",
                _(
                    "It changes the composition of what will enter the body, otherwise than by filtration, "
                    "centrifugation or exchange of gas or heat"
                ),
                to("IIb", 3),
            ),
            Answer(
                "filters",
                _("It changes that composition by filtration, centrifugation or exchange of gas or heat"),
                to("IIa", 3),
            ),
            Answer("bag", _("It is a blood bag"), to("IIb", 2)),
            Answer(
                "heals", _("It is for wounds through the dermis that heal by secondary intention alone"), to("IIb", 4)
            ),
            Answer(
                "blood", _("It channels or stores blood, liquids of the body, organs, tissues or cells"), to("IIa", 2)
            ),
            Answer(
                "connected",
                _(
                    "It channels or stores what will enter the body, and may be connected to an active device of "
                    "class IIa or above"
                ),
                to("IIa", 2),
            ),
            Answer(
                "wound",
                _(
                    "It touches injured skin or mucous membrane, otherwise than as a mere barrier, compress or "
                    "absorbent"
                ),
                to("IIa", 4),
            ),
            Answer("barrier", _("It is a mere barrier, compress or absorbent for injured skin"), to("I", 4)),
            Answer("channels", _("It channels or stores other liquids or gases that will enter the body"), to("I", 2)),
            Answer("none", NONE, to("I", 1)),
        ),
        rules=by(1, 2, 3, 4),
        first_true=True,
    ),
    Question(
        "orifice",
        _("How is it used in the orifice?"),
        (
            Answer(
                "vital_inhaled",
                _(
                    "It gives a medicine by inhalation, and how it works weighs on its efficacy and safety, or the "
                    "state treated threatens life"
                ),
                to("IIb", 20),
            ),
            Answer(
                "long",
                _(
                    "It stays for more than 30 days, elsewhere than in the mouth, the ear canal or the nose, or "
                    "mucous membrane may absorb it"
                ),
                to("IIb", 5),
            ),
            Answer("inhaled", _("It gives a medicine by inhalation"), to("IIa", 20)),
            Answer("connected", _("It is connected to an active device of class IIa or above"), to("IIa", 5)),
            Answer(
                "long_outer", _("It stays for more than 30 days in the mouth, the ear canal or the nose"), to("IIa", 5)
            ),
            Answer(
                "short",
                _("It stays from 60 minutes to 30 days, elsewhere than in the mouth, the ear canal or the nose"),
                to("IIa", 5),
            ),
            Answer("none", NONE, to("I", 5)),
        ),
        rules=by(5, 20),
        first_true=True,
    ),
    Question(
        "transient",
        _("What is true of it during that hour?"),
        (
            Answer(
                "heart",
                _("It is made to touch the heart, the central circulation or the central nervous system directly"),
                to("III", 6),
            ),
            Answer("instrument", _("It is a surgical instrument that is used again"), to("I", 6)),
            Answer("radiates", _("It gives energy as ionising radiation"), to("IIb", 6)),
            Answer("absorbed", _("It has a biological effect, or is mostly absorbed"), to("IIb", 6)),
            Answer("medicine", _("It gives medicines in a way that may be dangerous"), to("IIb", 6)),
            Answer("none", NONE, to("IIa", 6)),
        ),
        rules=by(6),
        first_true=True,
    ),
    Question(
        "short",
        _("What is true of it during these days?"),
        (
            Answer(
                "heart",
                _("It is made to touch the heart, the central circulation or the central nervous system directly"),
                to("III", 7),
            ),
            Answer("absorbed", _("It has a biological effect, or is mostly absorbed"), to("III", 7)),
            Answer("radiates", _("It gives energy as ionising radiation"), to("IIb", 7)),
            Answer(
                "changes", _("It undergoes a chemical change in the body, elsewhere than in the teeth"), to("IIb", 7)
            ),
            Answer("medicine", _("It gives medicines"), to("IIb", 7)),
            Answer("none", NONE, to("IIa", 7)),
        ),
        rules=by(7),
        first_true=True,
    ),
    Question(
        "long",
        _("What is true of this implant?"),
        (
            Answer(
                "heart",
                _("It touches the heart, the central circulation or the central nervous system directly"),
                to("III", 8),
            ),
            Answer("absorbed", _("It has a biological effect, or is mostly absorbed"), to("III", 8)),
            Answer(
                "changes",
                _("It undergoes a chemical change in the body, elsewhere than in the teeth, or gives medicines"),
                to("III", 8),
            ),
            Answer("breast", _("It is a breast implant or a surgical mesh"), to("III", 8)),
            Answer(
                "ancillary",
                _("It is a screw, a wedge, a plate or an instrument of a joint or of the spine"),
                to("IIb", 8),
            ),
            Answer(
                "joint",
                _("It replaces a joint, in whole or in part, or a disc of the spine, or touches the spine"),
                to("III", 8),
            ),
            Answer("teeth", _("It is placed in the teeth"), to("IIa", 8)),
            Answer("none", NONE, to("IIb", 8)),
        ),
        rules=by(8),
        first_true=True,
    ),
)
