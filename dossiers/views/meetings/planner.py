"""Choosing the half-day of a meeting among those proposed: /dossiers/<reference>/meeting/

The act itself is `plan_meeting`, judged by the engine on its own page: this one posts to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dossiers.queries.answers import current_answers
from dossiers.queries.meetings import PROCEDURE, Week, weeks_offered
from dossiers.services import access
from dossiers.views.shared.keys import new_key
from dossiers.views.shared.targets import dossier_target
from workflows import meetings
from workflows.dates import PARIS
from workflows.meetings import MORNING, Blackout, slots_from

ACT: Final = "plan_meeting"
HOURS: Final[dict[str, tuple[int, ...]]] = {MORNING: (9, 10, 11), meetings.AFTERNOON: (14, 15, 16)}
"""Hours offered in each half-day; any other one is typed on the page of the act."""


@dataclass(frozen=True)
class Hour:
    """`value`: as a browser gives a date and an hour; `taken`: another meeting that it runs into."""

    value: str
    label: str
    taken: str = ""


@dataclass(frozen=True)
class HalfDay:
    label: str
    hours: tuple[Hour, ...]


@require_safe
def meeting_plan(request: HttpRequest, reference: str) -> HttpResponse:
    """For whoever may plan the meeting of this file. Once it is planned the page says so and offers nothing."""
    target = dossier_target(request, reference)
    if target.dossier.procedure != PROCEDURE:
        raise PermissionDenied(_("This file has no meeting."))
    at = timezone.now()
    verdict = target.judge(ACT, target.facts(at), at)
    if verdict.outcome == "forbidden" or verdict.transition is None:
        raise PermissionDenied(str(verdict.reasons[0].message) if verdict.reasons else _("This is not possible now."))
    slots = slots_from((current_answers(target.dossier).get("meeting") or {}).get("slots"))
    blackout = Blackout.parse(settings.WORKFLOW_LIMITS["MEETING_BLACKOUT"])
    weeks = weeks_offered(target.dossier, slots, target.actor, blackout=blackout, at=at)
    access.record(dossier=target.dossier, actor=target.actor, what="meeting planner", at=at)
    context: dict[str, Any] = {
        "target": target,
        "dossier": target.dossier,
        "row": verdict.transition,
        "reasons": verdict.reasons,
        "weeks": weeks,
        "half_days": list(half_days(weeks)),
        "version": target.version,
        "key": new_key(),
    }
    return render(request, "dossiers/meetings/planner.html", context)


def half_days(weeks: Iterable[Week]) -> Iterator[HalfDay]:
    """What may still be chosen, hour by hour."""
    for offered in (one for week in weeks for one in week.offered if not one.problem):
        hours = []
        for hour in HOURS[offered.slot.half]:
            start = dt.datetime.combine(offered.slot.day, dt.time(hour), tzinfo=PARIS)
            near = (one for one in offered.others if abs(one.starts_at - start) < meetings.LENGTH)
            taken = ", ".join(one.dossier.reference for one in near)
            hours.append(Hour(start.strftime("%Y-%m-%dT%H:%M"), f"{hour}:00", taken))
        yield HalfDay(str(offered.slot), tuple(hours))
