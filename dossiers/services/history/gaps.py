"""What a published source does not say, written down as not said. Nothing is invented: texts are marked, and whatever
else is mandatory stays missing, so that the rules refuse the case and name it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext

from dossiers.forms.base import FormContext, FormSet
from dossiers.forms.fields import TextField
from workflows.types import Transition


def not_given() -> str:
    """Stored once for all its readers: in the language of the site."""
    with translation.override(settings.LANGUAGE_CODE):
        return gettext("Not given in the published source.")


def with_marked_texts(forms: FormSet, context: FormContext) -> dict[str, dict[str, Any]]:
    """The answers of `context`, each mandatory free text that is missing saying that the source does not give it."""
    answers = {section: dict(values) for section, values in context.answers.items()}
    _clean, reasons = forms.strict(context)
    lacking = [reason.field.partition(".") for reason in reasons if reason.code == "required"]
    shown = {
        section.key: section(answers.get(section.key, {}), context=context) for section in forms.applicable(context)
    }
    words = not_given()
    for section, _dot, name in lacking:
        field = shown[section].fields.get(name)
        needed = forms.published_needs is not None and f"{section}.{name}" in forms.published_needs
        if type(field) is TextField and not needed and _takes(field, words):
            answers.setdefault(section, {})[name] = words
    return answers


def _takes(field: TextField, words: str) -> bool:
    """Whether these words can stand in the field: not in an address, nor in a short one."""
    try:
        field.run_validators(words)
    except ValidationError:
        return False
    return True


def completed(
    row: Transition,
    given: Mapping[str, Any],
    *,
    day: dt.date,
    decision: str = "",
    period: Mapping[str, dt.date] | None = None,
    asked: int = 1,
) -> dict[str, Any]:
    """The payload of an act that is known to have been done: what it could not be done without.

    Reasons are marked as not given, a mandatory statement was made since the act was done, a proposal is that of the
    `decision` that followed, its first and last days are those of `period`, each of the questions `asked` was answered.
    The rest stays missing.
    """
    payload = dict(given)
    period = {"starts_on": day, **(period or {})}
    for field in row.payload:
        if field.name in payload or not field.required:
            continue
        if field.only_if is not None and payload.get(field.only_if[0]) != field.only_if[1]:
            continue
        if field.kind in {"text", "line"}:
            payload[field.name] = not_given()
        elif field.kind == "questions":
            payload[field.name] = [not_given()]
        elif field.kind == "answers":
            payload[field.name] = {str(rank): not_given() for rank in range(1, asked + 1)}
        elif field.kind == "boolean":
            payload[field.name] = True
        elif field.kind == "choice" and decision in dict(field.choices):
            payload[field.name] = decision
        elif field.kind == "date" and field.name in period:
            payload[field.name] = period[field.name].isoformat()
    return payload
