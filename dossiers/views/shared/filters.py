"""What narrows a list, as a GET form: the address of the page says it all, so that it can be kept and sent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dossiers.queries.worklists import Filters
from workflows import roles
from workflows.registry import all_procedures
from workflows.types import Text

LONGEST_TEXT = 200


def _calendar() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class FilterForm(forms.Form):
    """`staff` chooses the labels of the states; states that an applicant must not tell apart are one choice."""

    q = forms.CharField(label=_("Words or reference"), required=False, max_length=LONGEST_TEXT)
    procedure = forms.ChoiceField(label=_("Procedure"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    state = forms.ChoiceField(label=_("Stage"), required=False)
    hospital = forms.CharField(label=_("Hospital"), required=False, max_length=LONGEST_TEXT)
    product = forms.CharField(label=_("Medicine"), required=False, max_length=LONGEST_TEXT)
    filed_from = forms.DateField(label=_("Filed from"), required=False, widget=_calendar())
    filed_to = forms.DateField(label=_("Filed until"), required=False, widget=_calendar())
    urgent = forms.BooleanField(label=_("Urgent only"), required=False)

    def __init__(self, data: QueryDict | None = None, *, staff: bool) -> None:
        super().__init__(data)
        self.alike = states_by_label(staff=staff)
        tables = all_procedures()
        offered = {
            "procedure": [(one.code, one.name) for one in tables],
            "kind": [(code, label) for one in tables for code, label in one.kinds],
            "state": [(codes[0], label) for label, codes in self.alike],
        }
        for name, choices in offered.items():
            field: Any = self.fields[name]
            field.choices = [("", _("All")), *choices]
        if len(tables) == 1:
            del self.fields["procedure"]
        if not staff:
            del self.fields["hospital"]

    def filters(self) -> Filters:
        """What could be understood; what could not is left out, and its field says why."""
        self.is_valid()
        typed: dict[str, Any] = self.cleaned_data
        state = typed.get("state") or ""
        return Filters(
            text=typed.get("q") or "",
            procedure=typed.get("procedure") or "",
            kind=typed.get("kind") or "",
            states=next((codes for _label, codes in self.alike if codes[0] == state), ()),
            urgent=bool(typed.get("urgent")),
            hospital=typed.get("hospital") or "",
            product=typed.get("product") or "",
            filed_from=typed.get("filed_from"),
            filed_to=typed.get("filed_to"),
        )

    @property
    def narrowing(self) -> int:
        """How many filters are set, the words apart."""
        self.is_valid()
        return sum(1 for name, value in self.cleaned_data.items() if value and name != "q")

    def query(self) -> list[tuple[str, str]]:
        """The pairs of the address that these filters make, as typed."""
        return [(name, self.data[name]) for name in self.fields if self.data.get(name)]


def states_by_label(*, staff: bool) -> list[tuple[Text, tuple[str, ...]]]:
    """(label, codes of the states it names), in the tables' order; staff are not offered what is never filed."""
    found: dict[str, tuple[Text, tuple[str, ...]]] = {}
    for one in all_procedures():
        for state in one.states:
            if staff and not state.read_by & roles.AGENCY_STAFF:
                continue
            label = state.staff if staff else state.applicant
            known = found.get(str(label), (label, ()))[1]
            if state.code not in known:
                found[str(label)] = (label, (*known, state.code))
    return list(found.values())
