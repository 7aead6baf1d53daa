"""One product, one story: every opinion, exemption and access of the same substance or device, for whoever sees them.

Medicines of the catalogue are the same product when they share a substance; anything else when it bears the same name.
Nothing here widens what a reader sees: `visible_to` and `titles_visible_to` choose the rows.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, F, Max, Min, Q, QuerySet

from catalogue.models import Medicine
from catalogue.text import search_key
from dossiers.models import Dossier, Title
from dossiers.policy import titles_visible_to, visible_to
from workflows.registry import all_procedures
from workflows.types import Actor, Text

SHOWN: Final = 20
"""Files of one procedure on the page, the latest first; the list of dossiers has them all."""
PERIODS: Final = 24
"""Bars of the picture: what has the latest last day comes first."""
OF_A_PATIENT: Final = frozenset({"aac"})
"""Procedures whose titles each name a patient: told together, by indication."""


@dataclass(frozen=True)
class Chapter:
    """The files of one procedure. `more`: there are others than those shown."""

    procedure: str
    name: Text
    rows: list[dict[str, Any]]
    more: bool


@dataclass(frozen=True)
class Period:
    """From when to when something held, or has been examined until now. `count`: how many titles it tells together."""

    procedure: str
    label: str
    starts_on: dt.date
    ends_on: dt.date
    state: str
    number: str = ""
    reference: str = ""
    count: int = 1


@dataclass(frozen=True)
class Story:
    name: str
    substance: str
    chapters: list[Chapter]
    periods: list[Period]


def story_of(dossier: Dossier, actor: Actor, on: dt.date) -> Story:
    """In a constant number of queries, whatever the product's history."""
    same = _same_product(dossier)
    medicine = dossier.medicine
    return Story(
        name=dossier.product_label or (medicine.name if medicine else ""),
        substance=medicine.inn if medicine else "",
        chapters=_chapters(visible_to(actor).filter(same)),
        periods=_periods(actor, same, on),
    )


def _same_product(dossier: Dossier) -> Q:
    label = dossier.product_label.strip()
    medicine = dossier.medicine
    if medicine is None:
        return _named(label) if label else Q(pk=dossier.pk)
    names = {label, medicine.name} - {""}
    same = Q(medicine=medicine.pk)
    if medicine.inn:
        same = Q(medicine__in=Medicine.objects.filter(inn__iexact=medicine.inn).order_by().values("pk"))
    for name in sorted(names):
        same |= _named(name)
    return same


def _named(name: str) -> Q:
    """Of that very name. The trigram index of `search_text` finds them, the name itself tells them from longer ones."""
    return Q(search_text__contains=search_key(name), product_label__iexact=name)


def _chapters(found: QuerySet[Dossier]) -> list[Chapter]:
    chapters = []
    for table in all_procedures():
        files = found.filter(procedure=table.code).order_by("-changed_at", "-pk")
        rows = list(
            files.values(
                "reference", "kind", "state", "subject", "filed_at", "decided_at", "changed_at", "indication__label"
            )[: SHOWN + 1]
        )
        if rows:
            chapters.append(Chapter(table.code, table.name, rows[:SHOWN], len(rows) > SHOWN))
    return chapters


def _periods(actor: Actor, same: Q, on: dt.date) -> list[Period]:
    files = Dossier.objects.filter(same).order_by()
    titles = titles_visible_to(actor).filter(dossier__in=files.values("pk"))
    found = [*_granted(titles), *_of_patients(titles), *_examined(visible_to(actor).filter(same), on)]
    latest = sorted(found, key=lambda one: (one.ends_on, one.starts_on, one.label), reverse=True)[:PERIODS]
    return sorted(latest, key=lambda one: (one.label.casefold(), one.procedure, one.starts_on))


def _granted(titles: QuerySet[Title]) -> list[Period]:
    rows = (
        titles.exclude(procedure__in=OF_A_PATIENT)
        .filter(in_force_until__gte=F("starts_on"))
        .order_by("-in_force_until", "-pk")
        .values_list(
            "procedure",
            "dossier__indication__label",
            "dossier__subject",
            "starts_on",
            "in_force_until",
            "state",
            "number",
        )[:PERIODS]
    )
    return [
        Period(procedure, label or subject or "", starts_on, ends_on, state, number=number)
        for procedure, label, subject, starts_on, ends_on, state, number in rows
    ]


def _of_patients(titles: QuerySet[Title]) -> list[Period]:
    """Patients are counted by indication, never told apart."""
    rows = (
        titles.filter(procedure__in=OF_A_PATIENT, in_force_until__gte=F("starts_on"))
        .order_by()
        .values("procedure", "indication__label")
        .annotate(first=Min("starts_on"), last=Max("in_force_until"), count=Count("pk"))
        .annotate(living=Count("pk", filter=Q(state="in_force")))
        .order_by("-last", "indication__label")[:PERIODS]
    )
    return [
        Period(
            row["procedure"],
            row["indication__label"] or "",
            row["first"],
            row["last"],
            "in_force" if row["living"] else "expired",
            count=row["count"],
        )
        for row in rows
    ]


def _examined(files: QuerySet[Dossier], on: dt.date) -> list[Period]:
    open_ones = files.exclude(procedure__in=OF_A_PATIENT).filter(filed_at__isnull=False, decided_at=None)
    rows = open_ones.order_by("-filed_at", "-pk").values_list(
        "procedure", "indication__label", "subject", "filed_at__date", "reference"
    )[:PERIODS]
    return [
        Period(procedure, label or subject or "", filed_on, max(on, filed_on), "examined", reference=reference)
        for procedure, label, subject, filed_on, reference in rows
    ]
