"""/titles/<number>/material/: information material on a framework, submitted by a company, then ANSM's opinion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from dossiers.forms.payload import PayloadForm
from dossiers.models import Title
from dossiers.queries import titles as queries
from dossiers.queries.material import Materials, materials_of
from dossiers.services import material as services
from dossiers.services.errors import Blocked, Forbidden, NotFound, WrongState
from workflows.dates import civil_date
from workflows.payload import clean_payload
from workflows.types import Actor, PayloadField, Reason

SUBMIT: Final = (
    PayloadField(
        "name",
        "line",
        _("Name of the material"),
        help=_("Kind of material, title, version. Example: letter to neurologists, version 2."),
        max_length=services.LONGEST_NAME,
    ),
    PayloadField(
        "description",
        "text",
        _("Its content"),
        required=False,
        help=_("What it says and to whom; without a file, the whole text or an address where ANSM reads it."),
        max_length=services.LONGEST_TEXT,
    ),
)
ADVISE: Final = (
    PayloadField(
        "opinion",
        "choice",
        _("Opinion"),
        choices=(("favourable", _("Favourable")), ("unfavourable", _("Unfavourable"))),
    ),
    PayloadField(
        "reasons",
        "text",
        _("Reasons"),
        required=False,
        help=_("Needed when the opinion is unfavourable: say what must change."),
        max_length=services.LONGEST_TEXT,
    ),
)


class SubmitForm(PayloadForm):
    """The words, and the material itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["upload"] = forms.FileField(
            label=_("The material"),
            required=False,
            help_text=_(
                "PDF, PNG, JPEG, DOCX, ODT or plain text, as it would be spread. It must not be advertising. "
                "ANSM alone reads it with you."
            ),
        )


@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: HttpRequest, number: str) -> HttpResponse:
    title, actor, shown = _found(request, number)
    if not shown.may_submit:
        raise PermissionDenied(_("Only an applicant of the company submits its material, while the framework lives."))

    def keep(typed: dict[str, Any]) -> None:
        said = {name: typed.get(name) or "" for name in ("name", "description")}
        services.submit(number=number, actor=actor, upload=request.FILES.get("upload"), at=timezone.now(), **said)

    done = _("Submitted. Without an opinion of ANSM within one month, it may be spread.")
    return _form(request, title, SUBMIT, keep, done, {"what": "submit"}, form_of=SubmitForm)


@require_http_methods(["GET", "HEAD", "POST"])
def advise(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    title, actor, shown = _found(request, number)
    one = next((row for row in shown.rows if row.material.pk == pk), None)
    if one is None:
        raise Http404
    if not shown.may_advise:
        raise PermissionDenied(_("Only an assessor or a signatory of ANSM gives this opinion."))

    def keep(typed: dict[str, Any]) -> None:
        services.give_opinion(
            number=number,
            material=pk,
            favourable=typed["opinion"] == "favourable",
            reasons=typed.get("reasons") or "",
            actor=actor,
            at=timezone.now(),
        )

    return _form(request, title, ADVISE, keep, _("The opinion is given; the company is told."), {"one": one})


def _found(request: HttpRequest, number: str) -> tuple[Title, Actor, Materials]:
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    title = queries.title_for(actor, number)
    if title is None or actor is None:
        raise Http404
    shown = materials_of(title, actor, civil_date(timezone.now()))
    if shown is None:
        raise PermissionDenied(_("Information material is submitted under a prescription framework only."))
    return title, actor, shown


def _form(
    request: HttpRequest,
    title: Title,
    spec: tuple[PayloadField, ...],
    keep: Callable[[dict[str, Any]], None],
    done: Any,
    more: dict[str, Any],
    *,
    form_of: type[PayloadForm] = PayloadForm,
) -> HttpResponse:
    refusals: tuple[Reason, ...] = ()
    if request.method == "POST":
        typed, reasons = clean_payload(spec, PayloadForm(spec, request.POST).raw())
        try:
            if reasons:
                raise Blocked(reasons)
            keep(typed)
        except NotFound as error:
            raise Http404 from error
        except Forbidden as error:
            raise PermissionDenied(str(error.reasons[0].message)) from error
        except (Blocked, WrongState) as error:
            refusals = tuple(error.reasons)
        else:
            messages.success(request, done)
            return HttpResponseRedirect(reverse("dossiers:title", args=[title.number]) + "#material")
    form = form_of(spec, request.POST if refusals else None, refusals=refusals)
    context = {"title": title, "dossier": title.dossier, "form": form, **more}
    return render(request, "dossiers/shared/material.html", context, status=422 if refusals else 200)
