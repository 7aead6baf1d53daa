"""Verification codes: 20 letters and digits that survive being dictated over the phone (Crockford's base 32)."""

from __future__ import annotations

import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 20
GROUP: Final = 5
# What people type for what they read: the alphabet has no I, L nor O.
READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code() -> str:
    """100 random bits: nobody finds a letter by trying."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def spaced(code: str) -> str:
    """As printed: groups of five joined by dashes."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def normalised(typed: str) -> str | None:
    """The code behind what somebody typed (lower case, spaces, dashes, O for 0, I or L for 1), None when it is none.

    >>> normalised("abcde fghjk-mnpqr  stvwo")
    'ABCDEFGHJKMNPQRSTVW0'
    """
    code = "".join(character for character in typed if character.isalnum()).upper().translate(READ_AS)
    if len(code) != LENGTH or any(character not in ALPHABET for character in code):
        return None
    return code
