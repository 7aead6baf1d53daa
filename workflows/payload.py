"""What is typed with an act: cleaning it, and describing it as a JSON Schema for other systems."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from workflows.identity import holds_national_number
from workflows.types import DateIn, Facts, PayloadField, Reason

MAX_ITEMS: Final = 50
"""Questions in one request, answers in one reply: beyond that somebody is flooding us."""

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199
"""A day beyond them is a slip of the keyboard, and day arithmetic near the year 9999 overflows."""

_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INTEGER: Final = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_TRUE: Final = frozenset({"true", "on", "1", "yes"})
_FALSE: Final = frozenset({"false", "off", "0", "no"})


_MISSING: Final = {
    True: _("Tick this box: it is needed for this act."),
    False: _("Fill in this field: it is needed for this act."),
}


class _Refused(Exception):
    def __init__(self, code: str, message: Any) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


def clean_payload(
    fields: tuple[PayloadField, ...], raw: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[Reason, ...]]:
    """The typed values and what is wrong with the others. Absent and empty optional values are left out.

    A field whose `only_if` does not hold is dropped, not refused: a form without JavaScript sends every field.
    A key that names no field is refused, so that a client's typing error is not silently lost.
    """
    clean: dict[str, Any] = {}
    reasons: list[Reason] = []
    for field in fields:
        if field.only_if is not None and clean.get(field.only_if[0]) != field.only_if[1]:
            continue
        value = raw.get(field.name)
        if _is_empty(value):
            if field.required:
                reasons.append(Reason("required", _MISSING[field.kind == "boolean"], field.name))
            continue
        try:
            clean[field.name] = _CLEANERS[field.kind](field, value)
        except _Refused as refusal:
            reasons.append(Reason(refusal.code, refusal.message, field.name))
    known = {field.name for field in fields}
    for name in raw:
        if name not in known:
            shown = str(name)[:100]
            reasons.append(Reason("unknown_field", _("“%s” is not asked for this act: remove it.") % shown, shown))
    return clean, tuple(reasons)


def form_values(fields: tuple[PayloadField, ...], posted: Mapping[str, Any]) -> dict[str, Any]:
    """The raw payload out of an HTML form: only our fields; an answer is posted under `answers.<question id>`."""
    raw: dict[str, Any] = {}
    for field in fields:
        prefix = f"{field.name}."
        if field.kind == "answers":
            raw[field.name] = {key[len(prefix) :]: posted[key] for key in posted if key.startswith(prefix)}
        elif field.name in posted:
            raw[field.name] = posted[field.name]
    return raw


def offered(field: PayloadField, facts: Facts) -> dict[str, str]:
    """{code: words} that this very file offers: the values of a `line`, or the questions that an `answers` field
    answers, which are those of the open request unless the field names others."""
    if field.offered:
        return {str(code): str(words) for code, words in facts.matter.get(field.offered, {}).items()}
    if field.kind == "answers" and facts.request is not None and facts.request.is_open:
        return dict(facts.request.questions)
    return {}


def fitted(fields: tuple[PayloadField, ...], facts: Facts) -> tuple[PayloadField, ...]:
    """The fields that this very file asks: an optional one for which it offers nothing is left out."""
    return tuple(one for one in fields if one.required or not one.offered or offered(one, facts))


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or (value in ([], {}, ()))


# ------------------------------------------------------------------------------------------------ cleaners


def _text(field: PayloadField, value: Any) -> str:
    if not isinstance(value, str):
        raise _Refused("type", _("Write a text here."))
    # NUL and lone surrogates can be written in JSON but not stored by PostgreSQL.
    if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise _Refused("characters", _("This text holds characters that cannot be stored: type it again."))
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > field.max_length:
        raise _Refused("too_long", _("This text is too long: %d characters at most.") % field.max_length)
    if holds_national_number(text):
        raise _Refused(
            "national_number",
            _(
                "This looks like a national health number (NIR or INS). Remove it: the request identifies the patient "
                "by initials only, and nobody at ANSM needs more."
            ),
        )
    return text


def _line(field: PayloadField, value: Any) -> str:
    return " ".join(_text(field, value).split())


def _date(field: PayloadField, value: Any) -> dt.date:
    day = value
    if isinstance(value, str) and _ISO_DATE.fullmatch(value.strip()):
        try:
            day = dt.date.fromisoformat(value.strip())
        except ValueError:
            day = None
    if not isinstance(day, dt.date) or isinstance(day, dt.datetime):
        raise _Refused("date", _("Write a date that exists, as year-month-day, for example 2026-03-31."))
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _Refused("date_year", _("Check the year of this date: it must be between 1900 and 2199."))
    return day


def _datetime(field: PayloadField, value: Any) -> dt.datetime:
    moment = value
    if isinstance(value, str):
        try:
            moment = dt.datetime.fromisoformat(value.strip())
        except ValueError:
            moment = None
    if isinstance(moment, dt.datetime) and moment.tzinfo is not None:
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise _Refused("date_year", _("Check the year of this date: it must be between 1900 and 2199."))
        return moment
    raise _Refused("datetime", _("Write a date and a time with its zone, for example 2026-03-31T09:00:00+02:00."))


def _choice(field: PayloadField, value: Any) -> str:
    if isinstance(value, str) and value in {code for code, _label in field.choices}:
        return value
    raise _Refused("choice", _("Choose one of the values offered."))


def _integer(field: PayloadField, value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    raise _Refused("integer", _("Write a whole number."))


def _boolean(field: PayloadField, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise _Refused("boolean", _("Answer yes or no."))


def _questions(field: PayloadField, value: Any) -> list[str]:
    if isinstance(value, str):
        value = _text(field, value).split("\n")
    if not isinstance(value, (list, tuple)):
        raise _Refused("type", _("Write one question per line."))
    questions = [_line(field, question) for question in value]
    questions = [question for question in questions if question]
    if not questions:
        raise _Refused("required", _("Write at least one question."))
    if len(questions) > MAX_ITEMS:
        raise _Refused("too_many", _("Ask %d questions at most.") % MAX_ITEMS)
    return questions


def _answers(field: PayloadField, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise _Refused("type", _("Answer each question separately."))
    if len(value) > MAX_ITEMS:
        raise _Refused("too_many", _("Give %d answers at most.") % MAX_ITEMS)
    answers = {str(key): _text(field, answer) for key, answer in value.items() if answer is not None}
    return {key: answer for key, answer in answers.items() if answer}


_CLEANERS: Final = {
    "text": _text,
    "line": _line,
    "date": _date,
    "datetime": _datetime,
    "choice": _choice,
    "integer": _integer,
    "boolean": _boolean,
    "questions": _questions,
    "answers": _answers,
}


# --------------------------------------------------------------------------------------------- JSON Schema


def payload_schema(
    fields: tuple[PayloadField, ...],
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    on: dt.date | None = None,
) -> dict[str, Any]:
    """JSON Schema (2020-12) of a payload. Every property has `examples`, the first one valid in the demo data.

    `overrides` is {field: {keyword: value}}, laid over the property: the open questions of one dossier, for example.
    `on` is the civil date that relative examples (`DateIn`) are counted from; raises ValueError when one needs it
    and it is absent.
    """
    properties: dict[str, Any] = {}
    required: list[str] = []
    conditions: list[dict[str, Any]] = []
    for field in fields:
        properties[field.name] = _property_schema(field, on) | dict((overrides or {}).get(field.name, {}))
        if not field.required:
            continue
        if field.only_if is None:
            required.append(field.name)
        else:
            other, value = field.only_if
            conditions.append(
                {
                    "if": {"properties": {other: {"const": value}}, "required": [other]},
                    "then": {"required": [field.name]},
                }
            )
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
    if conditions:
        schema["allOf"] = conditions
    return schema


def example_of(field: PayloadField, on: dt.date | None) -> Any:
    """The field's example as JSON. Raises ValueError when it is relative and `on` is absent."""
    example = field.example
    if isinstance(example, DateIn):
        if on is None:
            raise ValueError(f"the example of {field.name} is relative: payload_schema needs `on`")
        return (on + dt.timedelta(days=example.days)).isoformat()
    return example.isoformat() if isinstance(example, (dt.date, dt.datetime)) else example


def example_payload(fields: tuple[PayloadField, ...], on: dt.date) -> dict[str, Any]:
    """A whole payload made of the examples, without the fields that do not count given the others."""
    raw = {field.name: example_of(field, on) for field in fields if field.example is not None}
    return {
        field.name: raw[field.name]
        for field in fields
        if field.name in raw and (field.only_if is None or raw.get(field.only_if[0]) == field.only_if[1])
    }


def _property_schema(field: PayloadField, on: dt.date | None) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1, "maxLength": field.max_length}
    shapes: dict[str, dict[str, Any]] = {
        "text": text,
        "line": text,
        "date": {"type": "string", "format": "date"},
        "datetime": {"type": "string", "format": "date-time"},
        "choice": {"type": "string", "enum": [code for code, _label in field.choices]},
        "integer": {"type": "integer"},
        "boolean": {"type": "boolean"},
        "questions": {"type": "array", "items": text, "minItems": 1, "maxItems": MAX_ITEMS},
        "answers": {"type": "object", "additionalProperties": text, "maxProperties": MAX_ITEMS},
    }
    schema = dict(shapes[field.kind])
    schema["title"] = str(field.label)
    if field.help:
        schema["description"] = str(field.help)
    if field.kind == "choice":
        schema["x-labels"] = {code: str(label) for code, label in field.choices}
    schema["examples"] = [example_of(field, on)]
    return schema
