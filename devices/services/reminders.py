"""Reports of incidents that are due, or late: a daily pass, which may run twice, at once, or days late."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from devices.models import Incident
from devices.paths import incident_path
from devices.services.tell import DUE, OF_THE_COMPANY, OF_VIGILANCE, active, staff, vigilance_of
from notifications.outbox import queue
from workflows.dates import civil_date
from workflows.roles import ANSM_VIGILANCE

EVE: Final = 1
WEEK: Final = 7


def milestone(awaited_on: dt.date, on: dt.date) -> int | None:
    """Days left at the step reached: 1 on the eve, 0 on the last day, -1 once late, then -8, -15 and so on.

    None while it is not time yet.
    """
    left = (awaited_on - on).days
    if left > EVE:
        return None
    return left if left >= 0 else -1 - WEEK * ((-left - 1) // WEEK)


def plan_incident_reminders(*, at: dt.datetime) -> int:
    """Tell each company of the reports that it owes today or tomorrow, and ANSM's vigilance too once one is late.
    Returns how many messages are new: the same milestone of the same day awaited is told once."""
    on = civil_date(at)
    due = Incident.objects.filter(awaited_on__lte=on + dt.timedelta(days=EVE)).select_related("title").order_by("pk")
    new = 0
    with transaction.atomic():
        for incident in due:
            new += _remind(incident, on, at)
    return new


def _remind(incident: Incident, on: dt.date, at: dt.datetime) -> int:
    step = None if incident.awaited_on is None else milestone(incident.awaited_on, on)
    if incident.awaited_on is None or step is None:
        return 0
    is_late = step < 0
    label = _("A report on a serious incident is late") if is_late else _("A report on a serious incident is due")
    company = vigilance_of(incident.title.organisation_id)
    sides = [(company, _("Send your report to ANSM, even if it is incomplete."), OF_THE_COMPANY)]
    if is_late:
        sides.append((staff(ANSM_VIGILANCE) - company, _("Ask the company for its report."), OF_VIGILANCE))
    return sum(
        queue(
            kind=DUE,
            recipients=active(people),
            dedupe=f"{incident.pk}:{incident.awaited_on.isoformat()}:{step}",
            reference=incident.reference,
            path=incident_path(incident.title.number, incident.rank),
            context={"label": label, "todo": todo, "why": why, "due_on": incident.awaited_on},
            at=at,
        )
        for people, todo, why in sides
    )
