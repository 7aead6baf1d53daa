"""The lists staff work from. Each costs the same whatever the history: only open dossiers are looked at, by an index.

Everything passes by `policy.visible_to`; filters narrow it, a keyset pages it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from accounts.models import Organisation
from catalogue.models import Medicine
from catalogue.text import query_key
from dossiers.models import Dossier, InformationRequest, Task
from dossiers.policy import visible_to
from dossiers.queries.awaited import awaiting, excused_from_ansm
from dossiers.queries.keyset import Ordering, Page, page
from dossiers.queries.lists import BEGUN, CHANGED, DECIDED, NEWEST, WORKLISTS, dossiers_in, lists_of
from workflows import roles
from workflows.dates import PARIS, civil_date
from workflows.types import Actor

MOST_COUNTED: Final = 1_000
"""A list is counted up to here and then said to have more: counting everything would cost more each year."""
MOST_WORDS: Final = 8

ROW_COLUMNS: Final = (
    "reference",
    "filing_number",
    "procedure",
    "kind",
    "state",
    "urgent",
    "subject",
    "product_label",
    "organisation__name",
    "filed_at",
    "changed_at",
    "decided_at",
    "due_on",
    "lead__person__first_name",
    "lead__person__last_name",
)
# Until when the applicant may answer, while questions wait.
REPLY_BY: Final = Subquery(
    InformationRequest.objects.filter(dossier=OuterRef("pk"), closed_at=None).values("reply_by")[:1]
)


def counts(actor: Actor, at: dt.datetime, excused: Collection[int] | None = None) -> dict[str, int]:
    """How many dossiers each counted list of this role holds, in one query; MOST_COUNTED + 1 stands for "more than
    that". `excused`: as for `lists.dossiers_in`."""
    wanted = [name for name in lists_of(actor.role) if WORKLISTS[name].counted]
    excused = excused_from_ansm() if excused is None else excused
    selects: list[str] = []
    params: list[Any] = []
    found = dict.fromkeys(wanted, 0)
    asked = []
    for name in wanted:
        capped = dossiers_in(name, actor, at, excused).order_by().values("pk")[: MOST_COUNTED + 1]
        try:
            sql, own = capped.query.sql_with_params()
        except EmptyResultSet:
            continue
        asked.append(name)
        selects.append(f"(SELECT COUNT(*) FROM ({sql}) AS capped)")  # noqa: S608 - the ORM's own SQL, parameters apart
        params += own
    if asked:
        with connection.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join(selects), params)
            found.update(zip(asked, cursor.fetchone(), strict=True))
    return found


def said(count: int) -> str:
    """The number as shown: exact up to the cap, then "1 000+"."""
    return str(count) if count <= MOST_COUNTED else f"{MOST_COUNTED}+"


# -------------------------------------------------------------------------------------------------- filters


@dataclass(frozen=True)
class Filters:
    """What narrows a list. Texts are as typed; an empty value does not filter."""

    text: str = ""
    procedure: str = ""
    kind: str = ""
    states: tuple[str, ...] = ()
    urgent: bool = False
    hospital: str = ""
    product: str = ""
    filed_from: dt.date | None = None
    filed_to: dt.date | None = None


def narrowed(queryset: QuerySet[Dossier], filters: Filters, *, is_short: bool = False) -> QuerySet[Dossier]:
    """`queryset` through `filters`. Days are whole days in Paris, both included.

    `is_short`: it holds open dossiers only, so that words are looked for in each rather than in all history.
    """
    exact: Mapping[str, Any] = {"procedure": filters.procedure, "kind": filters.kind, "urgent": filters.urgent}
    queryset = queryset.filter(**{name: value for name, value in exact.items() if value})
    if filters.states:
        queryset = queryset.filter(state__in=filters.states)
    if filters.hospital:
        named = Organisation.objects.filter(name__unaccent__icontains=filters.hospital)
        queryset = queryset.filter(organisation__in=named.values("pk"))
    if filters.product:
        called = Medicine.objects.all()
        for word in _words(filters.product):
            called = called.filter(search__contains=word)
        queryset = queryset.filter(medicine__in=called.values("pk"))
    if filters.filed_from:
        queryset = queryset.filter(filed_at__gte=_midnight(filters.filed_from))
    if filters.filed_to:
        queryset = queryset.filter(filed_at__lt=_midnight(filters.filed_to) + dt.timedelta(days=1))
    if filters.text.strip():
        queryset = queryset.filter(_says(filters.text, is_short=is_short))
    return queryset


def _midnight(day: dt.date) -> dt.datetime:
    """The first instant of that day in Paris. Days that no dossier can have are brought near enough to be computed."""
    day = min(max(day, dt.date(1900, 1, 1)), dt.date(2999, 1, 1))
    return dt.datetime.combine(day, dt.time.min, PARIS)


def _words(text: str) -> list[str]:
    return query_key(text).split()[:MOST_WORDS]


def _says(text: str, *, is_short: bool) -> Q:
    """Every word typed is in the dossier's search text, or the whole is one of its two references."""
    typed = text.strip().upper()[:64]
    exact = Q(reference=typed) | Q(filing_number=typed)
    words = _words(text)
    if not words:
        return exact
    all_words = Q()
    for word in words:
        if is_short:
            # STRPOS, which no index answers: the one on words would give every dossier that ever held them.
            all_words &= Q(GreaterThan(StrIndex("search_text", Value(word)), 0))
        else:
            all_words &= Q(search_text__contains=word)
    return exact | all_words


def named_exactly(actor: Actor | None, text: str) -> str:
    """The reference of the visible dossier that `text` names (reference or filing number), else ""."""
    typed = text.strip().upper()
    if not typed or len(typed) > 64 or "\x00" in typed:
        return ""
    found = visible_to(actor).filter(Q(reference=typed) | Q(filing_number=typed)).values_list("reference", flat=True)
    return found.first() or ""


# ---------------------------------------------------------------------------------------------------- pages


def list_page(
    name: str,
    actor: Actor,
    at: dt.datetime,
    filters: Filters,
    *,
    order: str = "",
    cursor: str = "",
    size: int = 50,
    own_turn: bool = False,
    excused: Collection[int] | None = None,
) -> Page:
    """One page of a list; `own_turn`: only where it is the turn of this actor's role. `excused`: as for
    `lists.dossiers_in`. Raises KeyError for an unknown list,
    BadCursor for a wrong cursor.

    Decided dossiers of a filing period come by filing date: an index then gives the period without reading the rest.
    """
    ordering = ordering_of(name, order)
    if ordering is DECIDED and (filters.filed_from or filters.filed_to):
        ordering = NEWEST
    found = dossiers_in(name, actor, at, excused)
    if own_turn:
        found = found.filter(awaiting(actor.role, civil_date(at), excused_from_ansm() if excused is None else excused))
    return _page(narrowed(found, filters, is_short=name != "decided"), ordering, cursor, size)


def _page(queryset: QuerySet[Dossier], ordering: Ordering, cursor: str, size: int) -> Page:
    return page(queryset.annotate(reply_by=REPLY_BY), ordering, cursor, (*ROW_COLUMNS, "reply_by"), size)


def ordering_of(name: str, code: str) -> Ordering:
    """The ordering asked for when this list has it, else the list's own."""
    offered = WORKLISTS[name].orderings
    return next((one for one in offered if one.code == code), offered[0])


def search_page(actor: Actor | None, filters: Filters, *, cursor: str = "", staff: bool, size: int = 50) -> Page:
    """Everything visible: by filing date for agencies, by latest change for others. Raises BadCursor."""
    everything = visible_to(actor)
    if actor is not None and actor.role == roles.AUDITOR:
        # An auditor reads what was never filed too; the primary key gives it all in an order, without a sort.
        return _page(narrowed(everything, filters), BEGUN, cursor, size)
    if staff:
        return _page(narrowed(everything.exclude(filed_at=None), filters), NEWEST, cursor, size)
    if actor is not None and actor.role in roles.HOSPITAL:
        # What a hospital sees is its own: said outright, an index gives it in order.
        everything = everything.filter(organisation=actor.organisation_id)
    return _page(narrowed(everything, filters), CHANGED, cursor, size)


def open_tasks(actor: Actor, limit: int = 20) -> list[dict[str, Any]]:
    """What this role has to do because of an act (publish the criteria of a first grant), oldest first."""
    found = Task.objects.filter(role=actor.role, done_at=None, dossier__in=visible_to(actor).values("pk"))
    rows = found.order_by("created_at", "id").values(
        "id", "kind", "created_at", "dossier__reference", "dossier__product_label", "dossier__indication_id"
    )
    return [dict(row) for row in rows[:limit]]
