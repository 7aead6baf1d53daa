"""Reading the query string and the headers: whatever is not understood is refused by name, never ignored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from api.errors import BadRequest
from api.schema.operations import Query
from dossiers.queries.keyset import PAGE_SIZE, Page
from workflows.types import Reason

LARGEST_PAGE: Final = 100
LONGEST_TEXT: Final = 200
_KEY: Final = re.compile(r"[!-~]{1,200}", re.ASCII)

CURSOR: Final = Query(
    "cursor", {"type": "string", "maxLength": 400}, _("Where the page starts: follow `next`, do not make one.")
)
SIZE: Final = Query(
    "size",
    {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE_SIZE},
    _("How many of the list at once."),
)
IF_MATCH: Final = Query("If-Match", {}, "", where="header", required=True)
IF_MATCH_IF_WANTED: Final = Query("If-Match", {}, "", where="header")
IDEMPOTENCY_KEY: Final = Query("Idempotency-Key", {}, "", where="header")


def known_only(request: Request, known: Iterable[Query]) -> None:
    """Raises BadRequest: a filter misspelt would give the whole list in place of what was asked."""
    names = {one.name for one in known if one.where == "query"}
    wrong = [name for name in request.query_params if name not in names]
    reasons = [Reason("unknown_parameter", _("This list has no such parameter."), name[:100]) for name in wrong]
    for name in names & set(request.query_params):
        if any("\x00" in value for value in request.query_params.getlist(name)):
            reasons.append(Reason("characters", _("This text holds characters that cannot be stored."), name))
    if reasons:
        raise BadRequest(reasons)


def text(request: Request, name: str) -> str:
    value = str(request.query_params.get(name, ""))
    if len(value) > LONGEST_TEXT:
        raise _wrong(name, _("This is too long: %d characters at most.") % LONGEST_TEXT)
    return value


def choice(request: Request, name: str, allowed: Iterable[str]) -> str:
    """One of `allowed`, or "" when it is not given."""
    value = str(request.query_params.get(name, ""))
    if value and value not in (known := sorted(allowed)):
        raise _wrong(name, _("Choose one of: %s.") % ", ".join(known))
    return value


def number(request: Request, name: str, *, least: int, most: int) -> int | None:
    value = str(request.query_params.get(name, ""))
    if not value:
        return None
    if not re.fullmatch(r"\d{1,9}", value, re.ASCII) or not least <= int(value) <= most:
        raise _wrong(name, _("Write a whole number from %(least)d to %(most)d.") % {"least": least, "most": most})
    return int(value)


def flag(request: Request, name: str) -> bool:
    return choice(request, name, ("true", "false")) == "true"


def cursor(request: Request) -> str:
    return str(request.query_params.get(CURSOR.name, ""))


def size(request: Request) -> int:
    return number(request, SIZE.name, least=1, most=LARGEST_PAGE) or PAGE_SIZE


def idempotency_key(request: Request) -> str:
    """The client's key for this act; "" when it gives none. Raises BadRequest for one that cannot be kept."""
    given = str(request.headers.get("Idempotency-Key", ""))
    if given and not _KEY.fullmatch(given):
        raise _wrong("Idempotency-Key", _("Between 1 and 200 visible ASCII characters."))
    return given


def _wrong(name: str, message: Any) -> BadRequest:
    return BadRequest([Reason("parameter", message, name)])


def listed(request: Request, page: Page, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The body of a list: its rows, and where the pages after and before it are."""
    return {
        "results": rows,
        "next": _address(request, page.next),
        "previous": _address(request, page.previous),
    }


def whole(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The body of a list that has one page."""
    return {"results": rows, "next": None, "previous": None}


def _address(request: Request, cursor: str) -> str | None:
    if not cursor:
        return None
    kept: Mapping[str, list[str]] = {name: values for name, values in request.query_params.lists() if name != "cursor"}
    return request.build_absolute_uri(f"{request.path}?{urlencode({**kept, 'cursor': cursor}, doseq=True)}")
