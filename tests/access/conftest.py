"""One world per module, told once in one transaction that is rolled back at the end.

pytest-django's `db` would close the connection after each test; here many tests read the same stories. A test that
writes does it inside `undone()`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction

from tests.snapshot import load_world


@pytest.fixture(autouse=True)
def _django_db_helper() -> None:
    """In place of pytest-django's, which would open and close a transaction around each test."""


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The demo's people and catalogue, for every test of the module."""
    with django_db_blocker.unblock():
        whole = transaction.atomic()
        # The services open durable transactions: they must take this one for a test's, as pytest-django's is.
        whole._from_testcase = True  # type: ignore[attr-defined]
        with whole:
            load_world()
            yield
            transaction.set_rollback(True)
        cache.clear()
