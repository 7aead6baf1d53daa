"""Each list costs the same number of queries with one patient and with many."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cohort.models import CohortForm, Inclusion, VigilanceNotice
from dossiers.models import Title
from tests.cohort.world import DAY, EFFECT, Patient, granted
from tests.dossiers.screens import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "in_english")]

MORE = 19
BUDGET = 18


def columns(row: Any) -> dict[str, Any]:
    return {one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields if not one.primary_key}


def many_more(told: Patient) -> None:
    """Copies of the rows that lists read: only their number matters here."""
    row = told.row
    for rank in range(1, MORE + 1):
        number = row.rank * 1_000 + rank
        more = {"rank": number, "pseudonym": f"{row.chain}/{number}"}
        if row.access_number:
            more["access_number"] = f"{row.access_number}-{rank}"
        copy = Inclusion.objects.create(**columns(row) | more)
        for form in CohortForm.objects.filter(inclusion=row):
            made = CohortForm.objects.create(**columns(form) | {"inclusion_id": copy.pk})
            for notice in VigilanceNotice.objects.filter(form=form):
                VigilanceNotice.objects.create(**columns(notice) | {"inclusion_id": copy.pk, "form_id": made.pk})


def cost(client: Any, url: str) -> tuple[int, int]:
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url)
        size = len(b"".join(answer.streaming_content)) if answer.streaming else len(answer.content)
    assert answer.status_code == 200, url
    return len(queries), size


def test_lists_cost_the_same_with_one_and_with_twenty() -> None:
    title: Title = granted(at=timezone.now() - 300 * DAY)
    told = [
        Patient(title, at=timezone.now() - 2 * DAY),
        Patient(title, at=timezone.now() - 2 * DAY).asked(),
        Patient(title, at=timezone.now() - 200 * DAY).treated().followed(1, EFFECT),
        Patient(title, at=timezone.now() - 200 * DAY).treated().followed(1, EFFECT).stopped(),
    ]
    board = f"/cohort/{title.chain}/"
    lists = [
        *(("prescriber", f"/cohort/?list={group}") for group in ("todo", "living", "over")),
        *(("applicant", f"{board}?list={group}") for group in ("asked", "treated", "all")),
        *(("applicant", url) for url in (f"{board}export.csv", "/cohort/vigilance/")),
    ]
    same_size = [
        ("prescriber", f"{board}figures/"),
        ("has_officer", f"{board}figures/"),
        ("applicant", f"{board}agreements/"),
        ("applicant", "/cohort/"),
        ("ansm_assessor", "/cohort/"),
    ]
    clients = {login: browser(login) for login, _url in [*lists, *same_size]}
    before = {(login, url): cost(clients[login], url) for login, url in [*lists, *same_size]}
    for one in told:
        many_more(one)
    for (login, url), (queries, size) in before.items():
        again, bigger = cost(clients[login], url)
        assert again == queries <= BUDGET, (login, url, queries, again)
        if (login, url) in lists:
            assert bigger > size, (login, url)


def test_a_patient_with_many_visits_costs_the_same() -> None:
    title = granted(at=timezone.now() - 300 * DAY)
    told = Patient(title, at=timezone.now() - 200 * DAY).treated().followed(1, EFFECT)
    client, company = browser("prescriber"), browser("applicant")
    before = cost(client, told.url)[0], cost(company, told.url)[0]
    form = told.form("follow_up", 1)
    CohortForm.objects.bulk_create(CohortForm(**columns(form) | {"visit": 100 + rank}) for rank in range(MORE))
    assert (cost(client, told.url)[0], cost(company, told.url)[0]) == before
