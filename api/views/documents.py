"""Attached documents. Content that is not scanned, is infected or was removed is never served: 409, as on the site."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import BadRequest, NotReady, TooLarge
from api.etags import refuse_stale
from api.params import IF_MATCH_IF_WANTED, whole
from api.problems import NOT_FOUND
from api.schema.operations import MULTIPART, Body, operation
from api.shown import files
from api.views.base import ApiView, body_of
from api.views.dossiers import found_by
from documents.attachments import attach, open_content
from documents.errors import BadFile, ContentNotServed
from documents.files import ENDINGS, download_type
from documents.models import Attachment
from dossiers.forms.documents import LABELS
from dossiers.forms.registry import form_set
from dossiers.policy import attachments_visible_to
from dossiers.services import access
from dossiers.services.documents import remove_document
from dossiers.services.errors import Blocked, NotFound
from dossiers.services.locks import demand
from workflows.types import Actor, Reason

UPLOAD: Final = {
    "type": "object",
    "properties": {
        "kind": {"type": "string", "enum": list(LABELS)},
        "file": {"type": "string", "format": "binary"},
    },
    "required": ["kind", "file"],
    "additionalProperties": False,
}
FILE: Final = "file"
"""The part under which a file comes."""
BESIDES_THE_FILE: Final = 64 * 1024
"""Bytes that the rest of an upload may take: its other field, names, boundaries."""


class Documents(ApiView):
    def get_parsers(self) -> list[Any]:
        return [MultiPartParser()]

    @operation(
        "documents_list",
        tag="documents",
        summary=_("The documents of a dossier that you may read"),
        answers={200: "Documents"},
    )
    def get(self, request: Request, reference: str) -> Response:
        found, actor = found_by(self, reference)
        access.record(dossier=found, actor=actor, what="page", at=timezone.now())
        seen = attachments_visible_to(actor).filter(dossier=found, removed_at=None).order_by("uploaded_at", "pk")
        return Response(whole([files.document(one) for one in seen]))

    @operation(
        "documents_create",
        tag="documents",
        summary=_("Attach a document"),
        about=_("The same file sent again under the same kind is the document already there."),
        answers={201: "Document"},
        body=Body(UPLOAD, media=MULTIPART),
        params=(IF_MATCH_IF_WANTED,),
        problems=(412, 422),
    )
    def post(self, request: Request, reference: str) -> Response:
        found, actor = found_by(self, reference)
        demand(actor, "attach", found)
        refuse_stale(request, found.version)
        kind, upload = _sent(request, found.procedure)
        try:
            made = attach(dossier=found, kind=kind, upload=upload, actor=actor, at=timezone.now())
        except BadFile as error:
            raise Blocked(error.reasons) from error
        return Response(files.document(made), status=201)


def parts_of(request: Request) -> dict[str, Any]:
    """The parts of a multipart request, by name. Raises TooLarge before reading, BadRequest for a part given twice."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.ATTACHMENT_MAX_BYTES + BESIDES_THE_FILE:
        raise TooLarge([Reason("too_large", _("This file is larger than any document may be."), "file")])
    data = request.data
    if twice := [name for name in data if len(data.getlist(name)) > 1]:
        raise BadRequest([Reason("twice", _("Send this part once."), name) for name in twice])
    return {name: data[name] for name in data}


def with_a_file(request: Request) -> tuple[dict[str, Any], UploadedFile | None]:
    """What was typed, as JSON or as parts, and the file that came with it. Raises as `body_of` and `parts_of`."""
    if not str(request.content_type).startswith(MULTIPART):
        return body_of(request), None
    parts = parts_of(request)
    upload = parts.pop(FILE, None)
    if upload is not None and not isinstance(upload, UploadedFile):
        raise Blocked([Reason("required", _("Send a file, under this name."), FILE)])
    return parts, upload


def as_sent(reason: Reason) -> Reason:
    """Under the name of the part: services call it otherwise."""
    return Reason(reason.code, reason.message, FILE) if reason.field == "upload" else reason


def _sent(request: Request, procedure: str) -> tuple[str, UploadedFile]:
    """The kind, one of the procedure's, and the file. Raises TooLarge, BadRequest for other parts, Blocked for wrong
    values."""
    data = parts_of(request)
    unknown = [name for name in data if name not in {"kind", "file"}]
    if unknown:
        message = _("“%s” is not read here: remove it.")
        raise BadRequest([Reason("unknown_field", message % name[:100], name[:100]) for name in unknown])
    reasons = []
    kind, upload = data.get("kind"), data.get("file")
    if kind not in dict(form_set(procedure).document_kinds):
        reasons.append(Reason("choice", _("Choose one of the values offered."), "kind"))
    if not isinstance(upload, UploadedFile):
        reasons.append(Reason("required", _("Send a file, under this name."), "file"))
    if reasons or not isinstance(upload, UploadedFile):
        raise Blocked(reasons)
    return str(kind), upload


class OneDocument(ApiView):
    @operation(
        "documents_retrieve",
        tag="documents",
        summary=_("What is known of a document"),
        answers={200: "Document"},
    )
    def get(self, request: Request, id: int) -> Response:  # noqa: A002 - the parameter's name in the contract
        found, actor = self._found(id)
        access.record(dossier=found.dossier, actor=actor, what="page", at=timezone.now())
        return Response(files.document(found))

    @operation(
        "documents_remove",
        tag="documents",
        summary=_("Take a document off a request that is being written"),
        about=_("What was sent with the request stays. A document removed already is answered as it is."),
        answers={200: "Document"},
        params=(IF_MATCH_IF_WANTED,),
        problems=(412,),
    )
    def delete(self, request: Request, id: int) -> Response:  # noqa: A002
        found, actor = self._found(id)
        refuse_stale(request, found.dossier.version)
        return Response(files.document(remove_document(document=found.pk, actor=actor, at=timezone.now())))

    def _found(self, key: int) -> tuple[Attachment, Actor]:
        actor = self.actor
        found = attachments_visible_to(actor).select_related("dossier").filter(pk=key).first()
        if found is None or actor is None:
            raise NotFound([NOT_FOUND])
        demand(actor, "read_document", found.dossier)
        return found, actor


class AnyBytes(BaseRenderer):
    """What a document is, is said by its own Content-Type: whoever asks takes it as it is."""

    media_type = "*/*"
    render_style = "binary"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> Any:
        return data


class DocumentContent(ApiView):
    renderer_classes = (AnyBytes,)

    @operation(
        "documents_content",
        tag="documents",
        summary=_("The content of a document"),
        about=_("409 while it waits for the virus scan, when a virus was found, and once it is removed."),
        answers={},
        binary={200: {media: {"type": "string", "format": "binary"} for media in ENDINGS}},
        problems=(409,),
    )
    def get(self, request: Request, id: int) -> FileResponse:  # noqa: A002 - the parameter's name in the contract
        actor = self.actor
        found = attachments_visible_to(actor).select_related("dossier").filter(pk=id).first()
        if found is None or actor is None:
            raise NotFound([NOT_FOUND])
        demand(actor, "read_document", found.dossier)
        try:
            content = open_content(found)
        except ContentNotServed as error:
            raise NotReady([error.reason], soon=error.reason.code == "attachment_not_scanned_yet") from error
        except FileNotFoundError as error:
            raise NotFound([NOT_FOUND]) from error
        access.record(dossier=found.dossier, actor=actor, what=f"document {id}", at=timezone.now())
        answer = FileResponse(
            content, as_attachment=True, filename=found.name, content_type=download_type(found.content_type)
        )
        return as_download(answer)


def as_download(answer: Any) -> Any:
    """Stored bytes are somebody else's: no page of ours may run them, no cache may keep them."""
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store, private"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
