"""Experts: what each has to answer, and whom an agency asks about a dossier."""

from __future__ import annotations

from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import params
from api.etags import etag
from api.params import IDEMPOTENCY_KEY, IF_MATCH, IF_MATCH_IF_WANTED, whole
from api.problems import NOT_FOUND
from api.schema.operations import ETAG, Body, operation
from api.shown import missions as shown
from api.views.acting import HOW, ActView, typed
from api.views.base import ApiView, body_of
from api.views.dossiers import found_by
from dossiers.models import ExpertMission
from dossiers.policy import missions_asked_by, missions_of
from dossiers.services import access, experts
from dossiers.services.errors import Blocked, NotFound
from dossiers.services.locks import demand
from workflows.dates import civil_date
from workflows.payload import clean_payload
from workflows.types import PayloadField


def _text(name: str, label: Any, example: str, help_text: Any = "") -> PayloadField:
    longest = experts.LONGEST
    return PayloadField(name, "text", label, help=help_text, example=example, max_length=longest, personal=True)


ASK: Final = (
    PayloadField("expert", "integer", _("Expert"), help=_("One of the `candidates` of GET experts/."), example=1),
    _text(
        "question",
        _("What you ask"),
        "La dose prévue est-elle tenable chez ce malade ?",
        _("The expert reads it before declaring links of interest: name no patient."),
    ),
    PayloadField(
        "until",
        "date",
        _("Opinion expected by"),
        help=_("The expert's access to the file ends that evening."),
        example="2035-06-29",
    ),
)
DECLARE: Final = (
    PayloadField("conflict", "boolean", _("A link of interest stands in the way"), example=False),
    _text("declaration", _("Your links with the companies and the people concerned, over five years"), "Aucun lien."),
)
OPINION: Final = (_text("opinion", _("Your opinion"), "Favorable, sous surveillance hépatique mensuelle."),)
KEPT: Final = _(
    "Sent again with the same Idempotency-Key and the same body, it is done once and the answer is the same."
)


class Missions(ApiView):
    @operation(
        "missions_list",
        tag="missions",
        summary=_("What you are asked as an expert, the soonest last day first; empty for others"),
        answers={200: "Missions"},
    )
    def get(self, request: Request) -> Response:
        on = civil_date(timezone.now())
        found = missions_of(self.actor, on).select_related("dossier__organisation").order_by("until", "pk")
        return Response(whole([shown.mission(one, on) for one in found]))


class OneMission(ApiView):
    @operation(
        "missions_retrieve",
        tag="missions",
        summary=_("What is asked: the dossier opens to you once you declare that no link stands in the way"),
        answers={200: "Mission"},
    )
    def get(self, request: Request, id: int) -> Response:  # noqa: A002 - the parameter's name everywhere
        on = civil_date(timezone.now())
        found = missions_of(self.actor, on).select_related("dossier__organisation").filter(pk=id).first()
        if found is None:
            raise NotFound([NOT_FOUND])
        return Response(shown.mission(found, on))


class _OfTheExpert(ActView):
    """One act of an expert on their own mission."""

    def sent_by(self, request: Request, asked: tuple[PayloadField, ...], pk: int) -> dict[str, Any]:
        """Actor, key, instant and what was typed. A mission that is over is found again by its key alone."""
        key = params.idempotency_key(request)
        own = missions_of(self.actor, civil_date(timezone.now())).filter(pk=pk)
        if self.actor is None or not (key or own.exists()):
            raise NotFound([NOT_FOUND])
        what, reasons = clean_payload(asked, body_of(request))
        if reasons and own.exists():
            raise Blocked(reasons)
        if reasons:
            raise NotFound([NOT_FOUND])
        return {"mission": pk, "actor": self.actor, "key": key, "at": timezone.now(), **what}

    def answered(self, done: ExpertMission) -> Response:
        found = ExpertMission.objects.select_related("dossier__organisation").get(pk=done.pk)
        return Response(shown.mission(found, civil_date(timezone.now())))


class Declaration(_OfTheExpert):
    @operation(
        "missions_declare",
        tag="missions",
        summary=_("Declare your links of interest, once: a conflict ends the mission, else the dossier opens"),
        about=KEPT,
        answers={200: "Mission"},
        body=Body(DECLARE),
        params=(IDEMPOTENCY_KEY,),
        problems=(409, 422),
    )
    def post(self, request: Request, id: int) -> Response:  # noqa: A002
        return self.answered(experts.declare(**self.sent_by(request, DECLARE, id)))


class MissionOpinion(_OfTheExpert):
    @operation(
        "missions_give_opinion",
        tag="missions",
        summary=_("Give your opinion, once: the agency alone reads it, and your access to the dossier ends"),
        about=KEPT,
        answers={200: "Mission"},
        body=Body(OPINION),
        params=(IDEMPOTENCY_KEY,),
        problems=(409, 422),
    )
    def post(self, request: Request, id: int) -> Response:  # noqa: A002
        return self.answered(experts.give_opinion(**self.sent_by(request, OPINION, id)))


class Experts(ActView):
    @operation(
        "dossiers_experts",
        tag="missions",
        summary=_("Whom your agency asked about a dossier, what they declared and said, and whom it may ask"),
        about=_("For agencies and auditors: each agency reads what its own experts say."),
        answers={200: "Experts"},
        headers=(ETAG,),
    )
    def get(self, request: Request, reference: str) -> Response:
        found, actor = found_by(self, reference)
        demand(actor, "read_notes", found)
        access.record(dossier=found, actor=actor, what="experts", at=timezone.now())
        body = shown.experts(found, actor, timezone.now())
        return Response({**whole(body["results"]), **body}, headers={"ETag": etag(found.version)})

    @operation(
        "dossiers_ask_expert",
        tag="missions",
        summary=_("Ask an expert for an opinion by a day: they are told by mail"),
        answers={201: "ExpertAsked"},
        body=Body(ASK),
        params=(IF_MATCH_IF_WANTED, IDEMPOTENCY_KEY),
        headers=(ETAG,),
        problems=(409, 412, 422),
    )
    def post(self, request: Request, reference: str) -> Response:
        seen, actor = found_by(self, reference)
        sent = self.sent(request, seen.version, creates=True)
        what = typed(body_of(request), ASK, actor=actor, act="ask_expert", dossier=seen)
        made = experts.ask(reference=reference, **what, **sent)
        return _asked(self, reference, made.pk, status=201)


class ExpertEnd(ActView):
    @operation(
        "dossiers_end_expert",
        tag="missions",
        summary=_("No longer ask an expert: their access ends now. An agency ends its own requests only"),
        about=HOW,
        answers={200: "ExpertAsked"},
        params=(IF_MATCH, IDEMPOTENCY_KEY),
        headers=(ETAG,),
        problems=(409, 412, 422, 428),
    )
    def post(self, request: Request, reference: str, id: int) -> Response:  # noqa: A002
        seen, actor = found_by(self, reference)
        demand(actor, "read_notes", seen)
        if not missions_asked_by(actor).filter(pk=id, dossier=seen).exists():
            # An auditor reads every mission, and ends none.
            demand(actor, "ask_expert", seen)
            raise NotFound([NOT_FOUND])
        experts.end(mission=id, **self.sent(request, seen.version))
        return _asked(self, reference, id)


def _asked(view: ApiView, reference: str, pk: int, *, status: int = 200) -> Response:
    """The mission as its agency sees it now."""
    found, actor = found_by(view, reference)
    rows = shown.experts(found, actor, timezone.now())["results"]
    row = next((one for one in rows if one["id"] == pk), None)
    if row is None:
        raise NotFound([NOT_FOUND])
    return Response(row, status=status, headers={"ETag": etag(found.version)})
