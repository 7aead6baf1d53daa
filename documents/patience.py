"""A gentle brake on whoever tries one wrong code after another. The codes cannot be guessed; the server is spared."""

from __future__ import annotations

import logging
from typing import Final

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

log = logging.getLogger(__name__)

WRONG_CODES: Final = 30
SECONDS: Final = 600


def is_exhausted(request: HttpRequest) -> bool:
    """Whether this address typed too many wrong codes lately. Without a cache nobody is slowed."""
    try:
        return int(cache.get(_key(request), 0)) >= WRONG_CODES
    except Exception as error:
        log.warning("the cache does not answer (%s): wrong codes are not counted", type(error).__name__)
        return False


def count_wrong_code(request: HttpRequest) -> None:
    key = _key(request)
    try:
        if not cache.add(key, 1, SECONDS):
            cache.incr(key)
    except Exception as error:
        log.warning("the cache does not answer (%s): a wrong code is not counted", type(error).__name__)


def _key(request: HttpRequest) -> str:
    return f"documents:wrong-codes:{get_adapter(request).get_client_ip(request)}"
