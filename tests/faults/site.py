"""The site's own processes on private ports, to be killed: Valkey, worker, beat, and a process that acts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from django.conf import settings
from django.db import connection

from earlyaccess.local import processes, servers

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0


def until(true: Callable[[], bool], *, what: str, patience: float = PATIENCE, log: Path | None = None) -> None:
    """Waits, asking often; AssertionError with the end of `log` when it does not come."""
    deadline = time.monotonic() + patience
    while not true():
        if time.monotonic() > deadline:
            said = log.read_text(errors="replace")[-4000:] if log and log.exists() else ""
            raise AssertionError(f"not within {patience:.0f} s: {what}\n{said}")
        time.sleep(0.02)


class BrokerOnOnePort(servers.Valkey):
    """Valkey that can be killed, and comes back where it was as a restarted service does, with nothing in it."""

    def come_back_empty(self) -> None:
        for file in self.folder.rglob("*"):
            if file.is_file():
                file.unlink()
        with patch.object(servers, "free_port", return_value=self.port):
            self.start()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


class Site:
    """Starts and kills. `log` holds what the processes wrote; `mailbox` the mails of demo mode."""

    def __init__(self, folder: Path, broker: BrokerOnOnePort, **extra: str) -> None:
        self.log = folder / "processes.log"
        self.folder = folder
        self.mailbox = folder / "mailbox"
        self.broker = broker
        self.running: list[subprocess.Popen[bytes]] = []
        self.env = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "DJANGO_SETTINGS_MODULE": "earlyaccess.settings.dev",
            "DEBUG": "0",
            "DEMO": "1",
            "SECRET_KEY": settings.SECRET_KEY,
            "FIELD_KEYS": ",".join(settings.FIELD_KEYS),
            "DATABASE_URL": database_url(),
            "REDIS_URL": broker.url(),
            "VAR_DIR": str(folder),
            "LOG_LEVEL": "WARNING",
            "LOG_FORMAT": "console",
            **extra,
        }

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = processes.start(
                [sys.executable, "-m", *command], env=self.env, cwd=ROOT, output=log, death_signal=signal.SIGKILL
            )
        self.running.append(process)
        return process

    def worker(self) -> subprocess.Popen[bytes]:
        quiet = ("--loglevel", "WARNING", "--concurrency", "1", "--without-gossip", "--without-mingle")
        return self.start("celery", "-A", "earlyaccess", "--quiet", "worker", *quiet)

    def beat(self) -> subprocess.Popen[bytes]:
        schedule = str(self.folder / "beat-schedule")
        return self.start(
            "celery", "-A", "earlyaccess", "--quiet", "beat", "--loglevel", "WARNING", "-s", schedule, "--pidfile="
        )

    def file_requests(self, number: int) -> None:
        process = self.start("tests.faults.acts", str(number))
        assert process.wait(PATIENCE) == 0, self.log.read_text(errors="replace")[-4000:]

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9 of the process and of the children it forked, at once."""
        processes.kill_group(process.pid)
        process.wait()

    def end(self) -> None:
        for process in self.running:
            self.kill(process)

    def wait_for(self, true: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        until(true, what=what, patience=patience, log=self.log)


def database_url() -> str:
    """The address of this test's own database."""
    base, _, _name = os.environ["DATABASE_URL"].partition("?")[0].rpartition("/")
    return f"{base}/{connection.settings_dict['NAME']}"
