"""The demo's people and catalogue, made once per database and kept under every test of this folder."""

from typing import Any

import pytest

from accounts.demo import load_demo_people
from catalogue.services.demo import load_demo_catalogue


@pytest.fixture
def world(db: Any) -> None:
    load_demo_people()
    load_demo_catalogue()
