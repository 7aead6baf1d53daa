"""`make check`: everything the continuous integration runs. Every step runs, whatever the others say, a core each; the
tests come last, so that the report ends with pytest's own summary."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from earlyaccess.local.catalogues import compile_catalogues
from earlyaccess.testing.services import start_servers, stop_servers

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
BIN = Path(sys.executable).parent
# Fake values of the right shape: `check --deploy` judges the settings, it starts nothing.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "earlyaccess.settings.prod",
    "SECRET_KEY": "only-for-the-deployment-check-" + "0123456789abcdefghijklmnopqrstuvwxyz",
    "FIELD_KEYS": "ZGV2ZWxvcGVyLWtleS10aGF0LXByb3RlY3RzLW5vbmU=",
    "ALLOWED_HOSTS": "earlyaccess.example.org",
    "SITE_URL": "https://earlyaccess.example.org",
    "EMAIL_URL": "smtp://127.0.0.1:25",
    "SEAL_PKCS11_MODULE": "/usr/lib/module.so",
    "SEAL_PKCS11_TOKEN": "agency",
    "SEAL_PKCS11_PIN": "0000",
    "SEAL_PKCS11_KEY": "seal",
    "DEMO": "0",
}


@dataclass(frozen=True)
class Step:
    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)


def manage(*arguments: str) -> list[str]:
    return [PYTHON, "manage.py", *arguments]


def steps() -> list[Step]:
    """The longest first: the others then fill the other cores."""
    templates = [str(ROOT / "templates")]
    return [
        Step("dependencies", [PYTHON, "-m", "scripts.check_dependencies"]),
        Step("types", [str(BIN / "mypy")], {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}),
        Step("lint", [str(BIN / "ruff"), "check", "."]),
        Step("format", [str(BIN / "ruff"), "format", "--check", "."]),
        Step("templates", [str(BIN / "djlint"), "--lint", "--quiet", *templates]),
        Step("migrations", manage("makemigrations", "--check", "--dry-run")),
        Step("deployment", manage("check", "--deploy", "--fail-level", "WARNING"), PRODUCTION),
        Step("published procedures", manage("publish_procedures", "--check")),
        Step("published API", manage("publish_api", "--check")),
        Step("French catalogue", [PYTHON, "-m", "scripts.check_catalogue"]),
        Step("secrets", [PYTHON, "-m", "scripts.check_secrets"]),
    ]


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the terminal is this program's page


def passes(step: Step) -> bool:
    since = time.monotonic()
    done = subprocess.run(  # noqa: S603 - our own commands
        step.command, cwd=ROOT, env={**os.environ, **step.env}, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    output = (done.stdout + done.stderr).strip()
    verdict = "ok" if done.returncode == 0 else "FAILED"
    report = [f"{step.name:<22} {verdict:<7} {time.monotonic() - since:5.1f} s"]
    if done.returncode or "NOT CHECKED" in output:
        report += output.splitlines()[-60:]
    say("\n    ".join(report))
    return done.returncode == 0


def failures() -> list[str]:
    """The names of the steps that did not pass."""
    pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 2)
    try:
        every = steps()
        return [step.name for step, passed in zip(every, pool.map(passes, every), strict=True) if not passed]
    finally:
        pool.shutdown(cancel_futures=True)  # interrupted, no other step begins


def main() -> int:
    compile_catalogues(ROOT / "locale")
    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        start_servers()
    try:
        failed = failures()
        if failed:
            say(f"\nFAILED before the tests: {', '.join(failed)}\n")
        tests = subprocess.run([PYTHON, "-m", "earlyaccess.local.tests"], cwd=ROOT, check=False)  # noqa: S603
        if failed:
            print(f"make check fails: {', '.join(failed)}", file=sys.stderr)  # noqa: T201
        return 1 if failed else tests.returncode
    except KeyboardInterrupt:
        return 130
    finally:
        stop_servers()


if __name__ == "__main__":
    sys.exit(main())
