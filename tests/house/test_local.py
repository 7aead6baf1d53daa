"""`make run` and what it stands on: servers that survive a kill -9, processes that end with us, an installation that
recovers."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from earlyaccess.local import bootstrap, processes, site
from earlyaccess.local.places import account_for, reaches
from earlyaccess.local.processes import Account
from earlyaccess.local.run import port_of_the_site
from earlyaccess.local.servers import Postgres, Valkey, free_port
from tests.architecture.sources import ROOT


@pytest.fixture
def home() -> Iterator[Path]:
    """Reachable by the unprivileged account, which pytest's own folders are not."""
    folder = Path(tempfile.mkdtemp(prefix="earlyaccess-local-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _until(condition: object, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def test_postgresql_survives_a_kill(home: Path) -> None:
    first = Postgres(home, password="p")
    first.start()
    assert first.process is not None
    with psycopg.connect(first.url()) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
    first.process.kill()
    first.process.wait()
    assert (first.data / "postmaster.pid").exists()
    second = Postgres(home, password="p")
    second.start()
    try:
        with psycopg.connect(second.url()) as connection:
            assert connection.execute("SELECT n FROM kept").fetchall() == [(1,)]
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = user").fetchone() == (False,)
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(second.url().replace(":p@", ":wrong@"))
    finally:
        second.stop()
    assert not (second.data / "postmaster.pid").exists()


def test_postgresql_starts_when_another_program_bears_the_old_pid(home: Path) -> None:
    server = Postgres(home, password="p", durable=False)
    server.start()
    server.stop()
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        (server.data / "postmaster.pid").write_text(f"{stranger.pid}\n{server.data}\n")
        again = Postgres(home, password="p", durable=False)
        again.start()
        again.stop()
        assert stranger.poll() is None  # it was none of ours
    finally:
        stranger.kill()
        stranger.wait()


def test_a_cluster_left_half_made_is_made_again(home: Path) -> None:
    server = Postgres(home, password="p", durable=False)
    (server.data / "base").mkdir(parents=True)
    (server.data / "PG_VERSION").write_text("18")
    server.start()
    server.stop()


def test_valkey_keeps_what_it_was_given_and_asks_for_a_password(home: Path) -> None:
    first = Valkey(home, password="p")
    first.start()
    assert first.process is not None
    with redis.Redis.from_url(first.url()) as client:
        client.set("kept", "1")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    time.sleep(1.1)  # appendfsync everysec
    first.process.kill()
    first.process.wait()
    second = Valkey(home, password="p")
    second.start()
    try:
        with redis.Redis.from_url(second.url()) as client:
            assert client.get("kept") == b"1"
        with (
            redis.Redis(port=second.port) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()
    finally:
        second.stop()


def test_the_servers_of_a_test_run_end_with_it() -> None:
    """Even when the run is killed outright; and the temporary folder goes too."""
    script = (
        "import os, time; os.environ.pop('DATABASE_URL', None)\n"
        "from earlyaccess.testing.services import start_servers\n"
        "start_servers(); print(os.environ['DATABASE_URL'], os.environ['VAR_DIR'], flush=True); time.sleep(60)"
    )
    env = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL", "VAR_DIR"}}
    run = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    address, var = run.stdout.readline().split()
    folder = Path(var).parent
    psycopg.connect(address).close()
    run.kill()
    run.wait()
    run.stdout.close()
    assert _until(lambda: not folder.exists())
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address)


def test_stopping_ends_the_whole_session(home: Path) -> None:
    command = ["sh", "-c", "trap '' TERM; sleep 97 & echo $!; wait"]
    child = processes.start(command, env={"PATH": os.environ["PATH"]}, cwd=home, output=subprocess.PIPE)
    assert child.stdout is not None
    grandchild = int(child.stdout.readline())
    child.stdout.close()
    processes.stop(child, patience=0.2)
    assert _until(lambda: processes.started_at(grandchild) is None)


def test_leftovers_are_ended_and_nothing_else(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(site, "VAR", home)
    monkeypatch.setattr(site, "STARTED", home / "started.json")
    ours, marked, stranger = (
        subprocess.Popen(["sleep", "60"], env={"PATH": os.environ["PATH"], **extra})
        for extra in ({}, {site.MARK: "old-run"}, {})
    )
    notes = [
        {"name": "web", "pid": ours.pid, "started_at": processes.started_at(ours.pid)},
        # The kernel gave the pid of our old worker to a stranger.
        {"name": "worker", "pid": stranger.pid, "started_at": "1"},
    ]
    site.write_private(site.STARTED, {"mark": "old-run", "processes": notes})
    try:
        assert site.end_leftovers() == sorted(["web", f"process {marked.pid}"])
        assert ours.wait(5) == -signal.SIGTERM
        assert marked.wait(5) == -signal.SIGTERM
        assert stranger.poll() is None
        assert site.end_leftovers() == []
    finally:
        for process in (ours, marked, stranger):
            process.kill()
            process.wait()


def test_secrets_are_drawn_once_and_never_over_data(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(site, "VAR", home)
    monkeypatch.setattr(site, "SECRETS", home / "secrets.json")
    drawn = site.load_secrets()
    assert site.load_secrets() == drawn
    assert (home / "secrets.json").stat().st_mode & 0o077 == 0
    (home / "postgres").mkdir()
    (home / "postgres" / "complete").touch()
    (home / "secrets.json").unlink()
    with pytest.raises(site.Stop, match=r"rm -rf"):
        site.load_secrets()


def test_a_port_in_use_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        with pytest.raises(site.Stop, match=f"PORT={port + 1}"):
            port_of_the_site()
    monkeypatch.setenv("PORT", "eight")
    with pytest.raises(site.Stop, match="not a port"):
        port_of_the_site()


def test_root_uses_an_account_that_can_reach_the_data(home: Path) -> None:
    nobody = Account(65534, 65534)
    assert reaches(nobody, home / "postgres")
    home.chmod(0o700)
    assert not reaches(Account(65533, 65533), home / "postgres")
    assert reaches(None, home / "postgres")
    account = account_for(home / "postgres")
    assert (account is None) == (os.geteuid() != 0)


# --- The installation ----------------------------------------------------------------------------------------------


@pytest.fixture
def clone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name, path in {"ROOT": tmp_path, "VENV": tmp_path / ".venv", "VAR": tmp_path / "var"}.items():
        monkeypatch.setattr(bootstrap, name, path)
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".venv" / "installed.sha256")
    (tmp_path / "requirements.txt").write_text("a==1\n")
    (tmp_path / "requirements-dev.txt").write_text("a==1\nb==1\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    return tmp_path


def test_an_installation_counts_only_when_it_ended(clone: Path) -> None:
    assert not bootstrap.virtual_environment_is_ready("run")
    bootstrap.STAMP.write_text(bootstrap._fingerprint(clone / "requirements.txt"))
    assert bootstrap.virtual_environment_is_ready("run")
    assert not bootstrap.virtual_environment_is_ready("test")
    bootstrap.STAMP.write_text(bootstrap._fingerprint(clone / "requirements-dev.txt"))
    assert bootstrap.virtual_environment_is_ready("run")
    assert bootstrap.virtual_environment_is_ready("test")
    (clone / "requirements-dev.txt").write_text("a==2\n")
    assert not bootstrap.virtual_environment_is_ready("run")
    (clone / ".venv" / "bin" / "python").unlink()
    assert not bootstrap.virtual_environment_is_ready("run")


def test_a_missing_piece_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch, clone: Path) -> None:
    absent = bootstrap.SystemPiece("libpango-1.0-0", library="libdoesnotexist.so.0")
    monkeypatch.setattr(bootstrap, "SYSTEM_PIECES", (absent,))
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000)
    with pytest.raises(bootstrap.Stop, match="sudo apt-get install -y --no-install-recommends libpango-1.0-0"):
        bootstrap.install_system_pieces("run")


def test_an_optional_piece_does_not_stop(
    monkeypatch: pytest.MonkeyPatch, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = bootstrap.SystemPiece("libharfbuzz-subset0", library="libdoesnotexist.so.0", required=False)
    monkeypatch.setattr(bootstrap, "SYSTEM_PIECES", (absent,))
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000)
    bootstrap.install_system_pieces("run")
    assert "libharfbuzz-subset0" in capsys.readouterr().out


def test_the_files_of_another_account_are_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch, clone: Path) -> None:
    bootstrap.check_ownership()
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(bootstrap.Stop, match=r"sudo chown -R .* \.venv"):
        bootstrap.check_ownership()


def test_bootstrap_needs_the_standard_library_only() -> None:
    found = "print(*[name for name in sys.modules if name.startswith(('django', 'celery'))])"
    script = f"import sys, earlyaccess.local.bootstrap; {found}"
    done = subprocess.run([sys.executable, "-S", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# --- The whole of it ------------------------------------------------------------------------------------------------


def _start_the_site(var: Path, port: int) -> "subprocess.Popen[str]":
    """Without the demo data, which has its own tests."""
    hidden = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "SECRET_KEY", "FIELD_KEYS", "LOG_LEVEL"}
    env = {k: v for k, v in os.environ.items() if k not in hidden}
    return subprocess.Popen(
        [sys.executable, "-m", "earlyaccess.local.run"],
        cwd=ROOT, env={**env, "VAR_DIR": str(var), "PORT": str(port), "DEMO": "0"}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def _read_until(run: "subprocess.Popen[str]", words: str) -> str:
    assert run.stdout is not None
    text = ""
    for line in run.stdout:
        text += line
        if words in line:
            return text
    pytest.fail(f"never said {words!r}:\n{text[-3000:]}")


def _alive(mark: str) -> list[int]:
    return site._marked(mark)


@pytest.mark.timeout(400)
def test_make_run_starts_recovers_and_leaves_nothing(home: Path) -> None:
    var, port = home / "var", free_port()
    run = _start_the_site(var, port)
    _read_until(run, "Ctrl-C stops everything")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as page:
        assert page.status == 200
    assert _until(lambda: len(json.loads((var / "started.json").read_text())["processes"]) == 5)
    mark = json.loads((var / "started.json").read_text())["mark"]

    second = _start_the_site(var, free_port())
    assert "already running" in _read_until(second, "already running")
    assert second.wait(20) == 1
    second.stdout.close()  # type: ignore[union-attr]

    run.kill()  # the supervisor alone: its children end by themselves
    run.wait()
    run.stdout.close()  # type: ignore[union-attr]
    assert _until(lambda: not _alive(mark)), _alive(mark)

    again = _start_the_site(var, port)
    _read_until(again, "Ctrl-C stops everything")
    mark = json.loads((var / "started.json").read_text())["mark"]
    again.send_signal(signal.SIGINT)
    rest, _ = again.communicate(timeout=60)
    assert again.returncode == 0, rest
    assert not _alive(mark)
    assert not (var / "started.json").exists()
