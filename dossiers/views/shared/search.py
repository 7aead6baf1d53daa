"""Every dossier somebody may see, searched: /search/ and /dossiers/."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dossiers.policy import is_staff_side
from dossiers.queries import worklists
from dossiers.views.shared.filters import FilterForm
from dossiers.views.shared.paging import address, first_page_if_lost
from dossiers.views.shared.rows import rows
from workflows.dates import civil_date


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """A whole reference leads straight to its dossier; anything else lists what holds every word."""
    actor = request.actor  # type: ignore[attr-defined]
    exact = worklists.named_exactly(actor, request.GET.get("q", ""))
    if exact:
        return HttpResponseRedirect(reverse("dossiers:dossier", args=[exact]))
    staff = actor is not None and is_staff_side(actor)
    form = FilterForm(request.GET, staff=staff)
    filters = form.filters()
    page = first_page_if_lost(request, lambda cursor: worklists.search_page(actor, filters, cursor=cursor, staff=staff))
    pairs = form.query()
    context = {
        "form": form,
        "filtered": bool(pairs),
        "staff": staff,
        "rows": rows(page.rows, staff=staff, on=civil_date(timezone.now())),
        "next_url": address(request, pairs, page=page.next) if page.next else "",
        "previous_url": address(request, pairs, page=page.previous) if page.previous else "",
        "clear_url": request.path,
    }
    return render(request, "dossiers/shared/search.html", context)
