"""The documents of a request that is being written or checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

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
from dossiers.forms.base import FormContext
from dossiers.forms.documents import LABELS
from dossiers.forms.registry import form_set
from dossiers.models import Dossier
from dossiers.policy import INFORMATION_MATERIAL, OBLIGATION_PROOF, attachments_visible_to, may
from dossiers.queries.answers import form_context
from dossiers.services import filings
from dossiers.services.documents import remove_document
from dossiers.services.errors import Forbidden, NotFound
from dossiers.views.applicant.common import acting, file_context, find_dossier, require, state_of
from dossiers.views.applicant.sections import end_of, siblings_shown, steps
from dossiers.views.applicant.words import words_for
from workflows.aap_documents import documents_missing
from workflows.cpc_guards import PROTOCOL_DOCUMENT
from workflows.dates import civil_date
from workflows.device_guards import pieces_missing
from workflows.roles import COMPANY
from workflows.types import Actor, Text

OF_THE_COMPANIES: Final = frozenset({PROTOCOL_DOCUMENT, "company_data"})
OF_THE_REPORTER: Final = frozenset({"report_data"})
"""Kinds that one side of a prescription framework gives: the other is not offered them."""


class DocumentForm(forms.Form):
    use_required_attribute = False

    kind = forms.ChoiceField(label=_("Kind of document"))
    file = forms.FileField(
        label=_("File"),
        error_messages={
            "required": _("Choose a file, then press “Add this document”."),
            "empty": _("This file is empty: check it on your computer, then choose it again."),
        },
        widget=forms.FileInput(attrs={"autocomplete": "off"}),
    )
    everywhere = forms.BooleanField(
        label=_("Attach it to the other indications of this filing too"),
        help_text=_("It is stored once. Removing it from one request leaves it on the others."),
        required=False,
        initial=True,
    )

    def __init__(self, *args: Any, dossier: Dossier, siblings: bool, of_a_company: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        left_out = OF_THE_REPORTER if of_a_company else OF_THE_COMPANIES
        kinds = form_set(dossier.procedure).document_kinds
        kind.choices = [one for one in kinds if dossier.procedure != "cpc" or one[0] not in left_out]
        self.fields["file"].help_text = str(words_for(dossier).file_help)
        if not siblings:
            del self.fields["everywhere"]


@dataclass(frozen=True)
class DocumentShown:
    """One attached document. `url` is empty while its content may not leave; `sent`: with the request, it stays."""

    attachment: Attachment
    kind: Text
    url: str
    sent: bool = False

    @property
    def colour(self) -> str:
        return {"clean": "success", "infected": "error", "pending": "info"}.get(self.attachment.scan, "")


def documents_shown(dossier: Dossier, actor: Actor) -> list[DocumentShown]:
    labels = {
        **LABELS,
        OBLIGATION_PROOF: _("Proof of an obligation"),
        INFORMATION_MATERIAL: _("Information material for professionals"),
    }
    found = attachments_visible_to(actor).filter(dossier=dossier, removed_at=None).order_by("uploaded_at", "pk")
    filed_at = dossier.filed_at
    return [
        DocumentShown(
            one, labels.get(one.kind, one.kind), content_url(one), filed_at is not None and one.uploaded_at <= filed_at
        )
        for one in found
    ]


def documents_lacking(dossier: Dossier, context: FormContext) -> list[Text]:
    """Kinds of documents that such a request goes with, and of which none is attached. For an early access a warning:
    HAS says what lacks, nobody is kept from filing."""
    attached = dossier.attachments.filter(removed_at=None).values_list("kind", flat=True)
    if dossier.procedure == "device_exemption":
        return [LABELS[one] for one in pieces_missing(context.answers, attached)]
    if dossier.procedure != "aap":
        return []
    return [LABELS[one] for one in documents_missing(dossier.kind, context.answers, attached)]


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
        form = self._form(dossier, acting(request))
        # Whoever comes to attach one thing finds its kind chosen; what is no kind of this request chooses none.
        form.initial["kind"] = request.GET.get("kind", "")
        return self._page(request, dossier, form)

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        dossier = find_dossier(request, reference)
        actor = acting(request)
        require(actor, "attach", dossier)
        form = self._form(dossier, actor, request.POST, request.FILES)
        if not form.is_valid():
            return self._page(request, dossier, form, status=422)
        try:
            attached = attachments.attach(
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
        messages.success(request, attached_words(dossier))
        if form.cleaned_data.get("everywhere"):
            self._share(request, attached, actor)
        return redirect("dossiers:documents", reference)

    def _form(self, dossier: Dossier, actor: Actor, *typed: Any) -> DocumentForm:
        others = [one for one in siblings_shown(dossier, actor) if may(actor, "attach", one).allowed]
        return DocumentForm(
            *typed, dossier=dossier, siblings=bool(others), of_a_company=actor.organisation_kind == COMPANY
        )

    def _share(self, request: HttpRequest, attached: Attachment, actor: Actor) -> None:
        given, full = filings.share_document(attachment=attached, actor=actor, at=timezone.now())
        if given:
            message = gettext("It is attached to these requests of the filing too: %s.")
            messages.success(request, message % ", ".join(given))
        if full:
            message = gettext("These requests hold as many documents as they can, and did not get it: %s.")
            messages.warning(request, message % ", ".join(full))

    def _page(self, request: HttpRequest, dossier: Dossier, form: DocumentForm, status: int = 200) -> HttpResponse:
        actor = acting(request)
        context: dict[str, Any] = {
            **file_context(dossier, actor),
            "form": form,
            "documents": documents_shown(dossier, actor),
            "next_url": next_url(dossier),
            "words": words_for(dossier),
            "lacking": [],
            "steps": [],
        }
        if may(actor, "edit", dossier).allowed:
            answers = form_context(dossier, civil_date(timezone.now()))
            context["steps"] = steps(dossier, answers, "documents")
            context["lacking"] = documents_lacking(dossier, answers)
        return render(request, "dossiers/applicant/documents.html", context, status=status)


def next_url(dossier: Dossier) -> str:
    if dossier.state == "at_pharmacy":
        return reverse("dossiers:check", args=[dossier.reference])
    if state_of(dossier).attached_by:
        return reverse("dossiers:dossier", args=[dossier.reference])
    return end_of(dossier).url


def attached_words(dossier: Dossier) -> str:
    if state_of(dossier).attached_by:
        return gettext("The document is attached. It is sent once you say so on the page of the file.")
    return gettext("The document is attached. It is sent with the request, not before.")


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
