"""The operations page: what is stuck is seen and retried by technical staff, without a word of what is said."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, Person
from documents.models import LetterOrder
from dossiers.models import Dossier
from notifications import operations
from notifications.models import OutboxMessage
from tests.dossiers.screens import cost, text_of
from workflows.roles import ESTABLISHMENT

pytestmark = pytest.mark.django_db
PAGE, AGAIN = "/operations/outbox/", "/operations/outbox/again/"
SAID = "Paroles du message"


def signed_in(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def keeper(make_person: Callable[..., Person]) -> Client:
    return signed_in(make_person(is_staff=True))


@pytest.fixture
def stuck(make_person: Callable[..., Person], tell: Callable[..., OutboxMessage]) -> Callable[..., OutboxMessage]:
    """A message in some state, with what was tried to send."""

    def make(state: str = "dead", **fields: Any) -> OutboxMessage:
        row = tell(make_person(), context={"label": _("January"), "todo": SAID}, at=timezone.now())
        tried = {"state": state, "attempts": 6, "last_error": "SMTPServerDisconnected: gone", "subject": SAID}
        OutboxMessage.objects.filter(pk=row.pk).update(body=SAID, **(tried | fields))
        row.refresh_from_db()
        return row

    return make


@pytest.fixture
def letter(db: None) -> Callable[..., LetterOrder]:
    at = timezone.now()
    hospital = Organisation.objects.create(kind=ESTABLISHMENT, name="CHU")
    dossier = Dossier.objects.create(
        reference="D-2026-000042",
        procedure="aac",
        workflow_version=1,
        kind="initial",
        state="draft",
        organisation=hospital,
        created_at=at,
        changed_at=at,
    )

    def make(number: str = "L-2026-000007", **fields: Any) -> LetterOrder:
        tried = {"state": "failed", "attempts": 8, "last_error": "letters cannot be sealed"}
        return LetterOrder.objects.create(
            dedupe_key=number,
            number=number,
            dossier=dossier,
            kind="aac_receipt",
            context={"secret": SAID},
            template_version="0" * 64,
            verification_code=number,
            ordered_at=at,
            **(tried | fields),
        )

    return make


@pytest.mark.parametrize("state", ["pending", "failed", "dead", "moot"])
def test_each_state_has_its_list(keeper: Client, stuck: Callable[..., OutboxMessage], state: str) -> None:
    row = stuck(state)
    page = text_of(keeper.get(f"{PAGE}?show={state}"))
    assert row.reference in page
    assert row.recipient.email in page
    assert "January" in page
    assert "SMTPServerDisconnected: gone" in page
    assert SAID not in page
    for other in {"pending", "failed", "dead", "moot"} - {state}:
        assert row.reference not in text_of(keeper.get(f"{PAGE}?show={other}"))


def test_letters_have_theirs(keeper: Client, letter: Callable[..., LetterOrder]) -> None:
    letter()
    letter("L-2026-000008", state="ordered")
    page = text_of(keeper.get(f"{PAGE}?show=letters_failed"))
    assert "L-2026-000007 (D-2026-000042)" in page
    assert "letters cannot be sealed" in page
    assert "Acknowledgement of receipt" in page
    assert "Letters given up (1)" in page
    assert "Letters to make (1)" in page
    assert "L-2026-000008" not in page
    assert SAID not in page


def test_the_page_says_how_late_mails_are(keeper: Client, stuck: Callable[..., OutboxMessage]) -> None:
    assert "No mail is late." in text_of(keeper.get(PAGE))
    stuck("pending", next_attempt_at=timezone.now() - dt.timedelta(minutes=7, seconds=5))
    assert "should have left 7 minutes ago" in text_of(keeper.get(PAGE))


def test_the_page_costs_the_same_whatever_waits(
    keeper: Client, stuck: Callable[..., OutboxMessage], letter: Callable[..., LetterOrder]
) -> None:
    stuck()
    letter()
    few = {show: cost(keeper, f"{PAGE}?show={show}") for show in operations.VIEWS}
    for number in range(20, 26):
        stuck()
        stuck("pending")
        letter(f"L-2026-0000{number}")
    assert {show: cost(keeper, f"{PAGE}?show={show}") for show in operations.VIEWS} == few


def test_long_lists_are_read_page_by_page_each_line_once(
    keeper: Client, stuck: Callable[..., OutboxMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "PAGE", 2)
    references = [stuck().reference for _ in range(5)]
    view, before, seen = operations.VIEWS["dead"], None, []
    while True:
        lines, before = operations.lines(view, before=before)
        seen += [line.reference for line in lines]
        if before is None:
            break
    assert seen == references[::-1]
    page = keeper.get(PAGE).content.decode()
    assert "before=" in page
    assert "Nothing here." in text_of(keeper.get(f"{PAGE}?before=0"))


@pytest.mark.parametrize("query", ["show=nonsense", "before=nonsense", "before=-1", f"before={'9' * 30}", "before=é"])
def test_a_damaged_address_shows_the_beginning(keeper: Client, stuck: Callable[..., OutboxMessage], query: str) -> None:
    row = stuck()
    assert row.reference in text_of(keeper.get(f"{PAGE}?{query}"))


def test_one_message_is_tried_again_once(
    keeper: Client, stuck: Callable[..., OutboxMessage], caplog: pytest.LogCaptureFixture
) -> None:
    one, other = stuck(), stuck()
    with caplog.at_level(logging.WARNING, logger="notifications.operations"):
        for words in ("1 put back in the queue.", "Nothing to do"):
            assert words in text_of(keeper.post(AGAIN, {"show": "dead", "key": one.pk}, follow=True))
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.state, one.attempts, one.body) == ("pending", 0, "")
    assert other.state == "dead"
    (line,) = caplog.messages
    assert str(one.pk) in line
    assert one.recipient.email not in line


def test_all_that_were_given_up_are_tried_again_and_nothing_else(
    keeper: Client, stuck: Callable[..., OutboxMessage]
) -> None:
    rows = {state: [stuck(state), stuck(state)] for state in ("dead", "failed", "moot", "pending")}
    assert "2 put back in the queue." in text_of(keeper.post(AGAIN, {"show": "dead"}, follow=True))
    states = {state: {OutboxMessage.objects.get(pk=row.pk).state for row in made} for state, made in rows.items()}
    assert states == {"dead": {"pending"}, "failed": {"failed"}, "moot": {"moot"}, "pending": {"pending"}}
    assert "Nothing to do" in text_of(keeper.post(AGAIN, {"show": "dead"}, follow=True))


def test_what_is_older_than_a_month_is_not_sent_in_bulk(keeper: Client, stuck: Callable[..., OutboxMessage]) -> None:
    now = timezone.now()
    young = stuck(created_at=now - dt.timedelta(days=29))
    old = stuck(created_at=now - dt.timedelta(days=31))
    page = text_of(keeper.post(AGAIN, {"show": "dead"}, follow=True))
    assert "1 put back in the queue." in page
    assert "1 is older than 30 days and was left" in page
    assert OutboxMessage.objects.get(pk=young.pk).state == "pending"
    assert OutboxMessage.objects.get(pk=old.pk).state == "dead"
    page = text_of(keeper.post(AGAIN, {"show": "dead", "key": old.pk}, follow=True))
    assert "1 put back in the queue." in page
    assert "was left" not in page


def test_kinds_are_said_in_words(keeper: Client, stuck: Callable[..., OutboxMessage]) -> None:
    stuck(kind="obligation_late", context={})
    stuck(kind="of_an_older_version", context={})
    page = text_of(keeper.get(PAGE))
    assert "Obligation late" in page
    assert "obligation_late" not in page
    assert "of_an_older_version" not in page


def test_a_message_being_sent_is_left_to_its_worker(keeper: Client, stuck: Callable[..., OutboxMessage]) -> None:
    row = stuck("failed", leased_until=timezone.now() + dt.timedelta(minutes=1))
    assert "Nothing to do" in text_of(keeper.post(AGAIN, {"show": "failed", "key": row.pk}, follow=True))
    OutboxMessage.objects.filter(pk=row.pk).update(leased_until=timezone.now() - dt.timedelta(seconds=1))
    assert "1 put back" in text_of(keeper.post(AGAIN, {"show": "failed", "key": row.pk}, follow=True))


@pytest.mark.parametrize("state", ["moot", "sent"])
def test_what_is_over_is_not_sent_again(keeper: Client, stuck: Callable[..., OutboxMessage], state: str) -> None:
    row = stuck(state, sent_at=timezone.now())
    keeper.post(AGAIN, {"show": "dead", "key": row.pk})
    assert OutboxMessage.objects.get(pk=row.pk).state == state


@pytest.mark.parametrize("key", ["nonsense", "-1", "9" * 30, "é", "0", "\x00"])
def test_a_wrong_key_does_nothing(keeper: Client, stuck: Callable[..., OutboxMessage], key: str) -> None:
    row = stuck()
    for show in ("dead", "letters_failed"):
        assert "Nothing to do" in text_of(keeper.post(AGAIN, {"show": show, "key": key}, follow=True))
    assert OutboxMessage.objects.get(pk=row.pk).state == "dead"


def test_letters_given_up_are_made_again(keeper: Client, letter: Callable[..., LetterOrder]) -> None:
    one, other, third = letter("L-1"), letter("L-2"), letter("L-3")
    assert "1 put back" in text_of(keeper.post(AGAIN, {"show": "letters_failed", "key": "L-2"}, follow=True))
    assert dict(LetterOrder.objects.values_list("number", "state")) == {
        one.number: "failed",
        other.number: "ordered",
        third.number: "failed",
    }
    assert "2 put back" in text_of(keeper.post(AGAIN, {"show": "letters_failed"}, follow=True))
    assert set(LetterOrder.objects.values_list("state", "attempts")) == {("ordered", 0)}


def test_it_is_the_door_of_technical_staff_alone(
    keeper: Client, make_person: Callable[..., Person], stuck: Callable[..., OutboxMessage]
) -> None:
    row = stuck()
    somebody = signed_in(make_person())
    assert somebody.get(PAGE).status_code == 403
    assert somebody.post(AGAIN, {"show": "dead"}).status_code == 403
    assert OutboxMessage.objects.get(pk=row.pk).state == "dead"
    assert PAGE in keeper.get("/help/").content.decode()
    assert PAGE not in somebody.get("/help/").content.decode()


def test_a_form_of_another_site_is_refused(make_person: Callable[..., Person]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_person(is_staff=True))
    assert client.post(AGAIN, {"show": "dead"}).status_code == 403
