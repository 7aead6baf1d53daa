"""What the hospital's screens share: who acts, which file, and how a refusal is told."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from dossiers.forms.registry import form_set
from dossiers.models import Dossier
from dossiers.policy import may, visible_to
from dossiers.services.filings import may_have_siblings
from dossiers.views.applicant.sections import end_of
from workflows.registry import procedure as table_of
from workflows.types import Actor, Reason, State, Text


@dataclass(frozen=True)
class Problem:
    """One line of an error summary: where it leads, what it is about, what to do."""

    url: str
    message: Text


def acting(request: HttpRequest) -> Actor:
    """The actor of this request. Raises PermissionDenied for somebody who has no role here."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        raise PermissionDenied(_("Choose the role under which you act."))
    return actor


def is_htmx(request: HttpRequest) -> bool:
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"


def find_dossier(request: HttpRequest, reference: str) -> Dossier:
    """The dossier with what its screens need, or 404 when it is out of scope."""
    found = (
        visible_to(getattr(request, "actor", None))
        .select_related("organisation", "medicine", "indication__medicine", "parent_title", "filing")
        .filter(reference=reference)
        .first()
    )
    if found is None:
        raise Http404
    return found


def require(actor: Actor, act: str, dossier: Dossier) -> None:
    """PermissionDenied, in words, when the policy refuses."""
    ruling = may(actor, act, dossier)
    if not ruling.allowed:
        raise PermissionDenied(" ".join(str(reason.message) for reason in ruling.reasons))


def state_of(dossier: Dossier) -> State:
    return table_of(dossier.procedure, dossier.workflow_version).state(dossier.state)


def problems(dossier: Dossier, reasons: Iterable[Reason]) -> list[Problem]:
    """Each reason with the field it is about, when that field can be reached."""
    return [Problem(where(dossier, reason.field), reason.message) for reason in reasons]


def where(dossier: Dossier, field: str) -> str:
    """The address of the field `section.field`; of the documents; empty when it is about the file as a whole."""
    if not field:
        return ""
    if field == "documents":
        return reverse("dossiers:documents", args=[dossier.reference])
    section, _dot, name = field.partition(".")
    if section not in {form.key for form in form_set(dossier.procedure).sections}:
        return f"#{field.replace('.', '-')}"
    address = reverse("dossiers:edit", args=[dossier.reference, section])
    return f"{address}#id_{name}" if name else address


@dataclass(frozen=True)
class Group:
    """The lines of an error summary that are about one section; `title` empty for the file as a whole."""

    title: Text
    url: str
    problems: list[Problem]


def by_section(dossier: Dossier, reasons: Iterable[Reason]) -> list[Group]:
    """The same lines, gathered in the order of the form: a long request lacks many things at first."""
    titles = {form.key: form.title for form in form_set(dossier.procedure).sections}
    gathered: dict[str, list[Problem]] = {}
    for reason in reasons:
        section = reason.field.partition(".")[0]
        line = Problem(where(dossier, reason.field), reason.message)
        gathered.setdefault(section if section in titles else "", []).append(line)
    ordered = [key for key in ("", *titles) if key in gathered]
    return [Group(titles.get(key, ""), where(dossier, key), gathered[key]) for key in ordered]


def new_key() -> str:
    """One per page shown: pressing the button twice then does the act once."""
    return uuid.uuid4().hex


def posted_version(request: HttpRequest) -> int | None:
    typed = request.POST.get("version", "")
    return int(typed) if typed.isdecimal() and len(typed) < 10 else None


def posted_key(request: HttpRequest) -> str:
    return request.POST.get("key", "")[:100].replace("\x00", "")


def file_context(dossier: Dossier, actor: Actor) -> dict[str, Any]:
    """What the heading of every page about one file says."""
    table = table_of(dossier.procedure, dossier.workflow_version)
    state = table.state(dossier.state)
    return {
        "dossier": dossier,
        "state": state,
        "kind_label": dict(table.kinds).get(dossier.kind, dossier.kind),
        "sent": dossier.state != "draft",
        "of_a_filing": may_have_siblings(dossier) and dossier.state == "draft",
        "end": end_of(dossier),
        "actor": actor,
    }


def too_late(
    request: HttpRequest, dossier: Dossier, actor: Actor, reasons: Iterable[Reason], typed: Iterable[tuple[Text, str]]
) -> HttpResponse:
    """The file moved on while somebody was typing: their words are given back, to be copied where they are useful."""
    if is_htmx(request):
        return render(
            request, "dossiers/applicant/_not_saved.html", {"reasons": list(reasons), "kept": True}, status=409
        )
    context = {**file_context(dossier, actor), "reasons": list(reasons), "typed": list(typed)}
    return render(request, "dossiers/applicant/too_late.html", context, status=409)
