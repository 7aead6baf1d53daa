"""Runs a Python command with a PostgreSQL and a Valkey of its own, in a temporary folder, that end with it.

Usage: python -m earlyaccess.local.session -m benchmarks
"""

import os
import subprocess
import sys

from earlyaccess.testing.services import start_servers, stop_servers


def main() -> int:
    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        start_servers()
    try:
        return subprocess.run([sys.executable, *sys.argv[1:]], check=False).returncode  # noqa: S603 - as asked
    except KeyboardInterrupt:
        return 130
    finally:
        stop_servers()


if __name__ == "__main__":
    sys.exit(main())
