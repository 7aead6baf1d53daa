"""Prescription frameworks (CPC) for prescribers: those in force, and the page of each, made to be printed.

CSP R.5121-76-10: ANSM publishes them with their protocol and each version. A framework names no patient.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db.models import F, Q, QuerySet

from dossiers.models import FrameworkChange, FrameworkTerms, Party, Title, TitleVersion
from dossiers.models.title import LIVING
from register import queries
from register.exports.rows import company
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
    titles = list(rows.select_related("medicine").order_by("dossier__product_label", "pk")[:MOST])
    terms = _terms_of(titles)
    return [_row(one, terms[one.dossier_id], on) for one in titles if one.dossier_id in terms]


def _words(text: str) -> Q:
    decided = Q(dossier__decisions__signed_at__isnull=False, dossier__decisions__framework__indication__icontains=text)
    named = Q(dossier__product_label__icontains=text) | Q(medicine__inn__icontains=text) | Q(number__iexact=text)
    return decided | named


def _terms_of(titles: list[Title]) -> dict[int, FrameworkTerms]:
    """{dossier: what was decided}. The decision itself is encrypted, and not read."""
    wanted = [one.dossier_id for one in titles]
    found = FrameworkTerms.objects.filter(decision__dossier__in=wanted, decision__signed_at__isnull=False)
    return {one.of: one for one in found.annotate(of=F("decision__dossier"))}


def _row(title: Title, terms: FrameworkTerms, on: dt.date) -> Row:
    return Row(
        number=title.number,
        medicines=", ".join(_names(terms)),
        substance=title.medicine.inn if title.medicine else "",
        indication=terms.indication,
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
    title = titles().select_related("medicine").filter(number=number).first()
    terms = _terms_of([title]).get(title.dossier_id) if title else None
    if title is None or terms is None:
        return None
    parties = Party.objects.filter(dossier=title.dossier_id, organisation__kind="company").order_by("pk")
    return Framework(
        number=title.number,
        medicines=_names(terms),
        substance=title.medicine.inn if title.medicine else "",
        indication=terms.indication,
        posology=terms.posology,
        adverse_effects=terms.adverse_effects,
        prescription_class=terms.prescription_class,
        conditions=terms.conditions,
        companies=tuple(company(one.organisation) for one in parties.select_related("organisation")),
        report_months=terms.report_months,
        vigilance_centre=terms.vigilance_centre,
        waived=terms.waived,
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
    told = dict(FrameworkChange.objects.filter(title=title).values_list("number", "changes"))
    versions = TitleVersion.objects.filter(title=title).order_by("-number").values_list("number", "valid_from")
    found, until = [], title.in_force_until
    for number, valid_from in versions:
        if valid_from <= until:
            found.append(Version(number, valid_from, until, told.get(number, "")))
            until = valid_from - ONE_DAY
    return tuple(found)
