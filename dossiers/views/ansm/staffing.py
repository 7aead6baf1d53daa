"""Who examines a dossier: reassignment, recusal, reminder to the applicant, tasks done."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from dossiers.models import Dossier
from dossiers.policy import agency_of, may
from dossiers.queries import pages
from dossiers.services import requests, staffing
from dossiers.services.errors import Blocked, Forbidden, NotFound
from dossiers.views.shared.dossier import visible_dossier
from dossiers.views.shared.refusals import succeeds
from workflows.dates import civil_date


class ReassignForm(forms.Form):
    """`officers` are (membership, name) of those who may be given the dossier."""

    membership = forms.TypedChoiceField(
        label=_("New officer in charge"), coerce=int, error_messages={"required": _("Choose an officer.")}
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=2_000,
        help_text=_("Staff read it in the history."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, officers: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["membership"]
        chosen.choices = [("", _("Choose")), *officers]


class RecuseForm(forms.Form):
    reason = forms.CharField(
        label=_("Which link obliges you to step aside"),
        max_length=2_000,
        help_text=_("Staff and auditors read it; applicants do not."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def reassign(request: HttpRequest, reference: str) -> HttpResponse:
    found = _allowed(request, reference, "assign")
    officers = pages.assessors(found, civil_date(timezone.now()))
    form = ReassignForm(request.POST or None, officers=officers)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and succeeds(
            lambda: staffing.reassign(
                reference=reference,
                membership=form.cleaned_data["membership"],
                reason=form.cleaned_data["reason"],
                actor=request.actor,  # type: ignore[attr-defined]
            ),
            form,
        ):
            messages.success(request, gettext("The dossier has a new officer in charge."))
            return _back(reference)
    context = {"dossier": found, "form": form, "title": _("Give to another officer"), "button": _("Reassign")}
    return render(request, "dossiers/ansm/staffing.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def recuse(request: HttpRequest, reference: str) -> HttpResponse:
    found = _allowed(request, reference, "recuse")
    form = RecuseForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and succeeds(
            lambda: staffing.recuse(
                reference=reference,
                reason=form.cleaned_data["reason"],
                actor=request.actor,  # type: ignore[attr-defined]
            ),
            form,
        ):
            messages.success(request, gettext("You are recused: you no longer act on this dossier."))
            return _back(reference)
    context = {
        "dossier": found,
        "form": form,
        "title": _("Step aside (conflict of interest)"),
        "intro": _(
            "You will no longer act on this dossier; if you are in charge of it, it waits to be taken up by somebody "
            "else. This cannot be undone."
        ),
        "button": _("Step aside"),
        "danger": True,
    }
    return render(request, "dossiers/ansm/staffing.html", context, status=status)


@require_POST
def remind(request: HttpRequest, reference: str) -> HttpResponse:
    _allowed(request, reference, "write_note")
    try:
        requests.remind(reference=reference, actor=request.actor)  # type: ignore[attr-defined]
    except Blocked as error:
        for reason in error.reasons:
            messages.warning(request, str(reason.message))
    else:
        messages.success(request, gettext("A reminder is on its way to the applicant."))
    return _back(reference)


@require_POST
def task_done(request: HttpRequest, reference: str, task: int) -> HttpResponse:
    found = _allowed(request, reference, "write_note")
    held = agency_of(request.actor.role)  # type: ignore[attr-defined]
    if not found.tasks.filter(pk=task, role__in=held).exists():
        raise Http404
    try:
        staffing.complete_task(task=task, actor=request.actor)  # type: ignore[attr-defined]
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(str(error.reasons[0].message)) from error
    messages.success(request, gettext("Task done."))
    return HttpResponseRedirect(reverse("dossiers:home"))


def _allowed(request: HttpRequest, reference: str, act: str) -> Dossier:
    found = visible_dossier(request, reference)
    ruling = may(request.actor, act, found)  # type: ignore[attr-defined]
    if not ruling.allowed:
        raise PermissionDenied(str(ruling.reasons[0].message))
    return found


def _back(reference: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("dossiers:dossier", args=[reference]))
