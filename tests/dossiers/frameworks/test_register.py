"""What the register tells of frameworks: each one, and those not established when somebody asked (R.5121-76-10)."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone

from dossiers.demo.story import ONE_DAY
from tests.dossiers.cpc_world import framework
from tests.dossiers.screens import text_of
from workflows.cpc_guards import OWN_INITIATIVE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "in_english")]


def test_a_framework_not_established_is_published_when_a_reporter_asked() -> None:
    at = timezone.now() - 90 * ONE_DAY
    reported = framework(at).heard().propose("refuse").refuse()
    own = framework(at, kind=OWN_INITIATIVE).heard().propose("refuse").refuse()
    listed = text_of(Client().get("/register/?procedure=cpc"))
    assert listed.count("DEMOLIZINE") == 1
    page = Client(headers={"accept-language": "en"}).get(f"/register/refusal/{reported.dossier.filing_number}/")
    assert "Framework not established" in text_of(page)
    assert Client().get(f"/register/refusal/{own.dossier.filing_number}/").status_code == 404
    # The argumentation is in the decision; the register names neither the reporter nor who signed.
    assert "Quiberville" not in page.content.decode()


def test_a_framework_is_exported_with_its_company_and_its_indication() -> None:
    told = framework(timezone.now() - 120 * ONE_DAY).granted()
    [entry] = json.loads(Client().get("/api/v1/register/?procedure=cpc").content)["results"]
    assert (entry["key"], entry["holder"]) == (told.title.number, "Laboratoires Démo Aurélia")
    assert entry["indication"] == told.dossier.decisions.get().indication
    turtle = b"".join(Client().get("/register/risad.ttl")).decode()
    assert '"CPC"' in turtle
    assert told.title.number in turtle
    assert told.title.organisation.name == "Laboratoires Démo Aurélia"
