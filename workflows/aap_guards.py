"""Guards of the early access (AAP). As in `guards`: one guard, one reason, and the message says what to do next."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.utils.translation import gettext_lazy as _

from workflows.dates import ONE_DAY, add_months, civil_date, last_day_of_a_period, say
from workflows.guards import FINE, Reasons, typed
from workflows.renewal_guards import first_day_of_a_renewal
from workflows.types import Actor, Facts, OpinionFact, Reason, Text

FIRST: Final = "first"
RENEWAL: Final = "renewal"
OPENING: Final = frozenset({FIRST, RENEWAL})
"""Kinds whose grant opens an authorisation; the others change the one that they are about."""

PRE_MA: Final = "pre_ma"
POST_MA: Final = "post_ma"

ANSM: Final = "ansm"
CT: Final = "ct"
COLLEGE: Final = "college"
BODIES: Final[tuple[tuple[str, Text], ...]] = (
    (ANSM, _("ANSM")),
    (CT, _("Transparency Committee")),
    (COLLEGE, _("HAS College")),
)

CRITERIA: Final[tuple[tuple[str, Text], ...]] = (
    ("serious", _("The disease is serious, rare or disabling")),
    ("no_alternative", _("There is no appropriate treatment")),
    ("cannot_wait", _("Treatment cannot be deferred")),
    ("innovative", _("The medicine is presumed innovative")),
    ("efficacy_safety", _("Efficacy and safety are strongly presumed")),
)
"""The conditions of CSP L.5121-12 II, in the order in which HAS examines them."""

MET: Final = "met"
NOT_MET: Final = "not_met"
NOT_EXAMINED: Final = "not_examined"
FINDINGS: Final[tuple[tuple[str, Text], ...]] = (
    (MET, _("Met")),
    (NOT_MET, _("Not met")),
    (NOT_EXAMINED, _("Not examined")),
)

FAVOURABLE: Final = "favourable"
UNFAVOURABLE: Final = "unfavourable"

LONGEST_MONTHS: Final = 12
"""D.5121-69-3: an authorisation lasts a year at most, and so does each of its renewals."""

LONGEST_REPLY_DAYS: Final = 45
"""R.5121-69-1: the applicant has 45 days at most to send what is asked."""

LIVING: Final = frozenset({"in_force", "suspended"})
"""States of an authorisation that a request may be about."""

RENEWED_MONTHS_BEFORE: Final = 3
"""R.5121-69-4: a renewal is filed three months at the latest before the authorisation ends."""


def criterion_name(code: str) -> Text:
    return dict(CRITERIA)[code]


# ------------------------------------------------------------------------------------------------- the filing


def request_starts_from_the_right_place(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """A first request stands alone; any other is about an authorisation that still lives, and is not renewed yet. What
    changes it, once filed, is decided all the same: it counts for that authorisation and for its renewal."""
    if facts.kind == FIRST:
        return FINE
    if facts.parent is None:
        message = _("This request is about an early access: open that authorisation and start from there.")
        return (Reason("no_parent", message),)
    if facts.parent.successor_starts_on is not None and not _goes_on_under_the_renewal(facts):
        message = _("The authorisation %s was already renewed: start from the one that follows it.")
        return (Reason("already_renewed", message % facts.parent.number),)
    if facts.parent.state not in LIVING:
        message = _("The authorisation %s is no longer in force: make a first request.")
        return (Reason("parent_not_renewable", message % facts.parent.number),)
    return FINE


def _goes_on_under_the_renewal(facts: Facts) -> bool:
    """Filed before the renewal was granted, which has not started yet: then it will be about that renewal alone."""
    about = facts.parent
    was_filed = facts.kind not in OPENING and facts.filed_at is not None
    return was_filed and about is not None and about.state in LIVING and about.successor_lives


def renewal_is_filed_in_time(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.kind != RENEWAL or facts.parent is None:
        return FINE
    latest = last_day_to_file(facts.parent.ends_on)
    if civil_date(facts.filed_at or at) <= latest:
        return FINE
    message = _(
        "A renewal is filed three months at the latest before the authorisation ends: this one had to be filed by %s. "
        "Make a first request."
    )
    return (Reason("renewal_late", message % say(latest)),)


def last_day_to_file(ends_on: dt.date) -> dt.date:
    """The last day on which the renewal of what ends on `ends_on` may be filed."""
    return add_months(ends_on, -RENEWED_MONTHS_BEFORE)


# ------------------------------------------------------------------------------------------------- the clock


def reply_date_is_45_days_at_most(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    reply_by = typed(facts, "reply_by")
    latest = civil_date(at) + dt.timedelta(days=LONGEST_REPLY_DAYS)
    if isinstance(reply_by, dt.date) and reply_by > latest:
        message = _("The applicant has 45 days at most to reply: choose %s or earlier.")
        return (Reason("reply_by_late", message % say(latest), "reply_by"),)
    return FINE


def reply_date_went_by(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    request = facts.request
    if request is None or request.reply_by is None or civil_date(at) <= request.reply_by:
        return (Reason("reply_by_not_passed", _("The applicant may still answer.")),)
    return FINE


def the_applicant_may_still_answer(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """R.5121-69-1: what does not come by the day set is deemed abandoned by the law itself, not by the job that notes
    it."""
    request = facts.request
    if request is None or request.reply_by is None or civil_date(at) <= request.reply_by:
        return FINE
    message = _("The reply was due by %s: the request is deemed abandoned. Make a new one as a copy of it.")
    return (Reason("reply_by_passed", message % say(request.reply_by)),)


def clock_is_extended_once(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if any(event.verb == "extend" for event in facts.events):
        return (Reason("extended", _("The delay was already extended: the law allows it once.")),)
    return FINE


def clock_has_not_run_out(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.due_on is not None and civil_date(at) > facts.due_on:
        message = _("The delay ran out on %s: silence has decided.")
        return (Reason("clock_over", message % say(facts.due_on)),)
    return FINE


def clock_has_run_out(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.due_on is None or civil_date(at) <= facts.due_on:
        return (Reason("clock_runs", _("The delay has not run out.")),)
    return FINE


# ----------------------------------------------------------------------------------------------- ANSM's opinion


def pathway(facts: Facts) -> str:
    return str(facts.product.get("pathway") or "")


def ansm_must_be_heard(facts: Facts) -> bool:
    """Before marketing authorisation, unless the CHMP has given a favourable opinion (L.5121-12, since LFSS 2023)."""
    return pathway(facts) == PRE_MA and not facts.product.get("chmp_favourable_on")


def given_opinion(facts: Facts, body: str) -> OpinionFact | None:
    return next((one for one in facts.opinions if one.body == body and one.given_at is not None), None)


def _proposed_opinion(facts: Facts, body: str) -> OpinionFact | None:
    return next((one for one in facts.opinions if one.body == body and one.given_at is None), None)


def ansm_opinion_is_asked(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if given_opinion(facts, ANSM) is not None:
        return (Reason("opinion_given", _("ANSM has given its opinion on this request: it is not given twice.")),)
    if ansm_must_be_heard(facts):
        return FINE
    message = _(
        "ANSM's opinion is asked before marketing authorisation only, and as long as the CHMP has given no favourable "
        "opinion."
    )
    return (Reason("opinion_not_asked", message),)


def a_favourable_opinion_carries_its_texts(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """R.5121-69: with a favourable opinion ANSM settles the summary of product characteristics, leaflet and label."""
    if typed(facts, "outcome") != FAVOURABLE:
        return FINE
    message = _("A favourable opinion settles this text: say which version is annexed.")
    lacking = [name for name in ("smpc", "leaflet", "label") if not typed(facts, name)]
    return tuple(Reason("text_missing", message, name) for name in lacking)


def ansm_opinion_is_proposed(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if _proposed_opinion(facts, ANSM) is None:
        return (Reason("no_opinion_proposed", _("No opinion is proposed: an assessor proposes one first.")),)
    return FINE


def opinion_has_four_eyes(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    proposed = _proposed_opinion(facts, ANSM)
    if proposed is not None and (actor.person_id is None or proposed.proposer_id == actor.person_id):
        return (Reason("four_eyes", _("You made this proposal: another signatory must sign it.")),)
    return FINE


def ansm_is_unfavourable(facts: Facts) -> bool:
    given = given_opinion(facts, ANSM)
    return given is not None and given.outcome == UNFAVOURABLE


def ansm_does_not_stand_in_the_way(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """L.5121-12: HAS is bound by an unfavourable opinion, and before MA decides on a favourable one only."""
    if ansm_is_unfavourable(facts):
        return (Reason("ansm_unfavourable", _("ANSM's opinion is unfavourable: only a refusal is possible.")),)
    if ansm_must_be_heard(facts) and given_opinion(facts, ANSM) is None:
        message = _("ANSM has not given its opinion: it is needed before marketing authorisation.")
        return (Reason("ansm_opinion_awaited", message),)
    return FINE


# -------------------------------------------------------------------------------------------------- findings


def found(facts: Facts) -> dict[str, object]:
    """{criterion: finding} as typed."""
    return {code: typed(facts, code) for code, _label in CRITERIA}


def findings_are_reasoned(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """Whoever finds a criterion met or not says why (L.5121-12, reasoned decision)."""
    if facts.payload is None:
        return FINE
    message = _("Say why this criterion is met or not.")
    judged = [code for code, finding in found(facts).items() if finding in (MET, NOT_MET)]
    return tuple(
        Reason("reasons_missing", message, f"{code}_reasons") for code in judged if not typed(facts, f"{code}_reasons")
    )


def ct_has_not_given_its_opinion(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if given_opinion(facts, CT) is not None:
        return (Reason("opinion_given", _("The Transparency Committee has given its opinion: it is not given twice.")),)
    return FINE


def ct_has_given_its_opinion(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """The College decides after the committee's opinion, of which an unfavourable one of ANSM makes it free."""
    if given_opinion(facts, CT) is not None or ansm_is_unfavourable(facts):
        return FINE
    message = _("The Transparency Committee has not given its opinion: it comes before the decision.")
    return (Reason("ct_opinion_awaited", message),)


def every_criterion_is_met(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.payload is None:
        return FINE
    message = _("An early access is granted when every criterion is met: this one is not, so refuse.")
    return tuple(Reason("criterion_not_met", message, code) for code, finding in found(facts).items() if finding != MET)


def a_criterion_is_not_met(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.payload is None or NOT_MET in found(facts).values():
        return FINE
    message = _("A refusal says which criterion is not met: choose it.")
    return (Reason("no_criterion_not_met", message, "efficacy_safety" if ansm_is_unfavourable(facts) else "serious"),)


def all_is_examined_unless_ansm_is_unfavourable(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """After an unfavourable opinion of ANSM the rest may be left "not examined"; otherwise each criterion is judged."""
    if facts.payload is None or ansm_is_unfavourable(facts):
        return FINE
    message = _("Say whether this criterion is met: it is left unexamined after an unfavourable opinion of ANSM only.")
    left = [code for code, finding in found(facts).items() if finding == NOT_EXAMINED]
    return tuple(Reason("not_examined", message, code) for code in left)


# ------------------------------------------------------------------------------------------------ the decision


def protocol_is_final(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if typed(facts, "put_rd_final") is False:
        message = _("The protocol of use and data collection (PUT-RD) must be final before the grant.")
        return (Reason("put_rd_not_final", message, "put_rd_final"),)
    return FINE


def an_opening_grant_has_a_period(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.payload is None:
        return FINE
    if facts.kind in OPENING:
        message = _("Give the first and the last day of the authorisation.")
        return tuple(
            Reason("required", message, name) for name in ("starts_on", "ends_on") if typed(facts, name) is None
        )
    message = _("This decision changes an authorisation without moving its last day: leave this empty.")
    return tuple(Reason("no_period", message, name) for name in ("starts_on", "ends_on") if typed(facts, name))


def the_period_has_not_passed(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    ends_on = typed(facts, "ends_on")
    if isinstance(ends_on, dt.date) and ends_on < civil_date(at):
        return (Reason("period_over", _("The period ends before today: choose a later last day."), "ends_on"),)
    return FINE


def the_period_starts_after_the_suspension(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """What is suspended does not come back under another number before the suspension ends."""
    starts_on, until = typed(facts, "starts_on"), facts.parent.suspended_until if facts.parent else None
    if facts.kind == RENEWAL and until and isinstance(starts_on, dt.date) and starts_on <= until:
        message = _("The authorisation is suspended until %s: the first day of its renewal comes after.")
        return (Reason("parent_suspended", message % say(until), "starts_on"),)
    return FINE


def sitting_is_not_to_come(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    sat_on = typed(facts, "sat_on")
    if isinstance(sat_on, dt.date) and sat_on > civil_date(at):
        return (Reason("sitting_to_come", _("This sitting is in the future: correct its date."), "sat_on"),)
    return FINE


def sitting_was_held_on_this_request(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """Nobody sat on a request that was not filed. The decision and its letter bear that day."""
    sat_on, filed_on = typed(facts, "sat_on"), civil_date(facts.filed_at or at)
    if isinstance(sat_on, dt.date) and sat_on < filed_on <= civil_date(at):
        message = _("The request was filed on %s: no sitting was held on it before. Correct the date.")
        return (Reason("sitting_before_the_filing", message % say(filed_on), "sat_on"),)
    return FINE


# --------------------------------------------------------------------------------------------------- silence


def silence_grants(facts: Facts) -> bool:
    """Post-MA: silence accepts. Pre-MA: it accepts when ANSM's opinion, given in time, is favourable. An unfavourable
    one binds in any case. R.5121-69 (version of 1 July 2021; the post-MA paragraph was read in practice only).

    What a request about an authorisation asked for has no object once that authorisation has ended: nothing is granted.
    """
    if ansm_is_unfavourable(facts) or _has_lost_its_place(facts):
        return False
    if not ansm_must_be_heard(facts):
        return True
    given = given_opinion(facts, ANSM)
    return (
        given is not None
        and given.given_at is not None
        and facts.due_on is not None
        and civil_date(given.given_at) <= facts.due_on
    )


def _has_lost_its_place(facts: Facts) -> bool:
    """Its authorisation was ended or renewed while it was examined."""
    about = facts.parent
    if facts.kind == FIRST or about is None:
        return False
    is_renewed = about.successor_starts_on is not None and not _goes_on_under_the_renewal(facts)
    return about.state not in LIVING or is_renewed


def silence_is_a_grant(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    return FINE if silence_grants(facts) else (Reason("silence_refuses", _("Silence means a refusal here.")),)


def silence_is_a_refusal(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    return (Reason("silence_grants", _("Silence means a grant here.")),) if silence_grants(facts) else FINE


def period_by_silence(facts: Facts, at: dt.datetime) -> tuple[dt.date, dt.date]:
    """From the day after the delay ran out, or the day after the authorisation that is renewed and after its
    suspension; a year, the longest that the law allows (D.5121-69-3), since nobody set another."""
    starts_on = facts.due_on + ONE_DAY if facts.due_on else civil_date(at)
    if facts.kind == RENEWAL and facts.parent is not None:
        starts_on = first_day_of_a_renewal(facts.parent, starts_on)
    return starts_on, last_day_of_a_period(starts_on, LONGEST_MONTHS)
