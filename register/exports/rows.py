"""One entry of the register, whatever its source, ready to be shown, sent as JSON or written in a line of CSV.

Only what is named here leaves. No person, no hospital, no patient: the holder of a title is told when it is a company.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Prefetch
from django.db.models.functions import ExtractYear

from accounts.models import Organisation
from catalogue.models import CriteriaVersion, Indication, Medicine
from catalogue.results import why_closed
from dossiers.models import Dossier, Title, TitleHolder, TitleVersion
from register import published, queries
from register.decided import Decided, changes_of
from register.decided import load as of_dossiers
from register.kept import kept_each
from register.queries import REFERENTIAL, REFUSAL
from register.queries import TITLE as A_TITLE
from workflows.dates import PARIS, civil_date
from workflows.registry import TITLE, procedure
from workflows.types import Text


@dataclass(frozen=True)
class Version:
    """`ends_on`: the last day; None, of criteria, until they are replaced. `decided`: the decision that made it; None
    for an act on the title, which leaves its wording as it was."""

    number: int
    starts_on: dt.date
    ends_on: dt.date | None
    decided: Decided | None = None


@dataclass(frozen=True)
class Granted:
    """Authorisations of a year that is over, renewals included; `count` None: fewer than `published.SMALL`."""

    year: int
    count: int | None


@dataclass(frozen=True)
class Entry:
    """`starts_on` of an entry of the referential is the first day of the month of its first grant."""

    kind: str
    key: str
    procedure: str
    state: str
    medicine: str
    substance: str = ""
    cis: str = ""
    ucd13: str = ""
    atc: str = ""
    indication: str = ""
    cim10: str = ""
    orpha: str = ""
    holder: str = ""
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    ended_because: Text = ""
    put_reference: str = ""
    put_url: str = ""
    put_published_on: dt.date | None = None
    automatic_grant: bool = False
    invented: bool = False
    versions: tuple[Version, ...] = ()
    granted: tuple[Granted, ...] = ()
    decided: Decided | None = None

    @property
    def decision_number(self) -> str:
        return self.decided.number if self.decided else ""

    @property
    def by_silence(self) -> bool:
        return self.decided is not None and self.decided.by_silence

    @property
    def pathway(self) -> str:
        """As of the latest version."""
        return self._latest.pathway if self._latest else ""

    @property
    def pathway_label(self) -> Text:
        return self._latest.pathway_label if self._latest else ""

    @property
    def indication_claimed(self) -> str:
        return self.decided.claimed if self.decided else ""

    @property
    def filed_on(self) -> dt.date | None:
        return self.decided.filed_on if self.decided else None

    @property
    def complete_on(self) -> dt.date | None:
        return self.decided.complete_on if self.decided else None

    @property
    def decided_on(self) -> dt.date | None:
        return self.decided.decided_on if self.decided else None

    @property
    def _latest(self) -> Decided | None:
        return next((one.decided for one in self.versions if one.decided), self.decided)

    @property
    def path(self) -> str:
        return queries.path(self.kind, self.key)

    @property
    def procedure_label(self) -> Text:
        return procedure(self.procedure).name

    @property
    def state_label(self) -> Text:
        """A refusal is called what its own procedure calls it."""
        if self.kind == REFUSAL:
            return procedure(self.procedure).state(published.REFUSED).applicant
        return queries.STATES[self.state]

    @property
    def version(self) -> Version | None:
        """The latest."""
        return self.versions[0] if self.versions else None


def load(rows: Iterable[dict[str, Any]], on: dt.date, *, counts: bool = False) -> list[Entry]:
    """The entries of a page, in its order. A constant number of queries. `counts`: with the authorisations of each
    year, which cost a reading of all of them and are then kept for some minutes."""
    wanted = list(rows)
    keys = {kind: [row["id"] for row in wanted if row["rank"] == rank] for rank, kind in enumerate(queries.KINDS)}
    found: dict[tuple[int, int], Entry] = {}
    if keys[REFERENTIAL]:
        of = published.of_the_referential()
        granted = kept_granted_by_year(keys[REFERENTIAL], on) if counts else {}
        if of is not None:
            for entry in _indications(keys[REFERENTIAL], on):
                found[0, entry.pk] = _of_referential(entry, of.code, on, granted.get(entry.pk, ()))
    if keys[A_TITLE]:
        titles = _titles(keys[A_TITLE], on)
        decided, changes = of_dossiers(title.dossier for title in titles), changes_of(titles)
        for title in titles:
            found[1, title.pk] = _of_title(title, decided[title.dossier_id], changes.get(title.pk, {}))
    if keys[REFUSAL]:
        refused = _refusals(keys[REFUSAL])
        decided = of_dossiers(refused)
        for dossier in refused:
            found[2, dossier.pk] = _of_refusal(dossier, decided[dossier.pk])
    return [found[row["rank"], row["id"]] for row in wanted if (row["rank"], row["id"]) in found]


def kept_granted_by_year(indications: Iterable[int], on: dt.date) -> dict[int, tuple[Granted, ...]]:
    """As `granted_by_year`, kept for some minutes."""
    keys = {f"register:granted:{on.isoformat()}:{pk}": pk for pk in indications}

    def make(missing: list[str]) -> dict[str, tuple[Granted, ...]]:
        counted = granted_by_year([keys[key] for key in missing], on)
        return {key: counted.get(keys[key], ()) for key in missing}

    return {keys[key]: years for key, years in kept_each(list(keys), make).items()}


def granted_by_year(indications: Iterable[int], on: dt.date) -> dict[int, tuple[Granted, ...]]:
    """Of years that are over: the count of a running year, read each day, would tell the day of each grant."""
    table = published.of_the_referential()
    code = table.code if table else ""
    years = (
        Title.objects.filter(procedure=code, indication__in=list(indications))
        .annotate(year=ExtractYear("dossier__decided_at", tzinfo=PARIS))
        .filter(year__lt=on.year)
        .values("indication", "year")
        .annotate(count=Count("pk"))
        .order_by("indication", "-year")
    )
    found: dict[int, list[Granted]] = defaultdict(list)
    for row in years:
        told = row["count"] if row["count"] >= published.SMALL else None
        found[row["indication"]].append(Granted(row["year"], told))
    return {key: tuple(value) for key, value in found.items()}


# ------------------------------------------------------------------------------------------------- three sources


def _indications(keys: list[int], on: dt.date) -> list[Any]:
    versions = CriteriaVersion.objects.filter(starts_on__lte=on).order_by("-number")
    rows = queries.dated_referential(on).filter(pk__in=keys).select_related("medicine")
    return list(rows.prefetch_related(Prefetch("criteria_versions", versions)).order_by("pk"))


def _titles(keys: list[int], on: dt.date) -> list[Any]:
    rows = queries.dated_titles(on).filter(pk__in=keys)
    rows = rows.select_related("medicine", "indication", "organisation", "dossier").defer("dossier__subject")
    versions = TitleVersion.objects.defer("content").order_by("-number")
    held = TitleHolder.objects.select_related("organisation")
    return list(rows.prefetch_related(Prefetch("versions", versions), Prefetch("holders", held)).order_by("pk"))


def _refusals(keys: list[int]) -> list[Dossier]:
    rows = queries.refusals().filter(pk__in=keys)
    return list(rows.select_related("medicine", "indication", "organisation").defer("subject").order_by("pk"))


def _of_referential(entry: Any, code: str, on: dt.date, granted: tuple[Granted, ...]) -> Entry:
    return Entry(
        kind=REFERENTIAL,
        key=str(entry.pk),
        procedure=code,
        state=entry.state_now,
        **_product(entry.medicine, entry, ""),
        holder=entry.medicine.holder,
        starts_on=entry.since,
        ends_on=entry.until,
        ended_because=why_closed(entry, on),
        put_reference=entry.put_reference if entry.put_published_on else "",
        put_url=entry.put_url if entry.put_published_on else "",
        put_published_on=entry.put_published_on,
        automatic_grant=entry.automatic_grant,
        invented=entry.invented,
        versions=tuple(Version(one.number, one.starts_on, one.ends_on) for one in entry.criteria_versions.all()),
        granted=granted,
    )


def _of_title(title: Any, decided: Decided, changes: Mapping[dt.datetime, Decided]) -> Entry:
    over = TITLE.state(title.state).final
    versions = _versions_of_title(title, decided, changes)
    latest = next((one.decided for one in versions if one.decided), decided)
    return Entry(
        kind=A_TITLE,
        key=title.number,
        procedure=title.procedure,
        state=title.state_now,
        **_product(title.medicine, title.indication, latest.name, latest.granted),
        holder=", ".join(filter(None, (company(one.organisation) for one in title.holders.all() or (title,)))),
        starts_on=title.since,
        ends_on=title.until,
        ended_because=TITLE.state(title.state).applicant if over else "",
        versions=versions,
        decided=decided,
    )


def _of_refusal(dossier: Dossier, decided: Decided) -> Entry:
    if dossier.decided_at is None:  # the source holds none; said for the type
        raise ValueError("a refusal has a day")
    return Entry(
        kind=REFUSAL,
        key=str(dossier.filing_number),
        procedure=dossier.procedure,
        state=queries.REFUSED,
        **_product(dossier.medicine, dossier.indication, dossier.product_label, decided.claimed),
        holder=company(dossier.organisation),
        starts_on=civil_date(dossier.decided_at),
        decided=decided,
    )


def _versions_of_title(title: Any, decided: Decided, changes: Mapping[dt.datetime, Decided]) -> tuple[Version, ...]:
    """The latest first; each lasts until the eve of the next, and none longer than the title."""
    found: list[Version] = []
    until = title.until
    for one in title.versions.all():
        if one.valid_from <= until:  # else the title ended, or was changed again, before the first day of this one
            made_by = decided if one.number == 1 else changes.get(one.at)
            found.append(Version(one.number, one.valid_from, until, made_by))
            until = one.valid_from - queries.ONE_DAY
    return tuple(found)


def _product(medicine: Medicine | None, indication: Indication | None, label: str, wording: str = "") -> dict[str, Any]:
    """`label` is what the request called it, for what is not in the catalogue; `wording` the indication in its own
    words, which are those of the decision."""
    return {
        "medicine": str(medicine) if medicine else label,
        "substance": medicine.inn if medicine else "",
        "cis": (medicine.cis or "") if medicine else "",
        "ucd13": medicine.ucd13 if medicine else "",
        "atc": medicine.atc if medicine else "",
        "indication": wording or (indication.label if indication else ""),
        "cim10": indication.cim10 if indication else "",
        "orpha": indication.orpha if indication else "",
    }


_COMPANY: Final = Organisation.Kind.COMPANY


def company(organisation: Organisation) -> str:
    return organisation.name if organisation.kind == _COMPANY else ""


# ------------------------------------------------------------------------------------------------ as JSON, as CSV


def as_json(entry: Entry, address: str) -> dict[str, Any]:
    """`address` is that of the entry's page, host included. What is unknown is null, never an empty text."""
    return {
        "kind": entry.kind,
        "key": entry.key,
        "url": address,
        "procedure": entry.procedure,
        "procedure_label": str(entry.procedure_label),
        "state": entry.state,
        "state_label": str(entry.state_label),
        "medicine": entry.medicine,
        "substance": entry.substance or None,
        "cis": entry.cis or None,
        "ucd13": entry.ucd13 or None,
        "atc": entry.atc or None,
        "indication": entry.indication or None,
        "cim10": entry.cim10 or None,
        "orpha": entry.orpha or None,
        "holder": entry.holder or None,
        "starts_on": entry.starts_on,
        "ends_on": entry.ends_on,
        "ended_because": str(entry.ended_because) or None,
        "put_reference": entry.put_reference or None,
        "put_url": entry.put_url or None,
        "automatic_grant": entry.automatic_grant,
        "decision_number": entry.decision_number or None,
        "by_silence": entry.by_silence,
        "pathway": entry.pathway or None,
        "indication_claimed": entry.indication_claimed or None,
        "filed_on": entry.filed_on,
        "complete_on": entry.complete_on,
        "decided_on": entry.decided_on,
        **_judged(entry.decided),
        "versions": [_version(one) for one in entry.versions],
        "granted": [{"year": one.year, "count": one.count} for one in entry.granted],
    }


def _judged(decided: Decided | None) -> dict[str, Any]:
    opinions = decided.opinions if decided else ()
    findings = decided.findings if decided else ()
    return {
        "opinions": [
            {"body": one.body, "outcome": one.outcome or None, "indication": one.indication or None, "given_on": one.on}
            for one in opinions
        ],
        "findings": [{"criterion": one.criterion, "body": one.body, "finding": one.finding} for one in findings],
    }


def _version(one: Version) -> dict[str, Any]:
    change = one.decided
    return {
        "number": one.number,
        "starts_on": one.starts_on,
        "ends_on": one.ends_on,
        "decision_number": (change.number or None) if change else None,
        "by_silence": change is not None and change.by_silence,
        "pathway": (change.pathway or None) if change else None,
        "medicine": (change.name or None) if change else None,
        "indication": (change.granted or None) if change else None,
    }
