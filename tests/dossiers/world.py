"""A small world for tests: the demo's people and catalogue, and a dossier in any state, told through the services."""

from __future__ import annotations

import datetime as dt
from typing import Any

from catalogue.models import Indication
from dossiers.demo.story import ONE_DAY, Story
from dossiers.services.title_days import follow_titles
from workflows.dates import PARIS

MONDAY = dt.datetime(2026, 5, 4, 9, 0, tzinfo=PARIS)


def indication(name: str = "QALSODY") -> Indication:
    return Indication.objects.select_related("medicine").filter(medicine__name=name).order_by("pk")[0]


def story(name: str = "QALSODY", at: dt.datetime = MONDAY, **options: Any) -> Story:
    return Story(at=at, indication=indication(name), **options)


def assessed(**options: Any) -> Story:
    return story(**options).draft().sign().file().take_up()


def to_sign(outcome: str = "grant") -> Story:
    return assessed().propose(outcome, "Maladie grave sans alternative.")


def granted(months: int = 6, **options: Any) -> Story:
    return assessed(**options).propose("grant", "Maladie grave sans alternative.", months=months).grant()


def dossier_in(state: str, *, ready_for: str = "") -> Story:
    """An AAC in `state`, such that `ready_for` finds its guards satisfied when it leaves from there."""
    match state:
        case "draft":
            return story().draft()
        case "at_pharmacy":
            return story().draft().sign()
        case "received":
            return story().draft().sign().file()
        case "assessment":
            return assessed()
        case "info_requested":
            asked = assessed().ask("Quelle est la clairance ?")
            return asked.remind() if ready_for == "close_without_action" else asked
        case "to_sign":
            return to_sign("refuse" if ready_for == "refuse" else "grant")
        case "granted":
            return granted()
        case "refused":
            return to_sign("refuse").refuse()
        case "closed":
            told = assessed().ask("Quelle est la clairance ?").remind()
            told.do("close_without_action", "assessor", {"reason": "Sans réponse."})
            return told
        case "withdrawn":
            told = assessed()
            told.do("withdraw", "prescriber", {"reason": "Entrée dans un essai."})
            return told
    raise KeyError(state)


REASON = {"reason": "Raison écrite."}


def payload_for(told: Story, transition: str) -> dict[str, Any]:
    """What the act needs, valid for this dossier an hour after its last act."""
    today = told.at.date()
    return {
        "return_to_prescriber": REASON,
        "file": {"compliance": True},
        "withdraw": REASON,
        "request_information": {"questions": ["Pourquoi ?"], "reply_by": str(today + 10 * ONE_DAY)},
        "answer": {"answers": {"1": "Parce que."}},
        "close_without_action": REASON,
        "propose": {
            "outcome": "grant",
            "reasons": "Bénéfice présumé.",
            "starts_on": str(today),
            "ends_on": str(today + 100 * ONE_DAY),
        },
        "send_back": REASON,
    }.get(transition, {})


def title_in(state: str) -> Story:
    """An AAC whose title is in `state`."""
    told = granted(months=3)
    told.at += 10 * ONE_DAY
    match state:
        case "in_force":
            pass
        case "suspended":
            until = told.at.date() + 30 * ONE_DAY
            told.move_title("suspend", "signatory", {**REASON, "until": str(until), "emergency": True})
        case "withdrawn":
            told.move_title("withdraw", "signatory", {**REASON, "emergency": True})
        case "ceased":
            told.move_title("cease", "signatory", {**REASON, "cause": "safety", "emergency": True})
        case "stopped":
            told.move_title("stop_treatment", "prescriber", {"stopped_on": str(told.at.date()), "reason": "efficacy"})
        case "replaced":
            renew_now(told)
        case "expired":
            expire(told)
        case _:
            raise KeyError(state)
    return told


def renewed(told: Story) -> Story:
    """The renewal of this title, granted before it ends."""
    ends_on = told.title.ends_on
    at = dt.datetime.combine(ends_on - 30 * ONE_DAY, dt.time(9), tzinfo=PARIS)
    return told.renewal(at).draft().sign().file().take_up().propose("grant", "Poursuite utile.").grant()


def renew_now(told: Story) -> Story:
    """The title renewed, on the first day of its renewal."""
    renewal = renewed(told)
    told.at = dt.datetime.combine(renewal.title.starts_on, dt.time(6), tzinfo=PARIS)
    follow_titles(at=told.at)
    return renewal


def expire(told: Story) -> None:
    told.at = dt.datetime.combine(told.title.ends_on + ONE_DAY, dt.time(6), tzinfo=PARIS)
    follow_titles(at=told.at)


def title_payload_for(told: Story, transition: str) -> dict[str, Any]:
    today = told.at.date()
    return {
        "suspend": {**REASON, "until": str(today + 30 * ONE_DAY), "emergency": True},
        "reinstate": REASON,
        "withdraw": {**REASON, "emergency": True},
        "modify": {**REASON, "changes": "Posologie réduite."},
        "cease": {**REASON, "cause": "safety", "emergency": True},
        "renounce": REASON,
        "stop_treatment": {"stopped_on": str(today), "reason": "efficacy"},
    }.get(transition, {})
