"""Reference data that answers point at, for whoever is signed in. No personal datum is in them.

What is typed in `search` gives the best finds first, in one page; without it, lists go page by page in the order in
which rows were entered.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Organisation
from api import params
from api.params import CURSOR, SIZE
from api.schema.operations import Query, operation
from api.shown import catalogue
from api.views.base import ApiView
from catalogue.models import Indication, Medicine
from catalogue.search import medicines, with_versions
from dossiers.queries.keyset import Column, Ordering, Page, page
from workflows.dates import civil_date

SEARCH: Final = Query(
    "search", {"type": "string", "maxLength": params.LONGEST_TEXT}, _("Words or a code; mistakes are forgiven.")
)
LIST: Final = (SEARCH, CURSOR, SIZE)
AS_ENTERED: Final = Ordering("entered", (Column("id", "integer"),))


class CatalogueView(ApiView):
    """`rows` gives the page asked for. A search is one page, best finds first."""

    def rows(self, request: Request, text: str, on: dt.date) -> tuple[list[dict[str, Any]], Page]:
        raise NotImplementedError

    def listed(self, request: Request) -> Response:
        params.known_only(request, LIST)
        rows, found = self.rows(request, params.text(request, "search").strip(), civil_date(timezone.now()))
        return Response(params.listed(request, found, rows))


def _open(on: dt.date) -> Q:
    """Indications in which a request may be made on that day."""
    still = Q()
    for name in ("ma_since", "aap_since", "closed_on"):
        still &= Q(**{name: None}) | Q(**{f"{name}__gt": on})
    return still


def _page(request: Request, queryset: QuerySet[Any]) -> tuple[Page, list[int]]:
    found = page(queryset, AS_ENTERED, params.cursor(request), ["id"], params.size(request))
    return found, [row["id"] for row in found.rows]


class Medicines(CatalogueView):
    @operation(
        "catalogue_medicines",
        tag="catalogue",
        summary=_("Medicines, by name, substance or code, with the indications they may be asked for"),
        about=_("Without `search`, those that may be asked for today."),
        answers={200: "MedicinePage"},
        params=LIST,
    )
    def get(self, request: Request) -> Response:
        return self.listed(request)

    def rows(self, request: Request, text: str, on: dt.date) -> tuple[list[dict[str, Any]], Page]:
        if text:
            return catalogue.medicines(medicines(text, params.size(request)), on), Page([])
        entries = Indication.objects.filter(_open(on), medicine=OuterRef("pk"))
        found, keys = _page(request, Medicine.objects.filter(Exists(entries)))
        loaded = Medicine.objects.filter(pk__in=keys).order_by("pk")
        return catalogue.medicines(list(loaded.prefetch_related(Prefetch("indications", with_versions()))), on), found


class Indications(CatalogueView):
    @operation(
        "catalogue_indications",
        tag="catalogue",
        summary=_("Indications of the referential in which a request may be made today, with their grant criteria"),
        answers={200: "IndicationPage"},
        params=LIST,
    )
    def get(self, request: Request) -> Response:
        return self.listed(request)

    def rows(self, request: Request, text: str, on: dt.date) -> tuple[list[dict[str, Any]], Page]:
        queryset = Indication.objects.filter(_open(on))
        if text:
            named = [medicine.pk for medicine in medicines(text, params.LARGEST_PAGE)]
            queryset = queryset.filter(Q(label__icontains=text) | Q(medicine__in=named))
        found, keys = _page(request, queryset)
        loaded = with_versions().select_related("medicine").filter(pk__in=keys).order_by("pk")
        return catalogue.indications(list(loaded), on), found


class Devices(CatalogueView):
    @operation(
        "catalogue_devices",
        tag="catalogue",
        summary=_("Medical devices; none is in the catalogue today"),
        answers={200: "DevicePage"},
        params=LIST,
    )
    def get(self, request: Request) -> Response:
        return self.listed(request)

    def rows(self, request: Request, text: str, on: dt.date) -> tuple[list[dict[str, Any]], Page]:
        return [], Page([])


class Establishments(CatalogueView):
    @operation(
        "catalogue_establishments",
        tag="catalogue",
        summary=_("Health establishments, by name or FINESS number"),
        answers={200: "EstablishmentPage"},
        params=LIST,
    )
    def get(self, request: Request) -> Response:
        return self.listed(request)

    def rows(self, request: Request, text: str, on: dt.date) -> tuple[list[dict[str, Any]], Page]:
        queryset = Organisation.objects.filter(kind=Organisation.Kind.ESTABLISHMENT)
        if text:
            digits = "".join(text.split())
            queryset = queryset.filter(Q(name__icontains=text) | Q(finess_et=digits) | Q(finess_ej=digits))
        found, keys = _page(request, queryset)
        return [catalogue.establishment(one) for one in queryset.filter(pk__in=keys).order_by("pk")], found
