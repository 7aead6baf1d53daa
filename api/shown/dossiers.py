"""A dossier, whole or as the row of a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from accounts.models import Organisation
from api.shown.acts import transitions
from api.shown.states import labels_of, state_for
from dossiers.models import Dossier
from dossiers.policy import is_staff_side, may, reads_proposals
from dossiers.queries import pages
from dossiers.queries.answers import last_submission, raw_answers
from dossiers.services.clocks import due
from workflows import roles
from workflows.dates import civil_date
from workflows.registry import procedure
from workflows.types import Actor


def row(found: Mapping[str, Any], *, staff: bool) -> dict[str, Any]:
    """From a row of `queries.listing`. Due dates and who leads are the staff's, as on screen."""
    table = procedure(found["procedure"])
    lead = f"{found['lead__person__first_name'] or ''} {found['lead__person__last_name'] or ''}".strip()
    return {
        "reference": found["reference"],
        "filing_number": found["filing_number"],
        "procedure": found["procedure"],
        "kind": found["kind"],
        "state": state_for(table, found["state"], staff=staff),
        "labels": labels_of(found["procedure"], None, found["kind"], found["state"], staff=staff),
        "urgent": found["urgent"],
        "subject": found["subject"],
        "product": found["product_label"],
        "organisation": found["organisation__name"],
        "filed_at": found["filed_at"],
        "changed_at": found["changed_at"],
        "decided_at": found["decided_at"],
        "due_on": found["due_on"] if staff else None,
        "reply_by": found["reply_by"],
        "lead": lead if staff else "",
    }


def organisation(found: Organisation) -> dict[str, Any]:
    return {"id": found.pk, "kind": found.kind, "name": found.name}


def dossier(found: Dossier, actor: Actor, at: dt.datetime) -> dict[str, Any]:
    """Everything this actor may read of it, but what has an address of its own (documents, letters, events)."""
    staff = is_staff_side(actor)
    number, answers = answers_for(found, actor)
    title = getattr(found, "title", None)
    return {
        "reference": found.reference,
        "filing_number": found.filing_number,
        "procedure": found.procedure,
        "procedure_version": found.workflow_version,
        "kind": found.kind,
        "state": state_for(procedure(found.procedure, found.workflow_version), found.state, staff=staff),
        "labels": labels_of(found.procedure, found.workflow_version, found.kind, found.state, staff=staff),
        "version": found.version,
        "urgent": found.urgent,
        "subject": found.subject,
        "product": found.product_label,
        "organisation": organisation(found.organisation),
        "parent": found.parent_title.number if found.parent_title else None,
        "created_at": found.created_at,
        "changed_at": found.changed_at,
        "filed_at": found.filed_at,
        "decided_at": found.decided_at,
        "submission": number,
        "answers": answers,
        "parties": _parties(found),
        "questions": _questions(found, at),
        "decisions": [_decision(one, staff=staff) for one in pages.decisions(found, staff=reads_proposals(actor))],
        "clock": _clock(found, at, staff=staff),
        "title": title
        and {"number": title.number, "state": title.state, "starts_on": title.starts_on, "ends_on": title.ends_on},
        "transitions": transitions(found, actor, at),
    }


def answers_for(found: Dossier, actor: Actor) -> tuple[int | None, Mapping[str, Any]]:
    """(submission, answers): what was last typed for whoever may change it, what was last signed for the others."""
    submission = last_submission(found)
    if submission is None or may(actor, "edit", found).allowed:
        return None, raw_answers(found)
    return submission.number, submission.answers


def _parties(found: Dossier) -> list[dict[str, str]]:
    return [
        {
            "role": one.role,
            "role_label": str(roles.LABELS[one.role]),
            **dict(zip(("name", "contact"), pages.party_name(one, found), strict=True)),
        }
        for one in found.parties.select_related("organisation", "membership__person").order_by("id")
    ]


def _questions(found: Dossier, at: dt.datetime) -> list[dict[str, Any]]:
    return [
        {
            "number": one.request.number,
            "asked_at": one.request.asked_at,
            "reply_by": one.request.reply_by,
            "open": one.is_open,
            "pairs": [
                {"id": key, "question": text, "answer": one.request.answers.get(key, "")}
                for key, text in one.request.questions.items()
            ],
        }
        for one in pages.questions_asked(found, civil_date(at))
    ]


def _decision(one: Any, *, staff: bool) -> dict[str, Any]:
    return {
        "number": one.number,
        "outcome": one.outcome,
        "reasons": one.reasons,
        "conditions": one.conditions,
        "starts_on": one.starts_on,
        "ends_on": one.ends_on,
        "automatic": one.automatic,
        "proposed_at": one.proposed_at if staff else None,
        "signed_at": one.signed_at,
        "signed_by": one.signatory_name,
    }


def _clock(found: Dossier, at: dt.datetime, *, staff: bool) -> dict[str, Any] | None:
    """The delay as it runs. An agency's own target binds nobody: applicants are given the law's delays only."""
    if found.filed_at is None:
        return None
    clock = due(found, at)
    is_law = procedure(found.procedure, found.workflow_version).clocks[0].length is not None
    if not staff and not is_law:
        return {"state": clock.state, "due_on": None, "explanation": ""}
    return {"state": clock.state, "due_on": clock.due_on, "explanation": "\n".join(map(str, clock.explanation))}
