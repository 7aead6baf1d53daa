"""One acts under one open membership of one's own, chosen by a POST."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.demo import HOSPITAL_1, PROJECT
from accounts.models import Membership, Person

URL = "accounts:choose_membership"
SignIn = Callable[[str], Client]


def _header(client: Client) -> str:
    return client.get(reverse("accounts:profile")).content.decode()


def _two(login: str = "two_hats") -> tuple[Membership, Membership]:
    doctor, applicant = Membership.objects.filter(person__email=f"{login}@demo.example").order_by("pk")
    return doctor, applicant


def test_the_first_open_membership_is_taken_then_the_chosen_one(signed_in: SignIn) -> None:
    client = signed_in("two_hats")
    doctor, applicant = _two()
    assert client.get(reverse("accounts:profile")).wsgi_request.membership == doctor
    client.post(reverse(URL), {"membership": applicant.pk})
    request = client.get(reverse("accounts:profile")).wsgi_request
    assert request.membership == applicant
    assert request.actor.role == "applicant"
    assert request.actor.organisation_name == PROJECT


def test_reading_the_page_changes_nothing(signed_in: SignIn) -> None:
    client = signed_in("two_hats")
    doctor, applicant = _two()
    client.get(reverse(URL), {"membership": applicant.pk})
    assert client.get(reverse("accounts:profile")).wsgi_request.membership == doctor


@pytest.mark.parametrize("typed", ["", "0", "-1", "abc", "9" * 40, "1 OR 1", "٣"])
def test_nonsense_is_not_found(signed_in: SignIn, typed: str) -> None:
    assert signed_in("two_hats").post(reverse(URL), {"membership": typed}).status_code == 404


def test_someone_elses_membership_is_not_found(signed_in: SignIn, membership: Callable[[str], Membership]) -> None:
    client = signed_in("two_hats")
    answer = client.post(reverse(URL), {"membership": membership("ansm_signatory").pk})
    assert answer.status_code == 404
    assert client.get(reverse("accounts:profile")).wsgi_request.actor.role == "prescriber"


def test_an_ended_membership_is_left_at_the_next_click(signed_in: SignIn) -> None:
    client = signed_in("two_hats")
    doctor, applicant = _two()
    client.post(reverse(URL), {"membership": applicant.pk})
    services.end_membership(membership=applicant, on=timezone.localdate())
    assert client.get(reverse("accounts:profile")).wsgi_request.membership == doctor
    assert client.post(reverse(URL), {"membership": applicant.pk}).status_code == 404
    services.end_membership(membership=doctor, on=timezone.localdate())
    request = client.get(reverse("accounts:profile")).wsgi_request
    assert (request.membership, request.actor) == (None, None)


def test_a_membership_that_starts_tomorrow_is_not_open(signed_in: SignIn, person: Callable[[str], Person]) -> None:
    client = signed_in("two_hats")
    _doctor, applicant = _two()
    applicant.starts_on = timezone.localdate() + dt.timedelta(days=1)
    applicant.save()
    assert client.post(reverse(URL), {"membership": applicant.pk}).status_code == 404


def test_the_header_says_who_acts_and_offers_the_switch_without_script(signed_in: SignIn) -> None:
    html = _header(signed_in("two_hats"))
    _doctor, applicant = _two()
    assert "Yaël Yvetot" in html
    assert HOSPITAL_1 in html
    assert f'name="membership" value="{applicant.pk}"' in html
    assert 'name="membership"' not in _header(signed_in("prescriber"))


def test_a_technical_administrator_acts_as_nobody(signed_in: SignIn) -> None:
    answer = signed_in("admin").get(reverse("accounts:landing"))
    assert answer.status_code == 200
    assert answer.wsgi_request.actor is None
