"""The inbox: mine only, newest first, read by a click and never by a look."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Organisation
from notifications import outbox
from notifications.models import OutboxMessage

pytestmark = pytest.mark.django_db
INBOX = "/inbox/"


def test_only_my_messages_newest_first(client, make_person, tell, at) -> None:
    me, other = make_person(), make_person()
    old, new = tell(me, at=at), tell(me, at=at + dt.timedelta(hours=1))
    theirs = tell(other)
    client.force_login(me)
    page = client.get(INBOX).content.decode()
    assert page.index(new.reference) < page.index(old.reference)
    assert theirs.reference not in page


def test_without_signing_in_there_is_no_inbox(client) -> None:
    assert client.get(INBOX).status_code == 302
    assert client.post(reverse("notifications:read_all")).status_code == 401


def test_looking_changes_nothing_and_a_click_marks_as_read(client, make_person, tell) -> None:
    me = make_person()
    row = tell(me)
    client.force_login(me)
    client.get(INBOX)
    assert outbox.unread_count(me) == 1
    read = reverse("notifications:read", args=[row.pk])
    assert client.get(read).status_code == 405
    assert outbox.unread_count(me) == 1
    assert client.post(read).url == INBOX
    assert outbox.unread_count(me) == 0
    first = OutboxMessage.objects.get(pk=row.pk).read_at
    client.post(read)
    assert OutboxMessage.objects.get(pk=row.pk).read_at == first


def test_opening_marks_as_read_and_goes_to_the_file(client, make_person, tell) -> None:
    me = make_person()
    row = tell(me)
    client.force_login(me)
    answer = client.post(reverse("notifications:read", args=[row.pk]), {"open": "1"})
    assert answer.url == row.path
    assert outbox.unread_count(me) == 0


def test_the_message_of_somebody_else_is_not_found(client, make_person, tell) -> None:
    theirs = tell(make_person())
    client.force_login(make_person())
    assert client.post(reverse("notifications:read", args=[theirs.pk])).status_code == 404
    theirs.refresh_from_db()
    assert theirs.read_at is None


def test_marking_all_leaves_what_has_just_arrived(make_person, tell, at) -> None:
    me, other = make_person(), make_person()
    tell(me, at=at)
    tell(other, at=at)
    later = tell(me, at=at + dt.timedelta(minutes=1))
    assert outbox.mark_all_read(person=me, at=at) == 1
    assert outbox.unread_count(me) == 1
    assert outbox.unread_count(other) == 1
    later.refresh_from_db()
    assert later.read_at is None


def test_mark_all_on_the_page(client, make_person, tell) -> None:
    me = make_person()
    tell(me, at=timezone.now())
    client.force_login(me)
    assert client.post(reverse("notifications:read_all")).url == INBOX
    assert outbox.unread_count(me) == 0


def test_pages_follow_each_other_without_gap_or_repeat(client, make_person, tell, at) -> None:
    me = make_person()
    # Several at the same instant: the row's number decides.
    rows = [tell(me, at=at + dt.timedelta(seconds=number // 7)) for number in range(45)]
    client.force_login(me)
    seen, url, pages = [], INBOX, 0
    while url:
        context = client.get(url).context
        seen += [line["message"].pk for line in context["lines"]]
        url = f"{INBOX}?before={context['older'].replace('+', '%2B')}" if context["older"] else ""
        pages += 1
    assert seen == [row.pk for row in reversed(rows)]
    assert pages == 3


@pytest.mark.parametrize(
    "cursor",
    ["x", "_", "2026-03-02_1", "2026-03-02T09:00:00_1", "2026-03-02T09:00:00+00:00_99999999999999999999", "\x00_1"]
    + ["0001-01-01T00:00:00+14:00_1", "9999-12-31T23:59:59-14:00_1", "2026-03-02T09:00:00+00:00_-1"],
)
def test_a_damaged_address_shows_the_first_page(client, make_person, tell, cursor) -> None:
    me = make_person()
    row = tell(me)
    client.force_login(me)
    answer = client.get(INBOX, {"before": cursor})
    assert answer.status_code == 200
    assert row.reference in answer.content.decode()


@pytest.mark.parametrize("messages", [1, 20])
def test_one_message_or_twenty_cost_the_same_queries(
    client, make_person, tell, django_assert_num_queries, messages
) -> None:
    me = make_person()
    Membership.objects.create(
        person=me,
        organisation=Organisation.objects.create(kind="ansm", name="ANSM"),
        role="ansm_assessor",
        starts_on=dt.date(2020, 1, 1),
    )
    for _number in range(messages):
        tell(me)
    client.force_login(me)
    client.get(INBOX)
    with django_assert_num_queries(PAGE_BUDGET):
        client.get(INBOX)


# Session, person, memberships, the messages, the count of unread ones (for the page and its header).
PAGE_BUDGET = 5


def test_the_unread_count_is_one_query(make_person, tell, django_assert_num_queries) -> None:
    me = make_person()
    for _number in range(3):
        tell(me)
    with django_assert_num_queries(1):
        assert outbox.unread_count(me) == 3


def test_an_inbox_that_nobody_empties_is_not_counted_whole(client, make_person, tell, monkeypatch) -> None:
    monkeypatch.setattr(outbox, "MOST_COUNTED", 3)
    me = make_person()
    for _number in range(5):
        tell(me)
    assert outbox.unread_count(me) == 3
    assert (outbox.said(2), outbox.said(3)) == ("2", "2+")
    client.force_login(me)
    assert "2+ " in client.get(INBOX).content.decode()
