"""The form by which ANSM publishes a new version of the criteria of an indication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from django import forms
from django.forms.formsets import DELETION_FIELD_NAME, BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from catalogue.models import CriteriaVersion, Criterion, CriterionKind, Sex
from catalogue.ranges import BadRange, read_ranges, write_ranges
from catalogue.services.criteria import MOST_CRITERIA, Limits, NewCriterion, Publication
from catalogue.text import search_key
from workflows.types import Reason

ROWS: Final = "criteria"
BLANK_ROWS: Final = 2
ACCEPTED_MARK: Final = "*"
# What <input type="date"> reads, whatever the language of the page.
ISO: Final = "%Y-%m-%d"


def _date_input() -> forms.DateInput:
    return forms.DateInput(format=ISO, attrs={"type": "date"})


class PublicationForm(forms.Form):
    """Dates, origin and limits of the new version."""

    starts_on = forms.DateField(label=_("In force from"), widget=_date_input())
    review_on = forms.DateField(label=_("To be reviewed on"), required=False, widget=_date_input())
    source_url = forms.URLField(label=_("Address of the published page"), required=False, assume_scheme="https")
    min_age_months = forms.IntegerField(
        label=_("Youngest age, in months"),
        required=False,
        min_value=0,
        max_value=1440,
        help_text=_("216 for 18 years."),
    )
    max_age_months = forms.IntegerField(label=_("Oldest age, in months"), required=False, min_value=0, max_value=1440)
    sex = forms.ChoiceField(label=_("Only for this sex"), required=False, choices=[("", _("Any")), *Sex.choices])
    max_daily_dose = forms.DecimalField(
        label=_("Highest daily dose"), required=False, min_value=0, max_digits=12, decimal_places=3
    )
    dose_unit = forms.CharField(label=_("Unit of the dose"), required=False, max_length=30)

    def publication(self) -> Publication:
        """What was typed, ready for the service. Only on a valid form."""
        typed = self.cleaned_data
        return Publication(
            starts_on=typed["starts_on"],
            review_on=typed["review_on"],
            source_url=typed["source_url"],
            limits=Limits(
                min_age_months=typed["min_age_months"],
                max_age_months=typed["max_age_months"],
                sex=typed["sex"],
                max_daily_dose=typed["max_daily_dose"],
                dose_unit=typed["dose_unit"].strip(),
            ),
        )

    @staticmethod
    def initial_of(version: CriteriaVersion) -> dict[str, Any]:
        """A new version starts as a copy of the last, without its dates."""
        names = ("min_age_months", "max_age_months", "sex", "max_daily_dose", "dose_unit")
        return {name: getattr(version, name) for name in names}


class CriterionForm(forms.Form):
    """One criterion. The key is kept from version to version, so that the two can be compared."""

    key = forms.SlugField(required=False, max_length=50, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Criterion, as prescribers will read it (in French)"), widget=forms.Textarea(attrs={"rows": 2})
    )
    kind = forms.ChoiceField(label=_("What is asked"), choices=CriterionKind.choices, initial=CriterionKind.STATEMENT)
    unit = forms.CharField(
        label=_("Unit"),
        required=False,
        max_length=30,
        help_text=_("For a number, such as mg/l; for a date, days, months or years elapsed since."),
    )
    accepted = forms.CharField(
        label=_("Accepted values"),
        required=False,
        max_length=300,
        help_text=_("For a number or a date: < 12 ou > 36, or ≥ 12 et ≤ 65. Empty: any value."),
    )
    choices = forms.CharField(
        label=_("Answers to choose from"),
        required=False,
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For a choice: one a line; start with * those that meet the criterion."),
    )
    needs_rcp = forms.BooleanField(label=_("Needs a multidisciplinary meeting (RCP)"), required=False)

    def clean_accepted(self) -> list[dict[str, Any]]:
        try:
            return read_ranges(self.cleaned_data["accepted"])
        except BadRange as error:
            raise forms.ValidationError(str(error), code="range") from error

    def criterion(self) -> NewCriterion:
        """What was typed, ready for the service. Only on a valid form."""
        typed = self.cleaned_data
        kind = typed["kind"]
        choices: list[dict[str, str]] = []
        accepted: list[Any] = list(typed["accepted"])
        if kind == CriterionKind.CHOICE:
            choices, accepted = read_choices(typed["choices"])
        elif kind not in (CriterionKind.NUMBER, CriterionKind.DATE):
            accepted = []
        return NewCriterion(
            key=typed["key"],
            text=typed["text"],
            kind=kind,
            unit=typed["unit"].strip(),
            accepted=accepted,
            choices=choices,
            needs_rcp=typed["needs_rcp"],
        )

    @staticmethod
    def initial_of(criterion: Criterion) -> dict[str, Any]:
        ranged = criterion.kind in (CriterionKind.NUMBER, CriterionKind.DATE)
        return {
            "key": criterion.key,
            "text": criterion.text,
            "kind": criterion.kind,
            "unit": criterion.unit,
            "accepted": write_ranges(criterion.accepted) if ranged else "",
            "choices": write_choices(criterion),
            "needs_rcp": criterion.needs_rcp,
        }


class BaseCriterionFormSet(BaseFormSet):
    """The criteria in order. Rows left blank are no criteria; rows marked as removed neither."""

    def add_fields(self, form: CriterionForm, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields[DELETION_FIELD_NAME].label = _("Remove this criterion")

    def kept(self) -> list[tuple[int, CriterionForm]]:
        """(row, form) of the criteria to publish."""
        deleted = self.deleted_forms
        return [(index, form) for index, form in enumerate(self.forms) if form.has_changed() and form not in deleted]


CriterionFormSet = formset_factory(
    CriterionForm,
    formset=BaseCriterionFormSet,
    extra=BLANK_ROWS,
    can_delete=True,
    max_num=MOST_CRITERIA,
    absolute_max=MOST_CRITERIA + 10,
    validate_max=True,
)


def criterion_forms(**arguments: Any) -> BaseCriterionFormSet:
    """The rows of criteria, under the prefix that the page uses."""
    return cast(BaseCriterionFormSet, CriterionFormSet(prefix=ROWS, **arguments))


def typed_rows(data: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows of a posted form as they were typed, unchecked, without those left blank."""
    try:
        total = int(data.get(f"{ROWS}-TOTAL_FORMS", "0"))
    except ValueError:
        total = 0
    names = (*CriterionForm.base_fields, DELETION_FIELD_NAME)
    rows: list[dict[str, Any]] = []
    for index in range(min(max(total, 0), MOST_CRITERIA)):
        row: dict[str, Any] = {name: data.get(f"{ROWS}-{index}-{name}", "") for name in names}
        if any(row[name].strip() for name in names if name != "kind"):
            rows.append(row)
    return rows


def new_criteria(formset: BaseCriterionFormSet) -> list[NewCriterion]:
    """The criteria of a valid formset, each with a key: the one it had, else one made from its text."""
    criteria = [form.criterion() for _index, form in formset.kept()]
    taken = {criterion.key for criterion in criteria if criterion.key}
    named = []
    for criterion in criteria:
        key = criterion.key or _free_key(criterion.text, taken)
        taken.add(key)
        named.append(NewCriterion(**{**vars(criterion), "key": key}))
    return named


def _free_key(text: str, taken: set[str]) -> str:
    words = search_key(text).encode("ascii", "ignore").decode().split()
    stem = "-".join(words[:4])[:40].strip("-") or "critere"
    key, count = stem, 1
    while key in taken:
        count += 1
        key = f"{stem}-{count}"
    return key


def read_choices(text: str) -> tuple[list[dict[str, str]], list[str]]:
    """([{"code", "label"}], accepted codes) from one answer a line, those accepted marked with a star."""
    choices: list[dict[str, str]] = []
    accepted: list[str] = []
    taken: set[str] = set()
    for line in text.splitlines():
        label = line.strip().removeprefix(ACCEPTED_MARK).strip()
        if not label:
            continue
        code = _free_key(label, taken)
        taken.add(code)
        choices.append({"code": code, "label": label})
        if line.strip().startswith(ACCEPTED_MARK):
            accepted.append(code)
    return choices, accepted


def write_choices(criterion: Criterion) -> str:
    """The answers of a choice as they are typed."""
    return "\n".join(
        f"{ACCEPTED_MARK} {choice['label']}" if choice["code"] in criterion.accepted else choice["label"]
        for choice in criterion.choices
    )


def show_reasons(form: PublicationForm, formset: BaseCriterionFormSet, reasons: Sequence[Reason]) -> None:
    """Put each refusal of the service on the field it is about, so that nothing typed has to be typed again."""
    rows = formset.kept()
    for reason in reasons:
        index, _dot, name = reason.field.partition(".")
        if name and index.isdigit() and int(index) < len(rows):
            row = rows[int(index)][1]
            row.add_error(name if name in row.fields and name != "key" else None, str(reason.message))
        elif reason.field in form.fields:
            form.add_error(reason.field, str(reason.message))
        else:
            form.add_error(None, str(reason.message))
