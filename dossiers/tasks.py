"""Jobs of the dossiers: each may run twice, at once, or late, with the same end result.

`at` is an ISO 8601 instant with its offset, for the simulation and the tests; without it, now.
"""

from __future__ import annotations

import datetime as dt

from celery import shared_task
from django.utils import timezone

from dossiers.services.reminders import plan_expiry_reminders
from dossiers.services.title_days import follow_titles
from notifications.digest import plan_digests


def _instant(at: str | None) -> dt.datetime:
    return dt.datetime.fromisoformat(at) if at else timezone.now()


@shared_task
def follow_the_calendar(at: str | None = None) -> int:
    """Titles that a renewal replaces, that come back from a suspension, or whose last day has passed."""
    return follow_titles(at=_instant(at))


@shared_task
def remind_of_expiry(at: str | None = None) -> int:
    """Whoever may renew a title that ends soon is reminded of it."""
    return plan_expiry_reminders(at=_instant(at))


@shared_task
def send_digests(at: str | None = None) -> int:
    """The summary of the day, for each member of ANSM."""
    return plan_digests(at=_instant(at))
