"""From the matter of a letter to its frozen context, and from the frozen context to what its template prints."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any, Final
from urllib.parse import quote

import segno
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

from documents.letters import codes, words
from documents.letters.coverage import legible
from documents.letters.exemption import printed_exemption
from documents.letters.kinds import LetterKind, kind_of
from documents.letters.matter import LetterMatter
from workflows.dates import civil_date

SHAPE: Final = 1
"""Version of the frozen context: a change of shape keeps reading the orders already made."""

EARLY_DAYS: Final = (
    "acknowledged_on", "extended_on", "due_on", "chmp_favourable_on", "ma_on", "ma_application_by", "ct_sat_on",
    "sat_on", "opened_on", "changed_ends_on",
)  # fmt: skip


def verification_url(code: str) -> str:
    return f"{settings.SITE_URL}/verify/{quote(code)}/"


def freeze(*, kind: str, number: str, code: str, matter: LetterMatter) -> dict[str, Any]:
    """Everything the letter will ever say, as plain JSON. `code` and `number` are empty for a preview."""
    facts = json.loads(json.dumps(dataclasses.asdict(matter), cls=DjangoJSONEncoder))
    # What the letter does not print has no place in its frozen copy: the submission keeps the answers.
    del facts["answers"]
    return {
        "shape": SHAPE,
        "kind": kind,
        "number": number,
        "code": code,
        "url": verification_url(code) if code else "",
        # A demonstration site must not put letters into the world that look issued by the Agency.
        "demo": settings.DEMO,
        "on_call_phone": settings.ANSM_ON_CALL_PHONE,
        "at": civil_date(matter.at).isoformat(),
        "matter": words.clean(facts),
    }


def printed(context: dict[str, Any]) -> dict[str, Any]:
    """What the template prints, from the frozen context alone. A context without a code is a preview."""
    kind, matter = kind_of(context["kind"]), legible(context["matter"])
    preview = not context["code"]
    medicine, patient, decision, title = matter["medicine"], matter["patient"], matter["decision"], matter["title"]
    # Absent from the orders frozen before titles had letters.
    act = matter.get("title_act")
    unsigned = preview and (kind.decides or kind.signed)
    signed_on = (decision or act or {}).get("signed_on") or ("" if unsigned else context["at"])
    return {
        "letter": kind,
        "preview": preview,
        "number": context["number"],
        "code": codes.spaced(context["code"]),
        "url": context["url"],
        "qr": "" if preview else qr_image(context["url"]),
        "m": matter,
        "dated": words.french_date(signed_on),
        "filed_on": words.french_date(matter["filed_on"]),
        "medicine_name": words.medicine_name(medicine),
        "renewal": bool(matter["parent_title"]),
        "birth_month": words.french_month(patient["birth_month"]) if patient["birth_month"] else "",
        "sex": words.SEXES.get(patient["sex"], patient["sex"]),
        "title_number": title["number"] if title and (act or not preview) else "",
        "period": _period(title),
        "decision": decision,
        "act": _act(act, matter["procedure"]),
        "regime": words.REGIMES.get(matter["procedure"]),
        "issuer": _issuer(kind, matter),
        "early": _early(matter.get("early_access")),
        "framework": _framework(matter.get("framework")),
        "recipients": _recipients(kind, matter.get("framework")),
        "exemption": printed_exemption(matter.get("exemption")),
        "advice": _advice(matter),
        "put": matter["put"],
        "footer": f"Dossier {matter['reference']}" + ("" if preview else f" - courrier n° {context['number']}"),
        "demo": context["demo"],
        "on_call_phone": context.get("on_call_phone", ""),
    }


def _period(title: dict[str, str] | None) -> dict[str, str] | None:
    if title is None:
        return None
    starts_on, ends_on = dt.date.fromisoformat(title["starts_on"]), dt.date.fromisoformat(title["ends_on"])
    return {
        "starts_on": words.french_date(starts_on),
        "ends_on": words.french_date(ends_on),
        "span": words.span(starts_on, ends_on),
    }


def _act(act: dict[str, Any] | None, procedure: str) -> dict[str, Any] | None:
    """What was done to a title, its days in words."""
    if act is None:
        return None
    days = (
        "effective_on",
        "until",
        "suspended_on",
        "previous_end",
        "new_end",
        "invited_on",
        "comments_until",
        "answered_on",
        "renewed_from",
        "last_day",
    )
    # Some are absent from the orders frozen before they existed.
    cause = words.CAUSES_OF_DEVICES.get(act["cause"]) if procedure == "device_exemption" else None
    said = cause or words.CAUSES.get(act["cause"])
    return {**act, **{name: words.french_date(act.get(name)) for name in days}, "cause": said}


def _issuer(kind: LetterKind, matter: dict[str, Any]) -> words.Issuer:
    """Whose letter it is: its kind says it, or who acted, or who decides in this procedure."""
    regime = words.REGIMES.get(matter["procedure"])
    acted = (matter.get("title_act") or {}).get("by")
    body = kind.issuer or acted or (regime.body if regime else "ansm")
    return words.ISSUERS_OF_DEVICES.get(body, words.ISSUERS[body]) if _is_of_a_device(matter) else words.ISSUERS[body]


def _is_of_a_device(matter: dict[str, Any]) -> bool:
    return bool(matter["procedure"] == "device_exemption")


def _early(early: dict[str, Any] | None) -> dict[str, Any] | None:
    """What an early access has of its own, its days and its codes in words. Absent from the orders frozen before."""
    if early is None:
        return None
    found = {one["criterion"]: one for one in early["findings"]}
    opinion = early["ansm_opinion"]
    findings = [
        {**found[code], "said": said, "concluded": words.FINDINGS[found[code]["finding"]]}
        for code, said in words.CRITERIA.items()
        if code in found
    ]
    answered = [day for one in (*early["missing"], *early["questions"]) if (day := one["received_on"])]
    return {
        **early,
        **{name: words.french_date(early[name]) for name in EARLY_DAYS},
        "missing": [_exchange(one) for one in early["missing"]],
        "questions": [_exchange(one) for one in early["questions"]],
        "received": words.listed([f"le {words.french_date(day)}" for day in sorted(set(answered))]),
        "ansm_opinion": {**opinion, "given_on": words.french_date(opinion["given_on"])} if opinion else None,
        "findings": findings,
        "left": [one for one in findings if one["finding"] == "not_examined"],
        "restricted": bool(early["granted_indication"]),
    }


def _framework(framework: dict[str, Any] | None) -> dict[str, Any] | None:
    """What a prescription framework has of its own, its days in words. Absent from the orders frozen before."""
    if framework is None:
        return None
    calls = [
        {
            **one,
            "asked_on": words.french_date(one["asked_on"]),
            "reply_by": words.french_date(one["reply_by"]),
            "received": words.listed(
                [f"{reply['company']} le {words.french_date(reply['on'])}" for reply in one["replies"]]
            ),
        }
        for one in framework["calls"]
    ]
    named = words.listed([one["name"] for one in framework["companies"]])
    medicines = words.listed(framework["medicines"])
    return {**framework, "calls": calls, "last": calls[-1] if calls else None, "named": named, "all": medicines}


def _received(reply: dict[str, Any]) -> str:
    return f"{reply['company']} le {words.french_date(reply['on'])}"


def _recipients(kind: LetterKind, framework: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The companies; of a report that is not admissible, of which no company was told, the body that reported."""
    if framework is None:
        return []
    if kind.code == "cpc_inadmissible" or not framework["companies"]:
        return [framework["reporter"]] if framework["reporter"] else []
    return list(framework["companies"])


def _advice(matter: dict[str, Any]) -> dict[str, Any] | None:
    """What an opinion on a project has of its own, in words. Absent from the orders frozen before."""
    said = matter.get("advice")
    if said is None:
        return None
    return {
        **said,
        "kind": words.ADVICE_KINDS.get(matter["kind"], ""),
        "product_kind": words.PRODUCT_KINDS.get(said["product_kind"], ""),
        "body": words.BODIES.get(said["redirected_to"]) or said["body_name"],
        "qualified": words.POSITIONS.get(said["position"], ""),
        "met_on": words.french_date(said["met_on"]),
        "agreed": [
            {"side": words.SIDES[side], "name": name, "on": words.french_date(day)}
            for side, name, day in said["agreed"]
        ],
    }


def _exchange(one: dict[str, Any]) -> dict[str, Any]:
    return {**one, **{name: words.french_date(one[name]) for name in ("asked_on", "received_on")}}


def qr_image(url: str) -> str:
    """A QR code of the address, as a data: URI of an SVG drawing."""
    return segno.make(url, error="m", micro=False).svg_data_uri(scale=4, border=2, dark="#000", light="#fff")
