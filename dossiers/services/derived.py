"""Columns of a dossier that are read from its answers, so that lists and rules need not open them."""

from __future__ import annotations

from catalogue.models import Indication
from catalogue.text import search_key
from dossiers.forms.base import Answers, Derived
from dossiers.forms.registry import form_set
from dossiers.models import Dossier


def derive_columns(dossier: Dossier, raw: Answers) -> None:
    """Set, without saving, what `raw` answers say: subject, product, urgency, search words.

    Where they name no entry of the referential, the one that ANSM linked stands for it; an entry or another medicine
    that they choose wins over the link.
    """
    derived = form_set(dossier.procedure).derive(raw)
    dossier.subject = derived.subject
    dossier.product_label = derived.product_label[:300]
    dossier.medicine_id = derived.medicine_id
    dossier.indication_id = derived.indication_id
    dossier.urgent = derived.urgent
    dossier.pathway = derived.pathway
    linked = linked_entry(dossier, derived)
    if linked is not None:
        medicine = linked.medicine
        dossier.indication, dossier.medicine = linked, medicine
        dossier.product_label = " ".join(part for part in (medicine.name, medicine.strength) if part)[:300]
    indication = linked or _indication(derived.indication_id)
    dossier.search_text = search_key(
        dossier.reference,
        dossier.product_label,
        indication.label if indication else "",
        dossier.organisation.name,
    )


def linked_entry(dossier: Dossier, derived: Derived) -> Indication | None:
    """The entry that ANSM linked, unless the answers choose one themselves or name another medicine."""
    if dossier.linked_indication_id is None or derived.indication_id is not None:
        return None
    linked = Indication.objects.select_related("medicine").get(pk=dossier.linked_indication_id)
    return linked if derived.medicine_id in (None, linked.medicine_id) else None


def _indication(pk: int | None) -> Indication | None:
    return Indication.objects.filter(pk=pk).first() if pk else None
