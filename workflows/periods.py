"""The period of what is granted."""

from __future__ import annotations

import datetime as dt

from workflows.dates import civil_date
from workflows.guards import REGULARISATION, RENEWAL, dispensed_on
from workflows.renewal_guards import first_day_of_a_renewal
from workflows.types import Facts


def first_day(facts: Facts, at: dt.datetime) -> dt.date:
    """The first day to offer for a grant made at `at`: the day of an out-of-hours dispensing, the day after the title
    that a renewal continues and after its suspension, else today."""
    today = civil_date(at)
    if facts.kind == RENEWAL and facts.parent is not None:
        return first_day_of_a_renewal(facts.parent, today)
    return min(dispensed_on(facts) or today, today)


def title_period(
    kind: str, proposed_start: dt.date, proposed_end: dt.date, signed_on: dt.date
) -> tuple[dt.date, dt.date]:
    """First and last day of a title signed on `signed_on`.

    A proposal may wait for its signature past its first day: the title then starts on the day of signature, since a
    decision has no effect before it exists, and its last day does not move. A regularisation keeps its past first day.
    """
    if kind == REGULARISATION:
        return proposed_start, proposed_end
    return max(proposed_start, signed_on), proposed_end
