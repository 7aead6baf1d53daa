"""Hypothesis strategies made from the published schemas alone: answers that they accept, answers that they refuse.

Only the keywords that our schemas use are known, and an unknown one fails: a constraint that tests would not see.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft202012Validator

Schema = Mapping[str, Any]
Draw = Callable[..., Any]

KNOWN = frozenset({
    "additionalProperties", "type", "title", "description", "examples", "properties", "required", "items", "allOf",
    "anyOf", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
    "maxLength", "pattern", "not", "format", "formatMinimum", "formatMaximum", "minItems", "maxItems", "$schema",
    "x-labels", "x-catalogue", "x-narrows", "x-law", "x-personal", "x-only-for", "x-applies", "x-kinds",
    "x-otherwise", "x-not-before",
})  # fmt: skip
LETTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\x00")

NATIONAL_NUMBER = "1 85 05 78 006 084 91"


def fits(schema: Schema, value: Any) -> bool:
    return _validator(json.dumps(schema)).is_valid(value)


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema))


def merged(schema: Schema, narrower: Schema) -> dict[str, Any]:
    """`schema` and what a rule adds to it."""
    both = {**schema, **narrower}
    if "required" in schema and "required" in narrower:
        both["required"] = [*schema["required"], *narrower["required"]]
    if "properties" in schema and "properties" in narrower:
        inner = narrower["properties"]
        both["properties"] = {name: merged(one, inner.get(name, {})) for name, one in schema["properties"].items()}
    return both


def under_rules(schema: Schema, rules: Schema, value: Any) -> dict[str, Any]:
    """`schema` with the branches of the `rules` that `value` is in."""
    for rule in rules.get("allOf", []):
        schema = merged(schema, rule.get("then" if fits(rule["if"], value) else "else", {}))
    return dict(schema)


def asked_first(rules: Schema) -> list[str]:
    """The names that conditions look at: they are drawn before what depends on them."""
    return [name for rule in rules.get("allOf", []) for name in rule["if"].get("properties", {})]


def of_kind(sections: Mapping[str, Schema], kind: str) -> dict[str, Schema]:
    """The sections that this kind has, as it has them."""
    having = {key: one for key, one in sections.items() if kind in one["x-applies"]["kinds"]}
    return {key: one.get("x-kinds", {}).get(kind, one) | {"x-applies": one["x-applies"]} for key, one in having.items()}


@st.composite
def valid_answers(draw: Draw, sections: Mapping[str, Schema], answers: Schema, kind: str) -> dict[str, Any]:
    """{section: {field: value}} accepted by the schemas of this kind; sections that do not apply are left out."""
    mine = of_kind(sections, kind)
    first = asked_first(answers)
    made: dict[str, Any] = {}
    for key in sorted(mine, key=lambda key: key not in first):
        when = mine[key]["x-applies"]["when"]
        if when is None or fits(when, made):
            narrowed = under_rules({"properties": mine}, answers, made)["properties"][key]
            made[key] = draw(an_object(narrowed))
    return made


@st.composite
def an_object(draw: Draw, schema: Schema) -> dict[str, Any]:
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    first = asked_first(schema)
    made: dict[str, Any] = {}
    for name in sorted(schema["properties"], key=lambda name: name not in first):
        here = under_rules(schema, schema, made)
        one = here["properties"][name]
        if name in here.get("required", []) or draw(st.booleans()):
            made[name] = draw(a_value(one))
            earlier = made.get(one.get("x-not-before"))
            if earlier is not None and made[name][: len(earlier)] < earlier[: len(made[name])]:
                made[name] = earlier
    return made


def a_value(schema: Schema) -> st.SearchStrategy[Any]:
    return _value_of(json.dumps(schema))


@cache
def _value_of(text: str) -> st.SearchStrategy[Any]:
    """Once per schema: a strategy made from a regular expression is slow to build."""
    schema = json.loads(text)
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "x-catalogue" in schema:
        return st.sampled_from(schema["examples"])
    if "anyOf" in schema:
        without = {word: value for word, value in schema.items() if word != "anyOf"}
        return st.one_of([a_value({**without, **one}) for one in schema["anyOf"]])
    match schema["type"]:
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(schema.get("minimum"), schema.get("maximum"))
        case "number":
            return a_number(schema)
        case "array":
            least, most = schema.get("minItems", 0), min(schema["maxItems"], 3)
            items = schema["items"]
            return st.lists(
                an_object(items) if items["type"] == "object" else a_value(items), min_size=least, max_size=most
            )
        case "object":
            return an_object(schema)
        case "string":
            return a_text(schema)
    raise AssertionError(schema)


def a_number(schema: Schema) -> st.SearchStrategy[float]:
    step = Decimal(str(schema["multipleOf"]))

    def steps(word: str, strict: str, inward: int) -> int | None:
        bounds = [Decimal(str(schema[one])) / step for one in (word, strict) if one in schema]
        if not bounds:
            return None
        bound = (max if inward > 0 else min)(bounds)
        whole = int(bound) if bound == int(bound) else int(bound) + (inward > 0)
        return whole + inward if strict in schema and whole == Decimal(str(schema[strict])) / step else whole

    least, most = steps("minimum", "exclusiveMinimum", 1), steps("maximum", "exclusiveMaximum", -1)
    return st.integers(least, most).map(lambda count: float(count * step))


def a_text(schema: Schema) -> st.SearchStrategy[str]:
    if schema.get("format") == "date":
        return st.dates(*_bounds(schema, dt.date.fromisoformat, dt.date(1900, 1, 1), dt.date(2199, 12, 31))).map(str)
    if schema.get("format") == "date-time":
        first, last = _bounds(
            schema,
            dt.datetime.fromisoformat,
            dt.datetime(1900, 1, 2, tzinfo=dt.UTC),
            dt.datetime(2199, 1, 1, tzinfo=dt.UTC),
        )
        seconds = st.integers(0, int((last - first).total_seconds()))
        return seconds.map(lambda passed: (first + dt.timedelta(seconds=passed)).isoformat())
    most = schema.get("maxLength", 200)
    pattern = schema.get("pattern", "")
    if pattern in ("", r"\S"):
        found: st.SearchStrategy[str] = st.text(LETTERS, min_size=schema.get("minLength", 0), max_size=min(most, 40))
    else:
        found = st.from_regex(pattern.removesuffix("$") + r"\Z", alphabet=LETTERS)
    return found.filter(lambda text: re.search(pattern, text) is not None and fits(schema, text))


def _bounds(schema: Schema, read: Callable[[str], Any], least: Any, most: Any) -> tuple[Any, Any]:
    return (
        read(schema["formatMinimum"]) if "formatMinimum" in schema else least,
        read(schema["formatMaximum"]) if "formatMaximum" in schema else most,
    )


# --------------------------------------------------------------------------------------------------- refused


WRONG_TYPES: dict[str, list[Any]] = {
    "string": [12345, True, ["DM"], {"a": "b"}, 1.5],
    "integer": ["beaucoup", 1.5, [1], {}, True, "9" * 5_000],
    "number": ["beaucoup", [1], {"a": 1}, True],
    "boolean": ["peut-être", 3, [0], {"a": 1}],
    "array": [5, {"a": "b"}, True],
}


def violations(schema: Schema) -> list[tuple[str, Any]]:
    """(keyword, value that breaks it) for one property."""
    found: list[tuple[str, Any]] = [("type", value) for value in WRONG_TYPES[schema["type"]]]
    if "maxLength" in schema:
        found.append(("maxLength", "a" * (schema["maxLength"] + 1)))
    if "enum" in schema:
        found.append(("enum", "zzz"))
    if schema.get("const") is True:
        found.append(("const", False))
    if "pattern" in schema and "enum" not in schema:
        found += [("pattern", text) for text in (" ", "@@@@@") if not re.search(schema["pattern"], text)]
    if "minimum" in schema:
        found.append(("minimum", schema["minimum"] - 1))
    if "maximum" in schema:
        found.append(("maximum", schema["maximum"] + 1))
    if schema.get("format"):
        found += [("format", "2024-13-45"), ("format", "un jour")]
    if "formatMaximum" in schema:
        found.append(("formatMaximum", "9990" + schema["formatMaximum"][4:]))
    if "not" in schema:
        found.append(("not", "a\x00b"))
        if fits(schema["not"], NATIONAL_NUMBER):
            found.append(("not", NATIONAL_NUMBER))
    if "x-catalogue" in schema:
        found.append(("x-catalogue", 2**40))
        found.append(("x-catalogue", 10**30))
    if schema["type"] == "array":
        found += _in_arrays(schema)
    return found


def _in_arrays(schema: Schema) -> list[tuple[str, Any]]:
    example, items = schema["examples"][0][0], schema["items"]
    found: list[tuple[str, Any]] = [("maxItems", [example] * (schema["maxItems"] + 1))]
    if items["type"] == "object":
        found += [("items", ["x"]), ("items.required", [dict.fromkeys(items["required"], "") | {"zzz": "x"}])]
        if items.get("additionalProperties") is False:
            found.append(("items.additionalProperties", [{**example, "zzz": "x"}]))
        for column, one in items["properties"].items():
            found += [
                (f"items.{word}", [{**example, column: wrong}]) for word, wrong in violations(one) if wrong != " "
            ]
    else:
        found += [("items", [5])] + [(f"items.{word}", [wrong]) for word, wrong in violations(items) if wrong != " "]
    return found


@st.composite
def broken(
    draw: Draw, sections: Mapping[str, Schema], answers: Schema, good: Mapping[str, Any], kind: str
) -> tuple[str, str, str, dict[str, Any]]:
    """(section, field, keyword broken, answers): `good` answers with one thing that the schema refuses."""
    mine = of_kind(sections, kind)
    narrowed = under_rules({"properties": mine}, answers, good)["properties"]
    section = draw(st.sampled_from(sorted(good)))
    schema = under_rules(narrowed[section], narrowed[section], good[section])
    field = draw(st.sampled_from(sorted(schema["properties"])))
    ways = violations(schema["properties"][field])
    if field in schema.get("required", []):
        ways.append(("required", None))
    keyword, value = draw(st.sampled_from(ways))
    changed = {name: one for name, one in good[section].items() if name != field}
    if keyword != "required":
        changed[field] = value
    return section, field, keyword, {**good, section: changed}
