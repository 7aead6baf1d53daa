"""Any other address under /api/: a problem document and not a page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from api.problems import NOT_FOUND, problem


@csrf_exempt
@login_not_required
def unknown(request: HttpRequest) -> HttpResponse:
    """Whoever asks and however: it changes nothing, so that it needs neither a session nor a form token."""
    return problem(404, [NOT_FOUND])
