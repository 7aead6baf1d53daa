"""Fixtures every room shares."""

from collections.abc import Iterator

import pytest
from django.utils import translation

# The rooms whose tests take seconds, or minutes, each.
LONG = ("tests/faults/", "tests/benchmarks/", "tests/browser/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, whatever pytest-randomly drew, or one process would end with them while the others wait."""
    items.sort(key=lambda item: next((rank for rank, room in enumerate(LONG) if item.nodeid.startswith(room)), 9))


@pytest.fixture
def in_english() -> Iterator[None]:
    """For tests that quote messages: their ids are English, the site speaks French unless asked."""
    with translation.override("en"):
        yield
