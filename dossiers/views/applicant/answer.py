"""Answering what an agency asks, questions or missing items: what is said of each, what was changed, the sending."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import View

from dossiers.forms.base import Answers
from dossiers.forms.readable import day, readable
from dossiers.forms.registry import form_set
from dossiers.models import Dossier, InformationRequest
from dossiers.policy import may
from dossiers.queries.answers import difference, form_context, last_submission, raw_answers
from dossiers.services import access
from dossiers.services.answer_drafts import save_answers, saved_answers
from dossiers.services.errors import Blocked, Forbidden, NotFound
from dossiers.views.applicant.acts import Outcome, attempt, offered
from dossiers.views.applicant.common import (
    acting,
    file_context,
    find_dossier,
    is_htmx,
    new_key,
    problems,
    require,
    too_late,
)
from dossiers.views.applicant.documents import documents_lacking, documents_shown
from dossiers.views.applicant.sections import steps
from dossiers.views.applicant.words import ANSWERED_BY, asked_words
from workflows.dates import civil_date
from workflows.types import Actor, Reason, Text

PREFIX = "answer-"


@dataclass(frozen=True)
class QuestionShown:
    key: str
    text: str
    answer: str
    error: Text = ""


@dataclass(frozen=True)
class ChangeShown:
    section: Text
    label: Text
    before: str
    after: str


class Answer(View):
    def dispatch(self, request: HttpRequest, *args: object, **kwargs: str) -> HttpResponse:
        self.dossier: Dossier = find_dossier(request, kwargs["reference"])
        self.actor: Actor = acting(request)
        found = InformationRequest.objects.filter(dossier=self.dossier, closed_at=None).first()
        self.words = asked_words(self.dossier)
        if found is None or self.dossier.state not in ANSWERED_BY:
            return self._no_question(request)
        # What is being written is its owner's alone until it is sent.
        require(self.actor, "edit", self.dossier)
        self.asked = found
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def _no_question(self, request: HttpRequest) -> HttpResponse:
        """Answered or closed meanwhile: the same answers sent twice are told so; others are given back."""
        last = self.dossier.requests.order_by("-number").first()
        asked = last.questions if last else {}
        typed = {key: request.POST.get(f"{PREFIX}{key}", "") for key in asked}
        sent = last.answers if last else {}
        lost = [(asked[key], text) for key, text in typed.items() if text.strip() and text.strip() != sent.get(key)]
        message = str(self.words.nobody)
        if lost:
            return too_late(request, self.dossier, self.actor, [Reason("no_open_request", message)], lost)
        if request.method == "POST":
            messages.info(request, message)
        return redirect("dossiers:dossier", self.dossier.reference)

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        access.record(dossier=self.dossier, actor=self.actor, what="questions", at=timezone.now())
        return self._page(request, saved_answers(self.dossier, self.asked.number), Outcome())

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        typed = {key: request.POST.get(f"{PREFIX}{key}", "").replace("\x00", "") for key in self.asked.questions}
        try:
            draft = save_answers(reference=reference, answers=typed, actor=self.actor, at=timezone.now())
        except NotFound as refusal:
            raise Http404 from refusal
        except Forbidden as refusal:
            raise PermissionDenied(" ".join(str(reason.message) for reason in refusal.reasons)) from refusal
        except Blocked as refusal:
            if is_htmx(request):
                return render(request, "dossiers/applicant/_not_saved.html", {"reasons": refusal.reasons}, status=422)
            return self._page(request, typed, Outcome(reasons=refusal.reasons, status=422))
        if is_htmx(request):
            return render(request, "dossiers/applicant/_saved.html", {"saved": draft, "fragment": True})
        if request.POST.get("act") != "send":
            messages.success(request, _("Your answers are saved. They are not sent yet."))
            attaches = request.POST.get("act") == "attach"
            return redirect("dossiers:documents" if attaches else "dossiers:answers", reference)
        return self._send(request, typed)

    def _send(self, request: HttpRequest, typed: dict[str, str]) -> HttpResponse:
        given = {key: text for key, text in typed.items() if text.strip()}
        outcome = attempt(request, self.dossier, ANSWERED_BY[self.dossier.state], self.actor, {"answers": given})
        if outcome.event is not None:
            messages.success(request, str(self.words.sent))
            return redirect("dossiers:dossier", self.dossier.reference)
        if outcome.status == 403:
            raise PermissionDenied(" ".join(str(reason.message) for reason in outcome.reasons))
        return self._page(request, typed, outcome)

    def _page(self, request: HttpRequest, typed: dict[str, str], outcome: Outcome) -> HttpResponse:
        on = civil_date(timezone.now())
        context = form_context(self.dossier, on)
        faults = {reason.field.removeprefix("answers."): reason.message for reason in outcome.reasons}
        verdict = offered(self.dossier, self.actor).get(ANSWERED_BY[self.dossier.state])
        reply_by = self.asked.reply_by
        overdue = reply_by is not None and reply_by < on
        reasons = outcome.reasons or (verdict.reasons if verdict else ())
        if any(reason.field.startswith("answers.") for reason in reasons):
            # Each unanswered question is named: that "the answers" are missing says nothing more.
            reasons = tuple(reason for reason in reasons if reason.field != "answers")
        shown = {
            **file_context(self.dossier, self.actor),
            "asked": self.asked,
            "words": self.words,
            "overdue": str(self.words.overdue) % {"day": day(reply_by)} if overdue else "",
            "lacking": documents_lacking(self.dossier, context),
            "questions": [
                QuestionShown(key, text, typed.get(key, ""), faults.get(key, ""))
                for key, text in self.asked.questions.items()
            ],
            "changes": changes_shown(self.dossier),
            "steps": steps(self.dossier, context),
            "documents": documents_shown(self.dossier, self.actor),
            "may_edit": may(self.actor, "edit", self.dossier).allowed,
            "may_send": verdict is not None,
            "problems": problems(self.dossier, reasons),
            "outcome": outcome,
            "key": new_key(),
        }
        return render(request, "dossiers/applicant/answer.html", shown, status=outcome.status)


def changes_shown(dossier: Dossier) -> list[ChangeShown]:
    """What the request says now that it did not say when it was last signed."""
    submission = last_submission(dossier)
    if submission is None:
        return []
    context = form_context(dossier, civil_date(timezone.now()))
    after: Answers = comparable(dossier, raw_answers(dossier))
    fields = {
        f"{form.key}.{name}": field
        for form in form_set(dossier.procedure).bound(context)
        for name, field in form.fields.items()
    }
    shown = []
    for change in difference(dossier, submission.answers, after, context):
        field = fields.get(change.where)
        before = readable(field, change.before) if field else str(change.before or "")
        now = readable(field, change.after) if field else str(change.after or "")
        if before != now:
            shown.append(ChangeShown(change.section, change.label, before, now))
    return shown


def comparable(dossier: Dossier, raw: Answers) -> Answers:
    """The draft as it would be signed where it can be, as typed where it cannot."""
    context = form_context(dossier, civil_date(timezone.now()), raw)
    clean, _faults = form_set(dossier.procedure).strict(context)
    return {key: clean.get(key, data) for key, data in raw.items()}
