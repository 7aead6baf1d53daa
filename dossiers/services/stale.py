"""Whether a file is still as its actor read it; if not, what changed meanwhile."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier
from dossiers.policy import reads_note
from dossiers.services.errors import Stale
from dossiers.services.move import words_of
from workflows.types import Actor, Reason


def refuse_stale(dossier: Dossier, version: int | None, actor: Actor) -> None:
    """`version` is the one that the actor read (None: not checked) of a dossier locked by the caller. Raises Stale."""
    if version is None or version == dossier.version:
        return
    since = dossier.events.filter(version__gt=version).order_by("seq")
    message = _("This file has changed since you opened it: look at what changed, then decide again.")
    raise Stale(
        current_version=dossier.version,
        changes=[words_of(event, actor) for event in since if reads_note(event, actor, dossier)],
        reasons=[Reason("stale", message)],
    )
