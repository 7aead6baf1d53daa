"""Which version a client read: `ETag` out, `If-Match` in."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from api.errors import NoIfMatch
from dossiers.services.errors import Stale
from workflows.types import Reason

_VERSION = re.compile(r'(?:W/)?"?(\d{1,9})"?', re.ASCII)
"""Weak too: a proxy that compresses what we answer weakens its tag, and the version is the same."""


def etag(version: int) -> str:
    return f'"{version}"'


def if_match(request: Request, *, present: int | None = None, required: bool = True) -> int | None:
    """The version that the client read; None for `*`, "whatever the version", or when none is given and none needed.

    Of several tags, it is the one of the `present` version, if it is among them. A tag of somebody else's making is -1:
    it matches no version, and the services then say which one is present. Raises NoIfMatch (428) when it is required
    and absent.
    """
    given = request.headers.get("If-Match", "").strip()
    if not given:
        if required:
            message = _("Send If-Match with the ETag you read, or * to act whatever the version.")
            raise NoIfMatch([Reason("if_match_required", message)])
        return None
    if given == "*":
        return None
    found = [_VERSION.fullmatch(tag.strip()) for tag in given.split(",")]
    versions = [int(one.group(1)) if one else -1 for one in found]
    return present if present in versions else versions[0]


def refuse_stale(request: Request, version: int) -> None:
    """For writes that need no If-Match and honour one: raises Stale (412) when the file changed since."""
    expected = if_match(request, present=version, required=False)
    if expected is not None and expected != version:
        message = _("This file has changed since you opened it: look at what changed, then decide again.")
        raise Stale(current_version=version, reasons=[Reason("stale", message)])
