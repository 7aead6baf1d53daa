"""One entry of the register with its history, for its page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from django.db.models import Prefetch

from catalogue.differences import Change, described, differences, limits_described
from catalogue.models import CriteriaVersion, Criterion
from dossiers.models import Event
from register import published, queries
from register.exports.rows import Entry, load
from workflows.dates import civil_date
from workflows.registry import TITLE, procedure
from workflows.types import Text

LONGEST_KEY: Final = 40
LARGEST_ID: Final = 2**63 - 1


@dataclass(frozen=True)
class Criteria:
    """A version of the grant criteria. `changes` since the version before it, None for the first."""

    version: CriteriaVersion
    current: bool
    lines: list[str]
    limits: list[str]
    changes: list[Change] | None


@dataclass(frozen=True)
class Act:
    """Something that happened to a title."""

    on: dt.date
    label: Text


@dataclass(frozen=True)
class Shown:
    """`law` is what makes the entry public; `small` the number under which a count is not told."""

    entry: Entry
    criteria: list[Criteria]
    acts: list[Act]
    law: str
    small: int = published.SMALL


def find(kind: str, key: str, on: dt.date) -> Shown | None:
    """The entry at this address as of the civil day `on`; None when there is none, or none that is public."""
    row = _row(kind, key, on)
    if row is None:
        return None
    entry = load([row], on, counts=True)[0]
    return Shown(
        entry=entry,
        criteria=_criteria(row["id"], on) if kind == queries.REFERENTIAL else [],
        acts=_acts(row["id"]) if kind == queries.TITLE else [],
        law=procedure(entry.procedure).public.law,
    )


def _row(kind: str, key: str, on: dt.date) -> dict[str, Any] | None:
    if kind not in queries.KINDS or len(key) > LONGEST_KEY or "\x00" in key:
        return None
    rows: Any
    if kind == queries.REFERENTIAL:
        if not (key.isascii() and key.isdigit()) or int(key) > LARGEST_ID or key != str(int(key)):
            return None
        rows = queries.dated_referential(on).filter(pk=int(key))
    elif kind == queries.TITLE:
        rows = queries.dated_titles(on).filter(number=key)
    else:
        rows = queries.dated_refusals().filter(filing_number=key)
    found: dict[str, Any] | None = rows.values("rank", "id").first()
    return found


def _criteria(indication: int, on: dt.date) -> list[Criteria]:
    """The latest first. A version that starts later is not published yet."""
    lines = Prefetch("criteria", Criterion.objects.order_by("position", "id"))
    versions = list(
        CriteriaVersion.objects.filter(indication=indication, starts_on__lte=on)
        .prefetch_related(lines)
        .order_by("-number")
    )
    changes: list[list[Change] | None] = [differences(old, new) for new, old in pairwise(versions)]
    return [
        Criteria(
            version=version,
            current=version.is_current(on),
            lines=[described(criterion) for criterion in version.criteria.all()],
            limits=limits_described(version),
            changes=since,
        )
        for version, since in zip(versions, [*changes, None], strict=False)
    ]


def _acts(title: int) -> list[Act]:
    """What happened to the title, in the order it did: the acts' names, neither who did them nor why."""
    names = {row.name: row.past for row in TITLE.transitions if not row.staff_only}
    events = Event.objects.filter(dossier__title=title, machine="title", staff_only=False, verb__in=names)
    return [Act(civil_date(at), names[verb]) for verb, at in events.order_by("seq").values_list("verb", "at")]
