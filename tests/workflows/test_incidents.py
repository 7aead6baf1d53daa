"""The manufacturer's delays (MDR art. 87): 2, 10 or 15 calendar days, the shorter one when it turns out worse."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.incidents import DEATH, OTHER, SEVERITIES, THREAT, report_by, worst

DAYS = st.dates(min_value=dt.date(2020, 1, 1), max_value=dt.date(2090, 1, 1))


@pytest.mark.parametrize(("severity", "days"), [(THREAT, 2), (DEATH, 10), (OTHER, 15)])
def test_the_delays_of_the_regulation(severity: str, days: int) -> None:
    # A Saturday before a week with a public holiday: calendar days, whatever they are.
    assert report_by(dt.date(2026, 5, 9), severity) == dt.date(2026, 5, 9) + dt.timedelta(days=days)


@given(day=DAYS, one=st.sampled_from(sorted(SEVERITIES)), other=st.sampled_from(sorted(SEVERITIES)))
def test_what_is_worse_is_never_due_later(day: dt.date, one: str, other: str) -> None:
    worse = worst(one, other)
    assert worse in (one, other)
    assert report_by(day, worse) <= min(report_by(day, one), report_by(day, other))
    assert worst(other, one) == worse


def test_a_severity_that_nobody_knows_has_no_delay() -> None:
    with pytest.raises(KeyError):
        report_by(dt.date(2026, 5, 9), "mild")
