"""The forms of a protocol, made from its variables. A draft keeps what was typed; signing is strict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from dossiers.forms import fields
from dossiers.forms.aac.patient import OLDEST_YEARS, InitialsField, age_in_months
from dossiers.forms.base import as_json
from dossiers.forms.readable import Readable, readable
from workflows.payload import FIRST_YEAR
from workflows.putrd import Variable
from workflows.types import Reason, Text

_ = gettext_lazy
MOST_DECIMALS: Final = 4
PAST: Final = frozenset({"started_on", "seen_on", "stopped_on", "died_on", "rcp_on"})
"""Days of what has happened: never to come."""

AFTER_THE_START: Final = frozenset({"seen_on", "stopped_on", "died_on"})
MUST_BE_YES: Final[dict[str, Text]] = {
    "in_indication": _(
        "Early access is given for this indication only. For another one, ask for a compassionate access (AAC)."
    ),
    "informed": _("Inform the patient and give them the documents of the protocol first: the law asks for it."),
}


@dataclass(frozen=True)
class Setting:
    """What a form is judged against: today, and the first day of treatment once it is known."""

    on: dt.date
    started_on: dt.date | None = None


class VariablesForm(forms.Form):
    """One form of a protocol. Field names are the codes of its variables."""

    use_required_attribute = False

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        variables: Sequence[Variable],
        setting: Setting,
        sources: Mapping[str, Text] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.variables, self.setting = tuple(variables), setting
        for one in self.variables:
            self.fields[one.code] = _field(one, (sources or {}).get(one.code, ""))

    def typed(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The raw answers in a posted form, valid or not, as a draft keeps them."""
        files: dict[str, Any] = {}
        return {name: one.widget.value_from_datadict(data, files, name) for name, one in self.fields.items()}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for one in self.variables:
            if one.only_if is None:
                continue
            if cleaned.get(one.only_if[0]) not in one.only_if[1]:
                # Not asked: what stands there is kept in the draft, and is neither judged nor signed.
                self.errors.pop(one.code, None)
                cleaned[one.code] = None
            elif one.required and not cleaned.get(one.code) and one.code not in self.errors:
                self.add_error(one.code, ValidationError(gettext("This field is required."), code="required"))
        for code in self.fields:
            self._check(code, cleaned.get(code))
        return cleaned

    def _check(self, code: str, value: Any) -> None:
        if code in MUST_BE_YES and value == "no":
            self.add_error(code, ValidationError(MUST_BE_YES[code], code=code))  # type: ignore[arg-type]
        if isinstance(value, dt.date):
            self._check_day(code, value)
        if code in ("birth_month", "diagnosed_in") and isinstance(value, str) and value:
            age = age_in_months(value, self.setting.on)
            if age is not None and age < 0:
                self.add_error(code, ValidationError(gettext("This month is in the future."), code="future"))
            elif age is not None and age > OLDEST_YEARS * 12:
                self.add_error(code, ValidationError(gettext("This is more than 120 years ago."), code="past"))

    def _check_day(self, code: str, day: dt.date) -> None:
        started = self.setting.started_on
        if day.year < FIRST_YEAR:
            self.add_error(code, ValidationError(gettext("Check the year of this date."), code="year"))
        elif code in PAST and day > self.setting.on:
            self.add_error(code, ValidationError(gettext("Write a day until today."), code="future"))
        elif code in AFTER_THE_START and started is not None and day < started:
            self.add_error(code, ValidationError(gettext("This is before the first day of treatment."), code="before"))

    def signed(self) -> dict[str, Any]:
        """What is signed, as JSON: only what was asked and answered. Only after `is_valid`."""
        return {code: as_json(value) for code, value in self.cleaned_data.items() if value not in (None, "")}

    def faults(self) -> list[Reason]:
        """What stops it from being signed, each with its field."""
        found = []
        for name, errors in self.errors.get_json_data().items():
            for error in errors:
                found.append(Reason(error["code"] or "invalid", error["message"], "" if name == "__all__" else name))
        return found

    def never_kept(self, typed: Mapping[str, Any]) -> list[Reason]:
        """What must not be stored even in a draft: a name, a national number."""
        found = []
        for name, one in self.fields.items():
            refuse = getattr(one, "never_kept", fields.no_national_number)
            if typed.get(name) in (None, ""):
                continue
            try:
                refuse(typed[name])
            except ValidationError as error:
                found.append(Reason(error.code or "never_kept", error.messages[0], name))
        return found


def said(variables: Sequence[Variable], answers: Mapping[str, Any]) -> list[Readable]:
    """Label and value of each answer given, in words, in the order of the form."""
    shown = []
    for one in variables:
        value = readable(_field(one, ""), answers.get(one.code))
        if value:
            shown.append(Readable(one.code, one.label, f"{value} {one.unit}".strip()))
    return shown


def _field(one: Variable, source: Text) -> forms.Field:
    label = f"{one.label} ({one.unit})" if one.unit else one.label
    hint = gettext("Filled in from: %(source)s. Check it.") % {"source": source} if source else one.purpose
    # What depends on another answer is judged in `clean`.
    required = one.required and one.only_if is None
    common: dict[str, Any] = {"label": label, "help_text": hint, "required": required}
    if one.code == "initials":
        attrs = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters", "class": "cohort-narrow"}
        return InitialsField(max_length=30, widget=forms.TextInput(attrs=attrs), **common)
    match one.kind:
        case "line":
            return fields.line(label, hint=hint, required=required, example="")
        case "text":
            return fields.text(label, hint=hint, required=required, example="", rows=3)
        case "choice":
            return fields.choice(label, one.choices, hint=hint, required=required, example="")
        case "date":
            return fields.date(label, hint=hint, required=required, example="")
        case "month":
            return fields.MonthField(max_length=10, **common)
        case "integer":
            return fields.WholeNumberField(min_value=_whole(one.least), max_value=_whole(one.most), **common)
    return fields.NumberField(
        min_value=_exact(one.least), max_value=_exact(one.most), max_digits=12, decimal_places=MOST_DECIMALS, **common
    )


def _whole(bound: float | None) -> int | None:
    return None if bound is None else int(bound)


def _exact(bound: float | None) -> Decimal | None:
    return None if bound is None else Decimal(str(bound))


def is_personal(variables: Sequence[Variable], code: str) -> bool:
    return any(one.code == code and one.personal for one in variables)


def apart(variables: Sequence[Variable], answers: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what the company may read, what helps to recognise the patient)."""
    personal = {one.code for one in variables if one.personal}
    return (
        {code: value for code, value in answers.items() if code not in personal},
        {code: value for code, value in answers.items() if code in personal},
    )
