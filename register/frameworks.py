"""Prescription frameworks (CPC) for prescribers: those in force, and the page of each, made to be printed.

CSP R.5121-76-10: ANSM publishes them with their protocol and each version. A framework names no patient.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet

from dossiers.models import CompanyCall, FrameworkTerms, Title
from dossiers.models.title import LIVING
from register import queries
from register.exports.rows import company
from workflows.cpc_guards import OBSERVATIONS
from workflows.dates import ONE_DAY
from workflows.registry import TITLE
from workflows.types import Text

FRAMEWORK: Final = "cpc"
WORDING: Final = (
    "Prescription au titre d’un accès compassionnel en dehors du cadre d’une autorisation de mise sur le marché"
)
"""What the prescriber writes on the prescription (L.5121-12-1 VI), word for word, in French whatever the page's
language."""
MOST: Final = 500
"""Frameworks in force: some dozens (domain/aac-cpc.md, section 4)."""


@dataclass(frozen=True)
class Row:
    """One framework in force, for the list. `begun`: False on the eve of its first day."""

    number: str
    medicines: str
    substance: str
    indication: str
    starts_on: dt.date
    ends_on: dt.date
    suspended: bool
    begun: bool


@dataclass(frozen=True)
class Version:
    number: int
    starts_on: dt.date
    ends_on: dt.date
    changes: str


@dataclass(frozen=True)
class Framework:
    """What a prescriber must know. `waived`: no follow-up of patients is asked."""

    number: str
    medicines: tuple[str, ...]
    substance: str
    indication: str
    posology: str
    adverse_effects: str
    prescription_class: str
    conditions: str
    companies: tuple[str, ...]
    report_months: int | None
    vigilance_centre: str
    waived: bool
    starts_on: dt.date
    ends_on: dt.date
    state: str
    state_label: Text
    in_force: bool
    suspended_until: dt.date | None
    versions: tuple[Version, ...]

    @property
    def path(self) -> str:
        return queries.path(queries.TITLE, self.number)

    @property
    def changes(self) -> tuple[Version, ...]:
        """What was decided since, the latest first."""
        return tuple(one for one in self.versions if one.changes)


def in_force(on: dt.date, text: str = "") -> list[Row]:
    """Those that live on the civil day `on`, by medicine. Two queries."""
    rows = Title.objects.filter(LIVING, procedure=FRAMEWORK, in_force_until__gte=on)
    if words := text.strip():
        rows = rows.filter(_words(words))
    titles = list(rows.select_related("dossier", "medicine").order_by("dossier__product_label", "pk")[:MOST])
    terms = _terms_of(titles)
    return [_row(one, terms[one.dossier_id], on) for one in titles if one.dossier_id in terms]


def _words(text: str) -> Q:
    decided = Q(dossier__decisions__signed_at__isnull=False, dossier__decisions__indication__icontains=text)
    named = Q(dossier__product_label__icontains=text) | Q(medicine__inn__icontains=text) | Q(number__iexact=text)
    return decided | named


def _terms_of(titles: list[Title]) -> dict[int, FrameworkTerms]:
    found = FrameworkTerms.objects.filter(
        decision__dossier__in=[one.dossier_id for one in titles], decision__signed_at__isnull=False
    )
    return {one.decision.dossier_id: one for one in found.select_related("decision")}


def _row(title: Title, terms: FrameworkTerms, on: dt.date) -> Row:
    return Row(
        number=title.number,
        medicines=", ".join(_names(terms)),
        substance=title.medicine.inn if title.medicine else "",
        indication=terms.decision.indication,
        starts_on=title.starts_on,
        ends_on=title.in_force_until,
        suspended=title.state == "suspended",
        begun=title.starts_on <= on,
    )


def _names(terms: FrameworkTerms) -> tuple[str, ...]:
    return tuple(str(one["label"]) for one in terms.medicines)


def titles() -> QuerySet[Title]:
    return Title.objects.filter(procedure=FRAMEWORK)


def find(number: str, on: dt.date) -> Framework | None:
    """The framework of that number, in force or past; None when there is none."""
    title = titles().select_related("dossier", "medicine").filter(number=number).first()
    terms = _terms_of([title]).get(title.dossier_id) if title else None
    if title is None or terms is None:
        return None
    parties = title.dossier.parties.filter(organisation__kind="company").select_related("organisation").order_by("pk")
    waivers = CompanyCall.objects.filter(dossier=title.dossier_id, step=OBSERVATIONS)
    return Framework(
        number=title.number,
        medicines=_names(terms),
        substance=title.medicine.inn if title.medicine else "",
        indication=terms.decision.indication,
        posology=terms.posology,
        adverse_effects=terms.adverse_effects,
        prescription_class=terms.prescription_class,
        conditions=terms.decision.conditions,
        companies=tuple(company(one.organisation) for one in parties),
        report_months=terms.report_months,
        vigilance_centre=terms.vigilance_centre,
        waived=any(one.waiver for one in waivers),
        starts_on=title.starts_on,
        ends_on=title.in_force_until,
        state=title.state,
        state_label=_state_label(title, on),
        in_force=title.state == "in_force" and title.starts_on <= on <= title.in_force_until,
        suspended_until=title.suspended_until,
        versions=_versions(title),
    )


def _state_label(title: Title, on: dt.date) -> Text:
    """As of that day: the state itself waits for the nightly job."""
    if title.state in queries.STATES and title.starts_on > on:
        return queries.STATES[queries.UPCOMING]
    if title.state in queries.STATES and title.in_force_until < on:
        return queries.STATES[queries.ENDED]
    return TITLE.state(title.state).applicant


def _versions(title: Title) -> tuple[Version, ...]:
    """The latest first; each lasts until the eve of the next."""
    found, until = [], title.in_force_until
    for one in title.versions.order_by("-number"):
        if one.valid_from <= until:
            changes = str(one.content.get("changes") or "") if one.number > 1 else ""
            found.append(Version(one.number, one.valid_from, until, changes))
            until = one.valid_from - ONE_DAY
    return tuple(found)
