"""The demo's people and catalogue under every test of this folder."""

from typing import Any

import pytest

from tests.snapshot import load_world


@pytest.fixture
def world(db: Any) -> None:
    load_world()
