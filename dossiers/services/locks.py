"""A title that somebody sees, locked as every act on a title locks: its dossier, then itself."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier, Title
from dossiers.policy import may, titles_visible_to
from dossiers.services.errors import Forbidden, NotFound
from workflows.types import Actor, Reason


def locked_title(number: str, actor: Actor) -> Title:
    """The title `number` with its dossier, both as they are once nobody else may change them.

    Seen first without a lock, so that a stranger makes nobody wait. Raises NotFound.
    """
    seen = titles_visible_to(actor).filter(number=number).values_list("pk", "dossier_id").first()
    if seen is None:
        raise NotFound([Reason("not_found", _("No such authorisation, or it is not yours to see."))])
    return lock_title(*seen)


def lock_title(title: int, dossier: int) -> Title:
    """The same, by the keys of a title that was seen and of its dossier."""
    owner = Dossier.objects.select_for_update(of=("self",)).get(pk=dossier)
    found = Title.objects.select_for_update(of=("self",)).get(pk=title)
    found.dossier = owner
    return found


def demand(actor: Actor, act: str, dossier: Dossier) -> None:
    """Raises Forbidden, with what the policy says."""
    ruling = may(actor, act, dossier)
    if not ruling.allowed:
        raise Forbidden(ruling.reasons)
