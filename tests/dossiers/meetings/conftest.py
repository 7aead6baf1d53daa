"""A scientific opinion whose meeting is planned, or about to be."""

from __future__ import annotations

from typing import Any

import pytest

from dossiers.demo.advice_story import AdviceStory
from tests.dossiers.advice_world import with_a_meeting


@pytest.fixture
def assigned(world: None, time_machine: Any) -> AdviceStory:
    told = with_a_meeting().assigned("scientific")
    time_machine.move_to(told.at)
    return told


@pytest.fixture
def planned(assigned: AdviceStory, time_machine: Any) -> AdviceStory:
    assigned.plan("Salle Laennec")
    time_machine.move_to(assigned.at)
    return assigned
