"""/devices/: the exemptions that concern each side; then one of them, with its units and where they are."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from devices.exemption import Exemption, is_stopped
from devices.policy import is_agency, is_company, is_hospital, may_export, may_read_notification, may_report, may_step
from devices.queries import lists
from devices.services import words
from devices.states import ON_A_LIST, SENDERS, STATES, STEPS
from devices.views.common import acting, actor_of, exemption_for
from dossiers.policy import titles_visible_to
from dossiers.services import access
from dossiers.views.shared.paging import address, first_page_if_lost
from workflows.dates import civil_date
from workflows.registry import TITLE
from workflows.types import Actor

EVERYTHING: Final = "all"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    actor = acting(request)
    on = civil_date(timezone.now())
    rows = lists.exemptions(actor)
    context = {
        "rows": [{"held": row, "state": _state(row.exemption)} for row in rows],
        "hospital": is_hospital(actor),
        "company": is_company(actor),
        "agency": is_agency(actor),
        "watch": lists.incident_counts(actor, on),
        "on": on,
    }
    return render(request, "devices/home.html", context)


@require_safe
def exemption(request: HttpRequest, number: str) -> HttpResponse:
    actor = actor_of(request)
    return exemption_page(request, actor, exemption_for(actor, number))


def exemption_page(
    request: HttpRequest, actor: Actor, found: Exemption, *, refused: dict[str, Any] | None = None
) -> HttpResponse:
    """The page of one exemption; with what was refused when an act on its list was."""
    at = timezone.now()
    on = civil_date(at)
    held = lists.held(actor, found)
    if is_hospital(actor):
        access.record(dossier=found.title.dossier, actor=actor, what="device units", at=at)
    group = _group(request, held)
    number = searched(request)
    title = found.title
    page = first_page_if_lost(request, lambda cursor: lists.units_page(actor, title.pk, group, number, cursor))
    here = reverse("devices:exemption", args=[title.number])
    pairs = [("list", group), *([("lot", number)] if number else [])]
    context = {
        "exemption": found,
        "held": held,
        "state": _state(found),
        "stopped": is_stopped(title, on),
        "rows": [_row(row, title.number, actor) for row in page.rows],
        "group": group,
        "lot": number,
        "total": held.counts.get("all", 0),
        "tabs": [
            (label, f"{here}?list={name}", name == group, held.counts.get(name, 0))
            for name, (label, _states) in lists.GROUPS.items()
        ],
        "next_url": address(request, pairs, page=page.next) if page.next else "",
        "previous_url": address(request, pairs, page=page.previous) if page.previous else "",
        "acts": _acts(actor, group),
        "today": on,
        "refused": refused or {},
        "hospital": is_hospital(actor),
        "sites": [] if is_hospital(actor) else lists.by_site(actor, title.pk, number),
        "deviations": [] if is_company(actor) else lists.deviations(actor, title.pk),
        "reads_title": titles_visible_to(actor).filter(pk=title.pk).exists(),
        "may_add": actor.role in (SENDERS if is_company(actor) else STEPS["record"].roles),
        "may_report": may_report(actor).allowed,
        "may_export": may_export(actor),
        "may_notify": may_read_notification(actor),
    }
    return render(request, "devices/exemption.html", context, status=422 if refused else 200)


def _state(found: Exemption) -> dict[str, Any]:
    state = TITLE.state(found.title.state)
    return {"code": state.code, "label": state.applicant}


def _group(request: HttpRequest, held: lists.Held) -> str:
    asked = request.POST.get("list") or request.GET.get("list", "")
    if asked in lists.GROUPS:
        return asked
    return next((name for name in ("shipped", "stock") if held.counts.get(name)), EVERYTHING)


def searched(request: HttpRequest) -> str:
    """The lot or serial number that the address looks for."""
    return words.searched(request.GET.get("lot", ""))


def _row(row: dict[str, Any], number: str, actor: Actor) -> dict[str, Any]:
    usable = row["state"] in STEPS["use"].sources and may_step(actor, "use").allowed
    return {
        **row,
        "state_label": STATES[row["state"]],
        "use_url": reverse("devices:use", args=[number, row["rank"]]) if usable else "",
    }


def _acts(actor: Actor, group: str) -> list[dict[str, Any]]:
    """What this person may do with several units of this list at once."""
    _label, states = lists.GROUPS[group]
    return [
        {"name": name, "label": STEPS[name].button, "reason": STEPS[name].reason}
        for name in ON_A_LIST
        if group != EVERYTHING and STEPS[name].sources & states and may_step(actor, name).allowed
    ]
