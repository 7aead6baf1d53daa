"""The sittings of HAS: /agenda/ says what is ready and what presses; those to record together are ticked there."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from dossiers.queries.agenda import Agenda, Line, agendas
from dossiers.views.shared.rows import rows
from workflows.aap_guards import BODIES, COLLEGE, CT
from workflows.dates import civil_date
from workflows.payload import FIRST_YEAR, LAST_YEAR
from workflows.roles import AUDITOR, CT_SECRETARY, HAS_COLLEGE, HAS_STAFF
from workflows.types import Actor, Role, Text

READERS: Final = HAS_STAFF | {AUDITOR}
BODY_OF: Final[dict[Role, str]] = {CT_SECRETARY: CT, HAS_COLLEGE: COLLEGE}
USUAL_DAYS: Final = 7
"""Until the next sitting, when its day is not typed: the bodies sit each week. It only marks what presses."""
HELP: Final[dict[str, Text]] = {
    CT: gettext_lazy("It gives its opinion once ANSM's, where it is asked, is known."),
    COLLEGE: gettext_lazy("It decides once the opinions are given."),
}


def agenda_actor(request: HttpRequest) -> Actor:
    """The actor, when the agenda is theirs to read. Raises PermissionDenied (403)."""
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    if actor is None or actor.role not in READERS:
        raise PermissionDenied(_("The agenda of the sittings is for the agents of HAS."))
    return actor


@require_safe
def agenda(request: HttpRequest) -> HttpResponse:
    actor = agenda_actor(request)
    at = timezone.now()
    on = civil_date(at)
    typed = request.GET.get("sitting", "")
    sitting = day_typed(typed)
    problem = _("Write a date that exists.") if typed and sitting is None else ""
    sitting = sitting or on + dt.timedelta(days=USUAL_DAYS)
    found = agendas(actor, sitting, at)
    own = BODY_OF.get(actor.role, "")
    first = sorted(BODIES, key=lambda body: body[0] != own)
    context = {
        "sitting": sitting,
        "typed": typed or sitting.isoformat(),
        "problem": problem,
        "today": on.isoformat(),
        "parts": [_part(found[code], name, on, own=code == own) for code, name in first if code in found],
    }
    return render(request, "dossiers/has/agenda.html", context)


def _part(agenda: Agenda, name: Text, on: dt.date, *, own: bool) -> dict[str, Any]:
    """`own`: this reader records what that body says."""
    return {
        "body": agenda.body,
        "name": name,
        "help": HELP[agenda.body],
        "own": own,
        "ready": _shown(agenda.ready, on),
        "waiting": _shown(agenda.waiting, on),
        "pressing": agenda.pressing,
    }


def _shown(lines: tuple[Line, ...], on: dt.date) -> list[dict[str, Any]]:
    shown = rows([line.row for line in lines], staff=True, on=on)
    return [
        {**row, "lacks": line.lacks, "presses": line.presses, "late": line.late}
        for row, line in zip(shown, lines, strict=True)
    ]


def day_typed(text: str) -> dt.date | None:
    """A day as a browser sends it; None when it is not one."""
    try:
        day = parse_date(text.strip())
    except ValueError:
        return None
    return day if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR else None
