"""Looks for secrets in the files that git follows: private keys, tokens of known shapes, passwords inside addresses."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHAPES = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*\n\s*[A-Za-z0-9+/]{20}"),
    "AWS key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b"),
    "Slack token": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{20,}"),
    "JSON web token": re.compile(r"\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{15,}"),
    "password in an address": re.compile(r"\b\w+://[^\s/:@\"'{}$<>]+:([^\s/@\"'{}$<>]{6,})@"),
}
# Words that say by themselves that they protect nothing.
HARMLESS = re.compile(r"password|hidden|example|secret|change-?me", re.IGNORECASE)


def secrets_in(text: str) -> list[str]:
    """The kinds of secrets found, with their line."""
    found = []
    for kind, shape in SHAPES.items():
        for match in shape.finditer(text):
            if not (match.groups() and HARMLESS.search(match.group(1))):
                found.append(f"line {text.count(chr(10), 0, match.start()) + 1}: {kind}")
    return found


def main() -> int:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    status = 0
    for name in filter(None, names.stdout.split("\0")):
        path = ROOT / name
        if not path.is_file() or path.stat().st_size > 2_000_000:
            continue
        for line in secrets_in(path.read_text(errors="ignore")):
            print(f"{name}: {line}")  # noqa: T201
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
