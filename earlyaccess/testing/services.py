"""Pytest plugin, loaded before pytest-django reads the settings: gives each test run its own PostgreSQL and Valkey.

DATABASE_URL and REDIS_URL, when both are set, are used instead. Under xdist the controller starts the servers; workers
find the addresses in their environment, use their own test databases (pytest-django's suffix) and their own Redis
database number.
"""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from earlyaccess.local.catalogues import compile_catalogues

ROOT = Path(__file__).resolve().parents[2]
_guardian: "subprocess.Popen[str] | None" = None


def start_servers() -> None:
    """Sets DATABASE_URL and REDIS_URL to fresh servers that end with this process."""
    global _guardian
    _guardian = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "earlyaccess.testing.guardian"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert _guardian.stdout is not None
    line = _guardian.stdout.readline()
    if not line:
        pytest.exit("The private PostgreSQL and Valkey of this test run did not start (see above).", returncode=3)
    answer = json.loads(line)
    os.environ["DATABASE_URL"] = answer["DATABASE_URL"]
    os.environ["REDIS_URL"] = answer["REDIS_URL"]
    os.environ.setdefault("VAR_DIR", answer["home"] + "/var")


def stop_servers() -> None:
    global _guardian
    if _guardian is not None and _guardian.stdin is not None:
        _guardian.stdin.close()
        if _guardian.stdout is not None:
            _guardian.stdout.close()
        _guardian.wait(60)
        _guardian = None


def _own_redis_database(worker: str) -> None:
    """gw0 takes Redis database 1, gw1 database 2...: workers empty their broker without emptying a neighbour's."""
    base = os.environ["REDIS_URL"].rpartition("/")[0]
    os.environ["REDIS_URL"] = f"{base}/{int(worker.removeprefix('gw')) + 1}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        _own_redis_database(worker)
    elif not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        start_servers()
    if not worker:
        compile_catalogues(ROOT / "locale")  # however pytest was called, the site under test speaks French
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    stop_servers()
