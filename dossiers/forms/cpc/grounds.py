"""The need, the data and the use asked for: a report is reasoned, with its literature (CSP R.5121-76-2, 76-5)."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from dossiers.forms.base import FormContext, SectionForm
from dossiers.forms.fields import LinesField, WholeNumberField, ask, line, text
from workflows.cpc_guards import RENEWAL

MOST_PATIENTS: Final = 1_000_000
MOST_REFERENCES: Final = 60


class NeedForm(SectionForm):
    key = "need"
    title = _("Indication and need")
    law = "CSP L.5121-12-1 III"
    intro = _("The use outside the marketing authorisation, and why patients need it.")

    indication = text(
        _("Indication asked for, outside the marketing authorisation"),
        hint=_("As it would stand in the framework: disease, stage, line of treatment, population."),
        max_length=4_000,
        example="Traitement de la maladie d'Exemple de l'adulte, après échec des traitements autorisés.",
    )
    summary = text(
        _("The report in your own words"),
        hint=_("A few lines that somebody who does not know the disease understands."),
        max_length=4_000,
        example="Les patients en impasse n'ont aucun traitement ; ce médicament est déjà utilisé avec succès.",
    )
    unmet = text(
        _("Therapeutic need that is not covered"),
        hint=_("What happens to patients today, and what is missing."),
        example="Aucun traitement n'est autorisé après échec de la première ligne.",
    )
    alternatives = text(
        _("Alternatives"),
        hint=_("Authorised medicines in the indication and why they do not suffice; trials open to these patients."),
        example="Traitement symptomatique seul ; un essai de phase 2, fermé aux inclusions.",
    )
    population = text(
        _("Patients concerned"),
        hint=_("Who they are, how many in France, and where the figure comes from."),
        max_length=2_000,
        rows=4,
        example="Environ 150 patients en France (registre national de la maladie d'Exemple, donnée inventée).",
    )
    expected_patients = ask(
        WholeNumberField(
            label=_("Patients expected over one year"),
            help_text=_("A number. Leave empty if nobody knows."),
            min_value=1,
            max_value=MOST_PATIENTS,
            required=False,
        ),
        example=60,
    )


class EvidenceForm(SectionForm):
    key = "evidence"
    title = _("Benefit and risk")
    law = "CSP L.5121-12-1 III, R.5121-76-4"
    intro = _("What published data let presume. ANSM also asks the company for its own data.")

    benefit = text(
        _("Presumed benefit"),
        hint=_("Results with their figures: trial, number of patients, criterion, follow-up."),
        example="Étude ouverte chez 42 patients : réponse chez 64 % à six mois (donnée inventée).",
    )
    risk = text(
        _("Known and feared risks"),
        hint=_("At this dose and in these patients; what to watch."),
        example="Cytolyses hépatiques réversibles chez 5 % des patients ; surveillance mensuelle.",
    )
    references = ask(
        LinesField(
            label=_("References of the literature"),
            help_text=_("One on each line: authors, title, journal, year. Attach the main publications."),
            most=MOST_REFERENCES,
        ),
        example=["Exemple A. et al., Journal inventé, 2024;12:345-350"],
    )


class UseForm(SectionForm):
    key = "use"
    title = _("Use asked for")
    law = "CSP R.5121-76-5"
    intro = _("How the medicine would be prescribed and the patients followed. ANSM may decide otherwise.")

    posology = text(
        _("Posology and route"),
        hint=_("Dose, frequency, route, duration, adaptations."),
        max_length=4_000,
        example="50 mg deux fois par jour par voie orale, jusqu'à progression.",
    )
    prescription_class = line(
        _("Prescription and dispensing"),
        hint=_("Only if they should differ from the marketing authorisation. Example: hospital specialists only."),
        required=False,
        example="Prescription hospitalière réservée aux spécialistes en neurologie",
    )
    follow_up = text(
        _("Follow-up of patients"),
        hint=_("What should be collected, when, by whom. Say it too if none is needed, and why."),
        max_length=4_000,
        example="Bilan à l'initiation, à trois mois, puis tous les six mois.",
    )


class SinceForm(SectionForm):
    key = "since"
    title = _("Since the framework was established")
    law = "CSP R.5121-76-9"
    intro = _("What was learnt under the framework, and why it is still needed.")

    patients = ask(
        WholeNumberField(
            label=_("Patients treated under the framework"),
            help_text=_("As the reports of the company say. Leave empty if nobody knows."),
            min_value=0,
            max_value=MOST_PATIENTS,
            required=False,
        ),
        example=85,
    )
    data = text(
        _("Efficacy and safety data since"),
        hint=_("Reports of the company, publications, adverse effects reported."),
        example="Réponse chez 61 % des patients à un an ; aucun signal nouveau (donnée inventée).",
    )
    still_needed = text(
        _("Why the framework is still needed"),
        hint=_("Medicines authorised since, trials, marketing authorisation asked for or not."),
        example="Aucun médicament n'a été autorisé dans l'indication ; aucune demande d'AMM n'est annoncée.",
    )

    @classmethod
    def applies(cls, context: FormContext) -> bool:
        return context.kind == RENEWAL
