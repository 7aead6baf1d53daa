"""What silence decides: a delay that ran out, a reply that did not come. The table says what then happens by itself.

One dossier, one transaction, as in `title_days`: those still due are what is left to do, so a pass may stop anywhere,
run twice, or come days late.
"""

from __future__ import annotations

import datetime as dt
import logging

from django.db.models import Exists, OuterRef, Q, QuerySet

from dossiers.models import Dossier, InformationRequest
from dossiers.models.dossier import OPEN
from dossiers.services.errors import Blocked, WrongState
from dossiers.services.move import move
from workflows.dates import civil_date
from workflows.registry import all_procedures, procedure
from workflows.types import NO_EFFECT, Procedure, System

log = logging.getLogger(__name__)


def follow_silence(*, at: dt.datetime) -> int:
    """Do all that silence decides on the civil day of `at`; returns how many dossiers moved."""
    due = due_dossiers(at).order_by("pk").values_list("reference", "procedure", "workflow_version", "state")
    return sum(_fall_silent(reference, procedure(code, version), state, at) for reference, code, version, state in due)


def due_dossiers(at: dt.datetime) -> QuerySet[Dossier]:
    """Those whose delay ran out before that day, or whose answer is overdue, where the table does something of it."""
    on = civil_date(at)
    asked = InformationRequest.objects.filter(dossier=OuterRef("pk"), closed_at=None, reply_by__lt=on)
    speaking = [table.code for table in all_procedures() if _speaks(table)]
    return Dossier.objects.filter(OPEN, Q(due_on__lt=on) | Exists(asked), procedure__in=speaking)


def _speaks(table: Procedure) -> bool:
    """Whether silence has an effect in this procedure: AAC has a target, which nobody is bound by."""
    return any(rule.silence != NO_EFFECT for rule in table.clocks)


def _fall_silent(reference: str, table: Procedure, state: str, at: dt.datetime) -> bool:
    return any(
        _try(reference, row.name, at) for row in table.transitions if row.by == {"system"} and state in row.sources
    )


def _try(reference: str, transition: str, at: dt.datetime) -> bool:
    try:
        move(reference=reference, transition=transition, actor=System("silence"), at=at)
    except (Blocked, WrongState):
        return False
    except Exception as error:  # noqa: BLE001 - one dossier that cannot be read must not keep the others waiting
        log.error("dossier %s could not %s: %s", reference, transition, type(error).__name__)
        return False
    return True
