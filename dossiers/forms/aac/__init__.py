"""The answers of a compassionate access request (AAC): CSP R.5121-74 (first request) and R.5121-74-4 (renewal)."""

from dossiers.forms.aac.clinical import ClinicalForm, HistoryForm, RenewalForm, VeryEarlyForm
from dossiers.forms.aac.grounds import CriteriaForm, JustificationForm, ResearchForm
from dossiers.forms.aac.matter import matter
from dossiers.forms.aac.medicine import MedicineForm
from dossiers.forms.aac.patient import PatientForm
from dossiers.forms.aac.reading import derive, prefill, product, stated
from dossiers.forms.aac.request import PrescriberForm, RequestForm, UndertakingsForm
from dossiers.forms.base import FormSet

AAC_FORMS = FormSet(
    procedure="aac",
    version=1,
    sections=(
        MedicineForm,
        RequestForm,
        PatientForm,
        CriteriaForm,
        JustificationForm,
        VeryEarlyForm,
        RenewalForm,
        HistoryForm,
        ClinicalForm,
        ResearchForm,
        PrescriberForm,
        UndertakingsForm,
    ),
    derive=derive,
    product=product,
    prefill=prefill,
    matter=matter,
    stated=stated,
)

__all__ = ["AAC_FORMS"]
