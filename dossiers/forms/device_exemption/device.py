"""Which device, and why it bears no CE marking."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dossiers.forms.aap.pathway import NO, YES_NO
from dossiers.forms.base import SectionForm
from dossiers.forms.device_exemption.checks import checked, checked_lines
from dossiers.forms.device_exemption.request import IN_VITRO, WRITERS
from dossiers.forms.fields import LinesField, ask, choice, date, describe, line, text
from workflows.types import Text

DEVICE_CLASSES: Final[tuple[tuple[str, Text], ...]] = (
    ("I", _("Class I")),
    ("IIa", _("Class IIa")),
    ("IIb", _("Class IIb")),
    ("III", _("Class III")),
)
IN_VITRO_CLASSES: Final[tuple[tuple[str, Text], ...]] = (
    ("A", _("Class A")),
    ("B", _("Class B")),
    ("C", _("Class C")),
    ("D", _("Class D")),
)
UNKNOWN: Final = ("unknown", _("Not known"))


class DeviceForm(SectionForm):
    """A device without conformity assessment may be in no database: its maker's references stand for identifiers."""

    key = "device"
    title = _("Device")
    law = "MDR art. 52, IVDR art. 48"
    intro = _(
        "Name it as on its label. A clinician who begins the file writes what they know; the company completes it."
    )

    name = line(_("Name of the device"), max_length=200, example="EXTRACTOR")
    model = line(_("Model"), required=False, max_length=200, example="EX-2")
    references = ask(
        LinesField(
            label=_("References of the manufacturer"),
            help_text=_("One per line: they identify the device when it has no UDI."),
            required=False,
            most=50,
        ),
        example=["EX-2-100"],
    )
    manufacturer = line(_("Name of the legal manufacturer"), max_length=200, example="Exemple Dispositifs")
    country = line(_("Country of the manufacturer"), required=False, max_length=100, example="France")
    description = text(
        _("Description"),
        hint=_("What it is made of, how it works, with which accessories."),
        max_length=2_000,
        example="Instrument d'extraction de vis à empreinte propriétaire, en acier inoxydable, stérilisable.",
    )
    purpose = text(
        _("Intended purpose"),
        hint=_("As in the instructions for use: condition, patients, users."),
        max_length=2_000,
        example="Explantation des vis d'un système posé à l'étranger, par un chirurgien formé.",
    )
    risk_class = choice(_("Risk class"), (*DEVICE_CLASSES, *IN_VITRO_CLASSES, UNKNOWN), example="IIa")
    implantable = choice(_("Is it implantable?"), YES_NO, example=NO)
    basic_udi_di = checked(
        _("Basic UDI-DI"), "basic_udi_di",
        hint=_("If it has one: on certificates and declarations, not on the label."),
        example="1987654Ad4X4bL5ttr2310c2K",
    )  # fmt: skip
    udi_di = checked_lines(
        _("UDI-DI"), "udi_di", hint=_("If it has any: one per line, as on the label."), example=["03401234567890"]
    )

    def build(self) -> None:
        domain = self.context.answers.get("request", {}).get("domain")
        risk_class: Any = self.fields["risk_class"]
        if domain == IN_VITRO:
            risk_class.choices = [*IN_VITRO_CLASSES, UNKNOWN]
            ask(risk_class, example="B")
        elif domain:
            risk_class.choices = [*DEVICE_CLASSES, UNKNOWN]


class StatusForm(SectionForm):
    """Why there is no valid certificate, and when there will be one (Commission guidelines; MDCG 2022-11)."""

    key = "status"
    title = _("Regulatory status")
    law = "MDR art. 52, IVDR art. 48"
    intro = _("Lateness with a notified body is no reason by itself: say what was done, and what is expected when.")
    only_for = WRITERS

    reason = choice(
        _("Why does the device bear no valid CE marking?"),
        (
            ("never_assessed", _("Its conformity was never assessed")),
            ("under_way", _("The assessment is under way")),
            ("certificate_lapsed", _("Its certificate has lapsed, or is about to")),
            ("other_market", _("It is made for another market only")),
        ),
        hint=_("For a lapsed certificate, attach the last certificates and declarations of conformity."),
        example="other_market",
    )
    tried = text(
        _("What was tried to obtain it, and why it did not succeed"),
        max_length=2_000,
        example="Le dispositif est enregistré aux États-Unis ; le fabricant n'a pas de projet commercial dans l'Union.",
    )
    notified_body = line(
        _("Notified body"), hint=_("Name and number, if one is engaged."), required=False, max_length=200,
        example="Organisme Exemple (0000)",
    )  # fmt: skip
    agreement_on = date(_("Agreement with the notified body, on"), required=False, example="2026-01-15")
    ce_expected_on = describe(
        date(
            _("CE marking expected by"),
            hint=_("It becomes a milestone of the exemption, with its reminders."),
            required=False,
            example="2030-06-30",
        ),
        **{"x-not-before": "agreement_on"},
    )
    elsewhere = text(
        _("Where it is sold, and how much"),
        hint=_("Member States and other countries, units a year. Refusals too."),
        required=False,
        max_length=2_000,
        rows=3,
        example="États-Unis : environ 4 000 unités par an (donnée inventée).",
    )

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        agreed, expected = answers.get("agreement_on"), answers.get("ce_expected_on")
        if agreed and agreed > self.context.on:
            message = _("This day is still to come: correct the date.")
            self.add_error("agreement_on", ValidationError(message, code="future"))
        if agreed and expected and expected < agreed:
            message = _(
                "The CE marking comes after the agreement with the notified body: correct one of the two dates."
            )
            self.add_error("ce_expected_on", ValidationError(message, code="order"))
        return answers
