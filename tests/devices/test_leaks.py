"""The hospital's pseudonym of a patient reaches nobody else: neither in a page, a file or the context of a template,
nor in a row read from the database. Nobody's units nor incidents are found by a stranger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.demo import HOSPITAL_2
from devices.models import Incident, Unit
from dossiers.models import Title
from notifications.models import OutboxMessage
from tests.devices.world import LOT, PATIENT, granted, incident, used
from tests.dossiers.screens import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "in_english")]

NOW = timezone.now()
ELSEWHERE = "P-2026-88"


@pytest.fixture
def title() -> Title:
    found = granted(at=NOW)
    used(found, at=NOW)
    used(found, at=NOW, to=HOSPITAL_2, patient=ELSEWHERE, lot="OTHER")
    incident(found, at=NOW)
    return found


def addresses(title: Title) -> list[str]:
    here = f"/devices/{title.number}/"
    lists = [f"{here}?list={name}" for name in ("shipped", "stock", "used", "over", "all")]
    return [
        "/devices/",
        "/devices/vigilance/",
        "/devices/vigilance/?list=open",
        *lists,
        f"{here}add/",
        f"{here}units.csv",
        f"{here}incidents/new/?unit=1",
        f"{here}incidents/1/",
        f"{here}notification/",
        f"{here}notification.csv",
        f"{here}notification.json",
        f"/titles/{title.number}/",
        "/inbox/",
    ]


def body(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


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
        elif type(one).__module__.startswith("devices") and hasattr(one, "__dict__"):
            stack += list(vars(one).values())


@pytest.mark.parametrize(
    "login", ["applicant", "contributor", "pharmacovigilance", "ansm_vigilance", "ansm_assessor", "auditor"]
)
def test_nobody_but_the_hospital_reads_its_pseudonym(title: Title, login: str) -> None:
    client = browser(login)
    for url in addresses(title):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(url)
            text = body(answer)
        assert answer.status_code in (200, 403, 404), url
        for word in (PATIENT, ELSEWHERE):
            assert word not in text, url
            assert not any(word in value for value in values(answer.context)), url
        for query in queries:
            assert '"devices_unit"."patient"' not in query["sql"], url


def test_a_hospital_reads_its_own_alone(title: Title) -> None:
    client = browser("prescriber")
    pages = [body(client.get(url)) for url in addresses(title)]
    assert any(PATIENT in page for page in pages)
    assert not any(ELSEWHERE in page or "OTHER" in page for page in pages)
    other = browser("prescriber2")
    for url in (f"/devices/{title.number}/incidents/1/", f"/devices/{title.number}/units/1/use/"):
        assert other.get(url).status_code == 404
        assert other.post(url, {"patient": "R1", "on": "2026-01-01"}).status_code == 404
    assert Unit.objects.get(lot=LOT).patient == PATIENT


@pytest.mark.parametrize("login", ["applicant2", "device_applicant"])
def test_a_stranger_finds_nothing(title: Title, login: str) -> None:
    client = browser(login)
    for url in addresses(title):
        if url.startswith(f"/devices/{title.number}/"):
            assert client.get(url).status_code == 404, url
            assert client.post(url).status_code in (404, 405), url
        elif not url.startswith("/titles/"):
            assert title.number not in body(client.get(url)), url
    assert Unit.objects.count() == 2
    assert Incident.objects.count() == 1


@pytest.mark.parametrize("login", ["has_officer", "ministry_reader", "expert", "reporter"])
def test_other_bodies_have_no_page_of_devices(title: Title, login: str) -> None:
    client = browser(login)
    assert client.get("/devices/").status_code == 403
    assert client.get("/devices/vigilance/").status_code == 403
    assert client.get(f"/devices/{title.number}/").status_code == 404


def test_no_mail_says_a_word_of_a_patient(title: Title) -> None:
    messages = OutboxMessage.objects.filter(kind__startswith="device_")
    assert messages.exists()
    for one in messages:
        written = f"{one.reference} {one.path} {one.context}"
        assert not any(word in written for word in (PATIENT, ELSEWHERE, LOT, "EXTRALIA")), one.kind
