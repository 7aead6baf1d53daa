"""The letter before it is signed, marked PROJET: from the proposal that waits, or from one being typed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from documents.errors import IncompleteLetter
from documents.letters import orders
from documents.letters.kinds import KINDS
from dossiers.models import Decision, Dossier
from dossiers.policy import is_staff_side
from dossiers.queries.facts import facts_of
from dossiers.services import access
from dossiers.services.letters import matter_of, preview
from dossiers.views.shared.dossier import visible_dossier
from workflows.payload import clean_payload, form_values
from workflows.registry import KNOWN_LETTERS, procedure
from workflows.types import Text

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
            decision = _typed_decision(request, found, at)
            kind = procedure(found.procedure, found.workflow_version).transition(decision.outcome).letter
            pdf = orders.preview(kind=kind, matter=matter_of(found, at=at, decision=decision))
        elif kind in KNOWN_LETTERS and not KINDS[kind].on_title:
            pdf = preview(found, kind, at)
        else:
            raise Http404
    except (IncompleteLetter, _NotYet) as error:
        context = {"dossier": found, "missing": getattr(error, "missing", ()), "reasons": getattr(error, "reasons", ())}
        return render(request, "dossiers/ansm/no_preview.html", context, status=422)
    access.record(dossier=found, actor=actor, what=f"preview {kind}", at=at)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="PROJET-{found.reference}.pdf"'
    return response


class _NotYet(Exception):
    """The proposal as typed would be refused, so that its letter could never be signed."""

    def __init__(self, reasons: list[tuple[Text, Text]]) -> None:
        super().__init__()
        self.reasons = reasons


def _typed_decision(request: HttpRequest, found: Dossier, at: dt.datetime) -> Decision:
    """A decision made of what is in the form; it is never saved. Raises `_NotYet` when it could not be proposed."""
    actor = request.actor  # type: ignore[attr-defined]
    row = procedure(found.procedure, found.workflow_version).transition("propose")
    typed, reasons = clean_payload(row.payload, form_values(row.payload, request.POST))
    # What is typed stands for the proposal: one that waits already is not judged in its place.
    facts = replace(facts_of(found, actor, at, typed), proposal=None)
    for guard in row.guards:
        reasons += guard(facts, actor, at)
    if reasons:
        labels = {field.name: field.label for field in row.payload}
        raise _NotYet([(labels.get(reason.field, ""), reason.message) for reason in reasons])
    return Decision(
        dossier=found,
        outcome=typed["outcome"],
        reasons=typed["reasons"],
        conditions=typed.get("conditions", ""),
        starts_on=typed.get("starts_on"),
        ends_on=typed.get("ends_on"),
    )
