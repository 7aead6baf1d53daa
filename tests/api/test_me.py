"""Who is calling: tokens, their end, their scopes."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Membership, Person
from api.models import ApiCall, ApiToken
from tests.api.callers import BASE, caller, codes, token_of

pytestmark = pytest.mark.usefixtures("world")


def test_me_says_who_acts() -> None:
    answer = caller("prescriber").get(f"{BASE}me/")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    told = answer.json()
    assert told["account"]["email"] == "prescriber@demo.example"
    assert told["active_role"] == "prescriber"
    assert told["memberships"][0]["active"] is True
    assert told["scopes"] == ["act", "read", "write"]


def test_a_technical_administrator_has_no_role() -> None:
    told = caller("admin").get(f"{BASE}me/").json()
    assert told["active_role"] is None
    assert told["memberships"] == []


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic dTpw", "Bearer é"])
def test_without_a_valid_token_it_is_401(header: str) -> None:
    client = APIClient(HTTP_ACCEPT_LANGUAGE="en")
    answer = client.get(f"{BASE}me/", **({"HTTP_AUTHORIZATION": header} if header else {}))
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["status"] == 401


@pytest.mark.parametrize("ended", ["expired", "revoked", "membership", "person"])
def test_what_ended_opens_nothing(ended: str) -> None:
    client = caller("prescriber")
    now = timezone.now()
    assert client.get(f"{BASE}me/").status_code == 200
    match ended:
        case "expired":
            ApiToken.objects.update(expires_at=now)
        case "revoked":
            ApiToken.objects.update(revoked_at=now)
        case "membership":
            membership = Membership.objects.filter(person__email="prescriber@demo.example")
            membership.update(ends_on=timezone.localdate())
        case "person":
            Person.objects.filter(email="prescriber@demo.example").update(is_active=False)
    assert client.get(f"{BASE}me/").status_code == 401


def test_a_scope_that_was_not_given_is_403() -> None:
    answer = caller("prescriber", scopes=["write"]).get(f"{BASE}me/")
    assert answer.status_code == 403
    assert codes(answer) == ["insufficient_scope"]


def test_the_secret_is_nowhere() -> None:
    secret = token_of("prescriber")
    kept = ApiToken.objects.values().get()
    assert secret not in json.dumps(kept, default=str)
    assert secret.startswith(kept["hint"])


def test_each_call_is_noted_without_what_was_asked() -> None:
    client = caller("prescriber")
    client.get(f"{BASE}me/?x=secret")
    call = ApiCall.objects.get()
    assert (call.method, call.path, call.status, call.role) == ("GET", "/api/v1/me/", 200, "prescriber")
    assert call.token is not None


def test_the_browser_session_reads_and_needs_the_form_token_to_write() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(Person.objects.get(email="prescriber@demo.example"))
    assert client.get(f"{BASE}me/").json()["active_role"] == "prescriber"


def test_an_unknown_address_is_a_problem_document() -> None:
    for method in ("get", "post", "delete"):
        answer = getattr(caller("prescriber"), method)("/api/v1/nonsense/")
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
    assert caller("prescriber").get("/api/v1/me/%00").json()["status"] == 404


def test_the_reasons_speak_the_language_asked() -> None:
    assert APIClient(HTTP_ACCEPT_LANGUAGE="en").get(f"{BASE}me/").json()["title"] == "Sign in, or give a valid token"


def test_the_command_prints_a_token_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("api_token", "prescriber@demo.example", "--days", "2", "--scopes", "read", "--name", "HIS")
    secret = capsys.readouterr().out.strip()
    token = ApiToken.objects.get()
    assert (token.name, token.scopes) == ("HIS", ["read"])
    assert token.expires_at - token.created_at == dt.timedelta(days=2)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert client.get(f"{BASE}me/").json()["scopes"] == ["read"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["nobody@demo.example"],
        ["prescriber@demo.example", "--role", "auditor"],
        ["prescriber@demo.example", "--scopes", "all"],
        ["prescriber@demo.example", "--days", "0"],
    ],
)
def test_the_command_says_what_is_wrong(arguments: list[str]) -> None:
    from django.core.management.base import CommandError

    with pytest.raises(CommandError):
        call_command("api_token", *arguments)
