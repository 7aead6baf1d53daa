"""What a message may carry: short labels and dates, frozen when the act is done, read in the recipient's language.

A mail leaves the agency and may be read by anyone on its way (CNIL, health data): patient, product and typed text have
no key here, so nobody can pass them by mistake.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.utils import timezone, translation
from django.utils.functional import Promise

from workflows.dates import say

LABEL_KEYS: Final = frozenset(
    {
        "label",  # what happened: "Information requested"
        "todo",  # what the recipient can do now
        "why",  # why this person is told
        "audience",  # who else is told
        "procedure",  # name of the procedure
        "state",  # where the file now stands, in the recipient's words
        "title",  # number of the title
        "letter",  # what the letter is: "Decision letter"
        "days",  # a number of days, for reminders
        "due_on",  # a date before which something is expected
        "on",  # the date of what happened
        "ends_on",  # the date a title ends
    }
)
LONGEST_LABEL: Final = 250


def one_line(name: str, text: str) -> str:
    """`text` itself. ValueError when it is too long for a label, or could break out of a mail header."""
    if len(text) > LONGEST_LABEL:
        raise ValueError(f"{name}: a label has at most {LONGEST_LABEL} characters, typed text does not go in a mail")
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in text):
        raise ValueError(f"{name}: line breaks and control characters are refused")
    return text


def freeze(context: Mapping[str, Any] | None) -> dict[str, Any]:
    """The JSON to store. A lazy translation is kept in every language of the site, a date as a date.

    ValueError on an unknown key, a long text or a control character; TypeError on anything but text, number and date.
    """
    frozen: dict[str, Any] = {}
    for key, value in (context or {}).items():
        if key not in LABEL_KEYS:
            raise ValueError(f"{key}: not something a message may carry, see notifications.context.LABEL_KEYS")
        if value is None or isinstance(value, bool | int):
            frozen[key] = value
        elif isinstance(value, dt.datetime):
            frozen[key] = {"date": timezone.localtime(value).date().isoformat()}
        elif isinstance(value, dt.date):
            frozen[key] = {"date": value.isoformat()}
        elif isinstance(value, Promise):
            frozen[key] = {"text": _in_every_language(key, value)}
        elif isinstance(value, str):
            frozen[key] = one_line(key, value)
        else:
            raise TypeError(f"{key}: {type(value).__name__} cannot be carried by a message")
    return frozen


def _in_every_language(key: str, text: Promise) -> dict[str, str]:
    said = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said[language] = one_line(key, str(text))
    return said


def thaw(frozen: Mapping[str, Any]) -> dict[str, Any]:
    """What a template shows, in the active language."""
    language = (translation.get_language() or settings.LANGUAGE_CODE)[:2]
    return {key: _thawed(value, language) for key, value in frozen.items()}


def _thawed(value: Any, language: str) -> Any:
    if not isinstance(value, dict):
        return value
    if "date" in value:
        return say(dt.date.fromisoformat(value["date"]))
    said: dict[str, str] = value["text"]
    return said.get(language) or next(iter(said.values()), "")
