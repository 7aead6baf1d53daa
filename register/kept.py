"""What is read again and again by anybody, kept in the cache for some minutes. Without a cache it is made each time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from django.core.cache import cache

log = logging.getLogger(__name__)

SECONDS: Final = 600


def kept(key: str, make: Callable[[], Any]) -> Any:
    """What `make()` gave at most `SECONDS` ago."""
    return kept_each([key], lambda _missing: {key: make()})[key]


def kept_each(keys: list[str], make: Callable[[list[str]], Mapping[str, Any]]) -> dict[str, Any]:
    """The values of `keys`, each at most `SECONDS` old; `make` gives those that are not there."""
    found: dict[str, Any] = {}
    with _whatever_the_cache_does():
        found = cache.get_many(keys)
    missing = [key for key in keys if key not in found]
    if missing:
        made = dict(make(missing))
        with _whatever_the_cache_does():
            cache.set_many(made, SECONDS)
        found |= made
    return found


@contextmanager
def _whatever_the_cache_does() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever the cache can raise, the page does without it
        log.warning("the register was not kept in the cache: %s", type(error).__name__)
