"""Including a patient: in which early access, and whether the hospital knows the patient already."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views import View
from django.views.decorators.http import require_safe

from catalogue.text import query_key
from cohort.policy import inclusions_visible_to, may_include, titles_of_cohorts
from cohort.prefill import offers
from cohort.protocol import cohorts_of
from cohort.services import inclusions
from cohort.views.common import acting, actor_of, cohort_for, statuses
from dossiers.models.title import LIVING
from dossiers.services.errors import Blocked
from workflows.dates import civil_date
from workflows.types import Actor


def _demand(actor: Actor) -> None:
    ruling = may_include(actor)
    if not ruling.allowed:
        raise PermissionDenied(str(ruling.reasons[0].message))


@require_safe
def new(request: HttpRequest) -> HttpResponse:
    """The early accesses in force; those suspended are shown with the reason why nobody comes in."""
    actor = acting(request)
    _demand(actor)
    on = civil_date(timezone.now())
    words = request.GET.get("q", "")[:200]
    living = titles_of_cohorts(actor).filter(LIVING, starts_on__lte=on)
    found = cohorts_of(living.select_related("dossier", "medicine", "organisation"))
    asked = query_key(words).split()
    rows = [one for one in found if all(word in query_key(f"{one.label} {one.indication}") for word in asked)]
    context = {"rows": [(one, one.admits(on)) for one in rows], "words": words, "any": bool(found)}
    return render(request, "cohort/new.html", context)


class Start(View):
    """Who the patient is: one with a compassionate access here, whose answers fill the form, or another."""

    def get(self, request: HttpRequest, chain: str) -> HttpResponse:
        return self._page(request, chain)

    def post(self, request: HttpRequest, chain: str) -> HttpResponse:
        actor = actor_of(request)
        source = request.POST.get("source", "")[:40].replace("\x00", "")
        try:
            with statuses():
                made = inclusions.create(chain=chain, actor=actor, source=source, at=timezone.now())
        except Blocked as refusal:
            return self._page(request, chain, refusal=str(refusal.reasons[0].message), status=422)
        return redirect("cohort:form", made.chain, made.rank, "access_request", 0)

    def _page(self, request: HttpRequest, chain: str, *, refusal: str = "", status: int = 200) -> HttpResponse:
        actor = actor_of(request)
        cohort = cohort_for(actor, chain)
        _demand(actor)
        taken = inclusions_visible_to(actor).filter(chain=chain).exclude(source="").values_list("source", flat=True)
        context = {
            "cohort": cohort,
            "admits": cohort.admits(civil_date(timezone.now())),
            "offers": offers(actor, cohort, taken),
            "refusal": refusal,
        }
        return render(request, "cohort/start.html", context, status=status)
