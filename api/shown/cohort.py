"""Patients of an early access, by what each reader may know of them.

Two readings, never mixed: the hospital's own patients with their identity; the company's, by pseudonym, from queries
that do not name the columns of identity. Agencies and auditors read numbers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q
from django.urls import reverse

from api.shown import cohort_forms
from api.shown.acts import reasons
from cohort.models import CohortEvent, CohortForm, Inclusion
from cohort.policy import counted_for, inclusions_visible_to, is_company, may_step, pseudonymised_for
from cohort.protocol import Cohort
from cohort.queries import hospital
from cohort.queries.counts import Meter, meters, of_patients, total
from cohort.queries.figures import Figures, Line
from cohort.services.step import demand_open
from cohort.states import NOTES, STATES, STEPS
from dossiers.queries.keyset import Column, Ordering, Page, page
from dossiers.services.errors import Blocked
from workflows.dates import civil_date
from workflows.payload import payload_schema
from workflows.types import Actor, PayloadField, Reason

BY_RANK: Final = Ordering("rank", (Column("rank", "integer"),))
PSEUDONYMOUS: Final = (
    "id", "pseudonym", "version", "state", "access_number", "profile", "asked_at", "answered_at", "started_on",
    "stopped_on", "next_due_on", "reason", "organisation__name",
)  # fmt: skip
OWN: Final = (*PSEUDONYMOUS, "identity", "source")
TOLD_TO_THE_COMPANY: Final = frozenset({"declined", "withdrawn"})
"""States whose reason the company reads: the others' is between the pharmacist and the prescriber."""


@dataclass(frozen=True)
class Place:
    """Under which address a patient was asked for: the title that the caller named, whichever of the chain it is."""

    number: str
    pseudonym: str

    @property
    def names(self) -> list[str]:
        return [self.number, self.pseudonym.replace("/", "~")]


def patients_page(actor: Actor, cohort: Cohort, states: list[str], *, cursor: str, size: int) -> Page:
    """Those this actor reads one by one, in the order in which they were begun; none for agencies. One query."""
    readable = pseudonymised_for(actor) if is_company(actor) else inclusions_visible_to(actor)
    found = readable.filter(chain=cohort.chain)
    if states:
        found = found.filter(state__in=states)
    return page(found, BY_RANK, cursor, PSEUDONYMOUS if is_company(actor) else OWN, size)


def rows(number: str, found: list[dict[str, Any]], on: dt.date) -> list[dict[str, Any]]:
    """One query, whatever their number."""
    counted = of_patients([one["id"] for one in found], on)
    return [_row(number, one, counted.get(one["id"], Meter())) for one in found]


def _row(number: str, one: Mapping[str, Any], meter: Meter) -> dict[str, Any]:
    identity = one.get("identity")
    named = {name: str(identity.get(name) or "") for name in ("initials", "birth_month")} if identity else None
    profile = one["profile"]
    return {
        "pseudonym": one["pseudonym"],
        "access_number": one["access_number"] or None,
        "url": reverse("api:cohort_patient", args=Place(number, one["pseudonym"]).names),
        "state": one["state"],
        "state_label": str(STATES[one["state"]]),
        "hospital": one["organisation__name"],
        "identity": named,
        "age_band": profile.get("age_band") or None,
        "sex": profile.get("sex") or None,
        "asked_at": one["asked_at"],
        "answered_at": one["answered_at"],
        "started_on": one["started_on"],
        "stopped_on": one["stopped_on"],
        "next_due_on": one["next_due_on"],
        "completeness": completeness(meter),
    }


def patient(
    actor: Actor, cohort: Cohort, place: Place, at: dt.datetime, asked: Mapping[str, tuple[PayloadField, ...]]
) -> dict[str, Any] | None:
    """The whole patient; None when they are not this actor's to see. `asked`: fields of each step of this address."""
    on, company = civil_date(at), is_company(actor)
    readable = pseudonymised_for(actor) if company else inclusions_visible_to(actor)
    seen: Any = readable.filter(chain=cohort.chain, pseudonym=place.pseudonym)
    one: Any = seen.values(*(PSEUDONYMOUS if company else OWN)).first()
    if one is None:
        return None
    inclusion: Inclusion | None = None if company else seen.get()
    return {
        **_row(place.number, one, of_patients([one["id"]], on).get(one["id"], Meter())),
        "title": cohort.title.number,
        "version": one["version"],
        "reason": one["reason"] if inclusion or one["state"] in TOLD_TO_THE_COMPANY else "",
        "source": one.get("source") or None,
        "alike": hospital.alike(actor, inclusion) if inclusion else [],
        "forms": cohort_forms.all_of(cohort, place.names, inclusion, one["id"], on),
        "events": [_event(row) for row in inclusion.events.order_by("-seq")] if inclusion else [],
        "transitions": _steps(actor, cohort, one["state"], at, asked),
    }


def _event(one: CohortEvent) -> dict[str, Any]:
    said = {**{name: step.past for name, step in STEPS.items()}, **NOTES}
    return {
        "name": one.verb,
        "label": str(said.get(one.verb, one.verb)),
        "at": one.at,
        "by": one.actor_name,
        "organisation": one.actor_organisation,
        "reason": str(one.payload.get("reason", "")),
    }


def _steps(
    actor: Actor, cohort: Cohort, state: str, at: dt.datetime, asked: Mapping[str, tuple[PayloadField, ...]]
) -> list[dict[str, Any]]:
    """The steps of the present state that this role holds, but for those that signing a form takes."""
    held = [STEPS[name] for name in asked if state in STEPS[name].sources and may_step(actor, name).allowed]
    closed = _closed(cohort, at)
    return [
        {
            "name": one.name,
            "label": str(one.label),
            "allowed": not (one.needs_title and closed),
            "reasons": reasons(closed if one.needs_title else ()),
            "payload_schema": payload_schema(asked[one.name], on=civil_date(at)),
        }
        for one in held
    ]


def _closed(cohort: Cohort, at: dt.datetime) -> tuple[Reason, ...]:
    """Why no patient may come in now; empty when they may."""
    try:
        demand_open(cohort, at)
    except Blocked as refusal:
        return refusal.reasons
    return ()


# ------------------------------------------------------------------------------------------------- in numbers


def completeness(meter: Meter) -> dict[str, int]:
    return {"received": meter.received, "expected": meter.expected, "rate": meter.rate}


def numbers(actor: Actor, chain: str, on: dt.date) -> dict[str, Any]:
    """Of the whole cohort, whoever reads. Two queries."""
    sent = counted_for(actor).filter(chain=chain)
    counted = sent.order_by().aggregate(
        asked=Count("pk"),
        given=Count("pk", filter=~Q(access_number="")),
        treated=Count("pk", filter=Q(state="treated")),
        ended=Count("pk", filter=Q(state="stopped")),
    )
    forms = CohortForm.objects.filter(inclusion__in=sent.values("pk"))
    return {**counted, "completeness": completeness(total(meters(forms, on, "form").values()))}


def figures(found: Figures, on: dt.date, *, with_hospitals: bool) -> dict[str, Any]:
    """How many patients each hospital has is the company's and the agencies' to read, not another hospital's."""
    tables = ("states", "ages", "sexes", "stop_reasons", "effects", "courses", "situations")
    plain = ("asked", "given", "treated", "ended", "adverse", "serious", "patients_with_effect", "answer_days")
    return {
        "on": on,
        **{name: getattr(found, name) for name in plain},
        **{name: _lines(getattr(found, name)) for name in tables},
        "months": [{"month": month, "count": count} for month, count in found.months],
        "hospitals": [
            {"name": one.name, "patients": one.patients, "completeness": completeness(one.meter)}
            for one in (found.hospitals if with_hospitals else [])
        ],
        "completeness": completeness(found.completeness),
        "by_form": [{"label": str(label), "completeness": completeness(meter)} for label, meter in found.by_form],
    }


def _lines(found: list[Line]) -> list[dict[str, Any]]:
    return [{"label": str(one.label), "count": one.count} for one in found]
