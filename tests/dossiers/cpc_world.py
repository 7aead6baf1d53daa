"""A prescription framework (CPC) in any state, and its title in any state, told through the services."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dossiers.demo.cpc_story import DRAFT, Framework
from dossiers.demo.story import ONE_DAY
from dossiers.services.title_days import follow_titles
from tests.dossiers.world import MONDAY, REASON, expire
from workflows.dates import PARIS


def framework(at: dt.datetime = MONDAY, **options: Any) -> Framework:
    return Framework(at=at, **options)


def heard_by(told: Framework, *logins: str) -> Framework:
    """Every company replies to what ANSM asks of each, until a decision may be proposed."""
    told.draft().report().notify()
    for login in logins:
        told.says("Nos données.", login=login)
    told.assess().protocol().drafts()
    for login in logins:
        told.says("Sans observation.", login=login, after=ONE_DAY)
    return told.close_drafts()


def framework_in(state: str, *, ready_for: str = "") -> Framework:
    """A CPC in `state`, such that `ready_for` finds its guards satisfied when it leaves from there."""
    match state:
        case "draft":
            return framework().draft()
        case "reported":
            return framework().draft().report()
        case "inadmissible":
            return framework().draft().report().do("find_inadmissible", "ansm_triage", REASON)
        case "intention_notified":
            told = framework().draft().report().notify()
            return told.says("Nos données.") if ready_for == "assess" else told
        case "assessment":
            return framework().heard() if ready_for == "propose" else framework().assessed().protocol()
        case "put_requested":
            told = framework().assessed().ask_protocol()
            return told.attach_protocol() if ready_for == "receive_put" else told
        case "contradictory":
            told = framework().assessed().protocol().drafts()
            return told.says("Sans observation.") if ready_for == "close_contradictory" else told
        case "to_sign":
            return framework().heard().propose("refuse" if ready_for == "refuse" else "grant")
        case "granted":
            return framework().granted()
        case "refused":
            return framework().heard().propose("refuse").refuse()
        case "withdrawn":
            return framework().draft().report().do("withdraw", "reporter", REASON)
    raise KeyError(state)


def framework_payload_for(told: Framework, transition: str) -> dict[str, Any]:
    """What the act needs, valid for this dossier an hour after its last act."""
    today = told.at.date()
    soon = str(today + 10 * ONE_DAY)
    return {
        "find_inadmissible": REASON,
        "withdraw": REASON,
        "notify_intention": {
            "companies": told.companies,
            "reasons": "Besoin rapporté.",
            "asked": "Vos données.",
            "reply_by": soon,
        },
        "request_put": {"asked": "Un suivi semestriel.", "reply_by": soon},
        "open_contradictory": {"asked": DRAFT, "reply_by": soon},
        "propose": {"outcome": "grant", "reasons": "Bénéfice présumé.", **told.terms(today + ONE_DAY)},
        "send_back": REASON,
    }.get(transition, {})


def framework_title_in(state: str) -> Framework:
    """A CPC whose title is in `state`."""
    told = framework().granted(months=3)
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
            told.move_title("cease", "ansm_signatory", {**REASON, "cause": "safety", "emergency": True})
        case "replaced":
            renewal = framework_renewed(told)
            told.at = dt.datetime.combine(renewal.title.starts_on, dt.time(6), tzinfo=PARIS)
            follow_titles(at=told.at)
        case "expired":
            expire(told)
        case _:
            raise KeyError(state)
    return told


def framework_renewed(told: Framework) -> Framework:
    """The renewal of this framework, granted before it ends."""
    at = dt.datetime.combine(told.title.ends_on - 75 * ONE_DAY, dt.time(9), tzinfo=PARIS)
    return told.renewal(at).granted()
