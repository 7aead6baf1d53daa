"""Answers that pass, made from the example that each field carries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from catalogue.criteria import current_version
from catalogue.models import CriteriaVersion, Indication
from dossiers.forms.base import Answers, FormContext
from dossiers.forms.fields import example_of
from dossiers.forms.registry import form_set


def example_answers(
    *,
    procedure: str,
    kind: str,
    on: dt.date,
    indication: Indication | None = None,
    given: Answers | None = None,
    parent_title: Any = None,
) -> dict[str, dict[str, Any]]:
    """Raw answers valid on the civil day `on`: the examples of the form, under those `given`."""
    answers: dict[str, dict[str, Any]] = {key: dict(values) for key, values in (given or {}).items()}
    criteria = current_version(indication, on) if indication else None
    forms = form_set(procedure)
    for section in forms.sections:
        context = FormContext(
            kind=kind, on=on, answers=answers, indication=indication, criteria=criteria, parent_title=parent_title
        )
        if section.applies(context):
            answers[section.key] = {**_examples(section(context=context)), **answers.get(section.key, {})}
    return _without_what_does_not_count(answers, criteria)


def _examples(form: Any) -> Mapping[str, Any]:
    examples = {name: example_of(field) for name, field in form.fields.items()}
    return {name: value for name, value in examples.items() if value not in (None, "")}


def _without_what_does_not_count(
    answers: dict[str, dict[str, Any]], criteria: CriteriaVersion | None
) -> dict[str, dict[str, Any]]:
    """A person leaves empty what a choice made needless: the words for a medicine that is in the list, for one."""
    medicine, request = answers.get("medicine", {}), answers.get("request", {})
    if medicine.get("indication"):
        answers["medicine"] = {name: value for name, value in medicine.items() if not name.startswith("other_")}
    if criteria is None or criteria.max_daily_dose is None:
        answers.get("medicine", {}).pop("daily_dose", None)
    if request.get("urgent") == "no":
        request.pop("urgent_reason", None)
    return answers
