"""What a grant leaves to do at ANSM: publish the criteria of a first one and allocate the UCD code (CSP R.5121-74-3),
adapt the texts to an early access granted for less than was claimed (CSP R.5121-69)."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalogue.criteria import current_version
from catalogue.services.criteria import may_publish
from dossiers.models import Dossier, Task
from dossiers.policy import agency_of, may
from dossiers.queries.answers import current_answers
from dossiers.queries.consulted import consulted
from dossiers.queries.renunciations import RENUNCIATION
from dossiers.views.shared.dossier import visible_dossier
from workflows.dates import civil_date


@require_safe
def task(request: HttpRequest, reference: str, task: int) -> HttpResponse:
    """/dossiers/<reference>/tasks/<task>/: each step with its screen, then the task is done."""
    found = visible_dossier(request, reference)
    ruling = may(request.actor, "write_note", found)  # type: ignore[attr-defined]
    if not ruling.allowed:
        raise PermissionDenied(str(ruling.reasons[0].message))
    held = agency_of(request.actor.role)  # type: ignore[attr-defined]
    kinds = ("publish_criteria", "adapt_texts", RENUNCIATION)
    asked = found.tasks.filter(pk=task, kind__in=kinds, role__in=held).first()
    if asked is not None and asked.kind == RENUNCIATION:
        return redirect("dossiers:renunciation_answer", found.title.number)
    if asked is not None and asked.kind == "adapt_texts":
        return _adapt_texts(request, found, asked)
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


def _adapt_texts(request: HttpRequest, found: Dossier, asked: Task) -> HttpResponse:
    """The three indications side by side, and the texts that ANSM settled with its opinion."""
    shown = consulted(found, request.actor, current_answers(found))  # type: ignore[attr-defined]
    opinions = shown.opinions if shown else ()
    context = {
        "dossier": found,
        "task": asked,
        "indications": shown.indications if shown else (),
        "texts": [pair for one in opinions for pair in one.texts],
    }
    return render(request, "dossiers/ansm/adapt_texts.html", context)
