"""/cohort/: what each role does first with patients of early accesses."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cohort.policy import inclusions_visible_to, is_company, is_hospital, notices_visible_to, titles_of_cohorts
from cohort.protocol import cohorts_of
from cohort.queries import company, hospital
from cohort.views import company as company_views
from cohort.views.common import acting, actor_of, cohort_for
from dossiers.views.shared.paging import address, first_page_if_lost
from workflows.dates import civil_date
from workflows.roles import ANSM_VIGILANCE
from workflows.types import Actor

WITH_TITLE = ("dossier", "medicine", "organisation")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    actor = acting(request)
    return _patients(request, actor) if is_hospital(actor) else _cohorts(request, actor)


@require_safe
def cohort(request: HttpRequest, chain: str) -> HttpResponse:
    """The board of the company; the figures for the others, who have no list of patients by cohort."""
    actor = actor_of(request)
    found = cohort_for(actor, chain)
    if is_company(actor):
        return company_views.board(request, actor, found)
    return redirect("cohort:figures", chain)


def _patients(request: HttpRequest, actor: Actor) -> HttpResponse:
    on = civil_date(timezone.now())
    asked = request.GET.get("list", "")
    counted = hospital.counts(actor, on)
    group = asked if asked in hospital.GROUPS else hospital.TODO if counted[hospital.TODO] else hospital.LIVE
    page = first_page_if_lost(request, lambda cursor: hospital.patients_page(actor, group, on, cursor=cursor))
    pairs = [("list", group)]
    rows = hospital.rows(page.rows, on, actor.role)
    for row in rows:
        row["url"] = reverse("cohort:patient", args=[row["chain"], row["rank"]])
        following = row["next"]
        row["next_url"] = (
            reverse("cohort:form", args=[row["chain"], row["rank"], following.form, following.visit])
            if following.form
            else row["url"]
        )
    context = {
        "rows": rows,
        "group": group,
        "late": counted["late"],
        "total": sum(counted[name] for name in (hospital.LIVE, hospital.ALL_OVER)),
        "tabs": [
            (label, f"{reverse('cohort:home')}?list={name}", name == group, counted[name])
            for name, label in hospital.GROUPS.items()
        ],
        "next_url": address(request, pairs, page=page.next) if page.next else "",
        "previous_url": address(request, pairs, page=page.previous) if page.previous else "",
        "chains": _own_chains(actor),
    }
    return render(request, "cohort/home.html", context)


def _own_chains(actor: Actor) -> list[dict[str, Any]]:
    """The cohorts in which this hospital has patients: their figures, their agreement. One query."""
    found = inclusions_visible_to(actor).order_by("title__dossier__product_label", "chain")
    pairs = dict(found.values_list("chain", "title__dossier__product_label").distinct())
    return [{"chain": chain, "label": label or chain} for chain, label in pairs.items()]


def _cohorts(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The company's early accesses, or every one for an agency."""
    cohorts = cohorts_of(titles_of_cohorts(actor).select_related(*WITH_TITLE))
    counted = company.waiting_by_chain(actor)
    own = is_company(actor)
    rows: list[dict[str, Any]] = [
        {
            "cohort": one,
            "url": reverse("cohort:cohort" if own else "cohort:figures", args=[one.chain]),
            "asked": counted.get(one.chain, (0, 0))[0],
            "patients": counted.get(one.chain, (0, 0))[1],
        }
        for one in cohorts
    ]
    rows.sort(key=lambda row: -row["asked"])
    vigilant = own or actor.role == ANSM_VIGILANCE
    side = "agency_at" if actor.role == ANSM_VIGILANCE else "company_at"
    waiting = notices_visible_to(actor).filter(**{side: None}).count() if vigilant else 0
    context = {"rows": rows, "own": own, "vigilant": vigilant, "waiting": waiting}
    return render(request, "cohort/cohorts.html", context)
