"""Posting a message or a staff note. A refused text comes back in its box."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dossiers.services.conversation import post
from dossiers.services.errors import Blocked, Forbidden, NotFound
from dossiers.views.shared.dossier import page, visible_dossier


@require_POST
def message(request: HttpRequest, reference: str) -> HttpResponse:
    return _post(request, reference, staff_only=False)


@require_POST
def note(request: HttpRequest, reference: str) -> HttpResponse:
    return _post(request, reference, staff_only=True)


def _post(request: HttpRequest, reference: str, *, staff_only: bool) -> HttpResponse:
    found = visible_dossier(request, reference)
    at = timezone.now()
    body = request.POST.get("body", "")
    try:
        post(reference=reference, body=body, actor=request.actor, staff_only=staff_only, at=at)  # type: ignore[attr-defined]
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(str(error.reasons[0].message)) from error
    except Blocked as error:
        box = "note" if staff_only else "message"
        typed = {box: body, f"{box}_errors": [reason.message for reason in error.reasons]}
        return page(request, found, at, typed=typed, status=422)
    messages.success(request, _("Note added.") if staff_only else _("Message sent."))
    # The page then knows that the browser's own copy of the text is no longer needed.
    where = "?sent=note#notes" if staff_only else "?sent=message#conversation"
    return HttpResponseRedirect(reverse("dossiers:dossier", args=[reference]) + where)
