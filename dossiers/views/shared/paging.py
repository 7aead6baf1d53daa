"""Addresses of the pages of a list: filters, order and place, all in the query string."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from dossiers.queries.keyset import BadCursor, Page


def address(request: HttpRequest, pairs: Iterable[tuple[str, str]], **more: str) -> str:
    """This page's path with `pairs` and the non-empty `more` as its query string."""
    query = urlencode([*pairs, *((name, value) for name, value in more.items() if value)])
    return f"{request.path}?{query}" if query else request.path


def first_page_if_lost(request: HttpRequest, read: Callable[[str], Page]) -> Page:
    """`read(cursor)`, or the first page with a word of explanation when the cursor of the address is wrong."""
    try:
        return read(request.GET.get("page", ""))
    except BadCursor:
        messages.warning(request, _("This link to a page of the list no longer works: here is its beginning."))
        return read("")
