"""From a fresh clone to a working virtual environment, then hands over to what was asked. Standard library only.

Usage: python3 -m earlyaccess.local.bootstrap run|services|test|check|bench [arguments]
"""

import ctypes
import ctypes.util
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
VAR = ROOT / "var"
STAMP = VENV / "installed.sha256"
NEEDS_DEVELOPMENT_TOOLS = {"test", "check", "bench"}
COMMANDS = {
    "run": ["-m", "earlyaccess.local.run"],
    "services": ["-m", "earlyaccess.local.services"],
    "test": ["-m", "earlyaccess.local.tests"],
    "check": ["-m", "earlyaccess.local.check"],
    "bench": ["-m", "earlyaccess.local.session", "-m", "benchmarks"],
}


class Stop(Exception):
    """Something only the user can change; the message says what to type."""


@dataclass(frozen=True)
class SystemPiece:
    """A library or a program that comes from the system, not from the lock."""

    package: str
    library: str = ""
    programs: tuple[str, ...] = ()
    required: bool = True
    only_for_tests: bool = False

    def missing(self) -> bool:
        if self.library:
            try:
                ctypes.CDLL(self.library)
            except OSError:
                return True
            return False
        return not any(shutil.which(program) for program in self.programs)


SYSTEM_PIECES = (
    SystemPiece("libpango-1.0-0", library="libpango-1.0.so.0"),
    SystemPiece("libpangoft2-1.0-0", library="libpangoft2-1.0.so.0"),
    # Letters are made without it, five times slower.
    SystemPiece("libharfbuzz-subset0", library="libharfbuzz-subset.so.0", required=False),
    SystemPiece("chromium", programs=("chromium",), only_for_tests=True),
    SystemPiece("gettext", programs=("xgettext",), only_for_tests=True),
    # pdftotext reads the letters, pdfsig checks their seal.
    SystemPiece("poppler-utils", programs=("pdfsig",), only_for_tests=True),
    # Stands for the device that holds the key of the seal.
    SystemPiece("softhsm2", programs=("softhsm2-util",), only_for_tests=True),
)


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the terminal is this program's page


def check_ownership() -> None:
    """A clone first used by another account (often root) is not ours to write in; say so before anything fails."""
    me = os.geteuid()
    if not os.access(ROOT, os.W_OK):
        raise Stop(f"This account cannot write in {ROOT}. Clone the project into a folder of your own.")
    if me == 0:
        return
    foreign = [path.name for path in (VENV, VAR) if path.exists() and path.stat().st_uid != me]
    foreign += [f"var/{path.name}" for path in (VAR.iterdir() if VAR.exists() else ()) if path.stat().st_uid != me]
    if foreign:
        names = " ".join(dict.fromkeys(name.partition("/")[0] for name in foreign))
        raise Stop(
            f"{', '.join(foreign)} belong to another account: this clone was first run by somebody else (root?).\n"
            f"Take it over:            sudo chown -R $(id -un): {names}\n"
            f"or start from nothing:   sudo rm -rf {names}     (the demo data is lost)"
        )


def install_system_pieces(purpose: str) -> None:
    """Installs what is missing when root on Debian; otherwise names the command, and stops if it is indispensable."""
    wanted = [p for p in SYSTEM_PIECES if purpose in NEEDS_DEVELOPMENT_TOOLS or not p.only_for_tests]
    missing = [piece for piece in wanted if piece.missing()]
    packages = [piece.package for piece in missing]
    if not VENV.exists() and importlib.util.find_spec("ensurepip") is None:
        packages.append(f"python3.{sys.version_info.minor}-venv")
    if not packages:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"Installing from Debian: {' '.join(packages)}")
        _apt(command)
        return
    advice = f"sudo {' '.join(command)}"
    if any(piece.required for piece in missing) or len(packages) > len(missing):
        raise Stop(f"Missing on this machine: {', '.join(packages)}. Install with:\n    {advice}")
    say(f"Without {', '.join(packages)} letters take longer to make. To install: {advice}")


def _apt(command: list[str]) -> None:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ["-q", "-o", "DPkg::Lock::Timeout=120"]
    first = subprocess.run([*command, *options], env=env, capture_output=True, check=False)  # noqa: S603
    if first.returncode:
        subprocess.run(["apt-get", "update", *options], env=env, capture_output=True, check=False)  # noqa: S603, S607
        again = subprocess.run([*command, *options], env=env, capture_output=True, text=True, check=False)  # noqa: S603
        if again.returncode:
            raise Stop(f"{' '.join(command)} failed:\n{again.stderr[-1500:]}")


def lock_file(purpose: str) -> Path:
    return ROOT / ("requirements-dev.txt" if purpose in NEEDS_DEVELOPMENT_TOOLS else "requirements.txt")


def _fingerprint(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def virtual_environment_is_ready(purpose: str) -> bool:
    """Whether the last installation ended and was of today's lock. The development lock holds all of the other."""
    if not STAMP.exists() or not (VENV / "bin" / "python").exists():  # a dangling link when Python was upgraded
        return False
    accepted = {_fingerprint(ROOT / "requirements-dev.txt"), _fingerprint(lock_file(purpose))}
    return STAMP.read_text().strip() in accepted


def make_virtual_environment(purpose: str) -> None:
    """Installs the lock, hashes checked. One that was left half-made, or is of another lock, is made again."""
    if virtual_environment_is_ready(purpose):
        return
    python = VENV / "bin" / "python"
    tools_to_add = STAMP.exists() and STAMP.read_text().strip() == _fingerprint(ROOT / "requirements.txt")
    if not (tools_to_add and python.exists()):
        if VENV.exists():
            say("The virtual environment is half-made or out of date: making it again.")
            shutil.rmtree(VENV)
        _logged([sys.executable, "-m", "venv", str(VENV)], "create the virtual environment")
    STAMP.unlink(missing_ok=True)
    lock = lock_file(purpose)
    say(f"Installing the dependencies of {lock.name} (a minute or two, once; details in var/install.log)")
    _logged(
        [
            str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--require-hashes",
            "--no-compile", "--only-binary=:all:", "-r", str(lock),
        ],
        "install the dependencies",
    )  # fmt: skip
    STAMP.write_text(_fingerprint(lock) + "\n")


def _logged(command: list[str], what: str) -> None:
    log = VAR / "install.log"
    with log.open("ab") as output:
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False)  # noqa: S603
    if done.returncode:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-12:])
        raise Stop(
            f"Could not {what}:\n{end}\n(all of it in {log}). Once this is solved, the same command starts again."
        )


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """`make run` and `make test` started together on a fresh clone share one installation."""
    VAR.mkdir(mode=0o755, exist_ok=True)
    with (VAR / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Does not come back when all is well: the command asked for takes this process over."""
    purpose, arguments = (sys.argv[1] if len(sys.argv) > 1 else ""), sys.argv[2:]
    if purpose not in COMMANDS:
        say(__doc__ or "")
        return 2
    try:
        check_ownership()
        with one_at_a_time():
            install_system_pieces(purpose)
            make_virtual_environment(purpose)
    except Stop as stop:
        say(f"\n{stop}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    python = str(VENV / "bin" / "python")
    os.chdir(ROOT)
    return os.execv(python, [python, *COMMANDS[purpose], *arguments])  # noqa: S606 - same process: signals arrive


if __name__ == "__main__":
    sys.exit(main())
