"""What follows a grant, and who examines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from api.shown.dossiers import organisation
from dossiers.models import Dossier, Obligation, Recusal, Task, Title
from dossiers.policy import attachments_visible_to, may
from dossiers.queries import pages
from dossiers.queries.comments import Comments, Invitation
from dossiers.queries.obligations import Shown, obligations_of
from workflows.dates import civil_date
from workflows.types import Actor


def obligations(title: Title, actor: Actor, on: dt.date) -> list[dict[str, Any]]:
    """What is to do, late ones first, then what is closed, latest first."""
    found = obligations_of(title, actor, on)
    shown = [*found.to_do, *found.closed]
    proofs = [one.row.document_id for one in shown if one.row.document_id]
    readable = set(attachments_visible_to(actor).filter(pk__in=proofs).values_list("pk", flat=True))
    return [_obligation(one, title.number, readable) for one in shown]


def _obligation(shown: Shown, number: str, readable: set[int]) -> dict[str, Any]:
    row = shown.row
    acts = {"done": shown.may_do, "cancel": shown.may_cancel, "reopen": shown.may_reopen}
    return {
        "id": row.pk,
        "title": number,
        "kind": row.kind,
        "owed_by": row.owed_by,
        "holder": organisation(row.holder) if row.holder else None,
        "labels": {
            "kind": row.get_kind_display(),
            "owed_by": row.get_owed_by_display(),
            "state": row.get_state_display(),
        },
        "text": row.text,
        "law": row.law,
        "due_on": row.due_on,
        "every_months": row.every_months,
        "state": row.state,
        "days_left": shown.days if row.state == Obligation.State.OPEN else None,
        "created_at": row.created_at,
        "done_on": row.done_on,
        "done_by": shown.by,
        "proof": row.proof,
        "document": row.document_id if row.document_id in readable else None,
        "sent_back": shown.sent_back,
        "given_up": shown.given_up,
        "acts": [name for name, allowed in acts.items() if allowed],
    }


def obligation_row(found: Mapping[str, Any], on: dt.date) -> dict[str, Any]:
    """From a row of `queries.obligations.obligations_page`."""
    return {
        "id": found["id"],
        "title": found["title__number"],
        "kind": found["kind"],
        "owed_by": found["owed_by"],
        "text": found["text"],
        "due_on": found["due_on"],
        "days_left": (found["due_on"] - on).days,
        "every_months": found["every_months"],
        "organisation": found["holder__name"] or found["title__organisation__name"],
        "product": found["title__dossier__product_label"],
        "subject": found["title__dossier__subject"],
    }


def comments(found: Comments) -> list[dict[str, Any]]:
    """The open invitation, if any, then the closed ones, latest first."""
    acts = {"answer": found.may_answer, "give_up": found.may_give_up}
    offered = [name for name, allowed in acts.items() if allowed]
    first = [_comment(found.open, offered)] if found.open else []
    return [*first, *(_comment(one, []) for one in found.past)]


def _comment(one: Invitation, acts: list[str]) -> dict[str, Any]:
    states = {"closed": one.closed_at, "answered": one.answered_at, "late": one.late, "awaited": True}
    return {
        "intended": one.intended,
        "intended_label": str(one.words),
        "grounds": one.grounds,
        "invited_at": one.invited_at,
        "invited_by": one.invited_by,
        "reply_by": one.reply_by,
        "state": next(state for state, holds in states.items() if holds),
        "comments": "\n\n".join(said.text for said in one.answers),
        "answered_at": one.answered_at,
        "answered_by": ", ".join(said.given_by_name for said in one.answers),
        "answers": [
            {"organisation": said.organisation.name, "comments": said.text, "at": said.given_at} for said in one.answers
        ],
        "closed_at": one.closed_at,
        "acts": acts,
    }


def assignment(found: Dossier, actor: Actor, at: dt.datetime) -> dict[str, Any]:
    """Who is in charge; for whoever may give the dossier to another, to whom."""
    lead = found.lead
    now = found.assignments.filter(until=None).first() if lead else None
    may_assign = may(actor, "assign", found).allowed
    candidates = pages.assessors(found, civil_date(at)) if may_assign else []
    return {
        "officer": {"membership": lead.pk, "name": lead.person.full_name} if lead else None,
        "since": now.since if now else None,
        "candidates": [{"membership": key, "name": name} for key, name in candidates],
    }


def recusal(one: Recusal) -> dict[str, Any]:
    return {"name": one.person.full_name, "reason": one.reason, "at": one.at}


def task(one: Task) -> dict[str, Any]:
    return {
        "id": one.pk,
        "kind": one.kind,
        "role": one.role,
        "created_at": one.created_at,
        "done": one.done_at is not None,
        "done_at": one.done_at,
    }
