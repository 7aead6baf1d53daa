"""The product of a history, looked for in the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalogue.models import Indication, Medicine
from catalogue.text import search_key
from dossiers.forms.base import StatedProduct

CODES = ("cis", "ucd13", "cip13")


@dataclass
class Products:
    """Looks each product up once a run."""

    _found: dict[tuple[tuple[str, str], ...], StatedProduct] = field(default_factory=dict)

    def stated(self, product: Mapping[str, str], indication: str) -> StatedProduct:
        """What the catalogue has under the codes, else the name, that the source gives; the words otherwise."""
        key = (*sorted(product.items()), ("indication", indication))
        if key not in self._found:
            self._found[key] = _look_up(product, indication)
        return self._found[key]


def _look_up(product: Mapping[str, str], indication: str) -> StatedProduct:
    medicines = _medicines(product)
    entries = Indication.objects.select_related("medicine").filter(medicine__in=medicines).order_by("pk")
    entry = next((one for one in entries if search_key(one.label) == search_key(indication)), None)
    return StatedProduct(
        name=product.get("name", ""),
        inn=product.get("inn", ""),
        form=product.get("form", ""),
        strength=product.get("strength", ""),
        indication_text=indication,
        medicine=entry.medicine if entry else next(iter(medicines), None),
        indication=entry,
    )


def _medicines(product: Mapping[str, str]) -> list[Medicine]:
    for code in CODES:
        if product.get(code):
            return list(Medicine.objects.filter(**{code: product[code]}).order_by("pk"))
    name = search_key(product.get("name", ""))
    return list(Medicine.objects.filter(sort_key=name[:400]).order_by("pk")) if name else []
