"""The access log: who opened which dossier or file, when."""

import datetime as dt

from dossiers.models import AccessLog, Dossier
from workflows.types import Actor


def record(*, dossier: Dossier, actor: Actor, what: str, at: dt.datetime) -> None:
    """Note that `actor` opened `what` ("page", "document 12", "letter L-2026-000001").

    The one write a GET makes: proof of reading cannot wait for a POST. The system's own reading is not noted.
    """
    if actor.person_id is not None:
        AccessLog.objects.create(dossier=dossier, person_id=actor.person_id, role=actor.role, what=what[:80], at=at)
