"""The answers of a request to the Innovation and Referral Service (GIO)."""

from dossiers.forms.advice.meeting import MeetingForm
from dossiers.forms.advice.need import TriageForm
from dossiers.forms.advice.product import AboutForm, QualificationForm
from dossiers.forms.advice.project import ProjectForm
from dossiers.forms.advice.questions import QuestionsForm
from dossiers.forms.advice.reading import derive, matter, prefill, product
from dossiers.forms.advice.research import PreSubmissionForm, ResearchForm
from dossiers.forms.advice.statements import StatementsForm
from dossiers.forms.base import FormSet
from dossiers.forms.documents import ADVICE_KINDS

ADVICE_FORMS = FormSet(
    procedure="advice",
    version=1,
    sections=(
        TriageForm,
        ProjectForm,
        AboutForm,
        QualificationForm,
        ResearchForm,
        PreSubmissionForm,
        QuestionsForm,
        MeetingForm,
        StatementsForm,
    ),
    derive=derive,
    product=product,
    prefill=prefill,
    matter=matter,
    document_kinds=ADVICE_KINDS,
)

__all__ = ["ADVICE_FORMS"]
