"""The patient, and no more of them than the law asks for: initials, age, sex, weight (CSP R.5121-74)."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from catalogue.criteria import patient_outside
from catalogue.models import CriteriaVersion, Sex
from dossiers.forms.aac.track import follows_criteria
from dossiers.forms.base import SectionForm
from dossiers.forms.fields import MonthField, NumberField, ask, choice, describe, no_national_number
from dossiers.forms.patterns import months_between

OLDEST_YEARS = 120
MOST_INITIALS = 5
_PRESENTATION = re.compile(r"[\s.,'’\-]+")


def age_in_months(birth_month: str, on: dt.date) -> int | None:
    """Completed months on a civil day, for "YYYY-MM". The day of birth is not known: the first of the month counts."""
    found = re.fullmatch(r"(\d{4})-(\d{2})", birth_month or "")
    if not found:
        return None
    return (on.year - int(found[1])) * 12 + on.month - int(found[2])


class InitialsField(forms.CharField):
    """Two to five letters. What looks like a name or a number is refused with its reason: it must not be kept."""

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value)
        if not typed:
            return ""
        self.never_kept(typed)
        letters = _PRESENTATION.sub("", typed)
        if len(letters) < 2 or not letters.isalpha():
            raise ValidationError(_("Type 2 to 5 letters, such as DM."), code="initials")
        return letters.upper()

    def never_kept(self, value: Any) -> None:
        """A name or a number of the patient: refused even in a draft, so that it is stored nowhere."""
        typed = str(value)
        no_national_number(typed)
        letters = _PRESENTATION.sub("", typed)
        if any(character.isdigit() for character in letters):
            raise ValidationError(
                _("Initials have letters only. Never type a number of the patient: no INS, NIR or hospital number."),
                code="initials_digits",
            )
        if len(letters) > MOST_INITIALS or re.search(r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]{2,}", typed):
            raise ValidationError(
                _(
                    "This looks like a name. Type initials only, such as DUP or D.M.: the law asks for no more, and "
                    "the patient must not be recognised."
                ),
                code="initials_name",
            )


class PatientForm(SectionForm):
    key = "patient"
    title = _("Patient")
    law = "CSP R.5121-74"
    intro = _("No name, no national number (INS, NIR), no hospital number: initials, age, sex and weight are enough.")
    personal = True

    initials = ask(
        describe(
            InitialsField(
                label=_("Initials"),
                help_text=_("2 to 5 letters: surname first, then first name. Example: DM."),
                max_length=30,
                widget=forms.TextInput(
                    attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
                ),
            ),
            pattern=f"^[A-ZÀ-ÖØ-Þ]{{2,{MOST_INITIALS}}}$",
        ),
        example="DM",
    )
    birth_month = ask(
        MonthField(
            label=_("Month and year of birth"),
            help_text=_("Year and month, without the day. Example: 1958-04."),
            max_length=10,
        ),
        example="1958-04",
    )
    sex = choice(_("Sex"), ((Sex.FEMALE.value, Sex.FEMALE.label), (Sex.MALE.value, Sex.MALE.label)), example="F")
    weight_kg = ask(
        NumberField(
            label=_("Weight, in kilograms"),
            help_text=_("Weighed less than a month ago if possible. Example: 62.5."),
            min_value=Decimal("0.3"),
            max_value=Decimal("400"),
            max_digits=5,
            decimal_places=2,
        ),
        example="62.5",
    )

    def build(self) -> None:
        if self.context.kind == "renewal":
            self.fields["weight_kg"].help_text = _(
                "Weigh the patient again: the last weight is not copied. Example: 62.5."
            )
        self._describe_for_systems()

    def _describe_for_systems(self) -> None:
        on, criteria = self.context.on, self.context.criteria
        youngest, oldest = 0, OLDEST_YEARS * 12
        if criteria is not None and follows_criteria(self.context):
            youngest, oldest = criteria.min_age_months or youngest, criteria.max_age_months or oldest
            if criteria.sex:
                describe(self.fields["sex"], enum=[criteria.sex])
        this_month = on.year * 12 + on.month - 1
        describe(self.fields["birth_month"], pattern=months_between(this_month - oldest, this_month - youngest))

    def clean_birth_month(self) -> str:
        month: str = self.cleaned_data["birth_month"]
        age = age_in_months(month, self.context.on)
        if age is not None and age < 0:
            raise ValidationError(_("This month is in the future: correct the year or the month."), code="birth_future")
        if age is not None and age > OLDEST_YEARS * 12:
            raise ValidationError(_("This is more than 120 years ago: correct the year."), code="birth_past")
        return month

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        criteria: CriteriaVersion | None = self.context.criteria
        if criteria is not None and follows_criteria(self.context):
            self._within_criteria(criteria, answers)
        return answers

    def _within_criteria(self, criteria: CriteriaVersion, answers: dict[str, Any]) -> None:
        """CSP R.5121-74, 6°. A limit that a missing answer leaves open is that answer's error, not a second one."""
        age = age_in_months(answers.get("birth_month", ""), self.context.on)
        for reason in patient_outside(
            criteria, age_months=age, sex=answers.get("sex", ""), daily_dose=criteria.max_daily_dose
        ):
            name = {"patient.age": "birth_month", "patient.sex": "sex"}.get(reason.field, "")
            if name and name in answers:
                self.add_error(name, ValidationError(reason.message, code=reason.code))
