"""Meetings of an advice: as lists, as planned, and the half-days among which one is chosen."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.conf import settings
from django.urls import reverse

from dossiers.models import Dossier, MinutesVersion, Routing
from dossiers.policy import may
from dossiers.queries.advice import advice_of
from dossiers.queries.answers import current_answers
from dossiers.queries.facts import facts_of
from dossiers.queries.meetings import Line, Offered, Planned, Week, planned_of, weeks_offered
from workflows import meetings
from workflows.dates import civil_date
from workflows.engine import choices
from workflows.meetings import Blackout, slots_from
from workflows.registry import procedure
from workflows.types import Actor

PLAN: Final = "plan_meeting"


def row(line: Line, *, staff: bool) -> dict[str, Any]:
    """Who is in charge is the staff's to know, as on screen."""
    meeting, lead = line.meeting, line.dossier.lead
    return {
        "dossier": line.dossier.reference,
        "organisation": line.dossier.organisation.name,
        "starts_at": meeting.starts_at,
        "place": meeting.place,
        "held_on": meeting.held_on,
        "cancelled": line.cancelled,
        "lead": lead.person.full_name if staff and lead else "",
        "expected": [
            {"what": str(one.what), "due_on": one.due_on, "done_on": one.done_on, "late": one.late}
            for one in line.expected
        ],
    }


def planning(dossier: Dossier, actor: Actor, at: dt.datetime) -> dict[str, Any]:
    """Who answers, the meeting, its minutes, and the half-days proposed for whoever may plan it now."""
    found, kept = planned_of(dossier), advice_of(dossier, {})
    participants = kept.meeting.participants if kept and kept.meeting else ""
    return {
        "orientation": _orientation(kept.routing) if kept and kept.routing else None,
        "meeting": {**_planned(dossier, found), "participants": participants} if found else None,
        "weeks": [_week(one) for one in _weeks(dossier, actor, at)],
        "minutes": [_minutes(one) for one in kept.minutes] if kept else [],
    }


def _orientation(one: Routing) -> dict[str, Any]:
    return {
        "desk": one.desk,
        "desk_label": one.get_desk_display() if one.desk else "",
        "redirected_to": (one.body_name or one.get_redirected_to_display()) if one.redirected_to else "",
        "reply": one.reply,
        "at": one.at,
    }


def _minutes(one: MinutesVersion) -> dict[str, Any]:
    """By side, as on screen: nobody's name."""
    return {
        "number": one.number,
        "text": one.text,
        "sha256": one.sha256,
        "at": one.at,
        "side": one.side,
        "side_label": one.get_side_display(),
        "agreements": [
            {"side": agreed.side, "side_label": agreed.get_side_display(), "at": agreed.at}
            for agreed in one.agreements.all()
        ],
    }


def _planned(dossier: Dossier, found: Planned) -> dict[str, Any]:
    meeting = found.meeting
    on = civil_date(meeting.starts_at)
    return {
        "starts_at": meeting.starts_at,
        "ends_at": meeting.starts_at + meetings.LENGTH,
        "place": meeting.place,
        "held_on": meeting.held_on,
        "cancelled": found.cancelled,
        "planned_at": found.changed_at,
        "sequence": found.sequence,
        "briefing_due_on": meetings.briefing_due(on),
        "briefing_sent_at": meeting.briefing_sent_at,
        "slides_due_on": meetings.slides_due(on),
        "slides_sent_at": meeting.slides_sent_at,
        "calendar": reverse("api:meeting_calendar", args=[dossier.reference]),
    }


def _weeks(dossier: Dossier, actor: Actor, at: dt.datetime) -> list[Week]:
    if not may(actor, "act", dossier).allowed:
        return []
    table = procedure(dossier.procedure, dossier.workflow_version)
    held = choices(table, facts_of(dossier, actor, at), actor, at)
    if all(one.transition is None or one.transition.name != PLAN for one in held):
        return []
    slots = slots_from((current_answers(dossier).get("meeting") or {}).get("slots"))
    blackout = Blackout.parse(settings.WORKFLOW_LIMITS["MEETING_BLACKOUT"])
    return weeks_offered(dossier, slots, actor, blackout=blackout, at=at)


def _week(one: Week) -> dict[str, Any]:
    return {
        "monday": one.monday,
        "closed": one.closed,
        "meetings": one.meetings,
        "half_days": [_half_day(offered) for offered in one.offered],
    }


def _half_day(one: Offered) -> dict[str, Any]:
    return {
        "day": one.slot.day,
        "half": one.slot.half,
        "label": str(one.slot),
        "starts_at": meetings.first_hour(one.slot),
        "problem": str(one.problem),
        "others": [{"dossier": other.dossier.reference, "starts_at": other.starts_at} for other in one.others],
    }
