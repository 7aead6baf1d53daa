import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from catalogue.criteria import (
    RCP_KEY,
    current_version,
    elapsed,
    patient_outside,
    questions,
    read_number,
    unmet,
)
from catalogue.models import CriteriaVersion, CriterionKind
from tests.catalogue.helpers import TODAY, a_criterion, a_version, an_indication

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def amx0035():
    version = a_version()
    a_criterion(
        version,
        key="onset",
        text="Premiers symptômes",
        kind=CriterionKind.NUMBER,
        unit="months",
        accepted=[{"below": 12}, {"above": 36}],
    )
    a_criterion(version, key="trial", text="Hors essai", position=2)
    return version


def codes(reasons):
    return [(reason.code, reason.field) for reason in reasons]


@pytest.mark.parametrize("months", [0, 11, "11,5", 37, "36.5", Decimal("36.001"), 400])
def test_either_range_is_accepted(amx0035, months):
    assert unmet(amx0035, {"onset": months, "trial": True}, on=TODAY) == ()


@pytest.mark.parametrize("months", [12, "12", 24, 36])
def test_between_the_ranges_is_refused_and_the_message_states_them(amx0035, months):
    [reason] = unmet(amx0035, {"onset": months, "trial": True}, on=TODAY)
    assert (reason.code, reason.field) == ("criterion_out_of_range", "criteria.onset")
    assert "less than 12 months or more than 36 months" in str(reason.message)
    assert "Premiers symptômes" in str(reason.message)


@pytest.mark.parametrize("value", [None, ""])
def test_missing_value(amx0035, value):
    assert codes(unmet(amx0035, {"onset": value, "trial": True}, on=TODAY)) == [("criterion_missing", "criteria.onset")]


@pytest.mark.parametrize("value", ["beaucoup", True, "NaN", "inf", [], {}, "1e5x"])
def test_what_is_no_number_is_said(amx0035, value):
    assert codes(unmet(amx0035, {"onset": value, "trial": True}, on=TODAY)) == [
        ("criterion_not_a_number", "criteria.onset")
    ]


@pytest.mark.parametrize("value", [None, False, "yes", "true", 1])
def test_only_a_real_yes_confirms(amx0035, value):
    assert codes(unmet(amx0035, {"onset": 1, "trial": value}, on=TODAY)) == [
        ("criterion_not_confirmed", "criteria.trial")
    ]


def test_everything_missing_gives_a_reason_each_in_order(amx0035):
    assert [reason.field for reason in unmet(amx0035, {}, on=TODAY)] == ["criteria.onset", "criteria.trial"]


def test_a_date_is_judged_by_the_time_elapsed():
    version = a_version()
    a_criterion(version, key="relapse", kind=CriterionKind.DATE, unit="months", accepted=[{"at_most": 6}])
    on = dt.date(2026, 8, 31)
    assert unmet(version, {"relapse": "2026-03-01"}, on=on) == ()
    assert unmet(version, {"relapse": dt.date(2026, 2, 1)}, on=on) == ()
    assert codes(unmet(version, {"relapse": "2026-01-31"}, on=on)) == [("criterion_out_of_range", "criteria.relapse")]
    assert codes(unmet(version, {"relapse": str(on + DAY)}, on=on)) == [("criterion_in_future", "criteria.relapse")]
    assert codes(unmet(version, {"relapse": "31/02/2026"}, on=on)) == [("criterion_not_a_date", "criteria.relapse")]


def test_a_choice_must_be_known_and_accepted():
    version = a_version()
    choices = [{"code": str(number), "label": f"ECOG {number}"} for number in range(4)]
    a_criterion(version, key="ecog", kind=CriterionKind.CHOICE, choices=choices, accepted=["0", "1"])
    assert unmet(version, {"ecog": "1"}, on=TODAY) == ()
    [reason] = unmet(version, {"ecog": "3"}, on=TODAY)
    assert "ECOG 0, ECOG 1" in str(reason.message)
    assert codes(unmet(version, {"ecog": "9"}, on=TODAY)) == [("criterion_unknown_choice", "criteria.ecog")]
    assert codes(unmet(version, {"ecog": ["1"]}, on=TODAY)) == [("criterion_unknown_choice", "criteria.ecog")]


def test_a_document_and_a_meeting_are_asked_for():
    version = a_version()
    a_criterion(version, key="genetics", kind=CriterionKind.DOCUMENT)
    a_criterion(version, key="advice", needs_rcp=True, position=2)
    answers = {"genetics": True, "advice": True, RCP_KEY: TODAY.isoformat()}
    assert unmet(version, answers, on=TODAY) == ()
    assert codes(unmet(version, {**answers, "genetics": None}, on=TODAY)) == [
        ("criterion_document_missing", "criteria.genetics")
    ]
    assert codes(unmet(version, {**answers, RCP_KEY: ""}, on=TODAY)) == [("rcp_missing", "criteria.rcp_on")]
    assert codes(unmet(version, {**answers, RCP_KEY: TODAY + DAY}, on=TODAY)) == [("rcp_in_future", "criteria.rcp_on")]
    assert [question.key for question in questions(version)] == ["genetics", "advice", RCP_KEY]


def test_questions_say_what_is_accepted(amx0035):
    onset, trial = questions(amx0035)
    assert onset.accepted == "less than 12 months or more than 36 months"
    assert (trial.kind, trial.accepted) == (CriterionKind.STATEMENT, "")


def test_current_version_follows_the_day():
    indication = an_indication()
    assert current_version(indication, TODAY) is None
    first = a_version(indication, starts_on=TODAY - 10 * DAY, ends_on=TODAY - DAY)
    second = a_version(indication, number=2, starts_on=TODAY)
    assert current_version(indication, TODAY - 11 * DAY) is None
    assert current_version(indication, TODAY - DAY) == first
    assert current_version(indication, TODAY) == second


@pytest.mark.parametrize(
    ("limits", "patient", "expected"),
    [
        ({"min_age_months": 216}, {"age_months": 216}, []),
        ({"min_age_months": 216}, {"age_months": 215}, ["patient_age"]),
        ({"min_age_months": 216}, {}, ["patient_age"]),
        ({"max_age_months": 24}, {"age_months": 25}, ["patient_age"]),
        ({"sex": "F"}, {"sex": "F"}, []),
        ({"sex": "F"}, {"sex": "M"}, ["patient_sex"]),
        ({"max_daily_dose": Decimal(30), "dose_unit": "mg"}, {"daily_dose": Decimal(30)}, []),
        ({"max_daily_dose": Decimal(30), "dose_unit": "mg"}, {"daily_dose": Decimal("30.1")}, ["dose_outside"]),
        ({"max_daily_dose": Decimal(30), "dose_unit": "mg"}, {}, ["dose_outside"]),
        ({}, {}, []),
    ],
)
def test_limits_on_the_patient(limits, patient, expected):
    version = CriteriaVersion(**limits)
    assert [reason.code for reason in patient_outside(version, **patient)] == expected


def test_age_limit_is_said_in_years():
    [reason] = patient_outside(CriteriaVersion(min_age_months=216), age_months=100)
    assert "at least 18 years" in str(reason.message)


@given(st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)), st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)))
def test_elapsed_months_never_go_backwards(one, other):
    since, on = min(one, other), max(one, other)
    months = elapsed(since, on, "months")
    assert elapsed(since, on + DAY, "months") >= months >= 0
    assert elapsed(since, on, "years") == months // 12


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9))
def test_numbers_are_read_in_french_and_english(number):
    assert read_number(str(number)) == number
    assert read_number(str(number).replace(".", ",")) == number
    assert read_number(f" {number} ") == number
