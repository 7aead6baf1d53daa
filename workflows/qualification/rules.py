"""The rules of annex VIII of Regulation (EU) 2017/745 (MDR), as outcomes cite them."""

from __future__ import annotations

from typing import Final

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from workflows.qualification.table import Rule
from workflows.types import Text

NONE: Final = _("None of these")
SAYS: Final[tuple[Text, ...]] = (
    _("Not invasive: class I unless another rule applies."),
    _("Not invasive, channels or stores what will enter the body."),
    _("Not invasive, changes what will enter the body."),
    _("Touches injured skin or mucous membrane."),
    _("Enters by an orifice of the body."),
    _("Enters by surgery, for less than 60 minutes."),
    _("Enters by surgery, for 60 minutes to 30 days."),
    _("Implants, and what stays more than 30 days after surgery."),
    _("Active, treats by energy."),
    _("Active, diagnoses or monitors."),
    _("Software."),
    _("Active, gives or removes medicines or other substances."),
    _("Other active devices: class I."),
    _("Holds a medicine of ancillary action."),
    _("Contraception, prevention of sexually transmitted infections."),
    _("Disinfects, cleans, rinses devices."),
    _("Records images made by X-rays."),
    _("Non-viable tissues or cells, or what comes of them."),
    _("Nanomaterial."),
    _("Gives medicines by inhalation."),
    _("Substances absorbed by, or dispersed in, the body."),
    _("Treats by what it diagnoses itself: closed loops, automated defibrillators."),
)
"""What each of the rules 1 to 22 is about."""

RULES: Final[dict[str, Rule]] = {
    **{
        f"mdr_rule_{rank}": Rule(format_lazy("{} {}", _("MDR, annex VIII, rule"), rank), said)
        for rank, said in enumerate(SAYS, start=1)
    },
    "mdr_viii_3_3": Rule(
        _("MDR, annex VIII, 3.3; IVDR, annex VIII, 1.4"),
        _("Software that drives a device, or influences its use, is of the class of that device."),
    ),
}


def by(*ranks: int) -> tuple[str, ...]:
    return tuple(f"mdr_rule_{rank}" for rank in ranks)


def to(device_class: str, rank: int) -> str:
    """The code of the outcome of a rule: `mdr_iia_9` is class IIa by rule 9."""
    return f"mdr_{device_class.lower()}_{rank}"
