"""Which sites hold units of an exemption, or may: whom a field action, a suspension or an end concerns."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.models import Organisation
from devices.models import Unit
from devices.states import AT_SITE
from dossiers.models import ExemptionTerms, Title


def sites_holding(title: Title, lot: str = "") -> QuerySet[Organisation]:
    """Establishments to which a unit of `title` (of this `lot`, when given) was sent and where it still is: on its way,
    in stock, or in a patient."""
    held = Unit.objects.filter(title=title, state__in=sorted(AT_SITE))
    if lot:
        held = held.filter(lot=lot)
    return Organisation.objects.filter(pk__in=held.values("site")).order_by("name", "pk")


def sites_named(title: Title) -> QuerySet[Organisation]:
    """Establishments of this site that the decision names, whether they hold a unit or not."""
    terms = ExemptionTerms.objects.filter(decision__dossier=title.dossier_id, decision__signed_at__isnull=False)
    named = [pk for found in terms.values_list("establishments", flat=True) for pk in found]
    return Organisation.objects.filter(pk__in=named).order_by("name", "pk")
