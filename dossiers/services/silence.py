"""What silence decides: a delay that ran out, a reply that did not come. The table says what then happens by itself.

One dossier, one transaction, as in `title_days`: those still due are what is left to do, so a pass may stop anywhere,
run twice, or come days late.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from dossiers.models import Dossier, InformationRequest
from dossiers.models.dossier import OPEN
from dossiers.services.errors import Blocked, WrongState
from dossiers.services.move import move
from workflows.dates import ONE_DAY, PARIS, civil_date
from workflows.registry import all_procedures, procedure
from workflows.types import NO_EFFECT, Procedure, System

log = logging.getLogger(__name__)


def follow_silence(*, at: dt.datetime) -> int:
    """Do all that silence has decided by the civil day of `at`; returns how many dossiers moved.

    Each is dated of the day on which the law decided it, however late the pass: the day after the last one, or what was
    last noted of the dossier when that came after.
    """
    return sum(_fall_silent(dossier, at) for dossier in _with_their_days(due_dossiers(at)).order_by("pk"))


def due_dossiers(at: dt.datetime) -> QuerySet[Dossier]:
    """Those whose delay ran out before that day, or whose answer is overdue, where the table does something of it."""
    on = civil_date(at)
    asked = _awaited().filter(reply_by__lt=on)
    speaking = [table.code for table in all_procedures() if _speaks(table)]
    return Dossier.objects.filter(OPEN, Q(due_on__lt=on) | Exists(asked), procedure__in=speaking)


def _awaited() -> QuerySet[InformationRequest]:
    """The open requests for information of the dossier of an outer query."""
    return InformationRequest.objects.filter(dossier=OuterRef("pk"), closed_at=None)


def _with_their_days(dossiers: QuerySet[Dossier]) -> QuerySet[Dossier]:
    """With `last_day`, the one that went by, and `last_noted`, the instant of the latest event."""
    return dossiers.annotate(
        last_day=Coalesce("due_on", Subquery(_awaited().values("reply_by")[:1])), last_noted=Max("events__at")
    ).only("reference", "procedure", "workflow_version", "state")


def _speaks(table: Procedure) -> bool:
    """Whether silence has an effect in this procedure: AAC has a target, which nobody is bound by."""
    return any(rule.silence != NO_EFFECT for rule in table.clocks)


def _fall_silent(dossier: Any, at: dt.datetime) -> bool:
    table = procedure(dossier.procedure, dossier.workflow_version)
    decided = dt.datetime.combine(dossier.last_day + ONE_DAY, dt.time(), tzinfo=PARIS)
    moment = min(at, max(decided, dossier.last_noted))
    rows = (row for row in table.transitions if row.by == {"system"} and dossier.state in row.sources)
    return any(_try(dossier.reference, row.name, moment) for row in rows)


def _try(reference: str, transition: str, at: dt.datetime) -> bool:
    try:
        move(reference=reference, transition=transition, actor=System("silence"), at=at)
    except (Blocked, WrongState):
        return False
    except Exception as error:  # noqa: BLE001 - one dossier that cannot be read must not keep the others waiting
        log.error("dossier %s could not %s: %s", reference, transition, type(error).__name__)
        return False
    return True
