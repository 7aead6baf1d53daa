"""A new organisation, from the command to its first request: an academic project, which has no company number."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Membership, Organisation, Person
from dossiers.models import Dossier

pytestmark = pytest.mark.django_db

FIRST = {"email": "Chercheuse@universite.example", "first_name": "Ada", "last_name": "Lovelace"}
SECRET = "une longue phrase de passe 42"  # noqa: S105 - invented


def opened(name: str = "Projet Lanterne", kind: str = "project", **others: Any) -> None:
    call_command("open_organisation", name, kind=kind, **{**FIRST, **others})


def test_a_project_without_a_company_number_goes_from_the_invitation_to_its_request(mailoutbox, capsys) -> None:
    opened(role=["applicant", "org_admin"])
    assert "chercheuse@universite.example is invited as" in capsys.readouterr().out
    project = Organisation.objects.get(name="Projet Lanterne")
    assert (project.kind, project.siren) == ("project", "")
    (mail,) = mailoutbox
    link = re.search(r"https?://[^/]+(/account/password/reset/key/\S+)", mail.body)
    assert link, mail.body
    client = Client()
    form = client.get(link[1], follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": SECRET, "password2": SECRET})
    assert client.login(username=FIRST["email"].lower(), password=SECRET)
    home = client.get("/", follow=True)
    assert home.status_code == 200
    assert 'href="/dossiers/new/advice/"' in home.content.decode()
    client.post("/dossiers/new/advice/", {"kind": "device_qualification"})
    assert Dossier.objects.get().organisation == project
    # They invite the others themselves.
    both = Membership.objects.filter(person__email=FIRST["email"].lower()).values_list("role", flat=True)
    assert set(both) == {"applicant", "org_admin"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "project", "role": ["prescriber"]}, "role"),
        ({"kind": "company", "siren": "123456789"}, "SIREN"),
        ({"kind": "project", "name": "  "}, "cannot be blank"),
    ],
)
def test_what_is_wrong_opens_nothing_and_mails_nobody(
    given: dict[str, Any], said: str, mailoutbox, in_english: None
) -> None:
    with pytest.raises(CommandError, match=said):
        opened(**given)
    assert not Organisation.objects.exists()
    assert not Person.objects.exists()
    assert mailoutbox == []


def test_a_name_that_is_known_is_not_opened_twice() -> None:
    opened()
    with pytest.raises(CommandError):
        opened(name="projet  LANTERNE", email="autre@universite.example")
    opened(kind="company", email="autre@universite.example")
    assert Organisation.objects.count() == 2
