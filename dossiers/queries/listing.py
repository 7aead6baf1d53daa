"""The list of dossiers as systems ask for it: filters, an order, a key. One query a page, nothing counted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet

from dossiers.models import Dossier
from dossiers.models.dossier import DONE, OPEN
from dossiers.policy import is_staff_side, visible_to
from dossiers.queries import worklists
from dossiers.queries.keyset import Column, Ordering, Page, page
from dossiers.queries.lists import BEGUN, CHANGED, DECIDED, DUE, NEWEST
from dossiers.queries.worklists import ROW_COLUMNS, Filters
from workflows import roles
from workflows.dates import civil_date
from workflows.types import Actor

OLDEST: Final = Ordering("oldest", (Column("filed_at", "datetime"), Column("id", "integer")))
FILED: Final = Q(filed_at__isnull=False)

ORDERINGS: Final[dict[str, tuple[Ordering, Q]]] = {
    "-created_at": (BEGUN, Q()),
    "-changed_at": (CHANGED, Q()),
    "-filed_at": (NEWEST, FILED),
    "filed_at": (OLDEST, FILED),
    "-decided_at": (DECIDED, DONE),
    "due_on": (DUE, OPEN),
}
"""Name -> the order, and what has a place in it: a file never filed has no filing date."""


@dataclass(frozen=True)
class Asked:
    """`mine`: those that the actor leads. `overdue`: open, and their target date is past (staff's, for others none)."""

    filters: Filters = Filters()
    mine: bool = False
    overdue: bool = False
    ordering: str = ""


def dossiers_page(actor: Actor | None, asked: Asked, at: dt.datetime, *, cursor: str = "", size: int = 50) -> Page:
    """One page of what this actor may see. Raises BadCursor, and KeyError for an ordering that is not in ORDERINGS."""
    ordering, placed = ORDERINGS[asked.ordering or usual_ordering(actor, asked)]
    found = _seen(actor).filter(placed)
    if asked.mine:
        found = found.filter(OPEN, lead=actor.membership_id) if actor and actor.membership_id else found.none()
    if asked.overdue:
        staff = actor is not None and is_staff_side(actor)
        found = found.filter(OPEN, due_on__lt=civil_date(at)) if staff else found.none()
    is_short = asked.mine or asked.overdue or ordering is DUE
    found = worklists.narrowed(found, asked.filters, is_short=is_short)
    return page(found.annotate(reply_by=worklists.REPLY_BY), ordering, cursor, (*ROW_COLUMNS, "reply_by"), size)


def usual_ordering(actor: Actor | None, asked: Asked) -> str:
    """The one that an index gives: what is most urgent of a worklist, else the latest."""
    if asked.mine or asked.overdue:
        return "due_on"
    if actor is not None and actor.role in roles.AGENCY_STAFF:
        return "-filed_at"
    return "-created_at" if actor is not None and actor.role == roles.AUDITOR else "-changed_at"


def _seen(actor: Actor | None) -> QuerySet[Dossier]:
    """What a hospital sees is its own: said outright, an index gives it in order."""
    seen = visible_to(actor)
    if actor is not None and actor.role in roles.HOSPITAL:
        return seen.filter(organisation=actor.organisation_id)
    return seen
