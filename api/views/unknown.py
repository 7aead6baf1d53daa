"""Any other address under /api/: a problem document and not a page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from api.problems import NOT_FOUND, problem
from workflows.types import Reason


@csrf_exempt
@login_not_required
def unknown(request: HttpRequest) -> HttpResponse:
    """Whoever asks and however: it changes nothing, so that it needs neither a session nor a form token."""
    try:
        meant = resolve(f"{request.path_info}/")
    except Resolver404:
        return problem(404, [NOT_FOUND])
    if meant.func is unknown:
        return problem(404, [NOT_FOUND])
    if meant.namespace != "api":
        return HttpResponsePermanentRedirect(f"{request.path}/")
    # Redirected, a POST would lose its body with some clients, and its token with others.
    return problem(
        404, [Reason("no_final_slash", _("Addresses of the API end with a slash: write “%s/”.") % request.path)]
    )
