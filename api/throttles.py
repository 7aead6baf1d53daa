"""How often one token or one address may ask. Counted in the cache by the minute; without a cache nobody is slowed."""

from __future__ import annotations

import logging
import time
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

log = logging.getLogger(__name__)

MINUTE = 60


class _ByTheMinute(BaseThrottle):
    setting = ""

    def who(self, request: Request) -> str:
        """Whom to count, or "" when this throttle is not about them."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: Any) -> bool:
        limit = getattr(settings, self.setting)
        who = self.who(request)
        return not limit or not who or _count(f"api:{self.setting}:{who}:{int(time.time()) // MINUTE}") <= limit

    def wait(self) -> float:
        return MINUTE - time.time() % MINUTE


def _count(key: str) -> int:
    """How many times this was asked in this minute, this time included."""
    try:
        if cache.add(key, 1, 2 * MINUTE):
            return 1
        return int(cache.incr(key))
    except Exception as error:
        log.warning("the cache does not answer (%s): API requests are not counted", type(error).__name__)
        return 0


class PerToken(_ByTheMinute):
    """Whoever is known: by their token, else by who they are."""

    setting = "API_REQUESTS_PER_MINUTE"

    def who(self, request: Request) -> str:
        if request.auth is None:
            return ""
        return f"token-{request.auth.token.pk}" if request.auth.token else f"person-{request.auth.person.pk}"


class PerAddress(_ByTheMinute):
    """Whoever is not."""

    setting = "API_ANONYMOUS_REQUESTS_PER_MINUTE"

    def who(self, request: Request) -> str:
        return _address(request) if request.auth is None else ""


class PerAddressAskingForTokens(_ByTheMinute):
    """Somebody who tries secrets one after another."""

    setting = "API_TOKEN_REQUESTS_PER_MINUTE"

    def who(self, request: Request) -> str:
        return _address(request)


def _address(request: Request) -> str:
    return str(get_adapter(request._request).get_client_ip(request._request))
