"""Writing a message: only with the fact it tells, once per person, never anything that could harm."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from notifications import outbox
from notifications.context import freeze, thaw
from notifications.models import OutboxMessage


def message(at: dt.datetime, people: list[Person], **fields: Any) -> dict[str, Any]:
    return {
        "kind": "sign",
        "recipients": people,
        "dedupe": "event:1",
        "reference": "AAC-2026-000001",
        "path": "/dossiers/AAC-2026-000001/",
        "at": at,
    } | fields


@pytest.mark.django_db(transaction=True)
def test_a_message_is_refused_outside_a_transaction(make_person, at) -> None:
    with pytest.raises(outbox.OutsideTransaction):
        outbox.queue(**message(at, [make_person()]))
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_act_that_is_rolled_back_tells_nobody(make_person, at) -> None:
    person = make_person()

    def act_that_fails() -> None:
        with transaction.atomic():
            outbox.queue(**message(at, [person]))
            raise RuntimeError("the act fails")

    with pytest.raises(RuntimeError, match="the act fails"):
        act_that_fails()
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_one_row_per_person_and_never_twice(make_person, at) -> None:
    people = [make_person(), make_person()]
    assert outbox.queue(**message(at, [*people, people[0]])) == 2
    assert outbox.queue(**message(at, [*people, make_person()])) == 1
    assert OutboxMessage.objects.count() == 3
    assert OutboxMessage.objects.values("message_id").distinct().count() == 3
    # Another fact about the same file, and another kind of message about the same fact, are other messages.
    assert outbox.queue(**message(at, people, dedupe="event:2")) == 2
    assert outbox.queue(**message(at, people, kind="grant")) == 2


@pytest.mark.django_db
def test_nobody_to_tell_asks_the_database_nothing(at, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert outbox.queue(**message(at, [])) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("number_of_people", [1, 20])
def test_telling_twenty_people_costs_what_telling_one_costs(
    make_person, at, django_assert_num_queries, number_of_people
) -> None:
    people = [make_person() for _ in range(number_of_people)]
    with django_assert_num_queries(2):
        outbox.queue(**message(at, people))


@pytest.mark.django_db(transaction=True)
def test_the_worker_is_woken_once_after_the_commit(make_person, at, monkeypatch) -> None:
    from notifications.tasks import sweep_outbox

    woken = []
    monkeypatch.setattr(sweep_outbox, "apply_async", lambda **options: woken.append(options))
    with transaction.atomic():
        outbox.queue(**message(at, [make_person()]))
        outbox.queue(**message(at, [make_person()], dedupe="event:2"))
        assert woken == []
    assert len(woken) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"reference": "AAC-1\r\nBcc: someone@else.example"},
        {"reference": "AAC-1\nX: y"},
        {"reference": "AAC-1\u2028"},
        {"reference": "AAC-1\x00"},
        {"context": {"label": "Signed\r\nBcc: someone@else.example"}},
        {"context": {"label": _("Signed\nBcc: someone@else.example")}},
        {"context": {"label": "the prescriber's reason, typed at length " * 10}},
        {"context": {"patient": "AB"}},
        {"context": {"product": "Zolgensma"}},
        {"context": {"reason": "no"}},
        {"path": "https://else.example/"},
        {"path": "//else.example/"},
        {"path": "/\\else.example/"},
        {"path": "/dossiers/1\n/"},
        {"path": "@else.example"},
        {"kind": "../../secret"},
        {"at": dt.datetime(2026, 3, 2, 9, 0)},  # noqa: DTZ001 - the naive date is the point
    ],
)
def test_what_could_harm_is_refused(make_person, at, wrong) -> None:
    with pytest.raises(ValueError, match=r"."):
        outbox.queue(**message(at, [make_person()]) | wrong)
    assert not OutboxMessage.objects.exists()


def test_what_is_not_text_number_or_date_is_refused() -> None:
    with pytest.raises(TypeError):
        freeze({"label": ["Signed"]})


def test_a_label_is_frozen_in_every_language_and_read_in_one() -> None:
    frozen = freeze({"label": _("January"), "due_on": dt.date(2026, 3, 12), "days": 30, "state": None})
    with translation.override("fr"):
        assert thaw(frozen) == {"label": "janvier", "due_on": "12 mars 2026", "days": 30, "state": None}
    with translation.override("en"):
        assert thaw(frozen) == {"label": "January", "due_on": "12 March 2026", "days": 30, "state": None}


def test_the_civil_date_of_an_instant_is_the_one_in_paris() -> None:
    late_on_the_second_in_utc = dt.datetime(2026, 3, 2, 23, 30, tzinfo=dt.UTC)
    assert freeze({"on": late_on_the_second_in_utc}) == {"on": {"date": "2026-03-03"}}
