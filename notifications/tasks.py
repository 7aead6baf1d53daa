"""The jobs of this room. The broker carries no content: losing what it holds loses nothing."""

from __future__ import annotations

import datetime as dt
import logging

from celery import shared_task
from django.utils import timezone

from notifications.sweeper import sweep

logger = logging.getLogger(__name__)

BATCH = 100
MOST_BATCHES = 20


@shared_task(ignore_result=True)
def sweep_outbox(at: str | None = None) -> int:
    """Sends what is due, and returns how many left. Run by the beat every few seconds, and by `poke` at once.

    `at` is an ISO 8601 instant with its offset, for the tests that play a year; without it, now.
    """
    sent = 0
    for _ in range(MOST_BATCHES):
        counts = sweep(limit=BATCH, at=dt.datetime.fromisoformat(at) if at else timezone.now())
        sent += counts.sent
        if counts.sent + counts.moot < BATCH:
            break
    return sent


def poke() -> None:
    """Wakes the worker now. A broker that does not answer is no error: the beat's next sweep will pass."""
    try:
        sweep_outbox.apply_async(retry=False, ignore_result=True, expires=60)
    except Exception as error:  # noqa: BLE001 - whatever a broker can raise, the act is already committed
        logger.warning("the worker was not woken: %s", type(error).__name__)
