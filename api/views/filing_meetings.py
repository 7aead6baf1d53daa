"""Pre-filing meetings: asked for by a company, answered by HAS, with ANSM where it takes part."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api import params
from api.errors import NotReady
from api.etags import etag, if_match
from api.filing_meetings import ASKED, cleaned, written
from api.params import CURSOR, IDEMPOTENCY_KEY, IF_MATCH, SIZE
from api.problems import NOT_FOUND
from api.schema.operations import ETAG, LOCATION, Body, Query, operation
from api.shown import filing_meetings as shown
from api.views.acting import ActView
from api.views.base import ApiView, body_of
from api.views.dossiers import acting
from api.views.meetings import CALENDAR, AsCalendar
from api.views.transitions import payload_of
from dossiers.models import FilingMeeting
from dossiers.policy import asks_for_meetings, may_step
from dossiers.queries import filing_meetings as queries
from dossiers.services import filing_meetings as services
from dossiers.services.errors import Blocked, NotFound
from dossiers.services.filing_meeting_calendar import as_calendar, has_a_day
from workflows.dates import civil_date
from workflows.filing_meetings import STEPS
from workflows.types import Actor, Reason

LIST: Final = (
    Query("when", {"type": "string", "enum": list(queries.WHEN)}, _("Those that are not over, or those that are.")),
    CURSOR,
    SIZE,
)
NEW: Final = {
    "product": "DEMOLIZINE",
    "indication": "Maladie d'Exemple avancée, après échec d'un traitement",
    "questions": "Le comparateur de l'essai convient-il ?",
}
HOW: Final = _(
    "If-Match carries the version that the decision rests on: sent again, an act that is done is refused (412) and not "
    "done twice. `transitions` of the meeting lists those of your role, with what each asks. A refusal (422) gives "
    "every reason at once."
)


def meeting_by(view: ApiView, reference: str) -> tuple[FilingMeeting, Actor]:
    """Raises NotFound: absent and out of reach are told apart to nobody."""
    found = queries.meeting_for(view.actor, reference)
    if found is None or view.actor is None:
        raise NotFound([NOT_FOUND])
    return found, view.actor


def whole(view: ApiView, reference: str, *, status: int = 200) -> Response:
    """The meeting as its reader sees it now. Raises NotFound."""
    found, actor = meeting_by(view, reference)
    body = shown.meeting(found, actor, civil_date(timezone.now()))
    return Response(body, status=status, headers={"ETag": etag(found.version)})


class FilingMeetings(ApiView):
    @operation(
        "filing_meetings_list",
        tag="filing_meetings",
        summary=_("The pre-filing meetings you may see, the one that changed last first"),
        about=_("A company's own; once sent, all of them for HAS; for ANSM those in which it takes part."),
        answers={200: "FilingMeetingPage"},
        params=LIST,
    )
    def get(self, request: Request) -> Response:
        params.known_only(request, LIST)
        page, lines = queries.meetings_page(
            self.actor,
            civil_date(timezone.now()),
            when=params.choice(request, "when", queries.WHEN),
            cursor=params.cursor(request),
            size=params.size(request),
        )
        return Response(params.listed(request, page, [shown.row(one.row, mine=one.mine) for one in lines]))

    @operation(
        "filing_meetings_create",
        tag="filing_meetings",
        summary=_("Prepare a request for a meeting before filing an early access"),
        about=_("It may be incomplete: the transition `ask` sends it and says what lacks. HAS sees nothing before."),
        answers={201: "FilingMeeting"},
        body=Body("NewFilingMeeting"),
        example=NEW,
        params=(IDEMPOTENCY_KEY,),
        headers=(ETAG, LOCATION),
        problems=(409, 422),
    )
    def post(self, request: Request) -> Response:
        actor = acting(self)
        given = dict(body_of(request))
        what, faults = written({name: value for name, value in given.items() if name != "dossier"})
        dossier = given.get("dossier") or ""
        if not isinstance(dossier, str):
            faults += (Reason("type", _("Write a text here."), "dossier"),)
        if faults and asks_for_meetings(actor):
            raise Blocked(faults)
        # Whoever may not ask is told so by the service, however they write.
        key = params.idempotency_key(request)
        made = services.begin(given=what, dossier=str(dossier), actor=actor, key=key, at=timezone.now())
        answer = whole(self, made.reference, status=201)
        answer["Location"] = reverse("api:filing_meeting", args=[made.reference])
        return answer


class OneFilingMeeting(ApiView):
    @operation(
        "filing_meetings_retrieve",
        tag="filing_meetings",
        summary=_("A meeting: its request, days, minutes and history, and what you may do now"),
        answers={200: "FilingMeeting"},
        headers=(ETAG,),
    )
    def get(self, request: Request, meeting: str) -> Response:
        return whole(self, meeting)

    @operation(
        "filing_meetings_write",
        tag="filing_meetings",
        summary=_("Go on writing a request that is not sent"),
        about=_("What is given replaces what was there, null empties, the rest stays."),
        answers={200: "FilingMeeting"},
        body=Body("FilingMeetingWritten"),
        example=NEW,
        params=(IF_MATCH,),
        headers=(ETAG,),
        problems=(409, 412, 422, 428),
    )
    def patch(self, request: Request, meeting: str) -> Response:
        found, actor = meeting_by(self, meeting)
        version = if_match(request, present=found.version)
        _take(found, actor, "write", version, *written(body_of(request)))
        return whole(self, meeting)


class Step(ActView):
    @operation(
        "filing_meetings_act",
        tag="filing_meetings",
        summary=_("Take a step: send, plan, offer other days, choose, hold, decline, link the request that came of it"),
        about=HOW,
        answers={200: "FilingMeeting"},
        body=Body("Payload", required=False),
        example={},
        params=(IF_MATCH,),
        headers=(ETAG,),
        problems=(409, 412, 422, 428),
    )
    def post(self, request: Request, meeting: str, name: str) -> Response:
        found, actor = meeting_by(self, meeting)
        if name not in ASKED:
            raise NotFound([NOT_FOUND])
        version = if_match(request, present=found.version)
        given = payload_of(request)
        _take(found, actor, name, version, *(written(given) if name == "ask" else cleaned(ASKED[name], given)))
        return whole(self, meeting)


def _take(
    found: FilingMeeting,
    actor: Actor,
    step: str,
    version: int | None,
    what: dict[str, Any],
    faults: tuple[Reason, ...],
) -> None:
    """Whoever may not take this step, or not now, is told so by the service, however they write."""
    if faults and may_step(actor, step).allowed and found.state in STEPS[step].sources:
        raise Blocked(faults)
    services.take(reference=found.reference, step=step, given=what, version=version, actor=actor, at=timezone.now())


class CalendarFile(ApiView):
    renderer_classes = (AsCalendar, JSONRenderer)

    @operation(
        "filing_meetings_calendar",
        tag="filing_meetings",
        summary=_("The meeting for one's own calendar, once a day is agreed on"),
        about=_("When and where; neither the product nor a question. A later file replaces the earlier one."),
        answers={},
        binary={200: {CALENDAR: {"type": "string"}}},
        problems=(409,),
    )
    def get(self, request: Request, meeting: str) -> HttpResponse:
        found, _actor = meeting_by(self, meeting)
        if not has_a_day(found):
            raise NotReady([Reason("no_day_yet", _("No day is agreed on: there is no calendar file."))], soon=False)
        headers = {
            "Content-Disposition": f'attachment; filename="{found.reference}.ics"',
            "Cache-Control": "private, no-store",
        }
        return HttpResponse(as_calendar(found), content_type=f"{CALENDAR}; charset=utf-8", headers=headers)
