"""Which sites hold which lot, as a file for a field action: no patient is in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from devices.models import Unit
from devices.policy import may_export, units_visible_to
from devices.views.common import actor_of, exemption_for
from devices.views.home import searched
from dossiers.services import access
from register.exports.table import MARK, harmless

COLUMNS: Final = (
    "reference",
    "site__name",
    "site__finess_et",
    "state",
    "lot",
    "serial",
    "udi_di",
    "shipped_on",
    "received_on",
    "used_on",
    "ended_on",
)
HEADER: Final = tuple(name.replace("site__finess_et", "finess").replace("site__name", "site") for name in COLUMNS)


@require_safe
def units(request: HttpRequest, number: str) -> HttpResponse | StreamingHttpResponse:
    """CSV of the units, of one lot or serial number with `?lot=`: UTF-8 with its mark, semicolons, ISO dates."""
    actor = actor_of(request)
    exemption = exemption_for(actor, number)
    if not may_export(actor):
        raise Http404
    lot = searched(request)
    rows = units_visible_to(actor).filter(title=exemption.title).order_by("site__name", "rank")
    if lot:
        rows = rows.filter(Q(lot=lot) | Q(serial=lot))
    access.record(dossier=exemption.title.dossier, actor=actor, what="device units export", at=timezone.now())
    answer = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    name = f"{number}-{lot}" if lot.replace("-", "").isalnum() and lot.isascii() else number
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _lines(rows: QuerySet[Unit]) -> Iterator[str]:
    yield MARK + line_of(HEADER)
    for row in rows.values_list(*COLUMNS).iterator(chunk_size=500):
        yield line_of(row)


def line_of(cells: tuple[Any, ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";", lineterminator="\r\n").writerow(harmless(cell) for cell in cells)
    return buffer.getvalue()
