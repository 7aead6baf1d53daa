"""What clinicians stated of the need for a device, read by whom it is addressed to."""

from __future__ import annotations

from dataclasses import asdict

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api.params import whole
from api.schema.operations import operation
from api.views.base import ApiView
from api.views.dossiers import found_by
from dossiers.queries.statements import statements_of
from dossiers.services import access


class Statements(ApiView):
    @operation(
        "dossiers_statements",
        tag="dossiers",
        summary=_("Statements of need signed by clinicians, in the order in which they were signed"),
        about=_(
            "ANSM, its experts, auditors and the prescribers of the clinician's own hospital read what a statement "
            "says. The manufacturer and other hospitals read that it exists, by whom, and for how many patients. A "
            "statement is signed by the transition `state_need`; clinicians and manufacturers are invited by "
            "`invite_clinician` and `invite_company`."
        ),
        answers={200: "Statements"},
    )
    def get(self, request: Request, reference: str) -> Response:
        found, actor = found_by(self, reference)
        access.record(dossier=found, actor=actor, what="statements", at=timezone.now())
        return Response(whole([asdict(one) for one in statements_of(found, actor)]))
