"""From facts to the French words of a letter. Pure: the same frozen context always gives the same words."""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass
from typing import Any, Final

MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
SEXES: Final = {"M": "masculin", "F": "féminin"}


@dataclass(frozen=True)
class Regime:
    """How the letters about a title name it and its law. Nouns are feminine: "une autorisation", "elle"."""

    name: str
    law: str
    suspension_law: str
    end_law: str


REGIMES: Final = {
    "aac": Regime(
        name="autorisation d’accès compassionnel",
        law="le II de l’article L. 5121-12-1 et les articles R. 5121-74 à R. 5121-74-10",
        suspension_law="R. 5121-74-8",
        end_law="R. 5121-74-9",
    ),
}
"""Procedure that granted the title -> the words of its letters."""


@dataclass(frozen=True)
class Cause:
    """Why an authority ends a title early, and how the patient may go on, when the cause itself says it."""

    said: str
    then: str = ""


CAUSES: Final = {
    "ma": Cause(
        "qu’une autorisation de mise sur le marché couvre désormais l’indication",
        "Le traitement peut être poursuivi avec le médicament autorisé, dans les conditions de son autorisation de "
        "mise sur le marché.",
    ),
    "aap": Cause(
        "qu’un accès précoce couvre désormais l’indication",
        "Le traitement peut être poursuivi dans le cadre de l’accès précoce, selon les modalités de son protocole.",
    ),
    "reimbursed": Cause("que le médicament est désormais pris en charge dans l’indication"),
    "ce_obtained": Cause("que le dispositif porte désormais le marquage CE"),
    "safety": Cause("que la sécurité d’emploi du médicament ne permet plus de poursuivre"),
}
"""Choices of the transition `cease`."""

# Characters that reverse or hide what the reader sees: a refusal must not read as a grant.
INVISIBLE: Final = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")


def clean(value: Any) -> Any:
    """The same facts without control characters, direction overrides or broken surrogates, in composed Unicode."""
    if isinstance(value, str):
        text = value.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "ignore").decode()
        kept = (c for c in text if c in "\n\t" or (unicodedata.category(c) != "Cc" and c not in INVISIBLE))
        return unicodedata.normalize("NFC", "".join(kept)).strip()
    if isinstance(value, dict):
        return {key: clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    return value


def french_date(day: str | dt.date | None) -> str:
    """ "1er mars 2026"; empty for no date.

    >>> french_date("2026-03-01")
    '1er mars 2026'
    """
    if not day:
        return ""
    date = dt.date.fromisoformat(day) if isinstance(day, str) else day
    number = "1er" if date.day == 1 else str(date.day)
    return f"{number} {MONTHS[date.month - 1]} {date.year}"


def french_month(month: str) -> str:
    """ "mars 1984" from "1984-03"; what was typed when it is not a month.

    >>> french_month("1984-03")
    'mars 1984'
    """
    year, _, number = month.partition("-")
    if year.isdigit() and number.isdigit() and 1 <= int(number) <= 12:
        return f"{MONTHS[int(number) - 1]} {year}"
    return month


def span(starts_on: dt.date, ends_on: dt.date) -> str:
    """How long a period lasts, both days included: in months when it is date to date, else in days.

    >>> span(dt.date(2026, 11, 23), dt.date(2027, 11, 22))
    '12 mois'
    >>> span(dt.date(2026, 11, 23), dt.date(2026, 11, 23))
    '1 jour'
    """
    after = ends_on + dt.timedelta(days=1)
    months = (after.year - starts_on.year) * 12 + after.month - starts_on.month
    if after.day == starts_on.day and months > 0:
        return f"{months} mois"
    days = (after - starts_on).days
    return f"{days} jour" if days == 1 else f"{days} jours"


def medicine_name(medicine: dict[str, str]) -> str:
    """The name, or else the substance, or else the code name: one of them is mandatory (R.5121-74-3)."""
    return medicine["name"] or medicine["inn"] or medicine["code_name"]
