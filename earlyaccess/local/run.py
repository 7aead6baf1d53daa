"""`make run`: the servers, the demo data, then web, worker and beat until Ctrl-C. Nothing is restarted silently.

One loop, no thread: it copies what the processes write with their name in front, and ends everything when one of them
ends, when asked to, or when the terminal goes away.
"""

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from types import FrameType

from earlyaccess.local import processes, site
from earlyaccess.local.servers import ServerDidNotStart
from earlyaccess.local.services import Services
from workflows import roles

PYTHON = sys.executable
BIN = Path(sys.executable).parent
DEMO_PASSWORD = "early-access-demo"  # noqa: S105 - public on purpose, demo mode only
EXTRA_ACCOUNTS = ("prescriber2", "pharmacist2", "applicant2", "device_applicant", "admin")
WIDTH = 8


class Asked(Exception):
    """Ctrl-C, TERM or a closed terminal."""


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the terminal is this program's page


def port_of_the_site() -> int:
    """PORT, 8000 by default. Raises `site.Stop` when it is not a port or is taken."""
    wanted = os.environ.get("PORT") or "8000"
    if not wanted.isdigit() or not 0 < int(wanted) < 65536:
        raise site.Stop(f"PORT={wanted} is not a port number. Example: make run PORT=8001")
    port = int(wanted)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise site.Stop(f"Port {port} is reserved to root. Choose another: make run PORT=8001") from None
        except OSError:
            raise site.Stop(
                f"Port {port} is already in use by another program. Choose another: make run PORT={port + 1}"
            ) from None
    return port


class Supervisor:
    """What runs, in the order it was started; ended in the opposite order."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.selector = selectors.DefaultSelector()
        self.unfinished_lines: dict[str, bytes] = {}
        self.services: Services | None = None

    def start(self, name: str, command: list[str], **extra: str) -> "subprocess.Popen[bytes]":
        child = processes.start(command, env={**self.env, **extra}, cwd=site.ROOT, output=subprocess.PIPE)
        assert child.stdout is not None
        os.set_blocking(child.stdout.fileno(), False)
        self.selector.register(child.stdout, selectors.EVENT_READ, name)
        self.children[name] = child
        self.remember()
        return child

    def remember(self) -> None:
        pids = {name: child.pid for name, child in self.children.items()}
        site.remember({**(self.services.pids() if self.services else {}), **pids})

    def copy_output(self, seconds: float) -> None:
        """Waits at most `seconds` for something to be written, and shows it."""
        if not self.selector.get_map():
            time.sleep(seconds)
            return
        for key, _events in self.selector.select(seconds):
            name, stream = key.data, key.fileobj
            chunk = stream.read()  # type: ignore[union-attr]
            if chunk:
                *lines, rest = (self.unfinished_lines.get(name, b"") + chunk).split(b"\n")
                self.unfinished_lines[name] = rest
                for line in lines:
                    say(f"{name:<{WIDTH}}| {line.decode(errors='replace')}")
            elif chunk == b"":
                self.selector.unregister(stream)

    def finish(self, name: str) -> int:
        """Waits for a process that is meant to end; its exit status."""
        child = self.children[name]
        while child.poll() is None:
            self.copy_output(0.2)
        self.copy_output(0)
        del self.children[name]
        self.remember()
        return child.returncode

    def dead(self) -> str | None:
        for name, child in self.children.items():
            if child.poll() is not None:
                return f"{name} ended with status {child.returncode}"
        server = self.services.dead() if self.services else None
        return f"{server} ended by itself (see {self.services.home if self.services else ''})" if server else None

    def stop(self) -> None:
        """Everything is asked at once, waited for together (a task has ten seconds), then the servers are stopped."""
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and any(child.poll() is None for child in self.children.values()):
            with contextlib.suppress(OSError):
                self.copy_output(0.1)
        for child in self.children.values():
            processes.stop(child, patience=0)
        if self.services:
            self.services.stop()
        site.STARTED.unlink(missing_ok=True)


def _site_answers(port: int) -> bool:
    """The probe and the first page: the probe alone does not see a page that cannot be drawn."""
    try:
        for path in ("health/live", ""):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5).close()  # noqa: S310 - our own site
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
    return True


def banner(port: int, seconds: float) -> str:
    """The address and the demo accounts."""
    names = [code for code in roles.LABELS if code != roles.SYSTEM]
    accounts = [f"  {name}@demo.example" for name in (*names, *EXTRA_ACCOUNTS)]
    lines = [
        "", "=" * 78, f"earlyaccess is up after {seconds:.1f} s:  http://127.0.0.1:{port}/", "",
        f"Demo accounts, password {DEMO_PASSWORD}:", *accounts, "", "Ctrl-C stops everything.", "=" * 78,
    ]  # fmt: skip
    return "\n".join(lines)


def environment(port: int) -> dict[str, str]:
    env = {**os.environ, "PYTHONUNBUFFERED": "1", "VAR_DIR": str(site.VAR)}
    defaults = {
        "DJANGO_SETTINGS_MODULE": "earlyaccess.settings.dev",
        "DEMO": "1",
        "DEBUG": "0",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "LOG_FORMAT": "console",
        "LOG_LEVEL": "WARNING",
    }
    return {**defaults, **env}


def start_the_site(supervisor: Supervisor, port: int) -> None:
    """Servers, preparation, processes. Raises `site.Stop` or `ServerDidNotStart`."""
    supervisor.services = Services()
    supervisor.services.start()
    supervisor.remember()
    supervisor.env.update(supervisor.services.environment())
    embedded = supervisor.services.postgres is not None
    supervisor.start(
        "prepare",
        [PYTHON, "-m", "earlyaccess.local.prepare"],
        EARLYACCESS_MARKS=str(supervisor.services.postgres.folder if supervisor.services.postgres else site.VAR),
        EARLYACCESS_EMBEDDED="1" if embedded else "0",
    )
    if supervisor.finish("prepare"):
        raise site.Stop("The site could not be prepared: the reason is above.")
    web = [
        str(BIN / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "2",
        "--blocking-threads", "1", "--no-access-log", "--log-level", "warning", "earlyaccess.wsgi:application",
    ]  # fmt: skip
    supervisor.start("web", web, DATABASE_POOL="4")


def start_the_jobs(supervisor: Supervisor) -> None:
    """After the site answers: started together, the five processes would keep the first page waiting."""
    celery = [str(BIN / "celery"), "-A", "earlyaccess"]
    quiet = ["--loglevel", "WARNING", "--concurrency", "2", "--without-gossip", "--without-mingle"]
    # Run by root in a throw-away machine, as Docker images of the demo are: Celery's reproach is not news.
    silence = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser"} if os.geteuid() == 0 else {}
    supervisor.start("worker", [*celery, "--quiet", "worker", *quiet], **silence)
    schedule = site.VAR / "beat-schedule"
    schedule.unlink(missing_ok=True)  # PostgreSQL says what is due; a file torn by a kill -9 only stops beat
    supervisor.start("beat", [*celery, "--quiet", "beat", "--loglevel", "WARNING", "-s", str(schedule), "--pidfile="])


def watch(supervisor: Supervisor, port: int, since: float) -> int:
    """Until something ends; never answers 0, a site does not stop by itself."""
    announced, next_look = False, 0.0
    while True:
        supervisor.copy_output(0.3)
        reason = supervisor.dead()
        if reason:
            supervisor.copy_output(0)
            say(f"\n{reason}: stopping everything. Start again with: make run")
            return 1
        if not announced and time.monotonic() > next_look:
            next_look = time.monotonic() + 1
            announced = _site_answers(port)
            if not announced:
                continue
            start_the_jobs(supervisor)
            say(banner(port, time.monotonic() - since))


def _ask(number: int, _frame: FrameType | None) -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)  # once is enough; the second must not cut the stopping short
    raise Asked(signal.Signals(number).name)


def main() -> int:
    since = time.monotonic()
    lock = site.take_lock()
    if lock is None:
        say("This clone is already running (make run or make services) in another terminal: stop it there first.")
        return 1
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _ask)
    os.environ[site.MARK] = uuid.uuid4().hex
    supervisor: Supervisor | None = None
    try:
        leftovers = site.end_leftovers()
        if leftovers:
            say(f"Ended what a killed run had left: {', '.join(leftovers)}")
        port = port_of_the_site()
        supervisor = Supervisor(environment(port))
        start_the_site(supervisor, port)
        return watch(supervisor, port, since)
    except (site.Stop, ServerDidNotStart) as stop:
        say(f"\n{stop}\n")
        return 1
    except Asked:
        with contextlib.suppress(OSError):
            say("\nStopping everything...")
        return 0
    except OSError as error:  # the terminal or the pipe we write to is gone
        with contextlib.suppress(OSError):
            say(f"Stopping: {error}")
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if supervisor:
            supervisor.stop()


if __name__ == "__main__":
    sys.exit(main())
