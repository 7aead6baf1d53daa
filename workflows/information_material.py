"""Information material on a prescription framework: ANSM's opinion is favourable after one month of silence.

CSP R.5121-76-11. The only positive silence that a company meets in a framework; it is not the silence of a decision.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from workflows.dates import ONE_DAY, add_months, civil_date

SILENCE_MONTHS: Final = 1


def last_day_for_an_opinion(sent_at: dt.datetime) -> dt.date:
    """The last civil day on which ANSM may give its opinion: date to date, or the last day of a shorter month."""
    return add_months(civil_date(sent_at), SILENCE_MONTHS)


def deemed_favourable_on(sent_at: dt.datetime) -> dt.date:
    """The first day on which silence is a favourable opinion."""
    return last_day_for_an_opinion(sent_at) + ONE_DAY


def silence_has_decided(sent_at: dt.datetime, on: dt.date) -> bool:
    """Whether, on the civil day `on` and without an opinion given, the material may be spread."""
    return on >= deemed_favourable_on(sent_at)
