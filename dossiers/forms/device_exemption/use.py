"""Why patients need the device, what is known of it, where and how much of it would be used."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from dossiers.forms.base import SectionForm
from dossiers.forms.device_exemption.checks import finess
from dossiers.forms.device_exemption.request import WRITERS
from dossiers.forms.fields import WholeNumberField, ask, line, text
from dossiers.forms.rows import RowsField
from workflows.device_guards import GLOBAL, INDIVIDUAL, MOST_PATIENTS

LONGEST_MONTHS: Final = 36


class NeedForm(SectionForm):
    """The manufacturer reads it: what identifies a patient is in the clinician's statement alone (GDPR art. 5)."""

    key = "need"
    title = _("Need")
    law = "MDR art. 59, IVDR art. 54"
    intro = _(
        "The significant benefit for the patients decides whether ANSM can examine the request. Name no patient here: "
        "the clinicians identify theirs in their statements, which the manufacturer does not read."
    )

    condition = text(
        _("Medical condition"),
        max_length=1_000,
        rows=3,
        example="Patients porteurs d'un système d'ostéosynthèse posé à l'étranger, devenu douloureux.",
    )
    benefit = text(
        _("Significant benefit for the patients"),
        hint=_("What the device changes for them, compared with what exists."),
        max_length=2_000,
        example="Explantation sans résection osseuse, seul moyen d'éviter une arthrodèse.",
    )
    alternatives = text(
        _("Alternatives on the market, and why they do not suit"),
        max_length=2_000,
        example="Aucun extracteur marqué CE n'est compatible avec cette empreinte.",
    )
    criteria = text(
        _("Criteria that a patient must meet"),
        hint=_("Indication, age, earlier treatments, exclusions."),
        max_length=2_000,
        example="Adultes porteurs du système Exemple, avec douleur ou infection, sans extracteur compatible.",
    )
    patients = ask(
        WholeNumberField(
            label=_("Number of patients"),
            help_text=_("Individual: those the clinicians identify. Global: those expected over the period."),
            min_value=1,
            max_value=MOST_PATIENTS,
        ),
        example=1,
    )

    def build(self) -> None:
        if self.context.kind == INDIVIDUAL:
            del self.fields["criteria"]
        if self.context.kind == GLOBAL:
            ask(self.fields["patients"], example=40)


class EvidenceForm(SectionForm):
    key = "evidence"
    title = _("Safety and performance")
    law = "MDR art. 59, IVDR art. 54"
    intro = _("Summarise here, attach the reports. This is what the assessment rests on most.")
    only_for = WRITERS

    safety = text(
        _("Safety data"),
        max_length=4_000,
        example="Essais de biocompatibilité ISO 10993 conformes ; aucun évènement grave en 2 000 utilisations.",
    )
    performance = text(
        _("Performance and clinical data"),
        max_length=4_000,
        example="Taux d'extraction complète de 98 % dans une série de 120 patients (chiffres inventés).",
    )
    gaps = text(
        _("What is not known, and how the risk is kept low"),
        hint=_("Standards not met, missing trials, training of the users."),
        max_length=2_000,
        example="Pas d'essai comparatif ; l'opérateur est formé par le fabricant avant l'intervention.",
    )
    incidents = text(
        _("Incidents, serious incidents and field safety actions"),
        hint=_("All countries, with the period and the number of units. “None” is an answer."),
        max_length=2_000,
        rows=3,
        example="Aucun incident grave sur environ 4 000 unités depuis 2023.",
    )


class SupplyForm(SectionForm):
    key = "supply"
    title = _("Sites and supply")
    law = "MDR art. 59, IVDR art. 54"
    intro = _("The exemption holds at these sites only, for this quantity.")
    only_for = WRITERS

    sites = ask(
        RowsField(
            label=_("Sites"),
            help_text=_("Each hospital where the device would be used. By its FINESS number it is told of any change."),
            columns={
                "name": line(_("Hospital"), max_length=200, example="CHU Démo de Valmirande"),
                "town": line(_("Town"), max_length=100, required=False, example="Valmirande"),
                "finess": finess(_("FINESS number")),
            },
            most=30,
        ),
        example=[{"name": "CHU Démo de Valmirande", "town": "Valmirande", "finess": "990000119"}],
    )
    quantity = ask(
        WholeNumberField(
            label=_("Units to be supplied in all"), help_text=_("A number. Example: 2."), min_value=1,
            max_value=1_000_000,
        ),
        example=2,
    )  # fmt: skip
    months = ask(
        WholeNumberField(
            label=_("Period asked for, in months"),
            help_text=_("Usually twelve at most: an exemption is temporary."),
            min_value=1,
            max_value=LONGEST_MONTHS,
        ),
        example=6,
    )
    storage = text(
        _("Storage, training and support"),
        hint=_("Who trains the users, who is called when something goes wrong."),
        required=False,
        max_length=1_000,
        rows=3,
        example="Formation sur site par le fabricant la veille de l'intervention.",
    )
