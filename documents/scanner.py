"""ClamAV, when `settings.CLAMAV_URL` names one: tcp://host:3310 or unix:///path/of/clamd.sock."""

from __future__ import annotations

from typing import IO, Final, Literal
from urllib.parse import urlsplit

import clamd
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

TIMEOUT_SECONDS: Final = 60


class ScannerSilent(Exception):
    """The scanner is configured but does not answer, or could not finish: ask again later."""


def is_configured() -> bool:
    return bool(settings.CLAMAV_URL)


def scan(content: IO[bytes]) -> Literal["clean", "infected"]:
    """What the scanner says of a file. Raises `ScannerSilent`."""
    try:
        verdict, detail = _client().instream(content)["stream"]
    except (clamd.ClamdError, OSError, ValueError, KeyError, TypeError) as error:
        raise ScannerSilent(type(error).__name__) from error
    if verdict == "OK":
        return "clean"
    if verdict == "FOUND":
        return "infected"
    raise ScannerSilent(str(detail)[:200])


def _client() -> clamd.ClamdNetworkSocket:
    parts = urlsplit(settings.CLAMAV_URL)
    if parts.scheme == "tcp" and parts.hostname:
        return clamd.ClamdNetworkSocket(parts.hostname, parts.port or 3310, TIMEOUT_SECONDS)
    if parts.scheme == "unix" and parts.path:
        return clamd.ClamdUnixSocket(parts.path, TIMEOUT_SECONDS)
    raise ImproperlyConfigured("CLAMAV_URL must be tcp://host:port or unix:///path")
