"""The trace of what changes in the referential: one row an act, in the transaction of the act."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from catalogue.models import Indication, Medicine, ReferentialChange
from workflows.types import Actor

Changes = Mapping[str, tuple[Any, Any]]
"""{field: (before, after)}"""


def note_change(
    *,
    medicine: Medicine,
    act: str,
    changes: Changes,
    actor: Actor,
    at: dt.datetime,
    indication: Indication | None = None,
) -> ReferentialChange:
    """Write who did `act` (a ReferentialAct) and what it changed. The caller has locked what it changed."""
    said = {name: [before, after] for name, (before, after) in changes.items()}
    return ReferentialChange.objects.create(
        medicine=medicine,
        indication=indication,
        act=act,
        changes=json.loads(json.dumps(said, cls=DjangoJSONEncoder)),
        at=at,
        actor_role=actor.role,
        actor_name=actor.name,
        actor_organisation=actor.organisation_name,
        actor_person_id=actor.person_id,
    )
