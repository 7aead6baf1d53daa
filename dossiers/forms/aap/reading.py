"""What the rest of the application reads in the answers of an AAP: lists, guards, letters, the draft of a renewal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from catalogue import lookup
from catalogue.facts import medicine_facts, product_facts
from catalogue.models import Indication, Medicine
from catalogue.services.referential import BETWEEN_CLASSES
from documents.letters.matter import PatientMatter
from dossiers.forms.aap.pathway import POST_MA, PRE_MA, YES
from dossiers.forms.base import Answers, Derived, StatedProduct

LONGEST_LABEL: Final = 300
NOT_COPIED: Final = frozenset({"commitments", "data_since_grant", "gmo"})
"""Left out of a renewal: commitments are made anew, data are new, and the GMO is asked of a first request only."""


def _section(answers: Answers, key: str) -> Mapping[str, Any]:
    found = answers.get(key)
    return found if isinstance(found, Mapping) else {}


def _pk(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    typed = str(value).strip()
    # A handful of digits: Python refuses to read a number of thousands of them.
    number = int(typed) if len(typed) < 19 and typed.isascii() and typed.isdigit() else 0
    return number or None


def _words(value: Any, most: int) -> str:
    return " ".join(value.split())[:most].replace("\x00", "") if isinstance(value, str) else ""


def _day(value: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _count(value: Any) -> int | None:
    typed = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else None


def chosen_indication(answers: Answers) -> Indication | None:
    pk = _pk(_section(answers, "indication").get("indication"))
    return lookup.indication(pk) if pk else None


def chosen_medicine(answers: Answers) -> Medicine | None:
    pk = _pk(_section(answers, "product").get("medicine"))
    return lookup.medicine(pk) if pk else None


def derive(answers: Answers) -> Derived:
    """Columns of the dossier, from raw answers: what cannot be read is left empty. Its subject is the indication in
    plain words, since no patient is named and a company asks for one product in several indications."""
    indication = chosen_indication(answers)
    medicine = chosen_medicine(answers) or (indication.medicine if indication else None)
    if indication is not None and medicine is not None and indication.medicine_id != medicine.pk:
        indication = None
    wording = _section(answers, "indication")
    return Derived(
        subject=_words(wording.get("simplified"), 200) or _words(wording.get("claimed"), 200),
        product_label=_product_label(medicine, answers),
        medicine_id=medicine.pk if medicine else None,
        indication_id=indication.pk if indication else None,
        pathway=pathway(answers),
    )


def _product_label(medicine: Medicine | None, answers: Answers) -> str:
    if medicine is not None:
        return " ".join(part for part in (medicine.name, medicine.strength) if part)[:LONGEST_LABEL]
    typed = _section(answers, "product")
    name = next((said for key in ("name", "code_name", "inn") if (said := _words(typed.get(key), 200))), "")
    return f"{name} {_words(typed.get('strength'), 90)}".strip()[:LONGEST_LABEL]


def product(dossier: Any, answers: Answers, on: dt.date) -> dict[str, Any]:
    """What guards ask of the product: what the referential says on the civil day `on` when it has an entry, and what
    the answers say of the pathway. `ma_since` and `aap_since` are days already come by then, None otherwise; the days
    of the answers had come when they were signed, which may be after the `on` of a request filed before."""
    indication = chosen_indication(answers) or getattr(dossier, "indication", None)
    regulatory, put_rd = _section(answers, "regulatory"), _section(answers, "put_rd")
    said = {
        "pathway": pathway(answers),
        "chmp_favourable_on": _day(regulatory.get("chmp_favourable_on")),
        "ma_on": _day(regulatory.get("ma_on")),
        "ma_number": str(regulatory.get("ma_number") or ""),
        "ma_application_by": _day(_section(answers, "commitments").get("ma_application_by")),
        "is_gmo": _section(answers, "gmo").get("is_gmo") == YES,
        "report_months": _count(put_rd.get("report_months")),
        "claimed": str(_section(answers, "indication").get("claimed") or ""),
    }
    if indication is not None:
        return {**product_facts(indication, on), **said}
    medicine = chosen_medicine(answers)
    return {
        "medicine": medicine_facts(medicine) if medicine else typed_medicine(answers),
        "indication_id": None,
        "indication": said["claimed"],
        "put_reference": "",
        "ma_since": _past(_day(regulatory.get("ma_on")), on),
        "aap_since": None,
        "criteria_current": False,
        **said,
    }


def _past(day: dt.date | None, on: dt.date) -> dt.date | None:
    return day if day is not None and day <= on else None


def pathway(answers: Answers) -> str:
    """ "pre_ma", "post_ma", or empty while nobody chose."""
    chosen = _section(answers, "request").get("pathway")
    return chosen if chosen in (PRE_MA, POST_MA) else ""


def typed_medicine(answers: Answers) -> dict[str, Any]:
    """The mentions as typed, in the keys of `catalogue.facts.medicine_facts`."""
    typed = _section(answers, "product")
    classes = typed.get("prescription_class")
    return {
        "id": None,
        **{name: str(typed.get(name) or "") for name in ("name", "inn", "code_name", "form", "strength")},
        "route": "",
        "holder": str(_section(answers, "contacts").get("holder_name") or ""),
        "restricted_class": BETWEEN_CLASSES.join(map(str, classes)) if isinstance(classes, list | tuple) else "",
        "ucd13": str(typed.get("ucd") or ""),
        "has_current_ma": False,
    }


def matter(answers: Answers) -> dict[str, Any]:
    """What letters take: `medicine` (keywords of MedicineMatter), `indication` claimed, an empty patient and posology.

    For the letters of an AAP only: `pathway`, `simplified`, `holder` and its `holder_address`, `principal`,
    `ma_number`, `ma_on`, `chmp_favourable_on`, `ma_application_by` (days as ISO text, or empty), `prescription_class`
    (list of French labels), `report_months` (a number or None).
    """
    typed = typed_medicine(answers)
    wording, contacts = _section(answers, "indication"), _section(answers, "contacts")
    regulatory, commitments = _section(answers, "regulatory"), _section(answers, "commitments")
    mentions = ("name", "inn", "code_name", "form", "strength", "restricted_class")
    return {
        "medicine": {name: typed[name] for name in mentions},
        "indication": str(wording.get("claimed") or ""),
        "patient": PatientMatter(initials=""),
        "posology": "",
        "pathway": pathway(answers),
        "simplified": str(wording.get("simplified") or ""),
        "holder": typed["holder"],
        "holder_address": str(contacts.get("holder_address") or ""),
        "principal": str(contacts.get("principal") or ""),
        **{name: str(regulatory.get(name) or "") for name in ("ma_number", "ma_on", "chmp_favourable_on")},
        "ma_application_by": str(commitments.get("ma_application_by") or ""),
        "prescription_class": list(_section(answers, "product").get("prescription_class") or []),
        "report_months": _count(_section(answers, "put_rd").get("report_months")),
    }


def prefill(answers: Answers) -> dict[str, dict[str, Any]]:
    """The draft of a renewal, of new data or of an MA obtained: all but what must be said again."""
    kept = {key: dict(_section(answers, key)) for key in answers if key not in NOT_COPIED and _section(answers, key)}
    chosen = pathway(answers)
    kept.pop("request", None)
    return {**kept, "request": {"pathway": chosen}} if chosen else kept


def stated(product: StatedProduct) -> dict[str, dict[str, Any]]:
    """The rows of the catalogue where it has them, and the words."""
    asked = {name: getattr(product, name) for name in ("name", "inn", "form", "strength")}
    wording: dict[str, Any] = {"claimed": product.indication_text}
    if product.medicine is not None:
        asked["medicine"] = product.medicine.pk
    if product.indication is not None:
        wording["indication"] = product.indication.pk
        wording["claimed"] = wording["claimed"] or product.indication.label
    said = {"product": asked, "indication": wording}
    return {key: {name: value for name, value in one.items() if value} for key, one in said.items()}
