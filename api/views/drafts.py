"""PATCH dossiers/{reference}/answers/: what a system knows is kept, complete or not."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api.etags import etag, if_match
from api.params import IF_MATCH
from api.schema.operations import ETAG, Body, operation
from api.views.base import ApiView, body_of
from api.views.dossiers import found_by, sections_of
from dossiers.forms.registry import form_set
from dossiers.queries.answers import raw_answers
from dossiers.services.drafts import save_answers
from workflows.registry import all_procedures


class Answers(ApiView):
    @operation(
        "dossiers_answers",
        tag="dossiers",
        summary=_("Save answers of a draft: several sections in one step"),
        about=_(
            "Fields given replace what was typed, null removes, the rest stays. Nothing is refused for being "
            "incomplete or invalid; a field that the section does not have is, and a patient's name or national number "
            "is never kept."
        ),
        answers={200: "SavedAnswers"},
        body=Body("Answers"),
        example={form_set(all_procedures()[0].code).sections[0].key: {}},
        params=(IF_MATCH,),
        headers=(ETAG,),
        problems=(412, 422, 428),
    )
    def patch(self, request: Request, reference: str) -> Response:
        found, actor = found_by(self, reference)
        version = if_match(request, present=found.version)
        saved = save_answers(
            reference=reference,
            answers=sections_of(body_of(request)),
            actor=actor,
            version=version,
            at=timezone.now(),
        )
        body = {"reference": saved.reference, "version": saved.version, "answers": raw_answers(saved)}
        return Response(body, headers={"ETag": etag(saved.version)})
