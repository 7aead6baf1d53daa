"""What the requests of one filing have in common, and where they part."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from dossiers.forms.base import Answers
from dossiers.forms.registry import form_set
from dossiers.models import Dossier
from dossiers.queries.answers import form_context
from workflows.types import Text


@dataclass(frozen=True)
class PartOfAll:
    """One shared section of a draft, set against those of its siblings: references where it is empty, where it says
    something else. Neither: it says the same everywhere."""

    key: str
    title: Text
    empty: tuple[str, ...]
    other: tuple[str, ...]

    @property
    def same(self) -> bool:
        return not self.empty and not self.other


def shared_parts(
    dossier: Dossier, drafts: Mapping[str, Answers], on: dt.date, shared: frozenset[str]
) -> list[PartOfAll]:
    """Every section among `shared` in which `dossier` says something. `drafts`: raw answers by reference, its own among
    them."""
    own = drafts[dossier.reference]
    others = {reference: raw for reference, raw in drafts.items() if reference != dossier.reference}
    found = []
    for form in form_set(dossier.procedure).applicable(form_context(dossier, on, own)):
        if form.key in shared and own.get(form.key):
            said = {reference: raw.get(form.key) for reference, raw in others.items()}
            found.append(
                PartOfAll(
                    form.key,
                    form.title,
                    tuple(reference for reference, data in said.items() if not data),
                    tuple(reference for reference, data in said.items() if data and data != own[form.key]),
                )
            )
    return found
