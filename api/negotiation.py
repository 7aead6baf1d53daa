"""Which type a client takes best: `Accept`, its wildcards and its q values (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from typing import Any, Final

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

_QUALITY: Final = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.ASCII)
_LONGEST: Final = 2_000


class ByQuality(DefaultContentNegotiation):
    """The type that is asked for most; among equals the one that is named rather than covered by a wildcard, then the
    first that the view offers. Nothing said is anything."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        wanted = _ranges(request.headers.get("Accept", ""))
        ranked = [(*_weight(one.media_type, wanted), -rank, one) for rank, one in enumerate(renderers)]
        quality, _named, _rank, best = max(ranked, key=lambda found: found[:3])
        if quality <= 0:
            raise NotAcceptable(available_renderers=renderers)
        return best, best.media_type


def _ranges(header: str) -> dict[str, float]:
    """{range: q}. A q that cannot be read counts as 1; `*` alone is written by old Java clients for `*/*`."""
    found = {}
    for one in header[:_LONGEST].split(","):
        media, *parameters = (part.strip().lower() for part in one.split(";"))
        given = next((text[2:].strip() for text in parameters if text.startswith("q=")), "1")
        if media:
            found["*/*" if media == "*" else media] = float(given) if _QUALITY.fullmatch(given) else 1.0
    return found or {"*/*": 1.0}


def _weight(media: str, wanted: dict[str, float]) -> tuple[float, int]:
    """(q, how precisely it is named) of a type, by the most precise range that covers it; (0, 0) when none does.

    A view that offers `*/*` gives whatever it has: any range covers it.
    """
    if media == "*/*":
        return max(wanted.values()), 0
    for precision, covering in ((2, media), (1, media.partition("/")[0] + "/*"), (0, "*/*")):
        if covering in wanted:
            return wanted[covering], precision
    return 0.0, 0
