"""A document taken off a file that is being written."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from documents import attachments
from documents.models import Attachment
from dossiers.models import Dossier
from dossiers.policy import attachments_visible_to
from dossiers.services.errors import Forbidden, NotFound
from dossiers.services.locks import demand
from dossiers.services.stale import refuse_stale
from workflows.types import Actor, Reason


def remove_document(
    *, document: int, actor: Actor, version: int | None = None, at: dt.datetime | None = None
) -> Attachment:
    """Take the document off its file; twice is once. `version` is the dossier's, as in `move`.

    Raises NotFound, Forbidden (by the policy, or sent with the request already), Stale.
    """
    with transaction.atomic(durable=True):
        found = attachments_visible_to(actor).filter(pk=document).first()
        if found is None:
            raise NotFound([Reason("not_found", _("No such document, or it is not yours to see."))])
        dossier = Dossier.objects.select_for_update(of=("self",)).get(pk=found.dossier_id)
        refuse_stale(dossier, version, actor)
        demand(actor, "attach", dossier)
        if dossier.filed_at is not None and found.uploaded_at <= dossier.filed_at:
            # The agency has read it: it is part of what was sent.
            message = _("This document was sent with the request: it stays. Add another one.")
            raise Forbidden([Reason("sent", message)])
        if _was_read_by_now(found, dossier, actor):
            message = _("ANSM has gone on with this document: it stays. Add another one.")
            raise Forbidden([Reason("sent", message)])
        attachments.remove(attachment=found, actor=actor, at=at or timezone.now())
        return found


def _was_read_by_now(found: Attachment, dossier: Dossier, actor: Actor) -> bool:
    """What an organisation gave on the file of another is given once the file moves on: it has no submission of its
    own."""
    if actor.organisation_id == dossier.organisation_id or dossier.filed_at is None:
        return False
    return dossier.events.filter(machine="dossier", at__gt=found.uploaded_at).exists()
