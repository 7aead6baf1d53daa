"""An administrator invites, changes and ends memberships of their own organisation, and of no other."""

import re
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.demo import with_luhn_key
from accounts.models import Membership, Organisation, Person
from workflows import roles

SignIn = Callable[[str], Client]
Members = Callable[[str], Membership]
INVITATION = {
    "email": "New.Doctor@Hopital.example",
    "first_name": "Lucie",
    "last_name": "Neuve",
    "role": "prescriber",
    "quality": "Praticienne",
    "language": "fr",
}
OTHERS = sorted(roles.ALL - {"org_admin"})


@pytest.mark.parametrize("login", OTHERS)
def test_only_an_administrator_sees_the_members(signed_in: SignIn, login: str) -> None:
    client = signed_in(login)
    assert client.get(reverse("accounts:members")).status_code == 403
    assert client.post(reverse("accounts:invite"), INVITATION).status_code == 403


def test_the_list_holds_ones_own_organisation_only(signed_in: SignIn) -> None:
    text = signed_in("org_admin").get(reverse("accounts:members")).content.decode()
    assert "prescriber@demo.example" in text
    assert "prescriber2@demo.example" not in text


def test_the_list_costs_the_same_with_few_and_many(
    signed_in: SignIn, membership: Members, django_assert_num_queries: Callable[..., object]
) -> None:
    client = signed_in("org_admin")
    url = reverse("accounts:members")
    client.get(url)
    with django_assert_num_queries(6) as few:  # type: ignore[attr-defined]
        client.get(url)
    for number in range(30):
        services.invite(
            organisation=membership("org_admin").organisation,
            email=f"m{number}@x.example",
            first_name="M",
            last_name=str(number),
            role="intern",
            on=timezone.localdate(),
        )
    with django_assert_num_queries(len(few)):
        client.get(url)


def test_search_and_pages_survive_nonsense(signed_in: SignIn) -> None:
    client = signed_in("org_admin")
    url = reverse("accounts:members")
    assert "Aubrac" in client.get(url, {"q": "aubr"}).content.decode()
    for nonsense in ({"q": "a\x00b"}, {"page": "9" * 30}, {"page": "-1"}, {"q": "%_'\\"}):
        assert client.get(url, nonsense).status_code == 200


@pytest.mark.parametrize("route", ["member", "change_role", "end_membership", "send_again"])
def test_another_organisations_member_is_not_found(signed_in: SignIn, membership: Members, route: str) -> None:
    client = signed_in("org_admin")
    foreign = membership("prescriber2")
    url = reverse(f"accounts:{route}", args=[foreign.pk])
    answer = client.get(url) if route == "member" else client.post(url, {"role": "intern"})
    assert answer.status_code == 404
    foreign.refresh_from_db()
    assert (foreign.role, foreign.ends_on) == ("prescriber", None)


def test_an_invitation_leads_to_a_password_and_a_membership(signed_in: SignIn, mailoutbox: list) -> None:
    admin = signed_in("org_admin")
    assert admin.post(reverse("accounts:invite"), INVITATION).status_code == 302
    person = Person.objects.get(email="new.doctor@hopital.example")
    assert not person.has_usable_password()
    mail = mailoutbox[0]
    assert mail.to == [person.email]
    assert "\n" not in mail.subject
    link = re.search(r"http://testserver(\S+)", mail.body)
    assert link
    guest = Client()
    page = guest.get(link.group(1), follow=True)
    assert page.status_code == 200
    secret = "une phrase assez longue"  # noqa: S105
    done = guest.post(page.request["PATH_INFO"], {"password1": secret, "password2": secret}, follow=True)
    assert done.status_code == 200
    guest.post(reverse("account_login"), {"login": person.email, "password": secret})
    request = guest.get(reverse("accounts:profile")).wsgi_request
    assert request.actor.role == "prescriber"
    assert Client().get(link.group(1), follow=True).context["token_fail"], "a link works once"


def test_somebody_known_is_not_renamed_nor_given_a_password_link(
    signed_in: SignIn, person: Callable[[str], Person], mailoutbox: list
) -> None:
    data = {**INVITATION, "email": "prescriber2@demo.example"}
    signed_in("org_admin").post(reverse("accounts:invite"), data)
    known = person("prescriber2")
    assert known.full_name == "Adrien Fauconnet"
    assert known.memberships.count() == 2
    assert reverse("account_login") in mailoutbox[0].body
    assert "/key/" not in mailoutbox[0].body


def test_an_invitation_twice_is_refused_and_keeps_what_was_typed(signed_in: SignIn, mailoutbox: list) -> None:
    client = signed_in("org_admin")
    client.post(reverse("accounts:invite"), INVITATION)
    again = client.post(reverse("accounts:invite"), INVITATION)
    assert again.status_code == 422
    assert "Lucie" in again.content.decode()
    assert len(mailoutbox) == 1
    assert Person.objects.filter(email="new.doctor@hopital.example").count() == 1


def test_administrators_do_not_invite_themselves(signed_in: SignIn, person: Callable[[str], Person]) -> None:
    data = {**INVITATION, "email": "ORG_Admin@Demo.example"}
    answer = signed_in("org_admin").post(reverse("accounts:invite"), data)
    assert answer.status_code == 422
    assert list(person("org_admin").memberships.values_list("role", flat=True)) == ["org_admin"]


@pytest.mark.parametrize("role", ["auditor", "expert", "ansm_signatory", "has_college", "system", "nonsense"])
def test_a_hospital_cannot_make_an_auditor_nor_an_agent(signed_in: SignIn, membership: Members, role: str) -> None:
    client = signed_in("org_admin")
    assert client.post(reverse("accounts:invite"), {**INVITATION, "role": role}).status_code == 422
    intern = membership("intern")
    assert client.post(reverse("accounts:change_role", args=[intern.pk]), {"role": role}).status_code == 422
    with pytest.raises(ValidationError):
        services.invite(
            organisation=intern.organisation,
            email="x@x.example",
            first_name="X",
            last_name="X",
            role=role,
            on=timezone.localdate(),
        )
    assert not Membership.objects.filter(organisation=intern.organisation, role=role).exists()


def test_only_agencies_and_the_ministry_name_experts_and_auditors() -> None:
    for kind in Organisation.Kind.values:
        grantable = set(services.grantable_roles(Organisation(kind=kind)))
        assert grantable <= Organisation(kind=kind).allowed_roles
        assert ({"expert", "auditor"} <= grantable) == (kind in {"ansm", "has", "ministry"})


def test_ending_a_membership_takes_effect_at_once(signed_in: SignIn, membership: Members) -> None:
    colleague = signed_in("intern")
    held = membership("intern")
    signed_in("org_admin").post(reverse("accounts:end_membership", args=[held.pk]))
    assert colleague.get(reverse("accounts:profile")).wsgi_request.actor is None
    past = signed_in("org_admin").get(reverse("accounts:members"), {"past": "1"}).content.decode()
    assert "intern@demo.example" in past


def test_an_administrator_cannot_lock_themselves_out(signed_in: SignIn, membership: Members) -> None:
    client = signed_in("org_admin")
    me = membership("org_admin")
    client.post(reverse("accounts:end_membership", args=[me.pk]))
    assert client.post(reverse("accounts:change_role", args=[me.pk]), {"role": "prescriber"}).status_code == 422
    me.refresh_from_db()
    assert (me.role, me.ends_on) == ("org_admin", None)


def test_an_ended_membership_is_not_acted_upon(signed_in: SignIn, membership: Members) -> None:
    client = signed_in("org_admin")
    held = services.end_membership(membership=membership("intern"), on=timezone.localdate())
    assert client.get(reverse("accounts:member", args=[held.pk])).status_code == 200
    for route in ("change_role", "end_membership", "send_again"):
        assert client.post(reverse(f"accounts:{route}", args=[held.pk]), {"role": "prescriber"}).status_code == 404


def test_the_profile_takes_an_rpps_typed_with_spaces_and_refuses_a_wrong_one(
    signed_in: SignIn, person: Callable[[str], Person]
) -> None:
    client = signed_in("intern")
    data = {"first_name": "Noé", "last_name": "Bellefond", "language": "fr"}
    wrong = client.post(reverse("accounts:profile"), {**data, "rpps": "10005173141"})
    assert wrong.status_code == 422
    assert 'href="#id_rpps"' in wrong.content.decode()
    assert 'value="10005173141"' in wrong.content.decode()
    right = with_luhn_key("1099900099")
    typed = f"{right[:3]} {right[3:7]} {right[7:]}"
    assert client.post(reverse("accounts:profile"), {**data, "rpps": typed}).status_code == 302
    assert person("intern").rpps == right
