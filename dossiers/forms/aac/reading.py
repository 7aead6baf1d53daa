"""What the rest of the application reads in the answers of an AAC: lists, guards, the draft of a renewal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from catalogue import lookup
from catalogue.criteria import RCP_KEY, current_version, patient_outside, read_date, read_number, unmet
from catalogue.facts import medicine_facts, product_facts
from catalogue.models import CriteriaVersion, Indication, Medicine
from dossiers.forms.aac.patient import age_in_months
from dossiers.forms.base import Answers, Derived, StatedProduct

KEPT_IN_A_RENEWAL = {
    "medicine": None,
    "patient": ("initials", "birth_month", "sex"),
    "prescriber": None,
    "history": None,
    "clinical": None,
    "research": None,
}
"""Sections copied into a renewal; None keeps all fields. The weight is measured again; undertakings are given again."""


def _section(answers: Answers, key: str) -> Mapping[str, Any]:
    found = answers.get(key)
    return found if isinstance(found, Mapping) else {}


def _pk(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        number = int(value)
    except ValueError:
        return None
    return number if 0 < number < 2**63 else None


def _words(value: Any, most: int) -> str:
    return " ".join(value.split())[:most].replace("\x00", "") if isinstance(value, str) else ""


def chosen_indication(answers: Answers) -> Indication | None:
    pk = _pk(_section(answers, "medicine").get("indication"))
    return lookup.indication(pk) if pk else None


def chosen_medicine(answers: Answers) -> Medicine | None:
    pk = _pk(_section(answers, "medicine").get("medicine"))
    return lookup.medicine(pk) if pk else None


def derive(answers: Answers) -> Derived:
    """Columns of the dossier, from raw answers: what cannot be read is left empty."""
    indication = chosen_indication(answers)
    medicine = chosen_medicine(answers) or (indication.medicine if indication else None)
    if indication is not None and medicine is not None and indication.medicine_id != medicine.pk:
        indication = None
    return Derived(
        subject=_words(_section(answers, "patient").get("initials"), 30).upper(),
        product_label=product_label(medicine, answers),
        medicine_id=medicine.pk if medicine else None,
        indication_id=indication.pk if indication else None,
        urgent=_section(answers, "request").get("urgent") in ("yes", True),
    )


def product_label(medicine: Medicine | None, answers: Answers) -> str:
    if medicine is not None:
        return " ".join(part for part in (medicine.name, medicine.strength) if part)[:300]
    typed = _section(answers, "medicine")
    name = _words(typed.get("other_name"), 200) or _words(typed.get("other_inn"), 200)
    return f"{name} {_words(typed.get('other_strength'), 90)}".strip()[:300]


def product(dossier: Any, answers: Answers, on: dt.date) -> dict[str, Any]:
    """What the catalogue says of the product on the civil day `on`, and whether the answers meet its criteria."""
    indication = chosen_indication(answers) or getattr(dossier, "indication", None)
    days = _section(answers, "medicine").get("duration_days")
    typed_days = str(days or "").strip()
    # A handful of digits: Python refuses to read a number of thousands of them.
    is_number = len(typed_days) < 9 and typed_days.isascii() and typed_days.isdigit()
    asked = {"requested_days": int(typed_days) if is_number else None}
    if indication is None:
        medicine = chosen_medicine(answers)
        typed: dict[str, Any] = {"medicine": medicine_facts(medicine) if medicine else typed_medicine(answers)}
        unknown = {
            "criteria_current": False,
            "criteria_met": False,
            "company_undertaking": False,
            "automatic_grant": False,
        }
        return {**typed, **unknown, **asked, "indication": _section(answers, "medicine").get("other_indication", "")}
    version = current_version(indication, on)
    return {**product_facts(indication, on), **asked, "criteria_met": criteria_met(version, answers, on)}


def typed_medicine(answers: Answers) -> dict[str, Any]:
    """The mentions of a medicine that is not in the catalogue, in the keys of `catalogue.facts.medicine_facts`."""
    typed = _section(answers, "medicine")
    return {
        "id": None,
        "name": typed.get("other_name") or "",
        "inn": typed.get("other_inn") or "",
        "code_name": "",
        "form": typed.get("other_form") or "",
        "strength": typed.get("other_strength") or "",
        "route": "",
        "holder": "",
        "restricted_class": "",
        "ucd13": "",
        "has_current_ma": False,
    }


def criteria_met(version: CriteriaVersion | None, answers: Answers, on: dt.date) -> bool:
    """Whether the request stands on the criteria in force and meets every one, age, sex and dose included."""
    if version is None or _section(answers, "request").get("track") != "A":
        return False
    patient = _section(answers, "patient")
    values = {**_section(answers, "criteria"), RCP_KEY: read_date(_section(answers, "clinical").get("rcp_on"))}
    outside = patient_outside(
        version,
        age_months=age_in_months(str(patient.get("birth_month") or ""), on),
        sex=str(patient.get("sex") or ""),
        daily_dose=read_number(_section(answers, "medicine").get("daily_dose")),
    )
    return not unmet(version, values, on=on) and not outside


def prefill(answers: Answers) -> dict[str, dict[str, Any]]:
    """The draft of a renewal: what lasts is kept, what must be said again is not (CSP R.5121-74-4)."""
    kept: dict[str, dict[str, Any]] = {}
    for key, names in KEPT_IN_A_RENEWAL.items():
        section = _section(answers, key)
        if section:
            kept[key] = {name: value for name, value in section.items() if names is None or name in names}
    kept["request"] = {"track": "B"}
    return kept


def prescriber_answers(membership: Any) -> dict[str, str]:
    """What a prescriber's profile already says."""
    return {name: getattr(membership, name) or "" for name in ("quality", "speciality", "ward", "phone")}


def stated(product: StatedProduct) -> dict[str, dict[str, Any]]:
    """The rows of the catalogue where it has them, else the words."""
    said: dict[str, Any] = {}
    if product.medicine is not None:
        said["medicine"] = product.medicine.pk
    else:
        said |= {"other_name": product.name, "other_inn": product.inn}
    if product.indication is not None:
        said["indication"] = product.indication.pk
    else:
        said["other_indication"] = product.indication_text
    said |= {"other_form": product.form, "other_strength": product.strength}
    return {"medicine": {name: value for name, value in said.items() if value}}
