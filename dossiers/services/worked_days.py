"""The working days that a decision took, for files decided before the column was there or brought in by other means."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from dossiers.models import Dossier
from dossiers.models.dossier import UNCOUNTED
from dossiers.services.clocks import worked_days

FILES_A_TURN: Final = 500


def count_worked_days(*, limit: int = FILES_A_TURN) -> int:
    """Fill `decided_in_working_days` of at most `limit` files that lack it; how many were. May run twice, or at once:
    the clock's facts give the same number each time."""
    counted = 0
    with transaction.atomic():
        missing = Dossier.objects.filter(UNCOUNTED).order_by("id").select_for_update(of=("self",), skip_locked=True)
        for dossier in missing[:limit]:
            if dossier.decided_at is not None:
                days = worked_days(dossier, dossier.decided_at)
                counted += Dossier.objects.filter(pk=dossier.pk).update(decided_in_working_days=days)
    return counted
