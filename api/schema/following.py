"""The shapes of what follows a grant, and of who examines: obligations, comments, assignments, recusals, tasks."""

from __future__ import annotations

from typing import Final

from api.schema.shapes import (
    DAY,
    FLAG,
    INSTANT,
    INTEGER,
    ORGANISATION,
    ROLE,
    TEXT,
    Shape,
    closed,
    many,
    or_null,
    page_of,
)
from api.schema.shapes import reference_to as ref
from dossiers.models import Obligation
from dossiers.queries.comments import INTENTIONS

KIND: Final[Shape] = {"type": "string", "enum": list(Obligation.Kind.values)}
OWED_BY: Final[Shape] = {"type": "string", "enum": list(Obligation.OwedBy.values)}
OBLIGATION_ACTS: Final = ("done", "cancel", "reopen")
COMMENT_ACTS: Final = ("answer", "give_up")
COMMENT_STATES: Final = ("awaited", "late", "answered", "closed")

_OFFICER: Final = closed(membership=INTEGER, name=TEXT)
_ANSWERS: Final[Shape] = {
    "type": "object",
    "description": "{number of the question: text}.",
    "additionalProperties": TEXT,
}

FOLLOWING: Final[dict[str, Shape]] = {
    "Obligation": closed(
        id=INTEGER,
        title=TEXT,
        kind=KIND,
        owed_by=OWED_BY,
        holder=or_null(ORGANISATION),
        labels=closed(kind=TEXT, owed_by=TEXT, state=TEXT),
        text=TEXT,
        law=TEXT,
        due_on=DAY,
        every_months=or_null(INTEGER),
        state={"type": "string", "enum": list(Obligation.State.values)},
        days_left=or_null({**INTEGER, "description": "Negative once late; null when it is no longer to do."}),
        created_at=INSTANT,
        done_on=or_null(DAY),
        done_by=TEXT,
        proof=TEXT,
        document=or_null({**INTEGER, "description": "The document that shows it: GET documents/{id}/."}),
        sent_back={**TEXT, "description": "Why it is to be done again."},
        given_up={**TEXT, "description": "Why it was cancelled; empty when it ended with its title."},
        acts=many({"type": "string", "enum": list(OBLIGATION_ACTS), "description": "What you may do now."}),
    ),
    "Obligations": page_of(ref("Obligation")),
    "ObligationRow": closed(
        id=INTEGER,
        title=TEXT,
        kind=KIND,
        owed_by=OWED_BY,
        text=TEXT,
        due_on=DAY,
        days_left={**INTEGER, "description": "Negative once late."},
        every_months=or_null(INTEGER),
        organisation={**TEXT, "description": "The organisation that owes it, or that the agency owes it for."},
        product=TEXT,
        subject=TEXT,
    ),
    "ObligationPage": page_of(ref("ObligationRow")),
    "Comment": closed(
        intended={"type": "string", "enum": list(INTENTIONS)},
        intended_label=TEXT,
        grounds=TEXT,
        invited_at=INSTANT,
        invited_by=TEXT,
        reply_by=DAY,
        state={"type": "string", "enum": list(COMMENT_STATES)},
        comments={**TEXT, "description": "All that you may read of the answers."},
        answered_at={
            **or_null(INSTANT),
            "description": "When your organisation answered; for an agency, when each of the holders had.",
        },
        answered_by=TEXT,
        answers=many(closed(organisation=TEXT, comments=TEXT, at=INSTANT)),
        closed_at=or_null(INSTANT),
        acts=many({"type": "string", "enum": list(COMMENT_ACTS), "description": "What you may do now."}),
    ),
    "Comments": page_of(ref("Comment")),
    "Assignment": closed(
        officer=or_null(_OFFICER),
        since=or_null(INSTANT),
        candidates=many({**_OFFICER, "description": "Who may be given it, for whoever may give it."}),
    ),
    "Recusal": closed(name=TEXT, reason=TEXT, at=INSTANT),
    "Recusals": page_of(ref("Recusal")),
    "Reminder": closed(request=INTEGER, reminded_at=INSTANT, reply_by=DAY),
    "Task": closed(id=INTEGER, kind=TEXT, role=ROLE, created_at=INSTANT, done=FLAG, done_at=or_null(INSTANT)),
    "Tasks": page_of(ref("Task")),
    "Reply": closed(request=or_null(INTEGER), questions=_ANSWERS, answers=_ANSWERS),
}
