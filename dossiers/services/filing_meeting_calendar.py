"""A pre-filing meeting for the calendars of those who come to it."""

from __future__ import annotations

import datetime as dt
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from dossiers.models import FilingMeeting
from workflows.dates import PARIS
from workflows.filing_meetings import HELD, PLANNED

LASTS: Final = dt.timedelta(hours=1)


def has_a_day(found: FilingMeeting) -> bool:
    """Whether there is something to write in a calendar."""
    return found.state in (PLANNED, HELD)


def as_calendar(found: FilingMeeting) -> bytes:
    """RFC 5545, in the active language: when and where, but neither the product nor a question, for a calendar is often
    shared. A later file of the same meeting replaces the earlier one."""
    event = Event()
    event.add("uid", f"{found.reference}@{urlsplit(settings.SITE_URL).hostname or 'localhost'}")
    event.add("dtstamp", found.changed_at.astimezone(dt.UTC))
    event.add("sequence", found.version)
    event.add("summary", _("Pre-filing meeting with HAS, %(reference)s") % {"reference": found.reference})
    if found.starts_at is not None and found.meets_on is not None:
        starts = dt.datetime.combine(found.meets_on, found.starts_at, PARIS).astimezone(dt.UTC)
        event.add("dtstart", starts)
        event.add("dtend", starts + LASTS)
        event.add("location", " ".join(found.place.split()))
    elif found.meets_on is not None:
        event.add("dtstart", found.meets_on)
        event.add("dtend", found.meets_on + dt.timedelta(days=1))
    event.add("url", f"{settings.SITE_URL}{reverse('dossiers:filing_meeting', args=[found.reference])}")
    calendar = Calendar()
    calendar.add("prodid", "-//earlyaccess//filing-meetings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
