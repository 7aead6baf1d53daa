"""Which sites hold units of an exemption: whom a field action, a suspension or an end concerns."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.models import Organisation
from devices.models import Unit
from devices.states import AT_SITE
from dossiers.models import Title


def sites_holding(title: Title, lot: str = "") -> QuerySet[Organisation]:
    """Establishments to which a unit of `title` (of this `lot`, when given) was sent and where it still is: on its way,
    in stock, or in a patient."""
    held = Unit.objects.filter(title=title, state__in=sorted(AT_SITE))
    if lot:
        held = held.filter(lot=lot)
    return Organisation.objects.filter(pk__in=held.values("site")).order_by("name", "pk")
