"""Sending: once, in the recipient's language, again after a failure, never in a transaction."""

from __future__ import annotations

import datetime as dt
import smtplib
import threading
import time
from email.utils import parsedate_to_datetime

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from notifications import outbox, sweeper, truth
from notifications.models import OutboxMessage
from tests.notifications.fake_smtp import FakeSmtp

State = OutboxMessage.State
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def smtp_server(settings):
    with FakeSmtp() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield server


@pytest.mark.django_db(transaction=True)
def test_a_mail_says_what_happened_and_where_to_go(make_person, tell, at) -> None:
    person = make_person(language="en")
    row = tell(
        person,
        context={
            "label": "Information requested",
            "due_on": dt.date(2026, 3, 16),
            "why": "You take part in this file.",
        },
    )
    assert outbox.sweep(at=at) == outbox.Counts(leased=1, sent=1)
    [sent] = mail.outbox
    assert sent.to == [person.email]
    assert sent.subject == f"{row.reference} - Information requested"
    assert f"Hello {person.full_name}," in sent.body
    assert f"{settings.SITE_URL}{row.path}\n" in sent.body
    assert "Expected by: 16 March 2026" in sent.body
    assert "You take part in this file." in sent.body
    headers = sent.message()
    assert headers["Message-ID"] == row.message_id
    assert headers["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(headers["Date"]) == row.created_at
    row.refresh_from_db()
    assert (row.state, row.sent_at, row.subject, row.body) == (State.SENT, at, sent.subject, sent.body)
    assert (row.leased_until, row.lease_token) == (None, None)


@pytest.mark.django_db(transaction=True)
def test_each_reads_it_in_their_language(make_person, tell, at) -> None:
    french, english = make_person(language="fr"), make_person(language="en")
    for person in (french, english):
        tell(person, context={"label": _("January"), "on": at})
    outbox.sweep(at=at)
    by_address = {sent.to[0]: sent for sent in mail.outbox}
    assert by_address[french.email].subject.endswith("janvier")
    assert by_address[english.email].subject.endswith("January")
    assert by_address[french.email].extra_headers["Content-Language"] == "fr"


@pytest.mark.django_db(transaction=True)
def test_an_apostrophe_is_not_turned_into_html(make_person, tell, at) -> None:
    tell(make_person(last_name="D'Alençon & fils"), context={"label": "Demande d'informations <urgente>"})
    outbox.sweep(at=at)
    assert mail.outbox[0].subject.endswith("Demande d'informations <urgente>")
    assert "D'Alençon & fils" in mail.outbox[0].body


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_inside_a_transaction(make_person, tell, at) -> None:
    tell(make_person())
    seen = []
    outbox.sweep(at=at, sender=lambda _: seen.append(connection.in_atomic_block))
    assert seen == [False]


def sweep_in_threads(number: int, at: dt.datetime, sender) -> list[outbox.Counts]:
    start = threading.Barrier(number)
    counts: list[outbox.Counts] = []

    def run() -> None:
        try:
            start.wait(10)
            counts.append(outbox.sweep(at=at, sender=sender))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return counts


@pytest.mark.django_db(transaction=True)
def test_sweepers_at_once_send_each_mail_once(make_person, tell, at) -> None:
    people = [make_person() for _ in range(3)]
    for number in range(30):
        tell(people[number % 3])
    sent: list[str] = []

    def slow(message) -> None:
        sent.append(message.extra_headers["Message-ID"])
        time.sleep(0.01)

    counts = sweep_in_threads(4, at, slow)
    assert len(sent) == len(set(sent)) == 30
    assert sum(each.sent for each in counts) == 30
    assert not OutboxMessage.objects.exclude(state=State.SENT, attempts=1).exists()


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lease_a_mail_would_go_twice(make_person, tell, at) -> None:
    """The same race, the lease undone between two sweeps: what the test above would see if leases did not hold."""
    row = tell(make_person())
    sent: list[str] = []

    def forgetful(message) -> None:
        sent.append(message.extra_headers["Message-ID"])
        if len(sent) == 1:
            OutboxMessage.objects.filter(pk=row.pk).update(leased_until=None)
            outbox.sweep(at=at, sender=forgetful)

    outbox.sweep(at=at, sender=forgetful)
    assert sent == [row.message_id] * 2


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_after_sending_sends_the_same_mail_again(make_person, tell, at, settings, tmp_path) -> None:
    settings.MAILBOX_DIR = tmp_path
    settings.EMAIL_BACKEND = "notifications.backends.DemoMailboxBackend"
    row = tell(make_person())

    def dies_after_sending(message) -> None:
        message.send()
        raise KeyboardInterrupt  # as close to kill -9 as one process can come: nothing is marked

    with pytest.raises(KeyboardInterrupt):
        outbox.sweep(at=at, sender=dies_after_sending)
    row.refresh_from_db()
    assert row.state == State.PENDING
    [first] = tmp_path.glob("*")
    before = first.read_bytes()
    assert row.message_id.encode() in before

    still_leased = at + dt.timedelta(seconds=settings.OUTBOX_LEASE_SECONDS - 1)
    assert outbox.sweep(at=still_leased).leased == 0
    lease_over = at + dt.timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
    # The second mail is the first one again, whatever the person changed meanwhile.
    row.recipient.__class__.objects.filter(pk=row.recipient_id).update(language="en", last_name="Changed")
    assert outbox.sweep(at=lease_over).sent == 1
    assert [(path, path.read_bytes()) for path in tmp_path.glob("*")] == [(first, before)]


@pytest.mark.django_db(transaction=True)
def test_a_message_that_kills_its_worker_each_time_is_given_up(make_person, tell, at) -> None:
    row = tell(make_person())

    def dies(_: object) -> None:
        raise KeyboardInterrupt

    for attempt in range(sweeper.MOST_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            outbox.sweep(at=at + attempt * HOUR, sender=dies)
    assert outbox.sweep(at=at + 9 * HOUR, sender=dies) == outbox.Counts(leased=0, dead=1)
    row.refresh_from_db()
    assert row.state == State.DEAD


@pytest.mark.django_db(transaction=True)
def test_a_refused_mail_backs_off_then_arrives(make_person, tell, at, smtp_server) -> None:
    row = tell(make_person())
    smtp_server.refusing = True
    assert outbox.sweep(at=at).failed == 1
    row.refresh_from_db()
    assert (row.state, row.next_attempt_at) == (State.FAILED, at + dt.timedelta(minutes=1))
    assert "451" in row.last_error
    smtp_server.refusing = False
    assert outbox.sweep(at=at + dt.timedelta(seconds=59)).leased == 0
    assert outbox.sweep(at=at + dt.timedelta(seconds=60)).sent == 1
    assert [received["Message-ID"] for received in smtp_server.mails] == [row.message_id]
    row.refresh_from_db()
    assert (row.state, row.attempts, row.last_error) == (State.SENT, 2, "")


@pytest.mark.django_db(transaction=True)
def test_a_refused_mail_waits_longer_each_time_then_is_given_up_then_retried(make_person, tell, at) -> None:
    row = tell(make_person())

    def refuses(_: object) -> None:
        raise OSError("no")

    waits, now = [], at
    while True:
        outbox.sweep(at=now, sender=refuses)
        row.refresh_from_db()
        if row.state == State.DEAD:
            break
        waits.append(row.next_attempt_at - now)
        now = row.next_attempt_at
    assert waits == [dt.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720)]
    assert outbox.sweep(at=now + 100 * HOUR).leased == 0
    assert outbox.retry(message=row, at=now)
    assert outbox.sweep(at=now).sent == 1
    assert mail.outbox[0].extra_headers["Message-ID"] == row.message_id
    row.refresh_from_db()
    assert not outbox.retry(message=row, at=now)


@pytest.fixture
def server_down(settings) -> int:
    """The port of a mail server that nobody listens to."""
    with FakeSmtp() as gone:
        port = gone.port
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    return port


@pytest.mark.django_db(transaction=True)
def test_a_week_without_a_server_loses_no_message(make_person, tell, at, server_down) -> None:
    person = make_person()
    rows = [tell(person) for _ in range(5)]
    # One was refused for itself before the server went away: that attempt counts, the week does not.
    OutboxMessage.objects.filter(pk=rows[0].pk).update(state=State.FAILED, attempts=sweeper.MOST_ATTEMPTS - 1)
    now = at
    while now < at + dt.timedelta(days=7):
        assert outbox.sweep(at=now) == outbox.Counts(leased=5)
        assert outbox.sweep(at=now + dt.timedelta(minutes=1)).leased == 0, "they rest, all of them"
        assert outbox.outbox_lag(now) == (now - at).total_seconds(), "they are late since they were written"
        now += HOUR
    waiting = OutboxMessage.objects.filter(lease_token=None, next_attempt_at__lte=now)
    assert sorted(waiting.values_list("state", "attempts")) == [("failed", 5), *[("pending", 0)] * 4]
    rows[1].refresh_from_db()
    assert rows[1].last_error.startswith("the mail server takes no mail (ConnectionRefusedError: ")
    with FakeSmtp(server_down) as back:
        assert outbox.sweep(at=now).sent == 5
        assert outbox.sweep(at=now + HOUR).leased == 0
        assert sorted(mail["Message-ID"] for mail in back.mails) == sorted(row.message_id for row in rows)
    assert outbox.outbox_lag(now) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("error", "attempts"),
    [
        (smtplib.SMTPSenderRefused(550, b"who are you?", "no-reply@x.example"), 0),
        (smtplib.SMTPSenderRefused(552, b"too large", "no-reply@x.example"), 1),
        (smtplib.SMTPDataError(421, b"closing"), 0),
        (smtplib.SMTPDataError(554, b"spam"), 1),
        (smtplib.SMTPRecipientsRefused({"x@x.example": (550, b"nobody")}), 1),
        # A mail that breaks the connection each time must not hold back the others.
        (smtplib.SMTPServerDisconnected("gone"), 1),
    ],
)
def test_only_what_is_said_of_one_message_costs_an_attempt(
    make_person, tell, at, smtp_server, monkeypatch, error, attempts
) -> None:
    row = tell(make_person())

    def refuses(*_: object) -> None:
        raise error

    monkeypatch.setattr(smtplib.SMTP, "sendmail", refuses)
    monkeypatch.setattr(smtplib.SMTP, "send_message", refuses)
    outbox.sweep(at=at)
    row.refresh_from_db()
    assert row.attempts == attempts
    assert row.next_attempt_at > at
    assert (row.state == State.PENDING) == (not attempts)


@pytest.mark.django_db(transaction=True)
def test_one_bad_message_does_not_stop_the_others(make_person, tell, at) -> None:
    bad, good = tell(make_person()), tell(make_person())
    # As an older version of the site could have left it: the mail library itself refuses the header.
    OutboxMessage.objects.filter(pk=bad.pk).update(subject="a\nBcc: someone@else.example", body="x")
    assert outbox.sweep(at=at) == outbox.Counts(leased=2, sent=1, failed=1)
    assert [sent.to for sent in mail.outbox] == [[good.recipient.email]]
    bad.refresh_from_db()
    assert "BadHeaderError" in bad.last_error


@pytest.mark.django_db(transaction=True)
def test_what_is_no_longer_true_is_not_sent(make_person, tell, at, monkeypatch) -> None:
    monkeypatch.setattr(truth, "_truths", {})
    outbox.register_truth("remind", lambda message, at: message.reference == "AAC-2026-TRUE")
    true, moot = tell(make_person(), kind="remind", reference="AAC-2026-TRUE"), tell(make_person(), kind="remind")
    gone = tell(make_person(is_active=False))
    assert outbox.sweep(at=at) == outbox.Counts(leased=3, sent=1, moot=2)
    assert [sent.to for sent in mail.outbox] == [[true.recipient.email]]
    for row in (moot, gone):
        row.refresh_from_db()
        assert row.state == State.MOOT
        assert outbox.unread_count(row.recipient) == 0
    with pytest.raises(ValueError, match="already"):
        outbox.register_truth("remind", lambda message, at: True)


@pytest.mark.django_db(transaction=True)
def test_what_is_not_due_waits_and_the_lag_says_how_late_we_are(make_person, tell, at) -> None:
    assert outbox.outbox_lag(at) == 0
    tell(make_person(), at=at + HOUR)
    assert outbox.sweep(at=at).leased == 0
    assert outbox.outbox_lag(at) == 0
    assert outbox.outbox_lag(at + 2 * HOUR) == 3600
    outbox.sweep(at=at + HOUR)
    assert outbox.outbox_lag(at + 2 * HOUR) == 0


@pytest.mark.django_db(transaction=True)
def test_a_slow_server_never_outlasts_the_lease(make_person, tell, at, settings) -> None:
    settings.OUTBOX_LEASE_SECONDS = 1
    person = make_person()
    for _number in range(3):
        tell(person)
    sent: list[object] = []

    def slow(message) -> None:
        sent.append(message)
        time.sleep(0.6)

    assert outbox.sweep(at=at, sender=slow) == outbox.Counts(leased=3, sent=1)
    assert outbox.sweep(at=at, sender=sent.append).sent == 2


@pytest.mark.django_db(transaction=True)
def test_a_late_worker_does_not_undo_what_its_successor_wrote(make_person, tell, at) -> None:
    row = tell(make_person())
    after_the_lease = at + dt.timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)

    def overtaken(_: object) -> None:
        outbox.sweep(at=after_the_lease, sender=lambda _: None)
        raise OSError("the connection broke in the end")

    outbox.sweep(at=at, sender=overtaken)
    row.refresh_from_db()
    assert (row.state, row.sent_at, row.last_error) == (State.SENT, after_the_lease, "")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("messages", [1, 20])
def test_leasing_costs_the_same_for_one_and_for_twenty(
    make_person, tell, at, django_assert_num_queries, messages
) -> None:
    person = make_person()
    for _number in range(messages):
        tell(person)
    with django_assert_num_queries(5):  # BEGIN, lock, lease, COMMIT, read
        leased, _counts = sweeper._lease(limit=100, at=at, token=sweeper.uuid.uuid4())
    assert len(leased) == messages


@pytest.mark.django_db(transaction=True)
def test_the_queue_is_swept_in_order_and_by_pieces(make_person, tell, at) -> None:
    person = make_person()
    rows = [tell(person) for _number in range(5)]
    sent: list[str] = []
    for _sweep in range(3):
        outbox.sweep(limit=2, at=at, sender=lambda message: sent.append(message.extra_headers["Message-ID"]))
    assert sent == [row.message_id for row in rows]


@pytest.mark.django_db
def test_the_database_refuses_an_unknown_state(make_person, tell) -> None:
    from django.db import IntegrityError

    row = tell(make_person())
    with pytest.raises(IntegrityError), transaction.atomic():
        OutboxMessage.objects.filter(pk=row.pk).update(state="lost")


@pytest.mark.django_db(transaction=True)
def test_a_kind_of_message_may_have_its_own_words(make_person, tell, at, monkeypatch) -> None:
    # The room of dossiers would say that no question waits: this message is about none.
    monkeypatch.delitem(truth._truths, "request_reminder", raising=False)
    person = make_person(language="en")
    tell(person, kind="request_reminder", context={"label": "Reminder"})
    tell(person, kind="sign", context={"label": "Signed", "todo": "Check the request."})
    outbox.sweep(at=at)
    reminder, signed = (sent.body for sent in mail.outbox)
    assert "Answer each question: without an answer the file may be closed." in reminder
    assert "Check the request." in signed
    assert "You receive this message because you take part in this file." in signed
