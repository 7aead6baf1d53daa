"""The register as a CSV file that a spreadsheet opens without a question: UTF-8 with its mark, semicolons, ISO dates.

Excel set to French reads `;` as the separator and, without the mark, takes UTF-8 for Windows-1252. Other tools are told
both by the documentation of the API. Every cell is text, number or date: none can be taken for a formula.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from register.exports.rows import Entry, load
from register.queries import Wanted, every_page

ENTRIES_A_TURN: Final = 200
MARK: Final = "\ufeff"
COLUMNS: Final = (
    "kind",
    "key",
    "procedure",
    "state",
    "medicine",
    "substance",
    "cis",
    "ucd13",
    "atc",
    "indication",
    "cim10",
    "orpha",
    "holder",
    "starts_on",
    "ends_on",
    "put_reference",
    "put_url",
    "version",
    "version_starts_on",
    "url",
    "decision_number",
    "by_silence",
    "pathway",
    "indication_claimed",
    "filed_on",
    "complete_on",
    "decided_on",
)
# What makes a spreadsheet compute a cell, or hides such a beginning from the eye (OWASP, CSV injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def lines(wanted: Wanted, on: dt.date, address: Callable[[str], str]) -> Iterator[str]:
    """The file, some entries at a time: its size costs no memory. `address` makes a whole address of a path."""
    yield MARK + _line(COLUMNS)
    for page in every_page(wanted, on, ENTRIES_A_TURN):
        for entry in load(page.rows, on):
            yield _line(cells(entry, address(entry.path)))


def cells(entry: Entry, url: str) -> list[str]:
    version = entry.version
    values: dict[str, Any] = {
        "version": version.number if version else "",
        "version_starts_on": version.starts_on if version else "",
        "url": url,
        "by_silence": "yes" if entry.by_silence else "",
    }
    return [harmless(values.get(name, getattr(entry, name, ""))) for name in COLUMNS]


def harmless(value: Any) -> str:
    """The text of a cell, which a spreadsheet shows and never computes."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _line(values: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";", lineterminator="\r\n").writerow(values)
    return buffer.getvalue()
