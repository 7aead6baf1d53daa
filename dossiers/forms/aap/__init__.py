"""The answers of an early access request (AAP): CSP L.5121-12 and R.5121-68 to R.5121-70-1."""

from dossiers.forms.aap.duties import duties
from dossiers.forms.aap.evidence import CriteriaForm, DataSinceGrantForm, GmoForm, QualityForm, TrialsForm
from dossiers.forms.aap.product import IndicationForm, ProductForm, RegulatoryForm
from dossiers.forms.aap.put_rd import PutRdForm
from dossiers.forms.aap.reading import derive, matter, prefill, product, stated
from dossiers.forms.aap.request import ContactsForm, RequestForm
from dossiers.forms.aap.texts import AnnexesForm, CommitmentsForm, MaTextsForm, TextsForm
from dossiers.forms.base import FormSet
from dossiers.forms.documents import AAP_KINDS

AAP_FORMS = FormSet(
    procedure="aap",
    version=1,
    sections=(
        RequestForm,
        ProductForm,
        IndicationForm,
        RegulatoryForm,
        DataSinceGrantForm,
        CriteriaForm,
        TrialsForm,
        QualityForm,
        TextsForm,
        MaTextsForm,
        GmoForm,
        PutRdForm,
        AnnexesForm,
        ContactsForm,
        CommitmentsForm,
    ),
    derive=derive,
    product=product,
    prefill=prefill,
    matter=matter,
    stated=stated,
    duties=duties,
    published_needs=frozenset({"request.pathway", "product.name", "indication.claimed"}),
    document_kinds=AAP_KINDS,
)

__all__ = ["AAP_FORMS"]
