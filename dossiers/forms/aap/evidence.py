"""Why HAS should grant: the five criteria, the trials, the technical file (CSP L.5121-12, I; R.5121-68, II)."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from dossiers.forms.aap.pathway import (
    FIRST,
    MA_OBTAINED,
    NO,
    PRE_MA,
    YES,
    YES_NO,
    past_day,
    pathway_of,
    refuse_disorder,
    refuse_future,
    without_superseded,
)
from dossiers.forms.base import FormContext, SectionForm
from dossiers.forms.fields import WholeNumberField, ask, choice, confirm, date, describe, line, text
from dossiers.forms.rows import RowsField

TRIAL: Final = re.compile(r"[0-9]{4}-[0-9]{6}-[0-9]{2}(?:-[0-9]{2})?|NCT[0-9]{8}")


class CriteriaForm(SectionForm):
    """One text under each code of `workflows.aap_guards.CRITERIA`. After the MA, efficacy and safety are deemed."""

    key = "criteria"
    title = _("Criteria")
    law = "CSP L.5121-12, I ; R.5121-68, II, 3°"
    intro = _("One text per criterion. The Transparency Committee, then the College, answers each of them.")

    serious = text(
        _("A serious, rare or disabling disease"),
        hint=_("Symptoms, organs, mortality, quality of life. Example: 60% of patients die within two years."),
        example="Maladie grave : médiane de survie de 18 mois, perte d'autonomie (données inventées).",
    )
    no_alternative = text(
        _("No appropriate treatment"),
        hint=_(
            "Who has no option left, and why. An early access already open in the same place counts as an alternative."
        ),
        example="Aucun traitement n'est recommandé après échec de la première ligne.",
    )
    comparators = ask(
        RowsField(
            columns={
                "name": line(_("Alternative"), example="Exemplastine", max_length=200),
                "reimbursed": forms.ChoiceField(
                    label=_("Reimbursed in France"), required=False, choices=[("", "-"), *YES_NO]
                ),
                "why_not": line(_("Why it is not appropriate"), example="Réservée à la première ligne"),
            },
            label=_("Alternatives and comparators looked at"),
            help_text=_("One a row; leave empty when there is none."),
            required=False,
        ),
        example=[{"name": "Exemplastine", "reimbursed": YES, "why_not": "Réservée à la première ligne"}],
    )
    cannot_wait = text(
        _("The treatment cannot be deferred"),
        hint=_("How fast the disease goes, and what would be lost by waiting for reimbursement."),
        example="Progression irréversible en quelques mois : attendre la prise en charge ferait perdre une chance.",
    )
    innovative = text(
        _("Presumed innovative"),
        hint=_(
            "Against a clinically relevant comparator: what changes for the patient, the development plan and its "
            "results to come, and that nothing suggests a harm."
        ),
        example="Premier traitement de sa classe ; essai de phase 3 en cours, résultats attendus dans 18 mois.",
    )
    efficacy_safety = text(
        _("Efficacy and safety strongly presumed"),
        hint=_("Results of the trials with references. After the MA, only what is new since."),
        required=False,
        example="Essai de phase 2 (n = 140) : réponse objective chez 46 % des patients (résultats inventés).",
    )

    def build(self) -> None:
        self.fields["efficacy_safety"].required = pathway_of(self.context) == PRE_MA


class TrialsForm(SectionForm):
    key = "trials"
    title = _("Clinical trials")
    law = "CSP R.5121-68, II, 2°, b"
    intro = _("Trials run for marketing: under way, finished or planned.")
    must_have = ("trials",)
    rules = (
        {
            "if": {"properties": {"none": {"const": True}}, "required": ["none"]},
            "else": {"required": ["trials"], "properties": {"trials": {"minItems": 1}}},
        },
    )

    none = confirm(_("There is no trial of this medicine for marketing."), required=False, example=False)
    trials = ask(
        RowsField(
            columns={
                "title": line(_("Title and aim"), example="EXEMPLE-3, phase 3 contre traitement habituel"),
                "reference": describe(
                    forms.CharField(
                        label=_("EU CT or NCT number"),
                        required=False,
                        max_length=18,
                        widget=forms.TextInput(attrs={"autocomplete": "off"}),
                        validators=[RegexValidator(rf"\A(?:{TRIAL.pattern})\Z", _("write NCT05021536, for example"))],
                    ),
                    pattern=f"^(?:{TRIAL.pattern})$",
                ),
                "status": forms.ChoiceField(
                    label=_("Status"),
                    choices=[("ongoing", _("Under way")), ("finished", _("Finished")), ("planned", _("Planned"))],
                ),
                "investigator": line(
                    _("Principal investigator"), required=False, max_length=200, example="Pr Dominique Petit"
                ),
                "sites": line(
                    _("Sites and investigators in France"), required=False, example="Paris (Dr Roux), Lyon (Dr Blanc)"
                ),
            },
            label=_("Trials"),
            help_text=_("For trials with sites in France, name every site and its investigator."),
            required=False,
        ),
        example=[
            {
                "title": "EXEMPLE-3, phase 3 contre traitement habituel",
                "reference": "NCT00000000",
                "status": "ongoing",
                "investigator": "Pr Dominique Petit",
                "sites": "Paris (Dr Roux), Lyon (Dr Blanc)",
            }
        ],
    )

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        rows = answers.get("trials")
        if rows:
            answers["none"] = False
        elif rows is not None and not answers.get("none"):
            message = _("Add a trial, or tick that there is none.")
            self.add_error("trials", ValidationError(message, code="required"))
        return answers


class QualityForm(SectionForm):
    """After the MA the file is the one that the MA was granted on: nothing is asked again."""

    key = "quality"
    title = _("Technical file")
    law = "CSP R.5121-68, II, 2°"
    intro = _("Quality, non-clinical and clinical data. Attach the file itself to the documents.")
    only_if = ("request", "pathway", PRE_MA)

    file = choice(
        _("Which file do you attach?"),
        (
            ("ma_modules", _("The modules of an MA application (CSP R.5121-21 and R.5121-25)")),
            ("brochure", _("The investigator's brochure and a technical file")),
        ),
        example="brochure",
    )
    version_on = date(_("Date of this version"), example="2026-01-10")
    quality = text(
        _("Quality in a few lines"),
        hint=_("Origin, manufacturing sites, batch release, shelf life."),
        max_length=2_000,
        example="Fabrication et libération en Irlande ; conservation 24 mois entre 2 et 8 °C.",
    )
    clinical = text(
        _("Non-clinical and clinical data in a few lines"),
        hint=_("Number of patients exposed, main results, main risks."),
        max_length=3_000,
        example="310 patients exposés ; principaux risques : neutropénie, réactions à la perfusion.",
    )

    @classmethod
    def applies(cls, context: FormContext) -> bool:
        return pathway_of(context) == PRE_MA

    def build(self) -> None:
        past_day(self, "version_on", days=100)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        refuse_future(self, ("version_on",))
        return answers


class GmoForm(SectionForm):
    """Asked once, at the first request: an advanced therapy does not become a GMO later."""

    key = "gmo"
    title = _("Genetically modified organism (GMO)")
    law = "CSP R.5121-68-1 ; code de l'environnement L.533-5"
    intro = _("An advanced therapy made of a GMO also needs an authorisation under the environment code.")
    rules = (
        {
            "if": {"properties": {"is_gmo": {"const": YES}}, "required": ["is_gmo"]},
            "then": {"required": ["authorisation"], "properties": {"authorisation": {"pattern": "\\S"}}},
        },
    )

    is_gmo = choice(_("Does the medicine contain or consist of a GMO?"), YES_NO, example=NO)
    authorisation = line(
        _("Reference and date of the GMO authorisation"),
        hint=_("Given by ANSM. Attach it to the documents."),
        required=False,
        max_length=200,
        example="OGM-2026-001 du 12 janvier 2026 (exemple inventé)",
    )

    @classmethod
    def applies(cls, context: FormContext) -> bool:
        return context.kind == FIRST

    def superseded(self) -> frozenset[str]:
        return frozenset({"authorisation"}) if self.data.get("is_gmo") == NO else frozenset()

    def undrawn(self) -> frozenset[str]:
        return frozenset()

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if answers.get("is_gmo") == YES and "authorisation" in answers and not answers["authorisation"]:
            message = _("Give the reference of the GMO authorisation: without it the file is not complete.")
            self.add_error("authorisation", ValidationError(message, code="required"))
        return without_superseded(self, answers)


class DataSinceGrantForm(SectionForm):
    key = "data_since_grant"
    title = _("Since the authorisation")
    law = "CSP R.5121-69-4 ; R.5121-70-1 ; R.5121-71-1"
    intro = _("What the early access has shown. Attach the synthesis report and its summary to the documents.")

    period_from = date(_("Data collected from"), example="2025-06-01")
    period_to = describe(date(_("Data collected until"), example="2026-02-28"), **{"x-not-before": "period_from"})
    patients = ask(
        WholeNumberField(
            label=_("Patients treated since the start of the early access"),
            help_text=_("A number; 0 when none is treated yet."),
            min_value=0,
            max_value=1_000_000,
        ),
        example=84,
    )
    report = text(
        _("Summary of the synthesis report"),
        hint=_("Real use, efficacy, quality of life, adverse effects, and what they change to the benefit and risks."),
        example="84 patients traités ; 61 % stables ou améliorés à six mois ; pas de nouveau signal (exemple inventé).",
    )
    new_data = text(
        _("New efficacy and safety data from elsewhere"),
        hint=_("Trials, other countries, restrictions abroad. Write “none” when there is none."),
        example="Aucune donnée nouvelle hors de l'accès précoce.",
    )
    alternatives = text(
        _("What has changed in the treatment of this disease"),
        hint=_("A new comparator may undo a criterion. Leave empty when nothing has changed."),
        required=False,
        max_length=2_000,
        example="Aucune nouvelle alternative depuis la décision.",
    )

    @classmethod
    def applies(cls, context: FormContext) -> bool:
        return context.kind != FIRST

    def build(self) -> None:
        past_day(self, "period_from", days=300)
        past_day(self, "period_to", days=30)
        if self.context.kind == MA_OBTAINED:
            self.fields["report"].required = False

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        refuse_future(self, ("period_from", "period_to"))
        message = _("The period ends before it starts: correct one of the two dates.")
        refuse_disorder(self, "period_from", "period_to", message)
        return answers
