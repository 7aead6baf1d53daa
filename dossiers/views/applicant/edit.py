"""Writing a request, section by section. What is typed is saved as it is; strictness waits for the signature."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from dossiers.forms.base import FormContext, SectionForm
from dossiers.forms.readable import readable
from dossiers.forms.registry import form_set
from dossiers.models import Dossier, DraftSection
from dossiers.policy import may
from dossiers.queries.answers import form_context, raw_answers
from dossiers.queries.filing_meetings import held_about
from dossiers.services import access, drafts
from dossiers.services.drafts import StaleSection
from dossiers.services.errors import Blocked, Forbidden, NotFound
from dossiers.views.applicant.common import acting, file_context, find_dossier, is_htmx, problems, require, too_late
from dossiers.views.applicant.sections import COMPLETE, following, steps, with_section
from dossiers.views.applicant.words import words_for
from workflows.dates import civil_date
from workflows.registry import procedure as table_of
from workflows.types import Actor, Reason


class EditStart(View):
    """The first section that is not complete; the review page when all are."""

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        dossier = find_dossier(request, reference)
        if not may(acting(request), "edit", dossier).allowed:
            return redirect("dossiers:dossier", reference)
        context = form_context(dossier, civil_date(timezone.now()))
        for step in steps(dossier, context):
            if step.progress != COMPLETE:
                return redirect(step.url)
        return redirect("dossiers:review", reference)


class EditSection(View):
    """One section: shown, saved by itself while it is typed, saved by the button, compared when somebody else saved."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.dossier: Dossier = find_dossier(request, kwargs["reference"])
        self.actor: Actor = acting(request)
        ruling = may(self.actor, "edit", self.dossier)
        self.key: str = kwargs["section"]
        if not ruling.allowed and request.method == "POST" and self._writes_sometimes():
            return self._too_late(request, ruling.reasons)
        require(self.actor, "edit", self.dossier)
        self.answers = raw_answers(self.dossier)
        self.context: FormContext = form_context(self.dossier, civil_date(timezone.now()), self.answers)
        known = {form.key for form in form_set(self.dossier.procedure).sections}
        found = form_set(self.dossier.procedure).section(self.key, self.context)
        if self.key not in known:
            raise Http404
        if found is None:
            # It applied before the track or the kind of grounds changed: what was typed there is kept.
            return redirect("dossiers:edit_start", kwargs["reference"])
        self.form_class: type[SectionForm] = found
        return super().dispatch(request, *args, **kwargs)

    def _writes_sometimes(self) -> bool:
        """Whether this role edits such a file in another state: it may have been edited when the page was opened."""
        table = table_of(self.dossier.procedure, self.dossier.workflow_version)
        return any(self.actor.role in state.edited_by for state in table.states)

    # ------------------------------------------------------------------------------------------------- reading

    def get(self, request: HttpRequest, reference: str, section: str) -> HttpResponse:
        access.record(dossier=self.dossier, actor=self.actor, what=f"draft {section}"[:80], at=timezone.now())
        initial = self.answers.get(section, {}) | self._known_elsewhere()
        form = self.form_class(initial=initial, context=self.context)
        return self._page(form, saved=self._saved())

    def _known_elsewhere(self) -> dict[str, Any]:
        """What this section asks and another page has told: the day of the meeting held about the request."""
        asked = "meeting_on" in self.form_class.base_fields and not self.answers.get(self.key, {}).get("meeting_on")
        held_on = held_about(self.dossier) if asked else None
        return {"meeting_on": held_on.isoformat()} if held_on else {}

    def _saved(self) -> DraftSection | None:
        return self.dossier.sections.select_related("saved_by").filter(section=self.key).first()

    # ------------------------------------------------------------------------------------------------- writing

    def post(self, request: HttpRequest, reference: str, section: str) -> HttpResponse:
        if not self._may_write():
            raise PermissionDenied(str(words_for(self.dossier).only_them))
        if "resolve" in request.POST:
            return self._resolve(request)
        typed = self.form_class.typed(without_row(request.POST, request.POST.get("remove_row", "")), self.context)
        try:
            saved = self._save(typed, posted_base(request))
        except StaleSection as conflict:
            return self._conflict(request, typed, conflict)
        except Forbidden as refusal:
            return self._too_late(request, refusal.reasons)
        except Blocked as refusal:
            return self._refused(request, typed, refusal.reasons)
        self._take_in(typed)
        if is_htmx(request):
            return self._saved_fragment(saved)
        return self._after_saving(request, typed, saved)

    def _may_write(self) -> bool:
        return not self.form_class.only_for or self.actor.role in self.form_class.only_for

    def _save(self, typed: Mapping[str, Any], base_version: int | None) -> DraftSection:
        try:
            return drafts.save_section(
                reference=self.dossier.reference,
                section=self.key,
                data=typed,
                actor=self.actor,
                base_version=base_version,
                at=timezone.now(),
            )
        except NotFound as refusal:
            raise Http404 from refusal

    def _take_in(self, typed: dict[str, Any]) -> None:
        """From here on this request sees the file as it now is: the track may have changed what applies."""
        self.dossier = find_dossier(self.request, self.dossier.reference)
        self.answers = with_section(self.answers, self.key, typed)
        self.context = form_context(self.dossier, civil_date(timezone.now()), self.answers)

    def _after_saving(self, request: HttpRequest, typed: dict[str, Any], saved: DraftSection) -> HttpResponse:
        if "add_row" in request.POST or "remove_row" in request.POST:
            form = self.form_class(initial=typed, context=self.context)
            if "add_row" in request.POST:
                add_blank_row(form, request.POST.get("add_row", ""))
            return self._page(form, saved=saved)
        form = self.form_class(typed, context=self.context)
        if form.is_valid() or "later" in request.POST:
            target = reverse("dossiers:review", args=[self.dossier.reference])
            return redirect(target if "later" in request.POST else following(self.dossier, self.context, self.key))
        return self._page(form, saved=saved, status=422)

    def _saved_fragment(self, saved: DraftSection) -> HttpResponse:
        context = {
            "saved": saved,
            "base_version": saved.version,
            "steps": steps(self.dossier, self.context, self.key),
            **file_context(self.dossier, self.actor),
            "fragment": True,
        }
        return render(self.request, "dossiers/applicant/_saved.html", context)

    def _refused(self, request: HttpRequest, typed: dict[str, Any], reasons: tuple[Reason, ...]) -> HttpResponse:
        if is_htmx(request):
            context = {"reasons": reasons}
            return render(request, "dossiers/applicant/_not_saved.html", context, status=422)
        form = self.form_class(initial=typed, context=self.context)
        return self._page(form, saved=self._saved(), reasons=reasons, status=422)

    def _too_late(self, request: HttpRequest, reasons: tuple[Reason, ...]) -> HttpResponse:
        """Somebody signed while this page was open: nothing is saved, and what was typed is given back."""
        context = form_context(self.dossier, civil_date(timezone.now()))
        form_class = form_set(self.dossier.procedure).section(self.key, context)
        rows = []
        if form_class is not None:
            typed = form_class.typed(request.POST, context)
            rows = [(one.label, one.value) for one in form_class(typed, context=context).readable()]
        return too_late(request, self.dossier, self.actor, reasons, rows)

    # ------------------------------------------------------------------------------------------------ conflict

    def _conflict(self, request: HttpRequest, mine: dict[str, Any], conflict: StaleSection) -> HttpResponse:
        if is_htmx(request):
            return render(request, "dossiers/applicant/_conflict.html", {"conflict": conflict}, status=409)
        form = self.form_class(context=self.context)
        rows = [
            {
                "name": name,
                "label": field.label,
                "mine": readable(field, mine.get(name)),
                "theirs": readable(field, conflict.theirs.get(name)),
            }
            for name, field in form.fields.items()
            if mine.get(name) != conflict.theirs.get(name)
        ]
        context = {
            **file_context(self.dossier, self.actor),
            "section": heading(self.form_class),
            "conflict": conflict,
            "rows": rows,
            "mine": json.dumps(mine),
        }
        return render(request, "dossiers/applicant/conflict.html", context, status=409)

    def _resolve(self, request: HttpRequest) -> HttpResponse:
        """Field by field, mine or theirs. Saved on top of the version that was compared, else compared again."""
        mine = read_json_object(request.POST.get("mine", ""))
        theirs = self.answers.get(self.key, {})
        names = self.form_class(context=self.context).fields
        merged = dict(theirs)
        for name in names:
            if request.POST.get(f"pick-{name}") == "mine" and name in mine:
                merged[name] = mine[name]
        try:
            saved = self._save(merged, posted_base(request))
        except StaleSection as conflict:
            return self._conflict(request, {**theirs, **mine}, conflict)
        except Forbidden as refusal:
            return self._too_late(request, refusal.reasons)
        except Blocked as refusal:
            return self._refused(request, merged, refusal.reasons)
        self._take_in(merged)
        form = self.form_class(initial=merged, context=self.context)
        return self._page(form, saved=saved)

    # ---------------------------------------------------------------------------------------------------- page

    def _page(
        self,
        form: SectionForm,
        *,
        saved: DraftSection | None,
        reasons: tuple[Reason, ...] = (),
        status: int = 200,
    ) -> HttpResponse:
        menu = steps(self.dossier, self.context, self.key)
        context = {
            **file_context(self.dossier, self.actor),
            "form": form,
            "section": heading(self.form_class),
            "words": words_for(self.dossier),
            "may_write": self._may_write(),
            "steps": menu,
            "saved": saved,
            "base_version": saved.version if saved else 0,
            "problems": problems(self.dossier, reasons),
            "next_url": following(self.dossier, self.context, self.key),
        }
        return render(self.request, "dossiers/applicant/edit.html", context, status=status)


def heading(form_class: type[SectionForm]) -> dict[str, Any]:
    """What a template reads of a section: it would call the class, and the form answers with its fields."""
    return {"key": form_class.key, "title": form_class.title, "intro": form_class.intro, "law": form_class.law}


def posted_base(request: HttpRequest) -> int | None:
    """The version of the section that this page showed. None, for a page that does not say, checks nothing."""
    typed = request.POST.get("base_version", "")
    return int(typed) if typed.isdecimal() and len(typed) < 10 else None


def without_row(data: QueryDict, which: str) -> QueryDict:
    """What was posted less the row that `which` ("treatments-2") names."""
    kept = data.copy()
    for name in [name for name in data if which and name.startswith(f"{which}-")]:
        del kept[name]
    return kept


def add_blank_row(form: SectionForm, name: str) -> None:
    field = form.fields.get(name)
    if field is not None and hasattr(field.widget, "columns"):
        field.widget.blank_rows = 1


def read_json_object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair can be written in JSON, not in a page
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
