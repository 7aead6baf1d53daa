"""Fields that the sections of an exemption share: contact details, identifiers checked when they are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from catalogue.identifiers import validate_finess
from dossiers.forms.aap.request import EMAIL, PHONE
from dossiers.forms.fields import LinesField, TextField, ask, describe, line
from workflows import identifiers
from workflows.types import Text

MANUFACTURER: Final = "manufacturer"
REPRESENTATIVE: Final = "representative"

READERS: Final[dict[str, Callable[[str], str]]] = {
    "udi_di": identifiers.udi_di,
    "basic_udi_di": identifiers.basic_udi_di,
    "srn": identifiers.srn,
}


def read_or_refuse(kind: str, value: str) -> str:
    """The canonical form of an identifier. ValidationError says what is wrong with it."""
    try:
        return READERS[kind](value)
    except identifiers.IdentifierError as error:
        raise ValidationError(str(error), code=error.code) from error


class IdentifierField(TextField):
    """Optional, since a device under an exemption may be in no database; in its canonical form once clean."""

    def __init__(self, *, kind: str, **kwargs: Any) -> None:
        self.kind = kind
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        typed = str(super().clean(value) or "")
        return read_or_refuse(self.kind, typed) if typed else ""


def checked(label: Text, kind: str, *, hint: Text, example: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    field = IdentifierField(kind=kind, label=label, help_text=hint, required=False, max_length=60, widget=widget)
    # The keys of issuing entities are no pattern: a client sends the example's like, and is told what is wrong.
    return describe(ask(field, example=example), **{"x-identifier": kind})


def checked_lines(label: Text, kind: str, *, hint: Text, example: list[str]) -> LinesField:
    def one(value: str) -> None:
        read_or_refuse(kind, value)

    field = LinesField(label=label, help_text=hint, required=False, one=one)
    return describe(ask(field, example=example), **{"x-identifier": kind})


def _has_the_key_of_a_finess(value: str) -> None:
    """Its key is no pattern: see `checked`."""
    validate_finess(value)


def finess(label: Text) -> forms.CharField:
    """Optional: a hospital abroad has none."""
    field = line(label, max_length=9, required=False, example="990000119")
    field.validators.append(_has_the_key_of_a_finess)
    return describe(field, **{"x-identifier": "finess"})


def email(label: Text, example: str) -> forms.CharField:
    field = line(label, max_length=150, example=example, inputmode="email")
    message = _("Give an e-mail address, such as contact@company.example.")
    field.validators.append(RegexValidator(rf"\A{EMAIL}\Z", message, code="email"))
    return describe(field, pattern=f"^{EMAIL}$")


def phone(label: Text, example: str) -> forms.CharField:
    field = line(label, hint=_("Example: 01 23 45 67 89."), max_length=30, example=example, inputmode="tel")
    message = _("Give a phone number, such as 01 42 16 00 00.")
    field.validators.append(RegexValidator(PHONE.replace("^", r"\A").replace("$", r"\Z"), message, code="phone"))
    return describe(field, pattern=PHONE)
