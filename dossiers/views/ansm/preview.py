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
from dossiers.forms.payload import PayloadForm
from dossiers.models import Decision, Dossier
from dossiers.policy import agency_of, is_staff_side
from dossiers.queries.facts import facts_of
from dossiers.services import access
from dossiers.services.exemption import terms_typed
from dossiers.services.letters import matter_of, preview, preview_of_decision
from dossiers.views.shared.dossier import visible_dossier
from workflows.engine import judge
from workflows.payload import clean_payload
from workflows.registry import KNOWN_LETTERS, procedure
from workflows.roles import AUDITOR
from workflows.types import Actor, Role, Text

TYPED = "typed"
"""Instead of a kind of letter: the one that the typed outcome would make."""


@require_http_methods(["GET", "HEAD", "POST"])
def letter_preview(request: HttpRequest, reference: str, kind: str) -> HttpResponse:
    """GET: the letter `kind` as signing would make it. POST: the letter of the proposal in the form. Staff only."""
    found = visible_dossier(request, reference)
    actor = request.actor  # type: ignore[attr-defined]
    if not is_staff_side(actor):
        raise PermissionDenied(_("A letter can be read once it is signed."))
    _refuse_what_another_agency_prepares(found, actor, kind)
    at = timezone.now()
    try:
        if request.method == "POST" and kind != TYPED:
            pdf = _typed_by_the_college(request, found, kind, at)
        elif request.method == "POST":
            decision = _typed_decision(request, found, at)
            kind = procedure(found.procedure, found.workflow_version).transition(decision.outcome).letter
            pdf = orders.preview(kind=kind, matter=matter_of(found, at=at, decision=decision))
        elif kind in KNOWN_LETTERS and KINDS[kind].procedure == found.procedure:
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


def _refuse_what_another_agency_prepares(found: Dossier, actor: Actor, kind: str) -> None:
    """Where two agencies are concerned, the draft of a letter is read by the one that signs it, and by auditors. Raises
    Http404 for a letter that this procedure does not make."""
    table = procedure(found.procedure, found.workflow_version)
    if not table.consults:
        return
    signs: frozenset[Role] = frozenset().union(*(row.by for row in table.transitions if row.letter == kind))
    if not signs:
        raise Http404
    if actor.role != AUDITOR and not signs & agency_of(actor.role):
        raise PermissionDenied(_("A letter can be read once it is signed."))


def _typed_by_the_college(request: HttpRequest, found: Dossier, kind: str, at: dt.datetime) -> bytes:
    """The letter of the decision being typed. Raises `_NotYet` when it would be refused, Http404 for another act."""
    actor = request.actor  # type: ignore[attr-defined]
    table = procedure(found.procedure, found.workflow_version)
    row = next((one for one in table.transitions if one.letter == kind and "college_decides" in one.effects), None)
    if row is None:
        raise Http404
    facts = facts_of(found, actor, at, PayloadForm(row.payload, request.POST).raw())
    verdict = judge(table, row.name, facts, actor, at)
    if verdict.outcome == "forbidden":
        raise PermissionDenied(str(verdict.reasons[0].message))
    if not verdict.allowed:
        labels = {field.name: field.label for field in row.payload}
        raise _NotYet([(labels.get(reason.field, ""), reason.message) for reason in verdict.reasons])
    return preview_of_decision(dossier=found, row=row, payload=verdict.payload or {}, at=at)


class _NotYet(Exception):
    """The proposal as typed would be refused, so that its letter could never be signed."""

    def __init__(self, reasons: list[tuple[Text, Text]]) -> None:
        super().__init__()
        self.reasons = reasons


def _typed_decision(request: HttpRequest, found: Dossier, at: dt.datetime) -> Decision:
    """A decision made of what is in the form; it is never saved. Raises `_NotYet` when it could not be proposed."""
    actor = request.actor  # type: ignore[attr-defined]
    row = procedure(found.procedure, found.workflow_version).transition("propose")
    typed, reasons = clean_payload(row.payload, PayloadForm(row.payload, request.POST).raw())
    # What is typed stands for the proposal: one that waits already is not judged in its place.
    facts = replace(facts_of(found, actor, at, typed), proposal=None)
    for guard in row.guards:
        reasons += guard(facts, actor, at)
    if reasons:
        labels = {field.name: field.label for field in row.payload}
        raise _NotYet([(labels.get(reason.field, ""), reason.message) for reason in reasons])
    decision = Decision(
        dossier=found,
        outcome=typed["outcome"],
        reasons=typed["reasons"],
        conditions=typed.get("conditions", ""),
        starts_on=typed.get("starts_on"),
        ends_on=typed.get("ends_on"),
    )
    if "record_terms" in row.effects:
        terms_typed(decision, typed)
    return decision
