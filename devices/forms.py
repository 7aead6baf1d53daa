"""What the screens of devices ask. The services check again: a form only says it beside the field."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organisation
from devices.exemption import Exemption, establishments_of
from devices.models import IncidentReport
from devices.services.incidents import OUTCOMES, Told, Where
from devices.services.units import Noted
from devices.services.words import device_identifier, past_day, pseudonym
from dossiers.forms import fields
from dossiers.forms.fields import WholeNumberField
from dossiers.services.errors import Blocked
from workflows.dates import civil_date
from workflows.incidents import SEVERITIES
from workflows.roles import ESTABLISHMENT

NARROW = "devices-narrow"
ELSEWHERE = "elsewhere"
# Not `splitlines`: the separator of a barcode is a line break for it.
NEW_LINE = re.compile(r"[\r\n]+")


@contextmanager
def said_by_the_field() -> Generator[None]:
    """What a service would refuse of one field is said with the other mistakes of the form, in one go."""
    try:
        yield
    except Blocked as refusal:
        raise forms.ValidationError(str(refusal.reasons[0].message), code=refusal.reasons[0].code) from refusal


def come(day: dt.date) -> dt.date:
    with said_by_the_field():
        return past_day(day, "on", civil_date(timezone.now()))


def _narrow(field: fields.TextField) -> fields.TextField:
    field.widget.attrs["class"] = NARROW
    return field


class UnitsForm(forms.Form):
    """Units that come in, of one lot or by serial number."""

    use_required_attribute = False

    lot = fields.line(
        gettext_lazy("Lot number"), hint=gettext_lazy("As on the label."), example="", required=False, max_length=120
    )
    serials = forms.CharField(
        label=gettext_lazy("Serial numbers"),
        help_text=gettext_lazy(
            "One per line, when each unit has its own. Labels may be scanned here one after the other: a whole GS1 "
            "barcode gives the lot and the UDI-DI too."
        ),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
    )
    count = WholeNumberField(
        label=gettext_lazy("Number of units"),
        help_text=gettext_lazy("Left empty, as many as serial numbers."),
        required=False,
        min_value=1,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": NARROW}),
    )
    udi_di = fields.line(
        gettext_lazy("UDI-DI"),
        hint=gettext_lazy("If the label has one. A device under an exemption may have none."),
        example="",
        required=False,
        max_length=60,
    )

    def clean_udi_di(self) -> str:
        typed: str = self.cleaned_data["udi_di"]
        with said_by_the_field():
            device_identifier(typed)
        return typed

    def clean_on(self) -> dt.date:
        return come(self.cleaned_data["on"])

    def noted(self) -> Noted:
        said = self.cleaned_data
        return Noted(
            lot=said["lot"], serials=tuple(NEW_LINE.split(said["serials"])), count=said["count"], udi_di=said["udi_di"]
        )


class RecordForm(UnitsForm):
    """By the hospital."""

    on = fields.date(gettext_lazy("Day of the reception"), example="")
    field_order = ("on", "lot", "serials", "count", "udi_di")


class ShipForm(UnitsForm):
    """By the company: to one of the hospitals of the exemption, or to another by its FINESS number."""

    site = fields.choice(gettext_lazy("Sent to"), (), example="")
    finess = _narrow(
        fields.line(
            gettext_lazy("FINESS number of another hospital"),
            hint=gettext_lazy("Nine characters. The exemption holds at the sites of its decision alone."),
            example="",
            required=False,
            max_length=12,
        )
    )
    on = fields.date(gettext_lazy("Day of the shipment"), example="")
    field_order = ("site", "finess", "on", "lot", "serials", "count", "udi_di")

    def __init__(self, *args: Any, exemption: Exemption, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(str(one.pk), one.name) for one in establishments_of(exemption)]
        elsewhere = (ELSEWHERE, _("Another hospital, whose FINESS number is below"))
        self.fields["site"].choices = [*known, elsewhere]  # type: ignore[attr-defined]
        if not known:
            del self.fields["site"]
        elif len(known) == 1 and not self.is_bound:
            self.initial.setdefault("site", known[0][0])

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        typed = "".join((said.get("finess") or "").split())
        chosen = said.get("site") or ""
        if typed and chosen in ("", ELSEWHERE):
            found = Organisation.objects.filter(kind=ESTABLISHMENT, finess_et=typed).first()
            if found is None:
                self.add_error("finess", _("No hospital has an account here under this FINESS number."))
            else:
                said["to"] = found.pk
        elif chosen.isdecimal():
            said["to"] = int(chosen)
        elif "site" not in self.errors:
            self.add_error("finess", _("Write the FINESS number of the hospital that receives the units."))
        return said


class UseForm(forms.Form):
    """One unit, for one patient of the hospital."""

    use_required_attribute = False

    on = fields.date(gettext_lazy("Used or implanted on"), example="")
    patient = _narrow(
        fields.line(
            gettext_lazy("Your own code for the patient"),
            hint=gettext_lazy(
                "From your register or your operating record: it must lead you back to the patient. Never a name. It "
                "is encrypted, and your hospital alone reads it."
            ),
            example="",
            max_length=40,
        )
    )
    deviation = fields.text(
        gettext_lazy("Why it was used on a day when the exemption was not in force"),
        hint=gettext_lazy("ANSM reads it. No name, no initials."),
        example="",
        required=False,
        rows=3,
    )

    def __init__(self, *args: Any, outside: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not outside:
            self.fields["deviation"].widget = forms.HiddenInput()

    def clean_on(self) -> dt.date:
        return come(self.cleaned_data["on"])

    def clean_patient(self) -> str:
        with said_by_the_field():
            return pseudonym(self.cleaned_data["patient"])


class ReportForm(forms.Form):
    """What a report says, the first as those that follow."""

    use_required_attribute = False

    severity = fields.choice(
        gettext_lazy("How serious is it?"),
        [(one.code, one.label) for one in SEVERITIES.values()],
        hint=gettext_lazy("The manufacturer's report is due within 2, 10 or 15 days, in this order."),
        example="other",
    )
    what = fields.text(
        gettext_lazy("What happened"),
        hint=gettext_lazy("The device, the circumstances, the consequences. No name, no initials, no birth date."),
        example="",
        rows=6,
    )
    outcome = fields.choice(gettext_lazy("Outcome for the person"), OUTCOMES, example="unknown")
    measures = fields.text(
        gettext_lazy("What was done about it"),
        hint=gettext_lazy("Analysis, units kept for examination, corrective action."),
        example="",
        required=False,
        rows=4,
    )
    next_on = fields.date(
        gettext_lazy("Day of your next report"),
        hint=gettext_lazy("Unless this one is final."),
        example="",
        required=False,
    )

    def __init__(self, *args: Any, company: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not company:
            del self.fields["next_on"]

    def told(self) -> Told:
        said = self.cleaned_data
        return Told(
            severity=said["severity"],
            what=said["what"],
            outcome=said["outcome"],
            measures=said["measures"],
            next_on=said.get("next_on"),
        )


class IncidentForm(ReportForm):
    """The first report: where, with which unit, known since when."""

    aware_on = fields.date(
        gettext_lazy("Known to you since"),
        hint=gettext_lazy("The day on which your organisation became aware of it."),
        example="",
    )
    happened_on = fields.date(gettext_lazy("Happened on"), example="", required=False)
    site = forms.ChoiceField(label=gettext_lazy("Hospital"), required=False)
    lot = _narrow(fields.line(gettext_lazy("Lot number"), example="", required=False, max_length=120))
    serial = _narrow(fields.line(gettext_lazy("Serial number"), example="", required=False, max_length=60))
    field_order = ("aware_on", "happened_on", "site", "lot", "serial", "severity", "what", "outcome", "measures")

    def __init__(self, *args: Any, exemption: Exemption, company: bool, **kwargs: Any) -> None:
        super().__init__(*args, company=company, **kwargs)
        if not company:
            del self.fields["site"]
            return
        known = [(str(one.pk), one.name) for one in establishments_of(exemption)]
        self.fields["site"].choices = [("", _("Not known, or elsewhere")), *known]  # type: ignore[attr-defined]

    def where(self) -> Where:
        said = self.cleaned_data
        site = said.get("site") or ""
        return Where(
            site=int(site) if site else None, lot=said["lot"], serial=said["serial"], happened_on=said["happened_on"]
        )


class NextReportForm(ReportForm):
    """A report after the first, of one of the kinds that are open to this side."""

    kind = forms.ChoiceField(label=gettext_lazy("This report is"), widget=forms.RadioSelect)
    field_order = ("kind", "severity", "what", "outcome", "measures", "next_on")

    def __init__(self, *args: Any, kinds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = dict(IncidentReport.Kind.choices)
        self.fields["kind"].choices = [(kind, labels[kind]) for kind in kinds]  # type: ignore[attr-defined]
        if len(kinds) == 1:
            self.fields["kind"].widget = forms.HiddenInput()
            self.initial.setdefault("kind", kinds[0])
