"""There is no Docker engine where this is developed: the compose file is checked against what the format allows, and
the very commands it starts are run natively, with its environment and health checks, on the test run's own servers."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.db import connection

from earlyaccess.local import processes
from earlyaccess.local.servers import free_port
from tests.architecture.sources import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SERVICE_KEYS = frozenset(
    {
        "build", "image", "env_file", "environment", "user", "read_only", "tmpfs", "volumes", "cap_drop",
        "security_opt", "restart", "command", "depends_on", "ports", "healthcheck", "stop_grace_period",
    }
)  # fmt: skip
HEALTH_KEYS = frozenset({"test", "interval", "timeout", "retries", "start_period"})
CONDITIONS = frozenset({"service_started", "service_healthy", "service_completed_successfully"})
DURATION = re.compile(r"^\d+(s|m|h)$")
ONE_SHOT = frozenset({"migrate"})
# ClamAV's own image starts as root to own its database, then drops to its account.
OWN_RULES = frozenset({"clamav"})
OURS = ("migrate", "web", "worker", "beat")


def test_the_file_has_only_what_the_format_knows() -> None:
    assert set(COMPOSE) - {key for key in COMPOSE if key.startswith("x-")} == {"name", "services", "volumes"}
    for name, service in SERVICES.items():
        assert set(service) <= SERVICE_KEYS, name
        assert "image" in service, name
        for other, condition in service.get("depends_on", {}).items():
            assert other in SERVICES
            assert condition["condition"] in CONDITIONS
            if condition["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other]
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            given = source.startswith("./") and volume.endswith(":ro")  # a folder the deployer fills, never written
            assert source in COMPOSE["volumes"] or given, name
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), f"{name} is open to the network"


def test_every_service_expected_is_there() -> None:
    assert set(SERVICES) == {*OURS, "postgres", "redis", "clamav", "mail"}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONE_SHOT))
def test_every_service_has_a_health_check(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert set(check) <= HEALTH_KEYS
    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert all(isinstance(word, str) for word in check["test"])
    assert all(DURATION.match(check[key]) for key in ("interval", "timeout"))


@pytest.mark.parametrize("name", sorted(set(SERVICES) - OWN_RULES))
def test_every_service_is_unprivileged_and_read_only(name: str) -> None:
    service = SERVICES[name]
    assert int(service["user"].partition(":")[0]) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_images_are_named_with_their_version() -> None:
    for name, service in SERVICES.items():
        assert "build" in service or re.search(r":[a-z]*\d", service["image"]), name


def test_the_image_runs_as_the_same_account_and_starts_the_same_web() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER earlyaccess"]
    account = SERVICES["web"]["user"].partition(":")[0]
    assert any(f"--uid {account}" in line for line in lines)
    command = next(line for line in lines if line.startswith("CMD ")).removeprefix("CMD ")
    assert yaml.safe_load(command) == SERVICES["web"]["command"]
    for line in lines:
        if line.startswith("COPY ") and "--from" not in line:
            assert (ROOT / line.split()[1]).exists(), line


def test_the_example_environment_names_known_settings() -> None:
    readme = (ROOT / "README.md").read_text()
    names = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    unknown = {name for name in names if f"| `{name}` |" not in readme}
    assert unknown == {"POSTGRES_PASSWORD", "REDIS_PASSWORD"}


def _own_broker() -> str:
    """Not the one to which this process sends its tasks: this worker would take them, and its beat add others."""
    base, _, number = str(settings.REDIS_URL).rpartition("/")
    return f"{base}/{int(number) + 8}"


def _environment(service: dict[str, Any], var: Path) -> dict[str, str]:
    """The compose file's own, with the addresses of the test run's servers."""
    test_database = str(connection.settings_dict["NAME"])
    return {
        **{key: str(value) for key, value in service["environment"].items()},
        "DATABASE_URL": os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + test_database,
        "REDIS_URL": _own_broker(),
        "EMAIL_URL": "smtp://127.0.0.1:9",
        "STORAGE_URL": f"file://{var}/data",
        "SECRET_KEY": "k" * 60,
        "FIELD_KEYS": settings.FIELD_KEYS[0],
        "ALLOWED_HOSTS": "earlyaccess.example.org",
        "SITE_URL": "https://earlyaccess.example.org",
        "VAR_DIR": str(var),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONWARNINGS": "ignore",
        "HOSTNAME": socket.gethostname(),  # given by the engine
    }


def _here(words: list[str], port: int, var: Path) -> list[str]:
    """The command as it is, but for the port, the temporary folder and Python, which this machine shares."""
    places = {"8000": str(port), "python": sys.executable}
    return [
        places.get(word) or word.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("/tmp", str(var))  # noqa: S108
        for word in words
    ]


@contextmanager
def _started(name: str, port: int, var: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with (var / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            _here(SERVICES[name]["command"], port, var),
            cwd=ROOT, env=_environment(SERVICES[name], var), stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            processes.stop(process, patience=60)  # and whatever it left behind


def _becomes_healthy(name: str, process: "subprocess.Popen[bytes]", port: int, var: Path) -> bool:
    kind, *words = SERVICES[name]["healthcheck"]["test"]
    words = words if kind == "CMD" else ["sh", "-c", words[0].replace("$$", "$")]
    command = _here(words, port, var)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        done = subprocess.run(
            command, cwd=ROOT, env=_environment(SERVICES[name], var), capture_output=True, check=False
        )
        # One process of the site answers while the other begins, and would miss the signal to stop.
        log = (var / f"{name}.log").read_text()
        if done.returncode == 0 and log.count("Started worker-") == log.count("Spawning worker-"):
            return True
        time.sleep(0.3)
    return False


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_the_command_of_a_service_starts_and_is_healthy(name: str, tmp_path: Path) -> None:
    port = free_port()
    with _started(name, port, tmp_path) as process:
        healthy = _becomes_healthy(name, process, port, tmp_path)
    assert healthy, (tmp_path / f"{name}.log").read_text()[-3000:]
    assert process.returncode in {0, -15}, (tmp_path / f"{name}.log").read_text()[-3000:]


@pytest.mark.django_db(transaction=True)
def test_the_migration_command_ends_well(tmp_path: Path) -> None:
    with _started("migrate", 0, tmp_path) as process:
        assert process.wait(60) == 0, (tmp_path / "migrate.log").read_text()[-3000:]
