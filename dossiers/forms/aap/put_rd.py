"""The draft PUT-RD: the protocol for therapeutic use and data collection, written here (CSP R.5121-70, I).

Its headings are those of the law; what its forms ask comes from the library `workflows.putrd_library`, so that the
hospitals' forms are made from it and not typed again. HAS defines the final protocol, with ANSM before the MA.
"""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from dossiers.forms.base import SectionForm
from dossiers.forms.fields import CodesField, WholeNumberField, ask, choice, describe, line, text
from dossiers.forms.rows import RowsField
from workflows.putrd import optional_variables
from workflows.putrd_library import ACCESS_REQUEST, FOLLOW_UP, INITIATION, STOP
from workflows.types import Text

APPLICATION: Final = "application"
COMPANY: Final = "company"
EXTERNAL: Final = "external"
MOST_VISITS: Final = 40
EXAMPLES: Final = {
    ACCESS_REQUEST: ["stage", "biomarkers", "ecog"],
    INITIATION: ["ecog", "qol_questionnaire", "qol_score", "neutrophils"],
    FOLLOW_UP: ["ecog", "qol_questionnaire", "qol_score", "neutrophils"],
    STOP: ["next_treatment"],
}


def _delay(label: Text, example: int, most: int) -> WholeNumberField:
    return ask(WholeNumberField(label=label, required=False, min_value=1, max_value=most), example=example)


def _variables(form: str, label: Text) -> CodesField:
    choices = [
        (one.code, format_lazy("{} ({})", one.label, one.unit) if one.unit else one.label)
        for one in optional_variables(form)
    ]
    said = _("Besides what every protocol asks. Choose only what the report will use: hospitals type each of them.")
    return ask(CodesField(label=label, help_text=said, required=False, choices=choices), example=EXAMPLES[form])


class PutRdForm(SectionForm):
    key = "put_rd"
    title = _("Draft protocol (PUT-RD)")
    law = "CSP R.5121-70 ; R.5121-70-1"
    intro = _("Who may have the medicine, how it is used, and what hospitals report. HAS may change all of it.")
    rules = tuple(
        {
            "if": {"properties": {"register": {"const": code}}, "required": ["register"]},
            "then": {"required": ["register_name"], "properties": {"register_name": {"pattern": "\\S"}}},
        }
        for code in (COMPANY, EXTERNAL)
    )

    purpose = text(
        _("Purpose of the early access and of the data collection"),
        hint=_("What is not known yet and what the data will tell. Example: quality of life beyond six months."),
        max_length=2_000,
        example="Documenter l'efficacité à six mois et la qualité de vie en vie réelle.",
    )
    conditions = text(
        _("Prescribing, dispensing and use"),
        hint=_("Who may prescribe, dose, preparation, contraindications, when to stop."),
        example="Prescription hospitalière par un spécialiste ; 10 mg/kg toutes les 4 semaines ; dispensée par la PUI.",
    )
    monitoring = text(
        _("Monitoring of the patients"),
        hint=_("Examinations before and during the treatment, and what to do with an abnormal result."),
        example="NFS avant chaque perfusion ; arrêt si neutrophiles < 0,5 G/L.",
    )
    visits = ask(
        RowsField(
            columns={
                "label": line(_("Visit"), example="M1", max_length=60),
                "months": _delay(_("Months after the first day"), 1, 120),
                "days": _delay(_("or days after it"), 15, 730),
            },
            label=_("Calendar of the visits"),
            help_text=_("One visit a row, in months or in days after the first day of treatment (months count first)."),
            most=MOST_VISITS,
        ),
        example=[{"label": "M1", "months": 1}, {"label": "M3", "months": 3}, {"label": "M6", "months": 6}],
    )
    every_months = ask(
        WholeNumberField(
            label=_("Then every so many months, as long as the treatment lasts"),
            help_text=_("Counted from the first day of treatment. Leave empty for no visit after the last row."),
            required=False,
            min_value=1,
            max_value=12,
        ),
        example=3,
    )
    measures = ask(
        RowsField(
            columns={
                "label": line(_("Measure"), example="Score EXEMPLE-12", max_length=100),
                "unit": line(_("Unit"), example="points", required=False, max_length=30),
            },
            label=_("Measures of this protocol"),
            help_text=_("Numbers of your own: a score, a marker. Asked at the start, at each visit and at the end."),
            required=False,
            most=10,
        ),
        example=[{"label": "Score EXEMPLE-12", "unit": "points"}],
    )
    pharmacovigilance = text(
        _("Pharmacovigilance"),
        hint=_("What is declared, by whom, to whom, how fast; special situations (pregnancy, error, overdose)."),
        max_length=2_000,
        example="Tout effet indésirable est déclaré sans délai au CRPV ; grossesse et surdosage sont déclarés aussi.",
    )
    information = text(
        _("Information of the patient"),
        hint=_("No alternative, risks, constraints, expected benefit, rights on the data. Plain words."),
        example="Une note remise au patient dit l'absence d'alternative, les risques, les contraintes et le bénéfice "
        "attendu, et ses droits sur ses données.",
    )
    roles = text(
        _("Who does what"),
        hint=_("Prescriber, hospital pharmacy, company, CRPV, ANSM, HAS."),
        max_length=2_000,
        example="Le prescripteur demande l'accès et suit ; la PUI dispense ; le laboratoire fournit et analyse.",
    )
    crpv = line(
        _("Regional centre (CRPV) in charge of the national follow-up"),
        hint=_("Example: CRPV de Lyon. Write “to be named” when ANSM has not named it."),
        max_length=150,
        example="CRPV de Lyon",
    )
    register = choice(
        _("Where do hospitals type the data?"),
        (
            (APPLICATION, _("In this application")),
            (COMPANY, _("On a platform of the company")),
            (EXTERNAL, _("In a register that exists already, such as BaMaRa for rare diseases")),
        ),
        hint=_("Hospitals ask for one place only: in this application the forms start filled with what is known."),
        example=APPLICATION,
    )
    register_name = line(
        _("Name and address of that platform or register"),
        hint=_("Example: BaMaRa, https://bamara.bndmr.fr"),
        required=False,
        example="BaMaRa",
    )
    report_months = ask(
        WholeNumberField(
            label=_("Months between two synthesis reports"),
            help_text=_("No law sets it. Example: 6. A report always comes with a renewal."),
            min_value=1,
            max_value=12,
        ),
        example=6,
    )
    # One field a form, under the names of `workflows.putrd.chosen_field`.
    variables_access_request = _variables(ACCESS_REQUEST, _("Access request: what else is asked"))
    variables_initiation = _variables(INITIATION, _("Start of treatment: what else is asked"))
    variables_follow_up = _variables(FOLLOW_UP, _("Follow-up visit: what else is asked"))
    variables_stop = _variables(STOP, _("End of treatment: what else is asked"))

    def build(self) -> None:
        rows: forms.Field = self.fields["visits"]
        # Either of the two delays: JSON Schema can say it of each row.
        told = {"if": {"required": ["months"]}, "else": {"required": ["days"]}}
        describe(rows, items={"allOf": [told]})

    def superseded(self) -> frozenset[str]:
        return frozenset({"register_name"}) if self.data.get("register") == APPLICATION else frozenset()

    def undrawn(self) -> frozenset[str]:
        return frozenset()

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        for rank, row in enumerate(answers.get("visits") or [], 1):
            if row.get("months") is not None:
                row["days"] = None
            elif row.get("days") is None:
                message = _("Row %(rank)d: give a number of months or of days.")
                self.add_error("visits", ValidationError(message, code="delay", params={"rank": rank}))
        if answers.get("register") in (COMPANY, EXTERNAL) and "register_name" in answers:
            if not answers["register_name"]:
                message = _("Name the platform or the register.")
                self.add_error("register_name", ValidationError(message, code="required"))
        elif "register_name" in answers:
            answers["register_name"] = ""
        return answers
