"""A meeting in the calendar of those who go to it: /dossiers/<reference>/meeting.ics"""

from __future__ import annotations

import datetime as dt
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from icalendar import Calendar, Event

from dossiers.models import Dossier
from dossiers.paths import dossier_path
from dossiers.queries.meetings import Planned, planned_of
from dossiers.services import access
from dossiers.views.applicant.common import acting, find_dossier
from workflows import meetings
from workflows.dates import civil_date, say

CONTENT_TYPE: Final = "text/calendar; charset=utf-8"


@require_safe
def meeting_ics(request: HttpRequest, reference: str) -> HttpResponse:
    """For whoever reads the file, in their language. Opened again after a change, it moves or removes the meeting."""
    dossier = find_dossier(request, reference)
    planned = planned_of(dossier)
    if planned is None:
        raise Http404
    access.record(dossier=dossier, actor=acting(request), what="meeting calendar file", at=timezone.now())
    response = HttpResponse(as_calendar(dossier, planned), content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{reference}.ics"'
    response["Cache-Control"] = "private, no-store"
    return response


def as_calendar(dossier: Dossier, planned: Planned) -> bytes:
    """RFC 5545, in the active language; the same meeting gives the same bytes. Its `UID` never changes: a calendar that
    has the meeting already takes the change in. No alarm: each person has their own habits."""
    calendar = Calendar()
    calendar.add("prodid", "-//earlyaccess//meeting//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "CANCEL" if planned.cancelled else "PUBLISH")
    calendar.add_component(_event(dossier, planned))
    return bytes(calendar.to_ical())


def _event(dossier: Dossier, planned: Planned) -> Event:
    """Neither the product nor the question: a calendar is shared with colleagues, and kept by others."""
    starts_at = planned.meeting.starts_at.astimezone(dt.UTC)
    event = Event()
    event.add("uid", f"meeting-{dossier.reference}@{urlsplit(settings.SITE_URL).hostname or 'localhost'}")
    event.add("sequence", planned.sequence)
    event.add("dtstamp", planned.changed_at.astimezone(dt.UTC))
    event.add("last-modified", planned.changed_at.astimezone(dt.UTC))
    event.add("dtstart", starts_at)
    event.add("dtend", starts_at + meetings.LENGTH)
    event.add("summary", _("%(reference)s: meeting with ANSM") % {"reference": dossier.reference})
    event.add("status", "CANCELLED" if planned.cancelled else "CONFIRMED")
    event.add("location", planned.meeting.place)
    event.add("description", _needs(planned))
    event.add("url", f"{settings.SITE_URL.rstrip('/')}{dossier_path(dossier.reference)}")
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT" if planned.cancelled else "OPAQUE")
    return event


def _needs(planned: Planned) -> str:
    if planned.cancelled:
        return _("The request was withdrawn: this meeting will not be held.")
    meeting_on = civil_date(planned.meeting.starts_at)
    due = {"briefing": say(meetings.briefing_due(meeting_on)), "slides": say(meetings.slides_due(meeting_on))}
    return _("Briefing document due by %(briefing)s, slides by %(slides)s.") % due
