"""Whatever is sent to the pages of devices, the answer is never a fault of ours (500), and nothing is changed."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone

from devices.models import Incident, IncidentReport, Unit
from tests.access.test_wrong_input import VALUES
from tests.devices.world import granted, incident, received, shipped
from tests.dossiers.screens import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "in_english")]

FIELDS = (
    "on", "lot", "serials", "count", "udi_di", "site", "finess", "patient", "deviation", "severity", "what", "outcome",
    "measures", "next_on", "aware_on", "happened_on", "serial", "kind", "act", "unit", "reason", "list",
)  # fmt: skip


def test_hostile_values_are_refused_with_a_page() -> None:
    now = timezone.now()
    title = granted(at=now)
    shipped(title, at=now)
    received(title, at=now, lot="B")
    incident(title, at=now)
    here = f"/devices/{title.number}/"
    posts = (f"{here}add/", f"{here}act/", f"{here}units/2/use/", f"{here}incidents/new/", f"{here}incidents/1/")
    clients = [browser(login) for login in ("applicant", "prescriber", "ansm_vigilance")]
    before = counts()
    for shift, hostile in enumerate(VALUES):
        data: dict[str, Any] = {name: VALUES[(rank * 5 + shift) % len(VALUES)] for rank, name in enumerate(FIELDS)}
        value = quote(hostile)
        for client in clients[:2]:
            for act in ("receive", "cancel"):
                assert client.post(f"{here}act/", {**data, "act": act}).status_code in (403, 404, 422), (act, shift)
            for url in posts:
                assert client.post(url, data).status_code in (302, 403, 404, 422), (url, shift)
        for url in (
            f"{here}?lot={value}&list={value}&page={value}",
            f"{here}units.csv?lot={value}",
            f"{here}incidents/new/?unit={value}",
            f"/devices/vigilance/?list={value}&page={value}",
            f"{here}units/99999999999999999999/use/",
            f"{here}incidents/99999999999999999999/",
        ):
            assert clients[shift % 3].get(url).status_code in (200, 302, 403, 404), url
    assert counts() == before


def counts() -> tuple[int, ...]:
    return (
        Unit.objects.filter(state="received").count(),
        Unit.objects.count(),
        *(model._default_manager.count() for model in (Incident, IncidentReport)),
    )
