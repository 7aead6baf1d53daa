"""Several at once on one exemption: never beyond the quantity granted, no rank twice, one act of several counts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from devices.models import Incident, Unit
from devices.services import units
from devices.services.log import differences
from devices.services.units import Noted
from dossiers.demo.story import demo_actor
from dossiers.services.errors import Blocked, WrongState
from tests.devices.world import COMPANY, LOT, MONDAY, granted, incident, received, shipped, site
from tests.dossiers.test_races import at_once
from tests.snapshot import load_world
from workflows.dates import civil_date

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told_world(transactional_db: Any) -> None:
    load_world()


def test_shipments_at_once_stay_within_the_quantity(told_world: None) -> None:
    title = granted(quantity="5 unités")

    def act(rank: int) -> Any:
        return shipped(title, at=MONDAY + dt.timedelta(minutes=rank), count=1)

    answers = at_once(act)
    assert sum(isinstance(answer, Blocked) for answer in answers) == len(answers) - 5
    assert sorted(Unit.objects.values_list("rank", flat=True)) == [1, 2, 3, 4, 5]


def test_one_key_at_once_notes_units_once(told_world: None) -> None:
    title = granted()

    def act(rank: int) -> Any:
        return units.ship(
            number=title.number,
            site=site().pk,
            noted=Noted(lot=LOT, count=2),
            on=civil_date(MONDAY),
            actor=demo_actor(COMPANY),
            key="one",
            at=MONDAY + dt.timedelta(minutes=rank),
        )

    answers = at_once(act)
    assert len({tuple(one.pk for one in made) for made in answers}) == 1
    assert Unit.objects.count() == 2


def test_one_end_of_a_unit_counts(told_world: None) -> None:
    title = granted()
    unit = received(title)[0]

    def act(rank: int) -> Any:
        return units.move_on(
            number=title.number,
            ranks=[unit.rank],
            name="destroy" if rank % 2 else "give_back",
            on=civil_date(MONDAY),
            actor=demo_actor("pharmacist"),
            at=MONDAY,
        )

    answers = at_once(act)
    assert sum(isinstance(answer, list) for answer in answers) == 1
    assert {type(answer) for answer in answers} == {list, WrongState}
    assert not list(differences(Unit.objects.get()))


def test_incidents_at_once_have_each_their_number(told_world: None) -> None:
    title = granted()
    received(title)

    def act(rank: int) -> Any:
        return incident(title, at=MONDAY + dt.timedelta(minutes=rank)).rank

    assert sorted(at_once(act)) == list(range(1, 9))
    assert Incident.objects.count() == 8
