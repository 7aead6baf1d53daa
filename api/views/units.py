"""Units of exempted devices: noted when they are sent or received, then followed until their end."""

from __future__ import annotations

from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import params
from api.errors import BadRequest
from api.etags import etag, if_match
from api.params import CURSOR, IDEMPOTENCY_KEY, IF_MATCH, SIZE, whole
from api.problems import NOT_FOUND
from api.schema.devices import GROUP
from api.schema.operations import ETAG, Body, Query, operation
from api.shown import devices as shown
from api.views.acting import ActView
from api.views.base import ApiView, body_of
from api.views.exemptions import LOT, exemption_by, note
from api.views.transitions import payload_of
from devices.exemption import Exemption
from devices.policy import is_company, is_hospital, may_step
from devices.queries import lists
from devices.services import units as services
from devices.services.step import demand
from devices.services.words import LONGEST, LONGEST_PSEUDONYM, searched
from devices.states import ON_A_LIST, STEPS
from dossiers.services.errors import Blocked, NotFound
from workflows.dates import civil_date
from workflows.payload import clean_payload
from workflows.types import Actor, DateIn, PayloadField, Reason

LARGEST_RANK: Final = 999_999
LIST: Final = (Query("list", GROUP, _("Those of one list; all when not said.")), LOT, CURSOR, SIZE)

ON: Final = PayloadField("on", "date", _("Day"), example=DateIn(0))
REASON: Final = PayloadField(
    "reason", "text", _("Reason"), example="Colis jamais parti.", max_length=LONGEST, personal=True
)
USE: Final = (
    ON,
    PayloadField(
        "patient",
        "line",
        _("Your own code for the patient"),
        help=_("From your register, never a name. It is encrypted, and your hospital alone reads it."),
        example="REG-0417",
        max_length=LONGEST_PSEUDONYM,
        personal=True,
    ),
    PayloadField(
        "deviation",
        "text",
        _("Why it was used on a day when the exemption was not in force"),
        required=False,
        help=_("ANSM reads it. No name, no initials."),
        example="Reprise en urgence, avant la levée de la suspension.",
        max_length=LONGEST,
        personal=True,
    ),
)
ASKED: Final[dict[str, tuple[PayloadField, ...]]] = {
    shown.USE: USE,
    **{name: (ON, REASON) if STEPS[name].reason else (ON,) for name in ON_A_LIST},
}
"""What each step of a unit asks."""
_NOTED: Final = (
    ON,
    PayloadField("lot", "text", _("Lot number"), required=False, max_length=120),
    PayloadField("count", "integer", _("Number of units"), required=False),
    PayloadField("udi_di", "line", _("UDI-DI"), required=False, max_length=60),
)
_SITE: Final = PayloadField("site", "integer", _("Sent to"))
LONGEST_SERIAL: Final = 200


class Units(ActView):
    @operation(
        "units_list",
        tag="devices",
        summary=_("Units under an exemption, the last noted first"),
        about=_(
            "A hospital reads its own units, with its own code for each patient; the company and ANSM where each unit "
            "is, without a datum about a patient."
        ),
        answers={200: "UnitPage"},
        params=LIST,
    )
    def get(self, request: Request, number: str) -> Response:
        params.known_only(request, LIST)
        found, actor = exemption_by(self, number)
        group = params.choice(request, "list", lists.GROUPS) or "all"
        lot = searched(params.text(request, "lot"))
        if is_hospital(actor):
            note(actor, found, "device units")
        page = lists.units_page(actor, found.title.pk, group, lot, params.cursor(request), params.size(request))
        return Response(params.listed(request, page, [shown.unit_row(number, row) for row in page.rows]))

    @operation(
        "units_note",
        tag="devices",
        summary=_("Note units that come in: sent by the company, or received by the hospital without a shipment noted"),
        about=_(
            "The company says to which hospital (`site`), whose pharmacy is told. `lot` or `serials`: one of the two. "
            "Sent again with the same Idempotency-Key and the same body, they are noted once."
        ),
        answers={201: "UnitPage"},
        body=Body("NewUnits"),
        example={"on": "2026-01-15", "site": 1, "lot": "L2026-07", "count": 2},
        params=(IDEMPOTENCY_KEY,),
        problems=(409, 422),
    )
    def post(self, request: Request, number: str) -> Response:
        found, actor = exemption_by(self, number)
        name = "ship" if is_company(actor) else "record"
        given = body_of(request)
        serials = _serials(given.pop("serials", None))
        what, reasons = clean_payload((*_NOTED, _SITE) if name == "ship" else _NOTED, given)
        demand(may_step(actor, name))
        if reasons:
            raise Blocked(reasons)
        noted = services.Noted(
            lot=what.get("lot", ""), serials=serials, count=what.get("count"), udi_di=what.get("udi_di", "")
        )
        said: dict[str, Any] = {
            "number": number,
            "noted": noted,
            "on": what["on"],
            "actor": actor,
            "key": params.idempotency_key(request),
            "at": timezone.now(),
        }
        made = services.ship(**said, site=what["site"]) if name == "ship" else services.record(**said)
        return Response(whole(_rows(found, actor, [one.rank for one in made])), status=201)


class OneUnit(ApiView):
    @operation(
        "units_retrieve",
        tag="devices",
        summary=_("A unit, and what you may do of it now"),
        answers={200: "Unit"},
        headers=(ETAG,),
    )
    def get(self, request: Request, number: str, rank: int) -> Response:
        found, actor = exemption_by(self, number)
        if is_hospital(actor):
            note(actor, found, f"device unit {rank}")
        return _whole(found, actor, rank)


class UnitStep(ActView):
    @operation(
        "units_act",
        tag="devices",
        summary=_("Receive a unit, note its use, its explantation, its return, its destruction, or undo a mistake"),
        about=_(
            "`transitions` of the unit lists the steps of your role, with what each asks. If-Match carries the version "
            "of the unit that the decision rests on."
        ),
        answers={200: "Unit"},
        body=Body("Payload", required=False),
        example={"on": "2026-01-15"},
        params=(IF_MATCH,),
        headers=(ETAG,),
        problems=(409, 412, 422, 428),
    )
    def post(self, request: Request, number: str, rank: int, name: str) -> Response:
        found, actor = exemption_by(self, number)
        row = _one(found, actor, rank)
        if name not in ASKED:
            raise NotFound([NOT_FOUND])
        version = if_match(request, present=row["version"])
        what, reasons = clean_payload(ASKED[name], payload_of(request))
        demand(may_step(actor, name))
        if reasons:
            raise Blocked(reasons)
        said: dict[str, Any] = {"number": number, "actor": actor, "version": version, "at": timezone.now(), **what}
        if name == shown.USE:
            services.use(rank=rank, **said)
        else:
            services.move_on(ranks=[rank], name=name, **said)
        return _whole(found, actor, rank)


class UnitsStep(ActView):
    @operation(
        "units_act_together",
        tag="devices",
        summary=_("Take one step for several units at once: all of them, or none"),
        about=_("Any step but `use`, which is of one patient. A unit that is no longer in a state for it stops all."),
        answers={200: "UnitPage"},
        body=Body("UnitsMoved"),
        example={"units": [1, 2], "on": "2026-01-15"},
        problems=(409, 422),
    )
    def post(self, request: Request, number: str, name: str) -> Response:
        found, actor = exemption_by(self, number)
        if name not in ON_A_LIST:
            raise NotFound([NOT_FOUND])
        given = body_of(request)
        ranks = _ranks(given.pop("units", None))
        what, reasons = clean_payload(ASKED[name], given)
        demand(may_step(actor, name))
        if reasons:
            raise Blocked(reasons)
        moved = services.move_on(number=number, ranks=ranks, name=name, actor=actor, at=timezone.now(), **what)
        return Response(whole(_rows(found, actor, [one.rank for one in moved])))


def _serials(given: Any) -> tuple[str, ...]:
    """Raises BadRequest for what is no list of texts, or is far too long."""
    rows = [] if given is None else given
    if not isinstance(rows, list) or not all(isinstance(one, str) and len(one) <= LONGEST_SERIAL for one in rows):
        raise BadRequest([Reason("type", _("Give a list of texts, of 200 characters at most."), "serials")])
    return tuple(rows)


def _ranks(given: Any) -> list[int]:
    """Raises BadRequest for what is no list of ranks."""
    rows = given if isinstance(given, list) else []
    good = [one for one in rows if type(one) is int and 1 <= one <= LARGEST_RANK]
    if not good or len(good) != len(rows) or len(good) > services.MOST_AT_ONCE:
        message = _("Give the ranks of 1 to %d units.") % services.MOST_AT_ONCE
        raise BadRequest([Reason("type", message, "units")])
    return good


def _one(found: Exemption, actor: Actor, rank: int) -> dict[str, Any]:
    """Raises NotFound."""
    rows = shown.units(actor, found.title.pk, [rank]) if rank <= LARGEST_RANK else []
    if not rows:
        raise NotFound([NOT_FOUND])
    return rows[0]


def _rows(found: Exemption, actor: Actor, ranks: list[int]) -> list[dict[str, Any]]:
    return [shown.unit_row(found.title.number, row) for row in shown.units(actor, found.title.pk, ranks)]


def _whole(found: Exemption, actor: Actor, rank: int) -> Response:
    row = _one(found, actor, rank)
    body = shown.unit(found.title.number, row, actor, ASKED, civil_date(timezone.now()))
    return Response(body, headers={"ETag": etag(row["version"])})
