"""What the Commission and the other Member States are told of an exemption (MDR art. 59(2), IVDR art. 54(2)).

Made from the request, the decision and what vigilance has seen since. Nobody's name but the manufacturer's is in it;
of the patients, only how many they are.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.exemption import Exemption
from devices.models import Incident, Unit
from devices.states import NOT_COUNTED
from dossiers.forms.device_exemption.device import DEVICE_CLASSES, IN_VITRO_CLASSES
from dossiers.forms.device_exemption.request import IN_VITRO
from dossiers.models import Obligation
from workflows.dates import say
from workflows.incidents import SEVERITIES
from workflows.types import Text

LAW: Final[dict[str, Text]] = {
    "device": gettext_lazy("Regulation (EU) 2017/745, Article 59"),
    IN_VITRO: gettext_lazy("Regulation (EU) 2017/746, Article 54"),
}
ISO_DAY: Final = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", re.ASCII)
DUE: Final = re.compile(rf"^({ISO_DAY.pattern}): (.*)$", re.ASCII | re.MULTILINE)
DATED: Final = "dated_conditions"
OF_NOTICES: Final = ("art. 59(2)", "art. 54(2)")
"""How the obligation to notify ends its legal source."""

SECTIONS: Final[dict[str, Text]] = {
    "identification": gettext_lazy("Identification"),
    "purpose": gettext_lazy("Intended purpose"),
    "justification": gettext_lazy("Justification"),
    "period": gettext_lazy("Period and extent"),
    "conditions": gettext_lazy("Conditions"),
    "surveillance": gettext_lazy("Surveillance since the decision"),
}


@dataclass(frozen=True)
class Line:
    """One line of the sheet. `code` is fixed: systems read it, whatever the language of the label."""

    section: str
    code: str
    label: str
    value: str

    @property
    def shown(self) -> str:
        """As a person reads it: a day in words, alone or before what is due; systems read it as year-month-day."""
        if ISO_DAY.fullmatch(self.value):
            return say(dt.date.fromisoformat(self.value))
        if self.code != DATED:
            return self.value
        words = _("by %(day)s: %(text)s")
        return DUE.sub(lambda due: words % {"day": say(dt.date.fromisoformat(due[1])), "text": due[2]}, self.value)


def sheet(exemption: Exemption, on: dt.date) -> list[Line]:
    """The lines that say something, in the language in force. Two queries."""
    return [line for line in _lines(exemption, on) if line.value]


def as_json(exemption: Exemption, on: dt.date) -> dict[str, Any]:
    """{section: {code: value}}."""
    found: dict[str, Any] = {"generated_on": on.isoformat(), "authority": "ANSM", "country": "FR"}
    for line in sheet(exemption, on):
        found.setdefault(line.section, {})[line.code] = line.value
    return found


def notice_of(exemption: Exemption) -> Obligation | None:
    """The agency's obligation to notify, with its proof once it is done; None when nothing was to be notified."""
    owed = Obligation.objects.filter(title=exemption.title, owed_by="agency", kind="notice").order_by("-pk")
    return next((one for one in owed if one.law.endswith(OF_NOTICES)), None)


def is_to_notify(exemption: Exemption) -> bool:
    """Not for the use of a single patient (MDR art. 59(2))."""
    return exemption.patients != 1


def _lines(exemption: Exemption, on: dt.date) -> Iterator[Line]:
    yield from _identification(exemption)
    yield from _justification(exemption)
    yield from _period(exemption)
    yield from _conditions(exemption)
    yield from _surveillance(exemption, on)


def _identification(exemption: Exemption) -> Iterator[Line]:
    said, title = exemption.said, exemption.title

    def line(code: str, label: str, value: str) -> Line:
        return Line("identification", code, label, value)

    classes = dict((*DEVICE_CLASSES, *IN_VITRO_CLASSES))
    risk = said("device", "risk_class")
    yield line("number", _("Number of the exemption"), title.number)
    yield line("law", _("Legal basis"), str(LAW.get(said("request", "domain"), LAW["device"])))
    yield line("device", _("Device"), exemption.label)
    yield line("references", _("References of the manufacturer"), said("device", "references"))
    yield line("manufacturer", _("Manufacturer"), said("device", "manufacturer"))
    yield line("country", _("Country of the manufacturer"), said("device", "country"))
    yield line("srn", _("Single registration number (SRN)"), said("contacts", "srn"))
    yield line("applicant", _("Applicant"), title.organisation.name)
    yield line("risk_class", _("Risk class"), str(classes.get(risk, "")))
    yield line("basic_udi_di", _("Basic UDI-DI"), said("device", "basic_udi_di"))
    yield line("udi_di", _("UDI-DI"), said("device", "udi_di"))
    yield line("description", _("Description"), said("device", "description"))
    yield Line("purpose", "intended_purpose", _("Intended purpose"), said("device", "purpose"))
    yield Line("purpose", "condition", _("Medical condition"), said("need", "condition"))
    yield Line("purpose", "criteria", _("Criteria that a patient must meet"), said("need", "criteria"))


def _justification(exemption: Exemption) -> Iterator[Line]:
    said = exemption.said

    def line(code: str, label: str, section: str, name: str) -> Line:
        return Line("justification", code, label, said(section, name))

    yield line("benefit", _("Significant benefit for the patients"), "need", "benefit")
    yield line("alternatives", _("Alternatives on the market, and why they do not suit"), "need", "alternatives")
    yield line("ce_tried", _("What was tried to obtain the CE marking"), "status", "tried")
    yield line("notified_body", _("Notified body"), "status", "notified_body")
    yield line("ce_expected_on", _("CE marking expected by"), "status", "ce_expected_on")
    yield line("safety", _("Safety data"), "evidence", "safety")
    yield line("performance", _("Performance and clinical data"), "evidence", "performance")
    yield line("gaps", _("What is not known, and how the risk is kept low"), "evidence", "gaps")


def _period(exemption: Exemption) -> Iterator[Line]:
    title, patients = exemption.title, exemption.patients

    def line(code: str, label: str, value: str) -> Line:
        return Line("period", code, label, value)

    yield line("territory", _("Territory"), "France")
    yield line("starts_on", _("First day"), title.starts_on.isoformat())
    yield line("ends_on", _("Last day"), title.ends_on.isoformat())
    if title.in_force_until != title.ends_on:
        yield line("in_force_until", _("Last day in force"), title.in_force_until.isoformat())
    everybody = _("Every patient who meets the criteria")
    yield line("patients", _("Number of patients"), everybody if patients is None else str(patients))
    yield line("quantity", _("Quantity"), exemption.quantity)
    yield line("sites", _("Sites"), "\n".join(exemption.sites))


def _conditions(exemption: Exemption) -> Iterator[Line]:
    yield Line("conditions", "conditions", _("Conditions"), exemption.conditions)
    dated = exemption.terms.dated_conditions if exemption.terms is not None else []
    lines = "\n".join(f"{one['due_on']}: {one['text']}" for one in dated)
    yield Line("conditions", DATED, _("Conditions with a date"), lines)


def _surveillance(exemption: Exemption, on: dt.date) -> Iterator[Line]:
    """The Commission expects what surveillance shows (domain/devices-advice.md 1.5)."""
    units = Unit.objects.filter(title=exemption.title).exclude(state__in=NOT_COUNTED, used_on=None)
    counts = units.aggregate(supplied=Count("pk"), used=Count("used_on"))
    incidents: Any = Incident.objects.filter(title=exemption.title)
    by_severity = dict(incidents.order_by().values_list("severity").annotate(count=Count("pk")))
    said = [f"{count} × {SEVERITIES[code].label}" for code, count in sorted(by_severity.items())]

    def line(code: str, label: str, value: str) -> Line:
        return Line("surveillance", code, label, value)

    yield line("as_of", _("As of"), on.isoformat())
    yield line("units_supplied", _("Units supplied"), str(counts["supplied"]))
    yield line("units_used", _("Units used"), str(counts["used"]))
    yield line("serious_incidents", _("Serious incidents reported"), "\n".join(said) or "0")
