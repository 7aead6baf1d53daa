"""What titles oblige to, and by when: on the page of a title, as the list of a hospital or of the agency, counted late.

A row with its buttons is worked out from the policy; each list is one query, whatever its length.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier, Event, Obligation, Title
from dossiers.policy import is_staff_side, may, obligations_visible_to, titles_visible_to
from dossiers.queries.holders import may_have_several
from dossiers.queries.keyset import Column, Ordering, Page, page
from dossiers.queries.timeline import who
from workflows.types import Actor, Text

SOON_DAYS: Final = 30
MOST_COUNTED: Final = 100
"""A count is exact below it; the home page says "100 or more" beyond, at the same cost each year."""
MOST_IN_TABS: Final = 1000
OWED_BY: Final[dict[str, Text]] = {
    Obligation.OwedBy.HOLDER: _("the holder"),
    Obligation.OwedBy.AGENCY: _("the agency"),
}
"""In the midst of a line, where the labels of `OwedBy` begin one."""

DUE: Final = Ordering("obligation", (Column("due_on", "date"), Column("id", "integer")))
COLUMNS: Final = (
    "kind",
    "owed_by",
    "text",
    "every_months",
    "title__dossier_id",
    "title__number",
    "title__procedure",
    "holder__name",
    "title__organisation__name",
    "title__dossier__product_label",
    "title__dossier__subject",
)
When = Literal["late", "soon", "all"]


@dataclass(frozen=True)
class Shown:
    """One obligation as its reader sees it. `days` is how many are left, negative when late.

    `sent_back`: why the agency reopened it; `given_up`: why it was cancelled, empty when it ended with its title.
    """

    row: Obligation
    days: int
    by: str
    sent_back: str
    given_up: str
    may_do: bool
    may_cancel: bool
    may_reopen: bool

    @property
    def late(self) -> int:
        """Days late, 0 when it is not."""
        return max(0, -self.days)


@dataclass(frozen=True)
class OfTitle:
    """`to_do`: late ones first, then by day. `closed`: done or cancelled, latest first. `shared`: several companies may
    hold the title, and each owes its own."""

    to_do: list[Shown]
    closed: list[Shown]
    may_add: bool
    shared: bool

    @property
    def late(self) -> int:
        """How many are late, whoever owes them."""
        return sum(1 for one in self.to_do if one.late)

    @property
    def is_shown(self) -> bool:
        return bool(self.to_do or self.closed or self.may_add)


def obligations_of(title: Title, actor: Actor, on: dt.date) -> OfTitle:
    """All that `title` obliges to and that this reader may read of it, in two queries."""
    owed = obligations_visible_to(actor).filter(title=title).select_related("document", "holder")
    rows = list(owed.order_by("due_on", "id"))
    dossier = title.dossier
    oblige = may(actor, "oblige", dossier).allowed
    do: dict[str, bool] = {
        Obligation.OwedBy.HOLDER: may(actor, "fulfil", dossier).allowed,
        Obligation.OwedBy.AGENCY: may(actor, "fulfil_for_agency", dossier).allowed,
    }
    reasons = _reasons(title, rows)
    staff = is_staff_side(actor)
    shown = []
    for one in rows:
        does = do[one.owed_by] and one.holder_id in (None, actor.organisation_id)
        shown.append(_shown(one, on, reasons, staff=staff, do=does, oblige=oblige))
    return OfTitle(
        to_do=[one for one in shown if one.row.state == "open"],
        closed=[one for one in reversed(shown) if one.row.state != "open"],
        may_add=oblige and title.state in ("in_force", "suspended"),
        shared=may_have_several(title),
    )


def _shown(
    row: Obligation, on: dt.date, reasons: dict[tuple[str, int], str], *, staff: bool, do: bool, oblige: bool
) -> Shown:
    is_open = row.state == "open"
    by_agency = row.owed_by == Obligation.OwedBy.AGENCY
    return Shown(
        row=row,
        days=(row.due_on - on).days,
        # To the hospital an agency answers as a body.
        by=who("ansm_assessor", row.done_by_name, "ANSM", staff=staff) if by_agency else row.done_by_name,
        sent_back=reasons.get(("obligation_reopened", row.pk), "") if is_open else "",
        given_up=reasons.get(("obligation_cancelled", row.pk), ""),
        may_do=is_open and do,
        may_cancel=is_open and oblige,
        may_reopen=row.state == "done" and oblige,
    )


def _reasons(title: Title, rows: Iterable[Obligation]) -> dict[tuple[str, int], str]:
    """{(verb, obligation): the reason last given}, read in the log: it is the only place where each is kept."""
    if not any(rows):
        return {}
    verbs = ("obligation_reopened", "obligation_cancelled")
    chain = Title.objects.filter(chain=title.chain).values("dossier")
    found = Event.objects.filter(dossier__in=chain, verb__in=verbs).order_by("at", "pk")
    return {(verb, payload["id"]): payload.get("reason", "") for verb, payload in found.values_list("verb", "payload")}


# ----------------------------------------------------------------------------------------------------- the list


def _to_do(actor: Actor | None) -> QuerySet[Obligation]:
    """Staff read all they may see, others what their organisation owes, which an index gives at once; what the agency
    owes it is on the page of the title."""
    if actor is None or is_staff_side(actor):
        return obligations_visible_to(actor).filter(state="open")
    return Obligation.objects.filter(state="open", title__in=titles_visible_to(actor), holder=actor.organisation_id)


def obligations_page(actor: Actor | None, when: When, on: dt.date, *, cursor: str = "", size: int = 50) -> Page:
    """What is to do, by day, in one query. `when` is late (its day has passed), soon (within SOON_DAYS) or all.

    Raises BadCursor.
    """
    found = _to_do(actor)
    if when == "late":
        found = found.filter(due_on__lt=on)
    elif when == "soon":
        found = found.filter(due_on__range=(on, on + dt.timedelta(days=SOON_DAYS)))
    return page(found, DUE, cursor, COLUMNS, size)


def late_count(actor: Actor, on: dt.date) -> int:
    """How many are late, MOST_COUNTED at most, in one query."""
    return _to_do(actor).filter(due_on__lt=on)[:MOST_COUNTED].count()


def obligation_for(actor: Actor | None, number: str, pk: int) -> Obligation | None:
    """The obligation `pk` of the title `number` with what its screens need; None when it is not this actor's to see."""
    return (
        obligations_visible_to(actor)
        .filter(pk=pk, title__number=number)
        .select_related("title__dossier__organisation", "document", "holder")
        .first()
    )


def counts(actor: Actor | None, on: dt.date) -> dict[When, int]:
    """How many each list holds, MOST_IN_TABS at most, in one query that reads no more than those."""
    soon = Q(due_on__range=(on, on + dt.timedelta(days=SOON_DAYS)))
    first = _to_do(actor).order_by("due_on", "id").values("pk")[:MOST_IN_TABS]
    found = Obligation.objects.filter(pk__in=first).aggregate(
        late=Count("pk", filter=Q(due_on__lt=on)), soon=Count("pk", filter=soon), all=Count("pk")
    )
    return {"late": found["late"], "soon": found["soon"], "all": found["all"]}


def _done_by(actor: Actor | None, found: Iterable[dict[str, Any]]) -> dict[tuple[int, str], bool]:
    """(dossier, owed by) -> whether this reader may say that it is done. Two queries, whatever the number of rows."""
    wanted = {one["title__dossier_id"] for one in found}
    files = Dossier.objects.filter(pk__in=wanted).only("procedure", "organisation").prefetch_related("recusals")
    acts = {Obligation.OwedBy.HOLDER.value: "fulfil", Obligation.OwedBy.AGENCY.value: "fulfil_for_agency"}
    return {(one.pk, owed_by): may(actor, act, one).allowed for one in files for owed_by, act in acts.items()}


def rows(found: list[dict[str, Any]], actor: Actor | None, on: dt.date) -> list[dict[str, Any]]:
    """Rows of `obligations_page` with what the template shows; `may_do` for whoever may say that it is done."""
    done_by = _done_by(actor, found)
    kinds = dict(Obligation.Kind.choices)
    return [
        {
            **{name.rpartition("__")[2]: one[name] for name in COLUMNS},
            "name": one["holder__name"] or one["title__organisation__name"],
            "pk": one["id"],
            "may_do": done_by.get((one["title__dossier_id"], one["owed_by"]), False),
            "kind": kinds[one["kind"]],
            "owed_by": OWED_BY[one["owed_by"]],
            "due_on": one["due_on"],
            "late": max(0, (on - one["due_on"]).days),
            "days": (one["due_on"] - on).days,
        }
        for one in found
    ]
