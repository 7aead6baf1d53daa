"""The French catalogue as it reads, and that no message escapes it. Completeness is `scripts.check_catalogue`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest

from scripts.check_catalogue import ROOMS, ROOT

CATALOGUE = ROOT / "locale" / "fr" / "LC_MESSAGES" / "django.po"
# What xgettext looks for: a message in a call by another name never reaches the catalogue.
KNOWN_NAMES = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
NOT_MESSAGES = {"activate", "deactivate", "get_language", "get_language_info", "override", "to_locale"}

ORDINARY_SPACE = re.compile(r" [:;?!»]|« ")
MISSING_SPACE = re.compile(r"[a-zàâçéèêëîïôûù)][;?!»](?:\s|$)|[a-zàâçéèêëîïôûù)]:(?:\s|$)|«\w")


@pytest.fixture(scope="module")
def french() -> list[tuple[str, str]]:
    """(message id, French text), each plural form on its own."""
    return [
        (entry.msgid, text)
        for entry in polib.pofile(str(CATALOGUE))
        if not entry.obsolete
        for text in (entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr])
    ]


def _wrong(french: list[tuple[str, str]], pattern: re.Pattern[str]) -> list[str]:
    return [text for _id, text in french if pattern.search(text)]


def test_double_punctuation_follows_a_no_break_space(french: list[tuple[str, str]]) -> None:
    assert _wrong(french, ORDINARY_SPACE) == []
    assert _wrong(french, MISSING_SPACE) == []


def test_apostrophes_are_straight_and_no_english_quotation_marks_are_left(french: list[tuple[str, str]]) -> None:
    assert _wrong(french, re.compile("[’‘“”]")) == []


def test_a_sentence_stays_a_sentence(french: list[tuple[str, str]]) -> None:
    """Texts are glued to others on the page: one that ends with a full stop must in French too, and the reverse."""
    odd = [
        text
        for message, text in french
        if message.endswith(".") != text.endswith(".") and not message.endswith(("...", "?", ":"))
    ]
    assert odd == []


def test_spaces_at_the_ends_are_kept(french: list[tuple[str, str]]) -> None:
    ends = re.compile(r"^([ \n]*).*?([ \n]*)$", re.DOTALL)
    odd = [
        text
        for message, text in french
        if message.strip() != ":" and ends.match(message).groups() != ends.match(text).groups()  # type: ignore[union-attr]
    ]
    assert odd == []


def _imported_names(path: Path) -> Iterator[tuple[int, str, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            for name in node.names:
                yield node.lineno, name.name, name.asname or name.name


def test_messages_are_called_by_names_that_makemessages_looks_for() -> None:
    odd = [
        f"{path.relative_to(ROOT)}:{line} {name} as {used}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for line, name, used in _imported_names(path)
        if name not in NOT_MESSAGES and used not in KNOWN_NAMES
    ]
    assert odd == []
