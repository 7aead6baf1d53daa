"""What an agent of HAS sees first: what waits for them, and which delays end soon."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from dossiers.views.ansm.home import Parts, agency_home
from dossiers.views.ansm.worklists import staff_actor
from workflows.roles import CT_SECRETARY, HAS_COLLEGE

LISTS: Final = {CT_SECRETARY: ("committee", "due_soon"), HAS_COLLEGE: ("college", "due_soon")}
"""Role -> its lists, the first one being its work. An officer's are its own dossiers and what is filed."""


def home(request: HttpRequest) -> HttpResponse:
    """HAS's half of `/`. Raises PermissionDenied for whoever is of no agency."""
    actor = staff_actor(request)
    parts = Parts(actor, timezone.now())
    if actor.role in LISTS:
        shown = [parts.part(name) for name in LISTS[actor.role]]
    else:
        shown = [parts.part("completeness"), parts.own_turn("mine"), parts.part("due_soon")]
    return agency_home(request, parts, shown, agenda=True)
