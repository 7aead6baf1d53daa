"""The answers of a request for an exemption (MDR art. 59, IVDR art. 54). No answer is about a patient by themselves:
what a clinician says of theirs is in a signed statement, which the manufacturer does not read."""

from dossiers.forms.base import FormSet
from dossiers.forms.device_exemption.device import DeviceForm, StatusForm
from dossiers.forms.device_exemption.duties import duties
from dossiers.forms.device_exemption.reading import derive, matter, prefill, product
from dossiers.forms.device_exemption.request import CommitmentsForm, ContactsForm, RequestForm
from dossiers.forms.device_exemption.use import EvidenceForm, NeedForm, SupplyForm
from dossiers.forms.documents import DEVICE_KINDS

DEVICE_EXEMPTION_FORMS = FormSet(
    procedure="device_exemption",
    version=1,
    sections=(
        RequestForm,
        DeviceForm,
        NeedForm,
        StatusForm,
        EvidenceForm,
        SupplyForm,
        ContactsForm,
        CommitmentsForm,
    ),
    derive=derive,
    product=product,
    prefill=prefill,
    matter=matter,
    duties=duties,
    document_kinds=DEVICE_KINDS,
)

__all__ = ["DEVICE_EXEMPTION_FORMS"]
