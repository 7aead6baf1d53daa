"""Several at once on one cohort: nothing is done twice, no rank is given twice, nothing typed is overwritten."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from cohort.models import Inclusion
from cohort.services import forms, inclusions, log
from dossiers.demo.story import demo_actor
from dossiers.services.errors import WrongState
from tests.cohort.world import MONDAY, Patient, granted
from tests.dossiers.test_races import at_once
from tests.snapshot import load_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told_world(transactional_db: Any) -> None:
    load_world()


def test_one_answer_of_eight_counts(told_world: None) -> None:
    told = Patient(granted()).asked()
    applicant, prescriber = demo_actor("applicant"), demo_actor("prescriber")

    def act(rank: int) -> Any:
        if rank % 2:
            return inclusions.decline(pseudonym=told.pseudonym, reason="Non.", actor=applicant, at=MONDAY)
        return inclusions.withdraw(pseudonym=told.pseudonym, reason="Non.", actor=prescriber, at=MONDAY)

    answers = at_once(act)
    assert sum(isinstance(answer, Inclusion) for answer in answers) == 1
    assert {type(answer) for answer in answers} == {Inclusion, WrongState}
    assert not list(log.differences(told.row))
    assert told.row.events.count() == 4


def test_ranks_are_given_once(told_world: None) -> None:
    title = granted()
    hospitals = [demo_actor("prescriber"), demo_actor("prescriber2")]

    def act(rank: int) -> Any:
        at = MONDAY + dt.timedelta(minutes=rank)
        return inclusions.create(chain=title.chain, actor=hospitals[rank % 2], at=at).rank

    assert sorted(at_once(act)) == list(range(1, 9))


def test_saving_at_once_loses_nobodys_words(told_world: None) -> None:
    told = Patient(granted())
    intern = demo_actor("intern")

    def act(rank: int) -> Any:
        return forms.save(
            pseudonym=told.pseudonym,
            form="access_request",
            data={"diagnosis": f"Texte {rank}"},
            actor=intern,
            base_version=1,
            at=MONDAY,
        )

    answers = at_once(act)
    refused = [answer for answer in answers if isinstance(answer, forms.StaleForm)]
    assert len(refused) == len(answers) - 1
    kept = told.form("access_request").answers["diagnosis"]
    assert {answer.theirs["diagnosis"] for answer in refused} == {kept}
