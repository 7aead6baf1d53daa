"""Serious incidents of exempted devices: declared, followed up, closed, each within its delay (MDR art. 87 to 89)."""

from __future__ import annotations

from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import params
from api.params import CURSOR, IDEMPOTENCY_KEY, SIZE
from api.problems import NOT_FOUND
from api.schema.devices import WATCH
from api.schema.operations import LOCATION, Body, Query, operation
from api.shown import devices as shown
from api.views.acting import ActView
from api.views.base import ApiView, body_of
from api.views.exemptions import exemption_by, note
from api.views.units import LARGEST_RANK
from devices.models import Incident, IncidentReport
from devices.policy import incidents_visible_to, is_company, may_report
from devices.queries import lists
from devices.services import incidents as services
from devices.services.incidents import OUTCOMES, Told, Where
from devices.services.step import demand
from devices.services.words import LONGEST
from dossiers.services.errors import Blocked, NotFound
from workflows.dates import civil_date
from workflows.incidents import SEVERITIES
from workflows.payload import clean_payload
from workflows.types import Actor, PayloadField

LIST: Final = (
    Query("list", WATCH, _("`late`, `to_read` (not acknowledged), `open` or `closed`; `open` when not said.")),
    CURSOR,
    SIZE,
)
EVERY: Final = (
    Query("title", {"type": "string", "maxLength": params.LONGEST_TEXT}, _("Those of this exemption.")),
    *LIST,
)


def _text(name: str, label: Any, example: str, *, required: bool = True) -> PayloadField:
    return PayloadField(name, "text", label, required=required, example=example, max_length=LONGEST, personal=True)


TOLD: Final = (
    PayloadField(
        "severity",
        "choice",
        _("How serious is it?"),
        help=_("The manufacturer's report is due within 2, 10 or 15 days, in this order."),
        choices=tuple((one.code, one.label) for one in SEVERITIES.values()),
        example="other",
    ),
    _text("what", _("What happened"), "Rupture de la tête de vis pendant la pose, reprise dans le même temps."),
    PayloadField("outcome", "choice", _("Outcome for the person"), choices=OUTCOMES, example="recovered"),
    _text("measures", _("What was done about it"), "Lot mis de côté, vis envoyée au fabricant.", required=False),
)
NEXT_ON: Final = PayloadField(
    "next_on",
    "date",
    _("Day of your next report"),
    required=False,
    help=_("For the company, unless this report is final."),
    example="2026-12-31",
)
WHERE: Final = (
    PayloadField(
        "aware_on",
        "date",
        _("Known to you since"),
        help=_("The day on which your organisation became aware of it."),
        example="2026-01-15",
    ),
    PayloadField("happened_on", "date", _("Happened on"), required=False, example="2026-01-14"),
    PayloadField("lot", "text", _("Lot number"), required=False, example="L2026-07", max_length=120),
    PayloadField("serial", "text", _("Serial number"), required=False, example="SN-000123", max_length=60),
)
SITE: Final = PayloadField(
    "site",
    "integer",
    _("Hospital"),
    required=False,
    help=_("For the company: the `id` of GET catalogue/establishments/. A hospital reports for itself."),
    example=1,
)
KIND: Final = PayloadField(
    "kind",
    "choice",
    _("This report is"),
    help=_("One of the `kinds` of the incident."),
    choices=tuple(IncidentReport.Kind.choices),
    example="follow_up",
)


class AllIncidents(ApiView):
    @operation(
        "incidents_list",
        tag="devices",
        summary=_("Serious incidents that you may see, those whose report is due first before the others"),
        about=_("The company of the exemption, ANSM, and the hospital that reported one or where it happened."),
        answers={200: "IncidentPage"},
        params=EVERY,
    )
    def get(self, request: Request) -> Response:
        params.known_only(request, EVERY)
        return _listed(self, request, params.text(request, "title"))


class Incidents(ActView):
    @operation(
        "incidents_of_exemption",
        tag="devices",
        summary=_("Serious incidents under an exemption"),
        answers={200: "IncidentPage"},
        params=LIST,
    )
    def get(self, request: Request, number: str) -> Response:
        params.known_only(request, LIST)
        found, _actor = exemption_by(self, number)
        return _listed(self, request, found.title.number)

    @operation(
        "incidents_report",
        tag="devices",
        summary=_("Report a serious incident: ANSM's vigilance is told at once, and the other side"),
        about=_(
            "By the company or by a hospital. The manufacturer's delay of 2, 10 or 15 days counts from `aware_on` when "
            "it reports, from today when a hospital does. `site` and `next_on` are the company's. No name, no "
            "initials, no birth date. Sent again with the same Idempotency-Key, it is reported once."
        ),
        answers={201: "Incident"},
        body=Body((*WHERE, SITE, *TOLD, NEXT_ON)),
        params=(IDEMPOTENCY_KEY,),
        headers=(LOCATION,),
        problems=(409, 422),
    )
    def post(self, request: Request, number: str) -> Response:
        _found, actor = exemption_by(self, number)
        fields = (*WHERE, SITE, *TOLD, NEXT_ON) if is_company(actor) else (*WHERE, *TOLD)
        what = _typed(body_of(request), fields, actor)
        where = {name: what.pop(name) for name in ("site", "lot", "serial", "happened_on") if name in what}
        made = services.report(
            number=number,
            aware_on=what.pop("aware_on"),
            where=Where(**where),
            told=Told(**what),
            actor=actor,
            key=params.idempotency_key(request),
            at=timezone.now(),
        )
        answer = _whole(self, number, made.rank, status=201)
        answer["Location"] = reverse("api:incident", args=[number, made.rank])
        return answer


class OneIncident(ApiView):
    @operation(
        "incidents_retrieve",
        tag="devices",
        summary=_("A serious incident: when its next report is due, every report, and what you may do now"),
        answers={200: "Incident"},
    )
    def get(self, request: Request, number: str, rank: int) -> Response:
        found, actor = _found(self, number, rank)
        exemption, _actor = exemption_by(self, number)
        note(actor, exemption, f"device incident {found.rank}")
        return _whole(self, number, rank)


class IncidentReports(ActView):
    @operation(
        "incidents_follow_up",
        tag="devices",
        summary=_("Add a report: the company's initial one, a follow-up, or the final one, which closes the incident"),
        about=_("Sent again with the same Idempotency-Key and the same body, it is made once."),
        answers={201: "Incident"},
        body=Body((KIND, *TOLD, NEXT_ON)),
        params=(IDEMPOTENCY_KEY,),
        problems=(409, 422),
    )
    def post(self, request: Request, number: str, rank: int) -> Response:
        found, actor = _found(self, number, rank)
        fields = (KIND, *TOLD, NEXT_ON) if is_company(actor) else (KIND, *TOLD)
        what = _typed(body_of(request), fields, actor)
        services.add_report(
            incident=found.pk,
            kind=what.pop("kind"),
            told=Told(**what),
            actor=actor,
            key=params.idempotency_key(request),
            at=timezone.now(),
        )
        return _whole(self, number, rank, status=201)


class IncidentAcknowledged(ActView):
    @operation(
        "incidents_acknowledge",
        tag="devices",
        summary=_("ANSM's vigilance takes an incident in charge: twice is once"),
        answers={200: "Incident"},
    )
    def post(self, request: Request, number: str, rank: int) -> Response:
        found, actor = _found(self, number, rank)
        services.acknowledge(incident=found.pk, actor=actor, at=timezone.now())
        return _whole(self, number, rank)


def _typed(given: dict[str, Any], fields: tuple[PayloadField, ...], actor: Actor) -> dict[str, Any]:
    """Raises Forbidden to whoever may not report, however well they write it, then Blocked with every reason."""
    what, reasons = clean_payload(fields, given)
    demand(may_report(actor))
    if reasons:
        raise Blocked(reasons)
    return what


def _listed(view: ApiView, request: Request, number: str) -> Response:
    on = civil_date(timezone.now())
    group = params.choice(request, "list", lists.WATCHED) or lists.OPEN
    page = lists.incidents_page(view.actor, group, on, params.cursor(request), number, params.size(request))
    return Response(params.listed(request, page, [shown.incident_row(row, on) for row in page.rows]))


def _found(view: ApiView, number: str, rank: int) -> tuple[Incident, Actor]:
    """Raises NotFound."""
    seen = incidents_visible_to(view.actor).select_related("title").filter(title__number=number)
    found = seen.filter(rank=rank).first() if rank <= LARGEST_RANK else None
    if found is None or view.actor is None:
        raise NotFound([NOT_FOUND])
    return found, view.actor


def _whole(view: ApiView, number: str, rank: int, *, status: int = 200) -> Response:
    found, actor = _found(view, number, rank)
    row: Any = incidents_visible_to(actor).filter(pk=found.pk).values(*lists.OF_INCIDENTS).get()
    return Response(shown.incident(row, found, actor, civil_date(timezone.now())), status=status)
