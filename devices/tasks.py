"""Jobs of exempted devices: each may run twice, at once, or late, with the same end result."""

from __future__ import annotations

import datetime as dt

from celery import shared_task
from django.utils import timezone

from devices.services.reminders import plan_incident_reminders


@shared_task
def remind_of_incidents(at: str | None = None) -> int:
    """Whoever owes a report on a serious incident is reminded of it; ANSM's vigilance too once it is late. `at`: an ISO
    8601 instant with its offset, for the simulation and the tests; without it, now."""
    return plan_incident_reminders(at=dt.datetime.fromisoformat(at) if at else timezone.now())
