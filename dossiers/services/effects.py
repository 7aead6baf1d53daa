"""What an act changes besides the state. Database only: nothing here talks to the world.

The names and meanings are those of `workflows.registry.KNOWN_EFFECTS`; a test compares the two sets.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial

from accounts.models import Delegation
from catalogue.services.criteria import record_first_grant
from dossiers.forms.registry import form_set
from dossiers.models import (
    Assignment,
    CommentInvitation,
    Decision,
    InformationRequest,
    Submission,
    Task,
    Title,
)
from dossiers.queries.answers import current_answers, form_context, raw_answers
from dossiers.queries.renunciations import RENUNCIATION
from dossiers.services import advice, continuity, frameworks, numbers, obligation_life, opinions, parties, titles
from dossiers.services.act import Act, Following
from dossiers.services.chains import pass_requests_on, stop_the_chain
from dossiers.services.derived import derive_columns
from dossiers.services.errors import Blocked
from dossiers.services.exemption import EFFECTS as OF_AN_EXEMPTION
from dossiers.services.log import sha256_of
from workflows.aap_guards import OPENING, RENEWAL
from workflows.periods import first_day
from workflows.procedures.title import heard_about
from workflows.registry import TITLE, prefix_of
from workflows.roles import ANSM_ASSESSOR
from workflows.types import System

# ------------------------------------------------------------------------------------------- the request itself


def freeze_submission(act: Act) -> None:
    raw = raw_answers(act.dossier)
    derive_columns(act.dossier, raw)
    context = form_context(act.dossier, act.on, raw)
    forms = form_set(act.dossier.procedure)
    answers, faults = forms.strict(context)
    if act.published:
        # Of a section that no source tells whole, what it tells is kept as it is.
        told = {form.key: dict(context.answers.get(form.key, {})) for form in forms.applicable(context)}
        answers, faults = {**told, **answers}, forms.essential(faults)
    if faults:
        raise Blocked(faults)
    submission = Submission.objects.create(
        dossier=act.dossier,
        number=act.dossier.submissions.count() + 1,
        answers=answers,
        form_version=forms.version,
        sha256=sha256_of(answers),
        author_id=act.actor.person_id,
        author_name=act.actor.name,
        at=act.at,
    )
    act.result["submission"] = submission.number
    _become_party(act)


def number(act: Act) -> None:
    year = act.on.year
    prefix = f"{prefix_of(act.dossier.procedure)}-E"
    rank = numbers.next_number(series=prefix, year=year)
    act.dossier.filing_number = numbers.spell(prefix, year, rank)
    act.dossier.filed_at = act.at
    act.result["filing_number"] = act.dossier.filing_number
    _become_party(act)


def _become_party(act: Act) -> None:
    """Who signed and who sent: named in the letters."""
    if act.actor.membership_id is not None and act.actor.organisation_id is not None:
        parties.name_party(
            dossier=act.dossier,
            organisation=act.actor.organisation_id,
            role=act.actor.role,
            membership=act.actor.membership_id,
            at=act.at,
        )


# ------------------------------------------------------------------------------------------------ examination


def assign_actor(act: Act) -> None:
    if act.actor.membership_id is None:
        return
    act.dossier.assignments.filter(until=None).update(until=act.at)
    Assignment.objects.create(dossier=act.dossier, membership_id=act.actor.membership_id, since=act.at)
    act.dossier.lead_id = act.actor.membership_id


def open_request(act: Act) -> None:
    request = InformationRequest.objects.create(
        dossier=act.dossier,
        number=act.dossier.requests.count() + 1,
        questions={str(rank): text for rank, text in enumerate(act.payload["questions"], start=1)},
        reply_by=act.payload.get("reply_by"),
        asked_by_id=act.actor.person_id,
        asked_at=act.at,
    )
    act.result["request"] = request.number


def answer_request(act: Act) -> None:
    request = InformationRequest.objects.get(dossier=act.dossier, closed_at=None)
    request.answers = {**request.answers, **act.payload["answers"]}
    request.answered_at = act.at
    request.closed_at = act.at
    request.save()
    act.result["request"] = request.number


def close_request(act: Act) -> None:
    InformationRequest.objects.filter(dossier=act.dossier, closed_at=None).update(closed_at=act.at)


# ---------------------------------------------------------------------------------------------------- decision


def record_proposal(act: Act) -> None:
    act.decision = Decision.objects.create(
        dossier=act.dossier,
        number=act.dossier.decisions.count() + 1,
        outcome=act.payload["outcome"],
        reasons=act.payload["reasons"],
        conditions=act.payload.get("conditions", ""),
        starts_on=act.payload.get("starts_on"),
        ends_on=act.payload.get("ends_on"),
        proposer_id=act.actor.person_id,
        proposer_name=act.actor.name,
        proposed_at=act.at,
    )
    act.result["decision"] = act.decision.number


def drop_proposal(act: Act) -> None:
    act.dossier.decisions.filter(signed_at=None, sent_back_at=None).update(sent_back_at=act.at)


def sign_decision(act: Act) -> None:
    decision = act.dossier.decisions.get(signed_at=None, sent_back_at=None)
    decision.signatory_id = act.actor.person_id
    decision.signatory_name = act.actor.name
    decision.signed_at = act.at
    if act.actor.membership_id is not None:
        decision.delegation = Delegation.in_force(act.actor.membership_id, act.dossier.procedure, act.on)
    decision.save()
    act.decision = decision
    act.result["decision"] = decision.number


def decide_on_criteria(act: Act) -> None:
    """From the first day that the law lets it start on, for the days asked for."""
    starts_on = first_day(act.facts, act.at)
    days = int(act.facts.product["requested_days"])
    act.decision = Decision.objects.create(
        dossier=act.dossier,
        number=act.dossier.decisions.count() + 1,
        outcome="grant",
        starts_on=starts_on,
        ends_on=starts_on + dt.timedelta(days=days - 1),
        automatic=True,
        proposed_at=act.at,
        signed_at=act.at,
    )
    act.result["decision"] = act.decision.number


# ----------------------------------------------------------------------------------------------------- titles


def open_title(act: Act) -> None:
    if act.decision is None:
        raise RuntimeError("a title is opened by a decision: put open_title after the effect that signs it")
    act.title = titles.open_title(
        dossier=act.dossier, decision=act.decision, answers=current_answers(act.dossier), on=act.on, at=act.at
    )
    # What an imported title obliges to counts from the day of the import (`services.history`): before, nobody knows.
    if not act.imported:
        act.afterwards.append(partial(obligation_life.open_with, title=act.title, actor=act.actor, at=act.at))
    act.result["title"] = act.title.number


def open_or_change_title(act: Act) -> None:
    """A first request or a renewal opens an authorisation; any other kind changes the one that it is about."""
    if act.dossier.kind in OPENING:
        open_title(act)
        return
    parent = act.dossier.parent_title
    if parent is None or act.decision is None:
        raise RuntimeError("what changes a title starts from it, and is decided first")
    answers = current_answers(act.dossier)
    titles.change_by_decision(title=parent, dossier=act.dossier, decision=act.decision, answers=answers, at=act.at)
    if not act.imported:
        owed = partial(obligation_life.undertake, title=parent, dossier=act.dossier, starts_on=act.on)
        act.afterwards.append(partial(owed, actor=act.actor, at=act.at))
    act.result["changed_title"] = parent.number


def end_what_a_renewal_kept(act: Act) -> None:
    """The renewal of `R.5121-69-4`, once filed, kept its title in force until it was decided or given up: to this day,
    not longer."""
    was_filed = act.dossier.filed_at is not None
    if was_filed and act.dossier.kind == RENEWAL and act.dossier.parent_title is not None:
        titles.kept_until(title=act.dossier.parent_title, on=act.on)


def replace_parent_title(act: Act) -> None:
    """`open_title` has cut the parent to the eve of its renewal. Its state follows by its own event: now when the
    renewal has started, else by the daily job on the renewal's first day."""
    if act.dossier.parent_title is not None and act.title is not None:
        act.followed_by.append(Following(act.dossier.parent_title.number, "replace", System("renewal")))


def publish_criteria_task(act: Act) -> None:
    """First grant of a medicine x indication: criteria to publish, UCD code to give (R.5121-74-3)."""
    indication = act.dossier.indication
    if indication is None or not record_first_grant(indication=indication, on=act.on) or act.imported:
        return
    Task.objects.get_or_create(
        dossier=act.dossier,
        kind="publish_criteria",
        defaults={"role": ANSM_ASSESSOR, "created_at": act.at},
    )


def suspend_title(act: Act) -> None:
    _title(act).suspended_until = act.payload["until"]


def reinstate_title(act: Act) -> None:
    _title(act).suspended_until = None


def end_title(act: Act) -> None:
    titles.end(title=_title(act), verb=act.row.name, payload=act.payload, on=act.on)
    Task.objects.filter(dossier=act.dossier, kind=RENUNCIATION, done_at=None).update(done_at=act.at)
    if act.row.name != "replace":
        frameworks.close_comparison(title=_title(act), at=act.at)
    act.afterwards.append(partial(obligation_life.close_with, title=_title(act), actor=act.actor, at=act.at))
    cause = str(act.payload.get("cause") or "")
    after = partial(continuity.open_after, title=_title(act), verb=act.row.name, cause=cause)
    act.afterwards.append(partial(after, actor=act.actor, at=act.at))
    if act.row.name == "replace":
        act.afterwards.append(partial(pass_requests_on, title=_title(act), actor=act.actor, at=act.at))


def close_comments(act: Act) -> None:
    """The invitation to comment ends with the act it announced, or with the title. The event keeps its day."""
    asked = act.facts.title.comments if act.facts.title else None
    announced = asked is not None and asked.intended == heard_about(act.row.name, act.payload)
    if asked is None or not (announced or TITLE.state(act.row.target).final):
        return
    CommentInvitation.objects.filter(title=_title(act), closed_at=None).update(closed_at=act.at)
    if announced:
        act.result["observations_invited_on"] = asked.invited_on
        if asked.answered_on:
            act.result["observations_received_on"] = asked.answered_on


def new_title_version(act: Act) -> None:
    titles.new_version(title=_title(act), payload=act.payload, on=act.on, at=act.at)
    frameworks.publish_change(title=_title(act), changes=act.payload["changes"])


def _title(act: Act) -> Title:
    if act.title is None:
        raise RuntimeError(f"{act.row.name} is an act on a title")
    return act.title


EFFECTS: dict[str, Callable[[Act], None]] = {
    effect.__name__: effect
    for effect in (
        freeze_submission,
        number,
        assign_actor,
        open_request,
        answer_request,
        close_request,
        record_proposal,
        drop_proposal,
        sign_decision,
        decide_on_criteria,
        open_title,
        open_or_change_title,
        end_what_a_renewal_kept,
        opinions.propose_opinion,
        opinions.give_opinion,
        opinions.drop_opinion,
        opinions.record_findings,
        opinions.college_decides,
        opinions.decide_by_silence,
        opinions.adapt_texts_task,
        advice.route_to_assessor,
        advice.note_the_reply,
        advice.plan_meeting,
        advice.receive_piece,
        advice.hold_meeting,
        advice.agree_minutes,
        advice.propose_written_opinion,
        replace_parent_title,
        publish_criteria_task,
        suspend_title,
        reinstate_title,
        end_title,
        close_comments,
        stop_the_chain,
        new_title_version,
        *frameworks.EFFECTS,
        *OF_AN_EXEMPTION,
    )
}


def plug_in(*effects: Callable[[Act], None]) -> None:
    """For a room on the right of this one whose rows an act of its procedure writes, when the site starts
    (`AppConfig.ready`). Each is called as `workflows.registry.KNOWN_EFFECTS` names it."""
    EFFECTS.update({effect.__name__: effect for effect in effects})
