"""What the rest of the application reads in the answers of an exemption: lists, guards, letters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from documents.letters.matter import PatientMatter
from dossiers.forms.base import Answers, Derived

LONGEST_LABEL: Final = 300


def _section(answers: Answers, key: str) -> Mapping[str, Any]:
    found = answers.get(key)
    return found if isinstance(found, Mapping) else {}


def _words(value: Any, most: int) -> str:
    return " ".join(value.split())[:most].replace("\x00", "") if isinstance(value, str) else ""


def day(value: object) -> dt.date | None:
    """A day as ISO text; None when it is not one."""
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) and value else None
    except ValueError:
        return None


def derive(answers: Answers) -> Derived:
    """The device by its name and model; its subject is the medical condition, since no patient is named."""
    device, need = _section(answers, "device"), _section(answers, "need")
    label = f"{_words(device.get('name'), 200)} {_words(device.get('model'), 90)}".strip()
    return Derived(subject=_words(need.get("condition"), 120), product_label=label[:LONGEST_LABEL])


def product(dossier: Any, answers: Answers, on: dt.date) -> dict[str, Any]:
    """Nothing of the referential of medicines: what guards ask is in the answers."""
    return {"domain": str(_section(answers, "request").get("domain") or "")}


def prefill(answers: Answers) -> dict[str, dict[str, Any]]:
    """No request starts from a title: an exemption is asked anew, with its reasons."""
    return {}


def _lines(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else []


def matter(answers: Answers) -> dict[str, Any]:
    """What letters take: the keys that every procedure gives (a device has a name, no substance; nobody is a patient by
    themselves), and those of the letters of an exemption, as `dossiers.services.exemption_letters` reads them."""
    device, contacts = _section(answers, "device"), _section(answers, "contacts")
    need, supply = _section(answers, "need"), _section(answers, "supply")
    mentions = ("name", "model", "manufacturer", "country", "risk_class", "basic_udi_di", "purpose")
    return {
        "medicine": {"name": derive(answers).product_label},
        "indication": str(need.get("condition") or ""),
        "patient": PatientMatter(initials=""),
        "posology": "",
        "domain": str(_section(answers, "request").get("domain") or ""),
        "former_title": str(_section(answers, "request").get("former_title") or ""),
        "device": {name: str(device.get(name) or "") for name in mentions},
        "references": _lines(device.get("references")),
        "udi_di": _lines(device.get("udi_di")),
        "criteria": str(need.get("criteria") or ""),
        "quantity": supply.get("quantity"),
        "company": {
            "name": str(contacts.get("holder_name") or ""),
            "address": str(contacts.get("holder_address") or ""),
            "contact": str(contacts.get("contact_name") or ""),
            "phone": str(contacts.get("contact_phone") or ""),
            "email": str(contacts.get("contact_email") or ""),
        },
    }
