"""What the screens of devices share: who acts, which exemption, how a refusal becomes a status or words by a field."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from devices.exemption import Exemption, exemption_of
from devices.policy import is_agency, is_company, is_hospital, titles_of_devices
from dossiers.services.errors import Blocked, Forbidden, NotFound
from workflows.types import Actor


def acting(request: HttpRequest) -> Actor:
    """The actor, whose role has something to do with exempted devices. Raises PermissionDenied."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        raise PermissionDenied(_("Choose the role under which you act."))
    if not (is_hospital(actor) or is_company(actor) or is_agency(actor)):
        raise PermissionDenied(_("Your role has no page about devices under an exemption."))
    return actor


def actor_of(request: HttpRequest) -> Actor:
    """The actor. Raises Http404 for somebody without a role: nothing is theirs to see."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        raise Http404
    return actor


def exemption_for(actor: Actor, number: str) -> Exemption:
    """The exemption, when the actor may open it. Raises Http404."""
    titles = titles_of_devices(actor).select_related("dossier", "organisation")
    title = titles.filter(number=number).first()
    if title is None:
        raise Http404
    return exemption_of(title)


@contextmanager
def statuses() -> Generator[None]:
    """Out of scope is 404, in scope without the right is 403."""
    try:
        yield
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(" ".join(str(reason.message) for reason in error.reasons)) from error


def blame(form: forms.Form, refusal: Blocked) -> None:
    """Each reason beside its field, or above the form."""
    for reason in refusal.reasons:
        form.add_error(reason.field if reason.field in form.fields else None, str(reason.message))
