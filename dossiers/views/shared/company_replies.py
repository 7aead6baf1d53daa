"""/dossiers/<reference>/reply/: a company of a prescription framework replies to what ANSM asks."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dossiers.services.company_replies import reply as keep
from dossiers.services.errors import Blocked, Conflict, Forbidden, NotFound, WrongState
from dossiers.views.shared.dossier import page, visible_dossier
from dossiers.views.shared.keys import key_of


@require_POST
def reply(request: HttpRequest, reference: str) -> HttpResponse:
    found = visible_dossier(request, reference)
    at, text = timezone.now(), request.POST.get("text", "")
    try:
        keep(reference=reference, text=text, actor=request.actor, key=key_of(request), at=at)  # type: ignore[attr-defined]
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(str(error.reasons[0].message)) from error
    except (Blocked, WrongState, Conflict) as error:
        typed = {"reply": text, "reply_errors": [reason.message for reason in error.reasons]}
        return page(request, found, at, typed=typed, status=422 if isinstance(error, Blocked) else 409)
    messages.success(request, _("Your reply is sent to ANSM."))
    return HttpResponseRedirect(reverse("dossiers:dossier", args=[reference]) + "#companies")
