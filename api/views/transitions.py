"""What may be done to a dossier now, and doing it."""

from __future__ import annotations

from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import params, scopes
from api.etags import etag, if_match
from api.params import IDEMPOTENCY_KEY, IF_MATCH
from api.problems import NOT_FOUND
from api.schema.operations import ETAG, Body, operation
from api.shown import acts
from api.views.base import ApiView, body_of
from api.views.dossiers import found_by
from dossiers.policy import visible_to
from dossiers.services import access
from dossiers.services.errors import NotFound
from dossiers.services.move import move

HOW: Final = _(
    "If-Match carries the version that the decision rests on. Sent again with the same Idempotency-Key and the same "
    "body, the act is not done twice and the answer is the same. A refusal (422) gives every reason at once."
)


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


class Transition(ApiView):
    write_scope = scopes.ACT

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
        key = params.idempotency_key(request)
        actor = self.actor
        seen = visible_to(self.actor).filter(reference=reference).values_list("version", flat=True).first()
        if actor is None or (seen is None and not key):
            raise NotFound([NOT_FOUND])
        event = move(
            reference=reference,
            transition=name,
            actor=actor,
            # An act done with this key may itself have put the dossier out of sight: the service then answers again.
            version=if_match(request, present=seen, required=seen is not None),
            payload=payload_of(request),
            key=key,
            at=timezone.now(),
        )
        return Response(acts.done(event, actor), headers={"ETag": etag(event.version)})
