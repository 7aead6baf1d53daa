"""Renewing an authorisation, or asking for what its procedure allows on it: one press makes a pre-filled draft, or
opens the one already begun."""

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
from dossiers.views.shared.title_starts import EARLY_ACCESS, renewal_is_late
from workflows.aap_guards import RENEWAL, last_day_to_file
from workflows.dates import civil_date, say
from workflows.registry import procedure


class Renew(View):
    http_method_names = ["get", "post", "options"]

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        """A link followed by mistake changes nothing: the button is on the title's page."""
        self._title(request, number)
        return redirect("dossiers:title", number)

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        title = self._title(request, number)
        actor = acting(request)
        kind = request.POST.get("kind") or RENEWAL
        if kind not in procedure(title.procedure).kinds_on_a_title:
            raise Http404
        begun = open_renewal(actor, title, kind)
        if begun:
            messages.info(request, self._under_way(kind))
            return redirect("dossiers:edit_start", begun)
        if kind == RENEWAL and renewal_is_late(title.procedure, title.ends_on, civil_date(timezone.now())):
            day = say(last_day_to_file(title.ends_on))
            messages.error(request, _("The last day to file a renewal was %s: make a first request.") % day)
            return redirect("dossiers:title", number)
        try:
            dossier = drafts.create_draft(
                procedure=title.procedure, kind=kind, actor=actor, parent=number, at=timezone.now()
            )
        except NotFound as refusal:
            raise Http404 from refusal
        except Forbidden as refusal:
            raise PermissionDenied(" ".join(str(reason.message) for reason in refusal.reasons)) from refusal
        except Blocked as refusal:
            for reason in refusal.reasons:
                messages.error(request, str(reason.message))
            return redirect("dossiers:title", number)
        messages.success(request, self._begun(title))
        return redirect("dossiers:edit_start", dossier.reference)

    def _under_way(self, kind: str) -> str:
        if kind == RENEWAL:
            return _("A renewal of this authorisation is already under way: here it is.")
        return _("Such a request about this authorisation is already under way: here it is.")

    def _begun(self, title: Title) -> str:
        if title.procedure == EARLY_ACCESS:
            return _("The request is begun from the last one. Say what has changed since; nothing is sent yet.")
        return _("The renewal is begun from the last request. Add the clinical data since then; nothing is sent yet.")

    def _title(self, request: HttpRequest, number: str) -> Title:
        found = titles_visible_to(getattr(request, "actor", None)).filter(number=number).first()
        if found is None:
            raise Http404
        return found
