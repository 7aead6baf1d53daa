"""Guards of the prescription framework (CPC). As in `guards`: one guard, one reason, and the message says what to do
next."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.utils.translation import gettext_lazy as _

from workflows.dates import ONE_DAY, add_months, civil_date, last_day_of_a_period, say
from workflows.guards import FINE, Reasons, asks_for_a_grant, granting, typed
from workflows.renewal_guards import first_day_of_a_renewal
from workflows.types import Actor, Facts, Reason, Text

REPORT: Final = "report"
OWN_INITIATIVE: Final = "own_initiative"
RENEWAL: Final = "renewal"

INFORMATION: Final = "information"
PROTOCOL: Final = "protocol"
OBSERVATIONS: Final = "observations"
STEPS: Final[tuple[tuple[str, Text], ...]] = (
    (INFORMATION, _("Information asked of the company")),
    (PROTOCOL, _("Protocol of use and follow-up (PUT-SP) asked of the company")),
    (OBSERVATIONS, _("Observations on the drafts")),
)
"""What ANSM asks of the companies, in the order of the procedure."""

PROTOCOL_DOCUMENT: Final = "put_sp"
"""Kind of the document that a company proposes as its protocol."""

LONGEST_MONTHS: Final = 36
"""R.5121-76-5: a framework is established for three years at most, and so is each of its renewals."""

HEARD: Final = frozenset({"intention_notified", "contradictory"})
"""The states in which ANSM goes on once each company has replied, or its day has passed."""

PROTOCOL_MONTHS: Final = 2
"""R.5121-76-4: the company has two months at most to propose a protocol."""


# ------------------------------------------------------------------------------------------------- the report


def the_medicine_has_an_ma(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """L.5121-12-1 III: a framework is about a medicine that has a marketing authorisation, outside its indication. One
    without any is for a compassionate access (AAC); what a pharmacy prepares is no medicine of this kind."""
    status = facts.product.get("ma_status")
    if status == "preparation":
        message = _(
            "What a pharmacy prepares has no marketing authorisation: no prescription framework can be established for "
            "it."
        )
        return (Reason("a_preparation", message, "product.ma_status"),)
    if status == "no_ma":
        message = _(
            "This medicine has no marketing authorisation in France: a prescription framework is for one that has, "
            "outside its indication. Ask for a compassionate access (AAC), or an early access (AAP)."
        )
        return (Reason("no_ma", message, "product.ma_status"),)
    if status == "not_marketed":
        message = _(
            "This medicine is authorised and not marketed in France: ask for a compassionate access (AAC) for each "
            "patient."
        )
        return (Reason("not_marketed", message, "product.ma_status"),)
    return FINE


def the_indication_is_outside_the_ma(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """What the marketing authorisation covers already needs no framework."""
    if facts.kind == RENEWAL or not facts.product.get("ma_since"):
        return FINE
    message = _(
        "The referential records a marketing authorisation in this very indication: the medicine is prescribed under "
        "it, without a framework."
    )
    return (Reason("within_the_ma", message, "need.indication"),)


# -------------------------------------------------------------------------------------------------- the companies


def company_is_known(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    names = typed(facts, "companies")
    if isinstance(names, str) and not lines_of(names):
        return (Reason("required", _("Name at least one company."), "companies"),)
    return FINE


def lines_of(text: str) -> list[str]:
    """The lines that say something, each once, in their order."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def the_reply_day_is_to_come(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    reply_by = typed(facts, "reply_by")
    if isinstance(reply_by, dt.date) and reply_by <= civil_date(at):
        return (Reason("reply_by_past", _("Give a reply date later than today."), "reply_by"),)
    return FINE


def the_protocol_is_asked_for_two_months_at_most(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    reply_by, latest = typed(facts, "reply_by"), add_months(civil_date(at), PROTOCOL_MONTHS)
    if isinstance(reply_by, dt.date) and reply_by > latest:
        message = _("The company has two months at most to propose its protocol: choose %s or earlier.")
        return (Reason("reply_by_late", message % say(latest), "reply_by"),)
    return FINE


def asked_until(facts: Facts) -> dt.date | None:
    """The last day to reply of what is asked of the companies, None when nothing is."""
    day = facts.matter.get("reply_by")
    return day if isinstance(day, dt.date) else None


def replies_are_awaited(facts: Facts, on: dt.date) -> bool:
    """Whether, on that civil day, a company has not replied and may still do so in time."""
    until = asked_until(facts)
    return bool(facts.matter.get("awaited")) and until is not None and on <= until


def companies_replied_or_the_day_passed(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    until = asked_until(facts)
    if until is None or not replies_are_awaited(facts, civil_date(at)):
        return FINE
    message = _("Replies are awaited from %(names)s until %(day)s: wait for them, or for that day to pass.")
    said = {"names": ", ".join(map(str, facts.matter["awaited"])), "day": say(until)}
    return (Reason("replies_awaited", message % said),)


def the_protocol_is_attached_or_its_day_passed(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """A company sends what it proposes; once the day has passed the application goes on without."""
    until = asked_until(facts)
    if actor.is_system:
        if until is None or civil_date(at) <= until:
            return (Reason("reply_by_not_passed", _("The company may still propose its protocol.")),)
        return FINE
    if any(one.kind == PROTOCOL_DOCUMENT for one in facts.documents):
        return FINE
    message = _("Attach the protocol that you propose, as a document of the kind “Protocol (PUT-SP)”, then send it.")
    return (Reason("no_protocol", message, "documents"),)


def _was_done(facts: Facts, verb: str) -> bool:
    return any(event.verb == verb for event in facts.events)


def protocol_was_asked_or_is_waived(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """L.5121-12-1 V: the follow-up of patients may be waived, with reasons."""
    if facts.payload is None or typed(facts, "waiver") or _was_done(facts, "receive_put"):
        return FINE
    message = _("No protocol was asked of the company: ask for it first, or say here why it is not needed.")
    return (Reason("no_put", message, "waiver"),)


def establishing_follows_a_contradictory(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """The companies were heard on the drafts before a framework binds them."""
    if not asks_for_a_grant(facts) or _was_done(facts, "close_contradictory"):
        return FINE
    message = _(
        "A framework is established after the companies could comment on its drafts: send them the drafts first."
    )
    return (Reason("no_contradictory", message, "outcome" if facts.payload else ""),)


# ----------------------------------------------------------------------------------------------------- the decision


def period_is_three_years_at_most(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    starts_on, ends_on = typed(facts, "starts_on"), typed(facts, "ends_on")
    if not isinstance(starts_on, dt.date) or not isinstance(ends_on, dt.date):
        return FINE
    latest = last_day_of_a_period(starts_on, LONGEST_MONTHS)
    if ends_on > latest:
        message = _("The period is three years at most: the last day is %s or earlier.")
        return (Reason("period_too_long", message % say(latest), "ends_on"),)
    return FINE


def reports_come_within_its_period(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """R.5121-76-5: reports come every so many months, of which there is at least one in the longest period."""
    months = typed(facts, "report_months")
    if isinstance(months, int) and not 1 <= months <= LONGEST_MONTHS:
        message = _("Write a number of months between 1 and %d, or leave it empty when no report is asked.")
        return (Reason("report_months", message % LONGEST_MONTHS, "report_months"),)
    return FINE


def the_framework_starts_after_its_publication(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """In force the day after it is published, which is the day of the signature: tomorrow at the earliest."""
    starts_on, tomorrow = typed(facts, "starts_on"), civil_date(at) + ONE_DAY
    if granting(facts) and isinstance(starts_on, dt.date) and starts_on < tomorrow:
        message = _("A framework is in force the day after it is published: choose %s or later.")
        return (Reason("before_publication", message % say(tomorrow), "starts_on"),)
    return FINE


def a_renewal_leaves_no_gap(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """It starts the day after what it renews, or after its suspension, or tomorrow when both are past."""
    starts_on = typed(facts, "starts_on")
    if facts.kind != RENEWAL or facts.parent is None or not isinstance(starts_on, dt.date) or not granting(facts):
        return FINE
    latest = first_day_of_a_renewal(facts.parent, civil_date(at) + ONE_DAY)
    if starts_on > latest:
        message = _("Prescriptions would be interrupted: choose a first day on or before %s.")
        return (Reason("renewal_gap", message % say(latest), "starts_on"),)
    return FINE


def the_last_day_is_still_to_come(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """What is signed today begins tomorrow: it cannot have ended by then."""
    proposed = facts.proposal.ends_on if facts.proposal else None
    ends_on = typed(facts, "ends_on") if granting(facts) else proposed
    if isinstance(ends_on, dt.date) and ends_on <= civil_date(at):
        message = _("The period ends before it begins: the file must be proposed again with another period.")
        return (Reason("period_over", message, "ends_on"),)
    return FINE


def no_authorisation_covers_the_indication(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """L.5121-12-1 III: no framework where a medicine of the same substance, strength and form is authorised, or has an
    early access, in the indication."""
    if not asks_for_a_grant(facts):
        return FINE
    if not any(facts.product.get(name) for name in ("ma_since", "aap_since")):
        return FINE
    message = _("A marketing authorisation or an early access covers this indication: only a refusal is possible.")
    return (Reason("covered", message, "outcome" if facts.payload else ""),)
