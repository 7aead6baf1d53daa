from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.payload import MAX_ITEMS, clean_payload, example_payload, form_values, payload_schema
from workflows.procedures.aac import AAC
from workflows.registry import all_machines
from workflows.types import DateIn, FieldKind, PayloadField


def one(kind: FieldKind, **changes: Any) -> tuple[PayloadField, ...]:
    return (PayloadField("it", kind, "It", **({"example": "x"} | changes)),)


def cleaned(kind: FieldKind, value: Any, **changes: Any) -> Any:
    clean, reasons = clean_payload(one(kind, **changes), {"it": value})
    assert not reasons, [(reason.code, str(reason.message)) for reason in reasons]
    return clean["it"]


def refusal(kind: FieldKind, value: Any, **changes: Any) -> str:
    clean, reasons = clean_payload(one(kind, **changes), {"it": value})
    assert "it" not in clean
    (reason,) = reasons
    assert reason.field == "it"
    assert str(reason.message)
    return reason.code


@pytest.mark.parametrize("absent", [None, "", "   \n", [], {}])
def test_a_required_field_left_empty_is_refused(absent: Any) -> None:
    assert refusal("text", absent) == "required"


@pytest.mark.parametrize("day", ["9999-12-31", "2200-01-01", "1899-12-31", dt.date.max])
def test_a_year_that_nobody_means_is_refused(day: Any) -> None:
    assert refusal("date", day) == "date_year"


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-12:00"])
def test_an_instant_in_a_year_that_nobody_means_is_refused(moment: str) -> None:
    assert refusal("datetime", moment) == "date_year"


def test_an_optional_field_left_empty_is_left_out() -> None:
    assert clean_payload(one("date", required=False), {"it": ""}) == ({}, ())
    assert clean_payload(one("date", required=False), {}) == ({}, ())


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("text", " a\r\nb ", "a\nb"),
        ("line", " a \n  b ", "a b"),
        ("date", "2026-02-28", dt.date(2026, 2, 28)),
        ("date", dt.date(2026, 2, 28), dt.date(2026, 2, 28)),
        ("datetime", "2026-02-28T09:00:00Z", dt.datetime(2026, 2, 28, 9, tzinfo=dt.UTC)),
        ("integer", "12", 12),
        ("integer", 12, 12),
        ("boolean", "on", True),
        ("boolean", "false", False),
        ("boolean", False, False),
        ("questions", "Un ?\n\n  Deux ?  \r\n", ["Un ?", "Deux ?"]),
        ("questions", ["Un ?", " "], ["Un ?"]),
        ("answers", {"1": " oui ", "2": "", "3": None}, {"1": "oui"}),
    ],
)
def test_values_are_typed(kind: FieldKind, value: Any, expected: Any) -> None:
    found = cleaned(kind, value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("text", 12, "type"),
        ("text", "a\x00b", "characters"),
        ("text", "a\ud800b", "characters"),
        ("line", "x" * 11, "too_long"),
        ("date", "2026-02-30", "date"),
        ("date", "28/02/2026", "date"),
        ("date", "20260228", "date"),
        ("date", "2026-W09-1", "date"),
        ("date", "٢٠٢٦-02-28", "date"),
        ("date", 20260228, "date"),
        ("date", dt.datetime(2026, 2, 28, tzinfo=dt.UTC), "date"),
        ("datetime", "2026-02-28T09:00:00", "datetime"),
        ("datetime", "now", "datetime"),
        ("integer", True, "integer"),
        ("integer", "1.5", "integer"),
        ("integer", "9" * 30, "integer"),
        ("boolean", "perhaps", "boolean"),
        ("boolean", 1, "boolean"),
        ("choice", "other", "choice"),
        ("choice", ["grant"], "choice"),
        ("questions", 12, "type"),
        ("questions", ["a", 1], "type"),
        ("questions", ["a\x00"], "characters"),
        ("questions", [" ", " "], "required"),
        ("questions", ["?"] * (MAX_ITEMS + 1), "too_many"),
        ("answers", ["a"], "type"),
        ("answers", {"1": "x" * 11}, "too_long"),
        ("answers", {"1": ["a"]}, "type"),
        ("answers", {str(nth): "a" for nth in range(MAX_ITEMS + 1)}, "too_many"),
    ],
)
def test_bad_values_are_refused(kind: FieldKind, value: Any, code: str) -> None:
    assert refusal(kind, value, max_length=10, choices=(("grant", "Grant"),)) == code


def test_an_unknown_key_is_refused_by_name() -> None:
    clean, (reason,) = clean_payload(one("line"), {"it": "x", "reply-by": "2026-01-01"})
    assert clean == {"it": "x"}
    assert reason.code == "unknown_field"
    assert "reply-by" in str(reason.message)


def test_only_if_drops_what_does_not_count_and_requires_what_does() -> None:
    fields = AAC.transition("propose").payload
    refuse = {"outcome": "refuse", "reasons": "Non.", "starts_on": "2026-01-01", "conditions": "Aucune."}
    assert clean_payload(fields, refuse) == ({"outcome": "refuse", "reasons": "Non."}, ())
    _clean, reasons = clean_payload(fields, {"outcome": "grant", "reasons": "Oui."})
    assert {(reason.code, reason.field) for reason in reasons} == {("required", "starts_on"), ("required", "ends_on")}


@given(
    st.dictionaries(
        st.sampled_from(["outcome", "reasons", "starts_on", "ends_on", "conditions", "it"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        ),
    )
)
def test_nothing_typed_breaks_it_and_what_is_clean_stays_clean(raw: dict[str, Any]) -> None:
    fields = AAC.transition("propose").payload
    clean, reasons = clean_payload(fields, raw)
    again, more = clean_payload(fields, clean)
    assert again == clean
    assert {reason.code for reason in more} <= {"required"}
    assert all(reason.message and reason.code for reason in reasons)


def test_form_values_takes_our_fields_and_gathers_the_answers() -> None:
    posted = {"answers.1": "oui", "answers.2": "non", "csrfmiddlewaretoken": "t", "other.3": "x"}
    assert form_values(AAC.transition("answer").payload, posted) == {"answers": {"1": "oui", "2": "non"}}
    assert form_values(AAC.transition("withdraw").payload, {"reason": "r", "next": "/"}) == {"reason": "r"}


# ---------------------------------------------------------------------------------------------------- schema

ON = dt.date(2026, 3, 2)
ROWS = [(table, row) for table in all_machines() for row in table.transitions]


@pytest.mark.parametrize(("table", "row"), ROWS, ids=lambda it: getattr(it, "name", None) and str(it.name)[:30])
def test_first_examples_of_the_schema_make_a_valid_payload(table: Any, row: Any) -> None:
    schema = payload_schema(row.payload, on=ON)
    raw = {name: schema["properties"][name]["examples"][0] for name in schema["properties"]}
    _clean, reasons = clean_payload(row.payload, raw)
    assert reasons == ()
    assert set(schema.get("required", ())) <= set(raw)


def test_schema_of_a_proposal() -> None:
    schema = payload_schema(AAC.transition("propose").payload, on=ON)
    assert schema["required"] == ["outcome", "reasons"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["outcome"]["enum"] == ["grant", "refuse"]
    assert schema["properties"]["starts_on"] | {"title": ""} == {
        "type": "string",
        "format": "date",
        "title": "",
        "examples": ["2026-03-02"],
    }
    assert {tuple(rule["then"]["required"]) for rule in schema["allOf"]} == {("starts_on",), ("ends_on",)}


def test_overrides_are_laid_over_a_property() -> None:
    fields = AAC.transition("answer").payload
    schema = payload_schema(fields, {"answers": {"examples": [{"q7": "oui"}], "required": ["q7"]}})
    assert schema["properties"]["answers"]["examples"] == [{"q7": "oui"}]
    assert schema["properties"]["answers"]["required"] == ["q7"]


def test_a_relative_example_needs_a_day() -> None:
    fields = one("date", example=DateIn(3))
    assert payload_schema(fields, on=ON)["properties"]["it"]["examples"] == ["2026-03-05"]
    with pytest.raises(ValueError, match="needs `on`"):
        payload_schema(fields)


def test_example_payload_leaves_out_what_does_not_count() -> None:
    fields = (
        PayloadField("a", "line", "A", example="x"),
        PayloadField("b", "line", "B", example="y", only_if=("a", "z")),
    )
    assert example_payload(fields, ON) == {"a": "x"}
