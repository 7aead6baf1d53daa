"""Procedure code -> the forms in which its answers are typed."""

from dossiers.forms.aac import AAC_FORMS
from dossiers.forms.aap import AAP_FORMS
from dossiers.forms.advice import ADVICE_FORMS
from dossiers.forms.base import FormSet
from dossiers.forms.cpc import CPC_FORMS
from dossiers.forms.device_exemption import DEVICE_EXEMPTION_FORMS

FORM_SETS: dict[str, FormSet] = {
    form_set.procedure: form_set for form_set in (AAC_FORMS, AAP_FORMS, CPC_FORMS, DEVICE_EXEMPTION_FORMS, ADVICE_FORMS)
}


def form_set(procedure: str) -> FormSet:
    """Raises KeyError for a procedure that has no forms: a table without its forms is a fault of ours."""
    return FORM_SETS[procedure]
