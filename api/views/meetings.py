"""Meetings of advice requests: what comes and what it needs, and the half-days among which one is chosen.

They are planned, held and agreed upon by transitions of their dossier.
"""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api import params
from api.errors import BadRequest, NotReady
from api.etags import etag
from api.params import whole
from api.schema.operations import ETAG, Query, operation
from api.shown import meetings as shown
from api.views.base import ApiView
from api.views.dossiers import found_by
from dossiers.policy import is_staff_side
from dossiers.queries.meetings import of_the_month, planned_of, to_follow
from dossiers.services import access
from dossiers.views.meetings.calendar_file import CONTENT_TYPE, as_calendar
from dossiers.views.meetings.lists import month_typed
from workflows.types import Reason

CALENDAR: Final = "text/calendar"
LIST: Final = (
    Query(
        "month",
        {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"},
        _("Those of a month, such as 2026-09; left out, those to come and those whose minutes are not agreed."),
    ),
)


class AsCalendar(BaseRenderer):
    """For the negotiation alone: the file is written by the view."""

    media_type = CALENDAR
    charset = None

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> Any:
        return data


class Meetings(ApiView):
    @operation(
        "meetings_list",
        tag="meetings",
        summary=_("Meetings of advice requests that you may see, the soonest first, with what each needs"),
        answers={200: "Meetings"},
        params=LIST,
    )
    def get(self, request: Request) -> Response:
        params.known_only(request, LIST)
        typed, at = params.text(request, "month"), timezone.now()
        month = month_typed(typed) if typed else None
        if typed and month is None:
            raise BadRequest([Reason("parameter", _("Write a month as 2026-09."), "month")])
        if self.actor is None:
            return Response(whole([]))
        found = of_the_month(self.actor, month, at) if month else to_follow(self.actor, at)
        staff = is_staff_side(self.actor)
        return Response(whole([shown.row(one, staff=staff) for one in found]))


class Planning(ApiView):
    @operation(
        "dossiers_meeting",
        tag="meetings",
        summary=_("The meeting of a dossier and its minutes; for whoever may plan it, the half-days proposed"),
        about=_(
            "`meeting` is null when none was planned: it is planned by the transition `plan_meeting`. `minutes` are "
            "what `agree_minutes` agrees to."
        ),
        answers={200: "Planning"},
        headers=(ETAG,),
    )
    def get(self, request: Request, reference: str) -> Response:
        found, actor = found_by(self, reference)
        at = timezone.now()
        access.record(dossier=found, actor=actor, what="meeting", at=at)
        return Response(shown.planning(found, actor, at), headers={"ETag": etag(found.version)})


class MeetingCalendar(ApiView):
    renderer_classes = (AsCalendar, JSONRenderer)

    @operation(
        "dossiers_meeting_calendar",
        tag="meetings",
        summary=_("The meeting of a dossier as a file for a calendar: neither the product nor the question is in it"),
        about=_("RFC 5545. Opened again after a change, it moves or removes the meeting."),
        answers={},
        binary={200: {CALENDAR: {"type": "string"}}},
        problems=(409,),
    )
    def get(self, request: Request, reference: str) -> HttpResponseBase:
        found, actor = found_by(self, reference)
        planned = planned_of(found)
        if planned is None:
            raise NotReady(
                [Reason("no_meeting", _("No meeting is planned: there is no file to put in a calendar."))], soon=False
            )
        access.record(dossier=found, actor=actor, what="meeting calendar file", at=timezone.now())
        headers = {
            "Content-Disposition": f'attachment; filename="{reference}.ics"',
            "Cache-Control": "private, no-store",
        }
        return HttpResponse(as_calendar(found, planned), content_type=CONTENT_TYPE, headers=headers)
