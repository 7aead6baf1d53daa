"""GET register/ and register.csv: the public register. No token is needed; no personal datum is in it."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api import params
from api.errors import BadRequest
from api.params import CURSOR, SIZE
from api.schema.operations import CSV, Query, operation
from api.schema.shapes import DAY
from api.views.base import ApiView
from register import published, queries
from register.exports import rows, table
from register.forms import FIRST_DAY, LAST_DAY
from register.queries import Wanted
from workflows.dates import civil_date
from workflows.types import Reason

PROCEDURE: Final = Query("procedure", {"type": "string", "maxLength": 40}, _("Only this procedure, by its code."))
IN_FORCE_ON: Final = Query("in_force_on", DAY, _("Only what had force on that day (ISO date)."))
FORMAT: Final = Query(
    "format", {"type": "string", "enum": ["csv", "json"]}, _("`csv`: the whole list, as register.csv gives it.")
)
FILTERS: Final = (PROCEDURE, IN_FORCE_ON)
TEXT_FILE: Final = {CSV: {"type": "string"}}


class AsCSV(BaseRenderer):
    """For the negotiation alone: the file is written as it is sent."""

    media_type = CSV

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> Any:
        return data


class PublicView(ApiView):
    is_public = True
    authentication_classes = ()

    def wanted(self, request: Request) -> Wanted:
        """Raises BadRequest."""
        procedure = params.choice(request, PROCEDURE.name, [one.code for one in published.all_public()])
        return Wanted(procedure=procedure, in_force_on=_day(request, IN_FORCE_ON.name))

    def file(self, request: Request) -> HttpResponseBase:
        on = civil_date(timezone.now())
        lines = table.lines(self.wanted(request), on, request.build_absolute_uri)
        headers = {"Content-Disposition": f'attachment; filename="register-{on}.csv"'}
        return StreamingHttpResponse(lines, content_type=f"{CSV}; charset=utf-8", headers=headers)


class Register(PublicView):
    renderer_classes = (JSONRenderer, AsCSV)

    @operation(
        "register_list",
        tag="register",
        summary=_("Authorisations, exemptions and frameworks in force and past, the latest first"),
        about=_(
            "No token is needed. Of a procedure whose authorisations each name a patient, the entries of the "
            "referential are listed: `starts_on` is then the first day of the month of the first grant, and `granted` "
            "counts the authorisations of each year that is over (null: fewer than 10)."
        ),
        answers={200: "RegisterPage"},
        media=TEXT_FILE,
        params=(*FILTERS, FORMAT, CURSOR, SIZE),
    )
    def get(self, request: Request) -> HttpResponseBase:
        params.known_only(request, (*FILTERS, FORMAT, CURSOR, SIZE))
        asked = params.choice(request, FORMAT.name, ("csv", "json"))
        if asked == "csv" or (not asked and request.accepted_media_type == CSV):
            return self.file(request)
        on = civil_date(timezone.now())
        found = queries.entries(self.wanted(request), on, params.cursor(request), params.size(request))
        told = rows.load(found.rows, on, counts=True)
        shown = [rows.as_json(one, request.build_absolute_uri(one.path)) for one in told]
        return Response(params.listed(request, found, shown))


class RegisterFile(PublicView):
    renderer_classes = (AsCSV, JSONRenderer)

    @operation(
        "register_csv",
        tag="register",
        summary=_("The same list as one CSV file, for a spreadsheet"),
        about=_("UTF-8 with a byte order mark, semicolons, ISO dates, one line an entry, no formula."),
        answers={},
        binary={200: TEXT_FILE},
        params=FILTERS,
    )
    def get(self, request: Request) -> HttpResponseBase:
        params.known_only(request, FILTERS)
        return self.file(request)


def _day(request: Request, name: str) -> dt.date | None:
    typed = str(request.query_params.get(name, ""))
    if not typed:
        return None
    try:
        day = dt.datetime.strptime(typed, "%Y-%m-%d").date()  # noqa: DTZ007 - a civil day has no zone
    except ValueError:
        day = None
    if day is None or len(typed) != len("2026-01-01") or not FIRST_DAY <= day <= LAST_DAY:
        raise BadRequest([Reason("parameter", _("Write a day as 2026-01-31."), name)])
    return day
