"""The sheet for the Commission and the Member States, to print and as files. Its sending is proved as an obligation."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from devices import notification as sheets
from devices.exemption import Exemption
from devices.policy import may_read_notification
from devices.views.common import actor_of, exemption_for
from devices.views.export import line_of
from dossiers.services import access
from register.exports.table import MARK
from workflows.dates import civil_date


def _opened(request: HttpRequest, number: str) -> Exemption:
    """Raises Http404 for whoever does not send it."""
    actor = actor_of(request)
    exemption = exemption_for(actor, number)
    if not may_read_notification(actor):
        raise Http404
    access.record(dossier=exemption.title.dossier, actor=actor, what="notification sheet", at=timezone.now())
    return exemption


@require_safe
def page(request: HttpRequest, number: str) -> HttpResponse:
    exemption = _opened(request, number)
    on = civil_date(timezone.now())
    lines = sheets.sheet(exemption, on)
    context: dict[str, Any] = {
        "exemption": exemption,
        "sections": [
            (label, [line for line in lines if line.section == code]) for code, label in sheets.SECTIONS.items()
        ],
        "notice": sheets.notice_of(exemption),
        "to_notify": sheets.is_to_notify(exemption),
        "on": on,
    }
    return render(request, "devices/notification.html", context)


@require_safe
def table(request: HttpRequest, number: str) -> HttpResponse:
    exemption = _opened(request, number)
    lines = sheets.sheet(exemption, civil_date(timezone.now()))
    rows = [("section", "code", "label", "value"), *((one.section, one.code, one.label, one.value) for one in lines)]
    answer = HttpResponse(MARK + "".join(line_of(row) for row in rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{number}-notification.csv"'
    return answer


@require_safe
def data(request: HttpRequest, number: str) -> HttpResponse:
    exemption = _opened(request, number)
    answer = JsonResponse(sheets.as_json(exemption, civil_date(timezone.now())), json_dumps_params={"indent": 2})
    answer["Content-Disposition"] = f'attachment; filename="{number}-notification.json"'
    return answer
