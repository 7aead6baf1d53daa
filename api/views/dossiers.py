"""Dossiers: listed, begun, read, and their timeline."""

from __future__ import annotations

from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import params
from api.errors import BadRequest
from api.etags import etag
from api.params import CURSOR, IDEMPOTENCY_KEY, SIZE
from api.problems import NOT_FOUND
from api.schema.operations import ETAG, LOCATION, Body, Query, operation
from api.schema.shapes import PROCEDURE, STATE
from api.shown import acts, dossiers
from api.shown.states import states_behind
from api.views.base import ApiView, body_of
from dossiers.models import Dossier
from dossiers.policy import is_staff_side
from dossiers.queries import listing, pages
from dossiers.queries.timeline import timeline
from dossiers.queries.worklists import Filters
from dossiers.services import access
from dossiers.services.drafts import create_draft
from dossiers.services.errors import Blocked, Forbidden, NotFound
from workflows.registry import all_procedures
from workflows.types import Actor, Reason

LIST: Final = (
    Query("procedure", PROCEDURE, _("Dossiers of this procedure only.")),
    Query("state", {"type": "array", "items": STATE}, _("In this state; may be given several times.")),
    Query("assigned", {"type": "string", "enum": ["me"]}, _("`me`: open dossiers that you are in charge of.")),
    Query("overdue", {"type": "boolean"}, _("Open dossiers whose target date has passed; none but for agencies.")),
    Query("search", {"type": "string", "maxLength": params.LONGEST_TEXT}, _("Words, or a reference.")),
    Query(
        "ordering",
        {"type": "string", "enum": sorted(listing.ORDERINGS)},
        _("In which order. A dossier without that date is left out of the list."),
    ),
    CURSOR,
    SIZE,
)


_FIRST: Final = all_procedures()[0]
NEW: Final = {"procedure": _FIRST.code, "kind": _FIRST.kinds[0][0], "answers": {}}


def acting(view: ApiView) -> Actor:
    """The actor, or Forbidden for somebody of no organisation, who may do nothing here."""
    if view.actor is None:
        raise Forbidden([Reason("no_membership", _("Choose the role under which you act."))])
    return view.actor


def found_by(view: ApiView, reference: str) -> tuple[Dossier, Actor]:
    """The dossier with the rows its page needs. Raises NotFound: absent and out of reach are told apart to nobody."""
    found = pages.dossier_for(view.actor, reference)
    if found is None or view.actor is None:
        raise NotFound([NOT_FOUND])
    return found, view.actor


class Dossiers(ApiView):
    @operation(
        "dossiers_list",
        tag="dossiers",
        summary=_("The dossiers you may see, page by page"),
        answers={200: "DossierPage"},
        params=LIST,
    )
    def get(self, request: Request) -> Response:
        params.known_only(request, LIST)
        at = timezone.now()
        staff = self.actor is not None and is_staff_side(self.actor)
        page = listing.dossiers_page(
            self.actor, _asked(request, staff=staff), at, cursor=params.cursor(request), size=params.size(request)
        )
        rows = [dossiers.row(one, staff=staff) for one in page.rows]
        return Response(params.listed(request, page, rows))

    @operation(
        "dossiers_create",
        tag="dossiers",
        summary=_("Begin a dossier: a draft of your organisation"),
        about=_(
            "The answers may be incomplete or wrong: a draft keeps them, and strictness waits for the signature. "
            "`parent` pre-fills a renewal from what was granted."
        ),
        answers={201: "Dossier"},
        body=Body("NewDossier"),
        example=NEW,
        params=(IDEMPOTENCY_KEY,),
        headers=(ETAG, LOCATION),
        problems=(404, 409, 422),
    )
    def post(self, request: Request) -> Response:
        given = body_of(request, {"procedure": str, "kind": str, "answers": dict, "parent": (str, type(None))})
        missing = [name for name in ("procedure", "kind") if name not in given]
        if missing:
            message = _("Fill in this field: it is needed for this act.")
            raise BadRequest([Reason("required", message, name) for name in missing])
        if given["procedure"] not in {one.code for one in all_procedures()}:
            raise Blocked([Reason("procedure", _("There is no such procedure."), "procedure")])
        made = create_draft(
            procedure=given["procedure"],
            kind=given["kind"],
            actor=acting(self),
            answers=sections_of(given.get("answers", {})),
            parent=given.get("parent") or None,
            key=params.idempotency_key(request),
            at=timezone.now(),
        )
        found, actor = found_by(self, made.reference)
        body = dossiers.dossier(found, actor, timezone.now())
        headers = {"ETag": etag(found.version), "Location": reverse("api:dossier", args=[found.reference])}
        return Response(body, status=201, headers=headers)


def sections_of(answers: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Answers as {section: {field: value}}. Raises Blocked naming each section that is no object."""
    wrong = [section for section, data in answers.items() if not isinstance(data, dict)]
    if wrong:
        message = _("A section is an object: {field: value}.")
        raise Blocked([Reason("type", message, section[:100]) for section in wrong])
    return answers


def _asked(request: Request, *, staff: bool) -> listing.Asked:
    codes = {one.code for one in all_procedures()}
    states: set[str] = set()
    for code in request.query_params.getlist("state"):
        if code not in STATE["enum"] and code:
            raise BadRequest([Reason("parameter", _("There is no such state."), "state")])
        states |= states_behind(code, staff=staff)
    asked_none = any(request.query_params.getlist("state")) and not states
    return listing.Asked(
        filters=Filters(
            text=params.text(request, "search"),
            procedure=params.choice(request, "procedure", codes),
            # A state that is not this reader's to know of: no dossier of theirs is in it.
            states=tuple(sorted(states)) or (("-",) if asked_none else ()),
        ),
        mine=params.choice(request, "assigned", ("me",)) == "me",
        overdue=params.flag(request, "overdue"),
        ordering=params.choice(request, "ordering", listing.ORDERINGS),
    )


class OneDossier(ApiView):
    @operation(
        "dossiers_retrieve",
        tag="dossiers",
        summary=_("A dossier: its state, answers, parties, clock, and what you may do now"),
        answers={200: "Dossier"},
        headers=(ETAG,),
    )
    def get(self, request: Request, reference: str) -> Response:
        found, actor = found_by(self, reference)
        at = timezone.now()
        access.record(dossier=found, actor=actor, what="page", at=at)
        return Response(dossiers.dossier(found, actor, at), headers={"ETag": etag(found.version)})


class Events(ApiView):
    @operation(
        "dossiers_events",
        tag="dossiers",
        summary=_("What happened to a dossier and its title, latest first, as far as you may read it"),
        answers={200: "Events"},
    )
    def get(self, request: Request, reference: str) -> Response:
        found, actor = found_by(self, reference)
        access.record(dossier=found, actor=actor, what="page", at=timezone.now())
        staff = is_staff_side(actor)
        lines = timeline(found, actor)
        return Response(params.whole([acts.event(one, found, staff=staff) for one in lines]))
