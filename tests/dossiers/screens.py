"""What the tests of screens share: a signed-in browser, and how many queries a page costs."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Person
from tests.dossiers.world import story

LATELY = dt.timedelta(days=5)


def browser(login: str, language: str = "en") -> Client:
    """A client signed in as a demo account, its first request (which writes the session) behind it."""
    client = Client()
    client.force_login(Person.objects.get(email=f"{login}@demo.example"))
    client.cookies["django_language"] = language
    client.get("/help/")
    return client


def cost(client: Client, url: str) -> int:
    """Queries of one page, everything included."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def text_of(response: Any) -> str:
    """What a reader sees, spaces squeezed."""
    return re.sub(r"\s+", " ", BeautifulSoup(response.content, "html.parser").get_text(" "))


def hidden(response: Any, name: str) -> str:
    return str(BeautifulSoup(response.content, "html.parser").find("input", {"name": name, "type": "hidden"})["value"])  # type: ignore[index]


def lately(**options: Any) -> Any:
    """A story of these last days, so that dates offered today make sense."""
    return story(at=timezone.now() - LATELY, **options)
