"""Renewing an authorisation: one press makes a pre-filled draft, or opens the one already begun."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import View

from dossiers.models import Title
from dossiers.policy import titles_visible_to
from dossiers.queries.hospital import open_renewal
from dossiers.services import drafts
from dossiers.services.errors import Blocked, Forbidden, NotFound
from dossiers.views.applicant.common import acting


class Renew(View):
    http_method_names = ["get", "post", "options"]

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        """A link followed by mistake changes nothing: the button is on the title's page."""
        self._title(request, number)
        return redirect("dossiers:title", number)

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        title = self._title(request, number)
        actor = acting(request)
        begun = open_renewal(actor, title)
        if begun:
            messages.info(request, _("A renewal of this authorisation is already under way: here it is."))
            return redirect("dossiers:edit_start", begun)
        try:
            dossier = drafts.create_draft(
                procedure=title.procedure, kind="renewal", actor=actor, parent=number, at=timezone.now()
            )
        except NotFound as refusal:
            raise Http404 from refusal
        except Forbidden as refusal:
            raise PermissionDenied(" ".join(str(reason.message) for reason in refusal.reasons)) from refusal
        except Blocked as refusal:
            for reason in refusal.reasons:
                messages.error(request, str(reason.message))
            return redirect("dossiers:title", number)
        messages.success(
            request,
            _("The renewal is begun from the last request. Add the clinical data since then; nothing is sent yet."),
        )
        return redirect("dossiers:edit_start", dossier.reference)

    def _title(self, request: HttpRequest, number: str) -> Title:
        found = titles_visible_to(getattr(request, "actor", None)).filter(number=number).first()
        if found is None:
            raise Http404
        return found
