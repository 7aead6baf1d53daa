"""The study that the request is about: clinical research on a device, or a study soon to be filed."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from dateutil.relativedelta import relativedelta
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dossiers.forms.base import FormContext, SectionForm
from dossiers.forms.fields import WholeNumberField, ask, choice, confirm, date, describe, line, text
from workflows.advice_guards import DEVICE_CLINICAL_RESEARCH, PRE_SUBMISSION

FILED_WITHIN: Final = relativedelta(months=6)
"""A pre-submission is followed by the formal filing within six months (ANSM's notice)."""

STUDIES: Final = (
    ("clinical_investigation", _("Clinical investigation of a device")),
    ("performance_study", _("Performance study of an in-vitro device")),
    ("clinical_trial", _("Clinical trial of a medicine")),
    ("other", _("Another study, or not known yet")),
)


class ResearchForm(SectionForm):
    key = "research"
    title = _("Planned study")
    intro = _("What is settled so far. A draft protocol may be attached.")

    study = choice(_("What kind of study?"), STUDIES, example="clinical_investigation")
    study_title = line(_("Title"), max_length=300, example="Étude inventée LUCIOLES-1")
    synopsis = text(
        _("Synopsis"),
        hint=_("Aim, design, patients, comparison, main criterion, number, duration."),
        rows=8,
        example="Étude prospective, comparative, 120 patients suivis six mois ; critère principal : sensibilité.",
    )
    patients = ask(
        WholeNumberField(label=_("Number of patients"), required=False, min_value=1, max_value=1_000_000), example=120
    )
    sites = line(_("Sites and countries"), required=False, max_length=300, example="Trois centres en France")
    starts_on = date(_("Planned start"), required=False, example="2026-12-01")

    @classmethod
    def applies(cls, context: FormContext) -> bool:
        return context.kind in (DEVICE_CLINICAL_RESEARCH, PRE_SUBMISSION)


class PreSubmissionForm(SectionForm):
    key = "pre_submission"
    title = _("Planned filing")
    intro = _("A pre-submission is voluntary and free: ANSM reads a nearly final file before it is filed.")

    filing_on = date(
        _("Formal filing planned on"), hint=_("Within six months: the file is nearly final."), example="2026-12-01"
    )
    nearly_final = confirm(_("The file attached is nearly final: protocol, brochure, device or product documents."))
    identifier = line(
        _("Number of the study"),
        hint=_("ID-RCB, EU CT or CIV-ID number, if there is one."),
        required=False,
        max_length=60,
        example="2026-A00000-00",
    )
    points = text(
        _("What you want ANSM to look at"),
        max_length=3_000,
        example="Le choix du comparateur et la surveillance des premiers patients.",
    )

    def build(self) -> None:
        on = self.context.on
        ask(self.fields["filing_on"], example=(on + dt.timedelta(days=90)).isoformat())
        describe(self.fields["filing_on"], formatMaximum=self._latest().isoformat())

    def _latest(self) -> dt.date:
        latest: dt.date = self.context.on + FILED_WITHIN
        return latest

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        day = answers.get("filing_on")
        if day is not None and day > self._latest():
            message = _("Ask for a pre-submission within the six months before the filing, not earlier.")
            self.add_error("filing_on", ValidationError(message, code="too_late"))
        return answers

    @classmethod
    def applies(cls, context: FormContext) -> bool:
        return context.kind == PRE_SUBMISSION
