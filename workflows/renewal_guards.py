"""Guards of a renewal: what it continues, and from which day."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.utils.translation import gettext_lazy as _

from workflows.dates import ONE_DAY, civil_date, say
from workflows.guards import FINE, RENEWAL, Reasons, asks_for_a_grant, granting, typed
from workflows.types import Actor, Facts, Reason, TitleFact

_NOT_RENEWED: Final = {
    "withdrawn": _(
        "The authorisation %s was withdrawn by the authority: it is not renewed. If the patient's situation has "
        "changed since, make a first request that says how."
    ),
    "ceased": _("The authorisation %s was ended before its last day: it is not renewed. Make a first request."),
    "stopped": _(
        "The treatment under the authorisation %s was declared stopped: if it starts again, make a first request."
    ),
    "replaced": _("The authorisation %s was already renewed: renew the one that follows it."),
}
"""State of a title -> why it is not renewed, and what to do."""


def renewal_continues_a_title(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.kind != RENEWAL:
        return FINE
    if facts.parent is None:
        message = _("A renewal starts from an authorisation: open that authorisation and renew it from there.")
        return (Reason("no_parent", message),)
    if facts.parent.successor_starts_on is not None:
        message = _("The authorisation %s was already renewed: renew the one that follows it.")
        return (Reason("already_renewed", message % facts.parent.number),)
    if facts.parent.state in {"in_force", "suspended", "expired"}:
        return FINE
    why = _NOT_RENEWED.get(facts.parent.state, _("The authorisation %s is no longer in force: make a first request."))
    return (Reason("parent_not_renewable", why % facts.parent.number),)


def a_grant_continues_a_title(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """Asked of a proposal: what cannot be renewed any more may still be refused."""
    return renewal_continues_a_title(facts, actor, at) if asks_for_a_grant(facts) else FINE


def first_day_of_a_renewal(parent: TitleFact, today: dt.date) -> dt.date:
    """The day after the title that it continues, and after the suspension of that title; today when both are past."""
    after_suspension = parent.suspended_until + ONE_DAY if parent.suspended_until else today
    return max(parent.ends_on + ONE_DAY, after_suspension, today)


def renewal_starts_after_the_suspension(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """R.5121-74-8: what is suspended is not dispensed again under another number before the suspension ends. Asked of
    the period typed with a proposal, then of the one proposed."""
    until = facts.parent.suspended_until if facts.kind == RENEWAL and facts.parent else None
    if until is None or facts.parent is None or not asks_for_a_grant(facts):
        return FINE
    starts_on = typed(facts, "starts_on") if granting(facts) else facts.proposal.starts_on if facts.proposal else None
    if not isinstance(starts_on, dt.date) or max(starts_on, civil_date(at)) > until:
        return FINE
    message = _("The authorisation %(number)s is suspended until %(until)s: the first day of its renewal comes after.")
    said = {"number": facts.parent.number, "until": say(until)}
    return (Reason("parent_suspended", message % said, "starts_on"),)


def renewal_leaves_no_gap(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """Nothing keeps an old AAC alive during its renewal: the new one starts the day after it at the latest, or after
    its suspension."""
    starts_on = typed(facts, "starts_on")
    if facts.kind != RENEWAL or facts.parent is None or not isinstance(starts_on, dt.date):
        return FINE
    latest = first_day_of_a_renewal(facts.parent, civil_date(at))
    if starts_on > latest:
        message = _("The treatment would be interrupted: choose a first day on or before %s.")
        return (Reason("renewal_gap", message % say(latest), "starts_on"),)
    return FINE
