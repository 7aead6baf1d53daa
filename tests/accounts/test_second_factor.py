"""A second factor can be added from the profile, and is then asked at sign-in."""

import html
import re
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.urls import reverse

from accounts.demo import PASSWORD
from accounts.models import Person

LOGIN = {"login": "ansm_signatory@demo.example", "password": PASSWORD}
SECOND_FACTOR_PAGES = ["mfa_index", "mfa_activate_totp", "mfa_list_webauthn", "mfa_add_webauthn"]


def _code(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def _confirmed() -> Client:
    client = Client()
    client.post(reverse("account_login"), LOGIN)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


@pytest.fixture
def signatory(people: None) -> Person:
    return Person.objects.get(email="ansm_signatory@demo.example")


def test_adding_a_factor_asks_for_the_password_again(signatory: Person) -> None:
    client = Client()
    client.post(reverse("account_login"), LOGIN)
    answer = client.get(reverse("mfa_activate_totp"))
    assert answer["Location"].startswith(reverse("account_reauthenticate"))


def test_every_page_of_the_second_factor_is_ours_and_has_no_inline_code(signatory: Person) -> None:
    client = _confirmed()
    for name in SECOND_FACTOR_PAGES:
        text = client.get(reverse(name)).content.decode()
        assert "fr-header" in text, name
        assert not re.search(r"<[^>]+\s(style|on\w+)=", text), name
        for attributes in re.findall(r"<script([^>]*)>", text):
            assert "src=" in attributes or 'type="application/json"' in attributes, name


def test_an_authenticator_app_is_set_up_then_asked_for(signatory: Person) -> None:
    client = _confirmed()
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = html.unescape(re.search(r'value="([A-Z2-7]{16,})"', page).group(1))  # type: ignore[union-attr]
    wrong = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    assert "data-error-summary" in wrong.content.decode()
    client.post(reverse("mfa_activate_totp"), {"code": _code(secret)})
    assert Authenticator.objects.filter(user=signatory, type="totp").exists()
    codes = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    recovery = re.search(r"<textarea[^>]*>\s*(\d{8})", codes).group(1)  # type: ignore[union-attr]

    later = Client()
    asked = later.post(reverse("account_login"), LOGIN)
    assert asked["Location"] == reverse("mfa_authenticate")
    assert later.get(reverse("accounts:profile")).status_code == 302, "the password alone opens nothing"
    later.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert later.get(reverse("accounts:profile")).status_code == 302
    later.post(reverse("mfa_authenticate"), {"code": recovery})
    assert later.get(reverse("accounts:profile")).status_code == 200


def test_signing_out_everywhere_else_ends_the_other_sessions(signed_in: Callable[[str], Client]) -> None:
    one, other = Client(), Client()
    for client in (one, other):
        client.post(reverse("account_login"), {**LOGIN, "login": "prescriber@demo.example"})
        assert client.get(reverse("accounts:profile")).status_code == 200
    one.post(reverse("usersessions_list"))
    assert one.get(reverse("accounts:profile")).status_code == 200
    assert other.get(reverse("accounts:profile")).status_code == 302
