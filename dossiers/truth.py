"""Whether a mail about a dossier is still true when its turn comes: nobody is asked for what was given meanwhile."""

from __future__ import annotations

import datetime as dt

from dossiers.models import InformationRequest
from notifications.models import OutboxMessage
from notifications.truth import register_truth


def questions_still_wait(message: OutboxMessage, at: dt.datetime) -> bool:
    return InformationRequest.objects.filter(dossier=message.dossier_id, closed_at=None).exists()


def register() -> None:
    for kind in ("request_information", "request_reminder"):
        register_truth(kind, questions_still_wait)
