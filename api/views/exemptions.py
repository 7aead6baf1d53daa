"""Exempted devices: what each exemption grants and what is left of it, who holds which lot, the sheet to notify."""

from __future__ import annotations

from typing import Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import params
from api.params import whole
from api.problems import NOT_FOUND
from api.schema.operations import Query, operation
from api.shown import devices as shown
from api.views.base import ApiView
from devices.exemption import Exemption, exemption_of
from devices.policy import is_hospital, may_export, may_read_notification, titles_of_devices
from devices.queries import lists
from devices.services.words import searched
from dossiers.services import access
from dossiers.services.errors import Forbidden, NotFound
from workflows.dates import civil_date
from workflows.types import Actor, Reason

LOT: Final = Query(
    "lot",
    {"type": "string", "maxLength": params.LONGEST_TEXT},
    _("A lot or serial number, typed or scanned: a whole barcode is read too."),
)


def exemption_by(view: ApiView, number: str) -> tuple[Exemption, Actor]:
    """The exemption, whose units and incidents this actor may open. Raises NotFound: absent and out of reach are told
    apart to nobody."""
    titles = titles_of_devices(view.actor).select_related("dossier", "organisation")
    title = titles.filter(number=number).first()
    if title is None or view.actor is None:
        raise NotFound([NOT_FOUND])
    return exemption_of(title), view.actor


def note(actor: Actor, found: Exemption, what: str) -> None:
    access.record(dossier=found.title.dossier, actor=actor, what=what, at=timezone.now())


class Exemptions(ApiView):
    @operation(
        "exemptions_list",
        tag="devices",
        summary=_("Exemptions whose units and incidents you may open, living ones first"),
        about=_(
            "For the company of the exemption, ANSM, auditors, and the hospitals that take part in it or hold a unit "
            "under it; empty for others."
        ),
        answers={200: "ExemptionList"},
    )
    def get(self, request: Request) -> Response:
        on = civil_date(timezone.now())
        return Response(whole([shown.exemption_row(one, on) for one in lists.exemptions(self.actor)]))


class OneExemption(ApiView):
    @operation(
        "exemptions_retrieve",
        tag="devices",
        summary=_("An exemption: what the decision grants, what is left of it, and what your role may do"),
        answers={200: "Exemption"},
    )
    def get(self, request: Request, number: str) -> Response:
        found, actor = exemption_by(self, number)
        note(actor, found, "device exemption")
        return Response(shown.exemption(lists.held(actor, found), actor, civil_date(timezone.now())))


class Holders(ApiView):
    @operation(
        "exemptions_holders",
        tag="devices",
        summary=_("Which sites hold units, of one lot or serial number: whom a field action concerns"),
        about=_("For the company and ANSM: sent and not received, in stock, or used. No patient is in it."),
        answers={200: "Holders"},
        params=(LOT,),
    )
    def get(self, request: Request, number: str) -> Response:
        params.known_only(request, (LOT,))
        found, actor = exemption_by(self, number)
        if is_hospital(actor) or not may_export(actor):
            message = _("Only the company and ANSM read which sites hold units.")
            raise Forbidden([Reason("role", message)])
        lot = searched(params.text(request, "lot"))
        note(actor, found, "device units by site")
        rows = [
            {
                "site": {"id": row["site"], "name": row["site__name"], "finess": row["site__finess_et"]},
                **{name: row[name] for name in ("shipped", "received", "used")},
            }
            for row in lists.by_site(actor, found.title.pk, lot)
        ]
        return Response({"lot": lot, **whole(rows)})


class Notification(ApiView):
    @operation(
        "exemptions_notification",
        tag="devices",
        summary=_("The sheet for the Commission and the Member States, and whether its sending is proved"),
        about=_("For ANSM and auditors (MDR art. 59(2), IVDR art. 54(2)). Nobody's name but the manufacturer's."),
        answers={200: "Notification"},
    )
    def get(self, request: Request, number: str) -> Response:
        found, actor = exemption_by(self, number)
        if not may_read_notification(actor):
            raise Forbidden([Reason("role", _("Only ANSM reads and sends this sheet."))])
        note(actor, found, "notification sheet")
        return Response(shown.notification(found, civil_date(timezone.now())))
