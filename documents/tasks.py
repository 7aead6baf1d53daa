"""What the worker does for this room. PostgreSQL holds what waits; a task only looks there."""

from __future__ import annotations

import logging
from typing import Any

from celery import shared_task
from celery.signals import worker_init
from django.utils import timezone

from documents.attachments import scan_pending
from documents.checks import the_seal
from documents.letters.orders import make_pending

log = logging.getLogger(__name__)

LETTERS_A_LEASE = 5
TURNS = 20


@shared_task(name="documents.tasks.make_letters")
def make_letters() -> int:
    """Makes the letters that wait, a few at a time so that no lease ends before its letter is begun."""
    made = 0
    for _turn in range(TURNS):
        now = make_pending(limit=LETTERS_A_LEASE, at=timezone.now())
        made += now
        if now < LETTERS_A_LEASE:
            break
    return made


@shared_task(name="documents.tasks.scan_attachments")
def scan_attachments() -> int:
    """Has the virus scanner look at the files that wait."""
    return scan_pending(limit=50, at=timezone.now())


@worker_init.connect
def say_what_the_seal_lacks(**_signal: Any) -> None:
    """The worker starts all the same: letters rest in their table until the seal is there."""
    for message in the_seal():
        log.error("%s %s", message.msg, message.hint or "")


def poke() -> None:
    """Wakes the worker after a commit. A broker that is down is no matter: the sweeper passes every few seconds."""
    try:
        make_letters.delay()
    except Exception as error:  # whatever the broker's client raises, the letter is safe in its table
        log.info("the broker did not take the poke (%s): the sweeper will pass", type(error).__name__)
