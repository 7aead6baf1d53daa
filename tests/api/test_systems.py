"""Systems of organisations: their page, their secret, their hour-long tokens, what they may not hold."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Membership, Organisation, Person
from accounts.services import join_organisation
from api import systems
from api.models import ApiToken, SystemClient
from dossiers.models import Event
from dossiers.services.errors import Blocked
from tests.api.callers import BASE, caller
from workflows import roles

pytestmark = pytest.mark.usefixtures("world")

TOKEN = "/api/oauth/token/"
GRANT = {"grant_type": "client_credentials"}


def hospital() -> Organisation:
    return Membership.objects.get(person__email="prescriber@demo.example").organisation


def a_system(role: str = roles.INTERN, scopes: Any = ("read", "write")) -> tuple[SystemClient, str]:
    admin = Person.objects.get(email="org_admin@demo.example")
    return systems.create_client(
        organisation=hospital(), name="DPI", role=role, scopes=scopes, created_by=admin, at=timezone.now()
    )


def ask(data: dict[str, str], basic: tuple[str, str] | None = None) -> Any:
    headers = {}
    if basic:
        headers["HTTP_AUTHORIZATION"] = "Basic " + base64.b64encode(":".join(basic).encode()).decode()
    client = APIClient(enforce_csrf_checks=True)
    return client.post(TOKEN, "&".join(f"{k}={v}" for k, v in data.items()),
                       content_type="application/x-www-form-urlencoded", **headers)  # fmt: skip


def bearing(token: str) -> APIClient:
    client = APIClient(HTTP_ACCEPT_LANGUAGE="en")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def test_a_system_takes_a_token_and_prepares_under_its_own_name() -> None:
    client, secret = a_system()
    given = ask(GRANT, (client.client_id, secret))
    assert given.status_code == 200
    assert given["Cache-Control"] == "no-store"
    assert given.json()["token_type"] == "Bearer"
    assert given.json()["expires_in"] == 3600
    api = bearing(given.json()["access_token"])
    assert api.get(f"{BASE}me/").json()["active_role"] == "intern"
    made = api.post(f"{BASE}dossiers/", {"procedure": "aac", "kind": "initial"}, format="json")
    assert made.status_code == 201
    assert Event.objects.get().actor_name == "DPI"
    assert api.post(made["Location"] + "transitions/sign/", {}, format="json", HTTP_IF_MATCH="*").status_code == 403


def test_the_secret_may_come_in_the_body_and_scopes_may_be_fewer() -> None:
    client, secret = a_system()
    given = ask({**GRANT, "client_id": client.client_id, "client_secret": secret, "scope": "read"})
    assert given.json()["scope"] == "read"
    api = bearing(given.json()["access_token"])
    assert api.post(f"{BASE}dossiers/", {"procedure": "aac", "kind": "initial"}, format="json").status_code == 403


@pytest.mark.parametrize(
    ("data", "right_secret", "status", "code"),
    [
        ({}, True, 400, "invalid_request"),
        ({"grant_type": "password"}, True, 400, "unsupported_grant_type"),
        (GRANT, False, 401, "invalid_client"),
        ({**GRANT, "scope": "act"}, True, 400, "invalid_scope"),
        ({**GRANT, "client_secret": "again"}, True, 400, "invalid_request"),
        ({**GRANT, "client_id": "sys-another"}, True, 400, "invalid_request"),
        ({**GRANT, "scope": "%00"}, True, 400, "invalid_request"),
    ],
)
def test_errors_are_those_of_the_rfc(data: dict[str, str], right_secret: bool, status: int, code: str) -> None:
    client, secret = a_system()
    answer = ask(data, (client.client_id, secret if right_secret else "wrong"))
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert ("WWW-Authenticate" in answer) == (status == 401)
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("header", ["Basic !!!", "Basic bm9jb2xvbg==", "Bearer x", "Basic AAAA"])
def test_an_unreadable_header_is_an_invalid_client(header: str) -> None:
    client = APIClient()
    answer = client.post(TOKEN, "grant_type=client_credentials", content_type="application/x-www-form-urlencoded",
                         HTTP_AUTHORIZATION=header)  # fmt: skip
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_parameter_given_twice_is_refused() -> None:
    body = "grant_type=client_credentials&grant_type=client_credentials"
    answer = APIClient().post(TOKEN, body, content_type="application/x-www-form-urlencoded")
    assert answer.json()["error"] == "invalid_request"


def test_a_revoked_system_is_out_at_once() -> None:
    client, secret = a_system()
    api = bearing(ask(GRANT, (client.client_id, secret)).json()["access_token"])
    assert api.get(f"{BASE}me/").status_code == 200
    assert systems.revoke_client(organisation=hospital(), pk=client.pk, at=timezone.now())
    assert api.get(f"{BASE}me/").status_code == 401
    assert ask(GRANT, (client.client_id, secret)).status_code == 401


def test_its_tokens_end_with_the_hour() -> None:
    client, secret = a_system()
    api = bearing(ask(GRANT, (client.client_id, secret)).json()["access_token"])
    token = ApiToken.objects.get()
    assert token.expires_at - token.created_at == dt.timedelta(hours=1)
    ApiToken.objects.update(expires_at=timezone.now())
    assert api.get(f"{BASE}me/").status_code == 401


def test_no_system_signs() -> None:
    """Prescriber, pharmacist, agents, administrators: roles of people."""
    for role in roles.ALL - systems.ROLES_OF_SYSTEMS:
        with pytest.raises(Blocked):
            a_system(role=role)
    assert not systems.ROLES_OF_SYSTEMS & (roles.ANSM_STAFF | roles.HAS_STAFF | {roles.PRESCRIBER, roles.PHARMACIST})


def test_nobody_signs_in_as_a_system_even_with_a_password() -> None:
    client, _secret = a_system()
    person = client.membership.person
    assert not person.has_usable_password()
    person.set_password("early-access-demo")
    person.save()
    browser = Client()
    browser.post("/account/login/", {"login": person.email, "password": "early-access-demo"})
    assert "_auth_user_id" not in browser.session


# ---------------------------------------------------------------------------------------------------- pages


def signed_in(login: str) -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(Person.objects.get(email=f"{login}@demo.example"))
    return client


def test_the_page_shows_a_token_once_then_revokes_it() -> None:
    browser = signed_in("prescriber")
    made = browser.post("/account/tokens/", {"name": "DPI", "days": "30", "scopes": ["read"]})
    assert made.status_code == 200
    secret = made.context["secret"]
    assert secret.encode() in made.content
    assert secret.encode() not in browser.get("/account/tokens/").content
    assert bearing(secret).get(f"{BASE}me/").json()["active_role"] == "prescriber"
    token = ApiToken.objects.get()
    assert signed_in("intern").post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    assert bearing(secret).get(f"{BASE}me/").status_code == 200
    assert b"Last used on" in browser.get("/account/tokens/").content
    assert browser.post(f"/account/tokens/{token.pk}/revoke/").status_code == 302
    assert bearing(secret).get(f"{BASE}me/").status_code == 401


@pytest.mark.parametrize("wrong", [{"name": ""}, {"days": "0"}, {"days": "4000"}, {"scopes": []}, {"scopes": ["all"]}])
def test_a_wrong_token_form_keeps_what_was_typed(wrong: dict[str, Any]) -> None:
    typed = {"name": "DPI du CHU", "days": "30", "scopes": ["read"], **wrong}
    page = signed_in("prescriber").post("/account/tokens/", typed)
    assert page.status_code == 422
    assert not ApiToken.objects.exists()
    if typed["name"]:
        assert b"DPI du CHU" in page.content


def test_an_administrator_adds_a_system_and_ends_it() -> None:
    admin = Person.objects.get(email="org_admin@demo.example")
    join_organisation(person=admin, organisation=hospital(), role=roles.INTERN, starts_on=timezone.localdate())
    browser = signed_in("org_admin")
    organisation = Membership.objects.get(person=admin, role=roles.ORG_ADMIN).organisation
    role = systems.roles_offered(organisation)[0]
    page = browser.post("/organisation/systems/", {"name": "DPI", "role": role, "scopes": ["read", "write"]})
    assert page.status_code == 200, page.content.decode()
    secret = page.context["made"]["secret"]
    client = SystemClient.objects.get()
    assert secret.encode() in page.content
    assert secret.encode() not in browser.get("/organisation/systems/").content
    assert ask(GRANT, (client.client_id, secret)).status_code == 200
    assert signed_in("prescriber").get("/organisation/systems/").status_code == 403
    assert (
        browser.post("/organisation/systems/", {"name": "x", "role": "prescriber", "scopes": ["read"]}).status_code
        == 422
    )
    assert browser.post(f"/organisation/systems/{client.pk}/revoke/").status_code == 302
    assert ask(GRANT, (client.client_id, secret)).status_code == 401
    assert b"revoked" in browser.get("/organisation/systems/").content


def test_the_administrator_of_another_organisation_does_not_find_it() -> None:
    client, _secret = a_system()
    elsewhere = Organisation.objects.exclude(pk=hospital().pk).order_by("pk")[0]
    assert not systems.revoke_client(organisation=elsewhere, pk=client.pk, at=timezone.now())
    assert list(systems.clients_of(elsewhere)) == []


def test_a_person_of_no_organisation_gets_a_token_that_reads_nothing() -> None:
    assert caller("admin").get(f"{BASE}dossiers/").json()["results"] == []
    assert caller("admin").get(f"{BASE}titles/").json()["results"] == []
