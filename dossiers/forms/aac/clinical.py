"""What the examiner reads to decide: earlier treatments, clinical reasons, what renewals and early accesses add."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from catalogue.identifiers import validate_cim10, validate_orpha
from dossiers.forms.aac.track import needs_rcp
from dossiers.forms.base import FormContext, SectionForm
from dossiers.forms.fields import ask, choice, confirm, date, describe, line, text
from dossiers.forms.rows import RowsField

RESPONSES = (
    ("complete", _("Complete response")),
    ("partial", _("Partial response")),
    ("stable", _("Stable")),
    ("none", _("No response")),
    ("unknown", _("Not known")),
)
_WHEN = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2]))?")


def check_when(value: str) -> None:
    if not _WHEN.fullmatch(value):
        raise ValidationError(_("write a year or a year and a month, such as 2023 or 2023-09"), code="when")


def _when(label: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", "placeholder": "AAAA-MM"})
    field = forms.CharField(label=label, required=False, max_length=7, widget=widget, validators=[check_when])
    return describe(field, pattern=f"^{_WHEN.pattern}$")


def treatment_columns() -> dict[str, forms.Field]:
    return {
        "treatment": line(_("Treatment"), example="Riluzole", max_length=200),
        "started": _when(_("From")),
        "stopped": describe(_when(_("To")), **{"x-not-before": "started"}),
        "response": forms.ChoiceField(label=_("Response"), required=False, choices=[("", "-"), *RESPONSES]),
        "stop_reason": line(_("Reason for stopping"), example="Progression", required=False, max_length=300),
    }


class HistoryForm(SectionForm):
    key = "history"
    title = _("Previous treatments")
    intro = _("What the patient has had for this disease. Add a row for each treatment.")
    must_have = ("treatments",)
    personal = True
    rules = (
        {
            "if": {"properties": {"none": {"const": True}}, "required": ["none"]},
            "else": {"properties": {"treatments": {"minItems": 1}}},
        },
    )

    none = confirm(_("The patient has had no treatment for this disease."), required=False, example=False)
    treatments = ask(
        RowsField(
            columns=treatment_columns(),
            label=_("Treatments"),
            help_text=_("From and to: a year, or a year and a month (2023-09)."),
            required=False,
        ),
        example=[
            {
                "treatment": "Riluzole",
                "started": "2023-09",
                "stopped": "2024-06",
                "response": "none",
                "stop_reason": "Progression",
            }
        ],
    )

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        rows = answers.get("treatments")
        if rows:
            answers["none"] = False
        elif rows is not None and not answers.get("none"):
            self.add_error(
                "treatments",
                ValidationError(_("Add a treatment, or tick that the patient has had none."), code="required"),
            )
        for rank, row in enumerate(rows or [], 1):
            if row.get("started") and row.get("stopped") and row["stopped"] < row["started"][: len(row["stopped"])]:
                message = _("Row %(rank)d: the treatment ends before it starts.")
                self.add_error("treatments", ValidationError(message, code="order", params={"rank": rank}))
        return answers


class ClinicalForm(SectionForm):
    key = "clinical"
    title = _("Clinical situation")
    intro = _("What the disease is like for this patient today, and why this medicine.")
    personal = True

    justification = text(
        _("Clinical justification"),
        hint=_("Stage, recent course, relevant results. No name, no date of birth."),
        example="Forme bulbaire, ALSFRS-R passé de 42 à 31 en six mois ; mutation SOD1 documentée.",
    )
    rcp_on = date(_("Date of the multidisciplinary meeting (RCP)"), required=False, example="2025-02-11")
    rcp_place = line(
        _("Place of the meeting, or expert centre"),
        hint=_("Example: ALS reference centre, Pitié-Salpêtrière."),
        required=False,
        max_length=200,
        example="Centre de référence SLA, Pitié-Salpêtrière",
    )
    rcp_conclusion = text(
        _("Conclusion of the meeting"),
        hint=_("One or two sentences. Example: favourable to treatment."),
        required=False,
        rows=3,
        example="Avis favorable à la mise sous traitement.",
    )
    cim10 = line(_("ICD-10 code"), hint=_("Example: G12.2."), required=False, max_length=10, example="G12.2")
    orpha = line(
        _("ORPHA code of a rare disease"), hint=_("Example: 803."), required=False, max_length=6, example="803"
    )

    def build(self) -> None:
        if needs_rcp(self.context):
            for name in ("rcp_on", "rcp_place", "rcp_conclusion"):
                self.fields[name].required = True
        describe(self.fields["rcp_on"], formatMaximum=self.context.on.isoformat())
        self.fields["cim10"].validators.append(validate_cim10)
        self.fields["orpha"].validators.append(validate_orpha)

    def clean_rcp_on(self) -> Any:
        day = self.cleaned_data["rcp_on"]
        if day is not None and day > self.context.on:
            raise ValidationError(_("The meeting must already have been held: correct its date."), code="future")
        return day


class RenewalForm(SectionForm):
    key = "renewal"
    title = _("Since the authorisation")
    law = "CSP R.5121-74-4"
    intro = _("What the treatment has done, and why it should go on.")
    personal = True

    clinical_data = text(
        _("Clinical data since the authorisation was granted"),
        hint=_(
            "Efficacy and tolerance: what was measured, what happened. Example: stable ALSFRS-R, no serious effect."
        ),
        example="ALSFRS-R stable à 31 depuis six mois ; pas d'effet indésirable grave.",
    )
    adverse_effects = choice(
        _("Adverse effects since the authorisation"),
        (
            ("none", _("None")),
            ("reported", _("Some, all reported to the pharmacovigilance centre")),
            ("other", _("Some, described above")),
        ),
        example="none",
    )
    useful = confirm(
        _("I state that it is useful for this patient that the treatment goes on."), hint="CSP R.5121-74-4"
    )

    @classmethod
    def applies(cls, context: FormContext) -> bool:
        return context.kind == "renewal"


class VeryEarlyForm(SectionForm):
    key = "very_early"
    title = _("Very early access")
    law = "CSP L.5121-12-1, II"
    intro = _(
        "The research is at a very early stage, and the company has undertaken to apply for an early access (AAP)."
    )

    cannot_join = text(
        _("Why the patient cannot join the research in progress"),
        hint=_("Example: onset more than 36 months ago, outside the inclusion criteria."),
        example="Premiers symptômes il y a plus de 36 mois : hors critères d'inclusion de l'essai.",
    )
    undertaking_reference = line(
        _("Reference of the company's undertaking"),
        hint=_("Leave empty if you do not know it: ANSM's referential holds it."),
        required=False,
        max_length=100,
        example="ENG-2025-014",
    )
    undertaking_on = date(_("Date of the undertaking"), required=False, example="2025-01-20")

    @classmethod
    def applies(cls, context: FormContext) -> bool:
        return context.kind == "very_early"

    def build(self) -> None:
        describe(self.fields["undertaking_on"], formatMaximum=self.context.on.isoformat())

    def clean_undertaking_on(self) -> Any:
        day = self.cleaned_data["undertaking_on"]
        if day is not None and day > self.context.on:
            raise ValidationError(_("This date is in the future: correct it."), code="future")
        return day
