"""What every address that does something in a file does alike: who acts, on which version, under which key."""

from __future__ import annotations

from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from api import params, scopes
from api.etags import if_match
from api.problems import NOT_FOUND
from api.views.base import ApiView
from dossiers.models import Dossier
from dossiers.services.errors import Blocked, NotFound
from dossiers.services.locks import demand
from workflows.payload import clean_payload
from workflows.types import Actor, PayloadField

HOW: Final = _(
    "If-Match carries the version that the decision rests on. Sent again with the same Idempotency-Key and the same "
    "body, the act is not done twice and the answer is the same. A refusal (422) gives every reason at once."
)


class ActView(ApiView):
    """An address where one acts in a file: on a dossier, on a title, on what a title obliges to."""

    write_scope = scopes.ACT

    def sent(self, request: Request, seen: int | None, *, creates: bool = False) -> dict[str, Any]:
        """The arguments that every service of an act takes: `actor`, `version`, `key`, `at`.

        `seen` is the version this caller sees now, None when they see nothing: an act done with the same key may itself
        have put it out of their sight, and the service then answers again. What `creates` needs no If-Match and honours
        one. Raises NotFound, NoIfMatch, BadRequest.
        """
        key = params.idempotency_key(request)
        if self.actor is None or (seen is None and not key):
            raise NotFound([NOT_FOUND])
        needed = seen is not None and not creates
        version = if_match(request, present=seen, required=needed)
        return {"actor": self.actor, "version": version, "key": key, "at": timezone.now()}


def typed(
    given: dict[str, Any], asked: tuple[PayloadField, ...], *, actor: Actor, act: str, dossier: Dossier
) -> dict[str, Any]:
    """What was `given` for an act that the policy calls `act`, cleaned as on screen.

    Raises Blocked with every reason and its field; Forbidden to whoever may not do it, however well they write it.
    """
    clean, reasons = clean_payload(asked, given)
    if reasons:
        demand(actor, act, dossier)
        raise Blocked(reasons)
    return clean
