"""What the letters' own fonts can draw. A letter looks the same on every machine, whatever fonts that one has."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from fontTools.ttLib import TTFont

FONTS: Final = Path(__file__).parent / "fonts"
# A missing character shows as a box: the reader knows that something stood there, and the dossier has it.
BOX: Final = "\u25a1"
INVISIBLE_CATEGORIES: Final = frozenset({"Cf", "Mn", "Me", "Mc"})


@lru_cache(maxsize=1)
def drawable() -> frozenset[int]:
    """Code points that every style can draw, or the symbols' font for it."""
    styles = [set(_points(FONTS / f"NotoSans-{style}.ttf")) for style in ("Regular", "Bold", "Italic")]
    return frozenset(set.intersection(*styles) | _points(FONTS / "NotoSansMath-Symbols.ttf"))


def _points(path: Path) -> set[int]:
    with TTFont(path, lazy=True) as font:
        return set(font.getBestCmap())


def legible(value: Any) -> Any:
    """The same facts, with a box for each character that no font of the letters has.

    One such character otherwise changes the encoding of the whole PDF, and some programs then read none of it.
    """
    if isinstance(value, str):
        return value if value.isascii() else "".join(_drawn(character) for character in value)
    if isinstance(value, dict):
        return {key: legible(item) for key, item in value.items()}
    if isinstance(value, list):
        return [legible(item) for item in value]
    return value


def _drawn(character: str) -> str:
    if character in "\n\t" or ord(character) in drawable():
        return character
    return "" if unicodedata.category(character) in INVISIBLE_CATEGORIES else BOX
