"""A whole file: cases one by one, each title followed by the calendar once all its renewals are played."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from catalogue.lookup import kept_rows
from dossiers.models import ImportedCase
from dossiers.services.history.case import Case, Entry, Outcome
from dossiers.services.history.replay import Importer, outcome_of, told_before

CHUNK: Final = 1_000


def import_cases(entries: Sequence[Entry], *, now: dt.datetime) -> Iterator[tuple[int, Outcome]]:
    """Replay every entry; yields (its rank from 0, what became of it), a title's renewals next to it.

    Each case is one transaction, with the renewals of its title within it: the run may stop anywhere and be started
    again, and adds what is missing.
    """
    importer = Importer(now=now)
    known = _known([entry.id for entry in entries])
    with kept_rows():
        for family in families(entries):
            yield from _play_family(importer, family, known)


def _known(ids: Sequence[str]) -> dict[str, ImportedCase]:
    found: dict[str, ImportedCase] = {}
    for start in range(0, len(ids), CHUNK):
        found |= {row.case: row for row in _rows(ids[start : start + CHUNK])}
    return found


def _rows(ids: Sequence[str]) -> QuerySet[ImportedCase]:
    return ImportedCase.objects.select_related("dossier__title").filter(case__in=ids)


def families(entries: Sequence[Entry]) -> list[list[tuple[int, Entry]]]:
    """The entries with their ranks, a renewal with what it renews and after it, otherwise in the order of the file."""
    rank_of = {entry.id: rank for rank, entry in reversed(list(enumerate(entries)))}
    grouped: dict[int, list[tuple[int, int, Entry]]] = {}
    for rank, entry in enumerate(entries):
        root, depth = rank, 0
        seen = {rank}
        while (above := _parent_rank(entries[root], rank_of)) is not None and above not in seen:
            seen.add(above)
            root, depth = above, depth + 1
        if above is not None:
            root = min(seen)  # renewals of each other: none of them has a title to renew, and each is refused
        grouped.setdefault(root, []).append((depth, rank, entry))
    return [[(rank, entry) for _depth, rank, entry in sorted(family, key=_by_depth)] for family in grouped.values()]


def _by_depth(member: tuple[int, int, Entry]) -> tuple[int, int]:
    return member[:2]


def _parent_rank(entry: Entry, rank_of: dict[str, int]) -> int | None:
    return rank_of.get(entry.parent) if isinstance(entry, Case) and entry.parent else None


def _play_family(
    importer: Importer, family: list[tuple[int, Entry]], known: dict[str, ImportedCase]
) -> list[tuple[int, Outcome]]:
    """In one transaction, so that nobody and no daily job ever meets a title whose renewal is still to be played; each
    case in its own within it. A family that was there whole is only told: its titles live here since."""
    if len(family) == 1:
        rank, entry = family[0]
        return [(rank, _play(importer, entry, known, follow=True))]
    with transaction.atomic(durable=True):
        outcomes = [(rank, entry, _play(importer, entry, known, follow=False)) for rank, entry in family]
        kept = [entry for _rank, entry, outcome in outcomes if isinstance(entry, Case) and outcome.fate != "refused"]
        if any(outcome.fate == "kept" for _rank, _entry, outcome in outcomes):
            importer.follow(kept)
    now = {row.case: row for row in _rows([entry.id for entry in kept])}
    return [
        (rank, outcome if outcome.fate == "refused" else outcome_of(entry, outcome.fate, now[entry.id].dossier))
        for rank, entry, outcome in outcomes
    ]


def _play(importer: Importer, entry: Entry, known: dict[str, ImportedCase], *, follow: bool) -> Outcome:
    if not isinstance(entry, Case):
        return Outcome(entry.id, "refused", refused=(entry.refusal,))
    row = known.get(entry.id)
    return told_before(entry, row) if row is not None else importer.play(entry, follow=follow)
