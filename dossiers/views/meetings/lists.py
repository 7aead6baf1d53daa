"""Meetings with the Innovation and Referral Service: /meetings/, for ANSM by month, for an applicant its own."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dossiers.policy import is_staff_side
from dossiers.queries.meetings import PROCEDURE, is_to_come, of_the_month, to_follow
from dossiers.views.applicant.common import acting
from workflows.dates import add_months, civil_date
from workflows.payload import FIRST_YEAR, LAST_YEAR
from workflows.registry import procedure
from workflows.types import Actor

MONTH: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def reads_meetings(actor: Actor) -> bool:
    """Whether some state of such a request is read by this role."""
    return any(actor.role in state.read_by for state in procedure(PROCEDURE).states)


@require_safe
def meetings(request: HttpRequest) -> HttpResponse:
    actor = acting(request)
    if not reads_meetings(actor):
        raise PermissionDenied(_("The meetings of the Innovation and Referral Service are not for your role."))
    at = timezone.now()
    first = month_typed(request.GET.get("month", "")) or civil_date(at).replace(day=1)
    followed = to_follow(actor, at)
    late = sum(one.late for one in followed)
    coming = next((one for one in followed if is_to_come(one, at)), None)
    staff = is_staff_side(actor)
    context: dict[str, Any] = {
        "staff": staff,
        # An applicant reads its next meeting above, whole.
        "followed": followed if staff else [one for one in followed if one is not coming],
        "next": coming,
        "lines": of_the_month(actor, first, at),
        "month": date_format(first, "F Y"),
        "previous_url": _month_url(add_months(first, -1)),
        "next_url": _month_url(add_months(first, 1)),
        "late": late,
    }
    return render(request, "dossiers/meetings/list.html", context)


def month_typed(typed: str) -> dt.date | None:
    """The first day of the month typed, "2026-09"; None when it is none, or no month that a file may have."""
    found = MONTH.fullmatch(typed)
    if found is None or not FIRST_YEAR < int(found[1]) < LAST_YEAR:
        return None
    return dt.date(int(found[1]), int(found[2]), 1)


def _month_url(first: dt.date) -> str:
    return f"{reverse('dossiers:meetings')}?month={first:%Y-%m}"
