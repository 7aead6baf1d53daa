"""What the companies of a prescription framework are asked and say, and their material, as their reader may know it."""

from __future__ import annotations

from typing import Any

from dossiers.models import CompanyReply
from dossiers.queries.frameworks import Asked, Exchange
from dossiers.queries.material import Materials, Shown
from workflows.information_material import deemed_favourable_on


def calls(exchange: Exchange | None) -> list[dict[str, Any]]:
    """Latest first; none before any company is told, and on a file that is no framework."""
    return [_call(one, exchange) for one in exchange.calls] if exchange else []


def _call(one: Asked, exchange: Exchange) -> dict[str, Any]:
    call = one.call
    states = {"closed": not one.is_open, "late": one.is_late, "replied": not exchange.awaited, "awaited": True}
    return {
        "step": call.step,
        "step_label": str(one.label),
        **{name: getattr(call, name) if one.is_read else None for name in ("asked", "protocol", "waiver")},
        "asked_at": call.asked_at,
        "reply_by": call.reply_by,
        "state": next(state for state, holds in states.items() if holds),
        "closed_at": call.closed_at,
        "replies": [{"company": company, "at": at, "text": text} for company, at, text in one.replies],
        "acts": ["reply"] if one.is_open and exchange.may_reply else [],
    }


def reply(one: CompanyReply) -> dict[str, Any]:
    return {"company": one.organisation.name, "at": one.given_at, "text": one.text}


def materials(found: Materials, number: str) -> list[dict[str, Any]]:
    """Latest first."""
    return [_material(one, number, may_advise=found.may_advise) for one in found.rows]


def _material(one: Shown, number: str, *, may_advise: bool) -> dict[str, Any]:
    row = one.material
    states = {"given": bool(row.opinion), "unreadable": row.is_unreadable, "deemed": one.deemed, "awaited": True}
    return {
        "id": row.pk,
        "title": number,
        "company": one.company,
        "name": row.name,
        "description": row.description,
        "document": row.document_id,
        "sent_at": row.sent_at,
        "sent_by": row.sent_by_name,
        "opinion_by": one.last_day,
        "state": next(state for state, holds in states.items() if holds),
        "opinion": row.opinion or None,
        "reasons": row.reasons,
        "given_at": row.given_at,
        "deemed_on": deemed_favourable_on(row.sent_at) if one.deemed else None,
        "may_be_spread": one.may_be_spread,
        "acts": ["opinion"] if one.awaits and may_advise else [],
    }
