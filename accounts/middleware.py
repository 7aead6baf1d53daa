"""Default deny, and under which membership this request acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone, translation

from accounts.actors import active_memberships, actor_for
from accounts.models import Membership
from accounts.typed import signed_out

SESSION_KEY = "membership"


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Every view is closed unless it says @login_not_required. Whoever was typing when the session ended keeps it all.

    Comes after CsrfViewMiddleware: what is sent back below was typed on our own pages.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponse:  # type: ignore[override]
        if request.method == "POST" or request.headers.get("HX-Request") == "true":
            return signed_out(request)
        return super().handle_no_permission(request, view_func)


class MembershipMiddleware:
    """Sets `request.memberships` (open today), `.membership` (the chosen one, else the first) and `.actor`.

    Read again from the database at each request: a membership ended this morning is gone at the next click.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        memberships: list[Membership] = []
        if request.user.is_authenticated:
            memberships = list(active_memberships(request.user, timezone.localdate()))
            _speak_their_language(request)
        chosen = request.session.get(SESSION_KEY) if memberships else None
        membership = next((each for each in memberships if each.pk == chosen), memberships[0] if memberships else None)
        request.memberships = memberships  # type: ignore[attr-defined]
        request.membership = membership  # type: ignore[attr-defined]
        request.actor = actor_for(membership) if membership else None  # type: ignore[attr-defined]
        return self.get_response(request)


def _speak_their_language(request: HttpRequest) -> None:
    """A new browser has no language cookie: what the person chose once in their profile then wins over its settings."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        language = request.user.language  # type: ignore[union-attr]
        translation.activate(language)
        request.LANGUAGE_CODE = language
