"""Starting processes that end with us, and stopping exactly those.

Every child gets its own session, so that a Ctrl-C in the terminal reaches only us and we stop the others in order,
and a death signal, so that a child does not outlive a supervisor that was killed outright.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Account:
    """The unprivileged account a server runs under when we are root (PostgreSQL refuses to run as root)."""

    uid: int
    gid: int


def _ends_with_parent(death_signal: int, parent: int) -> Callable[[], None]:
    def prepare() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:  # it died between the fork and the line above
            os._exit(1)

    return prepare


def start(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    output: IO[bytes] | int,
    account: Account | None = None,
    death_signal: int = signal.SIGTERM,
) -> "subprocess.Popen[bytes]":
    """Starts `command` in its own session; it receives `death_signal` when this process ends in any way."""
    identity: dict[str, Any] = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    return subprocess.Popen(  # noqa: S603 - our own commands, no shell
        list(command),
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_ends_with_parent(death_signal, os.getpid()),  # noqa: PLW1509 - we start before any thread does
        **identity,
    )


def stop(process: "subprocess.Popen[bytes]", *, polite: int = signal.SIGTERM, patience: float = 10) -> None:
    """Asks politely, waits `patience` seconds, then kills what is left of the process's session."""
    if process.poll() is None:
        process.send_signal(polite)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    kill_group(process.pid)
    process.wait()


def kill_group(group: int) -> None:
    """Kills every process left in a group that we created."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def started_at(pid: int) -> str | None:
    """When a process started, in clock ticks since boot: with its pid, that names one process. None when gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def end_leftovers(pids: Sequence[int], *, patience: float = 30) -> None:
    """Ends processes of a previous run, asking first."""
    for pid in pids:
        _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and any(started_at(pid) for pid in pids):
        time.sleep(0.1)
    for pid in pids:
        _signal(pid, signal.SIGKILL)


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
