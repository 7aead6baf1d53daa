"""An exemption as its decision states it: for how many units, at which sites, until when. Read, never kept twice."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet

from accounts.models import Organisation
from devices.models import Unit
from dossiers.models import Event, ExemptionTerms, Title, TitleVersion
from workflows.dates import civil_date
from workflows.roles import ESTABLISHMENT

WHOLE: Final = re.compile(r"\s*(\d{1,6})(?:\s+[^\W\d]+)?\s*")
"""A number alone, or with what it counts: "12", "12 units". Anything longer fixes no number."""

NEARLY: Final = 0.8
"""From this part of the quantity on, the company and the hospital are warned."""


@dataclass(frozen=True)
class Exemption:
    """`answers`: those of the request, by section. `terms`: None for an exemption imported without its decision."""

    title: Title
    answers: Mapping[str, Any]
    terms: ExemptionTerms | None = None
    conditions: str = ""

    @property
    def label(self) -> str:
        return self.title.dossier.product_label or self.title.number

    @property
    def quantity(self) -> str:
        """In the words of the decision."""
        return self.terms.quantity if self.terms is not None else ""

    @property
    def sites(self) -> list[str]:
        lines = self.terms.sites.splitlines() if self.terms is not None else []
        return [line.strip() for line in lines if line.strip()]

    @property
    def named(self) -> list[int]:
        """Keys of the hospitals of this site that the decision names."""
        return list(self.terms.establishments) if self.terms is not None else []

    def names(self, site: int) -> bool:
        """Whether the device may be used at this hospital. A decision that names none known here tells nothing."""
        return not self.named or site in self.named

    @property
    def most(self) -> int | None:
        """The number of units that the decision fixes; None when it fixes none."""
        alone = WHOLE.fullmatch(self.quantity)
        return int(alone[1]) if alone else None

    def left(self, counted: int) -> int | None:
        """How many units the decision still grants, `counted` being noted; None when it fixes no number."""
        return None if self.most is None else max(self.most - counted, 0)

    @property
    def patients(self) -> int | None:
        """How many patients; None for whoever meets the criteria."""
        return self.terms.patients if self.terms is not None else None

    def said(self, section: str, name: str) -> str:
        """One answer of the request, as text; empty when there is none."""
        value = section_of(self.answers, section).get(name)
        return "\n".join(str(one) for one in value) if isinstance(value, list) else str(value or "")

    def is_nearly_used_up(self, counted: int) -> bool:
        return self.most is not None and counted >= self.most * NEARLY


def exemptions_of(titles: Iterable[Title]) -> list[Exemption]:
    """One for each of `titles` (with their dossier), in their order. Two queries, whatever their number."""
    found = list(titles)
    contents: dict[int, Mapping[str, Any]] = {}
    versions = TitleVersion.objects.filter(title__in=[title.pk for title in found])
    for version in versions.order_by("title", "number"):
        contents[version.title_id] = version.content
    signed = ExemptionTerms.objects.filter(
        decision__dossier__in=[title.dossier_id for title in found], decision__signed_at__isnull=False
    )
    terms = {one.decision.dossier_id: one for one in signed.select_related("decision").order_by("decision")}
    return [
        Exemption(
            title=title,
            answers=section_of(contents.get(title.pk, {}), "answers"),
            terms=terms.get(title.dossier_id),
            conditions=str(contents.get(title.pk, {}).get("conditions") or ""),
        )
        for title in found
    ]


def exemption_of(title: Title) -> Exemption:
    return exemptions_of([title])[0]


def section_of(answers: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = answers.get(key)
    return found if isinstance(found, Mapping) else {}


def establishments_of(exemption: Exemption) -> QuerySet[Organisation]:
    """Hospitals of this site known to the exemption: named by its decision, or by the request where the decision names
    none; parties to its file; or because they hold a unit."""
    known = Q(pk__in=exemption.named)
    if not exemption.named:
        rows = section_of(exemption.answers, "supply").get("sites")
        asked = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
        numbers = [number for row in asked if (number := str(row.get("finess") or "").strip())]
        names = [name for row in asked if (name := str(row.get("name") or "").strip())]
        known |= Q(finess_et__in=numbers) | Q(name__in=[*exemption.sites, *names])
    known |= Q(pk__in=exemption.title.dossier.parties.values("organisation"))
    known |= Q(pk__in=Unit.objects.filter(title=exemption.title).values("site"))
    return Organisation.objects.filter(known, kind=ESTABLISHMENT).order_by("name", "pk")


def is_stopped(title: Title, today: dt.date) -> bool:
    """Whether no unit is to be used now. On the day of a lifting too, which its morning's uses are lawful on."""
    return title.state != "in_force" or not in_force_on(title, today)


def in_force_on(title: Title, day: dt.date) -> bool:
    """Whether units could be sent and used on `day`: within its period, and before a suspension that still holds."""
    if not title.starts_on <= day <= title.in_force_until:
        return False
    return title.state != "suspended" or day < suspended_since(title)


def suspended_since(title: Title) -> dt.date:
    """The civil day of the suspension that still holds."""
    events = Event.objects.filter(dossier=title.dossier_id, machine="title", target="suspended")
    last = events.order_by("-seq").values_list("at", flat=True).first()
    return civil_date(last) if last is not None else title.starts_on
