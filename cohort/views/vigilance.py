"""Notices of adverse effects and special situations, for the company's pharmacovigilance and ANSM's vigilance."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cohort.policy import is_company, may_acknowledge
from cohort.queries import company as queries
from cohort.services import vigilance
from cohort.views.common import acting, actor_of, statuses
from workflows.roles import ANSM_VIGILANCE


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    actor = acting(request)
    if not (is_company(actor) or actor.role == ANSM_VIGILANCE):
        raise PermissionDenied(_("Only pharmacovigilance officers read these notices."))
    found = queries.notices(actor)
    context = {
        "waiting": [one for one in found if one.waits_for_me],
        "done": [one for one in found if not one.waits_for_me],
        "may_acknowledge": may_acknowledge(actor).allowed,
        "company": is_company(actor),
    }
    return render(request, "cohort/vigilance.html", context)


@require_POST
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    with statuses():
        vigilance.acknowledge(notice=pk, actor=actor_of(request), at=timezone.now())
    messages.success(request, _("Acknowledged. Your name and the time are kept."))
    return redirect("cohort:vigilance")
