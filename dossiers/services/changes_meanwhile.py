"""A renewal that was being written or examined when its authorisation was changed goes on from what was changed.

A decision on new data, or on the marketing authorisation obtained, says of the authorisation something else than the
request of its renewal, begun before, which had copied the earlier words. What the renewal says in words of its own
stands: it was asked and decided as such.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dossiers.forms.registry import form_set
from dossiers.models import Dossier, Title, TitleVersion
from workflows.guards import RENEWAL

Sections = Mapping[str, Mapping[str, Any]]
ABSENT: Final = object()


@dataclass(frozen=True)
class Said:
    """What a title says on its first day: answers, rows of the catalogue (keys, or None), pathway."""

    answers: Sections
    medicine: int | None
    indication: int | None
    pathway: str


def said_on_the_first_day(dossier: Dossier, answers: Sections) -> Said:
    """Of the title that the grant of `dossier` opens, whose own answers are `answers`."""
    own = Said(answers, dossier.medicine_id, dossier.indication_id, dossier.pathway)
    parent = dossier.parent_title
    if parent is None or dossier.kind != RENEWAL:
        return own
    copied, changed = _around(dossier, parent)
    if changed is None:
        return own
    forms = form_set(dossier.procedure)
    before, since = (_answers(one) for one in (copied, changed))
    merged = _merged(answers, forms.prefill(before), forms.prefill(since))
    copied_rows = forms.derive(before)
    return Said(
        answers=merged,
        medicine=parent.medicine_id if dossier.medicine_id == copied_rows.medicine_id else dossier.medicine_id,
        indication=parent.indication_id
        if dossier.indication_id == copied_rows.indication_id
        else dossier.indication_id,
        pathway=forms.derive(merged).pathway or dossier.pathway,
    )


def _around(dossier: Dossier, parent: Title) -> tuple[TitleVersion, TitleVersion | None]:
    """(the version that the draft of the renewal copied, the last one that a decision made since; None without one)."""
    versions = list(parent.versions.order_by("number"))
    copied = next((one for one in reversed(versions) if one.at <= dossier.created_at), versions[0])
    since = (one for one in reversed(versions) if one.number > copied.number and one.content.get("decided_by"))
    return copied, next(since, None)


def _answers(version: TitleVersion) -> dict[str, dict[str, Any]]:
    return dict(version.content.get("answers") or {})


def _merged(own: Sections, before: Sections, since: Sections) -> dict[str, dict[str, Any]]:
    """`own`, and in each field that it copied from `before` what `since` says of it."""
    merged = {key: dict(fields) for key, fields in own.items()}
    for section in before.keys() | since.keys():
        was, now, mine = before.get(section, {}), since.get(section, {}), merged.get(section, {})
        for name in was.keys() | now.keys():
            old, new = was.get(name, ABSENT), now.get(name, ABSENT)
            if old == new or mine.get(name, ABSENT) != old:
                continue
            if new is ABSENT:
                mine.pop(name, None)
            else:
                mine[name] = new
        if mine:
            merged[section] = mine
    return merged
