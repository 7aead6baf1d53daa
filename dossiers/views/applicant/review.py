"""The whole request on one page, what it still lacks, and the signature."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views import View

from dossiers.forms.base import FormContext
from dossiers.forms.registry import form_set
from dossiers.models import Dossier
from dossiers.policy import may
from dossiers.queries.answers import form_context
from dossiers.services import access
from dossiers.views.applicant.acts import Outcome, attempt, offered
from dossiers.views.applicant.common import acting, by_section, file_context, find_dossier, new_key, problems
from dossiers.views.applicant.documents import documents_lacking, documents_shown
from dossiers.views.applicant.sections import sections_shown, siblings_shown, steps
from dossiers.views.applicant.words import ANSWERED_BY, words_for
from workflows.dates import civil_date
from workflows.types import Actor, Reason


class Review(View):
    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        dossier = find_dossier(request, reference)
        if dossier.state in ANSWERED_BY:
            return redirect("dossiers:answers", reference)
        if dossier.state != "draft":
            return redirect("dossiers:dossier", reference)
        access.record(dossier=dossier, actor=acting(request), what="review", at=timezone.now())
        return self._page(request, dossier, Outcome())

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        dossier = find_dossier(request, reference)
        actor = acting(request)
        words = words_for(dossier)
        outcome = attempt(request, dossier, words.leaves, actor)
        if outcome.event is not None:
            messages.success(request, str(words.done))
            return redirect("dossiers:dossier", reference)
        if dossier.state != "draft":
            # Pressed twice, or signed from another page: the file's own page says where it is.
            messages.info(request, str(words.already))
            return redirect("dossiers:dossier", reference)
        return self._page(request, dossier, outcome)

    def _prepared_by(self, actor: Actor, dossier: Dossier, context: FormContext) -> tuple[Reason, ...]:
        """What somebody who may write but not sign still has to prepare: not the statements of whoever signs."""
        if not may(actor, "edit", dossier).allowed:
            return ()
        forms = form_set(dossier.procedure)
        stated = {form.key for form in forms.sections if form.only_for and actor.role not in form.only_for}
        _answers, missing = forms.strict(context)
        return tuple(reason for reason in missing if reason.field.partition(".")[0] not in stated)

    def _page(self, request: HttpRequest, dossier: Dossier, outcome: Outcome) -> HttpResponse:
        actor = acting(request)
        context = form_context(dossier, civil_date(timezone.now()))
        words = words_for(dossier)
        verdict = offered(dossier, actor).get(words.leaves)
        lacking = verdict.reasons if verdict else self._prepared_by(actor, dossier, context)
        shown = {
            **file_context(dossier, actor),
            "words": words,
            "siblings": siblings_shown(dossier, actor),
            "lacking": documents_lacking(dossier, context),
            "sections": sections_shown(dossier, context),
            "steps": steps(dossier, context, "review"),
            "documents": documents_shown(dossier, actor),
            "may_edit": may(actor, "edit", dossier).allowed,
            "verdict": verdict,
            "problems": problems(dossier, lacking),
            "groups": by_section(dossier, lacking) if dossier.procedure != "aac" else [],
            "outcome": outcome,
            "key": new_key(),
        }
        return render(request, "dossiers/applicant/review.html", shown, status=outcome.status)
