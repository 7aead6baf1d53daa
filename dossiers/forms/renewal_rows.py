"""The few answers that a renewal asks anew, one short row per patient, and the statements made once for all.

The fields are those of the request's own sections, word for word: what is typed here is kept there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django import forms

from dossiers.forms.aac.clinical import RenewalForm
from dossiers.forms.aac.patient import PatientForm
from dossiers.forms.aac.request import RequestForm, UndertakingsForm
from dossiers.forms.base import FormContext, SectionForm
from dossiers.forms.readable import Readable, readable

PROCEDURE: Final = "aac"

# CSP R.5121-74-4: the clinical data are the patient's own; the weight is measured again; urgency is of the moment.
EACH: Final[tuple[tuple[type[SectionForm], tuple[str, ...]], ...]] = (
    (RenewalForm, ("clinical_data", "adverse_effects")),
    (PatientForm, ("weight_kg",)),
    (RequestForm, ("urgent", "urgent_reason")),
)


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

    def answers(self) -> dict[str, dict[str, Any]]:
        return {RenewalForm.key: {"useful": self.fields["useful"].widget.value_from_datadict(self.data, {}, "useful")}}


def undertakings_form(data: Mapping[str, Any] | None, on: dt.date) -> UndertakingsForm:
    """The undertakings of a request, with their exact words."""
    return UndertakingsForm(data, context=_context(on))


def typed_undertakings(data: Mapping[str, Any], on: dt.date) -> dict[str, Any]:
    return UndertakingsForm.typed(data, _context(on))


def signs(role: str) -> bool:
    return role in UndertakingsForm.only_for
