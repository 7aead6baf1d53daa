"""What a PUT-RD asks of hospitals, and when."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.putrd import (
    FORMS,
    LIBRARY,
    MEASURED_AT,
    chosen_field,
    core_variables,
    measure_code,
    optional_variables,
    protocol_variables,
    variable,
    variables_of,
    visits_due,
)

CODES = tuple(code for code, _label in FORMS)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
START = dt.date(2026, 1, 31)


# ------------------------------------------------------------------------------------------------ the library


def test_the_forms_are_the_four_of_the_model_in_its_order():
    assert CODES == ("access_request", "initiation", "follow_up", "stop")


def test_a_variable_is_named_once_in_its_form():
    assert set(Counter((one.form, one.code) for one in LIBRARY).values()) == {1}
    assert {one.form for one in LIBRARY} == set(CODES)


@pytest.mark.parametrize("one", LIBRARY, ids=lambda one: f"{one.form}.{one.code}")
def test_a_variable_says_what_it_is_and_what_it_is_for(one):
    assert one.label
    assert one.purpose
    assert bool(one.choices) == (one.kind == "choice")
    if one.kind == "number":
        assert one.least < one.most
    if one.only_if is not None:
        other, answers = one.only_if
        codes = [code for code, _label in variable(one.form, other).choices]
        assert set(answers) <= set(codes)
        assert [each.code for each in variables_of(one.form)].index(other) < variables_of(one.form).index(one)


def test_a_protocol_may_leave_out_nothing_that_is_required():
    assert [one for one in LIBRARY if one.required and not one.core] == []


def test_what_names_the_patient_is_never_for_the_company():
    assert {(one.form, one.code) for one in LIBRARY if one.personal} == {
        ("access_request", "initials"),
        ("access_request", "birth_month"),
        ("stop", "died_on"),
    }


@pytest.mark.parametrize("family", ["use", "efficacy", "quality_of_life", "safety"])
def test_each_family_of_the_law_is_asked_during_the_treatment(family):
    assert any(one.family == family for one in variables_of("follow_up"))


def test_an_adverse_effect_is_always_asked_while_treated_and_at_the_end():
    for form in ("follow_up", "stop"):
        assert "adverse_effect" in {one.code for one in core_variables(form)}


def test_an_unknown_variable_is_an_error():
    with pytest.raises(KeyError):
        variable("stop", "initials")


# ------------------------------------------------------------------------------------------- of one protocol


@pytest.mark.parametrize("form", CODES)
def test_a_protocol_that_chooses_nothing_asks_the_core(form):
    assert protocol_variables({}, form) == core_variables(form)


@pytest.mark.parametrize("form", CODES)
def test_a_protocol_asks_what_it_chose_in_the_order_of_the_library(form):
    chosen = [one.code for one in optional_variables(form)]
    assert protocol_variables({chosen_field(form): chosen[::-1]}, form) == variables_of(form)


def test_what_is_chosen_for_one_form_is_not_asked_in_another():
    protocol = {chosen_field("follow_up"): ["ecog", "initials", "unknown"]}
    assert "ecog" in {one.code for one in protocol_variables(protocol, "follow_up")}
    assert "initials" not in {one.code for one in protocol_variables(protocol, "follow_up")}
    assert "ecog" not in {one.code for one in protocol_variables(protocol, "initiation")}


def test_the_measures_of_the_protocol_are_asked_whenever_the_patient_is_assessed():
    protocol = {"measures": [{"label": "ALSFRS-R", "unit": "points"}, {"label": "Créatine kinase", "unit": ""}]}
    for form in CODES:
        own = [(one.code, one.unit) for one in protocol_variables(protocol, form) if one.code.startswith("measure_")]
        expected = [("measure_alsfrs_r", "points"), ("measure_creatine_kinase", "")] if form in MEASURED_AT else []
        assert own == expected
    assert measure_code("  ALSFRS - R ") == "measure_alsfrs_r"


@given(protocol=st.dictionaries(st.sampled_from(["measures", *map(chosen_field, CODES)]), ODD), visits=ODD)
def test_nothing_typed_makes_it_fail(protocol, visits):
    for form in CODES:
        assert set(core_variables(form)) <= set(protocol_variables(protocol, form))
    visits_due(START, visits)


# ------------------------------------------------------------------------------------------------- calendar


def test_a_month_is_counted_from_the_first_day():
    due = visits_due(
        START, [{"label": "M2", "months": 2}, {"label": "M1", "months": "1"}, {"label": "J15", "days": 15}]
    )
    assert [(one.number, one.label, one.due_on) for one in due] == [
        (1, "J15", dt.date(2026, 2, 15)),
        (2, "M1", dt.date(2026, 2, 28)),
        (3, "M2", dt.date(2026, 3, 31)),
    ]


def test_visits_go_on_after_the_last_row_until_the_day_given():
    rows = [{"label": "M1", "months": 1}, {"label": "M3", "months": 3}]
    due = visits_due(START, rows, every_months=3, until=dt.date(2027, 1, 31))
    assert [one.label for one in due] == ["M1", "M3", "M6", "M9", "M12"]
    assert due[-1].due_on == dt.date(2027, 1, 31)
    assert [one.label for one in visits_due(START, rows, every_months=3)] == ["M1", "M3"]
    assert [one.label for one in visits_due(START, rows, every_months=6, until=dt.date(2026, 12, 31))][2:] == ["M6"]


def test_a_row_without_a_delay_is_no_visit():
    assert (
        visits_due(START, [{"label": "Un jour"}, {"label": "x", "months": "bientôt"}, {"label": "y", "days": -3}]) == ()
    )


@given(
    months=st.lists(st.integers(0, 60), max_size=10),
    every=st.integers(1, 12),
    starts_on=st.dates(dt.date(2021, 7, 1), dt.date(2050, 1, 1)),
)
def test_visits_are_in_order_and_none_is_before_the_treatment(months, every, starts_on):
    rows = [{"label": str(one), "months": one} for one in months]
    until = starts_on + dt.timedelta(days=800)
    due = visits_due(starts_on, rows, every_months=every, until=until)
    assert [one.due_on for one in due] == sorted(one.due_on for one in due)
    assert [one.number for one in due] == list(range(1, len(due) + 1))
    assert all(one.due_on >= starts_on for one in due)
    assert len(due) >= len(months)
