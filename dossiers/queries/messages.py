"""The messages the site sent about one dossier, word for word, for those who may know that they were sent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Membership
from dossiers.models import Dossier
from dossiers.policy import is_staff_side, reads_what_was_sent_only
from notifications.models import OutboxMessage
from notifications.rendering import subject_of
from workflows.roles import AGENCY_STAFF, MINISTRY_READER
from workflows.types import Actor, Text

SHOWN: Final = 100
State = OutboxMessage.State


@dataclass(frozen=True)
class Told:
    """`at` is when it left, or when it was written while it has not. `body` is empty until it is written."""

    at: dt.datetime
    to: str
    organisations: str
    state: str
    state_label: Text
    subject: str
    body: str
    language: str


def messages_sent(dossier: Dossier, actor: Actor) -> list[Told]:
    """The latest `SHOWN`, newest first, in one query.

    The staff's side reads to whom each was sent; a ministry, what its own people were: what agencies tell each other is
    theirs. Others read what their own people were sent, as in their inboxes; not what a colleague who also works for an
    agency was sent there.
    """
    rows = OutboxMessage.objects.filter(dossier=dossier)
    if actor.role == MINISTRY_READER:
        own = Membership.objects.filter(person=OuterRef("recipient"), organisation=actor.organisation_id)
        rows = rows.filter(Exists(own))
    elif is_staff_side(actor):
        if reads_what_was_sent_only(actor) and dossier.filed_at is not None:
            rows = rows.filter(created_at__gte=dossier.filed_at)
    else:
        rows = _to_their_own(rows, actor)
    rows = rows.select_related("recipient").annotate(organisations=ArraySubquery(_names()))
    return [_told(row) for row in rows.order_by("-created_at", "-pk")[:SHOWN]]


def _to_their_own(rows: QuerySet[OutboxMessage], actor: Actor) -> QuerySet[OutboxMessage]:
    memberships = Membership.objects.filter(person=OuterRef("recipient"))
    return rows.exclude(state=State.MOOT).filter(
        Exists(memberships.filter(organisation=actor.organisation_id)),
        ~Exists(memberships.filter(role__in=sorted(AGENCY_STAFF))),
    )


def _names() -> QuerySet[Membership]:
    held = Membership.objects.filter(person=OuterRef("recipient")).order_by("organisation__name")
    return held.values_list("organisation__name", flat=True).distinct()  # type: ignore[return-value]


def _told(row: OutboxMessage) -> Told:
    return Told(
        at=row.sent_at or row.created_at,
        to=row.recipient.full_name,
        organisations=", ".join(row.organisations),  # type: ignore[attr-defined]
        state=row.state,
        state_label=State(row.state).label,
        subject=row.subject or subject_of(row),
        body=row.body,
        language=row.recipient.language,
    )
