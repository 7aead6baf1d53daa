"""Error pages say what to do next, and stand when nothing else does."""

from typing import Any

import pytest
from django.core.exceptions import SuspiciousOperation
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.defaults import bad_request, server_error


def test_the_500_page_needs_nothing_at_all() -> None:
    """pytest-django refuses the database to this test: the page stands without it."""
    answer = server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    text = answer.content.decode()
    assert 'href="/"' in text
    assert "<script" not in text


def test_the_400_page_is_made_without_a_request() -> None:
    answer = bad_request(RequestFactory().get("/"), SuspiciousOperation("x"))
    assert answer.status_code == 400
    assert 'href="/"' in answer.content.decode()


def test_a_forged_host_gets_the_400_page(client: Client) -> None:
    answer = client.get(reverse("accounts:legal"), headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "fr-header" in answer.content.decode()


@pytest.mark.django_db
def test_an_unknown_address_gets_the_404_page(client: Client) -> None:
    answer = client.get("/no/such/page/")
    assert answer.status_code == 404
    assert reverse("account_login") in answer.content.decode()


def test_the_404_page_offers_the_other_organisation(signed_in: Any) -> None:
    text = signed_in("two_hats").get("/no/such/page/").content.decode()
    assert reverse("accounts:choose_membership") in text.split("<main")[1]
    assert (
        reverse("accounts:choose_membership")
        not in (signed_in("prescriber").get("/no/such/page/").content.decode().split("<main")[1])
    )


def test_too_many_posts_get_the_429_page(people: None, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip", "login_failed": "100/m/ip"}
    client = Client()
    data = {"login": "prescriber@demo.example", "password": "wrong"}
    client.post(reverse("account_login"), data)
    answer = client.post(reverse("account_login"), data)
    assert answer.status_code == 429
    assert reverse("account_login") in answer.content.decode().split("<main")[1]


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html"])
def test_each_error_page_has_one_title_and_a_way_on(name: str) -> None:
    text = render_to_string(name)
    assert text.count("<h1") == 1
    assert "fr-btn" in text.split("<main")[1]
