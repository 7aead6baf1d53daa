"""Fields that the requests share: they forgive how things are typed, never what they mean.

Each carries an `example` that is valid in the demo data (a value, or a function without argument that finds one), so
that a system can be told what an answer looks like.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from workflows.identity import holds_national_number
from workflows.types import Text

LONG = 4_000
LINE = 300

F = TypeVar("F", bound=forms.Field)


def ask(field: F, *, example: Any) -> F:
    """`field`, with the example that documentation and systems are given."""
    field.example = example  # type: ignore[attr-defined]
    return field


def describe(field: F, **keywords: Any) -> F:
    """`field`, with what its class does not say of it in JSON Schema: `pattern`, `formatMaximum`, ..."""
    field.keywords = {**keywords_of(field), **keywords}  # type: ignore[attr-defined]
    return field


def keywords_of(field: forms.Field) -> dict[str, Any]:
    return dict(getattr(field, "keywords", {}))


def example_of(field: forms.Field) -> Any:
    example = getattr(field, "example", None)
    return example() if callable(example) else example


def no_national_number(value: Any) -> None:
    """Legal source: data minimisation, GDPR article 5; the request is made with initials only (CSP R.5121-74)."""
    if holds_national_number(value):
        raise ValidationError(
            _(
                "This looks like a national health number (NIR or INS). Remove it: the request identifies the patient "
                "by initials only, and nobody at ANSM needs more."
            ),
            code="national_number",
        )


class TextField(forms.CharField):
    """Text about the file, in which no national number may stand, not even in a draft."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validators=[no_national_number], **kwargs)

    def never_kept(self, value: Any) -> None:
        no_national_number(value)


def line(
    label: Text, *, example: Any, hint: Text = "", required: bool = True, max_length: int = LINE, **attrs: str
) -> TextField:
    """One line of text about the file."""
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return ask(
        TextField(label=label, help_text=hint, required=required, max_length=max_length, widget=widget),
        example=example,
    )


def text(
    label: Text, *, example: Any, hint: Text = "", required: bool = True, max_length: int = LONG, rows: int = 5
) -> TextField:
    """Several lines of text about the file."""
    widget = forms.Textarea(attrs={"autocomplete": "off", "rows": rows})
    return ask(
        TextField(label=label, help_text=hint, required=required, max_length=max_length, widget=widget),
        example=example,
    )


def date(label: Text, *, example: Any, hint: Text = "", required: bool = True) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "off"})
    return ask(DayField(label=label, help_text=hint, required=required, widget=widget), example=example)


def moment(label: Text, *, example: Any, hint: Text = "", required: bool = True) -> forms.DateTimeField:
    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "autocomplete": "off"})
    return ask(MomentField(label=label, help_text=hint, required=required, widget=widget), example=example)


def confirm(label: Text, *, hint: Text = "", required: bool = True, example: bool = True) -> forms.BooleanField:
    """A statement that the person makes by ticking it."""
    return ask(
        forms.BooleanField(
            label=label,
            help_text=hint,
            required=required,
            error_messages={"required": _("Tick this statement: the request cannot be signed without it.")},
        ),
        example=example,
    )


def choice(
    label: Text, choices: Sequence[tuple[str, Text]], *, example: str, hint: Text = "", required: bool = True
) -> forms.ChoiceField:
    return ask(
        forms.ChoiceField(
            label=label,
            help_text=hint,
            required=required,
            choices=list(choices),
            widget=forms.RadioSelect(attrs={"autocomplete": "off"}),
            error_messages={"required": _("Choose one of the answers.")},
        ),
        example=example,
    )


class DayField(forms.DateField):
    """Systems send JSON: a number where a text is expected is a wrong answer, not a crash."""

    def to_python(self, value: Any) -> dt.date | None:
        if value is not None and not isinstance(value, str | dt.date):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class MomentField(forms.DateTimeField):
    """See `DayField`. A time typed without a zone is Europe/Paris."""

    def to_python(self, value: Any) -> dt.datetime | None:
        if value is not None and not isinstance(value, str | dt.datetime):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        """What was saved in ISO text goes back into the browser's control, which knows no zone."""
        if isinstance(value, str):
            try:
                value = self.to_python(value)
            except ValidationError:
                return value
        return super().prepare_value(value)


class RowChoiceField(forms.ModelChoiceField):
    """A row of the catalogue, by its primary key. Hidden: the search page chooses it, no list of 15,000 is drawn.

    `catalogue` is the name of the list of the API in which the row is found.
    """

    widget = forms.HiddenInput

    def __init__(self, queryset: Any, *, catalogue: str = "", **kwargs: Any) -> None:
        super().__init__(queryset, **kwargs)
        self.catalogue = catalogue

    def to_python(self, value: Any) -> Any:
        if isinstance(value, bool | float | list | dict):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value})
        return super().to_python(value)


class NumberField(forms.DecimalField):
    """A number typed in French or in English: "2,5" and "2.5" are the same."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Decimal | None:
        if isinstance(value, bool) or (value is not None and not isinstance(value, str | int | float | Decimal)):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        if isinstance(value, str):
            value = "".join(value.split()).replace(",", ".")
        return super().to_python(value)


class WholeNumberField(forms.IntegerField):
    """A whole number; kept as typed when it is not one."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, bool) or (value is not None and not isinstance(value, str | int)):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class MonthField(forms.CharField):
    """A month, "1958-04" once clean. Forgives 04/1958."""

    MONTH = re.compile(r"(\d{4})-(\d{1,2})")
    FRENCH = re.compile(r"(\d{1,2})[/. \-](\d{4})")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"type": "month", "autocomplete": "off", "placeholder": _("YYYY-MM")})
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value)
        if not typed:
            return ""
        if found := self.MONTH.fullmatch(typed):
            year, month = int(found[1]), int(found[2])
        elif found := self.FRENCH.fullmatch(typed):
            year, month = int(found[2]), int(found[1])
        else:
            raise ValidationError(_("Write a year and a month, such as 1958-04."), code="month")
        if not (1 <= month <= 12 and year >= 1900):
            raise ValidationError(_("Write a year and a month, such as 1958-04."), code="month")
        return f"{year:04d}-{month:02d}"

    def readable(self, value: Any) -> str:
        found = self.MONTH.fullmatch(str(value or "").strip())
        if not found or not 1 <= int(found[2]) <= 12 or int(found[1]) < 1:
            return str(value or "")
        return formats.date_format(dt.date(int(found[1]), int(found[2]), 1), "F Y")


class LinesField(forms.CharField):
    """A list of short texts, one a line: ["NCT05021536"] once clean. A list is accepted as it is."""

    def __init__(self, *, one: Any = None, most: int = 20, **kwargs: Any) -> None:
        kwargs.setdefault("widget", LinesInput(attrs={"autocomplete": "off", "rows": 3}))
        super().__init__(**kwargs)
        self.one, self.most = one, most

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        lines = value if isinstance(value, list | tuple) else str(value or "").splitlines()
        return [line.strip() for line in map(str, lines) if line.strip()]

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise ValidationError(self.error_messages["required"], code="required")
        if len(value) > self.most:
            raise ValidationError(_("%(most)d lines at most."), code="too_many", params={"most": self.most})

    def run_validators(self, value: Any) -> None:
        for line_ in value:
            if len(line_) > LINE:
                raise ValidationError(_("A line has %(most)d characters at most."), code="long", params={"most": LINE})
            ProhibitNullCharactersValidator()(line_)
            no_national_number(line_)
            if self.one is not None:
                self._check(line_, alone=len(value) == 1)

    def _check(self, line_: str, *, alone: bool) -> None:
        """Of several lines, which one is wrong is said."""
        try:
            self.one(line_)
        except ValidationError as error:
            if alone:
                raise
            raise ValidationError(f"{line_}: {' '.join(error.messages)}", code=error.code) from error

    def never_kept(self, value: Any) -> None:
        no_national_number(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(initial) != self.to_python(data)

    def readable(self, value: Any) -> str:
        return "\n".join(self.to_python(value))


class CodesField(forms.MultipleChoiceField):
    """Several answers of a closed list: ["ecog", "height"] once clean, in the order of the list."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.CheckboxSelectMultiple(attrs={"autocomplete": "off"}))
        super().__init__(**kwargs)

    @property
    def codes(self) -> list[str]:
        choices: Any = self.choices
        return [str(code) for code, _label in choices]

    def to_python(self, value: Any) -> list[str]:
        given = super().to_python(value)
        if len(given) > len(self.codes):
            raise ValidationError(_("More answers than the list has."), code="too_many")
        known = [code for code in self.codes if code in given]
        return known + [code for code in given if code not in known]

    def readable(self, value: Any) -> str:
        choices: Any = self.choices
        labels = {str(code): str(label) for code, label in choices}
        given = value if isinstance(value, list | tuple) else []
        return "\n".join(labels.get(str(code), str(code)) for code in given)


class LinesInput(forms.Textarea):
    def format_value(self, value: Any) -> str:
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")
