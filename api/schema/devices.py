"""The shapes of exempted devices: exemptions, their units, their serious incidents, the sheet for the Commission."""

from __future__ import annotations

from typing import Any, Final

from api.schema.shapes import (
    ANY_OBJECT,
    DAY,
    FLAG,
    INSTANT,
    INTEGER,
    STATE,
    TEXT,
    Shape,
    closed,
    many,
    or_null,
    page_of,
)
from api.schema.shapes import reference_to as ref
from devices.models import IncidentReport, Side
from devices.queries.lists import GROUPS, WATCHED
from devices.services.incidents import OUTCOMES
from devices.services.units import MOST_AT_ONCE
from devices.states import STATES
from workflows.incidents import SEVERITIES

GROUP: Final[Shape] = {"type": "string", "enum": list(GROUPS)}
WATCH: Final[Shape] = {"type": "string", "enum": list(WATCHED)}
ADDRESS: Final[Shape] = {"type": "string", "format": "uri-reference"}
KIND: Final[Shape] = {"type": "string", "enum": list(IncidentReport.Kind.values)}
SEVERITY: Final[Shape] = {"type": "string", "enum": list(SEVERITIES)}
SIDE: Final[Shape] = {"type": "string", "enum": list(Side.values)}
EXEMPTION_ACTS: Final = ("ship", "record", "report", "field_action", "notification")
INCIDENT_ACTS: Final = ("report", "acknowledge")

_SITE: Final = closed(id=INTEGER, name=TEXT, finess=TEXT)
_DAYS: Final = dict.fromkeys(("shipped_on", "received_on", "used_on", "ended_on"), or_null(DAY))
_EXEMPTION: Final = {
    "title": TEXT,
    "product": TEXT,
    "organisation": TEXT,
    "state": STATE,
    "state_label": TEXT,
    **dict.fromkeys(("starts_on", "ends_on", "in_force_until"), DAY),
    "in_force": {**FLAG, "description": "Whether units may be sent and used today."},
    "quantity": {**TEXT, "description": "In the words of the decision."},
    "most": or_null(
        {**INTEGER, "description": "The number of units that the decision fixes; null when it fixes none."}
    ),
    "counted": {**INTEGER, "description": "Units that count against that number, at whatever site."},
    "nearly_used_up": FLAG,
    "patients": or_null({**INTEGER, "description": "Null: every patient who meets the criteria."}),
    "sites": {**many(TEXT), "description": "In the words of the decision."},
    "units": {
        "type": "object",
        "additionalProperties": INTEGER,
        "description": "How many you may see, by list: the `list` of GET units/.",
    },
    "incidents": INTEGER,
    "awaited_on": or_null({**DAY, "description": "The earliest day on which a report of the company is due."}),
}
_UNIT: Final = {
    "unit": TEXT,
    "rank": INTEGER,
    "url": ADDRESS,
    "state": {"type": "string", "enum": list(STATES)},
    "state_label": TEXT,
    "site": TEXT,
    **dict.fromkeys(("lot", "serial", "udi_di"), TEXT),
    **_DAYS,
    "patient": {**or_null(TEXT), "description": "Your own code for the patient: null but for the site of the unit."},
}
_INCIDENT: Final = {
    "incident": TEXT,
    "title": TEXT,
    "rank": INTEGER,
    "url": ADDRESS,
    "product": TEXT,
    "organisation": {**TEXT, "description": "The holder of the exemption."},
    "side": SIDE,
    "reported_by": TEXT,
    "site": or_null(TEXT),
    **dict.fromkeys(("lot", "serial"), TEXT),
    "severity": SEVERITY,
    "severity_label": TEXT,
    "delay": {**TEXT, "description": "How many days the manufacturer has, and why."},
    "aware_on": DAY,
    "company_aware_on": {**DAY, "description": "The day from which the manufacturer's delay is counted."},
    "report_by": {**DAY, "description": "The last day of its initial report."},
    **dict.fromkeys(("initial_on", "awaited_on", "closed_on"), or_null(DAY)),
    "days_late": INTEGER,
    "days_left": INTEGER,
    "acknowledged_at": or_null(INSTANT),
}


def _typed(*required: str, **properties: Any) -> Shape:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


DEVICES: Final[dict[str, Shape]] = {
    "ExemptionRow": closed(**_EXEMPTION),
    "ExemptionList": page_of(ref("ExemptionRow")),
    "Exemption": closed(
        **_EXEMPTION,
        conditions=TEXT,
        establishments={**many(_SITE), "description": "Hospitals known to it: `site` of what is sent there."},
        deviations={
            **many(closed(unit=TEXT, used_on=DAY, site=TEXT, deviation=TEXT)),
            "description": "Units used on a day when it was not in force, and why: for hospitals and ANSM.",
        },
        acts=many({"type": "string", "enum": list(EXEMPTION_ACTS), "description": "What your role may do here."}),
    ),
    "UnitRow": closed(**_UNIT),
    "UnitPage": page_of(ref("UnitRow")),
    "Unit": closed(
        **_UNIT,
        version=INTEGER,
        deviation={**TEXT, "description": "Why it was used out of the period: for its hospital and ANSM."},
        transitions=many(ref("Transition")),
    ),
    "NewUnits": _typed(
        "on",
        on={**DAY, "description": "The day of the shipment, or of the reception."},
        site={
            "type": ["integer", "null"],
            "minimum": 1,
            "x-catalogue": "/api/v1/catalogue/establishments/",
            "description": "For the company alone: the hospital to which they are sent.",
        },
        lot={"type": "string", "maxLength": 120, "description": "Typed, or the whole barcode of a label."},
        serials={
            "type": "array",
            "items": {"type": "string", "maxLength": 200},
            "maxItems": MOST_AT_ONCE,
            "description": "One for each unit, typed or the whole barcode of its label.",
        },
        count={
            "type": ["integer", "null"],
            "minimum": 1,
            "maximum": MOST_AT_ONCE,
            "description": "Left out, as many as serial numbers.",
        },
        udi_di={"type": "string", "maxLength": 60},
    ),
    "UnitsMoved": _typed(
        "units",
        "on",
        units={
            "type": "array",
            "items": {"type": "integer", "minimum": 1},
            "minItems": 1,
            "maxItems": MOST_AT_ONCE,
            "description": "Their ranks.",
        },
        on=DAY,
        reason={"type": "string", "maxLength": 4_000, "description": "For the steps that ask one."},
    ),
    "Holders": closed(
        lot={**TEXT, "description": "The number looked for, as numbers are compared; empty for all."},
        results=many(closed(site=_SITE, shipped=INTEGER, received=INTEGER, used=INTEGER)),
        **{name: {"type": "null"} for name in ("next", "previous")},
    ),
    "IncidentRow": closed(**_INCIDENT),
    "IncidentPage": page_of(ref("IncidentRow")),
    "Incident": closed(
        **_INCIDENT,
        happened_on=or_null(DAY),
        acknowledged_by=TEXT,
        holding={**many(_SITE), "description": "Sites that hold units of its lot: for the company and ANSM."},
        reports=many(
            closed(
                number=INTEGER,
                kind=KIND,
                kind_label=TEXT,
                side=SIDE,
                severity=SEVERITY,
                what=TEXT,
                outcome={"type": "string", "enum": [code for code, _label in OUTCOMES]},
                outcome_label=TEXT,
                measures=TEXT,
                next_on=or_null(DAY),
                days_late=INTEGER,
                at=INSTANT,
                by=TEXT,
                organisation=TEXT,
            )
        ),
        kinds={**many(KIND), "description": "The kinds of report that you may still make."},
        acts=many({"type": "string", "enum": list(INCIDENT_ACTS), "description": "What you may do now."}),
    ),
    "Notification": closed(
        title=TEXT,
        to_notify={**FLAG, "description": "False for the use of a single patient (MDR art. 59(2))."},
        notice=or_null(
            closed(
                obligation={**INTEGER, "description": "Its sending is proved by POST obligations/{id}/done/."},
                url=ADDRESS,
                state=TEXT,
                due_on=DAY,
                done_on=or_null(DAY),
                proof=TEXT,
            )
        ),
        sheet={**ANY_OBJECT, "description": "{section: {code: value}}"},
        lines=many(closed(section=TEXT, code=TEXT, label=TEXT, value=TEXT)),
    ),
}
