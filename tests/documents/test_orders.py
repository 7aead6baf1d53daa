"""Ordered in the deciding transaction, made after it, once: whatever crashes, races or changes in between."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import io
import threading
from collections.abc import Callable
from typing import Any

import pgtrigger
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from documents.errors import IncompleteLetter, NotInTransaction, SealingFailed, SealUnavailable
from documents.letters import orders
from documents.letters.codes import ALPHABET
from documents.letters.kinds import kind_of
from documents.models import IssuedLetter, LetterOrder
from dossiers.models import Dossier, Title
from tests.documents.matters import AT, GRANT, RECEIPT
from tests.documents.pdfs import text_of

MINUTE = dt.timedelta(minutes=1)
Order = Callable[..., LetterOrder]


def unsealed(pdf: bytes, seal: object) -> bytes:
    """For tests that draw something else than a PDF."""
    return pdf


@pytest.mark.django_db(transaction=True)
def test_a_letter_is_not_ordered_outside_a_transaction(dossier: Dossier) -> None:
    with pytest.raises(NotInTransaction):
        orders.order(
            kind="aac_receipt", number="L-1", dossier=dossier, title=None, matter=RECEIPT, dedupe_key="k", at=AT
        )
    assert not LetterOrder.objects.exists()


def test_an_incomplete_letter_is_not_ordered(order_letter: Order) -> None:
    nameless = dataclasses.replace(RECEIPT, prescriber=dataclasses.replace(RECEIPT.prescriber, name=""))
    with pytest.raises(IncompleteLetter) as caught:
        order_letter("aac_receipt", matter=nameless)
    assert [reason.code for reason in caught.value.reasons] == ["letter_lacks_prescriber"]


def test_ordering_twice_gives_one_order(order_letter: Order) -> None:
    assert order_letter(key="receipt:42").pk == order_letter(key="receipt:42").pk
    assert LetterOrder.objects.count() == 1


def test_an_order_freezes_everything_but_the_answers(order_letter: Order) -> None:
    made = LetterOrder.objects.get(pk=order_letter("aac_grant").pk)
    assert made.context["matter"]["medicine"]["name"] == GRANT.medicine.name
    assert "answers" not in made.context["matter"]
    assert len(made.verification_code) == 20
    assert set(made.verification_code) <= set(ALPHABET)
    assert made.verification_code in made.context["url"]


def test_nothing_of_the_context_lies_readable_in_the_database(order_letter: Order) -> None:
    order_letter("aac_grant")
    orders.make_pending(limit=5, at=AT)
    with connection.cursor() as cursor:
        for table in ("documents_letterorder", "documents_issuedletter"):
            cursor.execute(f"SELECT t::text FROM {table} t")  # noqa: S608 - our own table names
            [(row,)] = cursor.fetchall()
            assert "Lefèvre" not in row
            assert "D. É." not in row


def test_a_pending_letter_is_made_once(order_letter: Order) -> None:
    made = order_letter("aac_grant")
    assert orders.make_pending(limit=5, at=AT) == 1
    assert orders.make_pending(limit=5, at=AT + 90 * MINUTE) == 0
    letter = IssuedLetter.objects.get(order=made)
    assert letter.sha256 == hashlib.sha256(letter.pdf).hexdigest()
    assert letter.size == len(letter.pdf)
    assert letter.issued_at == AT
    assert letter.number == made.number
    assert "AAC-2026-000123" in text_of(letter.pdf)
    made.refresh_from_db()
    assert (made.state, made.leased_until, made.attempts) == ("issued", None, 1)


def test_no_more_letters_are_made_than_the_limit(order_letter: Order) -> None:
    for _number in range(3):
        order_letter()
    assert orders.make_pending(limit=2, at=AT) == 2
    assert LetterOrder.objects.filter(state="ordered").count() == 1


def test_a_changed_dossier_does_not_alter_a_letter_already_ordered(order_letter: Order, dossier: Dossier) -> None:
    order_letter("aac_grant")
    Dossier.objects.filter(pk=dossier.pk).update(reference="D-2026-999999", product_label="AUTRE")
    dossier.organisation.name = "Autre hôpital"
    dossier.organisation.save()
    orders.make_pending(limit=5, at=AT)
    text = text_of(IssuedLetter.objects.get().pdf)
    assert "D-2026-000042" in text
    assert "D-2026-999999" not in text
    assert "Autre hôpital" not in text


def test_a_changed_template_does_not_alter_an_issued_letter(
    order_letter: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_letter()
    orders.make_pending(limit=5, at=AT)
    before = IssuedLetter.objects.get()
    monkeypatch.setattr(orders, "template_version", lambda kind: "f" * 64)
    monkeypatch.setattr(orders, "render", lambda context: b"another model")
    monkeypatch.setattr(orders, "sealed", unsealed)
    order_letter()
    assert orders.make_pending(limit=5, at=AT + MINUTE) == 1
    first, second = IssuedLetter.objects.order_by("pk")
    assert (first.pdf, first.sha256, first.template_version) == (before.pdf, before.sha256, before.template_version)
    assert (second.pdf, second.template_version) == (b"another model", "f" * 64)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE documents_issuedletter SET sha256 = 'x'",
        "DELETE FROM documents_issuedletter",
        "TRUNCATE documents_issuedletter",
    ],
)
def test_the_database_refuses_to_alter_an_issued_letter(order_letter: Order, sql: str) -> None:
    order_letter()
    orders.make_pending(limit=5, at=AT)
    with connection.cursor() as cursor:
        # TRUNCATE otherwise stumbles over the foreign keys still to be checked, before it meets the trigger.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with (
        pytest.raises(DatabaseError, match="Cannot (update|delete|truncate)"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert IssuedLetter.objects.get().sha256 != "x"


def test_the_refusal_comes_from_the_triggers(order_letter: Order) -> None:
    """The control of the test above."""
    order_letter()
    orders.make_pending(limit=5, at=AT)
    with pgtrigger.ignore("documents.IssuedLetter:issued_letter_append_only"):
        assert IssuedLetter.objects.update(sha256="x") == 1


# ------------------------------------------------------------------------------------------ crashes and races


class Killed(BaseException):
    """Stands for kill -9: nothing of ours may catch it."""


def test_a_crash_between_drawing_and_storing_makes_it_again_once(
    order_letter: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = order_letter()

    def killed(*_arguments: Any) -> bool:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(orders, "_issue", killed)
        with pytest.raises(Killed):
            orders.make_pending(limit=5, at=AT)
    made.refresh_from_db()
    assert made.state == "leased"
    assert orders.make_pending(limit=5, at=AT + orders.LEASE / 2) == 0, "the lease still runs"
    assert orders.make_pending(limit=5, at=AT + orders.LEASE) == 1
    assert IssuedLetter.objects.filter(order=made).count() == 1


def test_a_worker_that_comes_back_late_stores_nothing(order_letter: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    """It drew for longer than its lease; meanwhile another worker issued the letter."""
    order_letter()
    real = orders.render

    def slow(context: dict[str, Any]) -> bytes:
        monkeypatch.setattr(orders, "render", real)
        assert orders.make_pending(limit=1, at=AT + orders.LEASE) == 1
        monkeypatch.setattr(orders, "sealed", unsealed)
        return b"late"

    monkeypatch.setattr(orders, "render", slow)
    assert orders.make_pending(limit=1, at=AT) == 0
    assert IssuedLetter.objects.get().pdf != b"late"


def failing(context: dict[str, Any]) -> bytes:
    raise ValueError(f"cannot draw {context['matter']['patient']['initials']}")


def test_a_failure_is_tried_again_later_and_later_then_given_up(
    order_letter: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = order_letter()
    monkeypatch.setattr(orders, "render", failing)
    at, rests = AT, []
    for attempt in range(1, orders.MAX_ATTEMPTS + 1):
        assert orders.make_pending(limit=5, at=at) == 0
        made.refresh_from_db()
        assert made.attempts == attempt
        if made.leased_until:
            assert orders.make_pending(limit=5, at=made.leased_until - dt.timedelta(seconds=1)) == 0
            made.refresh_from_db()
            assert made.attempts == attempt, "it rests until then"
            rests.append(made.leased_until - at)
            at = made.leased_until
    assert rests == sorted(rests)
    assert made.state == "failed"
    assert made.last_error.startswith("ValueError in failing")
    assert "D. É." not in made.last_error


def test_a_weekend_without_a_seal_loses_no_letter(order_letter: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = order_letter(), order_letter()
    asked, there = [], orders.current_seal

    def no_seal(*, at: dt.datetime) -> None:
        asked.append(at)
        raise SealUnavailable("the PKCS#11 device of the seal did not open")

    monkeypatch.setattr(orders, "current_seal", no_seal)
    at = AT
    while at < AT + dt.timedelta(days=3):
        assert orders.make_pending(limit=5, at=at) == 0
        assert orders.make_pending(limit=5, at=at + MINUTE) == 0
        at += 60 * MINUTE
    assert len(asked) == 3 * 24, "once an hour here for all letters: wrong PINs lock a device"
    for made in (first, second):
        made.refresh_from_db()
        assert (made.state, made.attempts) == ("ordered", 0)
        assert made.last_error == "the PKCS#11 device of the seal did not open"
        assert made.leased_until is not None
        assert made.leased_until - at < 60 * MINUTE
    monkeypatch.setattr(orders, "current_seal", there)
    assert orders.make_pending(limit=5, at=at) == 2


def test_a_letter_that_does_not_take_the_seal_rests_and_the_others_are_made(
    order_letter: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_letter()
    fails = [True]

    def once(pdf: bytes, seal: object) -> bytes:
        if fails.pop() if fails else False:
            raise SealingFailed("the time-stamp authority of the seal did not do its part (TimeoutError)")
        return pdf

    monkeypatch.setattr(orders, "sealed", once)
    second = order_letter()
    assert orders.make_pending(limit=5, at=AT) == 0
    assert orders.make_pending(limit=5, at=AT + MINUTE) == 1
    assert IssuedLetter.objects.get().order_id == second.pk
    assert orders.make_pending(limit=5, at=AT + orders.SEAL_REST) == 1


def test_a_failed_letter_is_made_once_its_cause_is_mended(order_letter: Order) -> None:
    made = order_letter()
    LetterOrder.objects.filter(pk=made.pk).update(state="failed", attempts=orders.MAX_ATTEMPTS)
    assert orders.make_pending(limit=5, at=AT) == 0
    orders.start_again(number=made.number, at=AT)
    assert orders.make_pending(limit=5, at=AT) == 1


def test_a_letter_that_kills_every_worker_is_given_up(order_letter: Order) -> None:
    killer, next_one = order_letter(), order_letter()
    LetterOrder.objects.filter(pk=killer.pk).update(state="leased", attempts=orders.MAX_ATTEMPTS, leased_until=AT)
    assert orders.make_pending(limit=5, at=AT) == 1
    killer.refresh_from_db()
    assert killer.state == "failed"
    assert IssuedLetter.objects.get().order_id == next_one.pk


def test_an_unreadable_context_does_not_block_the_others(order_letter: Order) -> None:
    broken, next_one = order_letter(), order_letter()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE documents_letterorder SET context = 'noise' WHERE id = %s", [broken.pk])
    assert orders.make_pending(limit=5, at=AT) == 1
    assert IssuedLetter.objects.get().order_id == next_one.pk


def _in_threads(count: int, act: Callable[[], Any]) -> list[Any]:
    barrier, results, lock = threading.Barrier(count), [], threading.Lock()

    def run() -> None:
        try:
            barrier.wait()
            result = act()
        except Exception as error:
            result = error
        finally:
            connection.close()
        with lock:
            results.append(result)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_sweepers_at_once_make_each_letter_once(order_letter: Order) -> None:
    for _number in range(4):
        order_letter()
    made = _in_threads(4, lambda: orders.make_pending(limit=10, at=AT))
    assert sum(made) == 4
    assert IssuedLetter.objects.count() == 4
    assert set(LetterOrder.objects.values_list("state", "attempts")) == {("issued", 1)}


@pytest.mark.django_db(transaction=True)
def test_without_the_lease_two_sweepers_draw_twice_but_issue_once(
    order_letter: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with the lease taken away the work is doubled, and the second guard still lets one letter out."""
    order_letter()
    pending = LetterOrder.objects.get()
    drawn = threading.Barrier(2)

    def together(context: dict[str, Any]) -> bytes:
        drawn.wait(timeout=30)
        return b"pdf"

    monkeypatch.setattr(orders, "render", together)
    monkeypatch.setattr(orders, "sealed", unsealed)
    assert sorted(_in_threads(2, lambda: orders._make(LetterOrder.objects.get(pk=pending.pk), AT))) == [False, True]
    assert IssuedLetter.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_order_wakes_the_worker_and_a_dead_broker_is_no_matter(
    order_letter: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    from documents import tasks

    woken: list[bool] = []

    def dead_broker() -> None:
        woken.append(True)
        raise ConnectionError("no broker")

    monkeypatch.setattr(tasks.make_letters, "delay", dead_broker)
    order_letter()
    assert woken == [True]
    assert LetterOrder.objects.count() == 1


def test_the_task_makes_all_that_waits(order_letter: Order) -> None:
    from documents import tasks

    for _number in range(tasks.LETTERS_A_LEASE + 1):
        order_letter()
    assert tasks.make_letters() == tasks.LETTERS_A_LEASE + 1
    assert tasks.make_letters() == 0


def test_a_letter_keeps_its_title(order_letter: Order, title: Title) -> None:
    order_letter("aac_grant", title=title)
    orders.make_pending(limit=5, at=AT)
    assert IssuedLetter.objects.get().title_id == title.pk
    assert kind_of("aac_grant").grants


def test_letters_given_up_are_listed_and_retried(order_letter: Order) -> None:
    lost, kept = order_letter(), order_letter()
    LetterOrder.objects.update(state="failed", attempts=orders.MAX_ATTEMPTS, last_error="OSError in draw")
    listed = io.StringIO()
    call_command("retry_letters", stdout=listed)
    assert lost.number in listed.getvalue()
    assert "OSError in draw" in listed.getvalue()
    assert "2 given up" in listed.getvalue()
    call_command("retry_letters", lost.number, stdout=io.StringIO())
    assert dict(LetterOrder.objects.values_list("number", "state")) == {lost.number: "ordered", kept.number: "failed"}
    call_command("retry_letters", "--all", stdout=io.StringIO())
    assert set(LetterOrder.objects.values_list("state", "attempts")) == {("ordered", 0)}
