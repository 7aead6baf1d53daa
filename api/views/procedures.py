"""The procedures that exist, each described well enough for a system that has never seen this site."""

from __future__ import annotations

from typing import Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import params
from api.problems import NOT_FOUND
from api.schema.operations import Query, operation
from api.shown import procedures
from api.views.base import ApiView
from catalogue.models import Indication
from dossiers.policy import is_staff_side
from dossiers.services.errors import NotFound
from workflows.dates import civil_date
from workflows.registry import all_procedures

LARGEST_KEY: Final = 999_999_999

ONE: Final = (
    Query("kind", {"type": "string", "maxLength": 40}, _("Describe the answers of this kind; else of the first.")),
    Query(
        "indication",
        {"type": "integer", "minimum": 1, "maximum": LARGEST_KEY},
        _("Describe the answers for this indication (its `id` in the catalogue), its grant criteria included."),
    ),
)


class Procedures(ApiView):
    @operation(
        "procedures_list",
        tag="procedures",
        summary=_("The procedures that exist"),
        answers={200: "Procedures"},
        problems=(400,),
    )
    def get(self, request: Request) -> Response:
        params.known_only(request, ())
        rows = [procedures.row(table) for table in all_procedures()]
        return Response(params.whole(rows))


class OneProcedure(ApiView):
    @operation(
        "procedures_retrieve",
        tag="procedures",
        summary=_("A procedure: its stages, acts and delays, and the JSON Schema of its answers"),
        about=_(
            "`sections` has a JSON Schema (2020-12) per section; the first of a property's `examples` can be sent as "
            "it is, and all of them together make a request that can be signed. `answers` says which sections are "
            "needed and what one answer asks of others. A property with `x-catalogue` takes the `id` of a row of that "
            "list; with `x-narrows`, ask again with that parameter once it is chosen, for what is asked then: "
            "without it, what depends on the indication is described for that of the examples. `x-kinds` gives a "
            "section as other kinds have it, `x-applies` when it counts, `x-only-for` who may write it. "
            "`formatMinimum`, `formatMaximum`: first and last accepted days. `x-not-before`: not earlier than that "
            "other field. An optional field may be left out, or null."
        ),
        answers={200: "Procedure"},
        params=ONE,
    )
    def get(self, request: Request, code: str) -> Response:
        params.known_only(request, ONE)
        table = next((one for one in all_procedures() if one.code == code), None)
        if table is None:
            raise NotFound([NOT_FOUND])
        kind = params.choice(request, "kind", [kind for kind, _label in table.kinds])
        key = params.number(request, "indication", least=1, most=LARGEST_KEY)
        indication = Indication.objects.select_related("medicine").filter(pk=key).first() if key else None
        if key and indication is None:
            raise NotFound([NOT_FOUND])
        on = civil_date(timezone.now())
        staff = self.actor is not None and is_staff_side(self.actor)
        return Response(procedures.procedure(table, on, staff=staff, kind=kind, indication=indication))
