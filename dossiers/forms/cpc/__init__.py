"""The answers of a report for a prescription framework (CPC): CSP L.5121-12-1 III and R.5121-76-2."""

from dossiers.forms.base import FormSet
from dossiers.forms.cpc.grounds import EvidenceForm, NeedForm, SinceForm, UseForm
from dossiers.forms.cpc.reading import derive, matter, prefill, product, stated
from dossiers.forms.cpc.report import OriginForm, ProductForm
from dossiers.forms.documents import CPC_KINDS

CPC_FORMS = FormSet(
    procedure="cpc",
    version=1,
    sections=(OriginForm, ProductForm, NeedForm, EvidenceForm, UseForm, SinceForm),
    derive=derive,
    product=product,
    prefill=prefill,
    matter=matter,
    stated=stated,
    published_needs=frozenset({"product.name", "need.indication"}),
    document_kinds=CPC_KINDS,
)

__all__ = ["CPC_FORMS"]
