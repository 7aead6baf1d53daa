"""What a title obliges to, and by when: listed, added, done with its proof, cancelled, reopened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from api import params
from api.etags import etag
from api.params import CURSOR, IDEMPOTENCY_KEY, IF_MATCH, IF_MATCH_IF_WANTED, SIZE, whole
from api.parsers import StrictJSON
from api.problems import NOT_FOUND
from api.schema.operations import ETAG, LOCATION, Body, Query, operation
from api.shown import following
from api.views.acting import HOW, ActView, typed
from api.views.base import ApiView, body_of
from api.views.documents import FILE, as_sent, with_a_file
from api.views.titles import title_by
from dossiers.models import Dossier, Obligation, Title
from dossiers.queries import obligations as queries
from dossiers.services import access
from dossiers.services import obligations as services
from dossiers.services.errors import Blocked, NotFound
from dossiers.services.obligation_faults import LONGEST_LAW, LONGEST_TEXT
from workflows.dates import civil_date
from workflows.types import Actor, PayloadField

WHEN: Final = ("late", "soon", "all")
LIST: Final = (
    Query("when", {"type": "string", "enum": list(WHEN)}, _("Late, or due within 30 days; `all` when not said.")),
    CURSOR,
    SIZE,
)


def _text(name: str, label: Any, example: str, *, required: bool = True) -> PayloadField:
    longest = LONGEST_TEXT
    return PayloadField(name, "text", label, required=required, example=example, max_length=longest, personal=True)


ADD: Final = (
    PayloadField(
        "kind", "choice", _("What it is"), choices=tuple(Obligation.Kind.choices), example=Obligation.Kind.UNDERTAKING
    ),
    PayloadField("owed_by", "choice", _("Who owes it"), choices=tuple(Obligation.OwedBy.choices), example="holder"),
    _text("text", _("What is owed"), "Transmettre le compte rendu de suivi."),
    PayloadField("law", "line", _("Legal basis"), required=False, example="CSP R.5121-74-5", max_length=LONGEST_LAW),
    PayloadField("due_on", "date", _("Last day to do it"), example="2035-06-29"),
    PayloadField(
        "every_months",
        "integer",
        _("Then every (months)"),
        required=False,
        help=_("Empty: it is owed once."),
        example=6,
    ),
    PayloadField(
        "holder",
        "integer",
        _("Which company"),
        required=False,
        help=_("The `id` of one of the `holders` of the authorisation; each of them owes its own when empty."),
    ),
)
DONE: Final = (
    PayloadField("done_on", "date", _("Done on"), example="2026-01-15"),
    _text("proof", _("What was done"), "Compte rendu envoyé par messagerie sécurisée.", required=False),
    PayloadField(
        "document",
        "integer",
        _("Or a document of this file"),
        required=False,
        help=_("The `id` of one of the documents of the dossier."),
        example=1,
    ),
)
REASON: Final = (_text("reason", _("Reason"), "Le compte rendu ne dit rien de la tolérance."),)


class ToDo(ApiView):
    @operation(
        "obligations_list",
        tag="obligations",
        summary=_("What is to do under the authorisations you may see, by day"),
        answers={200: "ObligationPage"},
        params=LIST,
    )
    def get(self, request: Request) -> Response:
        params.known_only(request, LIST)
        on = civil_date(timezone.now())
        when: Any = params.choice(request, "when", WHEN) or "all"
        page = queries.obligations_page(self.actor, when, on, cursor=params.cursor(request), size=params.size(request))
        return Response(params.listed(request, page, [following.obligation_row(one, on) for one in page.rows]))


class Obligations(ActView):
    @operation(
        "titles_obligations",
        tag="obligations",
        summary=_("What an authorisation obliges to: what is to do, late ones first, then what is closed"),
        about=_("The ETag is that of the dossier: it is what If-Match takes to act on an obligation."),
        answers={200: "Obligations"},
        headers=(ETAG,),
    )
    def get(self, request: Request, number: str) -> Response:
        found, actor = _read(self, number)
        rows = following.obligations(found, actor, civil_date(timezone.now()))
        return Response(whole(rows), headers={"ETag": etag(found.dossier.version)})

    @operation(
        "obligations_create",
        tag="obligations",
        summary=_("Ask for something by a day, of the holder or of the agency"),
        about=_(
            "The holder is told that there is something, not what. Of several companies that hold it each owes its "
            "own: the first is answered, all are in the list."
        ),
        answers={201: "Obligation"},
        body=Body(ADD),
        params=(IF_MATCH_IF_WANTED, IDEMPOTENCY_KEY),
        headers=(ETAG, LOCATION),
        problems=(409, 412, 422),
    )
    def post(self, request: Request, number: str) -> Response:
        seen, actor = title_by(self, number)
        sent = self.sent(request, seen.dossier.version, creates=True)
        what = typed(body_of(request), ADD, actor=actor, act="oblige", dossier=seen.dossier)
        made = services.add(number=number, **what, **sent)
        # Asked again with the same key, it may have passed to the renewal of this title.
        now_under = made.title.number
        answer = shown(self, now_under, made.pk, status=201)
        answer["Location"] = reverse("api:obligation", args=[now_under, made.pk])
        return answer


class OneObligation(ApiView):
    @operation(
        "obligations_retrieve",
        tag="obligations",
        summary=_("An obligation, and what you may do of it now"),
        answers={200: "Obligation"},
        headers=(ETAG,),
    )
    def get(self, request: Request, number: str, id: int) -> Response:  # noqa: A002 - the parameter's name everywhere
        _read(self, number)
        return shown(self, number, id)


class _Act(ActView):
    """One act on one obligation."""

    def found(self, number: str, pk: int) -> tuple[Obligation, Dossier, Actor]:
        seen, actor = title_by(self, number)
        obligation = queries.obligation_for(actor, number, pk)
        if obligation is None:
            raise NotFound([NOT_FOUND])
        return obligation, seen.dossier, actor

    def with_a_reason(self, request: Request, number: str, pk: int, service: Callable[..., Any]) -> Response:
        """What the agency does of it: `service`, and why."""
        _obligation, dossier, actor = self.found(number, pk)
        sent = self.sent(request, dossier.version)
        what = typed(body_of(request), REASON, actor=actor, act="oblige", dossier=dossier)
        service(obligation=pk, **what, **sent)
        return shown(self, number, pk)


class Done(_Act):
    def get_parsers(self) -> list[Any]:
        return [StrictJSON(), MultiPartParser()]

    @operation(
        "obligations_done",
        tag="obligations",
        summary=_("Say that it is done, with what shows it: words, a document of the file, or a new one"),
        about=HOW,
        answers={200: "Obligation"},
        body=Body(DONE, file=FILE),
        example={"done_on": "2026-01-15", "proof": "Compte rendu envoyé par messagerie sécurisée."},
        params=(IF_MATCH, IDEMPOTENCY_KEY),
        headers=(ETAG,),
        problems=(409, 412, 422, 428),
    )
    def post(self, request: Request, number: str, id: int) -> Response:  # noqa: A002
        obligation, dossier, actor = self.found(number, id)
        sent = self.sent(request, dossier.version)
        given, upload = with_a_file(request)
        act = "fulfil" if obligation.owed_by == Obligation.OwedBy.HOLDER else "fulfil_for_agency"
        what = typed(given, DONE, actor=actor, act=act, dossier=dossier)
        try:
            services.mark_done(obligation=id, upload=upload, **what, **sent)
        except Blocked as refusal:
            raise Blocked([as_sent(one) for one in refusal.reasons]) from refusal
        return shown(self, number, id)


class Cancel(_Act):
    @operation(
        "obligations_cancel",
        tag="obligations",
        summary=_("No longer ask for it, nor for those that would have followed"),
        about=HOW,
        answers={200: "Obligation"},
        body=Body(REASON),
        params=(IF_MATCH, IDEMPOTENCY_KEY),
        headers=(ETAG,),
        problems=(409, 412, 422, 428),
    )
    def post(self, request: Request, number: str, id: int) -> Response:  # noqa: A002
        return self.with_a_reason(request, number, id, services.cancel)


class Reopen(_Act):
    @operation(
        "obligations_reopen",
        tag="obligations",
        summary=_("Find its proof not enough: it is to be done again, by the same day"),
        about=HOW,
        answers={200: "Obligation"},
        body=Body(REASON),
        params=(IF_MATCH, IDEMPOTENCY_KEY),
        headers=(ETAG,),
        problems=(409, 412, 422, 428),
    )
    def post(self, request: Request, number: str, id: int) -> Response:  # noqa: A002
        return self.with_a_reason(request, number, id, services.reopen)


def _read(view: ApiView, number: str) -> tuple[Title, Actor]:
    found, actor = title_by(view, number)
    access.record(dossier=found.dossier, actor=actor, what=f"title {found.number}", at=timezone.now())
    return found, actor


def shown(view: ApiView, number: str, pk: int, *, status: int = 200) -> Response:
    """The obligation as its reader sees it now. Raises NotFound."""
    found, actor = title_by(view, number)
    rows = following.obligations(found, actor, civil_date(timezone.now()))
    row = next((one for one in rows if one["id"] == pk), None)
    if row is None:
        raise NotFound([NOT_FOUND])
    return Response(row, status=status, headers={"ETag": etag(found.dossier.version)})
