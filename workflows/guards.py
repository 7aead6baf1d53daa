"""Guards shared by the tables: one guard, one reason, and the message says what to do next.

A guard about the payload says nothing while there is none, that is while we only ask what could be done.
Facts that a guard finds absent refuse the act: what is not known is not assumed.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from workflows.dates import add_months, civil_date, last_day_of_a_period, say
from workflows.types import Actor, Facts, Reason

Reasons = tuple[Reason, ...]
FINE: Reasons = ()

VERY_EARLY = "very_early"
RENEWAL = "renewal"
REGULARISATION = "regularisation"


def typed(facts: Facts, name: str) -> object:
    """What was typed in the payload's field `name`; None without it or without a payload."""
    return None if facts.payload is None else facts.payload.get(name)


# ----------------------------------------------------------------------------------------------- who acts


def not_recused(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if actor.person_id is not None and actor.person_id in facts.recused:
        return (Reason("recused", _("You are recused from this file: somebody else must act.")),)
    return FINE


def signatory_is_not_proposer(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.proposal is not None and (actor.person_id is None or facts.proposal.proposer_id == actor.person_id):
        return (Reason("four_eyes", _("You made this proposal: another signatory must sign it.")),)
    return FINE


def signatory_has_a_delegation(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if not actor.is_system and not facts.may_sign_for_body:
        return (
            Reason("no_delegation", _("You hold no delegation of signature in force for this procedure: ask for one.")),
        )
    return FINE


# ------------------------------------------------------------------------------------ the file is complete


def request_is_complete(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    return facts.missing


def documents_are_safe(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """A document that could not be scanned passes, and says so on screen; one that waits or is infected does not."""
    reasons: list[Reason] = []
    for document in facts.documents:
        if document.scan == "pending":
            message = _("“%s” is still being checked for viruses: try again in a minute.")
            reasons.append(Reason("document_pending", message % document.name, "documents"))
        elif document.scan == "infected":
            message = _("“%s” is infected: remove it, then attach a clean copy.")
            reasons.append(Reason("document_infected", message % document.name, "documents"))
    return tuple(reasons)


def compliance_is_attested(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if typed(facts, "compliance") is False:
        return (Reason("not_attested", _("Attest that the request complies with the rules to send it."), "compliance"),)
    return FINE


def very_early_has_the_company_undertaking(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.kind == VERY_EARLY and not facts.product.get("company_undertaking"):
        message = _(
            "A very early access needs the company's undertaking to apply for an early access: "
            "none is recorded for this medicine in this indication. Ask ANSM."
        )
        return (Reason("no_company_undertaking", message),)
    return FINE


# -------------------------------------------------------------------------------------- information request


def reply_date_is_in_the_future(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    reply_by = typed(facts, "reply_by")
    if isinstance(reply_by, dt.date) and reply_by <= civil_date(at):
        return (Reason("reply_by_past", _("Give a reply date later than today."), "reply_by"),)
    return FINE


def aac_reply_date_is_near_enough(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    reply_by = typed(facts, "reply_by")
    if not isinstance(reply_by, dt.date):
        return FINE
    latest = civil_date(at) + dt.timedelta(days=int(facts.limits["AAC_REPLY_MAX_DAYS"]))
    if reply_by > latest:
        return (Reason("reply_by_late", _("Give a reply date on or before %s.") % say(latest), "reply_by"),)
    return FINE


def every_question_is_answered(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    answers = typed(facts, "answers")
    if facts.request is None:
        return (Reason("no_open_request", _("No information request is open: there is nothing to answer.")),)
    if facts.payload is None:
        return FINE
    given = answers if isinstance(answers, dict) else {}
    left = [key for key in facts.request.questions if key not in given and key not in facts.request.answered]
    return tuple(
        Reason(
            "unanswered",
            _("Answer this question: “%s”") % facts.request.questions[key],
            f"answers.{key}",
        )
        for key in left
    )


def answers_match_the_questions(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    answers = typed(facts, "answers")
    if facts.request is None or not isinstance(answers, dict):
        return FINE
    return tuple(
        Reason("unknown_question", _("No open question has this number: remove the answer."), f"answers.{key}")
        for key in answers
        if key not in facts.request.questions
    )


def reply_date_has_passed(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    request = facts.request
    if request is None or request.reply_by is None:
        return (Reason("no_open_request", _("No information request with a reply date is open.")),)
    if civil_date(at) <= request.reply_by:
        message = _("The applicant may still answer until %s: wait for that day to pass.")
        return (Reason("reply_by_not_passed", message % say(request.reply_by)),)
    return FINE


def a_reminder_was_sent(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.request is None or facts.request.reminded_at is None:
        return (Reason("no_reminder", _("No reminder has been sent: send one before you close the file.")),)
    return FINE


# -------------------------------------------------------------------------------------- proposal and decision


def granting(facts: Facts) -> bool:
    return typed(facts, "outcome") == "grant"


def use_protocol_is_known(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """R.5121-74-5: a grant is subject to the protocol of use (PUT). Asked of a proposal to grant, and of a grant."""
    if not asks_for_a_grant(facts) or facts.product.get("put_reference"):
        return FINE
    message = _("No protocol of use (PUT) is recorded for this medicine in this indication: record it first.")
    return (Reason("no_put", message),)


def asks_for_a_grant(facts: Facts) -> bool:
    """A grant typed or proposed. With nothing typed, an assessor may still propose a refusal."""
    if facts.payload is not None and "outcome" in facts.payload:
        return granting(facts)
    return facts.proposal is not None and facts.proposal.outcome == "grant"


def period_is_in_order(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    starts_on, ends_on = typed(facts, "starts_on"), typed(facts, "ends_on")
    if isinstance(starts_on, dt.date) and isinstance(ends_on, dt.date) and ends_on < starts_on:
        return (Reason("period_reversed", _("The last day comes before the first: change one of them."), "ends_on"),)
    return FINE


def period_is_one_year_at_most(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """L.5121-12-1: one year at most, date to date (1 March 2025 to 28 February 2026)."""
    starts_on, ends_on = typed(facts, "starts_on"), typed(facts, "ends_on")
    if not isinstance(starts_on, dt.date) or not isinstance(ends_on, dt.date):
        return FINE
    latest = last_day_of_a_period(starts_on, 12)
    if ends_on > latest:
        message = _("The period is one year at most: the last day is %s or earlier.")
        return (Reason("period_too_long", message % say(latest), "ends_on"),)
    return FINE


def dispensed_on(facts: Facts) -> dt.date | None:
    """The day a medicine was dispensed out of hours, as the hospital wrote it; None when nothing is regularised."""
    moment = facts.answers.get("request", {}).get("dispensed_at") if facts.kind == REGULARISATION else None
    if isinstance(moment, str):
        try:
            moment = dt.datetime.fromisoformat(moment)
        except ValueError:
            return None
    if isinstance(moment, dt.datetime):
        return civil_date(moment) if moment.tzinfo else moment.date()
    return moment if isinstance(moment, dt.date) else None


def regularisation_is_recent(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """What was dispensed out of hours is regularised soon after. No text read says how soon: a setting does."""
    day, most = dispensed_on(facts), int(facts.limits.get("AAC_REGULARISATION_MAX_DAYS", 0))
    if day is None or civil_date(facts.filed_at or at) - day <= dt.timedelta(days=most):
        return FINE
    message = _("The dispensing is more than %d days old: it can no longer be regularised. Make a first request.")
    return (Reason("regularisation_late", message % most, "request.dispensed_at"),)


def period_ends_in_time_for_the_ma(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """L.5121-12-1 II, R.5121-74-9: an MA or an AAP that covers the indication ends new authorisations; a treatment
    under way may go on until three months after the MA at the latest."""
    if not asks_for_a_grant(facts):
        return FINE
    since = facts.product.get("ma_since")
    if facts.kind != RENEWAL and (since or facts.product.get("aap_since")):
        message = _("A marketing authorisation or an early access covers this indication: only a refusal is possible.")
        return (Reason("covered", message, "outcome"),)
    ends_on = typed(facts, "ends_on") if granting(facts) else facts.proposal.ends_on if facts.proposal else None
    return ends_within_three_months_of_the_ma(ends_on, since)


def ends_within_three_months_of_the_ma(ends_on: object, since: object, *, today: dt.date | None = None) -> Reasons:
    """R.5121-74-9: an AAC ends at the latest three months after the marketing authorisation issued on `since`.

    `ends_on` is the last day wanted. With `today`, that day is allowed even past the limit: one may always stop now.
    Fine when either date is not known.
    """
    if not isinstance(since, dt.date) or not isinstance(ends_on, dt.date):
        return FINE
    latest = max(add_months(since, 3), today or dt.date.min)
    if ends_on <= latest:
        return FINE
    message = _("A marketing authorisation exists since %(since)s: the last day is %(latest)s or earlier.")
    return (Reason("ma_limit", message % {"since": say(since), "latest": say(latest)}, "ends_on"),)


def period_does_not_start_in_the_past(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """A decision has no effect before it is made, save when it regularises what was dispensed out of hours."""
    starts_on = typed(facts, "starts_on")
    if not isinstance(starts_on, dt.date) or starts_on >= min(civil_date(at), dispensed_on(facts) or civil_date(at)):
        return FINE
    return (Reason("period_in_the_past", _("The first day is already past: choose today or later."), "starts_on"),)


def period_is_not_over(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    ends_on = typed(facts, "ends_on") if granting(facts) else facts.proposal.ends_on if facts.proposal else None
    if isinstance(ends_on, dt.date) and ends_on < civil_date(at):
        message = _("The period ends before today: the file must be proposed again with another period.")
        return (Reason("period_over", message, "ends_on"),)
    return FINE


def proposal_is_to_grant(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.proposal is None or facts.proposal.outcome != "grant":
        message = _("The proposal is not to grant: sign the refusal or send the file back.")
        return (Reason("proposal_not_grant", message),)
    return FINE


def proposal_is_to_refuse(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.proposal is None or facts.proposal.outcome != "refuse":
        message = _("The proposal is not to refuse: sign the grant or send the file back.")
        return (Reason("proposal_not_refuse", message),)
    return FINE


# ------------------------------------------------------------------------------------------ automatic grant


def _criteria_reason(message: object) -> Reasons:
    return (Reason("not_automatic", message),)  # type: ignore[arg-type]


def referential_allows_automatic_grant(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.product.get("automatic_grant") and facts.kind != VERY_EARLY:
        return FINE
    return _criteria_reason(_("The referential does not allow an automatic grant here."))


def request_follows_the_criteria(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.answers.get("request", {}).get("track") == "A":
        return FINE
    return _criteria_reason(_("The request is not made under the grant criteria (track A)."))


def criteria_version_is_current(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.product.get("criteria_current"):
        return FINE
    return _criteria_reason(_("The grant criteria changed since the request was prepared."))


def criteria_are_met(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.product.get("criteria_met"):
        return FINE
    return _criteria_reason(_("A grant criterion is not met."))


def no_other_authorisation_covers_the_indication(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.product.get("ma_since") or facts.product.get("aap_since"):
        return _criteria_reason(_("A marketing authorisation or an early access covers this indication."))
    return FINE


def requested_duration_is_in_range(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """`product["requested_days"]` against `product["max_days"]`, and against one year in any case."""
    asked, most = facts.product.get("requested_days"), facts.product.get("max_days")
    if isinstance(asked, int) and 1 <= asked <= min(most if isinstance(most, int) else 365, 365):
        return FINE
    return _criteria_reason(_("The duration asked for is outside the range of the referential."))


def regularised_dispensing_followed_the_referential(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """The criteria that both attest to have met existed on the day of the dispensing."""
    day, published_on = dispensed_on(facts), facts.product.get("put_published_on")
    if day is not None and isinstance(published_on, dt.date) and day < published_on:
        return _criteria_reason(_("The protocol of use (PUT) was not published yet on the day of the dispensing."))
    return FINE


def granted_period_is_not_over(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """A short treatment dispensed some days ago may be over: a person then judges."""
    day, asked = dispensed_on(facts), facts.product.get("requested_days")
    if day is not None and isinstance(asked, int) and day + dt.timedelta(days=asked - 1) < civil_date(at):
        return _criteria_reason(_("The period asked for is already over."))
    return FINE


def use_protocol_is_published(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.product.get("put_reference") and facts.product.get("put_published", True):
        return FINE
    return _criteria_reason(_("No protocol of use (PUT) is published for this medicine in this indication."))
