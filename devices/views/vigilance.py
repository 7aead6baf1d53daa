"""Every serious incident that the reader may open: those that are late first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from devices.policy import is_agency, is_company, is_hospital
from devices.queries import lists
from devices.views.common import acting
from dossiers.views.shared.paging import address, first_page_if_lost
from workflows.dates import civil_date


@require_safe
def incidents(request: HttpRequest) -> HttpResponse:
    actor = acting(request)
    on = civil_date(timezone.now())
    number = request.GET.get("of", "").replace("\x00", "")[:60]
    counts = lists.incident_counts(actor, on, number)
    asked = request.GET.get("list", "")
    group = (
        asked if asked in lists.WATCHED else lists.LATE if counts[lists.LATE] and not is_hospital(actor) else lists.OPEN
    )
    page = first_page_if_lost(request, lambda cursor: lists.incidents_page(actor, group, on, cursor, number))
    rows = lists.shown(page.rows, on)
    for row in rows:
        row["url"] = reverse("devices:incident", args=[row["title__number"], row["rank"]])
    of = [("of", number)] if number else []
    pairs = [("list", group), *of]
    context = {
        "rows": rows,
        "group": group,
        "number": number,
        "counts": counts,
        "total": counts[lists.OPEN] + counts[lists.CLOSED],
        "tabs": [
            (label, address(request, [("list", name), *of]), name == group, counts[name])
            for name, label in lists.WATCHED.items()
        ],
        "next_url": address(request, pairs, page=page.next) if page.next else "",
        "previous_url": address(request, pairs, page=page.previous) if page.previous else "",
        "agency": is_agency(actor),
        "company": is_company(actor),
    }
    return render(request, "devices/vigilance.html", context)
