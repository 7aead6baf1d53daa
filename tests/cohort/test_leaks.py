"""The company never receives what helps to recognise a patient: neither in a page, nor in a file, nor in the context of
a template, nor in a row read from the database. Nobody else's patient is found by anybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cohort.models import CohortForm, Inclusion
from dossiers.models import Title
from notifications.models import OutboxMessage
from tests.cohort.world import BIRTH_MONTH, DAY, EFFECT, INITIALS, Patient, granted, of_another_company
from tests.dossiers.screens import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "in_english")]

IDENTIFYING = (INITIALS, BIRTH_MONTH, "07/1961", "July 1961", "juillet 1961")


@pytest.fixture
def title() -> Title:
    return granted(at=timezone.now() - 300 * DAY)


@pytest.fixture
def patients(title: Title) -> list[Patient]:
    """One asked, one treated with an effect, one dead: everything there is to leak."""
    at = timezone.now() - 200 * DAY
    dead = Patient(title, at=at).treated().followed(1)
    death = (dead.at - 2 * DAY).date().isoformat()
    dead.stopped(reason="death", died_on=death)
    return [
        Patient(title, at=timezone.now() - 2 * DAY).asked(),
        Patient(title, at=at).treated().followed(1, EFFECT),
        dead,
    ]


def addresses(title: Title, patients: list[Patient]) -> list[str]:
    own = [told.url for told in patients]
    return [
        "/cohort/",
        f"/cohort/{title.chain}/",
        f"/cohort/{title.chain}/?list=asked",
        f"/cohort/{title.chain}/?list=all",
        f"/cohort/{title.chain}/figures/",
        f"/cohort/{title.chain}/export.csv",
        f"/cohort/{title.chain}/agreements/",
        f"/cohort/{title.chain}/agreements/{patients[0].row.organisation_id}/",
        "/cohort/vigilance/",
        "/inbox/",
        *own,
    ]


def body(answer: Any) -> str:
    if answer.streaming:
        return b"".join(answer.streaming_content).decode()
    return answer.content.decode()


def values(context: Any) -> Iterator[str]:
    """Every value handed to a template, to the depth of its rows and objects."""
    seen: set[int] = set()
    stack = [value for layer in (context or []) for part in layer for value in part.values()]
    while stack:
        one = stack.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, str | dt.date | int):
            yield str(one)
        elif isinstance(one, dict):
            stack += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set):
            stack += list(one)
        elif type(one).__module__.startswith("cohort"):
            assert not isinstance(one, Inclusion | CohortForm), "a row with an identity was given to a template"
            stack += list(vars(one).values())


@contextmanager
def rows_read() -> Iterator[list[str]]:
    found: list[str] = []
    with CaptureQueriesContext(connection) as queries:
        yield found
    found += [query["sql"] for query in queries if "cohort_" in query["sql"]]


@pytest.mark.parametrize("login", ["applicant", "contributor", "pharmacovigilance"])
def test_the_company_reads_no_identifying_datum(title: Title, patients: list[Patient], login: str) -> None:
    died_on = patients[2].form("stop").personal["died_on"]
    client = browser(login)
    for url in addresses(title, patients):
        with rows_read() as sqls:
            answer = client.get(url)
            text = body(answer)
        assert answer.status_code in (200, 403), url
        for word in (*IDENTIFYING, died_on):
            assert word not in text, (url, word)
            assert not any(word in value for value in values(answer.context)), (url, word)
        for sql in sqls:
            assert '"identity"' not in sql, (url, sql)
            assert '"personal"' not in sql, (url, sql)


def test_what_is_looked_for_is_there(title: Title, patients: list[Patient]) -> None:
    """The words above are those of the patient: the hospital reads them."""
    page = body(browser("prescriber").get(patients[0].url))
    assert INITIALS in page
    assert BIRTH_MONTH in page
    with rows_read() as sqls:
        browser("prescriber").get(patients[0].url)
    assert any('"identity"' in sql for sql in sqls)


@pytest.mark.parametrize("login", ["ansm_assessor", "ansm_vigilance", "has_officer", "ministry_reader", "auditor"])
def test_agencies_read_numbers_and_no_patient(title: Title, patients: list[Patient], login: str) -> None:
    client = browser(login)
    for url in addresses(title, patients):
        text = body(client.get(url))
        assert not any(word in text for word in IDENTIFYING), url
        if url != "/cohort/vigilance/":
            assert patients[0].pseudonym not in text, url
    for told in patients:
        assert client.get(told.url).status_code == 404
    if login != "ansm_vigilance":
        assert client.get("/cohort/vigilance/").status_code == 403


def test_another_hospital_and_another_company_find_nothing(title: Title, patients: list[Patient]) -> None:
    theirs = of_another_company(at=timezone.now() - 300 * DAY)
    hospital, company = browser("prescriber2"), browser("applicant2")
    assert theirs.number in body(company.get("/cohort/"))
    assert title.number not in body(company.get("/cohort/"))
    hidden = [
        *(told.url for told in patients),
        f"{patients[0].url}access_request/0/",
        f"/cohort/{title.chain}/agreements/{patients[0].row.organisation_id}/",
    ]
    for url in hidden:
        assert hospital.get(url).status_code == 404, url
        assert company.get(url).status_code == 404, url
    for url in (f"/cohort/{title.chain}/", f"/cohort/{title.chain}/figures/", f"/cohort/{title.chain}/export.csv"):
        assert company.get(url).status_code == 404, url
    for client in (hospital, company):
        refuses_every_act(client, patients[0])
    for text in (body(hospital.get("/cohort/")), body(hospital.get(f"/cohort/{title.chain}/figures/"))):
        assert "Valmirande" not in text
        assert patients[0].pseudonym not in text


def refuses_every_act(client: Client, told: Patient) -> None:
    before = (told.row.state, told.row.version)
    for name in ("return", "send", "accept", "decline", "withdraw"):
        assert client.post(f"{told.url}act/{name}/", {"reason": "x"}).status_code == 404
    assert client.post(f"{told.url}visit/").status_code == 404
    assert client.post(f"{told.url}access_request/0/", {"diagnosis": "x"}).status_code == 404
    assert (told.row.state, told.row.version) == before


def test_no_mail_says_a_word_of_a_patient(title: Title, patients: list[Patient]) -> None:
    messages = OutboxMessage.objects.filter(kind__startswith="cohort_")
    assert {one.kind for one in messages} >= {"cohort_at_pharmacy", "cohort_asked", "cohort_accept", "cohort_vigilance"}
    for one in messages:
        written = f"{one.reference} {one.path} {one.context}"
        assert not any(word in written for word in (*IDENTIFYING, "QALSODY", "Céphalées", "SOD1")), one.kind


def test_what_a_patient_is_called_lies_encrypted(patients: list[Patient]) -> None:
    with connection.cursor() as cursor:
        for table in ("cohort_inclusion", "cohort_cohortform", "cohort_cohortevent"):
            cursor.execute(f"SELECT row_to_json(t)::text FROM {table} t")  # noqa: S608 - our own names
            for (text,) in cursor.fetchall():
                assert not any(word in text for word in (*IDENTIFYING, "Céphalées", "Riluzole")), table
