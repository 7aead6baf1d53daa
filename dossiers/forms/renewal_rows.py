"""The few answers that a renewal asks anew, one short row per patient, and the statements made once for all.

The fields are those of the request's own sections, word for word: what is typed here is kept there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.forms.aac.clinical import RenewalForm
from dossiers.forms.aac.patient import PatientForm
from dossiers.forms.aac.request import RequestForm, UndertakingsForm
from dossiers.forms.base import FormContext, SectionForm
from dossiers.forms.fields import MonthField
from dossiers.forms.readable import Readable, readable
from workflows.types import Text

PROCEDURE: Final = "aac"

# CSP R.5121-74-4: the clinical data are the patient's own; the weight is measured again; urgency is of the moment.
EACH: Final[tuple[tuple[type[SectionForm], tuple[str, ...]], ...]] = (
    (RenewalForm, ("clinical_data", "adverse_effects")),
    (PatientForm, ("weight_kg",)),
    (RequestForm, ("urgent", "urgent_reason")),
)

# Said once for several patients; beneath, the words that each request keeps, which are those of the law.
FOR_ALL: Final[dict[str, Text]] = {
    "useful": gettext_lazy("I state that it is useful for each of these patients that the treatment goes on."),
    "informs_patient": gettext_lazy(
        "I have informed, or will inform, each of these patients or their representative, as the law asks."
    ),
    "follows_protocol": gettext_lazy("I will respect for each of these patients the protocol of their treatment."),
    "states_truth": gettext_lazy("What each of these requests states is exact."),
}


def _for_all(fields: Mapping[str, forms.Field]) -> None:
    for name, words in FOR_ALL.items():
        if name in fields:
            one = fields[name]
            exact = _("Each request says: “%(words)s”") % {"words": one.label}
            one.help_text = f"{exact} {one.help_text}".strip()
            one.label = words


def birth(month: str) -> str:
    """ "April 1958", from "1958-04"; empty when nobody typed it."""
    return MonthField().readable(month)


def _context(on: dt.date) -> FormContext:
    return FormContext(kind="renewal", on=on)


class RowForm(forms.Form):
    """One patient. `prefix` is the number of the title; nothing is refused here, a draft keeps what was typed."""

    use_required_attribute = False

    def __init__(self, data: Mapping[str, Any] | None = None, *, number: str, on: dt.date) -> None:
        super().__init__(data, prefix=number)
        for section, names in EACH:
            fields = section(context=_context(on)).fields
            self.fields.update({name: fields[name] for name in names})

    def answers(self) -> dict[str, dict[str, Any]]:
        """What was typed, by section, valid or not."""
        return {section.key: {name: self._raw(name) for name in names} for section, names in EACH}

    def typed(self) -> list[Readable]:
        """What was typed, in words, to be given back when it could not be kept."""
        pairs = ((name, one, readable(one, self._raw(name))) for name, one in self.fields.items())
        return [Readable(name, one.label or name, shown) for name, one, shown in pairs if shown]

    def _raw(self, name: str) -> Any:
        return self.fields[name].widget.value_from_datadict(self.data, {}, self.add_prefix(name))


class SharedForm(forms.Form):
    """The statement that going on is useful: asked once, it is about each patient named on the page."""

    use_required_attribute = False

    def __init__(self, data: Mapping[str, Any] | None = None, *, on: dt.date) -> None:
        super().__init__(data)
        self.fields["useful"] = RenewalForm(context=_context(on)).fields["useful"]
        _for_all(self.fields)

    def answers(self) -> dict[str, dict[str, Any]]:
        return {RenewalForm.key: {"useful": self.fields["useful"].widget.value_from_datadict(self.data, {}, "useful")}}


def undertakings_form(data: Mapping[str, Any] | None, on: dt.date) -> UndertakingsForm:
    """The undertakings of several requests, given once, with the exact words of each."""
    form = UndertakingsForm(data, context=_context(on))
    _for_all(form.fields)
    return form


def typed_undertakings(data: Mapping[str, Any], on: dt.date) -> dict[str, Any]:
    return UndertakingsForm.typed(data, _context(on))


def signs(role: str) -> bool:
    return role in UndertakingsForm.only_for
