"""The pre-filing meeting ("rendez-vous pré-dépôt"): what may become of its request, by whom, and on which days.

HAS and ANSM offer one meeting before an early access is filed; no text of the CSP rules it, nothing is decided there
and no clock runs. So it is no procedure: where a request stands is read from its facts, and this table says who may
add which.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from workflows.calendar import is_working_day
from workflows.dates import ONE_DAY, add_months, say
from workflows.roles import APPLICANT, CONTRIBUTOR, HAS_OFFICER
from workflows.types import Reason, Role, Text

DRAFT: Final = "draft"
ASKED: Final = "asked"
OFFERED: Final = "offered"
PLANNED: Final = "planned"
HELD: Final = "held"
DECLINED: Final = "declined"
WITHDRAWN: Final = "withdrawn"

STATES: Final[dict[str, Text]] = {
    DRAFT: _("In preparation"),
    ASKED: _("Waiting for HAS"),
    OFFERED: _("Other days offered"),
    PLANNED: _("Meeting planned"),
    HELD: _("Meeting held"),
    DECLINED: _("Meeting declined"),
    WITHDRAWN: _("Request withdrawn"),
}
OVER: Final = frozenset({HELD, DECLINED, WITHDRAWN})

BY_COMPANY: Final = "company"
BY_HAS: Final = "has"
"""Whose days are on the table: it is the other side's turn."""

LANGUAGES: Final[dict[str, Text]] = {"fr": _("French"), "en": _("English")}
MODES: Final[dict[str, Text]] = {"online": _("By videoconference"), "on_site": _("At HAS")}

MOST_DAYS: Final = 5
MONTHS_AHEAD: Final = 6


@dataclass(frozen=True)
class Step:
    """One row: `name` from any of `sources`, by any of `roles`. `label` is its button, `past` its line of history."""

    name: str
    label: Text
    past: Text
    sources: frozenset[str]
    roles: frozenset[Role]


_COMPANY: Final = frozenset({APPLICANT, CONTRIBUTOR})
_SIGNS: Final = frozenset({APPLICANT})
_HAS: Final = frozenset({HAS_OFFICER})

STEPS: Final[dict[str, Step]] = {
    step.name: step
    for step in (
        Step("write", _("Go on writing"), _("Request written"), frozenset({DRAFT}), _COMPANY),
        Step("ask", _("Send to HAS"), _("Meeting asked for"), frozenset({DRAFT}), _SIGNS),
        Step("plan", _("Accept one of these days"), _("Day accepted by HAS"), frozenset({ASKED}), _HAS),
        Step("offer", _("Offer other days"), _("Other days offered by HAS"), frozenset({ASKED}), _HAS),
        Step("choose", _("Choose one of these days"), _("Day chosen by the company"), frozenset({OFFERED}), _SIGNS),
        Step("propose", _("Propose other days"), _("Other days proposed by the company"),
             frozenset({OFFERED}), _SIGNS),
        Step("arrange", _("Change the day, the hour or the place"), _("Meeting arranged anew by HAS"),
             frozenset({PLANNED}), _HAS),
        Step("hold", _("Record the meeting"), _("Meeting held, minutes written"), frozenset({PLANNED}), _HAS),
        Step("correct", _("Correct the minutes"), _("Minutes corrected"), frozenset({HELD}), _HAS),
        Step("decline", _("Decline"), _("Meeting declined by HAS"), frozenset({ASKED, OFFERED, PLANNED}), _HAS),
        Step("withdraw", _("Withdraw the request"), _("Request withdrawn by the company"),
             frozenset({DRAFT, ASKED, OFFERED, PLANNED}), _SIGNS),
        Step("link", _("Say which early access request it is about"), _("Early access request linked"),
             frozenset(STATES) - {DECLINED, WITHDRAWN}, _COMPANY),
    )
}  # fmt: skip


def state_of(
    *, asked: bool, days_by: str, meets_on: dt.date | None, held_on: dt.date | None, declined: bool, withdrawn: bool
) -> str:
    """Where a request stands, by its facts: the last of them that holds."""
    if withdrawn:
        return WITHDRAWN
    if declined:
        return DECLINED
    if held_on is not None:
        return HELD
    if meets_on is not None:
        return PLANNED
    if not asked:
        return DRAFT
    return OFFERED if days_by == BY_HAS else ASKED


def faults_of_days(days: Sequence[dt.date], *, on: dt.date, files_on: dt.date | None) -> list[Reason]:
    """Why these days cannot be put forward on the civil day `on`: between one and `MOST_DAYS` working days, within
    `MONTHS_AHEAD` months, before the day on which the company plans to file."""
    if not days:
        return [Reason("required", _("Give one day at least: several make an agreement likely."), "days")]
    if len(set(days)) > MOST_DAYS:
        return [Reason("too_many", _("Give %d days at most.") % MOST_DAYS, "days")]
    faults = [fault for day in days if (fault := fault_of_day(day, on=on, files_on=files_on)) is not None]
    return faults[:1]


def fault_of_day(day: dt.date, *, on: dt.date, files_on: dt.date | None, field: str = "days") -> Reason | None:
    """Why nobody can meet on that day; None when they can."""
    last = add_months(on, MONTHS_AHEAD)
    if not on < day <= last:
        message = _("%(day)s: choose days from %(first)s to %(last)s.")
        return Reason(
            "day", message % {"day": say(day), "first": say(on + ONE_DAY), "last": say(last)}, field
        )  # said in the language of whoever typed it
    if not is_working_day(day):
        return Reason("not_worked", _("%s is not a working day: choose another.") % say(day), field)
    if files_on is not None and day >= files_on:
        message = _("%(day)s: the meeting comes before the filing, planned on %(filing)s.")
        return Reason("after_filing", message % {"day": say(day), "filing": say(files_on)}, field)
    return None
