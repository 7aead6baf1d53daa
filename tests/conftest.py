"""Fixtures every room shares."""

from collections.abc import Iterator
from typing import Any

import pgtrigger
import pytest
from django.test import TransactionTestCase
from django.utils import translation

# The rooms whose tests take seconds, or minutes, each.
LONG = ("tests/faults/", "tests/benchmarks/", "tests/browser/")

_flush = TransactionTestCase._fixture_teardown


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, whatever pytest-randomly drew, or one process would end with them while the others wait."""
    items.sort(key=lambda item: next((rank for rank, room in enumerate(LONG) if item.nodeid.startswith(room)), 9))


def _flush_past_the_append_only_triggers(test: Any) -> None:
    """Between two tests the database is emptied; the proof tables refuse that, rightly, to everybody else."""
    with pgtrigger.ignore():
        _flush(test)


@pytest.fixture(autouse=True, scope="session")
def _append_only_tables_are_emptied_between_tests() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", _flush_past_the_append_only_triggers)
        yield


@pytest.fixture
def in_english() -> Iterator[None]:
    """For tests that quote messages: their ids are English, the site speaks French unless asked."""
    with translation.override("en"):
        yield
