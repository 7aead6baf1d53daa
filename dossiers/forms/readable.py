"""An answer in words, for those who read the request: a code becomes its label, a date a day, a row a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils import formats, timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from workflows.dates import say
from workflows.types import Text


@dataclass(frozen=True)
class Readable:
    name: str
    label: Text
    value: str


def readable(field: forms.Field, value: Any) -> str:
    """`value`, typed or clean, as a person reads it; empty when there is nothing to read."""
    words = getattr(field, "readable", None)
    if words is not None:
        return str(words(value))
    if value is None or value == "" or value == []:
        return ""
    if isinstance(field, forms.BooleanField):
        return _("Yes") if value in (True, "true", "True", "on", "1") else ""
    if isinstance(field, forms.ModelChoiceField):
        return _chosen_row(field, value)
    if isinstance(field, forms.ChoiceField):
        return str(dict(flat(field.choices)).get(str(value), value))
    if isinstance(field, forms.DateTimeField):
        return moment(value)
    if isinstance(field, forms.DateField):
        return day(value)
    if isinstance(value, list | tuple):
        return "\n".join(str(one) for one in value)
    if isinstance(field, forms.DecimalField):
        return str(value).replace(".", str(formats.get_format("DECIMAL_SEPARATOR")))
    return str(value)


def day(value: Any) -> str:
    try:
        found = value if isinstance(value, dt.date) else parse_date(str(value))
    except ValueError:
        found = None
    return say(found) if found else str(value)


def moment(value: Any) -> str:
    try:
        found = value if isinstance(value, dt.datetime) else parse_datetime(str(value))
    except ValueError:
        found = None
    if found is None:
        return str(value)
    local = timezone.localtime(found) if timezone.is_aware(found) else found
    return f"{say(local.date())}, {local:%H:%M}"


def _chosen_row(field: forms.ModelChoiceField, value: Any) -> str:
    try:
        return str(field.clean(value))
    except forms.ValidationError:
        return str(value)


def flat(choices: Any) -> list[tuple[str, Any]]:
    """Choices without their groups."""
    pairs: list[tuple[str, Any]] = []
    for code, label in choices:
        if isinstance(label, list | tuple):
            pairs += [(str(inner), name) for inner, name in label]
        else:
            pairs.append((str(code), label))
    return pairs


def as_mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
