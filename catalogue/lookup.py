"""Rows of the catalogue read once for a whole job, which reads the same few products again and again.

Only inside `kept_rows()`, and only for a job that changes no product: a page always reads what is there now.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from catalogue.models import Indication, Medicine

_kept: Final[ContextVar[dict[tuple[type, int], Any] | None]] = ContextVar("kept_rows", default=None)


@contextmanager
def kept_rows() -> Iterator[None]:
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def indication(pk: int) -> Indication | None:
    """With its medicine and its criteria versions, which its readers ask for again and again."""
    rows = Indication.objects.select_related("medicine").prefetch_related("criteria_versions")
    return _row(Indication, pk, rows)


def medicine(pk: int) -> Medicine | None:
    return _row(Medicine, pk, Medicine.objects.all())


def _row(model: type, pk: int, rows: Any) -> Any:
    kept = _kept.get()
    if kept is not None and (model, pk) in kept:
        return kept[(model, pk)]
    row = rows.filter(pk=pk).first()
    if kept is not None and row is not None:
        kept[(model, pk)] = row
    return row
