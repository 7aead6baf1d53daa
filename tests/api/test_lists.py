"""Lists: filters, keyset pages, what they cost."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from dossiers.services.drafts import create_draft
from tests.access.world import told_until
from tests.api.callers import BASE, caller, codes
from tests.dossiers.world import story

pytestmark = pytest.mark.usefixtures("world")


def drafts(count: int) -> list[str]:
    actor = story().actor("prescriber")
    return [create_draft(procedure="aac", kind="initial", actor=actor).reference for _rank in range(count)]


def references(answer: Any) -> list[str]:
    return [one["reference"] for one in answer.json()["results"]]


def test_pages_follow_each_other_and_come_back() -> None:
    made, client = drafts(7), caller("prescriber")
    first = client.get(f"{BASE}dossiers/?size=3&ordering=-created_at")
    assert first.json()["previous"] is None
    second = client.get(first.json()["next"])
    third = client.get(second.json()["next"])
    assert third.json()["next"] is None
    assert references(first) + references(second) + references(third) == made[::-1]
    assert references(client.get(third.json()["previous"])) == references(second)


def test_rows_that_arrive_move_nothing() -> None:
    drafts(4)
    client = caller("prescriber")
    first = client.get(f"{BASE}dossiers/?size=2&ordering=-created_at")
    drafts(1)
    assert not set(references(first)) & set(references(client.get(first.json()["next"])))


@pytest.mark.parametrize(
    ("query", "who", "expected"),
    [
        ("", "ansm_assessor", {"assessment", "granted"}),
        ("", "prescriber", {"draft", "assessment", "granted"}),
        ("state=granted", "ansm_assessor", {"granted"}),
        ("state=granted&state=assessment", "prescriber", {"assessment", "granted"}),
        ("assigned=me", "ansm_assessor", {"assessment"}),
        ("assigned=me", "prescriber", set()),
        ("overdue=true", "ansm_assessor", {"assessment"}),
        ("overdue=true", "prescriber", set()),
        ("overdue=false&procedure=aac", "ansm_assessor", {"assessment", "granted"}),
        ("search=QALSODY", "ansm_assessor", {"assessment", "granted"}),
        ("search=nowhere", "ansm_assessor", set()),
        ("ordering=due_on", "ansm_assessor", {"assessment"}),
        ("ordering=-decided_at", "ansm_assessor", {"granted"}),
        ("ordering=filed_at", "ansm_assessor", {"assessment", "granted"}),
        ("ordering=-changed_at", "prescriber", {"draft", "assessment", "granted"}),
        ("", "prescriber2", set()),
        ("", "applicant", set()),
        ("", "auditor", {"draft", "assessment", "granted"}),
    ],
)
def test_filters(query: str, who: str, expected: set[str]) -> None:
    for state in ("draft", "assessment", "granted"):
        told_until(state)
    answer = caller(who).get(f"{BASE}dossiers/?{query}")
    assert answer.status_code == 200
    assert {one["state"] for one in answer.json()["results"]} == expected


def test_a_reference_finds_its_dossier() -> None:
    told = told_until("assessment")
    drafts(2)
    assert references(caller("prescriber").get(f"{BASE}dossiers/?search={told.reference}")) == [told.reference]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("stat=draft", "stat"),
        ("state=nonsense", "state"),
        ("procedure=nonsense", "procedure"),
        ("assigned=you", "assigned"),
        ("overdue=maybe", "overdue"),
        ("ordering=id", "ordering"),
        ("size=0", "size"),
        ("size=1000", "size"),
        ("size=x", "size"),
        ("cursor=nonsense", "cursor"),
        ("search=%00", "search"),
        ("search=" + "a" * 300, "search"),
    ],
)
def test_a_wrong_parameter_is_named(query: str, field: str) -> None:
    answer = caller("prescriber").get(f"{BASE}dossiers/?{query}")
    assert answer.status_code == 400
    assert [reason["field"] for reason in answer.json()["reasons"]] == [field]
    if field in ("size", "search", "cursor"):
        assert caller("prescriber").get(f"{BASE}titles/?{query}").status_code == 400


@pytest.mark.parametrize("query", ["expiring_within=-1", "expiring_within=x", "state=granted", "procedure=x", "x=1"])
def test_a_wrong_parameter_of_titles(query: str) -> None:
    answer = caller("prescriber").get(f"{BASE}titles/?{query}")
    assert answer.status_code == 400
    assert codes(answer)


def queries_of(client: APIClient, path: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(path).status_code == 200
    return [one["sql"] for one in caught.captured_queries]


@pytest.mark.parametrize("who", ["prescriber", "ansm_assessor"])
def test_a_list_costs_the_same_whatever_its_length_and_counts_nothing(who: str) -> None:
    client = caller(who)
    told_until("granted")
    paths = [f"{BASE}dossiers/", f"{BASE}dossiers/?overdue=true", f"{BASE}titles/"]
    before = [len(queries_of(client, path)) for path in paths]
    for _time in range(3):
        told_until("granted")
        told_until("assessment")
    for path, cost in zip(paths, before, strict=True):
        found = queries_of(client, path)
        assert len(found) == cost, path
        assert not [sql for sql in found if "COUNT(" in sql.upper()]
        assert cost <= 4


def test_a_dossier_costs_the_same_whatever_happened_to_it() -> None:
    client = caller("ansm_assessor")
    told = told_until("assessment")
    path = f"{BASE}dossiers/{told.reference}/"
    before = len(queries_of(client, path))
    for rank in range(3):
        told.ask("Quelle est la clairance ?").answer(f"Réponse {rank}.")
    assert abs(len(queries_of(client, path)) - before) <= 1
