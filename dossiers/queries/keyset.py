"""Pages of a long list by key, not by number: page 400 costs what page 1 costs, and rows that arrive move nothing.

A cursor is opaque, comes from the outside, and is believed in nothing: a wrong one is `BadCursor`, never a fault.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.db.models import Q, QuerySet

PAGE_SIZE: Final = 50
_LONGEST_CURSOR: Final = 400
_LARGEST_ID: Final = 2**63 - 1
_NOTHING: Final = Q(pk__in=[])

ColumnKind = Literal["boolean", "date", "datetime", "integer"]


class BadCursor(ValueError):
    """The cursor was altered, cut, or made for another ordering."""


@dataclass(frozen=True)
class Column:
    """One sort key. A nullable one sorts its nulls last when ascending, as PostgreSQL does."""

    name: str
    kind: ColumnKind
    descending: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class Ordering:
    """Its last column is unique, so that no two rows share a place."""

    code: str
    columns: tuple[Column, ...]

    def order_by(self, *, backwards: bool = False) -> list[str]:
        return [("-" if column.descending != backwards else "") + column.name for column in self.columns]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True)
class Page:
    """`rows` are dicts. `next` and `previous` are cursors, empty at the ends."""

    rows: list[dict[str, Any]]
    next: str = ""
    previous: str = ""


def page(
    queryset: QuerySet[Any], ordering: Ordering, cursor: str, columns: Sequence[str], size: int = PAGE_SIZE
) -> Page:
    """The rows after (or before) `cursor`, as dicts of `columns`, in one query. Raises BadCursor."""
    return page_of_several([queryset], ordering, cursor, columns, size)


def page_of_several(
    querysets: Sequence[QuerySet[Any]], ordering: Ordering, cursor: str, columns: Sequence[str], size: int = PAGE_SIZE
) -> Page:
    """A page of one list that lies in several tables, one query each: all have `columns` and those of `ordering`, whose
    last two must tell the tables' rows apart. Raises BadCursor."""
    backwards, values = _read(cursor, ordering) if cursor else (False, ())
    wanted = list(dict.fromkeys([*columns, *ordering.names]))
    rows: list[dict[str, Any]] = []
    for queryset in querysets:
        if cursor:
            queryset = queryset.filter(_beyond(ordering, values, backwards=backwards))
        rows += queryset.order_by(*ordering.order_by(backwards=backwards)).values(*wanted)[: size + 1]
    if len(querysets) > 1:
        _sort(rows, ordering, backwards=backwards)
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return Page([])
    has_next, has_previous = (True, more) if backwards else (more, bool(cursor))
    return Page(
        rows,
        next=_write(rows[-1], ordering, ">") if has_next else "",
        previous=_write(rows[0], ordering, "<") if has_previous else "",
    )


def _sort(rows: list[dict[str, Any]], ordering: Ordering, *, backwards: bool) -> None:
    """As PostgreSQL does: sorts are stable, so the last column goes first. Nulls are the greatest."""
    for column in reversed(ordering.columns):
        name = column.name
        some = [row[name] for row in rows if row[name] is not None]
        filler = some[0] if some else 0
        rows.sort(
            key=lambda row: (row[name] is None, filler if row[name] is None else row[name]),  # noqa: B023 - used at once
            reverse=column.descending != backwards,
        )


def _beyond(ordering: Ordering, values: Sequence[Any], *, backwards: bool) -> Q:
    """(a, b, id) after (x, y, z): a after x, or a the same and b after y, or both the same and id after z."""
    condition, same = _NOTHING, Q()
    for column, value in zip(ordering.columns, values, strict=True):
        condition |= same & _after(column, value, ascending=column.descending == backwards)
        same &= Q(**{f"{column.name}__isnull": True}) if value is None else Q(**{column.name: value})
    return condition


def _after(column: Column, value: Any, *, ascending: bool) -> Q:
    nulls_come_last = not column.descending
    null = Q(**{f"{column.name}__isnull": True})
    if value is None:
        at_the_end = nulls_come_last == ascending
        return _NOTHING if at_the_end else ~null
    compared = Q(**{f"{column.name}__{'gt' if ascending else 'lt'}": value})
    nulls_are_ahead = column.nullable and nulls_come_last == ascending
    return compared | null if nulls_are_ahead else compared


# ------------------------------------------------------------------------------------------- cursor as text


def _write(row: dict[str, Any], ordering: Ordering, direction: str) -> str:
    values = [_plain(row[name]) for name in ordering.names]
    text = json.dumps([direction, ordering.code, *values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _read(cursor: str, ordering: Ordering) -> tuple[bool, tuple[Any, ...]]:
    if len(cursor) > _LONGEST_CURSOR:
        raise BadCursor
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        direction, code, *values = json.loads(text)
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise BadCursor from error
    if direction not in ("<", ">") or code != ordering.code or len(values) != len(ordering.columns):
        raise BadCursor
    return direction == "<", tuple(
        _typed(column, value) for column, value in zip(ordering.columns, values, strict=True)
    )


def _typed(column: Column, value: Any) -> Any:
    if value is None and column.nullable:
        return None
    if column.kind == "boolean" and isinstance(value, bool):
        return value
    if column.kind == "integer" and type(value) is int and 0 <= value <= _LARGEST_ID:
        return value
    try:
        if column.kind == "date" and isinstance(value, str):
            return dt.date.fromisoformat(value)
        if column.kind == "datetime" and isinstance(value, str):
            moment = dt.datetime.fromisoformat(value).astimezone(dt.UTC)
            if moment.year > 1:
                return moment
    except (ValueError, OverflowError) as error:
        raise BadCursor from error
    raise BadCursor
