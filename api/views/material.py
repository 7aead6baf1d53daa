"""Information material on a prescription framework: submitted by a company, favourable after one month of silence."""

from __future__ import annotations

from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from api.etags import etag
from api.params import IDEMPOTENCY_KEY, IF_MATCH, IF_MATCH_IF_WANTED, whole
from api.parsers import StrictJSON
from api.problems import NOT_FOUND
from api.schema.operations import ETAG, LOCATION, Body, operation
from api.shown import companies
from api.views.acting import HOW, ActView
from api.views.base import ApiView, body_of
from api.views.documents import FILE, as_sent, with_a_file
from api.views.titles import title_by
from dossiers.models import InformationMaterial, Title
from dossiers.queries.material import Materials, materials_of
from dossiers.services import access
from dossiers.services import material as services
from dossiers.services.errors import Blocked, Forbidden, NotFound
from workflows.dates import civil_date
from workflows.payload import clean_payload
from workflows.types import Actor, PayloadField, Reason

FAVOURABLE: Final = InformationMaterial.Opinion.FAVOURABLE.value
SUBMIT: Final = (
    PayloadField(
        "name",
        "line",
        _("Name of the material"),
        help=_("Kind of material, title, version. Example: letter to neurologists, version 2."),
        example="Lettre aux neurologues, version 2",
        max_length=services.LONGEST_NAME,
    ),
    PayloadField(
        "description",
        "text",
        _("Its content"),
        required=False,
        help=_("What it says and to whom; without a file, the whole text or an address where ANSM reads it."),
        example="Le texte de la lettre.",
        max_length=services.LONGEST_TEXT,
    ),
)
MATERIAL: Final = {field.name: field.example for field in SUBMIT}
ADVISE: Final = (
    PayloadField(
        "opinion",
        "choice",
        _("Opinion"),
        choices=((FAVOURABLE, _("Favourable")), ("unfavourable", _("Unfavourable"))),
        example=FAVOURABLE,
    ),
    PayloadField(
        "reasons",
        "text",
        _("Reasons"),
        required=False,
        help=_("Needed when the opinion is unfavourable: say what must change."),
        example="La posologie n'est pas celle du cadre.",
        max_length=services.LONGEST_TEXT,
    ),
)


def framework_by(view: ApiView, number: str) -> tuple[Title, Actor, Materials]:
    """The title and its material, as this caller may know it. Raises NotFound, Forbidden for what is no framework."""
    found, actor = title_by(view, number)
    shown = materials_of(found, actor, civil_date(timezone.now()))
    if shown is None:
        message = _("Information material is submitted under a prescription framework only.")
        raise Forbidden([Reason("not_a_framework", message)])
    return found, actor, shown


def one_of(view: ApiView, number: str, key: int, *, status: int = 200) -> Response:
    """One material as its reader sees it now. Raises NotFound, Forbidden."""
    title, _actor, shown = framework_by(view, number)
    row = next((one for one in companies.materials(shown, number) if one["id"] == key), None)
    if row is None:
        raise NotFound([NOT_FOUND])
    return Response(row, status=status, headers={"ETag": etag(title.dossier.version)})


class Submitted(ActView):
    def get_parsers(self) -> list[Any]:
        return [StrictJSON(), MultiPartParser()]

    @operation(
        "material_list",
        tag="frameworks",
        summary=_("Information material submitted under a framework, latest first: your company's, or all for ANSM"),
        about=_("Without an opinion of ANSM within one month, the opinion is favourable (CSP R.5121-76-11)."),
        answers={200: "Materials"},
        headers=(ETAG,),
    )
    def get(self, request: Request, number: str) -> Response:
        title, actor, shown = framework_by(self, number)
        access.record(dossier=title.dossier, actor=actor, what=f"title {title.number}", at=timezone.now())
        body = whole(companies.materials(shown, title.number))
        return Response(body, headers={"ETag": etag(title.dossier.version)})

    @operation(
        "material_submit",
        tag="frameworks",
        summary=_("Submit material for professionals before it is spread"),
        about=_(
            "The material itself may come as a file. The same material submitted twice, and not answered yet, is one."
        ),
        answers={201: "Material"},
        body=Body(SUBMIT, file=FILE),
        example=MATERIAL,
        params=(IF_MATCH_IF_WANTED, IDEMPOTENCY_KEY),
        headers=(ETAG, LOCATION),
        problems=(409, 412, 422),
    )
    def post(self, request: Request, number: str) -> Response:
        title, _actor, shown = framework_by(self, number)
        sent = self.sent(request, title.dossier.version, creates=True)
        given, upload = with_a_file(request)
        what, faults = clean_payload(SUBMIT, given)
        if faults and shown.may_submit:
            raise Blocked(faults)
        # Whoever may not submit is told so by the service, however they write.
        said = {field.name: what.get(field.name, "") for field in SUBMIT}
        try:
            made = services.submit(number=number, upload=upload, **said, **sent)
        except Blocked as refusal:
            raise Blocked([as_sent(one) for one in refusal.reasons]) from refusal
        answer = one_of(self, number, made.pk, status=201)
        answer["Location"] = reverse("api:material", args=[number, made.pk])
        return answer


class OneMaterial(ActView):
    @operation(
        "material_retrieve",
        tag="frameworks",
        summary=_("One material: until when ANSM may give its opinion, and whether it may be spread"),
        answers={200: "Material"},
        headers=(ETAG,),
    )
    def get(self, request: Request, number: str, id: int) -> Response:  # noqa: A002 - the parameter's name everywhere
        title, actor, _shown = framework_by(self, number)
        access.record(dossier=title.dossier, actor=actor, what=f"title {title.number}", at=timezone.now())
        return one_of(self, number, id)


class Opinion(ActView):
    @operation(
        "material_opinion",
        tag="frameworks",
        summary=_("Give ANSM's opinion, within the month: afterwards silence has decided"),
        about=HOW,
        answers={200: "Material"},
        body=Body(ADVISE),
        params=(IF_MATCH, IDEMPOTENCY_KEY),
        headers=(ETAG,),
        problems=(409, 412, 422, 428),
    )
    def post(self, request: Request, number: str, id: int) -> Response:  # noqa: A002
        title, _actor, shown = framework_by(self, number)
        if all(one.material.pk != id for one in shown.rows):
            raise NotFound([NOT_FOUND])
        sent = self.sent(request, title.dossier.version)
        what, faults = clean_payload(ADVISE, body_of(request))
        if faults and shown.may_advise:
            raise Blocked(faults)
        favourable, reasons = what.get("opinion") == FAVOURABLE, what.get("reasons", "")
        services.give_opinion(number=number, material=id, favourable=favourable, reasons=reasons, **sent)
        return one_of(self, number, id)
