"""Holds the servers of one test run: starts them in a temporary folder, ends them and removes the folder when its
standard input closes, which happens however the test run ends, kill -9 included.

Run as a module by earlyaccess.testing.services; prints one line of JSON when the servers answer.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from earlyaccess.local.processes import kill_group
from earlyaccess.local.servers import Postgres, Valkey, new_password


def main() -> None:
    # Ctrl-C and TERM are for the test run; we end when it does.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    home = Path(tempfile.mkdtemp(prefix="earlyaccess-test-"))
    home.chmod(0o711)  # nobody passes through it to its own folder
    password = new_password()
    postgres, valkey = (
        Postgres(home, password=password, durable=False),
        Valkey(home, password=password, durable=False),
    )
    try:
        postgres.start()
        valkey.start()
        urls = {"DATABASE_URL": postgres.url(), "REDIS_URL": valkey.url(), "pid": os.getpid(), "home": str(home)}
        print(json.dumps(urls), flush=True)  # noqa: T201 - this line is our answer
        sys.stdin.read()
    finally:
        for server in (postgres, valkey):
            if server.process is not None:  # nothing is worth keeping: no shutdown checkpoint
                server.process.send_signal(signal.SIGQUIT if server is postgres else signal.SIGKILL)
                server.process.wait()
                kill_group(server.process.pid)
        if postgres.socket_folder != postgres.folder / "socket":
            shutil.rmtree(postgres.socket_folder, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
