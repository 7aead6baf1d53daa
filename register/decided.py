"""What was decided on a request, as far as the law makes it public: number, dates, wordings, opinions, findings.

Not the reasons: the decision itself gives them. Nothing here is asked for one request at a time.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F

from dossiers.models import ClockFact, Decision, Dossier, Finding, Opinion, Submission, Title, TitleVersion
from register import published
from workflows.dates import civil_date
from workflows.registry import procedure
from workflows.types import Text

BODIES: Final[dict[str, Text]] = dict(Opinion._meta.get_field("body").flatchoices)
CRITERIA: Final[dict[str, Text]] = dict(Finding._meta.get_field("criterion").flatchoices)
FINDINGS: Final[dict[str, Text]] = dict(Finding._meta.get_field("finding").flatchoices)


@dataclass(frozen=True)
class Given:
    """An opinion. `outcome` empty: the body's findings are its opinion. `indication` empty: the one claimed."""

    body: str
    outcome: str
    indication: str
    on: dt.date

    @property
    def body_label(self) -> Text:
        return BODIES[self.body]


@dataclass(frozen=True)
class Found:
    """What one body found of one criterion."""

    criterion: str
    body: str
    finding: str


@dataclass(frozen=True)
class Decided:
    """`complete_on`: the day the delay began to run, from which the request was complete. `claimed` is what the company
    asked for, `granted` what it was given, empty for a refusal; each empty where requests do not word their own."""

    number: str = ""
    by_silence: bool = False
    kind: Text = ""
    pathway: str = ""
    pathway_label: Text = ""
    name: str = ""
    claimed: str = ""
    granted: str = ""
    filed_on: dt.date | None = None
    complete_on: dt.date | None = None
    decided_on: dt.date | None = None
    opinions: tuple[Given, ...] = ()
    findings: tuple[Found, ...] = ()

    @property
    def is_told(self) -> bool:
        """Whether more is public of it than its day."""
        return bool(self.number or self.by_silence or self.pathway)

    @property
    def table(self) -> list[tuple[Text, list[tuple[Text, Text]]]]:
        """(criterion, [(body, what it found, empty when nothing)] of each of `heard`), in the order of the law."""
        found = {(one.criterion, one.body): FINDINGS[one.finding] for one in self.findings}
        return [
            (label, [(name, found.get((code, body), "")) for body, name in self.heard])
            for code, label in CRITERIA.items()
        ]

    @property
    def heard(self) -> list[tuple[str, Text]]:
        """The bodies that found something, in their order."""
        speaking = {one.body for one in self.findings}
        return [(code, label) for code, label in BODIES.items() if code in speaking]


def load(dossiers: Iterable[Dossier]) -> dict[int, Decided]:
    """{dossier: what was decided on it}, in a constant number of queries."""
    rows = list(dossiers)
    keys = [one.pk for one in rows]
    decisions, complete = _decisions(keys), started_on(keys)
    opinions, findings, claimed = _opinions(keys), _findings(keys), claimed_in(rows)
    return {
        one.pk: _decided(
            one,
            decisions.get(one.pk, {}),
            claimed.get(one.pk, ""),
            complete_on=complete.get(one.pk),
            opinions=tuple(opinions.get(one.pk, ())),
            findings=tuple(findings.get(one.pk, ())),
        )
        for one in rows
    }


def _decided(one: Dossier, decision: Mapping[str, Any], claimed: str, **others: Any) -> Decided:
    table = procedure(one.procedure, one.workflow_version)
    return Decided(
        number=decision.get("official_number") or "",
        by_silence=bool(decision.get("tacit")),
        kind=dict(table.kinds).get(one.kind, ""),
        pathway=one.pathway,
        pathway_label=published.pathway(one.procedure, one.pathway),
        name=one.product_label,
        claimed=claimed,
        granted="" if one.state == published.REFUSED else decision.get("indication") or claimed,
        filed_on=civil_date(one.filed_at) if one.filed_at else None,
        decided_on=civil_date(one.decided_at) if one.decided_at else None,
        **others,
    )


def _decisions(keys: list[int]) -> dict[int, Mapping[str, Any]]:
    rows = Decision.objects.filter(dossier__in=keys, signed_at__isnull=False).order_by("pk")
    return {row["dossier"]: row for row in rows.values("dossier", "official_number", "tacit", "indication")}


def started_on(keys: Iterable[int]) -> dict[int, dt.date]:
    """{dossier: the day its delay began to run}. It starts again after each completion: the last one counts."""
    facts = ClockFact.objects.filter(dossier__in=list(keys), act="started").order_by("at", "pk")
    return {dossier: civil_date(at) for dossier, at in facts.values_list("dossier", "at")}


def _opinions(keys: list[int]) -> dict[int, list[Given]]:
    rows = Opinion.objects.filter(dossier__in=keys, given_at__isnull=False).order_by("given_at", "pk")
    found: dict[int, list[Given]] = defaultdict(list)
    for dossier, body, outcome, indication, sat_on, given_at in rows.values_list(
        "dossier", "body", "outcome", "indication", "sat_on", "given_at"
    ):
        if given_at is not None:
            found[dossier].append(Given(body, outcome, indication, sat_on or civil_date(given_at)))
    return found


def _findings(keys: list[int]) -> dict[int, list[Found]]:
    rows = Finding.objects.filter(dossier__in=keys).order_by("pk")
    found: dict[int, list[Found]] = defaultdict(list)
    for dossier, criterion, body, finding in rows.values_list("dossier", "criterion", "body", "finding"):
        found[dossier].append(Found(criterion, body, finding))
    return found


def claimed_in(dossiers: Iterable[Dossier]) -> dict[int, str]:
    """{dossier: the indication as its request words it}, of procedures whose table says that it is public and where it
    is. Nothing else of the answers is read."""
    where = published.wording_their_own()
    wanted = {one.pk: where[one.procedure] for one in dossiers if one.procedure in where}
    if not wanted:
        return {}
    last = Submission.objects.filter(dossier__in=list(wanted)).order_by("dossier", "-number").distinct("dossier")
    found = {}
    for dossier, answers in last.values_list("dossier", "answers"):
        section, field = wanted[dossier]
        found[dossier] = str((answers.get(section) or {}).get(field) or "").strip()
    return found


def changes_of(titles: Iterable[Title]) -> dict[int, dict[dt.datetime, Decided]]:
    """{title: {moment of the decision: what it decided}}, of decisions that changed a title without opening another.
    One of them may have made a version of a title and of its renewal: it is looked for in their chain, by its moment.
    """
    chains = {title.pk: title.chain for title in titles}
    rows = (
        Dossier.objects.filter(parent_title__chain__in=set(chains.values()), title__isnull=True)
        .filter(decisions__signed_at__isnull=False, decisions__outcome="change")
        .annotate(decided=F("decisions__signed_at"), chain=F("parent_title__chain"))
        .defer("subject")
        .order_by("pk")
    )
    changing = list(rows)
    if not changing:
        return {}
    decided = load(changing)
    made = {(one.chain, one.decided): decided[one.pk] for one in changing}
    versions = TitleVersion.objects.filter(title__in=list(chains), at__in={moment for _chain, moment in made})
    found: dict[int, dict[dt.datetime, Decided]] = defaultdict(dict)
    for title, moment in versions.values_list("title", "at"):
        if (chains[title], moment) in made:
            found[title][moment] = made[chains[title], moment]
    return found
