"""One form of the protocol: kept as it is typed, signed when it is complete."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.http import require_POST

from cohort.forms import VariablesForm
from cohort.models import CohortForm, Inclusion
from cohort.policy import may_sign_forms
from cohort.prefill import Known, known, like_this_patient, offers
from cohort.queries import hospital
from cohort.services import forms as services
from cohort.services import inclusions
from cohort.services.forms import OPEN_WHILE, StaleForm, setting_of
from cohort.views.common import actor_of, cohort_for, statuses
from dossiers.forms.readable import readable
from dossiers.services import access
from dossiers.services.errors import Blocked, WrongState
from dossiers.views.applicant.common import is_htmx
from workflows.putrd import FORMS
from workflows.putrd_library import ACCESS_REQUEST, FOLLOW_UP
from workflows.types import Actor, Reason

LABELS = dict(FORMS)
SIGN = {
    "access_request": gettext_lazy("Sign and give to the pharmacy"),
    "initiation": gettext_lazy("Sign the start of treatment"),
    "follow_up": gettext_lazy("Sign this visit"),
    "stop": gettext_lazy("Sign the end of treatment"),
}


class Form(View):
    actor: Actor
    inclusion: Inclusion
    row: CohortForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.actor = actor_of(request)
        self.code, self.visit = kwargs["code"], kwargs["visit"]
        found = hospital.patient(self.actor, kwargs["chain"], kwargs["rank"])
        if found is None or self.code not in LABELS:
            raise Http404
        self.inclusion = found
        self.cohort = cohort_for(self.actor, found.chain)
        self.variables = self.cohort.variables(self.code)
        row = found.forms.select_related("saved_by").filter(form=self.code, visit=self.visit).first()
        if row is None and (self.code == FOLLOW_UP or self.visit):
            raise Http404
        self.row = row or CohortForm(inclusion=found, form=self.code)
        return super().dispatch(request, *args, **kwargs)

    # ------------------------------------------------------------------------------------------------- reading

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not self._is_open():
            return redirect(self._patient() + f"#form-{self.code}-{self.visit}")
        at = timezone.now()
        access.record(
            dossier=self.inclusion.title.dossier, actor=self.actor, what=f"cohort form {self.inclusion.rank}", at=at
        )
        copied = self._known()
        typed = {**{code: one.value for code, one in copied.items()}, **self._typed()}
        sources = {code: one.source for code, one in copied.items() if typed.get(code) == one.value}
        return self._page(self._form(initial=typed, sources=sources))

    def _is_open(self) -> bool:
        row = self.row
        return row.signed_at is None and row.cancelled_at is None and self.inclusion.state in OPEN_WHILE[self.code]

    def _typed(self) -> dict[str, Any]:
        return {**self.row.answers, **self.row.personal}

    def _known(self) -> dict[str, Known]:
        """What earlier forms say, offered until somebody has saved this one."""
        if self.row.version:
            return {}
        return known(self.row, hospital.forms_of(self.inclusion), self.variables)

    # ------------------------------------------------------------------------------------------------- writing

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        typed = self._form().typed(request.POST)
        where: dict[str, Any] = {
            "pseudonym": self.inclusion.pseudonym,
            "form": self.code,
            "visit": self.visit,
            "actor": self.actor,
            "at": timezone.now(),
        }
        saved = self.row
        try:
            with statuses():
                saved = services.save(**where, data=typed, base_version=_base(request))
                self.row = saved
                if "take_aac" in request.POST:
                    source = request.POST["take_aac"][:40].replace("\x00", "")
                    inclusions.fill_from_aac(
                        pseudonym=self.inclusion.pseudonym, source=source, actor=self.actor, at=timezone.now()
                    )
                    messages.success(request, _("What was empty is filled in from the compassionate access. Check it."))
                    return redirect(request.path)
                if "sign" in request.POST:
                    services.sign(**where, version=saved.version)
        except StaleForm as stale:
            return self._conflict(typed, stale)
        except WrongState as refusal:
            return self._too_late(typed, refusal.reasons)
        except Blocked as refusal:
            return self._refused(typed, refusal.reasons, signing="sign" in request.POST)
        if is_htmx(request):
            return self._saved_line(saved)
        if "sign" in request.POST:
            messages.success(request, _("Signed. Thank you."))
            return redirect(self._patient())
        messages.success(request, _("Saved. It is not signed yet."))
        return redirect(request.path)

    def _saved_line(self, saved: CohortForm) -> HttpResponse:
        context = {"saved": saved, "base_version": saved.version, "fragment": True, "steps": []}
        return render(self.request, "dossiers/applicant/_saved.html", context)

    def _refused(self, typed: dict[str, Any], reasons: Iterable[Reason], *, signing: bool) -> HttpResponse:
        if is_htmx(self.request):
            context = {"reasons": list(reasons)}
            return render(self.request, "dossiers/applicant/_not_saved.html", context, status=422)
        form = self._form(typed)
        form.is_valid()
        if not signing:
            form.errors.clear()
        for reason in reasons:
            field = reason.field if reason.field in form.fields else None
            if not signing or field is None or field not in form.errors:
                form.add_error(field, str(reason.message))
        return self._page(form, status=422)

    def _conflict(self, typed: dict[str, Any], stale: StaleForm) -> HttpResponse:
        """Somebody saved meanwhile: what was typed stays in the form, theirs is shown beside it. Saving again keeps
        what the form then says."""
        form = self._form(initial=typed)
        theirs = [
            (field.label, readable(field, stale.theirs.get(code)) or "-")
            for code, field in form.fields.items()
            if (stale.theirs.get(code) or "") != (typed.get(code) or "")
        ]
        if is_htmx(self.request):
            reasons = {"reasons": list(stale.reasons)}
            return render(self.request, "dossiers/applicant/_not_saved.html", reasons, status=409)
        self.row.version = stale.current_version
        return self._page(form, conflict=(stale.saved_by_name, theirs), status=409)

    def _too_late(self, typed: dict[str, Any], reasons: Iterable[Reason]) -> HttpResponse:
        """Signed meanwhile: nothing is saved, and what was typed is given back to be copied."""
        if is_htmx(self.request):
            context = {"reasons": list(reasons), "kept": True}
            return render(self.request, "dossiers/applicant/_not_saved.html", context, status=409)
        form = self._form(typed)
        shown = [(field.label, readable(field, typed.get(code))) for code, field in form.fields.items()]
        context = {
            "inclusion": self.inclusion,
            "heading": LABELS[self.code],
            "reasons": list(reasons),
            "typed": [(label, words) for label, words in shown if words],
            "back_url": self._patient(),
        }
        return render(self.request, "cohort/too_late.html", context, status=409)

    # ---------------------------------------------------------------------------------------------------- page

    def _form(self, data: dict[str, Any] | None = None, **options: Any) -> VariablesForm:
        setting = setting_of(self.inclusion, timezone.now())
        return VariablesForm(data, variables=self.variables, setting=setting, **options)

    def _patient(self) -> str:
        return reverse("cohort:patient", args=[self.inclusion.chain, self.inclusion.rank])

    def _page(
        self, form: VariablesForm, *, conflict: tuple[str, list[Any]] | None = None, status: int = 200
    ) -> HttpResponse:
        conditions = {one.code: one.only_if for one in self.variables if one.only_if}
        context = {
            "inclusion": self.inclusion,
            "cohort": self.cohort,
            "heading": LABELS[self.code],
            "row": self.row,
            "saved": self.row if self.row.saved_at else None,
            "base_version": self.row.version,
            "form": form,
            "fields": [(form[code], conditions.get(code)) for code in form.fields],
            "sign_label": SIGN[self.code],
            "may_sign": self._may_sign(),
            "conflict": conflict,
            "steps": [],
            "alike": hospital.alike(self.actor, self.inclusion) if self.code == ACCESS_REQUEST else [],
            "aac": self._aac(),
            "patient_url": self._patient(),
        }
        return render(self.request, "cohort/form.html", context, status=status)

    def _may_sign(self) -> bool:
        allowed = may_sign_forms(self.actor).allowed
        return allowed and (self.code != ACCESS_REQUEST or self.actor.role == "prescriber")

    def _aac(self) -> Any:
        """The AAC of a patient of the same initials and month of birth, while nothing was taken from one."""
        if self.code != ACCESS_REQUEST or self.inclusion.source or not self.inclusion.identity:
            return None
        return like_this_patient(offers(self.actor, self.cohort), self.inclusion.identity)


@require_POST
def add_visit(request: HttpRequest, chain: str, rank: int) -> HttpResponse:
    """A follow-up form that the calendar does not ask for."""
    actor = actor_of(request)
    found = hospital.patient(actor, chain, rank)
    if found is None:
        raise Http404
    try:
        with statuses():
            made = services.add_unplanned_visit(pseudonym=found.pseudonym, actor=actor, at=timezone.now())
    except WrongState as refusal:
        messages.error(request, str(refusal.reasons[0].message))
        return redirect("cohort:patient", chain, rank)
    return redirect("cohort:form", chain, rank, FOLLOW_UP, made.visit)


def _base(request: HttpRequest) -> int | None:
    """The version that this page showed; None, for one that does not say, checks nothing."""
    typed = request.POST.get("base_version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None
