"""What the next sittings may take: requests that have the opinions they need, and those whose delay presses.

Three queries, whatever their number: few early accesses are open at once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from dossiers.models import Opinion
from dossiers.models.dossier import OPEN
from dossiers.policy import visible_to
from dossiers.queries.awaited import EXAMINED, excused_from_ansm
from dossiers.queries.worklists import REPLY_BY, ROW_COLUMNS
from workflows.aap_guards import ANSM, COLLEGE, CT, PRE_MA, UNFAVOURABLE
from workflows.dates import civil_date
from workflows.registry import all_procedures
from workflows.types import Actor, Text

WITH_THE_COMPANY: Final = "info_requested"
MOST: Final = 500
"""Far more than are ever open at once (about forty); a page must end somewhere."""


@dataclass(frozen=True)
class Line:
    """One request before one body. `row`: the columns of a list; `lacks`: what must come first, empty when it is ready;
    `presses`: its delay ends by the day of the sitting."""

    row: dict[str, Any]
    lacks: tuple[Text, ...]
    presses: bool
    late: bool


@dataclass(frozen=True)
class Agenda:
    """`ready` and `waiting` are in the order of their delays."""

    body: str
    ready: tuple[Line, ...]
    waiting: tuple[Line, ...]

    @property
    def pressing(self) -> int:
        return sum(line.presses for line in (*self.ready, *self.waiting))


def agendas(actor: Actor, sitting: dt.date, at: dt.datetime) -> dict[str, Agenda]:
    """{body: its agenda} for the Transparency Committee and the College, as of a sitting on `sitting`."""
    given = Opinion.objects.filter(dossier=OuterRef("pk"), given_at__isnull=False)
    codes = [one.code for one in all_procedures() if one.consults]
    found = (
        visible_to(actor)
        .filter(OPEN, procedure__in=codes, state__in=(EXAMINED, WITH_THE_COMPANY))
        .annotate(
            reply_by=REPLY_BY,
            ansm_given=Exists(given.filter(body=ANSM)),
            ansm_unfavourable=Exists(given.filter(body=ANSM, outcome=UNFAVOURABLE)),
            ct_given=Exists(given.filter(body=CT)),
        )
        .order_by("due_on", "pk")
        .values("pk", "pathway", "reply_by", "ansm_given", "ansm_unfavourable", "ct_given", *ROW_COLUMNS)[:MOST]
    )
    excused = set(excused_from_ansm())
    on = civil_date(at)
    lines: dict[str, list[Line]] = {CT: [], COLLEGE: []}
    for row in found:
        due_on = row["due_on"]
        presses, late = due_on is not None and due_on <= sitting, due_on is not None and due_on < on
        for body, lacks in _before(row, asks_ansm=row["pathway"] == PRE_MA and row["pk"] not in excused).items():
            lines[body].append(Line(row, lacks, presses, late))
    return {
        body: Agenda(body, tuple(one for one in mine if not one.lacks), tuple(one for one in mine if one.lacks))
        for body, mine in lines.items()
    }


def _before(row: dict[str, Any], *, asks_ansm: bool) -> dict[str, tuple[Text, ...]]:
    """{body that is still to sit: what must come before}."""
    answer = [_("The company's answer")] if row["state"] == WITH_THE_COMPANY else []
    ansm = [_("ANSM's opinion")] if asks_ansm and not row["ansm_given"] else []
    if row["ct_given"] or row["ansm_unfavourable"]:
        return {COLLEGE: (*answer, *ansm)}
    return {CT: (*answer, *ansm), COLLEGE: (*answer, *ansm, _("The Committee's opinion"))}
