"""Each list costs the same number of queries with one line and with twenty.

The agency's lists have their own tests (tests/dossiers/ansm, tests/dossiers/shared); here are those of the hospital, of
the other readers, and those about people and mails.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.demo import HOSPITAL_1
from accounts.models import Membership, Organisation, Person
from dossiers.demo.story import Story
from dossiers.models import Dossier, InformationRequest, Title
from notifications.models import OutboxMessage
from tests.access.world import browser, person, told_until, undone

pytestmark = pytest.mark.django_db

MORE = 19


@pytest.fixture(scope="module")
def stories(demo: None) -> dict[str, Story]:
    """One file of each group of the home page."""
    return {state: told_until(state) for state in ("draft", "at_pharmacy", "assessment", "info_requested", "granted")}


def nineteen_more(told: Story) -> None:
    """Copies of the rows that lists read. Only the number of lines matters here, not how each came to be."""
    row = told.dossier
    filed = bool(row.filing_number)
    copies = [
        Dossier(
            **columns(row) | {"reference": f"{row.reference}-{n}", "filing_number": f"C{row.pk}-{n}" if filed else None}
        )
        for n in range(MORE)
    ]
    Dossier.objects.bulk_create(copies)
    for asked in InformationRequest.objects.filter(dossier=row):
        InformationRequest.objects.bulk_create(
            InformationRequest(**columns(asked) | {"dossier_id": copy.pk}) for copy in copies
        )
    for title in Title.objects.filter(dossier=row):
        Title.objects.bulk_create(
            Title(**columns(title) | {"number": f"T-{copy.pk}", "chain": f"T-{copy.pk}", "dossier_id": copy.pk})
            for copy in copies
        )


def columns(row: Model) -> dict[str, Any]:
    return {one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields if not one.primary_key}


def nineteen_more_people_and_mails() -> None:
    hospital = Organisation.objects.get(name=HOSPITAL_1)
    people = Person.objects.bulk_create(
        Person(email=f"colleague{n}@demo.example", first_name="Col", last_name=f"Lègue {n}") for n in range(MORE)
    )
    Membership.objects.bulk_create(
        Membership(person=one, organisation=hospital, role="intern", starts_on=timezone.localdate()) for one in people
    )
    message = OutboxMessage.objects.filter(recipient=person("prescriber")).order_by("pk")[0]
    OutboxMessage.objects.bulk_create(
        OutboxMessage(**columns(message) | {"dedupe_key": f"copy {n}", "message_id": f"<{n}@x>"}) for n in range(MORE)
    )


LISTS = (
    *(("prescriber", f"/files/{name}/") for name in ("drafts", "questions", "pharmacy", "ansm", "decided")),
    *(("prescriber", path) for path in ("/", "/dossiers/", "/search/?q=qalsody", "/titles/?state=all", "/inbox/")),
    ("prescriber", "/dossiers/new/start/?indication={indication}"),
    ("pharmacist", "/"),
    ("pharmacist", "/worklists/pharmacy/"),
    ("pharmacy_preparer", "/"),
    ("auditor", "/"),
    ("auditor", "/dossiers/"),
    ("auditor", "/titles/?state=all"),
    ("auditor", "/worklists/decided/"),
    ("org_admin", "/organisation/members/"),
)


def cost(client: Client, path: str) -> tuple[int, int]:
    """(queries, bytes of the page)"""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    assert answer.status_code == 200, path
    return len(queries), len(answer.content)


def test_every_list_costs_the_same_with_one_line_and_with_twenty(stories: dict[str, Story]) -> None:
    indication = stories["draft"].indication.pk
    browsers = {who: browser(who) for who, _path in LISTS}
    for client in browsers.values():
        client.get("/help/")  # the first page of a session writes the session
    asked = [(who, path.format(indication=indication)) for who, path in LISTS]
    before = {(who, path): cost(browsers[who], path) for who, path in asked}
    with undone():
        for told in stories.values():
            nineteen_more(told)
        nineteen_more_people_and_mails()
        after = {(who, path): cost(browsers[who], path) for who, path in asked}
    for one, (queries, size) in before.items():
        assert after[one][0] == queries, one
        assert after[one][1] > size, f"{one}: the nineteen more are not on the page"
