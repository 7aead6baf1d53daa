"""What narrows the register, as a GET form: the address says it all, so that it can be kept and sent."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from register import published
from register.queries import REFUSED, STATES, Wanted

LONGEST_TEXT: Final = 200
FIRST_DAY: Final = dt.date(1990, 1, 1)
LAST_DAY: Final = dt.date(2199, 12, 31)
"""The days that may be asked for: the law is younger, and no authorisation is given for a century."""


class RegisterForm(forms.Form):
    q = forms.CharField(label=_("Medicine, substance or disease"), required=False, max_length=LONGEST_TEXT)
    procedure = forms.ChoiceField(label=_("Procedure"), required=False)
    state = forms.ChoiceField(label=_("State today"), required=False)
    in_force_on = forms.DateField(
        label=_("In force on"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        tables = published.all_public()
        has_refusals = any(one.public.refusals for one in tables)
        states = [(code, label) for code, label in STATES.items() if code != REFUSED or has_refusals]
        offered = {"procedure": [(one.code, one.name) for one in tables], "state": states}
        for name, choices in offered.items():
            field: Any = self.fields[name]
            field.choices = [("", _("All")), *choices]
        if len(tables) < 2:
            del self.fields["procedure"]

    def wanted(self) -> Wanted:
        """What could be understood; what could not is left out, and its field says why."""
        self.is_valid()
        typed: dict[str, Any] = self.cleaned_data
        return Wanted(
            text=typed.get("q") or "",
            procedure=typed.get("procedure") or "",
            in_force_on=typed.get("in_force_on"),
            state=typed.get("state") or "",
        )

    @property
    def narrowing(self) -> int:
        """How many filters are set, the words apart."""
        self.is_valid()
        return sum(1 for name, value in self.cleaned_data.items() if value and name != "q")

    def query(self) -> list[tuple[str, str]]:
        """The pairs of the address that these filters make, as typed."""
        return [(name, self.data[name]) for name in self.fields if self.data.get(name)]
