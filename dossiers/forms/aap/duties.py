"""What the grant of an early access obliges its holder to, read in the request (CSP L.5121-12, R.5121-70-1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext_lazy as _

from dossiers.forms.aap.pathway import FIRST, MA_OBTAINED, POST_MA, PRE_MA
from dossiers.forms.aap.reading import pathway
from dossiers.forms.base import Answers, Duty
from workflows.dates import add_months

SUPPLY_MONTHS: Final = 2
LISTING_MONTHS: Final = 1
LONGEST_MA_MONTHS: Final = 24


def duties(kind: str, answers: Answers, starts_on: dt.date) -> Iterator[Duty]:
    """Those of a grant of that kind, from the first day of the authorisation or of the decision that changes it."""
    if kind == FIRST:
        yield Duty(
            "condition",
            _("Make the medicine available, and say from which day."),
            "CSP L.5121-12, IV",
            add_months(starts_on, SUPPLY_MONTHS),
        )
        if pathway(answers) == PRE_MA:
            yield _ma_application(answers, starts_on)
    if kind == MA_OBTAINED or (kind == FIRST and pathway(answers) == POST_MA):
        yield _listing_request(answers, starts_on)
    months = _whole(answers.get("put_rd", {}).get("report_months"))
    if kind == FIRST and months:
        text = _("Synthesis report of the data collected, with its draft summary, to HAS, ANSM and the ministers.")
        yield Duty("report", text, "CSP R.5121-70-1", add_months(starts_on, months), months)


def _ma_application(answers: Answers, starts_on: dt.date) -> Duty:
    promised = _day(answers.get("commitments", {}).get("ma_application_by"))
    latest = add_months(starts_on, LONGEST_MA_MONTHS)
    text = _("Apply for the marketing authorisation in the indication.")
    return Duty("undertaking", text, "CSP L.5121-12, II", min(promised or latest, latest))


def _listing_request(answers: Answers, starts_on: dt.date) -> Duty:
    """A month after the marketing authorisation; a month after the grant when that day is past already."""
    ma_on = _day(answers.get("regulatory", {}).get("ma_on"))
    due_on = add_months(ma_on or starts_on, LISTING_MONTHS)
    if due_on < starts_on:
        due_on = add_months(starts_on, LISTING_MONTHS)
    return Duty("undertaking", _("File the request for reimbursement (listing)."), "CSP L.5121-12, II", due_on)


def _day(value: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) and value else None
    except ValueError:
        return None


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    return value if isinstance(value, int) and value > 0 else None
