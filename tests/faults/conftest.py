from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from earlyaccess.local import servers
from tests.faults.site import BrokerOnOnePort, Site
from tests.snapshot import load_world


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[BrokerOnOnePort]:
    """Not the test run's own: this one is emptied and killed."""
    # Not tmp_path: the server runs under another account, which may not pass through pytest's folders.
    with tempfile.TemporaryDirectory(prefix="earlyaccess-faults-") as folder:
        home = Path(folder)
        home.chmod(0o711)
        valkey = BrokerOnOnePort(home, password=servers.new_password())
        valkey.start()
        yield valkey
        valkey.stop()


@pytest.fixture
def make_site(transactional_db: None, broker: BrokerOnOnePort, tmp_path: Path) -> Iterator[Callable[..., Site]]:
    load_world()
    made: list[Site] = []

    def make(**env: str) -> Site:
        made.append(Site(tmp_path, broker, **env))
        return made[-1]

    yield make
    for site in made:
        site.end()
