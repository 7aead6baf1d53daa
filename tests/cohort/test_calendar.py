"""The calendar of visits, by properties: whatever the protocol and the day, planning again changes nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cohort.models import CohortForm, Inclusion
from cohort.profile import BANDS, age_band
from cohort.protocol import cohort_of
from cohort.queries.counts import of_patients
from cohort.services.forms import plan_visits
from dossiers.models import TitleVersion
from tests.cohort.world import MONDAY, Patient, granted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

rows = st.lists(
    st.fixed_dictionaries({"label": st.just("V"), "months": st.integers(0, 24).map(str)})
    | st.fixed_dictionaries({"label": st.just("J"), "days": st.integers(0, 400).map(str)}),
    max_size=6,
)
every = st.sampled_from(["", "1", "3", "6", "12", "not a number"])
BEGUN = dt.date(2026, 5, 4)
ONE_DAY = dt.timedelta(days=1)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(visits=rows, months=every, started=st.dates(BEGUN, BEGUN + 300 * ONE_DAY), later=st.integers(0, 900))
def test_planned_visits_keep_their_day(
    treated: Inclusion, visits: list[dict[str, str]], months: str, started: dt.date, later: int
) -> None:
    treated.forms.filter(form="follow_up").delete()
    treated.started_on = started
    version = TitleVersion(content={"answers": {"put_rd": {"visits": visits, "every_months": months}}})
    cohort = cohort_of(treated.chain)
    assert cohort is not None
    cohort = type(cohort)(title=cohort.title, put_rd=version.content["answers"]["put_rd"])
    plan_visits(treated, cohort, started)
    first = planned(treated)
    assert plan_visits(treated, cohort, started) == 0
    plan_visits(treated, cohort, started + later * ONE_DAY)
    after = planned(treated)
    assert after[: len(first)] == first, "a visit that was planned moved"
    assert [number for number, _due in after] == list(range(1, len(after) + 1))
    days = [due for _number, due in after]
    assert days == sorted(days)
    assert all(day >= started for day in days)
    # Planned a year ahead in two steps or in one, the calendar is the same.
    treated.forms.filter(form="follow_up").delete()
    plan_visits(treated, cohort, started + later * ONE_DAY)
    assert set(planned(treated)) >= set(first)
    assert [due for _n, due in planned(treated)] == days


def planned(treated: Inclusion) -> list[tuple[int, dt.date]]:
    found = CohortForm.objects.filter(inclusion=treated, form="follow_up").order_by("visit")
    return [(visit, due_on) for visit, due_on in found.values_list("visit", "due_on") if due_on is not None]


@pytest.fixture
def treated(world: Any) -> Inclusion:
    return Patient(granted()).treated().row


def test_a_form_is_expected_from_the_day_of_its_visit(treated: Inclusion) -> None:
    due = treated.forms.get(form="follow_up", visit=1).due_on
    assert due == dt.date(2026, 6, 4)
    eve, day = (of_patients([treated.pk], on)[treated.pk] for on in (due - ONE_DAY, due))
    assert (eve.received, eve.expected) == (2, 2)
    assert (day.received, day.expected) == (2, 3)
    assert (eve.rate, day.rate) == (100, 66)


@given(born=st.dates(dt.date(1900, 1, 1), dt.date(2026, 5, 1)))
def test_every_age_has_one_band(born: dt.date) -> None:
    code = age_band(f"{born:%Y-%m}", MONDAY.date())
    assert code in {band for band, _next, _label in BANDS}


@pytest.mark.parametrize(
    ("month", "band"),
    [
        ("2024-05", "2-11"),
        ("2024-06", "0-1"),
        ("2008-05", "18-29"),
        ("2008-06", "12-17"),
        ("1946-05", "80+"),
        ("2026-06", ""),
        ("hier", ""),
        ("", ""),
    ],
)
def test_bands_begin_on_a_birthday(month: str, band: str) -> None:
    assert age_band(month, MONDAY.date()) == band
