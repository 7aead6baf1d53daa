"""The answers described as JSON Schema: examples that pass both, and nothing valid by one that the other refuses."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from catalogue.models import Indication
from dossiers.forms.aac import AAC_FORMS
from dossiers.forms.patterns import months_between
from dossiers.forms.schema import Asked, Description, describe_answers
from tests.api.from_schema import broken, valid_answers
from tests.dossiers.test_aac_forms import context_for
from tests.dossiers.world import indication
from workflows.registry import AAC

ON = dt.date(2026, 5, 4)
KINDS = tuple(code for code, _label in AAC.kinds)


def described(kind: str = "initial", of: Indication | None = None) -> Description:
    return describe_answers(AAC_FORMS, Asked(kind=kind, kinds=KINDS, on=ON, indication=of))


def first_examples(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: one["examples"][0] for name, one in schema["properties"].items()}


def whole(found: Description) -> dict[str, Any]:
    return {**found.answers, "properties": found.sections}


def errors(schema: dict[str, Any], instance: Any) -> list[str]:
    return [f"{list(one.absolute_path)}: {one.message}" for one in Draft202012Validator(schema).iter_errors(instance)]


def faults(answers: dict[str, Any], kind: str, of: Indication | None) -> dict[str, str]:
    _clean, reasons = AAC_FORMS.strict(context_for(answers, kind, of))
    return {reason.field: f"{reason.code}: {reason.message}" for reason in reasons}


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_examples_are_valid_by_the_schema_and_by_the_form(world, kind):
    found = described(kind)
    answers = {key: first_examples(schema) for key, schema in found.sections.items()}
    assert found.indication is not None
    assert answers["medicine"]["indication"] == found.indication.pk
    assert errors(whole(found), answers) == []
    assert faults(answers, kind, found.indication) == {}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["AMX0035", "TROGARZO", "QALSODY", "ZEPZELCA", "TELISO-V", "MALACEF", "TRIKAFTA"])
@pytest.mark.parametrize("track", ["A", "B"])
def test_asked_for_one_indication_its_examples_make_a_request(world, kind, name, track):
    of = indication(name)
    found = described(kind, of)
    if track not in found.sections["request"]["properties"]["track"]["enum"]:
        assert found.criteria is None
        return
    answers = {key: first_examples(schema) for key, schema in found.sections.items()}
    answers["request"]["track"] = track
    assert answers["medicine"]["medicine"] == of.medicine_id
    assert errors(whole(found), answers) == []
    assert faults(answers, kind, of) == {}


def test_every_schema_is_one_and_every_property_says_what_it_is(world):
    for kind in KINDS:
        found = described(kind)
        assert set(found.sections) == {form.key for form in AAC_FORMS.sections}
        Draft202012Validator.check_schema(whole(found))
        for key, schema in found.sections.items():
            for name, one in _properties(schema):
                assert one["title"], f"{key}.{name}"
                assert one["examples"], f"{key}.{name}"


def _properties(schema: dict[str, Any]) -> Any:
    for name, one in schema["properties"].items():
        yield name, one
        if "properties" in one.get("items", {}):
            yield from _properties(one["items"])


def test_what_is_needed_is_required(world):
    found = described()
    assert {"medicine", "indication", "posology", "duration_days"} <= set(found.sections["medicine"]["required"])
    assert found.sections["history"]["required"] == ["treatments"]
    assert "dispensed_at" not in found.sections["request"]["properties"]
    assert "dispensed_at" in found.sections["request"]["x-kinds"]["regularisation"]["required"]
    assert found.sections["renewal"]["x-applies"]["kinds"] == ["renewal"]
    assert {"patient", "clinical", "undertakings"} <= set(found.answers["required"])
    assert "criteria" not in found.answers["required"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["AMX0035", "TROGARZO", "QALSODY", "TRIKAFTA"])
def test_an_unknown_key_is_refused_and_no_rule_asks_for_one(world, kind, name):
    """A section is closed where the server knows its fields; criteria depend on the indication, and are not."""
    for of in (None, indication(name)):
        found = described(kind, of)
        is_open = {form.key for form in AAC_FORMS.sections if form.fields_of_context}
        answers = {key: first_examples(schema) for key, schema in found.sections.items()}
        assert errors(found.answers, {**answers, "zzz": {}})
        for key, schema in found.sections.items():
            assert bool(errors(schema, {**answers[key], "zzz": "x"})) == (key not in is_open), key
            for rule in schema.get("allOf", []):
                for part in rule.values():
                    assert {*part.get("properties", {}), *part.get("required", [])} <= set(schema["properties"])
        for rule in found.answers.get("allOf", []):
            for key, narrower in rule["then"].get("properties", {}).items():
                named = {*narrower.get("properties", {}), *narrower.get("required", [])}
                assert key in is_open or named <= set(found.sections[key]["properties"]), key


def test_the_reference_data_are_named(world):
    properties = described().sections["medicine"]["properties"]
    assert properties["medicine"]["x-catalogue"] == "/api/v1/catalogue/medicines/"
    assert properties["indication"]["x-catalogue"] == "/api/v1/catalogue/indications/"
    assert properties["indication"]["x-narrows"] == "indication"


def test_criteria_are_described_for_the_indication_asked_for(world):
    of = indication("TROGARZO")
    found = described(of=of)
    assert found.criteria is not None
    assert set(found.sections["criteria"]["required"]) == {one.key for one in found.criteria.criteria.all()}
    under_criteria = {key: first_examples(schema) for key, schema in found.sections.items()}
    under_criteria["request"]["track"] = "A"
    child = {**under_criteria, "patient": {**under_criteria["patient"], "birth_month": "2020-01"}}
    assert errors(whole(found), under_criteria) == []
    assert errors(whole(found), child)
    assert "patient.birth_month" in faults(child, "initial", of)
    without = {key: value for key, value in under_criteria.items() if key != "criteria"}
    assert errors(whole(found), without)


def test_without_criteria_only_a_justification_is_offered(world):
    of = indication("MALACEF")
    of.criteria_versions.all().delete()
    found = described(of=of)
    assert found.sections["request"]["properties"]["track"]["enum"] == ["B"]
    assert "criteria" not in found.sections


@pytest.mark.parametrize("kind", KINDS)
def test_declared_conditions_are_those_of_the_forms(world, kind):
    for of in (indication("QALSODY"), indication("TRIKAFTA")):
        found = described(kind, of)
        for track in found.sections["request"]["properties"]["track"]["enum"]:
            answers = {"request": {"track": track}}
            applicable = {form.key for form in AAC_FORMS.applicable(context_for(answers, kind, of))}
            for key, schema in found.sections.items():
                about = schema["x-applies"]
                applies = kind in about["kinds"] and (about["when"] is None or not errors(about["when"], answers))
                assert applies == (key in applicable), f"{kind} {track} {key}"


@settings(max_examples=15, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
@pytest.mark.parametrize("name", ["AMX0035", "TROGARZO", "ZEPZELCA", "TRIKAFTA"])
@pytest.mark.parametrize("kind", ["initial", "renewal", "very_early"])
def test_what_the_schema_accepts_the_form_accepts(world, name, kind, data):
    of = indication(name)
    found = described(kind, of)
    answers = data.draw(valid_answers(found.sections, found.answers, kind))
    assert errors(found.answers, answers) == []
    assert faults(answers, kind, of) == {}


@settings(max_examples=60, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_the_schema_refuses_is_refused_and_named(world, data):
    of = indication("AMX0035")
    found = described("initial", of)
    answers = data.draw(valid_answers(found.sections, found.answers, "initial"))
    section, field, keyword, wrong = data.draw(broken(found.sections, found.answers, answers, "initial"))
    assert f"{section}.{field}" in faults(wrong, "initial", of), keyword


@pytest.mark.parametrize(("first", "last"), [("1906-05", "2026-05"), ("2026-01", "2026-03"), ("1999-12", "2000-01")])
def test_a_pattern_of_months_is_exactly_those(first, last):
    def rank(month: str) -> int:
        return int(month[:4]) * 12 + int(month[5:]) - 1

    pattern = Draft202012Validator({"pattern": months_between(rank(first), rank(last))})
    for year in range(1890, 2040):
        for month in range(14):
            said = f"{year}-{month:02d}"
            assert pattern.is_valid(said) == (1 <= month <= 12 and first <= said <= last), said
