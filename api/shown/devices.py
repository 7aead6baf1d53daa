"""Exempted devices, by what each reader may know: the hospital its own code for a patient, nobody else any."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.urls import reverse

from accounts.models import Organisation
from devices import notification as sheets
from devices.exemption import Exemption, establishments_of, in_force_on
from devices.models import Incident, IncidentReport
from devices.policy import (
    is_company,
    is_hospital,
    may_acknowledge,
    may_export,
    may_read_notification,
    may_report,
    may_step,
    own_units,
    units_visible_to,
)
from devices.queries.lists import COLUMNS, Held, deviations, due
from devices.queries.sites import sites_holding
from devices.services.incidents import OUTCOMES, kinds_open_to
from devices.states import ON_A_LIST, STATES, STEPS
from workflows.payload import payload_schema
from workflows.registry import TITLE
from workflows.types import Actor, PayloadField

USE: Final = "use"
STEPS_HERE: Final = (USE, *ON_A_LIST)
"""Steps of a unit that is there already."""


def exemption_row(held: Held, on: dt.date) -> dict[str, Any]:
    found, title = held.exemption, held.exemption.title
    state = TITLE.state(title.state)
    return {
        "title": title.number,
        "product": found.label,
        "organisation": title.organisation.name,
        "state": title.state,
        "state_label": str(state.applicant),
        "starts_on": title.starts_on,
        "ends_on": title.ends_on,
        "in_force_until": title.in_force_until,
        "in_force": in_force_on(title, on),
        "quantity": found.quantity,
        "most": found.most,
        "counted": held.counted,
        "nearly_used_up": held.nearly,
        "patients": found.patients,
        "sites": found.sites,
        "units": held.counts,
        "incidents": held.incidents,
        "awaited_on": held.awaited_on,
    }


def exemption(held: Held, actor: Actor, on: dt.date) -> dict[str, Any]:
    found = held.exemption
    used_outside = [] if is_company(actor) else deviations(actor, found.title.pk)
    return {
        **exemption_row(held, on),
        "conditions": found.conditions,
        "establishments": [] if is_hospital(actor) else [site(one) for one in establishments_of(found)],
        "deviations": [
            {
                "unit": one["reference"],
                "used_on": one["used_on"],
                "site": one["site__name"],
                "deviation": one["deviation"],
            }
            for one in used_outside
        ],
        "acts": _acts(actor),
    }


def site(one: Organisation) -> dict[str, Any]:
    return {"id": one.pk, "name": one.name, "finess": one.finess_et}


def _acts(actor: Actor) -> list[str]:
    acts = {
        "ship": is_company(actor) and may_step(actor, "ship").allowed,
        "record": is_hospital(actor) and may_step(actor, "record").allowed,
        "report": may_report(actor).allowed,
        "field_action": may_export(actor),
        "notification": may_read_notification(actor),
    }
    return [name for name, allowed in acts.items() if allowed]


# ----------------------------------------------------------------------------------------------------- units


def unit_row(number: str, one: Mapping[str, Any]) -> dict[str, Any]:
    """From a row of `queries.lists.units_page`, which has `patient` for its own hospital alone."""
    plain = ("rank", "state", "lot", "serial", "udi_di", "shipped_on", "received_on", "used_on", "ended_on")
    return {
        **{name: one[name] for name in plain},
        "unit": one["reference"],
        "url": reverse("api:unit", args=[number, one["rank"]]),
        "state_label": str(STATES[one["state"]]),
        "site": one["site__name"],
        "patient": one.get("patient") or None,
    }


def units(actor: Actor, title: int, ranks: Iterable[int]) -> list[dict[str, Any]]:
    """The units of these ranks that this actor reads, with no column that is not theirs. One query."""
    seen = own_units(actor) if is_hospital(actor) else units_visible_to(actor)
    hidden = ("patient", "deviation") if is_company(actor) else () if is_hospital(actor) else ("patient",)
    more = [name for name in ("patient", "deviation") if name not in hidden]
    found: Any = seen.filter(title=title, rank__in=list(ranks)).order_by("rank")
    return list(found.values(*COLUMNS, "version", *more))


def unit(
    number: str, one: Mapping[str, Any], actor: Actor, asked: Mapping[str, tuple[PayloadField, ...]], on: dt.date
) -> dict[str, Any]:
    """The unit with what this actor may do of it on that day; `asked`: the fields of each step."""
    held = [name for name in STEPS_HERE if one["state"] in STEPS[name].sources and may_step(actor, name).allowed]
    return {
        **unit_row(number, one),
        "version": one["version"],
        "deviation": one.get("deviation") or "",
        "transitions": [
            {
                "name": name,
                "label": str(STEPS[name].button),
                "allowed": True,
                "reasons": [],
                "payload_schema": payload_schema(asked[name], on=on),
            }
            for name in held
        ],
    }


# ------------------------------------------------------------------------------------------------- incidents


def incident_row(one: Mapping[str, Any], on: dt.date) -> dict[str, Any]:
    """From a row of `queries.lists.incidents_page`."""
    counted = due(dict(one), on)
    plain = (
        "rank", "side", "lot", "serial", "severity", "aware_on", "company_aware_on", "report_by", "initial_on",
        "awaited_on", "closed_on", "acknowledged_at",
    )  # fmt: skip
    return {
        **{name: one[name] for name in plain},
        "incident": one["reference"],
        "title": one["title__number"],
        "url": reverse("api:incident", args=[one["title__number"], one["rank"]]),
        "product": one["title__dossier__product_label"] or one["title__number"],
        "organisation": one["title__organisation__name"],
        "reported_by": one["organisation__name"],
        "site": one["site__name"],
        "severity_label": str(counted["severity_label"]),
        "delay": str(counted["severity_reason"]),
        "days_late": counted["days_late"],
        "days_left": counted["days_left"],
    }


def incident(one: Mapping[str, Any], found: Incident, actor: Actor, on: dt.date) -> dict[str, Any]:
    """`one`: its row of the list."""
    kinds = kinds_open_to(found, actor)
    may = {"report": bool(kinds), "acknowledge": found.acknowledged_at is None and may_acknowledge(actor).allowed}
    holding = sites_holding(found.title, found.lot) if found.lot and not is_hospital(actor) else []
    return {
        **incident_row(one, on),
        "happened_on": found.happened_on,
        "acknowledged_by": found.acknowledged_by,
        "holding": [site(other) for other in holding],
        "reports": [_report(report) for report in found.reports.order_by("seq")],
        "kinds": [str(kind) for kind in kinds],
        "acts": [name for name, allowed in may.items() if allowed],
    }


def _report(one: IncidentReport) -> dict[str, Any]:
    return {
        "number": one.seq,
        "kind": one.kind,
        "kind_label": one.get_kind_display(),
        "side": one.side,
        "severity": one.severity,
        "what": one.content["what"],
        "outcome": one.content["outcome"],
        "outcome_label": str(dict(OUTCOMES)[one.content["outcome"]]),
        "measures": one.content["measures"],
        "next_on": one.next_on,
        "days_late": one.days_late,
        "at": one.at,
        "by": one.actor_name,
        "organisation": one.actor_organisation,
    }


# --------------------------------------------------------------------------------------------- the Commission


def notification(found: Exemption, on: dt.date) -> dict[str, Any]:
    notice, number = sheets.notice_of(found), found.title.number
    return {
        "title": number,
        "to_notify": sheets.is_to_notify(found),
        "notice": notice
        and {
            "obligation": notice.pk,
            "url": reverse("api:obligation", args=[number, notice.pk]),
            "state": notice.state,
            "due_on": notice.due_on,
            "done_on": notice.done_on,
            "proof": notice.proof,
        },
        "sheet": sheets.as_json(found, on),
        "lines": [
            {"section": one.section, "code": one.code, "label": one.label, "value": one.value}
            for one in sheets.sheet(found, on)
        ],
    }
