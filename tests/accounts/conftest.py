"""The invented people of the demo serve as the people of these tests."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.demo import load_demo_people
from accounts.models import Membership, Person


@pytest.fixture(autouse=True)
def _no_rate_limit_left_by_another_test() -> None:
    cache.clear()


@pytest.fixture
def people(db: None) -> None:
    load_demo_people()


@pytest.fixture
def person(people: None) -> Callable[[str], Person]:
    return lambda login: Person.objects.get(email=f"{login}@demo.example")


@pytest.fixture
def membership(people: None) -> Callable[[str], Membership]:
    return lambda login: Membership.objects.select_related("person", "organisation").get(
        person__email=f"{login}@demo.example"
    )


@pytest.fixture
def signed_in(person: Callable[[str], Person]) -> Callable[[str], Client]:
    def sign_in(login: str) -> Client:
        client = Client()
        client.force_login(person(login))
        return client

    return sign_in
