"""Experts: asked from the page of a file, answering from their own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dossiers.models import ExpertMission
from dossiers.policy import may
from dossiers.queries import experts as found
from dossiers.services import experts
from dossiers.services.errors import Blocked, Forbidden, NotFound
from dossiers.views.shared.dossier import visible_dossier
from dossiers.views.shared.refusals import succeeds
from workflows.dates import civil_date
from workflows.roles import EXPERT
from workflows.types import Actor


class AskForm(forms.Form):
    expert = forms.TypedChoiceField(
        label=_("Expert"), coerce=int, error_messages={"required": _("Choose an expert of the list.")}
    )
    question = forms.CharField(
        label=_("What you ask"),
        max_length=experts.LONGEST,
        help_text=_("The expert reads it before declaring links of interest: name no patient."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    until = forms.DateField(
        label=_("Opinion expected by"),
        help_text=_("The expert's access to the file ends that evening."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, there: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["expert"]
        chosen.choices = [("", _("Choose")), *there]


class DeclareForm(forms.Form):
    conflict = forms.TypedChoiceField(
        label=_("Does a link of interest stand in the way?"),
        choices=[("no", _("No: I can give an opinion")), ("yes", _("Yes: I must not give an opinion"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say whether a link of interest stands in the way.")},
    )
    declaration = forms.CharField(
        label=_("Your links with the companies and the people concerned, over five years"),
        max_length=experts.LONGEST,
        help_text=_("Write “none” when there is none. The agency keeps it with the file."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class OpinionForm(forms.Form):
    opinion = forms.CharField(
        label=_("Your opinion"),
        max_length=experts.LONGEST,
        help_text=_("The agency alone reads it. Once given, it cannot be changed, and your access to the file ends."),
        widget=forms.Textarea(attrs={"rows": 12}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, reference: str) -> HttpResponse:
    dossier = visible_dossier(request, reference)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    ruling = may(actor, "ask_expert", dossier)
    if not ruling.allowed:
        raise PermissionDenied(str(ruling.reasons[0].message))
    on = civil_date(timezone.now())
    form = AskForm(request.POST or None, there=found.experts_in_office(on))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and succeeds(
            lambda: experts.ask(reference=reference, actor=actor, **form.cleaned_data), form
        ):
            messages.success(request, gettext("The expert is asked, and told by mail."))
            return redirect("dossiers:dossier", reference)
    context = {"dossier": dossier, "form": form, "title": _("Ask an expert"), "button": _("Ask")}
    return render(request, "dossiers/ansm/staffing.html", context, status=status)


@require_POST
def end(request: HttpRequest, reference: str, mission: int) -> HttpResponse:
    dossier = visible_dossier(request, reference)
    if not ExpertMission.objects.filter(pk=mission, dossier=dossier).exists():
        raise Http404
    try:
        experts.end(mission=mission, actor=request.actor)  # type: ignore[attr-defined]
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(str(error.reasons[0].message)) from error
    except Blocked as error:
        messages.warning(request, str(error.reasons[0].message))
    else:
        messages.success(request, gettext("The expert is no longer asked."))
    return redirect("dossiers:dossier", reference)


@require_safe
def missions(request: HttpRequest) -> HttpResponse:
    actor = _expert(request)
    rows = found.missions_for(actor, civil_date(timezone.now()))
    return render(request, "dossiers/shared/missions.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def mission(request: HttpRequest, pk: int) -> HttpResponse:
    """One page: what is asked, the declaration, then the file and the opinion."""
    actor = _expert(request)
    shown = found.mission_for(actor, pk, civil_date(timezone.now()))
    if shown is None:
        raise Http404
    form = (OpinionForm if shown.declared else DeclareForm)(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            if shown.declared:
                opinion = form.cleaned_data["opinion"]
                if succeeds(lambda: experts.give_opinion(mission=pk, opinion=opinion, actor=actor), form):
                    messages.success(request, gettext("Your opinion is given. Thank you."))
                    return redirect("dossiers:missions")
            else:
                conflict, said = form.cleaned_data["conflict"] == "yes", form.cleaned_data["declaration"]
                if succeeds(
                    lambda: experts.declare(mission=pk, conflict=conflict, declaration=said, actor=actor), form
                ):
                    return _declared(request, pk, conflict=conflict)
    return render(request, "dossiers/shared/mission.html", {"mission": shown, "form": form}, status=status)


def _declared(request: HttpRequest, pk: int, *, conflict: bool) -> HttpResponse:
    if conflict:
        messages.success(request, gettext("Your declaration is kept: somebody else is asked. Thank you."))
        return redirect("dossiers:missions")
    messages.success(request, gettext("Your declaration is kept: the file is open to you."))
    return redirect("dossiers:mission", pk)


def _expert(request: HttpRequest) -> Actor:
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or actor.role != EXPERT:
        raise PermissionDenied(_("This page is for experts."))
    return actor
