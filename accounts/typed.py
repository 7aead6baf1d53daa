"""Giving back what somebody typed when their post cannot be taken: signed out meanwhile, or in again elsewhere."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

# Never given back to the browser.
SECRET_FIELDS = frozenset(
    {"csrfmiddlewaretoken", "password", "oldpassword", "password1", "password2", "code", "credential"}
)


def signed_out(request: HttpRequest) -> HttpResponse:
    """401: a page, or for htmx a banner, from which the same thing can be sent again after signing in.

    Only for posts whose CSRF token was checked: what is given back was typed on our own pages.
    """
    return _answer(request, status=401, reason="signed_out")


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a stale or missing form token; with what was typed when the browser says it comes from our own page."""
    if _comes_from_our_own_page(request):
        return _answer(request, status=403, reason="stale")
    return render(request, "403_csrf.html", status=403)


def _comes_from_our_own_page(request: HttpRequest) -> bool:
    # Another site could otherwise have its words sent by a click on our "Send again". Browsers write Origin themselves.
    origin = urlsplit(request.headers.get("Origin", ""))
    return (origin.scheme, origin.netloc) == (request.scheme, request.get_host())


def _answer(request: HttpRequest, *, status: int, reason: str) -> HttpResponse:
    context: dict[str, Any] = {"login_url": reverse("account_login"), "reason": reason}
    if request.headers.get("HX-Request") == "true":
        response = render(request, "accounts/fragments/signed_out.html", context, status=401)
        response["HX-Retarget"] = "#app-banner"
        response["HX-Reswap"] = "innerHTML"
        # The element's own hx-select would look for its fragment in the banner and show nothing.
        response["HX-Reselect"] = "[data-signed-out]"
        return response
    context |= {
        "action": request.get_full_path(),
        "typed": [
            (name, value) for name, values in request.POST.lists() for value in values if name not in SECRET_FIELDS
        ],
        "lost_files": [file.name for _name, files in request.FILES.lists() for file in files],
    }
    return render(request, "accounts/signed_out_while_typing.html", context, status=status)
