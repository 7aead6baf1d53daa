"""A request to the Innovation and Referral Service in any state, told through the services, and what its acts need."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dossiers.demo.advice_story import MINUTES, PARTICIPANTS, AdviceStory
from dossiers.models import Meeting
from tests.dossiers.world import MONDAY, REASON
from workflows.advice_guards import BRIEFING, SCIENTIFIC_OPINION
from workflows.dates import civil_date


def advice(at: dt.datetime = MONDAY, **options: Any) -> AdviceStory:
    return AdviceStory(at=at, **{"who": "applicant", **options})


def with_a_meeting(at: dt.datetime = MONDAY, **options: Any) -> AdviceStory:
    return advice(at, kind=SCIENTIFIC_OPINION, meeting=True, **options)


def advice_in(state: str, *, ready_for: str = "") -> AdviceStory:
    """A request in `state`, such that `ready_for` finds its guards satisfied when it leaves from there."""
    match state:
        case "draft":
            return advice().draft()
        case "received":
            return advice().draft().file()
        case "assigned":
            told = with_a_meeting() if ready_for == "plan_meeting" else advice()
            return told.assigned()
        case "info_requested":
            return advice().assigned().ask("Quelles données d'entrée ?")
        case "meeting_planned":
            told = with_a_meeting().assigned("scientific").plan().send()
            if ready_for == "hold_meeting":
                told.at = Meeting.objects.get(dossier=told.dossier).starts_at
            return told
        case "minutes_draft":
            return with_a_meeting().met()
        case "to_sign":
            return advice().assigned().propose()
        case "answered":
            return advice().assigned().propose().give()
        case "redirected":
            return advice().draft().file().do("redirect", "ansm_triage", {"body": "has", "note": "La HAS répond."})
        case "inadmissible":
            return advice().draft().file().do("find_ineligible", "ansm_triage", REASON)
        case "withdrawn":
            return advice().draft().file().do("withdraw", "applicant", REASON)
    raise KeyError(state)


def advice_payload_for(told: AdviceStory, transition: str) -> dict[str, Any]:
    """What the act needs, valid for this dossier an hour after its last act."""
    today = civil_date(told.at)
    payloads: dict[str, dict[str, Any]] = {
        "withdraw": REASON,
        "route": {"desk": "device", "assessor": str(told.actor("ansm_assessor").membership_id)},
        "redirect": {"body": "has", "note": "La HAS répond à cette question."},
        "find_ineligible": REASON,
        "request_information": {"questions": ["Pourquoi ?"], "reply_by": str(today + dt.timedelta(days=10))},
        "answer": {"answers": {"1": "Parce que."}},
        "send_briefing": {"piece": BRIEFING},
        "hold_meeting": {"held_on": str(today), "participants": PARTICIPANTS, "minutes": MINUTES},
        "agree_minutes": {"minutes": "Un autre texte du compte rendu."},
        "send_back": REASON,
    }
    if transition == "plan_meeting":
        possible = told.meeting and told.dossier.state == "assigned"
        return {"starts_at": told.hour().isoformat(), "place": "À l'ANSM"} if possible else {}
    if transition == "propose":
        return told.opinion_payload()
    return payloads.get(transition, {})
