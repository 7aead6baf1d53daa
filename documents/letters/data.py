"""What a letter decides, as data: the JSON file attached to its PDF, for the software of those who receive it.

It says nothing that the letter does not print, and less about people: no patient, no prescriber, no free text.
A field is never renamed nor given another meaning: a change of that kind is a new `version`.
"""

from __future__ import annotations

import json
from typing import Any, Final

from documents.letters.kinds import kind_of

SCHEMA: Final = "earlyaccess.letter"
VERSION: Final = 1
SIGNATURE: Final = ("signed_on", "signatory", "signatory_quality", "delegation")
DECISION: Final = ("outcome", "automatic", *SIGNATURE)
ESTABLISHMENT: Final = ("name", "finess_et", "finess_ej")
EARLY_ACCESS: Final = (
    "pathway", "acknowledged_on", "official_number", "sat_on", "changed_number", "changed_ends_on",
)  # fmt: skip
EXEMPTION: Final = (
    "domain", "individual", "name", "model", "manufacturer", "risk_class", "references", "basic_udi_di", "udi_di",
    "patients", "single", "sites", "quantity",
)  # fmt: skip
# What was done to a title already granted. Its reasons and its changes are sentences, for people.
ACT: Final = (
    "act", "by", "cause", "emergency", "effective_on", "until", "suspended_on", "previous_end", "new_end",
    "renewal_pending", "renewed_from", "last_day", "never_begun", *SIGNATURE,
)  # fmt: skip


def letter_data(context: dict[str, Any]) -> dict[str, Any]:
    """The facts of a frozen context. Days are ISO 8601, first and last included; absent facts are null."""
    matter = context["matter"]
    # Absent from the orders frozen before early accesses had letters.
    early, exemption, project = matter.get("early_access"), matter.get("exemption"), matter.get("advice")
    of_companies = bool(early or exemption or project or matter.get("framework"))
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "demonstration": context["demo"],
        "letter": {
            "number": context["number"],
            "kind": context["kind"],
            "name": kind_of(context["kind"]).title,
            "dated": context["at"],
            "verification_code": context["code"],
            "verification_url": context["url"],
        },
        "dossier": {
            "reference": matter["reference"],
            "filing_number": matter["filing_number"],
            "procedure": matter["procedure"],
            "kind": matter["kind"],
            "filed_on": matter["filed_on"],
        },
        "medicine": dict(matter["medicine"]),
        "establishment": None if of_companies else {key: matter["establishment"][key] for key in ESTABLISHMENT},
        "early_access": _early_access(early, context["kind"]) if early else None,
        **({"exemption": _exemption(exemption)} if exemption else {}),
        **({"advice": _advice(project)} if project else {}),
        "title": _title(matter),
        "decision": _chosen(matter["decision"], DECISION),
        # Absent from the orders frozen before titles had letters.
        "act": _chosen(matter.get("title_act"), ACT),
    }


def as_json(context: dict[str, Any]) -> bytes:
    """The attached file: UTF-8, readable by people too, the same for the same context."""
    return json.dumps(letter_data(context), ensure_ascii=False, indent=2).encode() + b"\n"


def _early_access(early: dict[str, Any], kind: str) -> dict[str, Any]:
    """Codes, numbers and days. `findings`: what the College found of each criterion. `due_on`: what the acknowledgement
    says, null in any other letter."""
    opinion = early["ansm_opinion"]
    # What is proposed and not given is told in no other letter than its own draft.
    told = opinion is not None and (opinion["given_on"] or kind == "aap_ansm_opinion")
    return {
        **{name: early[name] for name in EARLY_ACCESS},
        "due_on": early["due_on"] if kind == "aap_acknowledgement" else None,
        "company": early["company"]["name"],
        "indication_restricted": bool(early["granted_indication"]),
        "findings": {one["criterion"]: one["finding"] for one in early["findings"]},
        "ansm_opinion": {name: opinion[name] for name in ("outcome", "given_on")} if told else None,
    }


def _exemption(exemption: dict[str, Any]) -> dict[str, Any]:
    """The device, where and how much of it. `patients` null: no number is set. Conditions by their day, not their
    words."""
    return {
        **{name: exemption[name] for name in EXEMPTION},
        "company": exemption["company"]["name"],
        "conditions_due_on": [one["due_on"] for one in exemption["conditions"]],
    }


def _advice(said: dict[str, Any]) -> dict[str, Any]:
    """Codes, counts and days. What was asked and answered is sentences, for people."""
    return {
        "applicant": said["applicant"]["name"],
        "questions": len(said["questions"]),
        **{name: said[name] for name in ("product", "product_kind", "redirected_to", "position", "device_class")},
        "met_on": said["met_on"],
        "minutes_sha256": said["sha256"],
    }


def _title(matter: dict[str, Any]) -> dict[str, Any] | None:
    """`renews`: the number of the title this one takes over from."""
    title = matter["title"]
    if title is None:
        return None
    return {**{key: title[key] for key in ("number", "starts_on", "ends_on")}, "renews": matter["parent_title"]}


def _chosen(facts: dict[str, Any] | None, names: tuple[str, ...]) -> dict[str, Any] | None:
    """Null for what is absent from the orders frozen before it existed."""
    return None if facts is None else {name: facts.get(name) for name in names}
