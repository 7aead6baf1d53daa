"""GET verify/{code}/: is this letter authentic. Public: nothing about a patient is said."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import Tired
from api.problems import NOT_FOUND, problem
from api.schema.operations import operation
from api.views.base import ApiView
from documents import patience
from documents.letters.verification import verify
from workflows.types import Reason


class Verify(ApiView):
    is_public = True
    authentication_classes = ()

    @operation(
        "verify_retrieve",
        tag="verify",
        summary=_("Is the letter that bears this code authentic, and does what it grants apply today"),
        about=_("No token is needed. A code that no letter bears answers 404 with `authentic` false."),
        answers={200: "Verification"},
    )
    def get(self, request: Request, code: str) -> HttpResponseBase:
        if patience.is_exhausted(request._request):
            raise Tired([Reason("too_many_wrong_codes", _("Too many wrong codes: wait a few minutes."))])
        found = verify(code, at=timezone.now())
        if not found.authentic:
            patience.count_wrong_code(request._request)
            return problem(404, [NOT_FOUND], authentic=False)
        body = {
            "authentic": True,
            "on": found.on,
            "kind": str(found.kind_label),
            "number": found.number,
            "issued_on": found.issued_on,
            "sha256": found.sha256,
            "sealed_by": found.sealed_by,
            "title_number": found.title_number or None,
            "title_in_force": found.title_in_force,
        }
        return Response(body, headers={"Cache-Control": "no-store"})
