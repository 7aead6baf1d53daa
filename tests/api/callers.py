"""Clients of the API that carry a token, as another system would."""

from __future__ import annotations

from typing import Any

import httpx
from django.core.wsgi import get_wsgi_application
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.actors import active_memberships
from accounts.models import Person
from api.scopes import SCOPES
from api.tokens import create_token

BASE = "/api/v1/"
ADDRESS = f"http://testserver{BASE}"


def in_process() -> httpx.BaseTransport:
    """The whole site, without a socket nor a thread per visit, for who asks hundreds of times: half the time. The
    stories (test_story.py, test_device_story.py), the examples and the races go over a real socket."""
    return httpx.WSGITransport(app=get_wsgi_application())


def token_of(login: str, *, scopes: Any = SCOPES, role: str = "") -> str:
    person = Person.objects.get(email=f"{login}@demo.example")
    held = list(active_memberships(person, timezone.localdate()))
    membership = next((one for one in held if not role or one.role == role), None)
    return create_token(person=person, membership=membership, name="tests", scopes=scopes, days=1, at=timezone.now())[1]


def caller(login: str, *, language: str = "en", scopes: Any = SCOPES) -> APIClient:
    """A client that acts as `<login>@demo.example`; errors of ours are answers (500), not exceptions."""
    client = APIClient(HTTP_ACCEPT_LANGUAGE=language)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token_of(login, scopes=scopes)}")
    return client


def codes(answer: Any) -> list[str]:
    return [reason["code"] for reason in answer.json()["reasons"]]
