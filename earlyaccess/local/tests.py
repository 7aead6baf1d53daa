"""`make test`: the whole suite, on as many processes as the machine has cores. Extra arguments go to pytest."""

import os
import sys

from earlyaccess.local.bootstrap import ROOT
from earlyaccess.local.catalogues import compile_catalogues


def main() -> None:
    compile_catalogues(ROOT / "locale")
    arguments = sys.argv[1:] or ["-q", "-n", str(max(2, os.cpu_count() or 2)), "--dist", "worksteal"]
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *arguments])  # noqa: S606 - so that signals arrive


if __name__ == "__main__":
    main()
