"""The figures of a cohort: for the company's synthesis report, for agencies, and given back to those who enter data."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cohort import picture
from cohort.policy import is_company, is_hospital
from cohort.queries import figures as queries
from cohort.views.common import actor_of, cohort_for
from workflows.dates import civil_date


@require_safe
def figures(request: HttpRequest, chain: str) -> HttpResponse:
    actor = actor_of(request)
    cohort = cohort_for(actor, chain)
    at = timezone.now()
    on = civil_date(at)
    found = queries.figures(actor, chain, on)
    mine = is_hospital(actor)
    context = {
        "cohort": cohort,
        "figures": found,
        "own": queries.own_figures(actor, chain, on) if mine else None,
        "months": [(picture.said(month), count) for month, count in reversed(found.months)],
        "picture": picture.months(found.months[-queries.MOST_MONTHS :]),
        # How many patients each hospital has is the company's and the agencies' to read, not another hospital's.
        "hospitals": [] if mine else found.hospitals,
        "company": is_company(actor),
        "on": on,
    }
    return render(request, "cohort/figures.html", context)
