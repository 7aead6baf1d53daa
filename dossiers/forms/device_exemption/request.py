"""What is asked, by whom, and what the manufacturer commits itself to."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dossiers.forms.aap.pathway import NO, YES_NO
from dossiers.forms.aap.request import EMAIL, PHONE
from dossiers.forms.base import SectionForm
from dossiers.forms.device_exemption.checks import MANUFACTURER, REPRESENTATIVE, checked, email, phone
from dossiers.forms.fields import choice, confirm, date, line, text
from workflows.roles import APPLICANT, CONTRIBUTOR

__all__ = ["EMAIL", "PHONE", "WRITERS", "CommitmentsForm", "ContactsForm", "RequestForm"]

DEVICE: Final = "device"
IN_VITRO: Final = "in_vitro"
WRITERS: Final = frozenset({APPLICANT, CONTRIBUTOR})


class RequestForm(SectionForm):
    """Custom-made and investigational devices have rules of their own (MDR art. 52(8), 62; IVDR art. 58)."""

    key = "request"
    title = _("What is asked")
    law = "MDR art. 59, IVDR art. 54"
    intro = _(
        "An exemption is national and temporary. It replaces neither the CE marking nor a clinical investigation."
    )

    domain = choice(
        _("Which kind of device?"),
        ((DEVICE, _("Medical device (MDR)")), (IN_VITRO, _("In-vitro diagnostic medical device (IVDR)"))),
        example=DEVICE,
    )
    capacity = choice(
        _("The applicant is"),
        ((MANUFACTURER, _("the legal manufacturer")), (REPRESENTATIVE, _("its authorised representative"))),
        hint=_("A representative attaches the manufacturer's mandate."),
        example=MANUFACTURER,
    )
    former_title = line(
        _("Number of the former exemption"),
        hint=_("If there was one. An exemption is not renewed: this request gives its reasons anew."),
        required=False,
        max_length=40,
        example="DEROG-2025-000012",
    )
    custom_made = choice(_("Is the device custom-made for one patient?"), YES_NO, example=NO)
    investigational = choice(
        _("Is it used in a clinical investigation or a performance study?"), YES_NO, example=NO
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        wrong = {
            "custom_made": _("A custom-made device needs no exemption: it follows annex XIII of the regulation."),
            "investigational": _("A clinical investigation or a performance study has its own authorisation."),
        }
        for name, message in wrong.items():
            if answers.get(name) == "yes":
                self.add_error(name, ValidationError(message, code="out_of_scope"))
        return answers


class ContactsForm(SectionForm):
    key = "contacts"
    title = _("Applicant and contacts")
    law = "MDR art. 10, 11, 59"
    intro = _("Whom ANSM writes to and calls. Professional contact details only.")
    only_for = WRITERS

    holder_name = line(
        _("Name of the manufacturer or its representative"), hint=_("As printed in the decision."), max_length=200,
        example="Exemple Dispositifs",
    )  # fmt: skip
    holder_address = text(_("Its address"), max_length=500, rows=3, example="1 rue de l'Invention, 29000 Quimper")
    srn = checked(
        _("Single registration number (SRN)"), "srn",
        hint=_("If it has one. Example: FR-MF-000012345."), example="FR-MF-000012345",
    )  # fmt: skip
    contact_name = line(
        _("Contact for this request"), hint=_("Name and position."), max_length=200,
        example="Alex Martin, affaires réglementaires",
    )  # fmt: skip
    contact_email = email(_("E-mail of this contact"), "derogations@exemple-dispositifs.example")
    contact_phone = phone(_("Phone of this contact"), "01 23 45 67 89")
    vigilance_name = line(
        _("Device vigilance contact"), hint=_("Name and position."), max_length=200,
        example="Camille Bernard, responsable matériovigilance",
    )  # fmt: skip
    vigilance_email = email(_("E-mail for device vigilance"), "vigilance@exemple-dispositifs.example")
    vigilance_phone = phone(_("Phone for device vigilance"), "01 23 45 67 90")


class CommitmentsForm(SectionForm):
    """Commission guidelines expect compliance or withdrawal at the end; the CE marking remains the aim."""

    key = "commitments"
    title = _("Commitments")
    law = "MDR art. 59, IVDR art. 54"
    intro = _("An applicant ticks each statement. It binds the company.")
    only_for = frozenset({APPLICANT})

    ce_marking = confirm(_("The company will seek the CE marking of the device, or says below why it will not."))
    no_ce_reason = text(
        _("Why the CE marking will not be sought"),
        hint=_("Only if so. Example: device no longer made, tool for a single explantation."),
        required=False,
        max_length=1_000,
        rows=3,
        example="Instrument fourni pour une seule intervention : aucune commercialisation n'est prévue.",
    )
    progress_by = date(
        _("First report on the way to the CE marking, by"),
        hint=_("It becomes an obligation once the exemption is granted."),
        required=False,
        example="2030-01-31",
    )
    vigilance = confirm(_("The company will report serious incidents to ANSM without delay, CE marking or not."))
    traceability = confirm(_("The company will keep, for each unit supplied, its lot or serial number and its site."))
    labelling = confirm(_("Each unit supplied will bear that it is used under an exemption, without CE marking."))
    end_of_use = confirm(_("At the end of the exemption the company will stop supplying and take back unused units."))
    states_truth = confirm(_("What this request states is exact, and nothing that matters is left out."))
