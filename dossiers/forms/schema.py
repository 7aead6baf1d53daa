"""The answers of a procedure as JSON Schema (2020-12), made from its forms: what a system needs to fill them.

What is valid by the schema is valid by the form; the form forgives more (presentation, French numbers). Keywords that
JSON Schema has not are `formatMinimum` and `formatMaximum` (as in ajv) and, documented in the API's pages, `x-...`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _

from catalogue.criteria import current_version
from catalogue.identifiers import IdentifierValidator
from catalogue.models import Indication
from dossiers.forms.base import Answers, FormContext, FormSet, SectionForm, as_json
from dossiers.forms.fields import (
    LINE,
    CodesField,
    LinesField,
    NumberField,
    RowChoiceField,
    TextField,
    example_of,
    keywords_of,
)
from dossiers.forms.readable import flat
from dossiers.forms.rows import RowsField
from workflows.identity import NATIONAL_NUMBER

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
CATALOGUE: Final = "/api/v1/catalogue/%s/"
NARROWING: Final = {"indications": "indication"}
"""List whose rows change what is asked -> the parameter with which the description is asked again for one of them."""

IDENTIFIERS: Final = {"cim10": r"^[A-Z][0-9]{2}(\.[0-9]{1,4})?$", "orpha": "^[1-9][0-9]{0,5}$"}
NOT_KEPT: Final = {"pattern": rf"\x00|{NATIONAL_NUMBER.pattern}"}
NOT_STORED: Final = {"pattern": r"\x00"}
SAYS_SOMETHING: Final = r"\S"
OPTIONAL_SHAPES: Final = frozenset({"title", "description", "examples"})

Schema = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """For whom the description is made. `indication` None: for the one of the examples, and any other may be given."""

    kind: str
    kinds: tuple[str, ...]
    on: dt.date
    indication: Indication | None = None


@dataclass(frozen=True)
class Description:
    """`sections`: {key: schema}. `answers`: which sections are needed, and what one answer asks of the others."""

    sections: dict[str, Schema]
    answers: Schema
    indication: Indication | None
    criteria: Any


def describe_answers(form_set: FormSet, asked: Asked) -> Description:
    """The schemas of every section, in the active language.

    A section that the kind asked for does not have is described as the first kind that has it. `x-kinds` gives what
    it is for the other kinds, where it differs.
    """
    indication = asked.indication or example_indication(form_set, asked)
    criteria = current_version(indication, asked.on) if indication else None
    context = FormContext(kind=asked.kind, on=asked.on, indication=indication, criteria=criteria)
    by_kind = {kind: _sections(form_set, replace(context, kind=kind), asked) for kind in asked.kinds}
    sections = {}
    for form in form_set.sections:
        having = [kind for kind in (asked.kind, *asked.kinds) if form.key in by_kind[kind]]
        if not having:
            continue
        main = by_kind[having[0]][form.key]
        others = {kind: by_kind[kind][form.key] for kind in asked.kinds if kind in having}
        different = {kind: other for kind, other in others.items() if other != main}
        about = {"kinds": list(others), **_condition_in_words(form)}
        sections[form.key] = {**main, "x-applies": about, **({"x-kinds": different} if different else {})}
    return Description(sections, _between_sections(form_set, context, asked), indication, criteria)


def example_indication(form_set: FormSet, asked: Asked) -> Indication | None:
    """The indication that the examples choose, which the forms alone know."""
    context = FormContext(kind=asked.kind, on=asked.on)
    examples: dict[str, dict[str, Any]] = {}
    for form in form_set.sections:
        if form.applies(context):
            examples[form.key] = {name: example_of(one) for name, one in form(context=context).fields.items()}
    found = form_set.derive(examples).indication_id
    return Indication.objects.select_related("medicine").filter(pk=found).first() if found else None


# ------------------------------------------------------------------------------------------------- sections


def _sections(form_set: FormSet, context: FormContext, asked: Asked, given: Answers | None = None) -> dict[str, Schema]:
    """{key: schema} of the sections that may apply. `given`: an answer already made; else each section's own."""
    found = {}
    for form in form_set.sections:
        answers = given if given is not None else _given(form.only_if)
        here = replace(context, answers=answers)
        if form.applies(here):
            found[form.key] = section_schema(form(context=here), exact=asked.indication is not None)
    return found


def _given(condition: tuple[str, str, Any] | None) -> Answers:
    return {condition[0]: {condition[1]: condition[2]}} if condition else {}


def section_schema(form: SectionForm, *, exact: bool = False) -> Schema:
    """One section. `exact`: made for one indication, which the answers must then name."""
    schema: Schema = {"$schema": DIALECT, "type": "object", "title": str(form.title)}
    if form.intro:
        schema["description"] = str(form.intro)
    needed = [name for name, one in form.fields.items() if one.required or name in form.must_have]
    schema["properties"] = {name: _property(one, name in needed) for name, one in form.fields.items()}
    if not form.fields_of_context:
        # Its fields are the same whatever is answered elsewhere: another name is a slip of the keyboard, and a draft
        # refuses it. Rules and conditions narrow these fields; they never add one.
        schema["additionalProperties"] = False
    if exact:
        for name, one in form.fields.items():
            if isinstance(one, RowChoiceField):
                schema["properties"][name]["const"] = example_of(one)
    if needed:
        schema["required"] = needed
    if form.rules:
        schema["allOf"] = [dict(rule) for rule in form.rules]
    about = {"x-law": form.law, "x-personal": form.personal, "x-only-for": sorted(form.only_for)}
    return schema | {name: value for name, value in about.items() if value}


def _condition_in_words(form: type[SectionForm]) -> Schema:
    if form.only_if is None:
        return {"when": None, "words": _("Always, for these kinds.")}
    section, field, value = form.only_if
    words = _("Only when “%(field)s” is “%(value)s”.") % {"field": f"{section}.{field}", "value": value}
    return {"when": _is(section, field, value), "words": words}


def _is(section: str, field: str, value: Any) -> Schema:
    """The schema of whole answers in which that answer was given."""
    inner = {"properties": {field: {"const": value}}, "required": [field]}
    return {"properties": {section: inner}, "required": [section]}


# ------------------------------------------------------------------------------------------ between sections


def _between_sections(form_set: FormSet, context: FormContext, asked: Asked) -> Schema:
    """What is always needed, then for each answer that others depend on, what it adds."""
    plain = _sections(form_set, context, asked, {})
    conditional = {form.key for form in form_set.sections if form.only_if is not None}
    schema: Schema = {"$schema": DIALECT, "type": "object"}
    schema["properties"] = {form.key: {"type": "object"} for form in form_set.sections}
    schema["additionalProperties"] = False
    schema["required"] = [key for key, one in plain.items() if key not in conditional and "required" in one]
    rules = []
    for condition in dict.fromkeys(form.only_if for form in form_set.sections if form.only_if is not None):
        under = _sections(form_set, context, asked, _given(condition))
        needed = [key for key in under if key in conditional and "required" in under[key]]
        narrower = {key: found for key in plain if key in under and (found := _narrower(plain[key], under[key]))}
        then = {name: value for name, value in (("required", needed), ("properties", narrower)) if value}
        if then:
            rules.append({"if": _is(*condition), "then": then})
    if rules:
        schema["allOf"] = rules
    return schema


def _narrower(before: Schema, after: Schema) -> Schema:
    """What `after` asks that `before` did not."""
    found: Schema = {}
    required = [name for name in after.get("required", []) if name not in before.get("required", [])]
    if required:
        found["required"] = required
    properties = {}
    for name, one in after["properties"].items():
        was = before["properties"].get(name, {})
        changed = {word: value for word, value in one.items() if was.get(word) != value and word not in OPTIONAL_SHAPES}
        if changed:
            properties[name] = changed
    return {**found, "properties": properties} if properties else found


# ----------------------------------------------------------------------------------------------- properties


def _property(field: forms.Field, needed: bool, example: Any = None) -> Schema:
    example = example_of(field) if example is None else example
    schema = _shape(field, needed, example)
    for word, value in _plain(keywords_of(field)).items():
        schema[word] = {**schema[word], **value} if word == "items" else value
    schema["title"] = str(field.label or "")
    if field.help_text:
        schema["description"] = str(field.help_text)
    schema["examples"] = [] if example is None else [_example(field, example)]
    if isinstance(field, LinesField | CodesField):
        schema["items"] = {**schema["items"], "examples": list(example or [])}
    return schema


def _shape(field: forms.Field, needed: bool, example: Any) -> Schema:
    match field:
        case RowsField():
            return _rows(field, needed, example)
        case LinesField():
            item = {"type": "string", "minLength": 1, "maxLength": LINE, "pattern": SAYS_SOMETHING, "not": NOT_KEPT}
            return {"type": "array", "items": item, "minItems": int(needed), "maxItems": field.most}
        case CodesField():
            labels = {code: str(label) for code, label in flat(field.choices)}
            item = {"type": "string", "enum": list(labels), "x-labels": labels}
            return {"type": "array", "items": item, "minItems": int(needed), "maxItems": len(labels)}
        case RowChoiceField():
            narrows = {"x-narrows": NARROWING[field.catalogue]} if field.catalogue in NARROWING else {}
            return {"type": "integer", "minimum": 1, "x-catalogue": CATALOGUE % field.catalogue, **narrows}
        case forms.BooleanField():
            return {"type": "boolean", **({"const": True} if needed else {})}
        case forms.DateTimeField():
            return {"type": "string", "format": "date-time"}
        case forms.DateField():
            return {"type": "string", "format": "date"}
        case forms.DecimalField():
            return {"type": "number", **_decimal_bounds(field)}
        case forms.IntegerField():
            return {"type": "integer", **_bounds(field.min_value, field.max_value)}
        case forms.ChoiceField():
            labels = {code: str(label) for code, label in flat(field.choices) if code}
            return {"type": "string", "enum": list(labels), "x-labels": labels}
        case forms.CharField():
            return _text(field, needed)
    raise TypeError(f"{type(field).__name__} has no description in JSON Schema")


def _rows(field: RowsField, needed: bool, example: Any) -> Schema:
    row = example[0] if example else {}
    columns = {name: _property(one, one.required, row.get(name)) for name, one in field.columns.items()}
    item: Schema = {"type": "object", "properties": columns, "additionalProperties": False}
    required = [name for name, one in field.columns.items() if one.required]
    if required:
        item["required"] = required
    return {"type": "array", "items": item, "minItems": int(field.required), "maxItems": field.most}


def _text(field: forms.CharField, needed: bool) -> Schema:
    schema: Schema = {"type": "string"}
    if field.max_length is not None:
        schema["maxLength"] = field.max_length
    if needed:
        schema |= {"minLength": 1, "pattern": SAYS_SOMETHING}
    schema |= {"not": NOT_KEPT if isinstance(field, TextField) else NOT_STORED}
    for validator in field.validators:
        if isinstance(validator, IdentifierValidator):
            schema["pattern"] = IDENTIFIERS[validator.name]
    return schema


def _bounds(least: Any, most: Any) -> Schema:
    return {name: value for name, value in (("minimum", least), ("maximum", most)) if value is not None}


def _decimal_bounds(field: forms.DecimalField) -> Schema:
    schema = _bounds(field.min_value, field.max_value)
    if field.decimal_places is not None:
        schema["multipleOf"] = Decimal(1).scaleb(-field.decimal_places)
        if field.max_digits is not None:
            # A digit less than the field takes: a float near the bound is written with more digits than it has.
            largest = Decimal(10) ** (field.max_digits - field.decimal_places) - 1
            schema.setdefault("maximum", largest)
            schema.setdefault("minimum", -largest)
    return _plain(schema)


def _plain(value: Any) -> Any:
    """Numbers that JSON has, for keywords."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _example(field: forms.Field, example: Any) -> Any:
    if isinstance(field, NumberField):
        return _plain(Decimal(str(example)))
    return as_json(example)
