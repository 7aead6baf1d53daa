"""The variables that the forms of a PUT-RD may ask (protocol for therapeutic use and data collection).

The families are those of the law (CSP R.5121-70, I, B, 3°): who the patients are, how the medicine is really used, what
it does, quality of life included, and its adverse reactions. The four forms and their order are those of the model of
PUT-RD published by HAS. The exact list is ours: it was drawn up from published protocols and HAS has not checked it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from workflows.types import Text

ACCESS_REQUEST: Final = "access_request"
INITIATION: Final = "initiation"
FOLLOW_UP: Final = "follow_up"
STOP: Final = "stop"

FORMS: Final[tuple[tuple[str, Text], ...]] = (
    (ACCESS_REQUEST, _("Access request")),
    (INITIATION, _("Start of treatment")),
    (FOLLOW_UP, _("Follow-up visit")),
    (STOP, _("End of treatment")),
)
"""Code and name of each form, in the order in which a patient meets them."""

Kind = Literal["line", "text", "choice", "date", "month", "integer", "number"]
Family = Literal["patient", "use", "efficacy", "quality_of_life", "safety"]
Choices = tuple[tuple[str, Text], ...]


@dataclass(frozen=True)
class Variable:
    """One question of one form. `code` is unique within its form.

    `purpose` says to whoever fills it what it is for. `personal`: it helps to recognise the patient, so the company
    never sees it and no export has it. `core`: in every protocol; the others are there when the protocol chose them.
    `only_if`: asked only when that other variable of the form has one of those answers, whatever `required` says.
    `least` and `most` bound a number, both included, in `unit`.
    """

    code: str
    form: str
    label: Text
    kind: Kind
    choices: Choices = ()
    required: bool = False
    purpose: Text = ""
    personal: bool = False
    family: Family = "patient"
    core: bool = False
    only_if: tuple[str, tuple[str, ...]] | None = None
    unit: str = ""
    least: float | None = None
    most: float | None = None


YES_NO: Final[Choices] = (("yes", _("Yes")), ("no", _("No")))
SEXES: Final[Choices] = (("F", _("Female")), ("M", _("Male")))
COURSES: Final[Choices] = (
    ("continues", _("Goes on, unchanged")),
    ("dose_changed", _("Goes on, with another dose")),
    ("interrupted", _("Interrupted for a time")),
    ("stopped", _("Stopped for good")),
)
EFFECTS: Final[Choices] = (
    ("improved", _("Improved")),
    ("stable", _("Stable")),
    ("worse", _("Worse")),
    ("not_assessed", _("Not assessed")),
)
SITUATIONS: Final[Choices] = (
    ("none", pgettext_lazy("a special situation", "None")),
    ("pregnancy", _("Pregnancy or breast-feeding")),
    ("error", _("Medication error")),
    ("misuse", _("Misuse")),
    ("overdose", _("Overdose")),
    ("exposure", _("Exposure at work")),
)
"""Special situations to declare like adverse effects. Annex 4 of the model; the list is not verified."""

STOP_REASONS: Final[Choices] = (
    ("course_completed", _("The planned course is complete")),
    ("progression", _("The disease progresses, or the effect is not sufficient")),
    ("adverse_effect", _("Adverse effect")),
    ("death", _("Death")),
    ("patient_wish", _("Wish of the patient")),
    ("lost", _("Lost to follow-up")),
    ("pregnancy", _("Pregnancy")),
    ("switch", _("Another treatment, or the same one outside early access")),
    ("other", _("Another reason")),
)
STILL_TREATED: Final = ("continues", "dose_changed", "interrupted")
ECOG: Final[Choices] = tuple((str(rank), str(rank)) for rank in range(6))

_WHO = _("To describe the patients treated.")
_ELIGIBLE = _("To check that the patient is in the indication granted.")
_USE = _("To describe how the medicine is really used.")
_EFFICACY = _("To follow what the treatment does.")
_QUALITY = _("To follow the patient's quality of life.")
_SAFETY = _("To find adverse effects early.")
_LINK = _("To recognise the same patient from one form to the next, inside the hospital only.")


def _quality_of_life(form: str) -> tuple[Variable, ...]:
    return (
        Variable("qol_questionnaire", form, _("Quality-of-life questionnaire used"), "line", purpose=_QUALITY,
                 family="quality_of_life"),
        Variable("qol_score", form, _("Quality-of-life score"), "number", purpose=_QUALITY,
                 family="quality_of_life", least=-1000, most=1000),
    )  # fmt: skip


def _laboratory(form: str) -> tuple[Variable, ...]:
    return (
        Variable("haemoglobin", form, _("Haemoglobin"), "number", purpose=_SAFETY, family="safety",
                 unit="g/dL", least=0, most=30),
        Variable("neutrophils", form, _("Neutrophils"), "number", purpose=_SAFETY, family="safety",
                 unit="G/L", least=0, most=200),
        Variable("platelets", form, _("Platelets"), "number", purpose=_SAFETY, family="safety",
                 unit="G/L", least=0, most=3000),
        Variable("creatinine", form, _("Creatinine"), "number", purpose=_SAFETY, family="safety",
                 unit="µmol/L", least=0, most=3000),
        Variable("alt", form, _("ALT (alanine aminotransferase)"), "number", purpose=_SAFETY, family="safety",
                 unit="UI/L", least=0, most=20000),
        Variable("other_laboratory", form, _("Other laboratory results"), "text", purpose=_SAFETY, family="safety"),
    )  # fmt: skip


_REQUESTED = (
    Variable("initials", ACCESS_REQUEST, _("Initials of the patient"), "line", required=True, purpose=_LINK,
             personal=True, core=True),
    Variable("birth_month", ACCESS_REQUEST, _("Month of birth"), "month", required=True, purpose=_LINK,
             personal=True, core=True),
    Variable("sex", ACCESS_REQUEST, _("Sex"), "choice", SEXES, required=True, purpose=_WHO, core=True),
    Variable("weight", ACCESS_REQUEST, _("Weight"), "number", required=True, purpose=_WHO, core=True,
             unit="kg", least=0.3, most=400),
    Variable("diagnosis", ACCESS_REQUEST, _("Disease treated"), "line", required=True, purpose=_ELIGIBLE, core=True),
    Variable("diagnosed_in", ACCESS_REQUEST, _("Month of the diagnosis"), "month", purpose=_WHO, core=True),
    Variable("prior_treatments", ACCESS_REQUEST, _("Earlier treatments and their results"), "text", required=True,
             purpose=_ELIGIBLE, core=True),
    Variable("in_indication", ACCESS_REQUEST, _("Is the patient in the indication granted?"), "choice", YES_NO,
             required=True, purpose=_ELIGIBLE, core=True),
    Variable("contraindication", ACCESS_REQUEST, _("Has the patient a contraindication to the medicine?"), "choice",
             YES_NO, required=True, purpose=_ELIGIBLE, core=True),
    Variable("trial_possible", ACCESS_REQUEST, _("Can the patient join a clinical trial open in France?"), "choice",
             YES_NO, required=True, purpose=_ELIGIBLE, core=True),
    Variable("planned_dose", ACCESS_REQUEST, _("Dose planned"), "line", required=True, purpose=_USE, family="use",
             core=True),
    Variable("informed", ACCESS_REQUEST, _("Has the patient been informed and received the documents?"), "choice",
             YES_NO, required=True, purpose=_("The law asks that the patient be informed."), core=True),
    Variable("height", ACCESS_REQUEST, _("Height"), "number", purpose=_WHO, unit="cm", least=20, most=250),
    Variable("stage", ACCESS_REQUEST, _("Stage of the disease"), "line", purpose=_ELIGIBLE),
    Variable("biomarkers", ACCESS_REQUEST, _("Mutation or biomarkers"), "line", purpose=_ELIGIBLE),
    Variable("ecog", ACCESS_REQUEST, _("General condition (ECOG)"), "choice", ECOG, purpose=_WHO),
    Variable("comorbidities", ACCESS_REQUEST, _("Other diseases"), "text", purpose=_WHO),
    Variable("rcp_on", ACCESS_REQUEST, _("Date of the multidisciplinary meeting (RCP)"), "date", purpose=_ELIGIBLE),
    Variable("earlier_access", ACCESS_REQUEST, _("Has the patient had this medicine before, in a trial or a "
             "compassionate access?"), "choice", YES_NO, purpose=_WHO),
)  # fmt: skip

_STARTED = (
    Variable("started_on", INITIATION, _("First day of treatment"), "date", required=True, purpose=_USE, family="use",
             core=True),
    Variable("dose", INITIATION, _("Dose given"), "line", required=True, purpose=_USE, family="use", core=True),
    Variable("baseline", INITIATION, _("Condition of the patient before the treatment"), "text", required=True,
             purpose=_EFFICACY, family="efficacy", core=True),
    Variable("co_treatments", INITIATION, _("Other treatments under way"), "text", purpose=_SAFETY, family="use",
             core=True),
    Variable("weight", INITIATION, _("Weight"), "number", purpose=_WHO, unit="kg", least=0.3, most=400),
    Variable("ecog", INITIATION, _("General condition (ECOG)"), "choice", ECOG, purpose=_EFFICACY, family="efficacy"),
    Variable("imaging", INITIATION, _("Imaging before the treatment"), "text", purpose=_EFFICACY, family="efficacy"),
    *_quality_of_life(INITIATION),
    *_laboratory(INITIATION),
)  # fmt: skip

_SAFETY_CORE = (
    ("adverse_effect", _("Has there been an adverse effect since the last form?")),
    ("adverse_effect_text", _("Which effect, when, and how it went")),
    ("adverse_effect_serious", _("Is this effect serious?")),
)


def _adverse_effects(form: str) -> tuple[Variable, ...]:
    """CSP R.5121-70, I, B, 3° d and 4°: a yes is declared to the pharmacovigilance centre (CRPV)."""
    asked, described, serious = _SAFETY_CORE
    told = ("adverse_effect", ("yes",))
    return (
        Variable(*_on(form, asked), "choice", YES_NO, required=True, purpose=_SAFETY, family="safety", core=True),
        Variable(*_on(form, described), "text", required=True, purpose=_SAFETY, family="safety", core=True,
                 only_if=told),
        Variable(*_on(form, serious), "choice", YES_NO, required=True, purpose=_SAFETY, family="safety", core=True,
                 only_if=told),
    )  # fmt: skip


def _on(form: str, pair: tuple[str, Text]) -> tuple[str, str, Text]:
    return pair[0], form, pair[1]


_FOLLOWED = (
    Variable("seen_on", FOLLOW_UP, _("Date of the visit"), "date", required=True, purpose=_USE, family="use",
             core=True),
    Variable("course", FOLLOW_UP, _("The treatment"), "choice", COURSES, required=True, purpose=_USE, family="use",
             core=True),
    Variable("dose", FOLLOW_UP, _("Dose now given"), "line", required=True, purpose=_USE, family="use", core=True,
             only_if=("course", ("dose_changed",))),
    Variable("effect", FOLLOW_UP, _("The disease, since the start"), "choice", EFFECTS, required=True,
             purpose=_EFFICACY, family="efficacy", core=True),
    *_adverse_effects(FOLLOW_UP),
    Variable("situation", FOLLOW_UP, _("Special situation to declare"), "choice", SITUATIONS, required=True,
             purpose=_SAFETY, family="safety", core=True),
    Variable("effect_text", FOLLOW_UP, _("What was observed"), "text", purpose=_EFFICACY, family="efficacy"),
    Variable("weight", FOLLOW_UP, _("Weight"), "number", purpose=_WHO, unit="kg", least=0.3, most=400),
    Variable("ecog", FOLLOW_UP, _("General condition (ECOG)"), "choice", ECOG, purpose=_EFFICACY, family="efficacy"),
    Variable("imaging", FOLLOW_UP, _("Imaging"), "text", purpose=_EFFICACY, family="efficacy"),
    Variable("co_treatments", FOLLOW_UP, _("Other treatments started or stopped"), "text", purpose=_SAFETY,
             family="use"),
    *_quality_of_life(FOLLOW_UP),
    *_laboratory(FOLLOW_UP),
)  # fmt: skip

_STOPPED = (
    Variable("stopped_on", STOP, _("Last day of treatment"), "date", required=True, purpose=_USE, family="use",
             core=True),
    Variable("reason", STOP, _("Reason"), "choice", STOP_REASONS, required=True, purpose=_USE, family="use", core=True),
    Variable("reason_text", STOP, _("Which reason"), "line", required=True, purpose=_USE, family="use", core=True,
             only_if=("reason", ("other",))),
    Variable("effect", STOP, _("The disease, since the start"), "choice", EFFECTS, required=True, purpose=_EFFICACY,
             family="efficacy", core=True),
    *_adverse_effects(STOP),
    Variable("died_on", STOP, _("Date of death"), "date", purpose=_SAFETY, family="safety", personal=True,
             only_if=("reason", ("death",))),
    Variable("next_treatment", STOP, _("Treatment that follows"), "line", purpose=_USE, family="use"),
    *_quality_of_life(STOP),
)  # fmt: skip

LIBRARY: Final[tuple[Variable, ...]] = _REQUESTED + _STARTED + _FOLLOWED + _STOPPED
