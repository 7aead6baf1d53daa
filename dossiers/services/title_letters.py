"""What a letter says of an act on a title: the same words when it is signed and in the preview before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from accounts.models import Delegation
from documents.letters.matter import DelegationMatter, TitleActMatter
from dossiers.models import Title
from dossiers.services.titles import last_day_at_an_end
from workflows.dates import ONE_DAY, civil_date
from workflows.procedures.title import heard_about
from workflows.roles import ANSM_STAFF, HAS_STAFF
from workflows.types import Actor, Facts, TitleFact, Transition

ENDS: Final = frozenset({"withdraw", "cease", "expire"})
"""Acts that end a title and order a letter."""


def act_matter(
    *,
    title: Title,
    row: Transition,
    payload: Mapping[str, Any],
    actor: Actor,
    facts: Facts,
    at: dt.datetime,
    signed: bool,
) -> TitleActMatter:
    """`facts` are those before the act, `payload` what was typed with it, cleaned. `signed` is False in a preview."""
    on, before = civil_date(at), facts.title
    if before is None:
        raise ValueError(f"{row.name} is not an act on a title")
    heard = heard_about(row.name, payload)
    comments = before.comments if before.comments and before.comments.intended == heard else None
    new_end = payload.get("ends_on")
    last_day = before.last_day if row.name == "expire" else last_day_at_an_end(before.starts_on, before.last_day, on)
    act = Delegation.in_force(actor.membership_id, title.procedure, on) if actor.membership_id else None
    return TitleActMatter(
        act=row.name,
        effective_on=_effective_on(row.name, before, on),
        reasons=payload.get("reason", ""),
        cause=payload.get("cause", ""),
        changes=payload.get("changes", ""),
        until=payload.get("until") or (before.suspended_until if row.name == "reinstate" else None),
        suspended_on=_suspended_on(title) if row.name == "reinstate" else None,
        previous_end=before.last_day if new_end and new_end != before.last_day else None,
        new_end=new_end if new_end != before.last_day else None,
        emergency=bool(payload.get("emergency")),
        invited_on=comments.invited_on if comments else payload.get("observations_invited_on"),
        comments_until=comments.reply_by if comments else None,
        answered_on=comments.answered_on if comments else None,
        renewal_pending=before.renewal_pending,
        renewed_from=before.successor_starts_on if row.name == "expire" and before.successor_lives else None,
        last_day=last_day if row.name in ENDS and last_day >= before.starts_on else None,
        never_begun=row.name in ENDS and last_day < before.starts_on,
        by=_body_of(actor),
        signatory="" if actor.is_system else actor.name,
        signatory_quality=act.membership.quality if act else "",
        delegation=DelegationMatter(act.delegator_name, act.delegator_title, act.reference) if act else None,
        signed_on=on if signed and not actor.is_system else None,
    )


def last_day_stated(facts: Facts, payload: Mapping[str, Any]) -> dt.date | None:
    """The last day of force that the act found, or moved: what a renewal cut is not promised again."""
    if facts.title is None:
        return None
    return min(payload.get("ends_on") or facts.title.last_day, facts.title.last_day)


def _body_of(actor: Actor) -> str:
    """Whose act it is: ANSM may suspend, in an emergency, what HAS decides on."""
    if actor.role in HAS_STAFF:
        return "has"
    return "ansm" if actor.role in ANSM_STAFF else ""


def _effective_on(act: str, before: TitleFact, on: dt.date) -> dt.date:
    """The day of the act, but for what lapsed, and for a change of what has not begun."""
    match act:
        case "expire":
            return before.last_day + ONE_DAY
        case "modify":
            return max(on, before.starts_on)
        case _:
            return on


def _suspended_on(title: Title) -> dt.date | None:
    """The civil day of the suspension that is being lifted."""
    suspended = title.dossier.events.filter(machine="title", verb="suspend").order_by("-seq")
    at = suspended.values_list("at", flat=True).first()
    return civil_date(at) if at else None
