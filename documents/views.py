"""Pages of this room: verification for everybody; letters and attachments for whom the policy lets read them."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_safe

from documents import patience
from documents.attachments import open_content
from documents.errors import ContentNotServed
from documents.files import download_type
from documents.forms import CodeForm, CompareForm
from documents.letters.codes import normalised, spaced
from documents.letters.verification import Verification
from documents.letters.verification import verify as ask
from documents.models import IssuedLetter, LetterOrder
from dossiers.models import Dossier
from dossiers.policy import attachments_visible_to, letters_visible_to, may
from dossiers.services import access


@login_not_required
@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """The form. A code that reads as one leads to its own page, which can be kept as a link."""
    form = CodeForm(request.GET) if "code" in request.GET else CodeForm()
    if form.is_bound and form.is_valid():
        return redirect("documents:verify_code", code=form.cleaned_data["code"])
    return render(request, "documents/verify.html", {"form": form, "tired": False})


@method_decorator(login_not_required, name="dispatch")
class VerifyCode(View):
    """What may be said of the letter that bears a code; a PDF may be sent to be compared with it."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        return self._answer(request, code, CompareForm(), same=None)

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        form = CompareForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._answer(request, code, form, same=None)
        digest = hashlib.sha256()
        for chunk in form.cleaned_data["pdf"].chunks():
            digest.update(chunk)
        return self._answer(request, code, CompareForm(), same=digest.hexdigest())

    def _answer(self, request: HttpRequest, code: str, compare: CompareForm, *, same: str | None) -> HttpResponse:
        if patience.is_exhausted(request):
            context = {"form": CodeForm(initial={"code": code}), "tired": True}
            return render(request, "documents/verify.html", context, status=429)
        wanted = normalised(code)
        if wanted is not None and wanted != code and request.method == "GET":
            return redirect("documents:verify_code", code=wanted)
        found = ask(code, at=timezone.now())
        if not found.authentic:
            patience.count_wrong_code(request)
        context = {
            "found": found,
            "code": spaced(wanted) if wanted else code,
            "facts": _facts(found),
            "form": CodeForm(initial={"code": code}),
            "compare": compare,
            "compared": same is not None,
            "identical": same == found.sha256,
        }
        response = render(request, "documents/verification.html", context, status=200 if found.authentic else 404)
        response["Cache-Control"] = "no-store"
        return response


def _facts(found: Verification) -> list[tuple[str, Any]]:
    return [
        (_("Document"), found.kind_label),
        (_("Letter number"), found.number),
        (_("Issued on"), found.issued_on),
        (_("Authorisation"), found.title_number),
        (_("Sealed by"), found.sealed_by),
        (_("SHA-256 fingerprint of the PDF"), found.sha256),
    ]


@require_safe
def letter(request: HttpRequest, number: str) -> HttpResponseBase:
    """The PDF of an issued letter; while it is being made, a page that says so."""
    seen = letters_visible_to(request.actor)  # type: ignore[attr-defined]
    order = get_object_or_404(seen.defer("context").select_related("dossier"), number=number)
    _demand(request, "read_letter", order.dossier)
    issued = IssuedLetter.objects.filter(order=order).first()
    if issued is None:
        failed = order.state == LetterOrder.State.FAILED
        return render(request, "documents/letter_pending.html", {"order": order, "failed": failed}, status=202)
    now = timezone.now()
    access.record(dossier=order.dossier, actor=request.actor, what=f"letter {number}", at=now)  # type: ignore[attr-defined]
    response = HttpResponse(issued.pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{issued.number}.pdf"'
    return _as_download(response)


@require_safe
def attachment(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The content of an attachment, always as a download."""
    seen = attachments_visible_to(request.actor)  # type: ignore[attr-defined]
    found = get_object_or_404(seen.select_related("dossier"), pk=pk)
    _demand(request, "read_document", found.dossier)
    try:
        content = open_content(found)
    except ContentNotServed as error:
        context = {"reason": error.reason, "attachment": found}
        return render(request, "documents/not_served.html", context, status=409)
    except FileNotFoundError as error:
        raise Http404 from error
    now = timezone.now()
    access.record(dossier=found.dossier, actor=request.actor, what=f"document {pk}", at=now)  # type: ignore[attr-defined]
    return _as_download(
        FileResponse(content, as_attachment=True, filename=found.name, content_type=download_type(found.content_type))
    )


def _demand(request: HttpRequest, act: str, dossier: Dossier) -> None:
    ruling = may(request.actor, act, dossier)  # type: ignore[attr-defined]
    if not ruling.allowed:
        raise PermissionDenied(" ".join(str(reason.message) for reason in ruling.reasons))


def _as_download(response: HttpResponseBase) -> HttpResponseBase:
    """Stored bytes are somebody else's: no page of ours may run them, no cache may keep them."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
