"""Exemptions for devices in any state, told through the services, for the tests of every state, act and role."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dossiers.demo.device_story import REASONS, SITES, Exemption
from dossiers.demo.story import ONE_DAY
from tests.dossiers.world import MONDAY, REASON, expire, title_payload_for


def exempted(at: dt.datetime = MONDAY, **options: Any) -> Exemption:
    """By the first applicant of the demonstration, whom the tests of every role take for theirs."""
    return Exemption(at=at, **{"company": "applicant", **options})


def draft_for(act: str) -> Exemption:
    """A draft from which `act` is possible: a clinician's own for the invitation of the manufacturer."""
    if act == "invite_company":
        return exempted(begun_by="clinician").draft()
    return exempted().prepared()


def exemption_in(state: str, *, ready_for: str = "") -> Exemption:
    match state:
        case "draft":
            return draft_for(ready_for)
        case "invited":
            return exempted(begun_by="clinician").draft().invite_company()
        case "received":
            return exempted().filed()
        case "to_complete":
            return exempted().filed().ask_for_pieces("Notice en français")
        case "inadmissible":
            return exempted().filed().find_inadmissible()
        case "assessment":
            return exempted().filed().take_up()
        case "info_requested":
            return exempted().filed().take_up().ask("Combien d'incidents ?")
        case "to_sign":
            return exempted().filed().take_up().propose("refuse" if ready_for == "refuse" else "grant")
        case "granted":
            return exempted().granted()
        case "refused":
            return exempted().filed().take_up().propose("refuse").refuse()
        case "withdrawn":
            return exempted().filed().do("withdraw", "applicant", REASON)
    raise KeyError(state)


def exemption_payload_for(told: Exemption, transition: str) -> dict[str, Any]:
    """What the act needs, valid for this dossier an hour after its last act."""
    today = told.at.date()
    return {
        "invite_company": {"email": "applicant@demo.example"},
        "invite_clinician": {"email": "prescriber2@demo.example"},
        "state_need": {
            "need": "Aucune alternative.",
            "alternatives": "Aucune.",
            "patients": ["AB, 1961, F"],
            "informed": True,
            "signed": True,
        },
        "request_completion": {"questions": ["Notice"], "reply_by": str(today + 10 * ONE_DAY)},
        "complete": {"answers": {"1": "Jointe."}},
        "find_inadmissible": {**REASON, "ground": "no_benefit"},
        "request_information": {"questions": ["Pourquoi ?"], "reply_by": str(today + 10 * ONE_DAY)},
        "answer": {"answers": {"1": "Parce que."}},
        "propose": {
            "outcome": "grant",
            "reasons": REASONS,
            "starts_on": str(today),
            "ends_on": str(today + 100 * ONE_DAY),
            "patients": 1,
            "sites": SITES,
            "quantity": "1 unité",
        },
        "send_back": REASON,
        "withdraw": REASON,
    }.get(transition, {})


def exemption_title_in(state: str) -> Exemption:
    """An exemption whose title is in `state`."""
    told = exempted().granted(months=3, dated_conditions=[])
    told.at += 10 * ONE_DAY
    match state:
        case "in_force":
            pass
        case "suspended":
            until = told.at.date() + 30 * ONE_DAY
            told.move_title("suspend", "ansm_signatory", {**REASON, "until": str(until), "emergency": True})
        case "withdrawn":
            told.move_title("withdraw", "ansm_signatory", {**REASON, "emergency": True})
        case "ceased":
            told.move_title("close_ce_obtained", told.company, title_payload_for(told, "close_ce_obtained"))
        case "expired":
            expire(told)
        case _:
            raise KeyError(state)
    return told
