"""The forms by which ANSM records entries of the referential and keeps them up to date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from catalogue.models import Indication, Medicine
from catalogue.services.referential import (
    BETWEEN_CLASSES,
    MEDICINE_FIELDS,
    MOST_DAYS,
    MOST_FOLLOWUP_MONTHS,
    PUT_FIELDS,
    RESTRICTED_CLASSES,
    TERMS,
    NewIndication,
    NewMedicine,
    fields_that_may_change,
)
from workflows.types import Reason

# What <input type="date"> reads, whatever the language of the page.
ISO: Final = "%Y-%m-%d"


def _day(label: Any, hint: Any = "") -> forms.DateField:
    widget = forms.DateInput(format=ISO, attrs={"type": "date"})
    return forms.DateField(label=label, help_text=hint, required=False, widget=widget)


def _line(label: Any, most: int, hint: Any = "", *, required: bool = False) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, help_text=hint, required=required, max_length=most, widget=widget)


class ClassesField(forms.MultipleChoiceField):
    """The classes of CSP R.5121-36, kept as one text: that is what letters print."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[(one, one) for one in RESTRICTED_CLASSES], widget=forms.CheckboxSelectMultiple, **kwargs
        )

    def prepare_value(self, value: Any) -> Any:
        return value.split(BETWEEN_CLASSES) if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        return BETWEEN_CLASSES.join(super().clean(value))


class MedicineForm(forms.Form):
    """What identifies a medicine. At least a name, a substance or a code name."""

    name = _line(_("Name"), 400, _("As it will be printed in letters. Example: QALSODY."))
    inn = _line(_("Substance (INN)"), 400, _("Example: tofersen."))
    code_name = _line(_("Code name"), 100, _("For a medicine without a name yet. Example: BIIB067."))
    form = _line(_("Pharmaceutical form"), 300, _("Example: solution injectable. Empty: each request states it."))
    strength = _line(_("Strength"), 200, _("Example: 100 mg/15 ml. Empty: each request states it."))
    route = _line(_("Route"), 300, _("Example: intrathécale."))
    holder = _line(_("Rights holder"), 300, _("The company that supplies it. Example: Biogen."))
    restricted_class = ClassesField(
        label=_("Restricted prescription (CSP R.5121-36)"),
        required=False,
        help_text=_("Printed in the authorisation. None: the medicine is not restricted."),
    )

    def new_medicine(self) -> NewMedicine:
        """Ready for the service. Only on a valid form."""
        return NewMedicine(**{name: self.cleaned_data[name] for name in MEDICINE_FIELDS})


class MedicineChangeForm(MedicineForm):
    """A medicine already recorded: only what may change, starting from what is recorded."""

    def __init__(self, *args: Any, medicine: Medicine, **kwargs: Any) -> None:
        names = fields_that_may_change(medicine)
        kwargs["initial"] = {name: getattr(medicine, name) for name in names}
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - set(names):
            del self.fields[name]
        self._keep_another_class(medicine.restricted_class)

    def _keep_another_class(self, recorded: str) -> None:
        """A class recorded in other words stays a choice: opening the form must not undo it."""
        classes: Any = self.fields["restricted_class"]
        others = [one for one in recorded.split(BETWEEN_CLASSES) if one and one not in RESTRICTED_CLASSES]
        classes.choices = [*classes.choices, *((one, one) for one in others)]


class IndicationForm(forms.Form):
    """A new indication of a medicine."""

    label = forms.CharField(
        label=_("Indication (in French)"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("As prescribers and letters will read it. It cannot be changed once recorded."),
    )
    cim10 = _line(_("ICD-10 code (CIM-10)"), 20, _("Example: G12.2."))
    orpha = _line(_("ORPHA code"), 20, _("For a rare disease. Example: 803."))
    rare = forms.BooleanField(label=_("Rare disease"), required=False)

    def new_indication(self) -> NewIndication:
        """Ready for the service. Only on a valid form."""
        return NewIndication(**{name: self.cleaned_data[name] for name in ("label", "cim10", "orpha", "rare")})


class NoneOfTheseForm(forms.Form):
    """Shown under medicines that look like the new one."""

    none_of_these = forms.BooleanField(
        label=_("None of these is the medicine: it is another one"),
        required=False,
        help_text=_("Two records of one medicine would split its requests and its criteria."),
    )


class PutForm(forms.Form):
    """The protocol for use and follow-up."""

    put_reference = _line(
        _("PUT-SP reference"), 100, _("As printed in letters. Example: PUT-SP QALSODY v1."), required=True
    )
    put_url = forms.URLField(
        label=_("Address of the published PUT-SP"),
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text=_("Its page on the ANSM site: letters send the prescriber there."),
    )
    put_published_on = _day(_("Published on"), _("Empty while it is not published."))
    put_followup_months = forms.IntegerField(
        label=_("Follow-up data required every (months)"),
        required=False,
        min_value=1,
        max_value=MOST_FOLLOWUP_MONTHS,
        help_text=_(
            "From 1 to 12. Each authorisation granted from now on owes a report that often, and its hospital is "
            "reminded of it. Empty: the protocol requires none."
        ),
    )

    def values(self) -> dict[str, Any]:
        """{field of the entry: value}. Only on a valid form."""
        return {name: self.cleaned_data[name] for name in self.fields}

    @staticmethod
    def initial_of(entry: Indication) -> dict[str, Any]:
        return {name: getattr(entry, name) for name in PUT_FIELDS}


class EntryForm(PutForm):
    """What ANSM decides of an entry."""

    put_reference = _line(_("PUT-SP reference"), 100, _("As printed in letters. Example: PUT-SP QALSODY v1."))
    automatic_grant = forms.BooleanField(
        label=_("Grant automatically the requests that meet the criteria"),
        required=False,
        help_text=_("Needs criteria in force and a published PUT-SP."),
    )
    accepts_very_early = forms.BooleanField(label=_("Very early access possible"), required=False)
    company_undertaking_on = _day(
        _("Undertaking of the company to file an AAP, received on"), _("Needed for a very early access.")
    )
    max_days = forms.IntegerField(
        label=_("Longest period of one authorisation, in days"),
        min_value=1,
        max_value=MOST_DAYS,
        help_text=_("From 1 to 365."),
    )
    ma_since = _day(_("Covered by a marketing authorisation (MA) since"), _("Ends new requests from that day."))
    aap_since = _day(_("Covered by an early access (AAP) since"), _("Ends new requests from that day."))
    closed_on = _day(_("Closed to new requests since"), _("Requests already filed go on."))

    @staticmethod
    def initial_of(entry: Indication) -> dict[str, Any]:
        return {name: getattr(entry, name) for name in TERMS}


class UcdForm(forms.Form):
    """The UCD code, allocated after the first grant."""

    ucd13 = _line(_("UCD13 code"), 30, _("13 digits. Example: 3400893213322."), required=True)


def show_reasons(reasons: Iterable[Reason], *candidates: forms.Form) -> None:
    """Put each refusal of the service on the field it is about, in whichever form has it, so that nothing typed has to
    be typed again; on the first form as a whole when none has."""
    for reason in reasons:
        owner = next((form for form in candidates if reason.field in form.fields), None)
        if owner is not None:
            owner.add_error(reason.field, str(reason.message))
        else:
            candidates[0].add_error(None, str(reason.message))


def medicine_initial(medicine: Mapping[str, Any]) -> dict[str, str]:
    """What was typed elsewhere of a medicine, as a start of `MedicineForm`."""
    return {name: str(medicine.get(name) or "") for name in MEDICINE_FIELDS}
