"""The main menu: every door exists, opens for the role that sees it, and one at most is lit."""

from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.actors import active_memberships
from accounts.models import Membership
from earlyaccess import navigation
from workflows import roles

SignIn = Callable[[str], Client]


def test_every_role_has_a_menu_of_pages_that_exist() -> None:
    assert set(navigation.MENU) == roles.ALL
    for entries in [*navigation.MENU.values(), navigation.SIGNED_OUT]:
        for entry in entries:
            assert navigation.address(entry.url_name), entry


@pytest.mark.parametrize("role", sorted(roles.ALL))
def test_each_door_opens_for_who_sees_it(signed_in: SignIn, role: str) -> None:
    client = signed_in(role)
    for entry in navigation.MENU[role]:
        answer = client.get(reverse(entry.url_name), follow=True)
        assert answer.status_code == 200, f"{role}: {entry.url_name}"


def test_the_most_precise_entry_alone_is_lit(membership: Callable[[str], Membership]) -> None:
    held = membership("prescriber")
    request = RequestFactory().get(reverse("dossiers:new"))
    request.user = held.person
    request.membership = active_memberships(held.person, held.starts_on).get()  # type: ignore[attr-defined]
    lit = [link.url for link in navigation.links_for(request) if link.current]
    assert lit == [reverse("dossiers:new")]
    request.path = "/somewhere/else/"
    assert not [link for link in navigation.links_for(request) if link.current]


def test_a_page_this_site_does_not_have_is_left_out() -> None:
    assert navigation.address("nowhere:at_all") == ""


def test_a_project_is_offered_what_it_may_have_and_no_list_that_stays_empty(signed_in: SignIn) -> None:
    client = signed_in("two_hats")
    project = Membership.objects.get(person__email="two_hats@demo.example", organisation__kind=roles.PROJECT)
    client.post(reverse("accounts:choose_membership"), {"membership": project.pk})
    request = client.get("/").wsgi_request
    urls = [link.url for link in navigation.links_for(request)]
    assert urls == ["/", "/dossiers/new/", "/dossiers/", "/meetings/", "/register/", reverse("dossiers:help")]
    assert all(client.get(url, follow=True).status_code == 200 for url in urls)
    home = client.get("/").content.decode()
    for never in ("/devices/", "/titles/", "/obligations/", "/cohort/"):
        assert f'href="{never}"' not in home
