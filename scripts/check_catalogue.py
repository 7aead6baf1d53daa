"""Is the French catalogue complete? Every message of the code and templates is in locale/fr, translated, not fuzzy, and
keeps its placeholders. Run by `make check`; prints what is wrong, one line each."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[1]
ROOMS = [
    "workflows",
    "accounts",
    "catalogue",
    "documents",
    "notifications",
    "dossiers",
    "cohort",
    "devices",
    "earlyaccess",
    "api",
    "register",
    "templates",
]
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{(\w*)\}")


def messages_of_the_code() -> polib.POFile:
    """What makemessages would find now, in a folder of its own: the tree is not touched."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "site"
        (copy / "locale").mkdir(parents=True)
        for room in ROOMS:
            if (ROOT / room).exists():
                (copy / room).symlink_to(ROOT / room)
        made = subprocess.run(  # noqa: S603 - our own command
            [
                sys.executable, "-m", "django", "makemessages", "-l", "fr", "--symlinks", "--no-location", "--no-wrap",
                "--settings", "earlyaccess.settings.dev",
            ],
            cwd=copy, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if made.returncode:
            raise SystemExit(f"makemessages failed: {made.stderr[-1500:]}")
        return polib.pofile(str(next(copy.rglob("django.po"))))


def _placeholders(text: str) -> set[str]:
    return {match.group(0) for match in PLACEHOLDER.finditer(text.replace("%%", ""))}


def wrong_entries(catalogue: polib.POFile) -> list[str]:
    """Untranslated, fuzzy, or with other placeholders than the original."""
    wrong = [f"fuzzy: {entry.msgid!r}" for entry in catalogue.fuzzy_entries()]
    wrong += [f"not translated: {entry.msgid!r}" for entry in catalogue.untranslated_entries()]
    for entry in catalogue.translated_entries():
        allowed = _placeholders(entry.msgid) | _placeholders(entry.msgid_plural)
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            if text and not _placeholders(text) <= allowed:
                wrong.append(f"unknown placeholder: {entry.msgid!r} -> {text!r}")
        if not entry.msgid_plural and _placeholders(entry.msgid) != _placeholders(entry.msgstr):
            wrong.append(f"lost placeholder: {entry.msgid!r} -> {entry.msgstr!r}")
    return wrong


def missing(code: polib.POFile, catalogue: polib.POFile) -> list[str]:
    known = {(entry.msgctxt, entry.msgid) for entry in catalogue if not entry.obsolete}
    return [f"missing: {e.msgid!r}" for e in code if not e.obsolete and (e.msgctxt, e.msgid) not in known]


def main() -> int:
    path = ROOT / "locale" / "fr" / "LC_MESSAGES" / "django.po"
    if not path.exists():
        print("locale/fr/LC_MESSAGES/django.po does not exist")  # noqa: T201
        return 1
    catalogue = polib.pofile(str(path))
    wrong = list(dict.fromkeys(wrong_entries(catalogue) + missing(messages_of_the_code(), catalogue)))
    for line in wrong:
        print(line)  # noqa: T201
    print(f"{len(catalogue)} messages, {len(wrong)} to correct")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
