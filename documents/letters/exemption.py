"""What the letters of an exemption for a device say besides what every letter says: MDR art. 59, IVDR art. 54.

Frozen with the order, as the rest of the matter. No patient is in it: the manufacturer reads these letters.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from documents.letters.early_access import CompanyMatter, ExchangeMatter
from documents.letters.words import french_date

GROUNDS: Final = {
    "no_benefit": "qu’aucun bénéfice significatif pour le ou les patients n’est démontré",
    "custom_made": "que le dispositif est fabriqué sur mesure et relève d’un régime propre",
    "investigational": "que le dispositif est destiné à une investigation clinique ou à une étude des performances, "
    "qui relève d’un régime propre",
    "incomplete": "que les pièces nécessaires à l’examen de la demande n’ont pas été produites",
}
"""Codes of `workflows.device_guards.INADMISSIBLE_GROUNDS`, in the words of the letter."""


@dataclass(frozen=True)
class ConditionMatter:
    """A condition to meet by a day, included."""

    due_on: dt.date
    text: str


@dataclass(frozen=True)
class ClinicianMatter:
    """Who signed a statement of need, where and when."""

    name: str
    quality: str
    hospital: str
    signed_on: dt.date


@dataclass(frozen=True)
class ExemptionMatter:
    """`domain` is "device" or "in_vitro". `patients` None: every patient who meets `criteria`; `single`: one only, so
    that no other State is told. `ground`, `ground_reasons`: of an inadmissible request. `asked`: the pieces that were
    last asked for, and `reply_by`. Terms are empty until they are proposed."""

    company: CompanyMatter
    domain: str
    individual: bool
    name: str = ""
    model: str = ""
    manufacturer: str = ""
    country: str = ""
    risk_class: str = ""
    purpose: str = ""
    references: tuple[str, ...] = ()
    basic_udi_di: str = ""
    udi_di: tuple[str, ...] = ()
    criteria: str = ""
    former_title: str = ""
    clinicians: tuple[ClinicianMatter, ...] = ()
    asked: ExchangeMatter | None = None
    reply_by: dt.date | None = None
    ground: str = ""
    ground_reasons: str = ""
    signatory: str = ""
    patients: int | None = None
    single: bool = False
    sites: tuple[str, ...] = ()
    quantity: str = ""
    conditions: tuple[ConditionMatter, ...] = ()


def printed_exemption(found: dict[str, Any] | None) -> dict[str, Any] | None:
    """Days and codes in words. None for another procedure; absent from the orders frozen before."""
    if found is None:
        return None
    asked = found["asked"]
    return {
        **found,
        "reply_by": french_date(found["reply_by"]),
        "asked": {**asked, "asked_on": french_date(asked["asked_on"])} if asked else None,
        "conditions": [{**one, "due_on": french_date(one["due_on"])} for one in found["conditions"]],
        "clinicians": [{**one, "signed_on": french_date(one["signed_on"])} for one in found["clinicians"]],
        "ground": GROUNDS.get(found["ground"], ""),
        "in_vitro": found["domain"] == "in_vitro",
    }
