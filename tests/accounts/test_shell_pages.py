"""Every page of this room renders, in both languages, and closed ones stay closed."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.demo import PASSWORD, load_demo_people
from accounts.models import Person

pytestmark = pytest.mark.django_db

PUBLIC = [
    "accounts:landing",
    "accounts:accessibility",
    "accounts:legal",
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "account_inactive",
]
CLOSED = [
    "accounts:profile",
    "accounts:choose_membership",
    "accounts:members",
    "accounts:invite",
    "account_change_password",
    "account_reauthenticate",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_list_webauthn",
    "usersessions_list",
]


@pytest.fixture
def _people() -> None:
    load_demo_people()


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", PUBLIC)
def test_public_pages_render_without_an_account(client: Client, name: str, language: str) -> None:
    answer = client.get(reverse(name), headers={"accept-language": language})
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.content.decode()


@pytest.mark.parametrize("name", CLOSED)
def test_closed_pages_lead_to_sign_in(client: Client, name: str) -> None:
    answer = client.get(reverse(name))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.usefixtures("_people")
def test_closed_pages_render_for_an_administrator_who_just_signed_in(client: Client) -> None:
    client.post(reverse("account_login"), {"login": "org_admin@demo.example", "password": PASSWORD})
    for name in CLOSED:
        answer = client.get(reverse(name), follow=True)
        assert answer.status_code == 200, name
        assert "Mireille Estournel" in answer.content.decode(), name


@pytest.mark.usefixtures("_people")
def test_a_member_page_renders(client: Client) -> None:
    client.force_login(Person.objects.get(email="org_admin@demo.example"))
    membership = Person.objects.get(email="prescriber@demo.example").memberships.get()
    assert client.get(reverse("accounts:member", args=[membership.pk])).status_code == 200
    assert client.get(reverse("accounts:contact", args=[membership.pk])).status_code == 404
