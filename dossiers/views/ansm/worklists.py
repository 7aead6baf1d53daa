"""The lists an agency works from: /worklists/ and /worklists/<name>/."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dossiers.policy import is_staff_side
from dossiers.queries import worklists
from dossiers.queries.awaited import excused_from_ansm
from dossiers.queries.lists import WORKLISTS, lists_of
from dossiers.views.shared.filters import FilterForm
from dossiers.views.shared.paging import address, first_page_if_lost
from dossiers.views.shared.rows import rows
from workflows.dates import civil_date
from workflows.roles import ANSM_SIGNATORY, ANSM_TRIAGE, AUDITOR, CT_SECRETARY, HAS_COLLEGE, MINISTRY_READER
from workflows.types import Actor, Role

FIRST_LIST = {
    ANSM_SIGNATORY: "to_sign",
    ANSM_TRIAGE: "to_route",
    CT_SECRETARY: "committee",
    HAS_COLLEGE: "college",
    MINISTRY_READER: "all",
    AUDITOR: "all",
}


def staff_actor(request: HttpRequest) -> Actor:
    """The actor, when these lists are theirs to read. Raises PermissionDenied (403)."""
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    if actor is None or not is_staff_side(actor):
        raise PermissionDenied
    return actor


def first_list(actor: Actor) -> str:
    """The list this role opens first."""
    return FIRST_LIST.get(actor.role, "mine")


def tabs(role: Role, counted: dict[str, int], current: str = "") -> list[dict[str, Any]]:
    """Every list of this role with its address and its size as said."""
    return [
        {
            "name": one.name,
            "label": one.label,
            "help": one.help,
            "url": reverse("dossiers:worklist", args=[one.name]),
            "count": worklists.said(counted[one.name]) if one.name in counted else "",
            "empty": counted.get(one.name) == 0,
            "current": one.name == current,
        }
        for one in map(WORKLISTS.__getitem__, lists_of(role))
    ]


@require_safe
def worklist(request: HttpRequest, name: str = "") -> HttpResponse:
    actor = staff_actor(request)
    name = name or first_list(actor)
    if name not in lists_of(actor.role):
        raise Http404
    at = timezone.now()
    form = FilterForm(request.GET, staff=True)
    filters = form.filters()
    order = worklists.ordering_of(name, request.GET.get("order", "")).code
    excused = excused_from_ansm()
    page = first_page_if_lost(
        request,
        lambda cursor: worklists.list_page(name, actor, at, filters, order=order, cursor=cursor, excused=excused),
    )
    chosen = WORKLISTS[name]
    pairs = form.query()
    kept = [*pairs, ("order", order)] if order != chosen.orderings[0].code else pairs
    context = {
        "worklist": chosen,
        "tabs": tabs(actor.role, worklists.counts(actor, at, excused), name),
        "form": form,
        "filtered": bool(pairs),
        "rows": rows(page.rows, staff=True, on=civil_date(at)),
        "order": order,
        "orders": [(one.code, address(request, pairs, order=one.code)) for one in chosen.orderings],
        "next_url": address(request, kept, page=page.next) if page.next else "",
        "previous_url": address(request, kept, page=page.previous) if page.previous else "",
        "clear_url": request.path,
    }
    return render(request, "dossiers/ansm/worklist.html", context)
