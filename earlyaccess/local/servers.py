"""PostgreSQL and Valkey from their wheels' programs, for one machine: development, demo and tests, never production.

Why the programs and not the wheels' Python layers: docs/adr/0001-embedded-servers.md.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from earlyaccess.local import processes
from earlyaccess.local.places import account_for, postgres_programs, private_folder, valkey_program

if TYPE_CHECKING:
    import psycopg

LONGEST_SOCKET_PATH = 100  # the kernel's limit is 107 bytes
NO_WAIT_FOR_DISK = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
CLEAN_ENV = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"}


class ServerDidNotStart(Exception):
    """Carries the last lines the server wrote."""


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else ""


class Postgres:
    """One cluster in `home/postgres`. `durable=False` trades safety after a power cut for speed (tests)."""

    def __init__(self, home: Path, *, password: str, durable: bool = True) -> None:
        self.home, self.password, self.durable = home, password, durable
        self.folder = home / "postgres"
        self.data = self.folder / "data"
        self.log = home / "postgres.log"
        self.account = account_for(self.folder)
        self.process: subprocess.Popen[bytes] | None = None
        self.socket_folder = self.folder / "socket"

    def url(self, database: str = "earlyaccess") -> str:
        return f"postgresql://earlyaccess:{self.password}@{quote(str(self.socket_folder), safe='')}:5432/{database}"

    def start(self) -> None:
        """Makes the cluster if needed, recovers it if needed, waits until it answers. Raises `ServerDidNotStart`."""
        private_folder(self.folder, self.account)
        programs = postgres_programs(self.account, self.home)
        if not (self.data / "PG_VERSION").exists() or not (self.folder / "complete").exists():
            self._make_cluster(programs)
        self._forget_dead_postmaster()
        self.socket_folder = self._make_socket_folder()
        with self.log.open("ab") as log:
            self.process = processes.start(
                self._command(programs), env=CLEAN_ENV, cwd=self.folder, output=log, account=self.account,
                death_signal=signal.SIGINT,
            )  # fmt: skip
        self._wait_until_it_answers()
        self._make_role_and_database()

    def _command(self, programs: Path) -> list[str]:
        speed = () if self.durable else NO_WAIT_FOR_DISK
        return [
            str(programs / "postgres"), "-D", str(self.data), "-k", str(self.socket_folder), "-p", "5432",
            "-c", "listen_addresses=", "-c", "unix_socket_permissions=0700", "-c", "max_connections=150",
            "-c", "timezone=UTC", "-c", "log_timezone=UTC", *speed,
        ]  # fmt: skip

    def _make_cluster(self, programs: Path) -> None:
        # A first run killed half-way leaves a cluster without its mark: nothing was ever stored in it.
        shutil.rmtree(self.data, ignore_errors=True)
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        password_file.chmod(0o600)
        if self.account:
            os.chown(password_file, self.account.uid, self.account.gid)
        identity = {"user": self.account.uid, "group": self.account.gid, "extra_groups": []} if self.account else {}
        made = subprocess.run(  # noqa: S603 - our own command, no shell
            [
                str(programs / "initdb"), "-D", str(self.data), "-k", "-E", "UTF8", "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8", "--locale=C", "--auth=scram-sha-256", "-U", "postgres",
                "--pwfile", str(password_file), "--no-instructions", *(() if self.durable else ("--no-sync",)),
            ],
            env=CLEAN_ENV, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            **identity,  # type: ignore[call-overload]
        )  # fmt: skip
        password_file.unlink()
        if made.returncode:
            raise ServerDidNotStart(f"initdb failed:\n{made.stdout[-2000:]}{made.stderr[-2000:]}")
        (self.folder / "complete").touch()

    def _forget_dead_postmaster(self) -> None:
        """After a kill -9 the file with the old pid stays, and another process may bear that pid by now."""
        file = self.data / "postmaster.pid"
        if not file.exists():
            return
        pid = int((file.read_text().split() or ["0"])[0])
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            command = b""
        if str(self.data).encode() in command:
            os.kill(pid, signal.SIGINT)
            deadline = time.monotonic() + 60
            while processes.started_at(pid) and time.monotonic() < deadline:
                time.sleep(0.1)
        file.unlink(missing_ok=True)

    def _make_socket_folder(self) -> Path:
        folder = self.folder / "socket"
        if len(str(folder / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH:
            folder = Path(tempfile.mkdtemp(prefix="earlyaccess-", dir="/tmp"))  # noqa: S108 - mkdtemp makes it ours
        return private_folder(folder, self.account)

    def _connect(self, database: str = "postgres") -> "psycopg.Connection[Any]":
        import psycopg  # only in the virtual environment

        return psycopg.connect(
            host=str(self.socket_folder), port=5432, user="postgres", password=self.password, dbname=database,
            autocommit=True,
        )  # fmt: skip

    def _wait_until_it_answers(self) -> None:
        import psycopg

        process = self.process
        while process is not None:
            try:
                self._connect().close()
                return
            except psycopg.OperationalError:
                # No time limit: recovery after a crash takes what it takes, and a dead server is seen below.
                if process.poll() is not None:
                    raise ServerDidNotStart(f"PostgreSQL stopped at once:\n{_last_lines(self.log)}") from None
                time.sleep(0.03)

    def _make_role_and_database(self) -> None:
        from psycopg import sql

        with self._connect() as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'earlyaccess'").fetchone():
                # CREATEDB for the test databases; not a superuser, as in production.
                connection.execute("CREATE ROLE earlyaccess LOGIN CREATEDB")
            connection.execute(sql.SQL("ALTER ROLE earlyaccess PASSWORD {}").format(sql.Literal(self.password)))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'earlyaccess'").fetchone():
                connection.execute("CREATE DATABASE earlyaccess OWNER earlyaccess")

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, everything is written."""
        if self.process is not None:
            processes.stop(self.process, polite=signal.SIGINT, patience=60)
        if self.socket_folder != self.folder / "socket":
            shutil.rmtree(self.socket_folder, ignore_errors=True)


class Valkey:
    """One server on a free loopback port, with a password; its data in `home/valkey`."""

    def __init__(self, home: Path, *, password: str, durable: bool = True) -> None:
        self.home, self.password, self.durable = home, password, durable
        self.folder = home / "valkey"
        self.log = home / "valkey.log"
        self.account = account_for(self.folder)
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: int = 0) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Raises `ServerDidNotStart`. The free port may be taken before the server binds it: three tries."""
        private_folder(self.folder, self.account)
        program = valkey_program(self.account, self.home)
        for _attempt in range(3):
            self.port = free_port()
            with self.log.open("ab") as log:
                self.process = processes.start(
                    [str(program), str(self._write_configuration())],
                    env=CLEAN_ENV, cwd=self.folder, output=log, account=self.account,
                )  # fmt: skip
            if wait_for(self._answers, self.process):
                return
        raise ServerDidNotStart(f"Valkey stopped at once:\n{_last_lines(self.log)}")

    def _write_configuration(self) -> Path:
        # In a file, because a password among the arguments can be read by every account of the machine.
        file = self.folder / "valkey.conf"
        keep = ["appendonly yes", "appendfsync everysec"] if self.durable else ["appendonly no"]
        file.write_text(
            "\n".join(
                [
                    f"port {self.port}", "bind 127.0.0.1", f"requirepass {self.password}", f'dir "{self.folder}"',
                    'save ""', *keep, "maxmemory-policy noeviction", "databases 64", "daemonize no", 'logfile ""',
                ]
            )
        )  # fmt: skip
        file.chmod(0o600)
        if self.account:
            os.chown(file, self.account.uid, self.account.gid)
        return file

    def _answers(self) -> bool:
        import redis  # only in the virtual environment

        try:
            with redis.Redis.from_url(self.url()) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process, patience=20)


def wait_for(answers: Callable[[], bool], process: "subprocess.Popen[bytes]") -> bool:
    """True when it answers, False when the process ended first."""
    while process.poll() is None:
        if answers():
            return True
        time.sleep(0.03)
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def new_password() -> str:
    return secrets.token_urlsafe(24)
