"""The documents of a request that is being written or checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View

from documents import attachments
from documents.errors import BadFile
from documents.models import Attachment
from dossiers.forms.documents import KINDS
from dossiers.models import Dossier
from dossiers.policy import OBLIGATION_PROOF, attachments_visible_to, may
from dossiers.queries.answers import form_context
from dossiers.services.documents import remove_document
from dossiers.services.errors import Forbidden, NotFound
from dossiers.views.applicant.common import acting, file_context, find_dossier, require
from dossiers.views.applicant.sections import steps
from workflows.dates import civil_date
from workflows.types import Actor, Text


class DocumentForm(forms.Form):
    use_required_attribute = False

    kind = forms.ChoiceField(label=_("Kind of document"), choices=KINDS)
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "PDF, PNG, JPEG, DOCX, ODT or plain text. First strip the patient's name and numbers, "
            "also from the file's name."
        ),
        error_messages={
            "required": _("Choose a file, then press “Add this document”."),
            "empty": _("This file is empty: check it on your computer, then choose it again."),
        },
        widget=forms.FileInput(attrs={"autocomplete": "off"}),
    )


@dataclass(frozen=True)
class DocumentShown:
    """One attached document. `url` is empty while its content may not leave."""

    attachment: Attachment
    kind: Text
    url: str

    @property
    def colour(self) -> str:
        return {"clean": "success", "infected": "error", "pending": "info"}.get(self.attachment.scan, "")


def documents_shown(dossier: Dossier, actor: Actor) -> list[DocumentShown]:
    labels = {**dict(KINDS), OBLIGATION_PROOF: _("Proof of an obligation")}
    found = attachments_visible_to(actor).filter(dossier=dossier, removed_at=None).order_by("uploaded_at", "pk")
    return [DocumentShown(one, labels.get(one.kind, one.kind), content_url(one)) for one in found]


def content_url(attachment: Attachment) -> str:
    if not attachments.is_acceptable(attachment):
        return ""
    try:
        return reverse("documents:attachment", args=[attachment.pk])
    except NoReverseMatch:
        return ""


class Documents(View):
    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        dossier = find_dossier(request, reference)
        require(acting(request), "attach", dossier)
        return self._page(request, dossier, DocumentForm())

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        dossier = find_dossier(request, reference)
        actor = acting(request)
        require(actor, "attach", dossier)
        form = DocumentForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._page(request, dossier, form, status=422)
        try:
            attachments.attach(
                dossier=dossier,
                kind=form.cleaned_data["kind"],
                upload=form.cleaned_data["file"],
                actor=actor,
                at=timezone.now(),
            )
        except BadFile as refusal:
            for reason in refusal.reasons:
                form.add_error("file", str(reason.message))
            return self._page(request, dossier, form, status=422)
        messages.success(request, gettext("The document is attached. It is sent with the request, not before."))
        return redirect("dossiers:documents", reference)

    def _page(self, request: HttpRequest, dossier: Dossier, form: DocumentForm, status: int = 200) -> HttpResponse:
        actor = acting(request)
        context: dict[str, Any] = {
            **file_context(dossier, actor),
            "form": form,
            "documents": documents_shown(dossier, actor),
            "next_url": next_url(dossier),
            "steps": [],
        }
        if may(actor, "edit", dossier).allowed:
            context["steps"] = steps(dossier, form_context(dossier, civil_date(timezone.now())), "documents")
        return render(request, "dossiers/applicant/documents.html", context, status=status)


def next_url(dossier: Dossier) -> str:
    name = {"at_pharmacy": "check", "info_requested": "answers"}.get(dossier.state, "review")
    return reverse(f"dossiers:{name}", args=[dossier.reference])


class RemoveDocument(View):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, reference: str, pk: int) -> HttpResponse:
        dossier = find_dossier(request, reference)
        actor = acting(request)
        require(actor, "attach", dossier)
        if not dossier.attachments.filter(pk=pk).exists():
            raise Http404
        try:
            remove_document(document=pk, actor=actor)
        except NotFound as error:
            raise Http404 from error
        except Forbidden as error:
            raise PermissionDenied(str(error.reasons[0].message)) from error
        messages.success(request, gettext("The document is removed from the request."))
        return redirect("dossiers:documents", reference)
