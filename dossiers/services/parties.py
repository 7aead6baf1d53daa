"""Who takes part in a dossier: the people of its owner who signed it, and other organisations named on it.

An organisation that is named reads the dossier in the states, and does the acts, that the procedure's table gives to
its roles; `dossiers.policy` holds it to that.
"""

from __future__ import annotations

import datetime as dt

from dossiers.models import Dossier, Party
from workflows.types import Role


def name_party(
    *, dossier: Dossier, organisation: int, role: Role, membership: int | None = None, at: dt.datetime
) -> None:
    """`organisation` takes part under `role`, in the person of `membership` when one is known. One line for each
    organisation and role: the latest person stands. Inside a transaction of the caller, which holds the dossier."""
    party = Party(dossier=dossier, organisation_id=organisation, membership_id=membership, role=role, since=at)
    if membership is None:
        Party.objects.bulk_create([party], ignore_conflicts=True)
        return
    Party.objects.bulk_create(
        [party],
        update_conflicts=True,
        unique_fields=("dossier", "role", "organisation"),
        update_fields=("membership", "since"),
    )
