"""Jobs of the dossiers: each may run twice, at once, or late, with the same end result.

`at` is an ISO 8601 instant with its offset, for the simulation and the tests; without it, now.
"""

from __future__ import annotations

import datetime as dt
import logging

from celery import shared_task
from django.utils import timezone

from dossiers.services.continuity import close_those_over
from dossiers.services.framework_days import follow_frameworks
from dossiers.services.meeting_reminders import plan_meeting_reminders
from dossiers.services.obligation_reminders import plan_obligation_reminders
from dossiers.services.reminders import plan_expiry_reminders
from dossiers.services.renunciations import follow as follow_renunciations
from dossiers.services.silence import follow_silence
from dossiers.services.title_days import steps
from dossiers.services.worked_days import count_worked_days
from notifications.digest import plan_digests

log = logging.getLogger(__name__)

TITLES_A_TURN = 200


def _instant(at: str | None) -> dt.datetime:
    return dt.datetime.fromisoformat(at) if at else timezone.now()


@shared_task
def follow_the_calendar(at: str | None = None, after: int = 0) -> int:
    """Titles that a renewal replaces, that come back from a suspension, or whose last day has passed.

    A night may end thousands: after some of them the rest is asked for anew, so that mails and letters get their turn
    between. If that request is lost, the next beat starts from the first title still due.
    """
    moved = 0
    for rank, step in enumerate(steps(at=_instant(at), after=after), start=1):
        moved += step.moved
        if rank == TITLES_A_TURN:
            _go_on(at, step.pk)
            break
    return moved


def _go_on(at: str | None, after: int) -> None:
    try:
        follow_the_calendar.apply_async(args=(at, after), retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 - whatever a broker can raise, the beat will pass
        log.warning("the calendar's next turn was not asked for: %s", type(error).__name__)


@shared_task
def follow_the_silence(at: str | None = None) -> int:
    """Requests that silence decides, or that an answer which did not come abandons; authorisations given up to which
    HAS did not answer; continuities whose last day has passed."""
    now = _instant(at)
    return follow_silence(at=now) + follow_renunciations(at=now) + close_those_over(at=now)


@shared_task
def remind_of_expiry(at: str | None = None) -> int:
    """Whoever may renew a title that ends soon is reminded of it."""
    return plan_expiry_reminders(at=_instant(at))


@shared_task
def remind_of_obligations(at: str | None = None) -> int:
    """Whoever owes something under a title is reminded of it; the manager too once it is late."""
    return plan_obligation_reminders(at=_instant(at))


@shared_task
def remind_of_meetings(at: str | None = None) -> int:
    """Whoever sends a briefing document or slides before a meeting is reminded of them; ANSM too once they are late."""
    return plan_meeting_reminders(at=_instant(at))


@shared_task
def send_digests(at: str | None = None) -> int:
    """The summary of the day, for each member of ANSM."""
    return plan_digests(at=_instant(at))


@shared_task
def count_the_days_of_decisions() -> int:
    """How long each decision took, where it is not written yet."""
    return count_worked_days()


@shared_task
def follow_the_frameworks(at: str | None = None) -> int:
    """Prescription frameworks: protocols that did not come, material on which ANSM stayed silent, and those that
    another authorisation may cover."""
    return follow_frameworks(at=_instant(at))
