"""The state that `make run` keeps under var/: the lock of the clone, its secrets, and what it started."""

import base64
import fcntl
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import IO, Any

from earlyaccess.local import processes
from earlyaccess.local.places import home_of
from earlyaccess.local.servers import new_password

ROOT = Path(__file__).resolve().parents[2]
VAR = Path(os.environ.get("VAR_DIR") or ROOT / "var")
SECRETS = VAR / "secrets.json"
STARTED = VAR / "started.json"
SERVICES = VAR / "services.json"
MARK = "EARLYACCESS_RUN"


class Stop(Exception):
    """Something only the user can change; the message says what to do."""


def take_lock() -> IO[str] | None:
    """None when another `make run` or `make services` of this clone holds it. Freed by the kernel however we end."""
    VAR.mkdir(mode=0o755, parents=True, exist_ok=True)
    lock = (VAR / "run.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock


def write_private(path: Path, value: Any) -> None:
    """Whole or not at all, readable by us alone."""
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(value, indent=2))
    draft.replace(path)


def load_secrets() -> dict[str, Any]:
    """The keys and passwords of this clone, drawn once. Raises `Stop` when data exists that they would not open."""
    if SECRETS.exists():
        drawn: dict[str, Any] = json.loads(SECRETS.read_text())
        return drawn
    home = home_of(VAR)
    if (home / "postgres" / "complete").exists():
        if home == VAR:
            raise Stop(
                f"{SECRETS} is gone but data encrypted with it remains in {VAR}.\n"
                f"Put the file back, or start from nothing: rm -rf {VAR}"
            )
        # var/ was removed to start from nothing; the part of it that lay elsewhere goes too.
        shutil.rmtree(home)
    drawn = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_KEYS": [base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()],
        "postgres": new_password(),
        "valkey": new_password(),
    }
    write_private(SECRETS, drawn)
    return drawn


def remember(started: dict[str, int]) -> None:
    """Notes what we started, so that the next run can end what a kill -9 of this one left."""
    notes = [{"name": name, "pid": pid, "started_at": processes.started_at(pid)} for name, pid in started.items()]
    write_private(STARTED, {"mark": os.environ[MARK], "processes": notes})


def end_leftovers() -> list[str]:
    """Ends what a killed run left, and only that: same pid and same start, or carrying that run's mark. Names them."""
    if not STARTED.exists():
        return []
    notes = json.loads(STARTED.read_text())
    names = {
        note["pid"]: note["name"]
        for note in notes["processes"]
        if note["started_at"] is not None and processes.started_at(note["pid"]) == note["started_at"]
    }
    for pid in _marked(notes["mark"]):
        names.setdefault(pid, f"process {pid}")
    processes.end_leftovers(list(names))
    STARTED.unlink()
    return sorted(set(names.values()))


def _marked(mark: str) -> list[int]:
    wanted = f"{MARK}={mark}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return found
