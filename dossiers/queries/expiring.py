"""What ends in the coming days and months, and how far each renewal is. One query per list, whatever its length."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from django.conf import settings
from django.db.models import Case, CharField, Count, DateField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, JSONObject, TruncMonth

from accounts.models import Membership
from dossiers.models import Dossier, Party, Submission, Title, TitleHolder
from dossiers.models.title import LIVING, continuing
from dossiers.policy import is_staff_side, reads_titles, titles_visible_to, visible_to
from dossiers.queries.holders import held_by, names_of_holders
from dossiers.queries.keyset import Column, Ordering, Page, page
from workflows.dates import add_months
from workflows.registry import all_procedures, title_readers
from workflows.renewals import RENEWED_BY
from workflows.roles import HOSPITAL, INTERN, PRESCRIBER
from workflows.types import Actor

Scope = Literal["mine", "hospital", "products", "agency"]
Progress = Literal["filed", "begun", "nothing"]

WITHIN: Final = (30, 60, 90)
"""Days before the last one, counted from today: the steps of the board, and those of `steps_for`."""
MONTHS: Final = 12
FILED, BEGUN, NOTHING = "filed", "begun", "nothing"
ENDING: Final = Ordering("ending", (Column("ends_on", "date"), Column("id", "integer")))
COLUMNS: Final = (
    "number",
    "procedure",
    "state",
    "ends_on",
    "organisation_id",
    "organisation__name",
    "held_by",
    "organisation__phone",
    "dossier__product_label",
    "dossier__subject",
    "progress",
    "renewal",
    "successor",
    "deserted",
)


def scopes_for(actor: Actor | None) -> tuple[Scope, ...]:
    """What this reader may look at, their own first; nothing for a role that reads no title."""
    if actor is None or not reads_titles(actor.role):
        return ()
    if is_staff_side(actor):
        return ("agency",)
    if actor.role in {PRESCRIBER, INTERN}:
        return ("mine", "hospital")
    return ("hospital",) if actor.role in HOSPITAL else ("products",)


def steps_for(actor: Actor | None) -> tuple[int, ...]:
    """Within how many days this reader looks at what ends: as far as the first reminder of what they read (an early
    access is renewed three months before its end at the latest). A hospital renews its AAC alone."""
    if actor is None or actor.role in HOSPITAL:
        return WITHIN
    return tuple(sorted({*WITHIN, *(days for days in _first_reminders(actor) if days > WITHIN[-1])}))


def usual_step(actor: Actor | None) -> int:
    """The step that the board opens with: all, unless some of what they read is renewed in its last weeks."""
    steps = steps_for(actor)
    short = actor is not None and any(days < WITHIN[-1] for days in _first_reminders(actor))
    return WITHIN[-1] if short else steps[-1]


def _first_reminders(actor: Actor) -> list[int]:
    """Of each procedure whose titles this role reads: how many days before the end its first reminder comes."""
    read = [one.code for one in all_procedures() if actor.role in title_readers(one.code)]
    return [max(days) for code in read if (days := settings.REMINDER_DAYS.get(code))]


def touched_by(actor: Actor, dossier: str = "pk") -> Q:
    """Dossiers this person began, signed or is a party to. `dossier`: the column that holds the dossier's key."""
    prefix = "" if dossier == "pk" else f"{dossier}__"
    return (
        Q(**{f"{prefix}created_by": actor.person_id})
        | Q(Exists(Party.objects.filter(dossier=OuterRef(dossier), membership__person=actor.person_id)))
        | Q(Exists(Submission.objects.filter(dossier=OuterRef(dossier), author=actor.person_id)))
    )


def living_titles(actor: Actor | None, scope: Scope | None) -> QuerySet[Title]:
    """Titles in force or suspended of that scope. Those of an organisation are said so to the database too: the policy
    alone (own organisation, or party to the dossier) would hide its index."""
    seen = titles_visible_to(actor).filter(LIVING)
    if actor is None or scope is None:
        return seen.none()
    if scope != "agency":
        seen = held_by(actor, seen)
    return seen.filter(touched_by(actor, "dossier")) if scope == "mine" else seen


def with_progress(titles: QuerySet[Title], actor: Actor) -> QuerySet[Title]:
    """How far the renewal of each is, as this reader may know it: a draft of a hospital is not the agency's to see."""
    under_way = (
        visible_to(actor)
        .filter(parent_title=OuterRef("pk"), kind="renewal", decided_at=None)
        .exclude(state="withdrawn")
    )
    return titles.annotate(
        progress=Case(
            When(Exists(_successors()) | Exists(under_way.filter(filed_at__isnull=False)), then=Value(FILED)),
            When(Exists(under_way), then=Value(BEGUN)),
            default=Value(NOTHING),
            output_field=CharField(),
        )
    )


def somebody_may_renew(on: dt.date) -> Q:
    """Titles whose holders have somebody in office who may ask for the renewal. Reminders go to them: without any,
    nobody there is told that the title ends."""
    there = Membership.objects.open_on(on).filter(organisation=OuterRef("organisation"), person__is_active=True)
    found = Q(pk__in=[])
    for one in all_procedures():
        somebody = Exists(there.filter(role__in=RENEWED_BY.get(one.code, ())))
        if one.held_by:  # each of those that hold it together
            somebody = ~Exists(TitleHolder.objects.filter(title=OuterRef("pk")).exclude(somebody))
        found |= Q(somebody, procedure=one.code)
    return found


def _successors() -> QuerySet[Title]:
    return continuing(OuterRef("chain"), OuterRef("renewal_rank"))


def _ending(actor: Actor, scope: Scope | None, on: dt.date, until: dt.date) -> QuerySet[Title]:
    """Those whose last day comes by `until`; of those whose last day has passed, the ones that nothing continues."""
    found = living_titles(actor, scope).filter(ends_on__lte=until)
    return with_progress(found, actor).exclude(Q(ends_on__lt=on) & Exists(_successors()))


def ending_page(
    actor: Actor | None,
    scope: Scope | None,
    on: dt.date,
    *,
    days: int = WITHIN[-1],
    to_begin: bool = False,
    cursor: str = "",
    size: int = 50,
) -> Page:
    """Titles that end within `days`, soonest first, those already past before them. Raises BadCursor.

    `to_begin`: only those whose renewal nobody began. `renewal` of a row is its latest one (reference, procedure,
    version, state, decided), or None; `successor` the number of the title that continues it; `deserted`, for
    staff, whether nobody of its organisation may renew it.
    """
    if actor is None:
        return Page([])
    found = _ending(actor, scope, on, on + dt.timedelta(days=days))
    if to_begin:
        found = found.filter(progress=NOTHING)
    found = found.annotate(
        deserted=_deserted(actor, on),
        held_by=names_of_holders(),
        renewal=Subquery(_latest_renewal(actor)),
        successor=Subquery(_successors().order_by("-pk").values("number")[:1]),
    )
    return page(found, ENDING, cursor, COLUMNS, size)


def _deserted(actor: Actor, on: dt.date) -> Any:
    if not is_staff_side(actor):
        return Value(False)
    return Case(When(somebody_may_renew(on), then=Value(False)), default=Value(True))


def _latest_renewal(actor: Actor) -> QuerySet[Any]:
    """The one under way, else the last that was decided."""
    asked: QuerySet[Dossier] = visible_to(actor).filter(parent_title=OuterRef("pk"))
    latest = asked.order_by(F("decided_at").desc(nulls_first=True), "-id")
    return latest.values(
        found=JSONObject(
            reference="reference",
            procedure="procedure",
            version="workflow_version",
            state="state",
            decided=Case(When(decided_at=None, then=Value(False)), default=Value(True)),
        )
    )[:1]


@dataclass
class Month:
    """Titles whose last day is in the month that starts on `first`, by progress of their renewal."""

    first: dt.date
    counts: dict[str, int] = field(default_factory=lambda: {FILED: 0, BEGUN: 0, NOTHING: 0})

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass
class Step:
    """Titles that end within `days` (0: their last day is past): how many, and of these with nothing begun."""

    days: int
    count: int = 0
    nothing: int = 0


@dataclass
class Coming:
    """The coming months at a glance."""

    months: list[Month]
    steps: list[Step]


def coming_months(actor: Actor | None, scope: Scope | None, on: dt.date) -> Coming:
    """How many end in each of the next twelve months, this one included, and within each of `steps_for`. One query."""
    first, within = on.replace(day=1), steps_for(actor)
    coming = Coming([Month(add_months(first, rank)) for rank in range(MONTHS)], [Step(days) for days in (0, *within)])
    if actor is None:
        return coming
    until = max(add_months(first, MONTHS) - dt.timedelta(days=1), on + dt.timedelta(days=within[-1]))
    counts = {
        f"within_{days}": Count("pk", filter=Q(ends_on__range=(on, on + dt.timedelta(days=days)))) for days in within
    }
    past = When(ends_on__lt=on, then=Value(None, output_field=DateField()))
    grouped = (
        _ending(actor, scope, on, until)
        .annotate(month=Case(past, default=Cast(TruncMonth("ends_on"), DateField()), output_field=DateField()))
        .values("month", "progress")
        .annotate(n=Count("pk"), **counts)
        .order_by("month", "progress")
    )
    _add_up(coming, grouped)
    return coming


def _add_up(coming: Coming, grouped: Iterable[dict[str, Any]]) -> None:
    months = {month.first: month for month in coming.months}
    for row in grouped:
        if row["month"] in months:
            months[row["month"]].counts[row["progress"]] += row["n"]
        for step in coming.steps:
            # Those that are past are in no month.
            n = row[f"within_{step.days}"] if step.days else row["n"] * (row["month"] is None)
            step.count += n
            step.nothing += n * (row["progress"] == NOTHING)
