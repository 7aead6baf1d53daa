"""Opinions of the Innovation and Referral Service asked and given by clients that know its description alone."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from tests.api.callers import ADDRESS, caller, in_process, token_of
from tests.api.generic_client import GenericClient
from tests.dossiers.advice_world import advice_in, with_a_meeting
from tests.snapshot import load_world
from workflows.procedures.advice import ADVICE

pytestmark = pytest.mark.timeout(300)

AGENCY = ("ansm_triage", "ansm_assessor", "ansm_signatory")


@pytest.fixture
def client_of(transactional_db: None) -> Iterator[Callable[..., GenericClient]]:
    load_world()
    made: list[GenericClient] = []

    def make(applicant: str) -> GenericClient:
        tokens = [token_of(applicant, role="applicant"), *map(token_of, AGENCY)]
        made.append(GenericClient(ADDRESS, tokens, random.Random(1), in_process()))  # noqa: S311
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize("kind", [code for code, _label in ADVICE.kinds])
def test_every_kind_is_asked_and_answered_from_its_description(client_of: Any, kind: str) -> None:
    """By an academic project, with the first example of every field."""
    client = client_of("two_hats")
    reference = client.file("advice", kind, by_rote=True)
    assert client.follow(reference, "advice") == "answered"
    assert client.done == [
        ("applicant", "file"),
        ("ansm_triage", "route"),
        ("ansm_assessor", "request_information"),
        ("applicant", "answer"),
        ("ansm_assessor", "propose"),
        ("ansm_signatory", "give_opinion"),
    ]


def test_a_meeting_goes_on_from_its_briefing_to_its_minutes(client_of: Any) -> None:
    client = client_of("applicant")
    told = with_a_meeting(at=timezone.now() - dt.timedelta(days=8)).assigned("scientific").plan().send()
    assert client.follow(told.reference, "advice") == "answered"
    names = [name for _role, name in client.done]
    assert names.index("hold_meeting") < names.index("agree_minutes")


@pytest.mark.django_db
@pytest.mark.usefixtures("world")
class TestWhatSystemsRead:
    def schema(self, login: str, state: str, name: str) -> dict[str, Any]:
        told = advice_in(state)
        found = caller(login).get(f"/api/v1/dossiers/{told.reference}/transitions/").json()["results"]
        schema: dict[str, Any] = next(one for one in found if one["name"] == name)["payload_schema"]
        return schema

    def test_the_assessors_in_office_are_offered(self) -> None:
        field = self.schema("ansm_triage", "received", "route")["properties"]["assessor"]
        assert set(field["x-labels"].values()) == {"Olivier Orvault", "Pauline Pellevoisin"}
        assert field["enum"] == list(field["x-labels"])

    def test_each_question_of_the_request_is_a_property(self) -> None:
        field = self.schema("ansm_assessor", "assigned", "propose")["properties"]["answers"]
        assert field["required"] == ["1", "2"]
        assert field["properties"]["1"]["title"].startswith("Le logiciel est-il un dispositif médical")

    def test_the_class_is_asked_of_a_qualification_only(self) -> None:
        assert "device_class" in self.schema("ansm_assessor", "assigned", "propose")["properties"]
        told = with_a_meeting().assigned()
        found = caller("ansm_assessor").get(f"/api/v1/dossiers/{told.reference}/transitions/").json()["results"]
        asked = next(one for one in found if one["name"] == "propose")["payload_schema"]["properties"]
        assert set(asked) == {"answers", "reasons"}
