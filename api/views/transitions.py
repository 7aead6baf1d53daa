"""What may be done to a dossier now, and doing it."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import params
from api.etags import etag
from api.params import IDEMPOTENCY_KEY, IF_MATCH
from api.schema.operations import ETAG, Body, operation
from api.shown import acts
from api.views.acting import HOW, ActView
from api.views.base import ApiView, body_of
from api.views.dossiers import found_by
from dossiers.policy import visible_to
from dossiers.services import access
from dossiers.services.move import move


def payload_of(request: Request) -> dict[str, Any]:
    """The body is the payload; one wrapped as {"payload": {...}} is the same."""
    given = body_of(request)
    wrapped = given.get("payload")
    return wrapped if given.keys() == {"payload"} and isinstance(wrapped, dict) else given


class Transitions(ApiView):
    @operation(
        "dossiers_transitions",
        tag="dossiers",
        summary=_("Every act of the present stage that your role holds, and why some are not possible now"),
        answers={200: "Transitions"},
        headers=(ETAG,),
    )
    def get(self, request: Request, reference: str) -> Response:
        found, actor = found_by(self, reference)
        at = timezone.now()
        access.record(dossier=found, actor=actor, what="page", at=at)
        body = params.whole(acts.transitions(found, actor, at))
        return Response(body, headers={"ETag": etag(found.version)})


class Transition(ActView):
    @operation(
        "dossiers_act",
        tag="dossiers",
        summary=_("Do an act on a dossier: sign, send, answer, decide"),
        about=HOW,
        answers={200: "Done"},
        body=Body("Payload", required=False),
        example={},
        params=(IF_MATCH, IDEMPOTENCY_KEY),
        headers=(ETAG,),
        problems=(409, 412, 422, 428),
    )
    def post(self, request: Request, reference: str, name: str) -> Response:
        seen = visible_to(self.actor).filter(reference=reference).values_list("version", flat=True).first()
        sent = self.sent(request, seen)
        event = move(reference=reference, transition=name, payload=payload_of(request), **sent)
        return Response(acts.done(event, sent["actor"]), headers={"ETag": etag(event.version)})
