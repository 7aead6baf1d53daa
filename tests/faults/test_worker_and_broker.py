"""`kill -9` of the worker and of Valkey, its data lost: the letters and the mails still arrive, once."""

from __future__ import annotations

import datetime as dt
from email import message_from_bytes

import pytest
import redis
from django.utils import timezone

from documents.models import IssuedLetter, LetterOrder
from dossiers.models import Title
from notifications.models import OutboxMessage
from tests.dossiers.world import granted
from tests.notifications.fake_smtp import FakeSmtp

pytestmark = pytest.mark.timeout(180)


def sent() -> set[str]:
    """Message-IDs of what has left. The pharmacy's "to check" is moot: the request was sent on before its mail left."""
    return set(OutboxMessage.objects.filter(state=OutboxMessage.State.SENT).values_list("message_id", flat=True))


def everything_has_arrived() -> bool:
    over = (OutboxMessage.State.SENT, OutboxMessage.State.MOOT)
    waiting_mail = OutboxMessage.objects.exclude(state__in=over).exists()
    waiting_letter = LetterOrder.objects.exclude(state=LetterOrder.State.ISSUED).exists()
    return not waiting_mail and not waiting_letter


def assert_each_arrived_once(site, requests: int) -> None:
    assert IssuedLetter.objects.count() == LetterOrder.objects.count() == requests
    assert IssuedLetter.objects.values("order").distinct().count() == requests
    assert all(bytes(letter.pdf).startswith(b"%PDF") for letter in IssuedLetter.objects.all())
    messages = sent()
    files = list(site.mailbox.glob("*"))
    assert len(files) == len(messages) > requests  # each assessor, for each request
    assert {message_from_bytes(file.read_bytes())["Message-ID"] for file in files} == messages


def test_a_worker_killed_while_it_makes_a_letter(make_site, broker) -> None:
    site = make_site(OUTBOX_LEASE_SECONDS="4")
    site.file_requests(4)
    first = site.worker()
    in_hand = LetterOrder.objects.filter(state=LetterOrder.State.LEASED)
    site.wait_for(in_hand.exists, "a letter in the making")
    site.kill(first)
    torn = list(in_hand)
    assert torn, "the worker had finished before it was killed: this test proves nothing"
    assert not IssuedLetter.objects.filter(order__in=torn).exists()

    with redis.Redis.from_url(broker.url()) as client:
        assert client.dbsize() > 0  # the killed worker's task was there, and is what we lose
        client.flushall()
    # A minute passes: the dead worker's hold on its letter ends by itself.
    in_hand.update(leased_until=timezone.now())
    site.worker()
    site.beat()
    site.wait_for(everything_has_arrived, "every letter and mail")

    assert_each_arrived_once(site, requests=4)
    made_again = LetterOrder.objects.filter(pk__in=[order.pk for order in torn])
    assert {order.attempts for order in made_again} == {2}


def test_a_broker_killed_and_come_back_empty(make_site, broker) -> None:
    site = make_site()
    worker, beat = site.worker(), site.beat()
    site.file_requests(1)
    site.wait_for(everything_has_arrived, "the first request's letter and mails")

    broker.kill()
    site.file_requests(1)  # the act does not need the broker
    assert not everything_has_arrived()
    broker.come_back_empty()
    site.wait_for(everything_has_arrived, "the second request's letter and mails", patience=90)

    assert_each_arrived_once(site, requests=2)
    assert (worker.poll(), beat.poll()) == (None, None)  # neither had to be started again


def test_a_worker_killed_between_sending_a_mail_and_noting_it(make_site) -> None:
    """No sender can know whether a mail taken without an answer has left; the same Message-ID makes it one mail."""
    with FakeSmtp() as server:
        server.answering.clear()
        site = make_site(OUTBOX_LEASE_SECONDS="4", EMAIL_URL=f"smtp://127.0.0.1:{server.port}")
        site.file_requests(1)
        first = site.worker()
        site.wait_for(lambda: len(server.mails) == 1, "a mail taken by the server, which does not answer yet")
        site.kill(first)
        assert not sent()
        server.answering.set()
        site.worker()
        site.beat()
        site.wait_for(everything_has_arrived, "every mail")

        ids = [mail["Message-ID"] for mail in server.mails]
        assert ids.count(ids[0]) == 2
        assert set(ids) == sent()
        assert len(ids) == len(set(ids)) + 1
        assert bytes(server.mails[0]) == bytes(server.mails[ids.index(ids[0], 1)])


def test_a_beat_asks_for_everything_as_soon_as_it_is_born(make_site) -> None:
    site = make_site()
    title = granted(months=3, at=timezone.now() - dt.timedelta(days=200)).title
    assert (title.state, title.ends_on < timezone.localdate()) == ("in_force", True)
    site.worker()
    site.beat()
    site.wait_for(lambda: Title.objects.get(pk=title.pk).state == "expired", "the calendar's first turn")
