"""Units and incidents as lists: one query for a page, one for its counters, whatever their number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, Min, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from devices.exemption import Exemption, exemptions_of
from devices.models import Incident, Unit
from devices.policy import incidents_visible_to, is_hospital, own_units, titles_of_devices, units_visible_to
from devices.states import (
    AT_SITE,
    CANCELLED,
    DESTROYED,
    EXPLANTED,
    NOT_COUNTED,
    RECEIVED,
    RETURNED,
    SHIPPED,
    STATES,
    USED,
)
from dossiers.queries.keyset import PAGE_SIZE, Column, Ordering, Page, page
from workflows.incidents import SEVERITIES, Severity
from workflows.types import Actor, Text

GROUPS: Final[dict[str, tuple[Text, frozenset[str]]]] = {
    "shipped": (_("To receive"), frozenset({SHIPPED})),
    "stock": (_("In stock"), frozenset({RECEIVED})),
    "used": (pgettext_lazy("units", "Used"), frozenset({USED})),
    "over": (_("Explanted, returned, destroyed"), frozenset({EXPLANTED, RETURNED, DESTROYED, CANCELLED})),
    "all": (pgettext_lazy("units", "All"), frozenset(STATES)),
}
LATEST: Final = Ordering("units", (Column("rank", "integer", descending=True),))
COLUMNS: Final = (
    "rank",
    "reference",
    "state",
    "lot",
    "serial",
    "udi_di",
    "site__name",
    "shipped_on",
    "received_on",
    "used_on",
    "ended_on",
    "over_quantity",
    "off_site",
)


@dataclass(frozen=True)
class Held:
    """An exemption on a list, with how many units the reader sees where. `counted`: against the quantity of the
    decision, whatever the site: a number alone."""

    exemption: Exemption
    counts: dict[str, int] = field(default_factory=dict)
    counted: int = 0
    sites: int = 0
    incidents: int = 0
    awaited_on: dt.date | None = None

    @property
    def nearly(self) -> bool:
        return self.exemption.is_nearly_used_up(self.counted)

    @property
    def reached(self) -> bool:
        return self.exemption.most is not None and self.counted >= self.exemption.most

    @property
    def beyond(self) -> int:
        """How many units are counted beyond the quantity of the decision."""
        return max(self.counted - self.exemption.most, 0) if self.exemption.most is not None else 0


def exemptions(actor: Actor | None) -> list[Held]:
    """The exemptions that this actor may open, living ones first. Six queries, whatever their number."""
    titles = titles_of_devices(actor).select_related("dossier", "organisation")
    found = exemptions_of(titles.order_by("-ends_on", "-pk"))
    keys = [one.title.pk for one in found]
    counts = _counts(units_visible_to(actor).filter(title__in=keys))
    told, totals = _incidents(incidents_visible_to(actor).filter(title__in=keys)), _totals(keys)
    rows = [
        Held(
            exemption=one,
            counted=totals.get(one.title.pk, 0),
            **counts.get(one.title.pk, {}),
            **told.get(one.title.pk, {}),
        )
        for one in found
    ]
    return sorted(rows, key=lambda row: row.exemption.title.state not in ("in_force", "suspended"))


def held(actor: Actor, exemption: Exemption) -> Held:
    """The same for one exemption. Three queries."""
    key = exemption.title.pk
    counts = _counts(units_visible_to(actor).filter(title=key))
    told = _incidents(incidents_visible_to(actor).filter(title=key))
    counted = _totals([key]).get(key, 0)
    return Held(exemption=exemption, counted=counted, **counts.get(key, {}), **told.get(key, {}))


def units_page(actor: Actor, title: int, group: str, lot: str, cursor: str, size: int = PAGE_SIZE) -> Page:
    """One query. Only the hospital's own rows have `patient`; `deviation` is for the hospital and ANSM. Raises
    BadCursor."""
    hospital = is_hospital(actor)
    rows = own_units(actor) if hospital else units_visible_to(actor)
    rows = rows.filter(title=title, state__in=sorted(GROUPS[group][1]))
    if lot:
        rows = rows.filter(Q(lot=lot) | Q(serial=lot))
    return page(rows, LATEST, cursor, (*COLUMNS, *(("patient",) if hospital else ())), size)


def by_site(actor: Actor, title: int, lot: str) -> list[dict[str, Any]]:
    """{site, finess, and how many units are on their way, in stock, used there}: whom a field action concerns."""
    rows: QuerySet[Any] = units_visible_to(actor).filter(title=title, state__in=sorted(AT_SITE))
    if lot:
        rows = rows.filter(Q(lot=lot) | Q(serial=lot))
    counted = {name: Count("pk", filter=Q(state=name)) for name in (SHIPPED, RECEIVED, USED)}
    return list(rows.order_by("site__name", "site").values("site__name", "site__finess_et", "site").annotate(**counted))


def deviations(actor: Actor, title: int) -> list[dict[str, Any]]:
    """Units used on a day when the exemption was not in force, with why: for the hospital and ANSM. One query."""
    used: QuerySet[Any] = units_visible_to(actor).filter(title=title, state__in=(USED, EXPLANTED, RETURNED, DESTROYED))
    found = (
        used.filter(used_on__isnull=False).order_by("rank").values("reference", "used_on", "site__name", "deviation")
    )
    return [row for row in found if row["deviation"]]


def _counts(units: QuerySet[Unit]) -> dict[int, dict[str, Any]]:
    wanted = {name: Count("pk", filter=Q(state__in=sorted(states))) for name, (_label, states) in GROUPS.items()}
    sites = Count("site", filter=Q(state__in=sorted(AT_SITE)), distinct=True)
    rows: Any = units.order_by().values("title").annotate(**wanted, sites=sites)
    return {
        row["title"]: {
            "counts": {name: row[name] for name in GROUPS},
            "sites": row["sites"],
        }
        for row in rows
    }


def _totals(titles: list[int]) -> dict[int, int]:
    units: Any = Unit.objects.filter(title__in=titles).exclude(state__in=sorted(NOT_COUNTED), used_on=None)
    return dict(units.order_by().values_list("title").annotate(count=Count("pk")))


def _incidents(incidents: QuerySet[Incident]) -> dict[int, dict[str, Any]]:
    rows = incidents.order_by().values("title").annotate(incidents=Count("pk"), awaited=Min("awaited_on"))
    return {row["title"]: {"incidents": row["incidents"], "awaited_on": row["awaited"]} for row in rows}


# ------------------------------------------------------------------------------------------------- vigilance

LATE: Final = "late"
TO_READ: Final = "to_read"
OPEN: Final = "open"
CLOSED: Final = "closed"
WATCHED: Final[dict[str, Text]] = {
    LATE: _("Late"),
    TO_READ: _("To acknowledge"),
    OPEN: pgettext_lazy("incidents", "Open"),
    CLOSED: pgettext_lazy("incidents", "Closed"),
}
BY_DAY: Final = Ordering("incidents", (Column("awaited_on", "date", nullable=True), Column("id", "integer")))
LATEST_FIRST: Final = Ordering("incidents-latest", (Column("id", "integer", descending=True),))
OF_INCIDENTS: Final = (
    "id",
    "rank",
    "reference",
    "title__number",
    "title__dossier__product_label",
    "title__organisation__name",
    "side",
    "organisation__name",
    "site__name",
    "lot",
    "serial",
    "severity",
    "aware_on",
    "company_aware_on",
    "report_by",
    "initial_on",
    "awaited_on",
    "closed_on",
    "acknowledged_at",
)


def incident_condition(group: str, on: dt.date) -> Q:
    match group:
        case "late":
            return Q(awaited_on__lt=on)
        case "to_read":
            return Q(acknowledged_at__isnull=True)
        case "closed":
            return Q(closed_on__isnull=False)
    return Q(closed_on__isnull=True)


def incident_counts(actor: Actor | None, on: dt.date, number: str = "") -> dict[str, int]:
    """Of the exemption `number`, when given. One query."""
    wanted = {name: Count("pk", filter=incident_condition(name, on)) for name in WATCHED}
    return _of(actor, number).aggregate(**wanted)


def incidents_page(
    actor: Actor | None, group: str, on: dt.date, cursor: str, number: str = "", size: int = PAGE_SIZE
) -> Page:
    """One query. What is awaited comes by its day, what is over by its age. Raises BadCursor."""
    ordering = LATEST_FIRST if group in (CLOSED, TO_READ) else BY_DAY
    return page(_of(actor, number).filter(incident_condition(group, on)), ordering, cursor, OF_INCIDENTS, size)


def _of(actor: Actor | None, number: str) -> QuerySet[Incident]:
    incidents = incidents_visible_to(actor)
    return incidents.filter(title__number=number) if number else incidents


def shown(rows: Sequence[dict[str, Any]], on: dt.date) -> list[dict[str, Any]]:
    """The rows with what their reader looks for: how serious, due when and why, how late."""
    return [{**row, **due(row, on)} for row in rows]


def due(row: dict[str, Any], on: dt.date) -> dict[str, Any]:
    severity: Severity = SEVERITIES[row["severity"]]
    awaited = row["awaited_on"]
    return {
        "severity_label": severity.label,
        "severity_reason": severity.reason,
        "first": row["initial_on"] is None,
        "days_late": max((on - awaited).days, 0) if awaited else 0,
        "days_left": max((awaited - on).days, 0) if awaited else 0,
    }


def lots_of(rows: Iterable[dict[str, Any]]) -> list[str]:
    return sorted({row["lot"] for row in rows if row["lot"]})
