"""The forms of a protocol: what each asks, as a JSON Schema, and what was answered for one patient."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.urls import reverse

from cohort.forms import AFTER_THE_START, MOST_DECIMALS, MUST_BE_YES, PAST, Setting
from cohort.models import CohortForm, Inclusion
from cohort.prefill import known
from cohort.protocol import Cohort
from cohort.queries import hospital
from cohort.services.forms import OPEN_WHILE
from dossiers.forms.aac.patient import OLDEST_YEARS
from dossiers.forms.fields import LINE, LONG
from dossiers.forms.patterns import months_between
from dossiers.forms.schema import DIALECT, NOT_KEPT, SAYS_SOMETHING
from workflows.dates import civil_date
from workflows.payload import FIRST_YEAR
from workflows.putrd import FORMS, Variable
from workflows.putrd_library import INITIATION, STOP

LABELS: Final = dict(FORMS)
SIGNED_COLUMNS: Final = (
    "form", "visit", "visit_label", "due_on", "version", "signed_at", "signed_by_name", "pharmacist_at",
    "pharmacist_name", "answers",
)  # fmt: skip
EXAMPLES: Final[dict[str, Any]] = {
    "initials": "AB",
    "birth_month": "1961-07",
    "weight": 62.5,
    "height": 170,
    "haemoglobin": 12.5,
    "diagnosis": "Sclérose latérale amyotrophique liée à SOD1",
    "prior_treatments": "Riluzole depuis deux ans.",
    "planned_dose": "100 mg par mois",
    "dose": "100 mg",
    "baseline": "Marche avec une canne.",
    "adverse_effect_text": "Céphalées, résolues en deux jours.",
    "reason_text": "Déménagement.",
}
SOME_TEXT: Final = "Rien de particulier."

Schema = dict[str, Any]


# --------------------------------------------------------------------------------------------- what is asked


def schema_of(cohort: Cohort, form: str, setting: Setting, *, given_on: dt.date | None = None) -> Schema:
    """One form of the protocol. Its first examples, all together, can be signed. `given_on`: the day of access."""
    variables = cohort.variables(form)
    schema: Schema = {"$schema": DIALECT, "type": "object", "title": str(LABELS[form])}
    schema["properties"] = {one.code: _property(one, setting, given_on) for one in variables}
    schema["additionalProperties"] = False
    schema["required"] = [one.code for one in variables if one.required and one.only_if is None]
    if rules := [_rule(one) for one in variables if one.required and one.only_if is not None]:
        schema["allOf"] = rules
    return schema


def _rule(one: Variable) -> Schema:
    """Asked when that other answer is one of those."""
    assert one.only_if is not None  # the caller chose them so
    other, answers = one.only_if
    condition = {"properties": {other: {"enum": list(answers)}}, "required": [other]}
    return {"if": condition, "then": {"required": [one.code]}}


def _property(one: Variable, setting: Setting, given_on: dt.date | None) -> Schema:
    shape = _shape(one, setting, given_on)
    title = f"{one.label} ({one.unit})" if one.unit else str(one.label)
    found: Schema = {**shape, "title": title, "description": str(one.purpose), "examples": [_example(one, setting)]}
    return found | ({"x-personal": True} if one.personal else {})


def _shape(one: Variable, setting: Setting, given_on: dt.date | None) -> Schema:
    match one.kind:
        case "choice":
            labels = {code: str(label) for code, label in one.choices}
            must = {"const": "yes"} if one.code in MUST_BE_YES else {}
            return {"type": "string", "enum": list(labels), "x-labels": labels, **must}
        case "date":
            return {"type": "string", "format": "date", **_days(one.code, setting, given_on)}
        case "month":
            last = setting.on.year * 12 + setting.on.month - 1
            first = max(FIRST_YEAR * 12, last - OLDEST_YEARS * 12 + 1)
            return {"type": "string", "pattern": months_between(first, last)}
        case "integer":
            return {"type": "integer", **_bounds(one)}
        case "number":
            # A digit less than the field takes: a float near the bound is written with more digits than it has.
            largest = 10 ** (11 - MOST_DECIMALS)
            bounds = {"minimum": -largest, "maximum": largest, **_bounds(one)}
            return {"type": "number", "multipleOf": 10**-MOST_DECIMALS, **bounds}
    if one.code == "initials":
        return {"type": "string", "pattern": "^[A-Z]{2,5}$"}
    said = {"minLength": 1, "pattern": SAYS_SOMETHING} if one.required else {}
    return {"type": "string", "maxLength": LINE if one.kind == "line" else LONG, **said, "not": NOT_KEPT}


def _days(code: str, setting: Setting, given_on: dt.date | None) -> Schema:
    first = setting.started_on if code in AFTER_THE_START else given_on if code == "started_on" else None
    found = {"formatMinimum": (first or dt.date(FIRST_YEAR, 1, 1)).isoformat()}
    return found | ({"formatMaximum": setting.on.isoformat()} if code in PAST else {})


def _bounds(one: Variable) -> Schema:
    return {name: value for name, value in (("minimum", one.least), ("maximum", one.most)) if value is not None}


def _example(one: Variable, setting: Setting) -> Any:
    if one.code in MUST_BE_YES:
        return "yes"
    if one.code in EXAMPLES:
        return EXAMPLES[one.code]
    match one.kind:
        case "choice":
            return one.choices[0][0]
        case "date":
            return setting.on.isoformat()
        case "month":
            return f"{setting.on:%Y-%m}"
        case "integer" | "number":
            return int(one.least) + 1 if one.least is not None and one.least > 0 else 1
    return SOME_TEXT


def mistyped(variables: Sequence[Variable], given: dict[str, Any]) -> list[str]:
    """Codes of the values whose JSON type is not that of their variable. A number may come as text: 62,5."""
    kinds = {one.code: one.kind for one in variables}
    types = {"number": (int, float, str), "integer": (int, str)}
    return [
        code
        for code, value in given.items()
        if value is not None
        and code in kinds
        and (isinstance(value, bool) or not isinstance(value, types.get(kinds[code], (str,))))
    ]


# ------------------------------------------------------------------------------------------ what is answered


def all_of(
    cohort: Cohort, names: list[str], inclusion: Inclusion | None, key: int, on: dt.date
) -> list[dict[str, Any]]:
    """For the hospital, whose `inclusion` it is, every form, even those to come; else those signed, as the company
    reads them: `personal` is no column of that query."""
    if inclusion is None:
        signed = CohortForm.objects.filter(inclusion=key, signed_at__isnull=False).order_by("signed_at", "pk")
        read: Any = signed.values(*SIGNED_COLUMNS)
        return [_signed(one, cohort, names) for one in read]
    return [own(one, names, on) for one in with_those_to_begin(inclusion)]


def with_those_to_begin(inclusion: Inclusion) -> list[CohortForm]:
    """The forms there are, then the one that the present state opens and nobody has begun."""
    found = hospital.forms_of(inclusion)
    begun = {one.form for one in found}
    return found + [
        CohortForm(inclusion=inclusion, form=form)
        for form in (INITIATION, STOP)
        if form not in begun and inclusion.state in OPEN_WHILE[form]
    ]


def own(one: CohortForm, names: list[str], on: dt.date) -> dict[str, Any]:
    """A form as the hospital that fills it reads it."""
    waits = one.signed_at is None and one.cancelled_at is None
    return {
        **_named(one.form, one.visit, one.visit_label, names),
        "due_on": one.due_on,
        "days_late": max((on - one.due_on).days, 0) if waits and one.due_on is not None else 0,
        "state": _state(one),
        "open": waits and one.inclusion.state in OPEN_WHILE[one.form],
        "version": one.version,
        "saved_at": one.saved_at,
        "saved_by": one.saved_by.full_name if one.saved_by else "",
        "signed_at": one.signed_at,
        "signed_by": one.signed_by_name,
        "pharmacist_at": one.pharmacist_at,
        "pharmacist": one.pharmacist_name,
        "answers": {**one.answers, **one.personal},
    }


def whole(one: CohortForm, cohort: Cohort, names: list[str], at: dt.datetime, setting: Setting) -> dict[str, Any]:
    """A form with what it asks, and what is known already until somebody has saved it."""
    inclusion = one.inclusion
    variables = cohort.variables(one.form)
    copied = {} if one.version else known(one, hospital.forms_of(inclusion), variables)
    given_on = civil_date(inclusion.answered_at) if inclusion.answered_at else None
    return {
        **own(one, names, civil_date(at)),
        "suggested": {code: found.value for code, found in copied.items()},
        "schema": schema_of(cohort, one.form, setting, given_on=given_on),
    }


def signed_whole(
    found: Iterable[dict[str, Any]], cohort: Cohort, form: str, visit: int, setting: Setting
) -> dict[str, Any] | None:
    """The same for the company, from what `all_of` gave it."""
    one = next((row for row in found if (row["form"], row["visit"]) == (form, visit)), None)
    return one and {**one, "suggested": {}, "schema": schema_of(cohort, form, setting)}


def _named(form: str, visit: int, visit_label: str, names: list[str]) -> dict[str, Any]:
    return {
        "form": form,
        "label": str(LABELS[form]),
        "visit": visit,
        "visit_label": visit_label,
        "url": reverse("api:cohort_form", args=[*names, form, visit]),
    }


def _signed(one: dict[str, Any], cohort: Cohort, names: list[str]) -> dict[str, Any]:
    personal = {variable.code for variable in cohort.variables(one["form"]) if variable.personal}
    return {
        **_named(one["form"], one["visit"], one["visit_label"], names),
        "due_on": one["due_on"],
        "days_late": 0,
        "state": "signed",
        "open": False,
        "version": one["version"],
        "saved_at": None,
        "saved_by": "",
        "signed_at": one["signed_at"],
        "signed_by": one["signed_by_name"],
        "pharmacist_at": one["pharmacist_at"],
        "pharmacist": one["pharmacist_name"],
        "answers": {code: value for code, value in one["answers"].items() if code not in personal},
    }


def _state(one: CohortForm) -> str:
    if one.signed_at is not None:
        return "signed"
    if one.cancelled_at is not None:
        return "not_expected"
    return "draft" if one.saved_at is not None else "to_fill"
