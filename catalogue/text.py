"""The key under which names are compared: lower case, no accent, no punctuation."""

from __future__ import annotations

import re
import unicodedata

LONGEST_QUERY = 200

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l"})
_NOT_A_WORD = re.compile(r"[\W_]+")


def search_key(*parts: str) -> str:
    """`parts` joined as words without accent, case or punctuation: "Élexacaftor/Ivacaftor" -> "elexacaftor ivacaftor".

    The database has no ICU collation, so that this key is also what names are sorted by.
    """
    # Decomposed on both sides: some letters only have a lower case once decomposed, and the other way round.
    text = unicodedata.normalize("NFKD", " ".join(part for part in parts if part)).casefold().translate(_LIGATURES)
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _NOT_A_WORD.sub(" ", bare).strip()


def query_key(text: str) -> str:
    """The search key of something typed: cut first, because nobody types a medicine's name in ten kilobytes."""
    return search_key(str(text)[:LONGEST_QUERY])
