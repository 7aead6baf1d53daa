"""Letters: what is known of them as JSON, the PDF itself with `Accept: application/pdf`."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import NotReady
from api.params import whole
from api.problems import NOT_FOUND
from api.schema.operations import PDF, operation
from api.shown import files
from api.views.base import ApiView
from api.views.documents import as_download
from api.views.dossiers import found_by
from dossiers.queries.letters import letter_pdf, letter_shown, letters_shown
from dossiers.services import access
from dossiers.services.errors import NotFound
from dossiers.services.locks import demand
from workflows.types import Reason

BINARY: Final = {"type": "string", "format": "binary"}


class AsPDF(BaseRenderer):
    media_type = PDF
    render_style = "binary"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> Any:
        return data


class Letters(ApiView):
    @operation(
        "letters_list",
        tag="letters",
        summary=_("The letters of a dossier, oldest first; `issued_at` is null while one is being made"),
        answers={200: "Letters"},
    )
    def get(self, request: Request, reference: str) -> Response:
        found, actor = found_by(self, reference)
        access.record(dossier=found, actor=actor, what="page", at=timezone.now())
        return Response(whole([files.letter(one) for one in letters_shown(found, actor)]))


class OneLetter(ApiView):
    renderer_classes = (JSONRenderer, AsPDF)

    @operation(
        "letters_retrieve",
        tag="letters",
        summary=_("A letter: what is known of it, or its PDF with Accept: application/pdf"),
        about=_("While the letter is being made its PDF answers 409 with Retry-After; the JSON answers at once."),
        answers={200: "Letter"},
        media={PDF: BINARY},
        problems=(409,),
    )
    def get(self, request: Request, number: str) -> HttpResponseBase:
        found = letter_shown(self.actor, number)
        if found is None or self.actor is None:
            raise NotFound([NOT_FOUND])
        dossier, actor = found_by(self, found.reference)
        demand(actor, "read_letter", dossier)
        wants_pdf = request.accepted_media_type == PDF
        pdf = letter_pdf(number) if wants_pdf else None
        if wants_pdf and pdf is None:
            raise NotReady(
                [Reason("letter_pending", _("This letter is being made: ask again in a few seconds."))], soon=True
            )
        access.record(dossier=dossier, actor=actor, what=f"letter {number}", at=timezone.now())
        if pdf is None:
            return Response(files.letter(found))
        answer = HttpResponse(pdf, content_type=PDF)
        answer["Content-Disposition"] = f'attachment; filename="{found.number}.pdf"'
        return as_download(answer)
