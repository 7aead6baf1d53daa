"""A year of two thousand titles, day by day, every beat doubled, workers killed, Valkey emptied, three days without any
of them: the reminders, the ends and the letters are those that a model worked out on paper, each once.

The instants, of the year to come, are given to the tasks; the processes are real: two workers, Valkey, PostgreSQL.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from celery import Celery
from django.utils import timezone

from documents.models import IssuedLetter, LetterOrder
from dossiers.models import Event, Title
from notifications.backends import file_name
from notifications.models import OutboxMessage
from tests.faults.site import BrokerOnOnePort, Site, until
from tests.faults.year.acts import Agenda
from tests.faults.year.model import ONE_DAY, Key, Year
from tests.faults.year.world import copy_titles, members_of_both, tell_the_first
from workflows.dates import PARIS, civil_date

TITLES, DAYS = 2_000, 365
OUTAGE = range(150, 153)
"""Days without worker nor beat. On the eve reminders are planned, and no mail leaves."""

KILLS, EMPTIED = 8, 12
JOBS = ("dossiers.tasks.follow_the_calendar", "dossiers.tasks.remind_of_expiry", "notifications.tasks.sweep_outbox")


@dataclass
class Machines:
    """Two workers on one broker, and a beat that says everything twice."""

    site: Site
    broker: BrokerOnOnePort
    chance: random.Random

    def __post_init__(self) -> None:
        self.workers = [self.site.worker(), self.site.worker()]
        self.client = redis.Redis.from_url(self.broker.url())
        self.celery = Celery(broker=self.broker.url(), set_as_current=False)

    def beat(self, at: dt.datetime, *jobs: str) -> None:
        for name in jobs * 2:
            self.celery.send_task(name, kwargs={"at": at.isoformat()}, ignore_result=True)

    def are_idle(self) -> bool:
        return not self.client.llen("celery") and not self.client.hlen("unacked")

    def finish(self) -> None:
        until(self.are_idle, what="an idle queue", log=self.site.log)

    def lose_a_worker(self) -> None:
        """`kill -9` in the middle of whatever it does; what it held in the broker is lost with all the rest."""
        time.sleep(self.chance.random() * 0.15)
        rank = self.chance.randrange(len(self.workers))
        self.site.kill(self.workers[rank])
        self.workers[rank] = self.site.worker()
        self.client.flushall()

    def stop(self) -> None:
        for worker in self.workers:
            self.site.kill(worker)
        self.client.flushall()

    def start_again(self) -> None:
        self.workers = [self.site.worker() for _worker in self.workers]


@pytest.mark.timeout(900)
def test_a_year_goes_by(make_site: Callable[..., Site], broker: BrokerOnOnePort) -> None:
    seed = random.randrange(10**6)  # noqa: S311 - chance, no secret
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails, to play the same year again
    chance = random.Random(seed)  # noqa: S311
    start = civil_date(timezone.now()) + 30 * ONE_DAY
    first = tell_the_first(morning(start - 40 * ONE_DAY))
    # Reminded of on the eve of the outage, a month before its end; stopped while the mail still waits.
    eve, last_day = start + (OUTAGE[0] - 1) * ONE_DAY, start + (OUTAGE[0] + 29) * ONE_DAY
    titles = copy_titles(first, number=TITLES, start=start, surely=[last_day], chance=chance)
    year = Year(titles, members_of_both(start))
    agenda = Agenda(year, start, DAYS, first, chance, stopped={last_day: eve + ONE_DAY})
    machines = Machines(make_site(OUTBOX_LEASE_SECONDS="60"), broker, chance)
    bad_days = chance.sample([rank for rank in range(DAYS) if rank not in (OUTAGE[0] - 1, *OUTAGE)], KILLS + EMPTIED)
    for rank in range(DAYS):
        day = start + rank * ONE_DAY
        if rank in OUTAGE:
            pass
        elif rank == OUTAGE[0] - 1:
            machines.beat(morning(day), *JOBS[:2])
            machines.finish()
            year.morning(day, mails_leave=False)
            machines.stop()
        else:
            if rank == OUTAGE[-1] + 1:
                machines.start_again()
            play(machines, day, killed=rank in bad_days[:KILLS], emptied=rank in bad_days[KILLS:])
            year.morning(day)
        agenda.do(day)
    letters_arrive(machines)
    assert_everything_is_as_on_paper(year, machines.site.mailbox)
    assert not agenda.acts
    assert year.moot


def morning(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(6), tzinfo=PARIS)


def play(machines: Machines, day: dt.date, *, killed: bool, emptied: bool) -> None:
    """The jobs of one day, asked for again, as a beat does, until nothing of that day is left to do."""
    at = morning(day)
    machines.beat(at, *JOBS)
    if killed:
        machines.lose_a_worker()
    if emptied:
        machines.client.flushall()
    if killed or emptied:
        # Ten minutes later: a dead worker's lease on its mails has ended.
        at += dt.timedelta(minutes=10)
        machines.beat(at, *JOBS)
    machines.finish()
    # The sweep may have passed before the reminders were there: its next beat is seconds away.
    machines.beat(at, JOBS[-1])
    machines.finish()


def letters_arrive(machines: Machines) -> None:
    """A minute passes, and with it the hold of dead workers on their letters."""
    LetterOrder.objects.filter(state=LetterOrder.State.LEASED).update(leased_until=timezone.now())

    def nothing_waits() -> bool:
        if not LetterOrder.objects.exclude(state=LetterOrder.State.ISSUED).exists():
            return True
        if machines.are_idle():
            machines.celery.send_task("documents.tasks.make_letters", ignore_result=True)
        return False

    until(nothing_waits, what="every letter", patience=240, log=machines.site.log)


def assert_everything_is_as_on_paper(year: Year, mailbox: Path) -> None:
    told = OutboxMessage.objects.filter(kind="reminder_expiry")
    assert {key_of(one) for one in told.filter(state="sent")} == year.sent
    assert {key_of(one) for one in told.filter(state="moot")} == year.moot
    assert told.count() == len(year.sent) + len(year.moot)
    # The mailbox keeps one file per Message-ID: what it holds really left, and nothing that was no longer true did.
    delivered = {file.stem for file in mailbox.glob("*.eml")}
    sent = OutboxMessage.objects.filter(state="sent").values_list("message_id", flat=True)
    assert delivered == {file_name(one) for one in sent}
    for verb, expected in (("expire", year.expired), ("replace", year.replaced)):
        done = Event.objects.filter(machine="title", verb=verb).values_list("dossier__title__number", "at")
        assert sorted(expected.items()) == sorted((number, civil_date(at)) for number, at in done)
    states = dict(Title.objects.values_list("number", "state"))
    assert states == {one.number: one.state for one in year.titles.values()}
    issued = IssuedLetter.objects.filter(order__ordered_at__gt=timezone.now())
    issued = issued.select_related("dossier__parent_title", "title")
    written = Counter(
        (one.kind, (one.dossier.parent_title or one.title).number) for one in issued.select_related("title")
    )
    assert written == year.letters


def key_of(message: OutboxMessage) -> Key:
    word, number, last_day, milestone, person, *vain = message.dedupe_key.split(":")
    assert (word, int(person)) == ("reminder", message.recipient_id)
    return number, dt.date.fromisoformat(last_day), int(milestone), int(person), int(vain[0]) if vain else 0
