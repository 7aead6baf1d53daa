"""The questions of qualification, one a page: what a product is, and of which class.

The answers travel in the address, so that nothing is written before somebody keeps the result, the browser's "back"
works, and the page can be sent to a colleague.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View

from dossiers.forms.qualification import LONGEST_PATH, filled_in, product_kind
from dossiers.models import Dossier
from dossiers.services import access, drafts
from dossiers.services.drafts import StaleSection
from dossiers.services.errors import Blocked, Conflict, Forbidden, NotFound
from dossiers.views.applicant.common import acting, find_dossier, new_key, posted_key, require
from dossiers.views.applicant.sections import typed_version
from workflows.advice_guards import DEVICE_QUALIFICATION
from workflows.qualification import LONGEST, TABLE, VERSION, meaning, rules_of, walk
from workflows.qualification.table import GIVES, STEP, Walk
from workflows.registry import procedure as table_of
from workflows.types import Actor

PROCEDURE: Final = "advice"
SECTION: Final = "qualification"


@dataclass(frozen=True)
class Given:
    """An answer given, and where it is changed."""

    question: Any
    answer: Any
    url: str


def begins(actor: Actor) -> bool:
    return DEVICE_QUALIFICATION in table_of(PROCEDURE).kinds_begun_by(actor)


class Wizard(View):
    """`/qualification/?path=...`: before there is a draft. POST begins one with the result."""

    dossier: Dossier | None = None

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        actor, found = acting(request), posted_walk(request)
        if not begins(actor):
            raise PermissionDenied(_("Your role does not allow you to start this kind of file."))
        if found.outcome is None:
            return redirect(self.address(found.path))
        answers = {SECTION: filled_in(found, {}), "triage": {"product_kind": product_kind(found)}}
        try:
            dossier = drafts.create_draft(
                procedure=PROCEDURE, kind=DEVICE_QUALIFICATION, actor=actor, answers=answers, key=posted_key(request)
            )
        except Forbidden as refusal:
            raise PermissionDenied(" ".join(str(reason.message) for reason in refusal.reasons)) from refusal
        except (Blocked, Conflict) as refusal:
            return self.shown(request, problem=str(refusal.reasons[0].message))
        return redirect("dossiers:edit_start", dossier.reference)

    # ------------------------------------------------------------------------------------------------- pages

    def address(self, path: str = "") -> str:
        """The page of these answers."""
        where = reverse("dossiers:wizard")
        if self.dossier is not None:
            where = reverse("dossiers:wizard_of", args=[self.dossier.reference])
        return f"{where}?{urlencode({'path': path})}" if path else where

    def shown(self, request: HttpRequest, *, problem: str = "") -> HttpResponse:
        actor = acting(request)
        found = posted_walk(request) if request.method == "POST" else walk(request.GET.get("path", "")[:LONGEST_PATH])
        if "answer" in request.GET or "next" in request.GET:
            chosen = found.question.answer(request.GET.get("answer", "")) if found.question else None
            if chosen is not None and found.question is not None:
                return redirect(self.address(extended(found, chosen.code)))
            problem = gettext("Choose one of the answers.")
        context = {
            "found": found,
            "problem": problem,
            "dossier": self.dossier,
            "path": found.path,
            "rules": rules_of(found),
            "given": self.given(found),
            "back_url": self.address(found.before) if found.steps else "",
            "start_url": self.address(),
            "action": self.address(),
            "rank": len(found.steps) + 1,
            "most": len(found.steps) + (TABLE.longest_from(found.question.code) if found.question else 0),
            "longest": LONGEST,
            "means": meaning(found),
            "version": VERSION,
            "begins": self.dossier is None and begins(actor),
            "key": new_key(),
        }
        name = "outcome" if found.outcome else "question"
        return render(request, f"dossiers/wizard/{name}.html", context, status=422 if problem else 200)

    def given(self, found: Walk) -> list[Given]:
        """Each answer, with the address of its question: the path before it."""
        parts = found.path.split(STEP)
        return [
            Given(step.question.text, step.answer.label, self.address(STEP.join(parts[:rank])))
            for rank, step in enumerate(found.steps)
        ]


class WizardOf(Wizard):
    """`/dossiers/<reference>/qualification/`: for a draft. POST keeps the result in it."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        dossier = find_dossier(request, kwargs.pop("reference"))
        require(acting(request), "edit", dossier)
        if (dossier.procedure, dossier.kind) != (PROCEDURE, DEVICE_QUALIFICATION):
            raise PermissionDenied(_("This request does not ask what a product is."))
        self.dossier = dossier
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        assert self.dossier is not None
        access.record(dossier=self.dossier, actor=acting(request), what="draft qualification", at=timezone.now())
        return self.shown(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        assert self.dossier is not None
        found = posted_walk(request)
        if found.outcome is None:
            return redirect(self.address(found.path))
        before, version, _row = typed_version(self.dossier, SECTION)
        try:
            drafts.save_section(
                reference=self.dossier.reference,
                section=SECTION,
                data=filled_in(found, before),
                actor=acting(request),
                base_version=version,
                at=timezone.now(),
            )
        except (Forbidden, NotFound) as refusal:
            raise PermissionDenied(" ".join(str(reason.message) for reason in refusal.reasons)) from refusal
        except StaleSection as conflict:
            return self.shown(request, problem=str(conflict.reasons[0].message))
        messages.success(request, _("The result is kept in the request. Nothing is sent."))
        return redirect("dossiers:edit", self.dossier.reference, SECTION)


def posted_walk(request: HttpRequest) -> Walk:
    return walk(request.POST.get("path", "")[:LONGEST_PATH])


def extended(found: Walk, answer: str) -> str:
    """The path of `found` with one more answer."""
    assert found.question is not None
    step = f"{found.question.code}{GIVES}{answer}"
    return f"{found.path}{STEP}{step}" if found.path else step
