"""Guards of the title machine. As in `guards`: one guard, one reason, and the message says what to do next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext_lazy as _

from workflows.dates import ONE_DAY, add_months, civil_date, last_day_of_a_period, say
from workflows.guards import FINE, Reasons, ends_within_three_months_of_the_ma, typed
from workflows.renewals import kept_by_its_renewal
from workflows.types import Actor, Facts, Reason


def suspension_is_three_months_at_most(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """R.5121-74-8: a suspension lasts three months at most. It starts today, or continues the one that ended yesterday:
    the months of both count."""
    until = typed(facts, "until")
    if not isinstance(until, dt.date):
        return FINE
    today = first = civil_date(at)
    before = facts.title.last_suspension if facts.title else None
    if before is not None and today <= before[1] + ONE_DAY:
        first = before[0]
    latest = last_day_of_a_period(first, 3)
    if latest < today:
        spent = _("The suspension that began on %s has lasted three months: withdraw the authorisation, or let it be.")
        return (Reason("suspended_long_enough", spent % say(first), "until"),)
    if until < today:
        return (Reason("until_past", _("The suspension would already be over: choose a later day."), "until"),)
    if until > latest:
        message = _("A suspension lasts three months at most: choose %s or earlier.")
        return (Reason("until_late", message % say(latest), "until"),)
    return FINE


def a_suspension_ends_before_an_unsuspended_renewal_begins(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """Its renewal would let dispense again on its first day what is suspended until a later one."""
    until, title = typed(facts, "until"), facts.title
    if not isinstance(until, dt.date) or title is None or not title.successor_lives:
        return FINE
    starts_on = title.successor_starts_on
    if starts_on is None or until < starts_on:
        return FINE
    latest = title.successor_suspended_until or starts_on - ONE_DAY
    if until <= latest:
        return FINE
    message = _(
        "Its renewal %(number)s starts on %(first)s and would let dispense again: suspend that renewal first, until "
        "the same day, or choose %(latest)s or earlier here."
    )
    said = {"number": title.successor, "first": say(starts_on), "latest": say(latest)}
    return (Reason("renewal_not_suspended", message % said, "until"),)


def the_holder_was_heard_before_a_suspension(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """R.5121-74-8: prior observations, except in an emergency."""
    return _was_heard(facts, "suspend", at)


def the_holder_was_heard_before_a_withdrawal(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """R.5121-74-8: prior observations, except in an emergency."""
    return _was_heard(facts, "withdraw", at)


def the_holder_was_heard_before_an_end_for_safety(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """R.5121-74-8: what ends for safety is withdrawn in all but name: its holder is heard as before a withdrawal."""
    return _was_heard(facts, "withdraw", at) if typed(facts, "cause") == "safety" else FINE


def _was_heard(facts: Facts, act: str, at: dt.datetime) -> Reasons:
    """Invited here for this very act, and answered or too late to; or invited outside the application, on a day that
    is typed; or not awaited, in an emergency."""
    if facts.payload is None or facts.payload.get("emergency"):
        return FINE
    comments = facts.title.comments if facts.title else None
    if comments is not None and comments.intended == act:
        if comments.answered_on or civil_date(at) > comments.reply_by:
            return FINE
        message = _("The holder may comment until %s: wait for their answer, or state that it is an emergency.")
        return (Reason("comments_awaited", message % say(comments.reply_by), "emergency"),)
    if facts.payload.get("observations_invited_on"):
        return FINE
    message = _(
        "The holder must first be invited to comment: invite them from the page of the authorisation, or give the day "
        "they were invited by other means, or state that it is an emergency."
    )
    return (Reason("no_observations", message, "observations_invited_on"),)


def the_day_of_invitation_is_possible(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """The day typed for an invitation made outside the application: under the authorisation or one that it continues,
    and before today, since nobody can comment on the day they are asked and be read on it."""
    invited_on, field = typed(facts, "observations_invited_on"), "observations_invited_on"
    if not isinstance(invited_on, dt.date):
        return FINE
    if invited_on > civil_date(at):
        message = _("The invitation to comment is dated in the future: correct its date.")
        return (Reason("observations_in_the_future", message, field),)
    if invited_on == civil_date(at):
        message = _(
            "The holder cannot be invited and heard on the same day: wait for their answer, or state that it is an "
            "emergency and leave this empty."
        )
        return (Reason("observations_today", message, field),)
    first = facts.title and (facts.title.chain_starts_on or facts.title.starts_on)
    if first and invited_on < first:
        early = _("The authorisation begins on %s: nobody can have been invited to comment on it before.")
        return (Reason("observations_before_the_title", early % say(first), field),)
    return FINE


CAUSES_OF_AN_END: Final[Mapping[str, frozenset[str]]] = {
    "aac": frozenset({"ma", "aap", "reimbursed", "safety"}),
    "aap": frozenset({"ma", "reimbursed", "safety"}),
    "cpc": frozenset({"ma", "aap", "reimbursed", "safety"}),
    "device_exemption": frozenset({"ce_obtained", "safety"}),
}
"""Procedure -> what may end its titles early: a medicine gets no CE marking, a device no marketing authorisation."""

RECORDED_IN_THE_REFERENTIAL: Final = frozenset({"ma", "aap"})


def the_cause_of_an_end_is_possible(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    cause = typed(facts, "cause")
    if not isinstance(cause, str):
        return FINE
    if cause not in CAUSES_OF_AN_END.get(facts.procedure, ()):
        return (Reason("cause_impossible", _("An authorisation of this kind does not end for that cause."), "cause"),)
    if facts.procedure == "cpc" and not facts.product.get("indication_id"):
        # A framework is worded freely: the referential may hold no entry in which the authorisation would be recorded.
        return FINE
    if cause in RECORDED_IN_THE_REFERENTIAL and not facts.product.get(f"{cause}_since"):
        message = _(
            "The referential records no such authorisation for this medicine in this indication: record it there "
            "first, with its date."
        )
        return (Reason("cause_not_recorded", message, "cause"),)
    return FINE


def ansm_suspends_an_early_access_in_an_emergency_only(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.procedure != "aap" or actor.role != "ansm_signatory" or facts.payload is None:
        return FINE
    if facts.payload.get("emergency"):
        return FINE
    message = _("ANSM suspends an early access only in an emergency: otherwise HAS decides.")
    return (Reason("not_an_emergency", message, "emergency"),)


def suspension_term_has_passed_for_the_system(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """Its term, or the last day of a title whose renewal has started: suspended or not, the renewal takes over."""
    if not actor.is_system:
        return FINE
    title, today = facts.title, civil_date(at)
    if title is not None and title.last_day < today and not successor_has_started(facts, actor, at):
        return FINE
    until = title.suspended_until if title else None
    if until is None or today <= until:
        return (Reason("suspension_runs", _("The suspension is not over yet.")),)
    return FINE


def people_give_a_reason(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if actor.is_system or facts.payload is None or facts.payload.get("reason"):
        return FINE
    return (Reason("required", _("Fill in this field: it is needed for this act."), "reason"),)


def title_has_not_ended(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """Between the last day and the nightly job a title still reads "in force": nothing may be done to it any more."""
    if no_renewal_keeps_it_in_force(facts, actor, at):
        return FINE
    if facts.title is not None and civil_date(at) > facts.title.last_day:
        message = _("The authorisation ended on %s.") % say(facts.title.last_day)
        return (Reason("title_ended", message),)
    return FINE


def people_act_before_its_end(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """The system catches up on what it should have done while the title still lived; a person decides for what is to
    come, and nothing is."""
    return FINE if actor.is_system else title_has_not_ended(facts, actor, at)


RENOUNCED_AFTER_A_MONTH: Final = frozenset({"aap"})
"""Procedures whose holder waits for the authority's answer, or for its silence, when it gives its title up."""
ANSWER_MONTHS: Final = 1
"""R.5121-72-1: HAS answers within a month of the acknowledgement; its silence accepts."""


ACCEPTED: Final = "acceptance"
"""Cause under which the system ends what its holder gives up, when HAS accepts before the month is over."""


def renounced_after_a_month(procedure: str) -> bool:
    return procedure in RENOUNCED_AFTER_A_MONTH


def last_day_to_answer(asked_on: dt.date) -> dt.date:
    return add_months(asked_on, ANSWER_MONTHS)


def nobody_gives_up_for_others(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """Of several companies that hold one framework none ends it for its competitors: the authority does."""
    if facts.title is None or facts.title.holders < 2:
        return FINE
    message = _(
        "Other companies hold this authorisation with yours: you cannot end it for them. Write to the authority in the "
        "file that you give it up."
    )
    return (Reason("held_by_several", message),)


def the_authority_had_its_month(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """Its answer ends the title at once, its silence the day after the month: the system does either (`ACCEPTED`)."""
    title = facts.title
    if title is None or not renounced_after_a_month(facts.procedure):
        return FINE
    if title.renounced_on is None:
        if facts.payload is None and not actor.is_system:
            return FINE
        message = _("HAS is told first and has a month to answer: tell it from the page of the authorisation.")
        return (Reason("renunciation_not_asked", message),)
    latest = last_day_to_answer(title.renounced_on)
    if civil_date(at) > latest or (actor.is_system and actor.name == ACCEPTED):
        return FINE
    message = _("HAS may answer until %s that the authorisation is given up; its silence then accepts.")
    return (Reason("renunciation_awaits_has", message % say(latest)),)


def told_a_month_before(facts: Facts, at: dt.datetime) -> Facts:
    """As if the authority had been told in time: what was given up elsewhere was told of elsewhere."""
    if facts.title is None or facts.title.renounced_on is not None:
        return facts
    asked_on = add_months(civil_date(at), -ANSWER_MONTHS) - ONE_DAY
    return replace(facts, title=replace(facts.title, renounced_on=asked_on))


def treatment_stop_date_is_possible(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    stopped_on = typed(facts, "stopped_on")
    if isinstance(stopped_on, dt.date) and stopped_on > civil_date(at):
        return (
            Reason("stop_in_the_future", _("The treatment stop is in the future: correct its date."), "stopped_on"),
        )
    first = facts.title.chain_starts_on if facts.title else None
    if isinstance(stopped_on, dt.date) and first is not None and stopped_on < first:
        message = _("The treatment was authorised from %s on: choose that day or a later one.")
        return (Reason("stop_before_the_start", message % say(first), "stopped_on"),)
    return FINE


def new_last_day_only_shortens(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """A longer period is a renewal. A CPC keeps its last day when it is changed (R.5121-76-9, decisions read)."""
    ends_on = typed(facts, "ends_on")
    if not isinstance(ends_on, dt.date) or facts.title is None:
        return FINE
    if facts.procedure == "cpc" and ends_on != facts.title.ends_on:
        message = _("A change does not move the last day of a prescription framework: leave it empty.")
        return (Reason("end_is_fixed", message, "ends_on"),)
    if ends_on == facts.title.last_day:
        return FINE
    if ends_on > facts.title.last_day:
        return (Reason("end_later", _("A change cannot lengthen the period: a renewal does."), "ends_on"),)
    earliest = max(civil_date(at) + ONE_DAY, facts.title.starts_on)
    if ends_on < earliest:
        message = _(
            "Choose %s or later. To end the authorisation today, do not change it: use “End early”, or “Withdraw the "
            "authorisation”."
        )
        return (Reason("end_past", message % say(earliest), "ends_on"),)
    return FINE


def a_new_last_day_opens_no_gap(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """The renewal that was granted takes over the day after: in between, nobody would be authorised to treat."""
    ends_on, title = typed(facts, "ends_on"), facts.title
    if not isinstance(ends_on, dt.date) or title is None or not title.successor_lives:
        return FINE
    starts_on = title.successor_starts_on
    if starts_on is None or ends_on >= min(title.last_day, starts_on - ONE_DAY):
        return FINE
    message = _(
        "Its renewal %(number)s takes over on %(first)s: an earlier last day would interrupt the treatment. Leave it "
        "empty, or end that renewal first."
    )
    return (Reason("gap_before_renewal", message % {"number": title.successor, "first": say(starts_on)}, "ends_on"),)


def end_date_has_passed(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.title is None or civil_date(at) <= facts.title.ends_on:
        return (Reason("not_ended", _("The last day of the authorisation has not passed.")),)
    return FINE


def no_renewal_keeps_it_in_force(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """R.5121-69-4: a renewal filed in time keeps an AAP in force. No such rule exists for the others."""
    if kept_by_its_renewal(facts.procedure) and facts.title is not None and facts.title.renewal_pending:
        return (Reason("renewal_pending", _("A renewal filed in time keeps this authorisation in force.")),)
    return FINE


def no_successor_takes_over(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """A title whose renewal is granted ends replaced, not expired, when the two periods touch."""
    successor = facts.title.successor_starts_on if facts.title else None
    if facts.title is not None and successor is not None and successor <= facts.title.ends_on + dt.timedelta(days=1):
        return (Reason("replaced", _("The renewal of this authorisation is granted and takes over from it.")),)
    return FINE


def successor_has_started(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    successor = facts.title.successor_starts_on if facts.title else None
    if successor is None or successor > civil_date(at):
        return (Reason("no_successor", _("No renewal of this authorisation has started.")),)
    return FINE


def aac_stops_within_three_months_of_the_ma(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """R.5121-74-9: authorisations end at the latest three months after a marketing authorisation is issued."""
    if facts.procedure != "aac":
        return FINE
    return ends_within_three_months_of_the_ma(
        typed(facts, "ends_on"), facts.product.get("ma_since"), today=civil_date(at)
    )
