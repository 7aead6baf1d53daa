"""The questions that sort requests: what kind of product, how far the project is, what answer is wanted."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from dossiers.forms.base import FormContext, SectionForm
from dossiers.forms.fields import choice, text
from workflows.advice_guards import MEETING, WRITTEN

MEDICINE: Final = "medicine"
DEVICE: Final = "device"
IVD: Final = "ivd"
BORDERLINE: Final = "borderline"
PRODUCTS: Final = (
    (MEDICINE, _("A medicine")),
    (DEVICE, _("A medical device, software included")),
    (IVD, _("An in-vitro diagnostic medical device")),
    (BORDERLINE, _("I do not know yet: that is part of my question")),
)
STAGES: Final = (
    ("idea", _("Idea or concept")),
    ("preclinical", _("Laboratory or bench work")),
    ("first_clinical", _("First clinical study, under way or soon")),
    ("late_clinical", _("Confirmatory clinical study, under way or soon")),
    ("market", _("Close to the market, or on it")),
)
SEEN_ELSEWHERE: Final = (
    ("no", _("No")),
    ("advice", _("An opinion was asked: from ANSM, EMA, HAS or a notified body")),
    ("filed", _("An application is filed: clinical trial or investigation, marketing authorisation, CE marking")),
)
ANSWERS: Final = (
    (WRITTEN, _("A written answer")),
    (MEETING, _("A meeting, then minutes agreed by both sides")),
)


class TriageForm(SectionForm):
    key = "triage"
    title = _("Your need")
    intro = _("A few questions so that the right desk of ANSM answers. The service is free of charge.")
    rules = (
        {
            "if": {"properties": {"elsewhere": {"enum": ["advice", "filed"]}}, "required": ["elsewhere"]},
            "then": {"required": ["elsewhere_what"], "properties": {"elsewhere_what": {"pattern": "\\S"}}},
        },
    )

    product_kind = choice(_("What is it about?"), PRODUCTS, example=DEVICE)
    stage = choice(_("How far is the project?"), STAGES, example="preclinical")
    summary = text(
        _("What you need from ANSM, in a few sentences"),
        hint=_("For whoever sorts the requests. The questions themselves come later."),
        max_length=1_500,
        rows=4,
        example="Savoir si notre logiciel de repérage des crises est un dispositif médical, et de quelle classe.",
    )
    elsewhere = choice(
        _("Was this project already presented to an authority?"),
        SEEN_ELSEWHERE,
        hint=_("The service does not assess in advance a file that is being examined elsewhere."),
        example="no",
    )
    elsewhere_what = text(
        _("To whom, when, and with what result"),
        required=False,
        max_length=1_500,
        rows=3,
        example="Avis scientifique de l'EMA, mars 2026 (donnée inventée).",
    )
    answer = choice(
        _("What answer would help you most?"),
        ANSWERS,
        hint=_("For a meeting you propose ten days. ANSM may answer in writing when that is enough."),
        example=WRITTEN,
    )

    def clean(self) -> dict[str, object]:
        answers = super().clean() or {}
        if answers.get("elsewhere") in ("advice", "filed") and not answers.get("elsewhere_what"):
            self.add_error("elsewhere_what", self.fields["elsewhere_what"].error_messages["required"])
        return answers


def product_kind_of(context: FormContext) -> str:
    """Empty while nobody chose."""
    chosen = context.answers.get("triage", {}).get("product_kind")
    return chosen if isinstance(chosen, str) and chosen in dict(PRODUCTS) else ""


def wants_a_meeting(context: FormContext) -> bool:
    return context.answers.get("triage", {}).get("answer") == MEETING
