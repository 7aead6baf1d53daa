"""My deadlines in my own calendar: the page that makes and revokes the address, and the address itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from icalendar import Calendar, Event

from accounts.actors import actor_for
from accounts.models import Membership
from dossiers.queries.deadlines import Deadline, deadlines
from notifications import calendars
from workflows.dates import civil_date
from workflows.types import Text

WORDS: Final[dict[str, Text]] = {
    "last_day": gettext_lazy("last day"),
    "obligation": gettext_lazy("obligation due"),
    "continuity": gettext_lazy("last day of the continuity of treatment"),
    "reply_by": gettext_lazy("last day to answer"),
    "due": gettext_lazy("due date"),
    "meeting": gettext_lazy("pre-filing meeting"),
    "briefing": gettext_lazy("briefing document to send"),
    "slides": gettext_lazy("slides to send"),
}
READ_AGAIN_EVERY: Final = dt.timedelta(hours=6)


@login_not_required
@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar behind a secret address: no session, no account, nothing written."""
    at = timezone.now()
    membership = calendars.feed_of(secret=secret, at=at)
    if membership is None:
        raise Http404
    found = deadlines(actor_for(membership), civil_date(at))
    with translation.override(membership.person.language):
        body = as_calendar(found)
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, no-cache"
    # The address is the secret: nothing that is opened from here may be told of it.
    response["Referrer-Policy"] = "no-referrer"
    response["Content-Disposition"] = 'inline; filename="early-access.ics"'
    return response


def as_calendar(found: Iterable[Deadline]) -> bytes:
    """RFC 5545, in the active language. The same deadlines give the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", "-//earlyaccess//deadlines//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", _("Early access: my deadlines"))
    calendar.add("refresh-interval", READ_AGAIN_EVERY, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    for one in found:
        calendar.add_component(_event(one))
    return bytes(calendar.to_ical())


def _event(one: Deadline) -> Event:
    """A whole day, that leaves the person free: it is a date to remember, not a meeting."""
    event = Event()
    event.add("uid", f"{one.key}@{urlsplit(settings.SITE_URL).hostname or 'localhost'}")
    event.add("dtstamp", one.changed_at.astimezone(dt.UTC))
    event.add("last-modified", one.changed_at.astimezone(dt.UTC))
    event.add("dtstart", one.day)
    event.add("dtend", one.day + dt.timedelta(days=1))
    event.add("summary", f"{one.reference}: {WORDS[one.kind]}")
    event.add("url", f"{settings.SITE_URL}{one.path}")
    event.add("transp", "TRANSPARENT")
    return event


# ------------------------------------------------------------------------------------------------- the page


@never_cache
@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    """Explains, makes, shows once, revokes. It is about the role under which one acts now."""
    membership: Membership | None = getattr(request, "membership", None)
    if request.method == "POST":
        if membership is None:
            raise PermissionDenied(_("Choose the role under which you act."))
        if request.POST.get("act") == "revoke":
            return _revoke(request, membership)
        secret = calendars.open_feed(membership=membership, at=timezone.now())
        return _page(request, membership, f"{settings.SITE_URL}{reverse('dossiers:calendar_feed', args=[secret])}")
    return _page(request, membership, "")


def _revoke(request: HttpRequest, membership: Membership) -> HttpResponse:
    if calendars.revoke(membership=membership, at=timezone.now()):
        messages.success(request, _("The address no longer works. You can make another."))
    return redirect("dossiers:calendar")


def _page(request: HttpRequest, membership: Membership | None, address: str) -> HttpResponse:
    context = {
        "membership": membership,
        "address": address,
        "present": calendars.present_feed(membership=membership) if membership else None,
    }
    return render(request, "dossiers/shared/calendar.html", context)
