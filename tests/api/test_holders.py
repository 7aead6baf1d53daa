"""A framework of two companies, by systems: each reads that it holds it, and what it owes, alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from dossiers.demo.cpc_story import Framework
from dossiers.demo.story import demo_actor
from dossiers.models import Obligation
from tests.api.callers import BASE, caller
from tests.dossiers.cpc_world import heard_by
from tests.dossiers.frameworks.test_holders import GROUP, ONE, OTHER, STRANGER

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
ANYHOW = {"HTTP_IF_MATCH": "*"}


@pytest.fixture
def told(world: None) -> Framework:
    begun = Framework(at=timezone.now() - dt.timedelta(days=140), companies=GROUP)
    return heard_by(begun, ONE, OTHER).propose().grant()


def get(login: str, path: str) -> Any:
    return caller(login).get(BASE + path)


def owed_at(told: Framework, login: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get(login, f"titles/{told.title.number}/obligations/").json()["results"]
    return found


def test_each_company_finds_its_framework_and_who_holds_it_with_it(told: Framework) -> None:
    names = GROUP.split("\n")
    for login in (ONE, OTHER, "ansm_assessor"):
        [row] = get(login, "titles/").json()["results"]
        assert (row["number"], row["organisation"], row["holders"]) == (told.title.number, names[0], names)
        whole = get(login, f"titles/{told.title.number}/").json()
        assert [one["name"] for one in whole["holders"]] == names
    assert get(STRANGER, "titles/").json()["results"] == []
    assert get(STRANGER, f"titles/{told.title.number}/").status_code == 404


def test_an_obligation_says_whose_it_is_to_its_company_and_to_ansm(told: Framework) -> None:
    own = {login: demo_actor(login).organisation_id for login in (ONE, OTHER)}
    for login in (ONE, OTHER):
        assert [one["holder"]["id"] for one in owed_at(told, login)] == [own[login]]
        [row] = get(login, "obligations/").json()["results"]
        assert row["organisation"] == demo_actor(login).organisation_name
    assert [one["holder"]["id"] for one in owed_at(told, "ansm_assessor")] == [own[ONE], own[OTHER]]
    rows = get("ansm_assessor", "obligations/").json()["results"]
    assert [row["organisation"] for row in rows] == GROUP.split("\n")
    assert owed_at(told, "reporter") == []
    assert get(STRANGER, "obligations/").json()["results"] == []


def test_what_another_company_owes_is_not_found(told: Framework) -> None:
    others = Obligation.objects.get(holder=demo_actor(ONE).organisation_id)
    path = f"titles/{told.title.number}/obligations/{others.pk}/"
    done = {"done_on": timezone.localdate().isoformat(), "proof": "Envoyé."}
    assert get(OTHER, path).status_code == 404
    assert caller(OTHER).post(f"{BASE}{path}done/", done, format="json", **ANYHOW).status_code == 404
    assert caller(ONE).post(f"{BASE}{path}done/", done, format="json", **ANYHOW).status_code == 200
    assert [one["state"] for one in owed_at(told, OTHER)] == ["open"]


def test_ansm_asks_one_of_them_alone(told: Framework) -> None:
    path = f"{BASE}titles/{told.title.number}/obligations/"
    asked = {
        "kind": "condition", "owed_by": "holder", "text": "Le volume vendu.",
        "due_on": (timezone.localdate() + dt.timedelta(days=20)).isoformat(),
    }  # fmt: skip
    second, stranger = demo_actor(OTHER).organisation_id, demo_actor(STRANGER).organisation_id
    agency = caller("ansm_assessor")
    made = agency.post(path, {**asked, "holder": second}, format="json", **ANYHOW)
    assert (made.status_code, made.json()["holder"]["id"]) == (201, second)
    assert [len(owed_at(told, login)) for login in (ONE, OTHER)] == [1, 2]
    refused = agency.post(path, {**asked, "holder": stranger}, format="json", **ANYHOW)
    assert refused.status_code == 422
    assert agency.post(path, {**asked, "kind": "notice"}, format="json", **ANYHOW).status_code == 201
    assert [len(owed_at(told, login)) for login in (ONE, OTHER)] == [2, 3]
