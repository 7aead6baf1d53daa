"""The hidden key of a form: sent twice (a double click, a reloaded page), the act is done once."""

from __future__ import annotations

import secrets

from django.http import HttpRequest

LONGEST_KEY = 100


def new_key() -> str:
    return secrets.token_urlsafe(16)


def key_of(request: HttpRequest) -> str:
    """The posted key; a form without one cannot be repeated safely and gets a new one."""
    return request.POST.get("key", "")[:LONGEST_KEY].replace("\x00", "") or new_key()


def version_of(request: HttpRequest) -> int | None:
    """The version that the form was made from; None when it does not say one that can be read."""
    typed = request.POST.get("version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None
