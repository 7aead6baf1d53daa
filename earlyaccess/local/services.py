"""The embedded servers of this clone, and `make services`: only them, for developers who start the rest by hand."""

import json
import os
import signal
import sys
from pathlib import Path

from earlyaccess.local import site
from earlyaccess.local.places import home_of
from earlyaccess.local.servers import Postgres, ServerDidNotStart, Valkey


class Services:
    """PostgreSQL and the broker: those of DATABASE_URL and REDIS_URL when set, else the embedded ones."""

    def __init__(self) -> None:
        drawn = site.load_secrets()
        home: Path = home_of(site.VAR)
        home.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.home = home
        self.secrets = drawn
        self.postgres = None if os.environ.get("DATABASE_URL") else Postgres(home, password=drawn["postgres"])
        self.valkey = None if os.environ.get("REDIS_URL") else Valkey(home, password=drawn["valkey"])

    def start(self) -> None:
        """Raises `ServerDidNotStart`."""
        if self.postgres:
            self.postgres.start()
        if self.valkey:
            self.valkey.start()
        site.write_private(site.SERVICES, self.environment())

    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.postgres.url() if self.postgres else os.environ["DATABASE_URL"],
            "REDIS_URL": self.valkey.url() if self.valkey else os.environ["REDIS_URL"],
            "SECRET_KEY": os.environ.get("SECRET_KEY") or self.secrets["SECRET_KEY"],
            "FIELD_KEYS": os.environ.get("FIELD_KEYS") or ",".join(self.secrets["FIELD_KEYS"]),
        }

    def pids(self) -> dict[str, int]:
        servers = {"postgres": self.postgres, "valkey": self.valkey}
        return {name: server.process.pid for name, server in servers.items() if server and server.process}

    def dead(self) -> str | None:
        """The name of a server that ended by itself, or None."""
        for name, server in {"postgres": self.postgres, "valkey": self.valkey}.items():
            if server and server.process and server.process.poll() is not None:
                return name
        return None

    def stop(self) -> None:
        if self.valkey:
            self.valkey.stop()
        if self.postgres:
            self.postgres.stop()
        site.SERVICES.unlink(missing_ok=True)


def _print_exports(environment: dict[str, str]) -> None:
    for name, value in environment.items():
        print(f"export {name}='{value}'", flush=True)  # noqa: T201 - what the developer pastes


def main() -> int:
    """`make services`: prints what to export, keeps the servers until Ctrl-C."""
    lock = site.take_lock()
    if lock is None:
        if not site.SERVICES.exists():
            print("The servers of this clone are starting in another terminal: try again.", file=sys.stderr)  # noqa: T201
            return 1
        _print_exports(json.loads(site.SERVICES.read_text()))
        return 0
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    os.environ[site.MARK] = str(os.getpid())
    site.end_leftovers()
    services: Services | None = None
    try:
        services = Services()
        services.start()
        site.remember(services.pids())
        _print_exports(services.environment())
        print("# Ctrl-C stops them", file=sys.stderr)  # noqa: T201
        signal.pause()
    except (site.Stop, ServerDidNotStart) as stop:
        print(stop, file=sys.stderr)  # noqa: T201
        return 1
    finally:
        if services:
            services.stop()
        site.STARTED.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
