"""A pre-filing meeting, whole or as the row of a list, as its reader may know it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.urls import reverse

from api.filing_meetings import ASKED, schema_of
from api.shown.dossiers import organisation
from dossiers.models import FilingMeeting
from dossiers.queries import filing_meetings as queries
from dossiers.services.filing_meeting_calendar import has_a_day
from workflows.filing_meetings import STATES, Step
from workflows.types import Actor

AS_THEY_ARE = (
    "version", "created_at", "product", "indication", "pathway", "questions", "language", "mode", "attendees",
    "files_on", "days", "days_by", "place", "held_on", "minutes", "reason",
)  # fmt: skip


def row(found: FilingMeeting, *, mine: bool) -> dict[str, Any]:
    return {
        "reference": found.reference,
        "state": found.state,
        "state_label": str(STATES[found.state]),
        "organisation": organisation(found.organisation),
        "product_label": queries.product_of(found),
        "your_turn": mine,
        "changed_at": found.changed_at,
        "asked_at": found.asked_at,
        "meets_on": found.meets_on,
        "starts_at": f"{found.starts_at:%H:%M}" if found.starts_at else None,
    }


def meeting(found: FilingMeeting, actor: Actor, on: dt.date) -> dict[str, Any]:
    """Everything this actor may read of it, and what they may do now."""
    steps = queries.steps_for(found, actor, on)
    linked = queries.request_of(found, actor)
    return {
        **row(found, mine=queries.is_turn_of(found, actor, on)),
        **{name: getattr(found, name) for name in AS_THEY_ARE},
        "medicine": found.medicine_id,
        "dossier": linked.reference if linked else None,
        "calendar": reverse("api:filing_meeting_calendar", args=[found.reference]) if has_a_day(found) else None,
        "editable": any(one.name == "write" for one in steps),
        "history": [
            {"label": str(one.what), "by": one.who, "at": one.at, "words": one.words, "days": one.days}
            for one in queries.history(found, actor)
        ],
        "transitions": [_step(one, found, actor, on) for one in steps if one.name in ASKED],
    }


def _step(one: Step, found: FilingMeeting, actor: Actor, on: dt.date) -> dict[str, Any]:
    schema = schema_of(one.name, found, actor, on)
    return {"name": one.name, "label": str(one.label), "allowed": True, "reasons": [], "payload_schema": schema}
