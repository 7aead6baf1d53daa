"""What a ministry sees first: what it reported, what the agencies examine. Each list is one query."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from dossiers.models import Dossier
from dossiers.policy import visible_to
from dossiers.queries.worklists import REPLY_BY, ROW_COLUMNS
from workflows.types import Actor


def own_reports(actor: Actor, *, limit: int) -> list[dict[str, Any]]:
    """What this ministry reported and waits for, then what came of it: the latest first."""
    own = Q(organisation=actor.organisation_id)
    going_on = _rows(visible_to(actor).filter(own, filed_at__isnull=False, decided_at=None), "-filed_at", limit)
    decided = _rows(visible_to(actor).filter(own, decided_at__isnull=False), "-decided_at", limit)
    return [*going_on, *decided][:limit]


def examined(actor: Actor, *, limit: int) -> list[dict[str, Any]]:
    """Filed by others and not decided, the latest first."""
    others = visible_to(actor).exclude(organisation=actor.organisation_id)
    return _rows(others.filter(filed_at__isnull=False, decided_at=None), "-filed_at", limit)


def _rows(found: QuerySet[Dossier], order: str, limit: int) -> list[dict[str, Any]]:
    ordered = found.annotate(reply_by=REPLY_BY).order_by(order, "-id")
    return list(ordered.values(*ROW_COLUMNS, "reply_by")[:limit])
