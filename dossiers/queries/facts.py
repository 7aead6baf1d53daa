"""The frozen picture that rules look at: read once, in a constant number of queries, before any guard runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from accounts.models import Delegation
from documents.models import Attachment
from dossiers.forms.registry import form_set
from dossiers.matter import matter_of
from dossiers.models import Dossier, Event, InformationRequest, Title
from dossiers.models.title import continuing
from dossiers.policy import attachments_visible_to
from dossiers.queries import renunciations
from dossiers.queries.answers import current_answers, form_context, raw_answers
from dossiers.queries.holders import holders_of
from workflows.dates import ONE_DAY, civil_date
from workflows.guards import RENEWAL
from workflows.registry import TITLE, procedure
from workflows.types import (
    Actor,
    CommentsFact,
    DocumentFact,
    EventFact,
    Facts,
    OpinionFact,
    ProposalFact,
    Reason,
    RequestFact,
    TitleFact,
)


def facts_of(dossier: Dossier, actor: Actor, at: dt.datetime, payload: Mapping[str, Any] | None = None) -> Facts:
    """Everything a guard of the dossier's table may ask, as of `at`."""
    on = civil_date(at)
    answers, missing = _answers_and_faults(dossier, on)
    product = _product(dossier, answers, on)
    return Facts(
        procedure=dossier.procedure,
        state=dossier.state,
        kind=dossier.kind,
        urgent=dossier.urgent,
        filed_at=dossier.filed_at,
        answers=answers,
        missing=missing,
        documents=tuple(
            DocumentFact(kind=kind, scan=scan, name=name) for kind, scan, name in _documents(dossier, actor)
        ),
        request=_open_request(dossier),
        proposal=_open_proposal(dossier),
        events=tuple(
            EventFact(verb=verb, at=moment, role=role, person_id=person)
            for verb, moment, role, person in dossier.events.order_by("seq").values_list(
                "verb", "at", "actor_role", "actor_person_id"
            )
        ),
        recused=frozenset(one.person_id for one in dossier.recusals.all()),
        may_sign_for_body=_may_sign(dossier.procedure, actor, on),
        product=product,
        parent=title_fact(dossier.parent_title) if dossier.parent_title else None,
        due_on=dossier.due_on,
        opinions=_opinions(dossier),
        findings=_findings(dossier),
        matter=matter_of(dossier, at),
        payload=payload,
        limits=settings.WORKFLOW_LIMITS,
    )


def title_facts(title: Title, actor: Actor, at: dt.datetime, payload: Mapping[str, Any] | None = None) -> Facts:
    """Everything a guard of the title machine may ask, as of `at`."""
    dossier = title.dossier
    return Facts(
        procedure=title.procedure,
        state=title.state,
        kind=dossier.kind,
        filed_at=dossier.filed_at,
        recused=frozenset(one.person_id for one in dossier.recusals.all()),
        may_sign_for_body=_may_sign(title.procedure, actor, civil_date(at)),
        product=form_set(title.procedure).product(dossier, current_answers(dossier), civil_date(at)),
        title=replace(
            title_fact(title),
            comments=comments_fact(title),
            chain_starts_on=_chain_starts_on(title),
            renounced_on=renunciations.asked_on(title),
            holders=len(holders_of(title)),
            # Asked of a day that was typed only: the page of a title does without that query.
            last_suspension=_last_suspension(title) if payload and "until" in payload else None,
        ),
        payload=payload,
        limits=settings.WORKFLOW_LIMITS,
    )


def title_fact(title: Title) -> TitleFact:
    renewals = list(title.renewals.order_by("-id")[:20])
    following = continuing(title.chain, title.renewal_rank).first()
    return TitleFact(
        number=title.number,
        state=title.state,
        starts_on=title.starts_on,
        ends_on=title.ends_on,
        renewal_pending=any(
            one.kind == RENEWAL and one.filed_at is not None and one.decided_at is None for one in renewals
        ),
        suspended_until=title.suspended_until,
        successor_starts_on=following.starts_on if following else None,
        in_force_until=title.in_force_until,
        successor=following.number if following else "",
        successor_lives=following is not None and not TITLE.state(following.state).final,
        successor_suspended_until=following.suspended_until if following else None,
    )


def _chain_starts_on(title: Title) -> dt.date:
    """The first day on which the treatment was authorised, before any renewal."""
    if title.renewal_rank == 0:
        return title.starts_on
    return Title.objects.filter(chain=title.chain).order_by("renewal_rank").values_list("starts_on", flat=True)[0]


def _last_suspension(title: Title) -> tuple[dt.date, dt.date] | None:
    """First and last day of the latest suspensions of the chain, those that follow each other counting as one."""
    acts = Event.objects.filter(
        dossier__title__chain=title.chain, machine="title", verb__in=("suspend", "reinstate")
    ).order_by("at", "pk")
    first = last = None
    for verb, at, payload in acts.values_list("verb", "at", "payload"):
        day = civil_date(at)
        if verb == "suspend":
            first = first if first and last and day <= last + ONE_DAY else day
            last = dt.date.fromisoformat(payload["until"])
        elif last is not None:
            last = min(last, day)
    return (first, last) if first and last else None


def comments_fact(title: Title) -> CommentsFact | None:
    """The open invitation to comment on what the authority intends, None when there is none. Reads those that a page
    has fetched already, if it has."""
    found = next((one for one in title.comment_invitations.all() if one.closed_at is None), None)
    if found is None:
        return None
    answered_on = civil_date(found.answered_at) if found.answered_at else None
    return CommentsFact(found.intended, civil_date(found.invited_at), found.reply_by, answered_on)


def _documents(dossier: Dossier, actor: Actor) -> QuerySet[Attachment, tuple[Any, ...]]:
    """Those that the actor reads: what a competitor attached is neither sent by another company, nor in its way."""
    found = attachments_visible_to(actor).filter(dossier=dossier, removed_at=None)
    return found.values_list("kind", "scan", "name")


def _answers_and_faults(dossier: Dossier, on: dt.date) -> tuple[Mapping[str, Mapping[str, Any]], tuple[Reason, ...]]:
    """The answers, with what strict validation says of them where a guard may ask: before and while they are edited.

    Once examined they are what was signed, and validating them again at each look would cost and prove nothing.
    """
    state = procedure(dossier.procedure, dossier.workflow_version).state(dossier.state)
    if dossier.filed_at is not None and not state.edited_by:
        return current_answers(dossier), ()
    raw = raw_answers(dossier)
    clean, missing = form_set(dossier.procedure).strict(form_context(dossier, on, raw))
    return clean, missing


# What may end the right to an access after the request was filed: always looked at as of the act itself.
AS_OF_THE_ACT = ("ma_since", "aap_since")


def _product(dossier: Dossier, answers: Mapping[str, Mapping[str, Any]], on: dt.date) -> Mapping[str, Any]:
    """What the catalogue says: the criteria as of the day of filing, other authorisations as of the act."""
    read = form_set(dossier.procedure).product
    filed_on = civil_date(dossier.filed_at) if dossier.filed_at else on
    product = read(dossier, answers, filed_on)
    if filed_on == on or "ma_since" not in product:
        return product
    today = read(dossier, answers, on)
    return {**product, **{name: today.get(name) for name in AS_OF_THE_ACT}}


def _open_request(dossier: Dossier) -> RequestFact | None:
    request = InformationRequest.objects.filter(dossier=dossier, closed_at=None).first()
    if request is None:
        return None
    return RequestFact(
        asked_at=request.asked_at,
        reply_by=request.reply_by,
        questions=request.questions,
        reminded_at=request.reminded_at,
    )


def _open_proposal(dossier: Dossier) -> ProposalFact | None:
    proposal = dossier.decisions.filter(signed_at=None, sent_back_at=None).first()
    if proposal is None:
        return None
    return ProposalFact(
        outcome=proposal.outcome,
        proposer_id=proposal.proposer_id,
        starts_on=proposal.starts_on,
        ends_on=proposal.ends_on,
    )


def _opinions(dossier: Dossier) -> tuple[OpinionFact, ...]:
    """Those given and those proposed; an opinion that another replaced says nothing any more."""
    if not procedure(dossier.procedure, dossier.workflow_version).consults:
        return ()
    rows = dossier.opinions.filter(dropped_at=None).values_list("body", "outcome", "proposer", "given_at")
    return tuple(OpinionFact(body, outcome, proposer, given_at) for body, outcome, proposer, given_at in rows)


def _findings(dossier: Dossier) -> dict[str, dict[str, str]]:
    if not procedure(dossier.procedure, dossier.workflow_version).consults:
        return {}
    found: dict[str, dict[str, str]] = {}
    for body, criterion, finding in dossier.findings.values_list("body", "criterion", "finding"):
        found.setdefault(body, {})[criterion] = finding
    return found


def _may_sign(procedure_code: str, actor: Actor, on: dt.date) -> bool:
    if actor.membership_id is None:
        return False
    return Delegation.in_force(actor.membership_id, procedure_code, on) is not None
