"""The pages where people make, see and revoke what opens the API: their tokens, their organisation's systems."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.members import administrators_only
from accounts.models import Person
from api import systems
from api.forms import SystemForm, TokenForm
from api.scopes import READ, SCOPES, WRITE
from api.tokens import create_token, revoke_token, tokens_of
from dossiers.services.errors import Blocked


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """My tokens. A new one is shown by the answer to the form that makes it, and never again."""
    person = get_object_or_404(Person, pk=request.user.pk)
    at, secret = timezone.now(), ""
    form = TokenForm(request.POST or None, initial={"scopes": [READ]})
    if request.method == "POST" and form.is_valid():
        membership = request.membership  # type: ignore[attr-defined]
        try:
            _token, secret = create_token(person=person, membership=membership, at=at, **form.cleaned_data)
        except Blocked as refusal:
            _refused(form, refusal)
        else:
            form = TokenForm(initial={"scopes": [READ]})
    rows = [
        {"token": one, "holds": one.holds_at(at), "last_used_at": one.last_used_at, "scopes": _words(one.scopes)}
        for one in tokens_of(person)
    ]
    context = {"form": form, "rows": rows, "secret": secret}
    return render(request, "api/tokens.html", context, status=422 if form.errors else 200)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(Person, pk=request.user.pk)
    if not revoke_token(person=person, pk=pk, at=timezone.now()):
        raise Http404
    messages.success(request, _("The token is revoked: it opens nothing any more."))
    return redirect("systems:tokens")


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def clients(request: HttpRequest) -> HttpResponse:
    """The systems of my organisation. A secret is shown by the answer to the form that makes it, and never again."""
    organisation = request.membership.organisation  # type: ignore[attr-defined]
    form = SystemForm(request.POST or None, organisation=organisation, initial={"scopes": [READ, WRITE]})
    made: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        person = get_object_or_404(Person, pk=request.user.pk)
        try:
            client, secret = systems.create_client(
                organisation=organisation, created_by=person, at=timezone.now(), **form.cleaned_data
            )
        except Blocked as refusal:
            _refused(form, refusal)
        else:
            made = {"client": client, "secret": secret}
            form = SystemForm(organisation=organisation, initial={"scopes": [READ, WRITE]})
    on = timezone.localdate()
    rows = [
        {
            "client": one,
            "holds": one.revoked_at is None and one.membership.is_open(on),
            "last_used_at": one.last_used_at,
            "scopes": _words(one.scopes),
        }
        for one in systems.clients_of(organisation)
    ]
    offered = bool(systems.roles_offered(organisation))
    context = {"organisation": organisation, "form": form, "rows": rows, "made": made, "offered": offered}
    return render(request, "api/systems.html", context, status=422 if form.errors else 200)


@require_POST
@administrators_only
def revoke_client(request: HttpRequest, pk: int) -> HttpResponse:
    organisation = request.membership.organisation  # type: ignore[attr-defined]
    if not systems.revoke_client(organisation=organisation, pk=pk, at=timezone.now()):
        raise Http404
    messages.success(request, _("The system no longer acts for your organisation. What it did keeps its name."))
    return redirect("systems:clients")


def _words(scopes: list[str]) -> str:
    return capfirst(" ; ".join(str(label) for code, label in SCOPES.items() if code in scopes))


def _refused(form: Any, refusal: Blocked) -> None:
    for reason in refusal.reasons:
        form.add_error(reason.field if reason.field in form.fields else None, str(reason.message))
