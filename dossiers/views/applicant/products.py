"""The product that a new request is about, as the search page chose it, and the files that are about it already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from catalogue.models import Indication, Medicine
from catalogue.results import MA_IS_THE_ROUTE
from dossiers.queries import hospital
from dossiers.views.shared.rows import state_labels
from workflows.types import Actor, Text


@dataclass(frozen=True)
class Product:
    """What was chosen on the search page. `name` is free text when the medicine is not in the list."""

    medicine: Medicine | None
    indication: Indication | None
    name: str

    @property
    def label(self) -> str:
        return str(self.medicine) if self.medicine else self.name

    @property
    def not_the_route(self) -> Text:
        if self.indication is None and self.medicine is not None and self.medicine.has_current_ma:
            return MA_IS_THE_ROUTE
        return ""

    def answers(self) -> dict[str, Any]:
        return {
            "medicine": self.medicine.pk if self.medicine else None,
            "indication": self.indication.pk if self.indication else None,
            "other_name": "" if self.medicine else self.name,
        }


def chosen(data: Any) -> Product:
    """Read from the address or the form; what does not exist is simply not chosen."""
    indication = _row(Indication.objects.select_related("medicine"), data.get("indication", ""))
    medicine = indication.medicine if indication else _row(Medicine.objects.all(), data.get("medicine", ""))
    return Product(medicine, indication, str(data.get("name", "")).replace("\x00", "").strip()[:200])


def _row(rows: Any, typed: str) -> Any:
    return rows.filter(pk=int(typed)).first() if typed.isdecimal() and len(typed) < 19 else None


def same_product(actor: Actor, product: Product) -> list[dict[str, Any]]:
    """Drafts and open files of the actor's organisation about it."""
    labels = state_labels(staff=False)
    medicine_id = product.medicine.pk if product.medicine else None
    found = hospital.files_about_the_same_product(actor, medicine_id=medicine_id, name=product.name)
    return [
        {
            **row,
            "label": labels[row["procedure"], row["state"]],
            "is_draft": row["state"] == "draft",
            "url": reverse(
                "dossiers:edit_start" if row["state"] == "draft" else "dossiers:dossier", args=[row["reference"]]
            ),
        }
        for row in found
    ]
