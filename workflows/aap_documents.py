"""Which documents an early access request cannot go without (CSP R.5121-68, II; R.5121-69-4 for a renewal)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from workflows.aap_guards import FIRST, POST_MA, PRE_MA, RENEWAL

DRAFTS: Final = ("smpc", "leaflet", "label")
"""Joined by ANSM to a favourable opinion (CSP R.5121-69)."""


def documents_needed(kind: str, answers: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Codes of `dossiers.forms.documents.AAP_KINDS`, from clean answers, in the order in which they are asked.

    That the mandate of a representative is attached is not verified: no text seen says so.
    """
    needed: list[str] = []
    # Once the MA is obtained there is but one pathway.
    pathway = POST_MA if kind == "ma_obtained" else answers.get("request", {}).get("pathway")
    if pathway == PRE_MA:
        needed += [*DRAFTS, "technical_file"]
        if answers.get("quality", {}).get("file") == "brochure":
            needed.append("brochure")
    elif pathway == POST_MA:
        needed.append("ma_annexes")
    if kind == RENEWAL:
        needed.append("synthesis_report")
    if kind == FIRST and answers.get("gmo", {}).get("is_gmo") == "yes":
        needed.append("gmo_authorisation")
    if answers.get("contacts", {}).get("capacity") == "mandatary":
        needed.append("mandate")
    return tuple(needed)


def documents_missing(kind: str, answers: Mapping[str, Mapping[str, Any]], attached: Iterable[str]) -> tuple[str, ...]:
    """Those needed of which no document is among the `attached` kinds."""
    there = set(attached)
    return tuple(one for one in documents_needed(kind, answers) if one not in there)
