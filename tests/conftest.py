"""Fixtures every room shares."""

import gc
import os
from collections.abc import Iterator

import pytest
from django.utils import translation
from hypothesis import HealthCheck, settings

# A busy machine is no error: no limit of time. The examples are the same at each run, so that a commit does not fail
# for what another one broke; HYPOTHESIS_EXPLORE=1 draws new ones.
settings.register_profile(
    "earlyaccess",
    deadline=None,
    derandomize=os.environ.get("HYPOTHESIS_EXPLORE") != "1",
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("earlyaccess")

# The rooms and files whose tests take seconds, or minutes, each.
LONG = (
    "tests/faults/", "tests/benchmarks/", "tests/browser/", "tests/api/test_matrix.py", "tests/access/test_leaks.py",
    "tests/api/test_generic_client.py", "tests/api/test_advice.py", "tests/api/test_device_story.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, whatever pytest-randomly drew, or one process would end with them while the others wait."""
    items.sort(key=lambda item: next((rank for rank, room in enumerate(LONG) if item.nodeid.startswith(room)), 9))


def pytest_collection_finish() -> None:
    """What has been imported stays until the end: no use looking through it for garbage at every turn."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture
def in_english() -> Iterator[None]:
    """For tests that quote messages: their ids are English, the site speaks French unless asked."""
    with translation.override("en"):
        yield
