"""What a first grant leaves to do: publish the criteria, allocate the UCD code (CSP R.5121-74-3)."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalogue.criteria import current_version
from catalogue.services.criteria import may_publish
from dossiers.policy import may
from dossiers.views.shared.dossier import visible_dossier
from workflows.dates import civil_date


@require_safe
def task(request: HttpRequest, reference: str, task: int) -> HttpResponse:
    """/dossiers/<reference>/tasks/<task>/: each step with its screen, then the task is done."""
    found = visible_dossier(request, reference)
    ruling = may(request.actor, "write_note", found)  # type: ignore[attr-defined]
    if not ruling.allowed:
        raise PermissionDenied(str(ruling.reasons[0].message))
    asked = found.tasks.filter(pk=task, kind="publish_criteria").first()
    if asked is None or found.indication is None:
        raise Http404
    medicine = found.indication.medicine
    criteria = current_version(found.indication, civil_date(timezone.now()))
    context = {
        "dossier": found,
        "task": asked,
        "indication": found.indication,
        "medicine": medicine,
        "criteria": criteria,
        "all_done": criteria is not None and bool(medicine.ucd13),
        "may_publish": may_publish(request.actor),  # type: ignore[attr-defined]
        "here": request.path,
    }
    return render(request, "dossiers/ansm/first_grant.html", context)
