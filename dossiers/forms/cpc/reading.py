"""What the rest of the application reads in the answers of a CPC: lists, guards, letters, the draft of a renewal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from catalogue import lookup
from catalogue.facts import medicine_facts, product_facts
from catalogue.models import Medicine
from documents.letters.matter import PatientMatter
from dossiers.forms.base import Answers, Derived, StatedProduct
from dossiers.forms.cpc.report import MARKETED

LONGEST_LABEL: Final = 300
MENTIONS: Final = ("name", "inn", "form", "strength")
NOT_COPIED: Final = frozenset({"since"})
"""Left out of a renewal: data are new."""


def _section(answers: Answers, key: str) -> Mapping[str, Any]:
    found = answers.get(key)
    return found if isinstance(found, Mapping) else {}


def _words(value: Any, most: int) -> str:
    return " ".join(value.split())[:most].replace("\x00", "") if isinstance(value, str) else ""


def _pk(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    typed = str(value).strip()
    number = int(typed) if len(typed) < 19 and typed.isascii() and typed.isdigit() else 0
    return number or None


def chosen_medicine(answers: Answers) -> Medicine | None:
    """The one chosen in the catalogue, else the one whose CIS code was typed."""
    said = _section(answers, "product")
    if pk := _pk(said.get("medicine")):
        return lookup.medicine(pk)
    cis = said.get("cis")
    if isinstance(cis, str) and len(cis.strip()) == 8 and cis.strip().isascii() and cis.strip().isdigit():
        return Medicine.objects.filter(cis=cis.strip()).first()
    return None


def derive(answers: Answers) -> Derived:
    """Columns of the dossier, from raw answers: what cannot be read is left empty. Its subject is the indication, since
    a framework names no patient."""
    medicine = chosen_medicine(answers)
    return Derived(
        subject=_words(_section(answers, "need").get("indication"), 200),
        product_label=_label(medicine, answers),
        medicine_id=medicine.pk if medicine else None,
    )


def _label(medicine: Medicine | None, answers: Answers) -> str:
    if medicine is not None:
        return " ".join(part for part in (medicine.name, medicine.strength) if part)[:LONGEST_LABEL]
    said = _section(answers, "product")
    name, strength = _words(said.get("name"), 200), _words(said.get("strength"), 90)
    return (name if strength in name else f"{name} {strength}".strip())[:LONGEST_LABEL]


def product(dossier: Any, answers: Answers, on: dt.date) -> dict[str, Any]:
    """What guards ask: the referential's entry on the civil day `on` when ANSM linked one, and `ma_status`: that of the
    catalogue for a medicine that it has, else the one typed."""
    medicine = chosen_medicine(answers)
    said = {
        "ma_status": _status(medicine) or str(_section(answers, "product").get("ma_status") or ""),
        "claimed": str(_section(answers, "need").get("indication") or ""),
    }
    entry = getattr(dossier, "indication", None)
    if entry is not None:
        return {**product_facts(entry, on), **said}
    return {
        "medicine": medicine_facts(medicine) if medicine else typed_medicine(answers),
        "indication_id": None,
        "indication": said["claimed"],
        "put_reference": "",
        "ma_since": None,
        "aap_since": None,
        "criteria_current": False,
        **said,
    }


def _status(medicine: Medicine | None) -> str:
    if medicine is None:
        return ""
    if not medicine.has_ma:
        return "no_ma"
    return MARKETED if medicine.marketed else "not_marketed"


def typed_medicine(answers: Answers) -> dict[str, Any]:
    """The mentions as typed, in the keys of `catalogue.facts.medicine_facts`."""
    said = _section(answers, "product")
    return {
        "id": None,
        **{name: str(said.get(name) or "") for name in MENTIONS},
        "code_name": "",
        "route": "",
        "holder": "",
        "restricted_class": "",
        "ucd13": "",
        "has_current_ma": said.get("ma_status") == MARKETED,
    }


def matter(answers: Answers) -> dict[str, Any]:
    """What letters take: `medicine` (keywords of MedicineMatter), `indication`, no patient, `posology`; and of a CPC
    only: `others`, the other medicines named; `reported_by`, the body that reports."""
    typed = typed_medicine(answers)
    said = _section(answers, "product")
    return {
        "medicine": {name: typed[name] for name in (*MENTIONS, "code_name", "restricted_class")},
        "indication": str(_section(answers, "need").get("indication") or ""),
        "patient": PatientMatter(initials=""),
        "posology": str(_section(answers, "use").get("posology") or ""),
        "others": [str(one) for one in said.get("others") or () if one],
        "reported_by": str(_section(answers, "origin").get("body_name") or ""),
    }


def prefill(answers: Answers) -> dict[str, dict[str, Any]]:
    """The raw answers of a renewal: everything but what is new."""
    return {key: dict(_section(answers, key)) for key in answers if key not in NOT_COPIED}


def stated(product: StatedProduct) -> dict[str, dict[str, Any]]:
    """Where an imported history writes its product."""
    asked: dict[str, Any] = {name: getattr(product, name) for name in MENTIONS}
    if product.medicine is not None:
        asked["medicine"] = product.medicine.pk
    said = {"product": asked, "need": {"indication": product.indication_text}}
    return {key: {name: value for name, value in one.items() if value} for key, one in said.items()}
