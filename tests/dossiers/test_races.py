"""Eight at once on one dossier: one succeeds, one event, one letter; the others are told why."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from documents.models import LetterOrder
from dossiers.models import Dossier, Event, Title
from dossiers.services import move as write_path
from dossiers.services.drafts import StaleSection, save_section
from dossiers.services.errors import Conflict, ServiceError, Stale, WrongState
from dossiers.services.log import differences
from dossiers.services.move import move
from notifications.models import OutboxMessage
from tests.dossiers.world import assessed, story, to_sign
from tests.snapshot import load_world

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 8


@pytest.fixture
def told_world(transactional_db: Any) -> None:
    load_world()


def at_once(act: Callable[[int], Any], threads: int = THREADS) -> list[Any]:
    """The answer or the error of each thread; all start together, each on its own connection."""
    start, answers = threading.Barrier(threads), [None] * threads

    def run(rank: int) -> None:
        try:
            start.wait(timeout=20)
            answers[rank] = act(rank)
        except Exception as error:  # noqa: BLE001 - the error is the answer
            answers[rank] = error
        finally:
            connection.close()

    running = [threading.Thread(target=run, args=(rank,)) for rank in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(timeout=60)
    return answers


def test_eight_signatures_make_one_grant_one_title_one_letter(told_world):
    told = to_sign()
    signatory = told.actor("signatory")
    version = told.dossier.version
    letters, mails = LetterOrder.objects.count(), OutboxMessage.objects.count()

    answers = at_once(
        lambda _rank: move(reference=told.reference, transition="grant", actor=signatory, version=version, at=told.at)
    )

    assert sum(isinstance(answer, Event) for answer in answers) == 1
    assert {type(answer) for answer in answers} == {Event, Stale}
    assert Event.objects.filter(dossier=told.dossier, verb="grant").count() == 1
    assert Title.objects.filter(dossier=told.dossier).count() == 1
    assert LetterOrder.objects.count() == letters + 1
    granted_mails = OutboxMessage.objects.count() - mails
    assert (
        granted_mails
        == OutboxMessage.objects.filter(dossier=told.dossier, context__label__text__en="Granted by ANSM").count()
    )
    assert list(differences(told.dossier, told.title)) == []


def test_without_a_version_the_second_signature_finds_another_state(told_world):
    told = to_sign()
    signatory = told.actor("signatory")
    answers = at_once(lambda _rank: move(reference=told.reference, transition="grant", actor=signatory, at=told.at))
    assert sorted(type(answer).__name__ for answer in answers) == ["Event"] + ["WrongState"] * (THREADS - 1)


def test_one_key_pressed_eight_times_gives_the_same_event_to_all(told_world):
    told = to_sign()
    signatory = told.actor("signatory")
    answers = at_once(
        lambda _rank: move(reference=told.reference, transition="grant", actor=signatory, key="click-1", at=told.at)
    )
    assert {answer.pk for answer in answers} == {Event.objects.get(dossier=told.dossier, verb="grant").pk}


def test_a_key_used_for_another_request_is_a_conflict(told_world):
    told = assessed()
    assessor = told.actor("assessor")
    payload = {"questions": ["Pourquoi ?"], "reply_by": str(told.at.date().replace(day=28))}
    act = {"reference": told.reference, "transition": "request_information", "actor": assessor, "at": told.at}
    move(**act, payload=payload, key="k")
    with pytest.raises(Conflict):
        move(**act, payload={**payload, "questions": ["Comment ?"]}, key="k")


def test_grant_and_send_back_at_once_do_one_of_them(told_world):
    told = to_sign()
    signatory = told.actor("signatory")
    acts = [("grant", {}), ("send_back", {"reason": "À revoir."})]
    answers = at_once(
        lambda rank: move(
            reference=told.reference,
            transition=acts[rank % 2][0],
            actor=signatory,
            payload=acts[rank % 2][1],
            at=told.at,
        )
    )
    done = [answer for answer in answers if isinstance(answer, Event)]
    assert len(done) == 1
    assert all(isinstance(answer, WrongState) for answer in answers if not isinstance(answer, Event))
    assert told.dossier.state == done[0].target


def test_numbers_have_no_gap_and_no_double(told_world):
    stories = [story().draft().sign() for _rank in range(THREADS)]
    pharmacist = stories[0].actor("pharmacist")
    answers = at_once(
        lambda rank: move(
            reference=stories[rank].reference,
            transition="file",
            actor=pharmacist,
            payload={"compliance": True},
            at=stories[rank].at,
        )
    )
    assert all(isinstance(answer, Event) for answer in answers), answers
    numbers = sorted(Dossier.objects.values_list("filing_number", flat=True))
    assert numbers == [f"AAC-E-2026-{rank:06d}" for rank in range(1, THREADS + 1)]


def test_two_who_type_in_one_section_lose_nothing(told_world):
    told = story().draft()
    prescriber = told.actor("prescriber")
    version = told.dossier.sections.get(section="clinical").version
    answers = at_once(
        lambda rank: save_section(
            reference=told.reference,
            section="clinical",
            data={"justification": f"Texte {rank}"},
            actor=prescriber,
            base_version=version,
            at=told.at,
        )
    )
    stale = [answer for answer in answers if isinstance(answer, StaleSection)]
    assert len(stale) == THREADS - 1
    kept = told.dossier.sections.get(section="clinical")
    assert all(answer.theirs == kept.data for answer in stale)
    assert kept.version == version + 1


def test_the_lock_is_what_prevents_two_signatures(told_world, monkeypatch):
    """The control: without the lock the same race breaks, so the tests above prove something."""

    class Unlocked:
        def __init__(self, queryset: Any) -> None:
            self.queryset = queryset

        def select_for_update(self, **_options: Any) -> Any:
            return self.queryset

    told = to_sign()
    everyone_has_read = threading.Barrier(THREADS)
    read = write_path.facts_of

    def read_together(*args: Any) -> Any:
        facts = read(*args)
        everyone_has_read.wait(timeout=20)
        return facts

    monkeypatch.setattr(write_path, "visible_to", lambda actor: Unlocked(Dossier.objects.all()))
    monkeypatch.setattr(write_path, "facts_of", read_together)
    signatory = told.actor("signatory")
    answers = at_once(lambda _rank: move(reference=told.reference, transition="grant", actor=signatory, at=told.at))
    broken = [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, ServiceError)]
    assert broken, "without the lock the database's last defences (unique constraints) must have been hit"
