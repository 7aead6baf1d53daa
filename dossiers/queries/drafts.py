"""What an agency or a ministry began itself and has not sent: a framework of its own initiative."""

from __future__ import annotations

from typing import Any

from dossiers.policy import visible_to
from dossiers.queries.worklists import REPLY_BY, ROW_COLUMNS
from workflows.types import Actor


def own_drafts(actor: Actor, *, limit: int = 20) -> list[dict[str, Any]]:
    """Rows of `worklists.ROW_COLUMNS`, the latest change first. One query, over the organisation's own files."""
    found = visible_to(actor).filter(organisation=actor.organisation_id, filed_at=None, decided_at=None)
    found = found.exclude(state="withdrawn").annotate(reply_by=REPLY_BY)
    return list(found.order_by("-changed_at", "-id").values(*ROW_COLUMNS, "reply_by")[:limit])
