"""What the API says of procedures and of reference data, for whoever is signed in."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from django import forms
from django.db import connection
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator

from api.schema.described import DESCRIBED
from api.schema.shapes import SHAPES
from dossiers.forms import registry as forms_registry
from dossiers.forms.base import Derived, FormSet, SectionForm
from dossiers.forms.fields import line
from tests.api.callers import caller, codes
from tests.api.from_schema import KNOWN
from workflows import registry
from workflows.registry import AAC, TITLE

pytestmark = pytest.mark.usefixtures("world")


def answer(login: str, path: str, **options: Any) -> Any:
    got = caller(login, **options).get(f"/api/v1/{path}")
    assert got.status_code == 200, got.content
    return got.json()


def fits(shape: str, body: Any) -> None:
    whole = {"$ref": f"#/components/schemas/{shape}", "components": {"schemas": {**SHAPES, **DESCRIBED}}}
    errors = [
        f"{list(one.absolute_path)}: {one.message[:200]}" for one in Draft202012Validator(whole).iter_errors(body)
    ]
    assert errors == []


# ---------------------------------------------------------------------------------------------- procedures


def test_procedures_are_listed_in_the_language_asked_for():
    body = answer("applicant", "procedures/")
    fits("Procedures", body)
    assert [one["code"] for one in body["results"]] == [one.code for one in registry.all_procedures()]
    english, french = (
        body["results"][0]["name"],
        answer("applicant", "procedures/", language="fr")["results"][0]["name"],
    )
    assert english == "Compassionate access for a named patient (AAC)"
    assert french != english


@pytest.mark.parametrize("login", ["prescriber", "ansm_assessor", "applicant", "auditor", "admin"])
def test_a_procedure_says_its_whole_table(login):
    body = answer(login, "procedures/aac/")
    fits("Procedure", body)
    assert [one["code"] for one in body["states"]] == [one.code for one in AAC.states]
    assert [one["name"] for one in body["transitions"]] == [one.name for one in AAC.transitions]
    file = next(one for one in body["transitions"] if one["name"] == "file")
    assert (file["from"], file["to"], file["roles"]) == (["at_pharmacy"], "received", ["pharmacist"])
    assert file["payload"]["required"] == ["compliance"]
    assert (file["law"], file["letter"], file["clock"]) == ("CSP R.5121-74", "aac_receipt", "start")
    refuse = next(one for one in body["transitions"] if one["name"] == "refuse")
    assert refuse["danger"] is True
    assert body["created_by"] == ["prescriber", "intern"]
    assert body["clocks"][0]["law"] == "no statutory limit found"
    assert [one["code"] for one in body["title"]["states"]] == [one.code for one in TITLE.states]
    suspend = next(one for one in body["title"]["transitions"] if one["name"] == "suspend")
    assert suspend["roles"] == ["ansm_signatory"]


def test_stages_are_labelled_for_their_reader():
    for login, wanted in (("prescriber", "Under examination at ANSM"), ("ansm_assessor", "To be signed")):
        states = {one["code"]: one["label"] for one in answer(login, "procedures/aac/")["states"]}
        assert states["to_sign"] == wanted


def test_every_payload_has_examples():
    body = answer("ansm_assessor", "procedures/aac/")
    for one in [*body["transitions"], *body["title"]["transitions"]]:
        Draft202012Validator.check_schema(one["payload"])
        for name, field in one["payload"]["properties"].items():
            assert field["examples"], f"{one['name']}.{name}"


def test_sections_are_described_for_a_kind_and_an_indication():
    body = answer("prescriber", "procedures/aac/")
    assert body["described_for"]["kind"] == "initial"
    assert body["described_for"]["indication_asked"] is False
    found = answer("prescriber", "catalogue/indications/?search=trogarzo")["results"][0]
    body = answer("prescriber", f"procedures/aac/?kind=renewal&indication={found['id']}")
    fits("Procedure", body)
    assert body["described_for"] | {"on": None} == {
        "kind": "renewal",
        "on": None,
        "indication": found["id"],
        "indication_asked": True,
        "criteria_version": found["criteria"]["version"],
    }
    keys = [one["key"] for one in found["criteria"]["criteria"]]
    assert list(body["sections"]["criteria"]["properties"]) == keys
    assert body["sections"]["medicine"]["properties"]["indication"]["const"] == found["id"]


def test_the_schemas_use_only_the_keywords_that_clients_are_told_of():
    for kind, _label in AAC.kinds:
        body = answer("prescriber", f"procedures/aac/?kind={kind}")
        for section in body["sections"].values():
            Draft202012Validator.check_schema(section)
            assert set(section) <= KNOWN
            for one in section["properties"].values():
                assert set(one) <= KNOWN


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("procedures/zzz/", 404),
        ("procedures/title/", 404),
        ("procedures/aac/?indication=999999", 404),
        ("procedures/aac/?indication=x", 400),
        ("procedures/aac/?indication=0", 400),
        ("procedures/aac/?kind=zzz", 400),
        ("procedures/aac/?zzz=1", 400),
        ("procedures/?zzz=1", 400),
        ("catalogue/medicines/?cursor=zzz", 400),
        ("catalogue/medicines/?size=0", 400),
        ("catalogue/medicines/?search=a%00b", 400),
        ("catalogue/establishments/?serach=x", 400),
    ],
)
def test_what_is_not_understood_is_refused(path, status):
    got = caller("prescriber").get(f"/api/v1/{path}")
    assert (got.status_code, got["Content-Type"]) == (status, "application/problem+json")
    assert codes(got)


@pytest.mark.parametrize(
    "path", ["procedures/", "procedures/aac/", "catalogue/medicines/", "catalogue/establishments/"]
)
def test_whoever_has_no_token_is_told_to_sign_in(client, path):
    assert client.get(f"/api/v1/{path}").status_code == 401


# ------------------------------------------------------------------------------------------- by construction


class RoadForm(SectionForm):
    key = "road"
    title = "Road"
    law = "Code de la route L.1"

    name = line("Name of the road", example="Rue de la Paix")
    lanes = forms.IntegerField(label="Lanes", min_value=1)
    lanes.example = 2  # type: ignore[attr-defined]


ROADS = FormSet(
    procedure="roadworks",
    version=1,
    sections=(RoadForm,),
    derive=lambda answers: Derived(subject=str(answers.get("road", {}).get("name", ""))[:30]),
    product=lambda dossier, answers, on: {},
    prefill=lambda answers: {},
    matter=lambda answers: {},
)


@pytest.fixture
def roadworks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A procedure that no code knows: its table and its forms, registered as any other."""
    table = dataclasses.replace(AAC, code="roadworks", name="Roadworks", kinds=(("first", "First works"),))
    versions = {**registry._BY_CODE_AND_VERSION, ("roadworks", table.version): table}
    monkeypatch.setattr(registry, "_VERSIONS", (*registry._VERSIONS, table))
    monkeypatch.setattr(registry, "_BY_CODE_AND_VERSION", versions)
    monkeypatch.setitem(forms_registry.FORM_SETS, "roadworks", ROADS)


@pytest.mark.usefixtures("roadworks")
def test_a_new_table_appears_without_a_line_of_code():
    listed = {one["code"]: one for one in answer("prescriber", "procedures/")["results"]}
    assert listed["roadworks"]["kinds"] == [{"code": "first", "label": "First works", "needs_parent": False}]
    body = answer("prescriber", "procedures/roadworks/")
    assert list(body["sections"]) == ["road"]
    road = body["sections"]["road"]
    assert road["required"] == ["name", "lanes"]
    assert road["properties"]["lanes"] | {"title": ""} == {
        "type": "integer",
        "minimum": 1,
        "title": "",
        "examples": [2],
    }
    assert body["answers"]["required"] == ["road"]
    assert body["described_for"]["indication"] is None


def test_no_procedure_is_named_in_the_code_that_describes_them():
    from pathlib import Path

    files = [*Path("api/views").glob("*.py"), *Path("api/shown").glob("*.py"), Path("dossiers/forms/schema.py")]
    assert len(files) > 5
    for file in files:
        text = file.read_text(encoding="utf-8").lower()
        for code in ("aac", "aap", "cpc", "device_exemption"):
            assert f'"{code}"' not in text, file


# ----------------------------------------------------------------------------------------------- catalogue


def test_a_medicine_is_found_whatever_the_typing():
    for typed in ("qalsody", "QALSODI", "tofersen"):
        body = answer("prescriber", f"catalogue/medicines/?search={typed}")
        fits("MedicinePage", body)
        assert body["results"][0]["name"] == "QALSODY"
    found = body["results"][0]
    assert found["indications"][0]["open"] is True
    assert found["indications"][0]["criteria"]["criteria"]


def test_an_ordinary_medicine_says_that_it_is_not_the_route():
    rows = answer("prescriber", "catalogue/medicines/?search=propranolol")["results"]
    assert any(one["not_the_route"] and one["cis"] for one in rows)


def test_without_words_lists_go_page_by_page_over_what_may_be_asked_for():
    seen: list[int] = []
    path = "catalogue/indications/?size=2"
    while path:
        body = answer("pharmacist", path)
        fits("IndicationPage", body)
        seen += [one["id"] for one in body["results"]]
        path = (body["next"] or "").partition("/api/v1/")[2]
    assert len(seen) == len(set(seen)) > 4
    assert seen == sorted(seen)
    whole = answer("pharmacist", "catalogue/indications/?size=100")["results"]
    assert [one["id"] for one in whole] == seen
    assert all(one["open"] for one in whole)
    medicines = answer("pharmacist", "catalogue/medicines/?size=100")["results"]
    fits("MedicinePage", answer("pharmacist", "catalogue/medicines/"))
    assert {one["medicine"] for one in whole} == {one["id"] for one in medicines}


def test_the_first_rows_of_both_lists_belong_together():
    """A client that takes the first of each list must not be refused for it."""
    medicine = answer("prescriber", "catalogue/medicines/")["results"][0]
    indication = answer("prescriber", "catalogue/indications/")["results"][0]
    assert indication["medicine"] == medicine["id"]


def test_there_is_no_device_yet():
    assert answer("prescriber", "catalogue/devices/?search=x") == {"results": [], "next": None, "previous": None}


def test_establishments_are_found_by_name_and_number_and_name_nobody():
    body = answer("applicant", "catalogue/establishments/")
    fits("EstablishmentPage", body)
    first = body["results"][0]
    for typed in (first["finess_et"], first["name"][:8].upper()):
        found = answer("applicant", f"catalogue/establishments/?search={typed}")["results"]
        assert first["id"] in [one["id"] for one in found]
    assert "@" not in json.dumps(body)


def test_the_cost_does_not_grow_with_what_is_found():
    client = caller("prescriber")
    for path in ("catalogue/medicines/", "catalogue/indications/", "catalogue/establishments/"):
        costs = []
        for size in (1, 1, 50):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"/api/v1/{path}?size={size}").status_code == 200
            costs.append(len(queries))
        assert costs[1] == costs[2] < 20, path
