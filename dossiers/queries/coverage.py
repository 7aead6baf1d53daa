"""Which prescription frameworks another authorisation may cover (CSP R.5121-76-9): one of a medicine of the same
substance, strength and form.

The indications are worded freely, so that nobody but a person can compare them: this only finds where to look.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from catalogue.models import Indication, Medicine
from catalogue.text import search_key
from dossiers.models import FrameworkTerms, Title
from dossiers.models.title import LIVING

COVERED: Final = "framework_covered"
"""Kind of the task: an MA or an AAP may cover the framework, whose end is the signatory's act (R.5121-76-9)."""

Sort = tuple[str, str, str]
"""Substance, strength and form, as they are compared."""


@dataclass(frozen=True)
class Covered:
    """`what`: the authorisation found, in words for the history: its number, or the entry of the referential."""

    number: str
    what: str


def sort_of(medicine: Medicine) -> Sort | None:
    """None when one of the three is not known: nothing is then the same."""
    found = (search_key(medicine.inn), search_key(medicine.strength), search_key(medicine.form))
    return found if all(found) else None


def covered_titles(on: dt.date) -> list[Covered]:
    """The frameworks in force that an early access in force, or an MA or an AAP of the referential granted since they
    began, may cover on the civil day `on`. A constant number of queries."""
    frameworks = list(Title.objects.filter(LIVING, procedure="cpc").order_by("pk"))
    medicines = _medicines_of(frameworks)
    covers = _covers(on)
    found = []
    for title in frameworks:
        sorts = {sort for one in medicines[title.pk] if (sort := sort_of(one))}
        since = [(day, what) for sort in sorts for day, what in covers.get(sort, ()) if day >= title.starts_on]
        found += [Covered(title.number, what) for what in dict.fromkeys(what for _day, what in sorted(since))]
    return found


def _medicines_of(frameworks: Iterable[Title]) -> dict[int, list[Medicine]]:
    """{title: its medicines}, those of the report and those that the decision lists."""
    titles = {one.dossier_id: one for one in frameworks}
    wanted: dict[int, set[int]] = defaultdict(set)
    for one in titles.values():
        if one.medicine_id is not None:
            wanted[one.pk].add(one.medicine_id)
    terms = FrameworkTerms.objects.filter(decision__dossier__in=list(titles), decision__signed_at__isnull=False)
    for dossier, listed in terms.values_list("decision__dossier", "medicines"):
        wanted[titles[dossier].pk].update(one["medicine"] for one in listed if one.get("medicine"))
    known = Medicine.objects.in_bulk({pk for pks in wanted.values() for pk in pks})
    return defaultdict(list, {title: [known[pk] for pk in pks if pk in known] for title, pks in wanted.items()})


def _covers(on: dt.date) -> dict[Sort, list[tuple[dt.date, str]]]:
    """{sort: (first day, what)} of the early accesses in force and of the days that the referential records."""
    found: dict[Sort, list[tuple[dt.date, str]]] = defaultdict(list)
    early = Title.objects.filter(LIVING, procedure="aap", starts_on__lte=on, medicine__isnull=False)
    for title in early.select_related("medicine").order_by("pk"):
        sort = sort_of(title.medicine) if title.medicine else None
        if sort:
            found[sort].append((title.starts_on, title.number))
    recorded = Indication.objects.filter(ma_since__lte=on) | Indication.objects.filter(aap_since__lte=on)
    for entry in recorded.select_related("medicine").order_by("pk"):
        sort = sort_of(entry.medicine)
        for name, day in (("AMM", entry.ma_since), ("AAP", entry.aap_since)):
            if sort and day is not None and day <= on:
                # Each day apart: another indication of the same medicine is another authorisation to compare.
                found[sort].append((day, f"{name} {entry.medicine.name}, {day:%d/%m/%Y}"))
    return found
