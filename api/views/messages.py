"""The conversation of a dossier, and the notes that agencies keep for themselves."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import BadRequest
from api.etags import refuse_stale
from api.params import IF_MATCH_IF_WANTED, whole
from api.schema.operations import Body, operation
from api.shown import files
from api.views.base import ApiView, body_of
from api.views.dossiers import found_by
from dossiers.policy import is_staff_side
from dossiers.queries import pages
from dossiers.services import access
from dossiers.services.conversation import post
from workflows.types import Reason


class Messages(ApiView):
    @operation(
        "messages_list",
        tag="messages",
        summary=_("What was said, oldest first; for agencies, their notes too"),
        answers={200: "Messages"},
    )
    def get(self, request: Request, reference: str) -> Response:
        found, actor = found_by(self, reference)
        access.record(dossier=found, actor=actor, what="page", at=timezone.now())
        messages, notes = pages.conversation(found, actor)
        told = [files.message(one, staff_only=False) for one in messages]
        told += [files.message(one, staff_only=True) for one in notes]
        return Response(whole(sorted(told, key=lambda one: one["at"])))

    @operation(
        "messages_create",
        tag="messages",
        summary=_("Say something to the other side, or note it among agents"),
        about=_("The same words by the same person within a minute are one message."),
        answers={201: "Message"},
        body=Body("NewMessage"),
        example={"body": "Bonjour, le compte rendu de RCP est joint."},
        params=(IF_MATCH_IF_WANTED,),
        problems=(412, 422),
    )
    def post(self, request: Request, reference: str) -> Response:
        found, actor = found_by(self, reference)
        given = body_of(request, {"body": str, "staff_only": bool})
        if "body" not in given:
            raise BadRequest([Reason("required", _("Write a message before you send it."), "body")])
        refuse_stale(request, found.version)
        staff_only = given.get("staff_only", False)
        made = post(reference=reference, body=given["body"], actor=actor, staff_only=staff_only, at=timezone.now())
        line = pages.line(made, staff=is_staff_side(actor))
        return Response(files.message(line, staff_only=staff_only), status=201)
