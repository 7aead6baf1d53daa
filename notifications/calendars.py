"""The secret address of a person's calendar: made, revoked, recognised. What it shows is `dossiers.queries.deadlines`.

A calendar application signs in nowhere: whoever holds the address reads it. So it is long, shown once, kept as a hash
only, void as soon as it is revoked or the person may no longer act, and it names neither patient nor product.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Final

from django.db import transaction

from accounts.models import Membership
from notifications.models import CalendarFeed
from workflows.dates import civil_date

BYTES: Final = 32
LONGEST: Final = 100


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def open_feed(*, membership: Membership, at: dt.datetime) -> str:
    """A new secret for the deadlines of this membership; the earlier one is void from now on. Returned only here."""
    secret = secrets.token_urlsafe(BYTES)
    with transaction.atomic():
        # Two presses at once: the second waits, then makes the first one void.
        Membership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
        revoke(membership=membership, at=at)
        CalendarFeed.objects.create(membership=membership, secret_sha256=hash_of(secret), created_at=at)
    return secret


def revoke(*, membership: Membership, at: dt.datetime) -> bool:
    """Make the present address void for ever. Returns whether there was one."""
    return bool(CalendarFeed.objects.filter(membership=membership, revoked_at=None).update(revoked_at=at))


def present_feed(*, membership: Membership) -> CalendarFeed | None:
    return CalendarFeed.objects.filter(membership=membership, revoked_at=None).first()


def feed_of(*, secret: str, at: dt.datetime) -> Membership | None:
    """Whose deadlines this secret opens at `at`; None when it is unknown or revoked, or when its holder no longer acts.

    Found by its hash: how long the answer takes says nothing of how near a guess was.
    """
    if len(secret) > LONGEST:
        return None
    found = CalendarFeed.objects.select_related("membership__person", "membership__organisation")
    feed = found.filter(secret_sha256=hash_of(secret), revoked_at=None).first()
    if feed is None:
        return None
    membership: Membership = feed.membership
    if not membership.person.is_active or not membership.is_open(civil_date(at)):
        return None
    return membership
