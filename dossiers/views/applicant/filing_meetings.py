"""Asking for a pre-filing meeting: find the product or describe it, write, save, send."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import View

from catalogue.models import Medicine
from catalogue.results import results_for
from dossiers.forms.filing_meeting import MeetingForm
from dossiers.models import FilingMeeting
from dossiers.policy import asks_for_meetings, may_step, visible_to
from dossiers.queries import filing_meetings as queries
from dossiers.services import filing_meetings as services
from dossiers.services.errors import Blocked, Forbidden, ServiceError, Stale, WrongState
from dossiers.views.applicant.common import acting, is_htmx
from dossiers.views.applicant.products import chosen
from dossiers.views.shared.filing_meetings import posted_version, visible_meeting
from workflows.filing_meetings import DRAFT
from workflows.types import Actor

FORM = "dossiers/filing_meetings/write.html"


class WriteMeeting(View):
    """What the two pages share: a form, and a product chosen in the catalogue beside it."""

    http_method_names = ("get", "post", "options")
    actor: Actor

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.actor = acting(request)
        if not asks_for_meetings(self.actor):
            raise PermissionDenied(_("Only a company asks for a pre-filing meeting."))
        return super().dispatch(request, *args, **kwargs)

    def read(self, request: HttpRequest) -> tuple[MeetingForm, Medicine | None, dict[str, Any] | None]:
        """(the form as posted, the medicine, what the service is told or None when a date is none)."""
        medicine = chosen(request.POST).medicine
        form = MeetingForm(request.POST, in_the_list=medicine is not None)
        if not form.is_valid():
            return form, medicine, None
        given = {**form.given(), "medicine_id": medicine.pk if medicine else None}
        return form, medicine, {"product": "", **given} if medicine else given

    def page(
        self,
        form: MeetingForm,
        medicine: Medicine | None,
        *,
        meeting: FilingMeeting | None = None,
        status: int = 200,
        **more: Any,
    ) -> HttpResponse:
        search = reverse("dossiers:filing_meeting_new")
        context = {
            "form": form,
            "medicine": medicine,
            "meeting": meeting,
            "search_url": f"{search}?meeting={meeting.reference}" if meeting else search,
            "may_send": may_step(self.actor, "ask").allowed,
            **more,
        }
        return render(self.request, FORM, context, status=status)

    def send(self, request: HttpRequest, reference: str, given: dict[str, Any], version: int | None) -> None:
        """Raises what the service refuses."""
        services.take(
            reference=reference, step="ask", given=given, version=version, actor=self.actor, at=timezone.now()
        )
        messages.success(request, _("Your request is sent. HAS answers here, and a mail tells you."))


def blame(form: MeetingForm, refusal: ServiceError) -> None:
    for reason in refusal.reasons:
        form.blame(reason.field, str(reason.message))


class NewMeeting(WriteMeeting):
    """The product is looked for first, as for a filing; a draft of a filing already names it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        named = {"medicine", "indication", "name", "dossier"} & set(request.GET)
        if not named or "meeting" in request.GET:
            return self._search(request)
        start, reference = self._start(request)
        medicine = start.pop("medicine")
        form = MeetingForm(initial={"language": "fr", "mode": "online", **start}, in_the_list=medicine is not None)
        return self.page(form, medicine, dossier=reference)

    def _start(self, request: HttpRequest) -> tuple[dict[str, Any], str]:
        """(first answers, reference of the request they come from)"""
        own = visible_to(self.actor).filter(organisation=self.actor.organisation_id, procedure="aap")
        asked = request.GET.get("dossier", "").replace("\x00", "")
        dossier = own.select_related("medicine").filter(reference=asked).first()
        if dossier is not None:
            return queries.said_in(dossier), dossier.reference
        product = chosen(request.GET)
        indication = product.indication.label if product.indication else ""
        return {"medicine": product.medicine, "product": product.name, "indication": indication}, ""

    def _search(self, request: HttpRequest) -> HttpResponse:
        results = results_for(request.GET.get("q", ""), on=timezone.localdate())
        begun = request.GET.get("meeting", "").replace("\x00", "")[:32]
        meeting = queries.meeting_for(self.actor, begun) if begun else None
        target = reverse("dossiers:filing_meeting_edit", args=[meeting.reference]) if meeting else request.path
        piece = "dossiers/applicant/_aap_results.html"
        context = {"results": results, "target": target, "piece": piece, "meeting": meeting}
        response = render(request, piece if is_htmx(request) else "dossiers/filing_meetings/search.html", context)
        # One address answers a page or a piece of one: a cache must not mix them up.
        response["Vary"] = "HX-Request"
        return response

    def post(self, request: HttpRequest) -> HttpResponse:
        form, medicine, given = self.read(request)
        dossier = request.POST.get("dossier", "").replace("\x00", "")[:32]
        if given is None:
            return self.page(form, medicine, dossier=dossier, status=422)
        try:
            begun = services.begin(given=given, dossier=dossier, actor=self.actor, at=timezone.now())
        except (Blocked, Forbidden) as refusal:
            blame(form, refusal)
            return self.page(form, medicine, dossier=dossier, status=422)
        if "send" not in request.POST:
            messages.success(request, _("Saved. Nothing is sent yet."))
            return redirect("dossiers:filing_meeting", begun.reference)
        try:
            self.send(request, begun.reference, given, begun.version)
        except Forbidden as refusal:
            raise PermissionDenied(str(refusal.reasons[0].message)) from refusal
        except Blocked as refusal:
            blame(form, refusal)
            return self.page(form, medicine, meeting=begun, kept=True, status=422)
        return redirect("dossiers:filing_meeting", begun.reference)


class EditMeeting(WriteMeeting):
    """A request in preparation. Pressing a button saves what is typed, sent or not."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.meeting = visible_meeting(request, kwargs["reference"])
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        if self.meeting.state != DRAFT:
            return redirect("dossiers:filing_meeting", reference)
        medicine, name = self.meeting.medicine, self.meeting.product
        if {"medicine", "name"} & set(request.GET):
            product = chosen(request.GET)
            medicine, name = product.medicine, product.name or name
        names = ("indication", "pathway", "files_on", "questions", "language", "mode", "attendees")
        saved = {one: getattr(self.meeting, one) for one in names}
        form = MeetingForm(initial={**saved, "product": name}, days=self.meeting.days, in_the_list=medicine is not None)
        return self.page(form, medicine, meeting=self.meeting)

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        form, medicine, given = self.read(request)
        if given is None:
            return self.page(form, medicine, meeting=self.meeting, status=422)
        version = posted_version(request)
        try:
            if "send" in request.POST:
                self.send(request, reference, given, version)
            else:
                self._save(reference, given, version)
                messages.success(request, _("Saved. Nothing is sent yet."))
        except Forbidden as refusal:
            raise PermissionDenied(str(refusal.reasons[0].message)) from refusal
        except (Stale, WrongState) as refusal:
            blame(form, refusal)
            self.meeting = visible_meeting(request, reference)
            return self.page(form, medicine, meeting=self.meeting, over=self.meeting.state != DRAFT, status=409)
        except Blocked as refusal:
            blame(form, refusal)
            kept = "send" in request.POST and self._is_kept(reference, given, version)
            return self.page(form, medicine, meeting=visible_meeting(request, reference), kept=kept, status=422)
        return redirect("dossiers:filing_meeting", reference)

    def _save(self, reference: str, given: dict[str, Any], version: int | None) -> None:
        services.take(
            reference=reference, step="write", given=given, version=version, actor=self.actor, at=timezone.now()
        )

    def _is_kept(self, reference: str, given: dict[str, Any], version: int | None) -> bool:
        """What may not be sent yet is saved all the same: nothing typed is lost."""
        try:
            self._save(reference, given, version)
        except ServiceError:
            return False
        return True
