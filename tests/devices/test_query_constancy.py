"""Each list costs the same number of queries with a few units and with many."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.demo import HOSPITAL_2
from devices.models import Incident, Unit
from tests.devices.world import granted, incident, received, shipped, used
from tests.dossiers.screens import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "in_english")]

MORE = 19
BUDGET = 24


def cost(client: Any, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url)
        if answer.streaming:
            list(answer.streaming_content)
    assert answer.status_code == 200, url
    return len(queries)


def many_more() -> None:
    """Copies of the rows that lists read: only their number matters here."""
    for model in (Unit, Incident):
        for row in list(model._default_manager.all()):
            for rank in range(1, MORE + 1):
                copy = {
                    one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields if not one.primary_key
                }
                number = row.rank * 1_000 + rank
                serial = f"{row.serial}{number}" if row.serial else ""
                model._default_manager.create(**copy | {"rank": number, "reference": f"X/{number}", "serial": serial})


def test_lists_cost_the_same_with_few_and_with_many() -> None:
    now = timezone.now()
    title = granted(at=now)
    shipped(title, at=now)
    received(title, at=now, lot="B")
    received(title, at=now, to=HOSPITAL_2)
    used(title, at=now, lot="C")
    incident(title, at=now)
    here = f"/devices/{title.number}/"
    asked = [
        *((login, "/devices/") for login in ("prescriber", "applicant", "ansm_vigilance")),
        *((login, f"{here}?list=all") for login in ("prescriber", "applicant", "ansm_vigilance")),
        *((login, "/devices/vigilance/?list=open") for login in ("prescriber", "applicant", "ansm_vigilance")),
        ("applicant", f"{here}units.csv"),
        ("ansm_vigilance", f"{here}incidents/1/"),
        ("ansm_vigilance", f"{here}notification/"),
    ]
    clients = {login: browser(login) for login, _url in asked}
    before = {one: cost(clients[one[0]], one[1]) for one in asked}
    many_more()
    granted(at=now)
    for one, queries in before.items():
        assert cost(clients[one[0]], one[1]) == queries <= BUDGET, one
