"""What the rest of the application reads in the answers of such a request: lists, guards, letters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from catalogue import lookup
from catalogue.facts import medicine_facts
from catalogue.models import Medicine
from documents.letters.matter import PatientMatter
from dossiers.forms.advice.need import MEDICINE, PRODUCTS
from dossiers.forms.base import Answers, Derived

LONGEST_LABEL: Final = 300
LONGEST_SUBJECT: Final = 200


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


def product_kind(answers: Answers) -> str:
    chosen = _section(answers, "triage").get("product_kind")
    return chosen if isinstance(chosen, str) and chosen in dict(PRODUCTS) else ""


def chosen_medicine(answers: Answers) -> Medicine | None:
    """The row chosen, else the only one of the catalogue that bears the name typed."""
    if product_kind(answers) != MEDICINE:
        return None
    about = _section(answers, "about")
    if pk := _pk(about.get("medicine")):
        return lookup.medicine(pk)
    name = _words(about.get("name"), LONGEST_LABEL)
    found = list(Medicine.objects.filter(name__iexact=name).order_by("pk")[:2]) if name else []
    return found[0] if len(found) == 1 else None


def derive(answers: Answers) -> Derived:
    """Columns of the dossier, from raw answers: what cannot be read is left empty. Its subject is what the applicant
    needs, in a few words."""
    about = _section(answers, "about")
    medicine = chosen_medicine(answers)
    label = _words(about.get("name"), LONGEST_LABEL) or (str(medicine) if medicine else "")
    return Derived(
        subject=_words(_section(answers, "triage").get("summary"), LONGEST_SUBJECT),
        product_label=label[:LONGEST_LABEL],
        medicine_id=medicine.pk if medicine else None,
    )


def product(dossier: Any, answers: Answers, on: dt.date) -> dict[str, Any]:
    """What guards ask of the product: an opinion needs nothing of the catalogue."""
    medicine = chosen_medicine(answers)
    return {"medicine": medicine_facts(medicine) if medicine else _typed(answers), "kind": product_kind(answers)}


def _typed(answers: Answers) -> dict[str, Any]:
    about = _section(answers, "about")
    return {
        "id": None,
        "name": _words(about.get("name"), LONGEST_LABEL),
        "inn": _words(about.get("inn"), LONGEST_LABEL),
        **dict.fromkeys(("code_name", "form", "strength", "route", "holder", "restricted_class", "ucd13"), ""),
        "has_current_ma": False,
    }


def matter(answers: Answers) -> dict[str, Any]:
    """What letters take: `medicine` (keywords of MedicineMatter), `indication`, an empty patient and posology.

    For the letters of this service only: `applicant`, `institution`, `address`, `contact`, `email`, `product_kind`
    (code), `purpose`.
    """
    about, project = _section(answers, "about"), _section(answers, "project")
    typed = _typed(answers)
    return {
        "medicine": {
            name: typed[name] for name in ("name", "inn", "code_name", "form", "strength", "restricted_class")
        },
        "indication": str(about.get("indication") or about.get("purpose") or ""),
        "patient": PatientMatter(initials=""),
        "posology": "",
        "applicant": str(project.get("name") or ""),
        "institution": str(project.get("institution") or ""),
        "address": str(project.get("address") or ""),
        "contact": str(project.get("contact_name") or ""),
        "email": str(project.get("contact_email") or ""),
        "product_kind": product_kind(answers),
        "purpose": str(about.get("purpose") or about.get("indication") or ""),
    }


def prefill(answers: Answers) -> dict[str, dict[str, Any]]:
    """Nothing is granted, so nothing is renewed."""
    return {}
