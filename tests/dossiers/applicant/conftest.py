"""A browser without a browser: signed-in clients, one per demo account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.demo import DOMAIN
from accounts.models import Person


@pytest.fixture
def signed_in(world: None) -> Callable[..., Client]:
    """`signed_in("prescriber")` is a client of that demo account; English, so that tests read the message ids."""

    def sign_in(login: str, **options: Any) -> Client:
        client = Client(**options)
        client.force_login(Person.objects.get(email=f"{login}@{DOMAIN}"))
        client.cookies["django_language"] = "en"
        return client

    return sign_in
