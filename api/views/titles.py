"""What was granted: lists, one title, and acts on it."""

from __future__ import annotations

from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import params
from api.errors import BadRequest
from api.etags import etag
from api.params import CURSOR, IDEMPOTENCY_KEY, IF_MATCH, SIZE
from api.problems import NOT_FOUND
from api.schema.operations import ETAG, Body, Query, operation
from api.schema.shapes import PROCEDURE
from api.shown import acts, titles
from api.views.acting import HOW, ActView
from api.views.base import ApiView
from api.views.transitions import payload_of
from dossiers.models import Title
from dossiers.policy import is_staff_side, titles_visible_to
from dossiers.queries import titles as queries
from dossiers.services import access, renunciations
from dossiers.services.errors import NotFound
from dossiers.services.move import move_title
from workflows.dates import civil_date
from workflows.registry import TITLE, all_procedures
from workflows.types import Actor, Reason

STATES: Final = [state.code for state in TITLE.states]
LONGEST_WAIT: Final = 3660

LIST: Final = (
    Query("procedure", PROCEDURE, _("Titles of this procedure only.")),
    Query("state", {"type": "array", "items": {"type": "string", "enum": STATES}}, _("May be given several times.")),
    Query(
        "expiring_within",
        {"type": "integer", "minimum": 0, "maximum": LONGEST_WAIT},
        _("Those whose last day comes within that many days; in force or suspended, unless `state` says otherwise."),
    ),
    Query("search", {"type": "string", "maxLength": params.LONGEST_TEXT}, _("A medicine, or a number.")),
    CURSOR,
    SIZE,
)


class Titles(ApiView):
    @operation(
        "titles_list",
        tag="titles",
        summary=_("The authorisations you may see, those that end first before the others"),
        answers={200: "TitlePage"},
        params=LIST,
    )
    def get(self, request: Request) -> Response:
        params.known_only(request, LIST)
        on = civil_date(timezone.now())
        page = queries.titles_page(
            self.actor, _filters(request), on, cursor=params.cursor(request), size=params.size(request)
        )
        staff = self.actor is not None and is_staff_side(self.actor)
        rows = [titles.row(one, staff=staff) for one in page.rows]
        return Response(params.listed(request, page, rows))


def _filters(request: Request) -> queries.TitleFilters:
    states = tuple(code for code in request.query_params.getlist("state") if code)
    if set(states) - set(STATES):
        raise BadRequest([Reason("parameter", _("There is no such state."), "state")])
    within = params.number(request, "expiring_within", least=0, most=LONGEST_WAIT)
    return queries.TitleFilters(
        text=params.text(request, "search"),
        states=states or (queries.LIVING if within is not None else ()),
        expiring=within,
        procedure=params.choice(request, "procedure", [one.code for one in all_procedures()]),
    )


def title_by(view: ApiView, number: str) -> tuple[Title, Actor]:
    """The title with the rows its page needs. Raises NotFound: absent and out of reach are told apart to nobody."""
    found = queries.title_for(view.actor, number)
    if found is None or view.actor is None:
        raise NotFound([NOT_FOUND])
    return found, view.actor


class OneTitle(ApiView):
    @operation(
        "titles_retrieve",
        tag="titles",
        summary=_("An authorisation: its period, what it said at each time, and what you may do now"),
        answers={200: "Title"},
        headers=(ETAG,),
    )
    def get(self, request: Request, number: str) -> Response:
        found, actor = title_by(self, number)
        at = timezone.now()
        access.record(dossier=found.dossier, actor=actor, what=f"title {found.number}", at=at)
        return Response(titles.title(found, actor, at), headers={"ETag": etag(found.version)})


class Transition(ActView):
    @operation(
        "titles_act",
        tag="titles",
        summary=_("Do an act on an authorisation: suspend, change, end"),
        about=HOW,
        answers={200: "Done"},
        body=Body("Payload", required=False),
        example={},
        params=(IF_MATCH, IDEMPOTENCY_KEY),
        headers=(ETAG,),
        problems=(409, 412, 422, 428),
    )
    def post(self, request: Request, number: str, name: str) -> Response:
        sent = self.sent(request, self._version(number))
        payload = payload_of(request)
        if name == renunciations.RENOUNCE:
            event = renunciations.give_up(number=number, payload=payload, **sent)
        else:
            event = move_title(number=number, transition=name, payload=payload, **sent)
        version = self._version(number)
        headers: dict[str, Any] = {"ETag": etag(version)} if version else {}
        return Response(acts.done(event, sent["actor"], title=number), headers=headers)

    def _version(self, number: str) -> int | None:
        return titles_visible_to(self.actor).filter(number=number).values_list("version", flat=True).first()
