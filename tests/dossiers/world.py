"""A small world for tests: the demo's people and catalogue, and a dossier in any state, told through the services."""

from __future__ import annotations

import datetime as dt
from typing import Any

from catalogue.models import Indication
from dossiers.demo.aap_story import TEXT, EarlyAccess, findings
from dossiers.demo.story import ONE_DAY, Story
from dossiers.services import renunciations
from dossiers.services.silence import follow_silence
from dossiers.services.title_days import follow_titles
from workflows.aap_guards import NOT_MET, PRE_MA
from workflows.dates import PARIS, last_day_of_a_period

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


def expire(told: Any) -> None:
    told.at = dt.datetime.combine(told.title.ends_on + ONE_DAY, dt.time(6), tzinfo=PARIS)
    follow_titles(at=told.at)


def title_payload_for(told: Any, transition: str) -> dict[str, Any]:
    today = told.at.date()
    return {
        "suspend": {**REASON, "until": str(today + 30 * ONE_DAY), "emergency": True},
        "reinstate": REASON,
        "withdraw": {**REASON, "emergency": True},
        "modify": {**REASON, "changes": "Posologie réduite."},
        "cease": {**REASON, "cause": "safety", "emergency": True},
        "renounce": REASON,
        "stop_treatment": {"stopped_on": str(today), "reason": "efficacy"},
        "close_ce_obtained": {
            "certificate": "CE 0000-1",
            "notified_body": "Organisme Démo (0000)",
            "certified_on": str(today),
        },
    }.get(transition, {})


# ------------------------------------------------------------------------------------------------ early access


def early(at: dt.datetime = MONDAY, **options: Any) -> EarlyAccess:
    return EarlyAccess(at=at, **options)


def under_examination(**options: Any) -> EarlyAccess:
    return early(**options).draft().file().acknowledge()


def early_in(state: str, *, ready_for: str = "") -> EarlyAccess:
    """An AAP before MA in `state`, such that `ready_for` finds its guards satisfied when it leaves from there."""
    match state:
        case "draft":
            return early().draft()
        case "filed":
            return early().draft().file()
        case "incomplete":
            return early().draft().file().missing("Projet de RCP en français")
        case "assessment":
            return _examined_for(ready_for)
        case "info_requested":
            told = under_examination().ask("Quelle est la survie à douze mois ?")
            if ready_for == "deem_abandoned":
                told.at += 30 * ONE_DAY
            return told
        case "granted":
            return early().granted()
        case "refused":
            return early().examined().refuse()
        case "abandoned":
            told = under_examination().ask("Quelle est la survie à douze mois ?")
            told.at += 40 * ONE_DAY
            follow_silence(at=told.at)
            return told
        case "withdrawn":
            return under_examination().do("withdraw", "applicant", REASON)
    raise KeyError(state)


def _examined_for(act: str) -> EarlyAccess:
    match act:
        case "propose_ansm_opinion":
            return under_examination()
        case "give_ansm_opinion":
            return under_examination().propose_opinion()
        case "give_ct_opinion":
            return under_examination().opinion()
        case "grant_tacitly":
            return past_its_delay(under_examination().opinion())
        case "refuse_tacitly":
            return past_its_delay(under_examination())
    return early().examined()


def past_its_delay(told: EarlyAccess, late: int = 0) -> EarlyAccess:
    """Six in the morning of the day after the last day of its delay, or `late` days after that."""
    told.at = dt.datetime.combine(told.dossier.due_on + (1 + late) * ONE_DAY, dt.time(6), tzinfo=PARIS)
    return told


def early_payload_for(told: EarlyAccess, transition: str) -> dict[str, Any]:
    """What the act needs, valid for this dossier an hour after its last act."""
    today = told.at.date()
    return {
        "notify_missing": {"questions": ["Projet de notice"]},
        "complete": {"answers": {"1": "Joint."}},
        "withdraw": REASON,
        "request_information": {"questions": ["Pourquoi ?"], "reply_by": str(today + 10 * ONE_DAY)},
        "answer": {"answers": {"1": "Parce que."}},
        "extend": REASON,
        "propose_ansm_opinion": {
            "outcome": "favourable",
            "reasons": "Bénéfice présumé.",
            **dict.fromkeys(("smpc", "leaflet", "label"), TEXT),
        },
        "give_ct_opinion": findings(),
        "grant": {
            **findings(),
            "put_rd_final": True,
            "starts_on": str(today),
            "ends_on": str(last_day_of_a_period(today, 12)),
        },
        "refuse": findings(innovative=NOT_MET),
    }.get(transition, {})


def early_title_in(state: str) -> EarlyAccess:
    """An AAP whose title is in `state`."""
    told = early().granted()
    told.at += 10 * ONE_DAY
    match state:
        case "in_force":
            pass
        case "suspended":
            until = told.at.date() + 30 * ONE_DAY
            told.move_title("suspend", "has_college", {**REASON, "until": str(until), "emergency": True})
        case "withdrawn":
            told.move_title("withdraw", "has_college", {**REASON, "emergency": True})
        case "ceased":
            told.move_title("cease", "has_college", {**REASON, "cause": "safety", "emergency": True})
        case "replaced":
            renewal = early_renewed(told)
            told.at = dt.datetime.combine(renewal.title.starts_on, dt.time(6), tzinfo=PARIS)
            follow_titles(at=told.at)
        case "expired":
            expire(told)
        case _:
            raise KeyError(state)
    return told


def given_up(told: EarlyAccess) -> None:
    """The title given up by its holder: HAS is told, and accepts an hour later."""
    number = told.title.number
    renunciations.ask(number=number, reason="Arrêt de la fabrication.", actor=told.actor("applicant"), at=told.at)
    told.at += dt.timedelta(hours=1)
    renunciations.answer(number=number, accepted=True, actor=told.actor("has_college"), at=told.at)


def renewal_filed(told: EarlyAccess, *, days_before: int = 120, **others: Any) -> EarlyAccess:
    """The renewal of this title, filed in time and acknowledged the next day."""
    at = dt.datetime.combine(told.title.ends_on - days_before * ONE_DAY, dt.time(9), tzinfo=PARIS)
    return told.on_title("renewal", at, **others).draft().file().acknowledge()


def early_renewed(told: EarlyAccess) -> EarlyAccess:
    """The renewal of this title, granted before it ends."""
    renewal = renewal_filed(told)
    if renewal.pathway == PRE_MA:
        renewal.opinion()
    return renewal.committee().grant()
