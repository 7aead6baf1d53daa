"""Too many requests: 429, with when to come back."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.api.callers import BASE, caller

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
def a_slow_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute that does not end while the test counts."""
    monkeypatch.setattr("api.throttles.time.time", lambda: 1_000_000_020.0)


@pytest.mark.usefixtures("a_slow_minute")
def test_a_token_is_limited_and_told_when_to_come_back(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    client = caller("prescriber")
    answers = [client.get(f"{BASE}me/") for _time in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2]["Content-Type"] == "application/problem+json"
    assert 1 <= int(answers[2]["Retry-After"]) <= 60
    assert caller("pharmacist").get(f"{BASE}me/").status_code == 200


@pytest.mark.usefixtures("a_slow_minute")
def test_an_address_without_a_valid_token_is_limited(settings: Any) -> None:
    settings.API_ANONYMOUS_REQUESTS_PER_MINUTE = 2
    client = APIClient(HTTP_AUTHORIZATION="Bearer guess")
    assert [client.get(f"{BASE}me/").status_code for _time in range(3)] == [401, 401, 429]
    assert caller("prescriber").get(f"{BASE}me/").status_code == 200


@pytest.mark.usefixtures("a_slow_minute")
def test_whoever_tries_secrets_is_limited(settings: Any) -> None:
    settings.API_TOKEN_REQUESTS_PER_MINUTE = 1
    kind = "application/x-www-form-urlencoded"
    answers = [APIClient().post("/api/oauth/token/", "grant_type=x", content_type=kind) for _time in range(2)]
    assert [one.status_code for one in answers] == [401, 429]
    assert answers[1]["Retry-After"]


def test_without_a_cache_nobody_is_refused(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    client = caller("prescriber")
    assert [client.get(f"{BASE}me/").status_code for _time in range(2)] == [200, 200]
