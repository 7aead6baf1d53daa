"""Two acts that lock in opposite orders both end well: one of them comes again."""

from __future__ import annotations

import threading

import pytest
from django.db import OperationalError, connection

from accounts.models import Person
from dossiers.services import deadlock
from dossiers.services.deadlock import until_no_deadlock
from tests.snapshot import load_world

pytestmark = pytest.mark.django_db(transaction=True)


def lock_both(first: int, second: int, both_hold_one: threading.Barrier, tries: list[int]) -> None:
    def act() -> None:
        tries.append(first)
        Person.objects.select_for_update(of=("self",)).get(pk=first)
        if tries.count(first) == 1:
            both_hold_one.wait(timeout=20)
        Person.objects.select_for_update(of=("self",)).get(pk=second)

    try:
        until_no_deadlock(act)
    finally:
        connection.close()


def play(first: int, second: int) -> tuple[list[int], list[BaseException]]:
    barrier, tries, failed = threading.Barrier(2), [], []
    thread = threading.Thread(target=lambda: guarded(second, first))

    def guarded(one: int, other: int) -> None:
        try:
            lock_both(one, other, barrier, tries)
        except OperationalError as error:
            failed.append(error)

    thread.start()
    guarded(first, second)
    thread.join(timeout=30)
    return tries, failed


def two_people() -> tuple[int, int]:
    load_world()
    first, second = Person.objects.order_by("pk").values_list("pk", flat=True)[:2]
    return first, second


def test_the_one_that_was_undone_comes_again() -> None:
    tries, failed = play(*two_people())
    assert not failed
    assert len(tries) == 3


def test_without_a_second_try_one_of_them_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlock, "MOST_TRIES", 1)
    tries, failed = play(*two_people())
    assert len(failed) == 1
    assert len(tries) == 2
