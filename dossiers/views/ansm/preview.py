"""The letter before it is signed, marked PROJET: from the proposal that waits, or from one being typed."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from documents.errors import IncompleteLetter
from documents.letters import orders
from dossiers.models import Decision, Dossier
from dossiers.policy import is_staff_side
from dossiers.services import access
from dossiers.services.letters import matter_of, preview
from dossiers.views.shared.dossier import visible_dossier
from workflows.registry import KNOWN_LETTERS, procedure

TYPED = "typed"
"""Instead of a kind of letter: the one that the typed outcome would make."""


@require_http_methods(["GET", "HEAD", "POST"])
def letter_preview(request: HttpRequest, reference: str, kind: str) -> HttpResponse:
    """GET: the letter `kind` as signing would make it. POST: the letter of the proposal in the form. Staff only."""
    found = visible_dossier(request, reference)
    actor = request.actor  # type: ignore[attr-defined]
    if not is_staff_side(actor):
        raise PermissionDenied(_("A letter can be read once it is signed."))
    at = timezone.now()
    try:
        if request.method == "POST":
            decision = _typed_decision(request, found)
            kind = procedure(found.procedure, found.workflow_version).transition(decision.outcome).letter
            pdf = orders.preview(kind=kind, matter=matter_of(found, at=at, decision=decision))
        elif kind in KNOWN_LETTERS:
            pdf = preview(found, kind, at)
        else:
            raise Http404
    except (IncompleteLetter, _NotYet) as error:
        context = {"dossier": found, "missing": getattr(error, "missing", ())}
        return render(request, "dossiers/ansm/no_preview.html", context, status=422)
    access.record(dossier=found, actor=actor, what=f"preview {kind}", at=at)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="PROJET-{found.reference}.pdf"'
    return response


class _NotYet(Exception):
    """Too little is typed for a letter."""


def _typed_decision(request: HttpRequest, found: Dossier) -> Decision:
    """A decision made of what is in the form; it is never saved."""
    outcome = request.POST.get("outcome", "")
    days = {}
    for name in ("starts_on", "ends_on"):
        try:
            days[name] = parse_date(request.POST.get(name, ""))
        except ValueError:
            days[name] = None
    granting = outcome == "grant"
    if outcome not in ("grant", "refuse") or (granting and not (days["starts_on"] and days["ends_on"])):
        raise _NotYet
    return Decision(
        dossier=found,
        outcome=outcome,
        reasons=request.POST.get("reasons", "").replace("\x00", ""),
        conditions=request.POST.get("conditions", "").replace("\x00", "") if granting else "",
        starts_on=days["starts_on"] if granting else None,
        ends_on=days["ends_on"] if granting else None,
    )
