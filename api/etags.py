"""Which version a client read: `ETag` out, `If-Match` in."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from api.errors import NoIfMatch
from dossiers.services.errors import Stale
from workflows.types import Reason

_VERSION = re.compile(r'(?:W/)?"?(\d{1,9})"?', re.ASCII)


def etag(version: int) -> str:
    return f'"{version}"'


def if_match(request: Request, *, required: bool = True) -> int | None:
    """The version that the client read; None for `*`, "whatever the version", or when none is given and none needed.

    Raises NoIfMatch (428) when it is required and absent, and Stale (412) for a tag that we never gave.
    """
    given = request.headers.get("If-Match", "").strip()
    if not given:
        if required:
            message = _("Send If-Match with the ETag you read, or * to act whatever the version.")
            raise NoIfMatch([Reason("if_match_required", message)])
        return None
    if given == "*":
        return None
    found = _VERSION.fullmatch(given)
    # A tag of somebody else's making matches no version; the services then say which one is present.
    return int(found.group(1)) if found else -1


def refuse_stale(request: Request, version: int) -> None:
    """For writes that need no If-Match and honour one: raises Stale (412) when the file changed since."""
    expected = if_match(request, required=False)
    if expected is not None and expected != version:
        message = _("This file has changed since you opened it: look at what changed, then decide again.")
        raise Stale(current_version=version, reasons=[Reason("stale", message)])
