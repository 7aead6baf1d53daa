"""Known weaknesses of the locked dependencies, asked of the vulnerability service; says plainly when it is away."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UNREACHABLE = ("ConnectionError", "ServiceError", "Could not connect", "Max retries", "timed out", "HTTPError", "Proxy")


def main() -> int:
    command = [
        sys.executable, "-m", "pip_audit", "--requirement", str(ROOT / "requirements-dev.txt"), "--disable-pip",
        "--require-hashes", "--progress-spinner", "off", "--timeout", "15",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        print("NOT CHECKED: the vulnerability service did not answer in three minutes")  # noqa: T201
        return 0
    if done.returncode and any(word in done.stderr for word in UNREACHABLE):
        print("NOT CHECKED: the vulnerability service cannot be reached from here")  # noqa: T201
        return 0
    print(done.stdout[-3000:] + done.stderr[-3000:])  # noqa: T201
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
