from contextlib import suppress
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from catalogue.ranges import BadRange, age_text, check_ranges, in_any_range, ranges_text, read_ranges, write_ranges

numbers = st.decimals(min_value=-100_000, max_value=100_000, places=2, allow_nan=False)
whole = st.integers(-100_000, 100_000)


@st.composite
def one_range(draw):
    """A range somebody could satisfy, with one or two bounds."""
    low, high = sorted(draw(st.lists(whole, min_size=2, max_size=2, unique=True)))
    lower = {draw(st.sampled_from(["above", "at_least"])): low}
    upper = {draw(st.sampled_from(["below", "at_most"])): high}
    return draw(st.sampled_from([lower, upper, {**lower, **upper}]))


ranges = st.lists(one_range(), min_size=1, max_size=4)


@given(numbers)
def test_disjunctive_criterion_of_amx0035(months):
    accepted = in_any_range([{"below": 12}, {"above": 36}], months)
    assert accepted == (months < 12 or months > 36)


@given(ranges, numbers)
def test_in_a_range_means_within_all_bounds_of_one_of_them(accepted, number):
    def within(bounds):
        return (
            number < bounds.get("below", Decimal("Infinity"))
            and number > bounds.get("above", Decimal("-Infinity"))
            and number <= bounds.get("at_most", Decimal("Infinity"))
            and number >= bounds.get("at_least", Decimal("-Infinity"))
        )

    assert in_any_range(accepted, number) == any(within(bounds) for bounds in accepted)


@given(ranges)
def test_what_is_written_is_read_back(accepted):
    assert read_ranges(write_ranges(accepted)) == accepted


@given(ranges, numbers)
def test_adding_a_range_never_refuses_what_was_accepted(accepted, number):
    if in_any_range(accepted[:-1], number):
        assert in_any_range(accepted, number)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", []),
        ("< 12 ou > 36", [{"below": 12}, {"above": 36}]),
        (">=12 and <=65", [{"at_least": 12, "at_most": 65}]),
        ("≥ 2,5", [{"at_least": "2.5"}]),
        ("< 1;>2", [{"below": 1}, {"above": 2}]),
    ],
)
def test_read(typed, read):
    assert read_ranges(typed) == read


@pytest.mark.parametrize("typed", ["12", "< a", "> 5 et < 3", "< 3 et < 4", "> 3 et < 3", "ou", "< 12 ou", "= 3"])
def test_a_range_that_means_nothing_is_refused(typed):
    with pytest.raises(BadRange):
        read_ranges(typed)


@pytest.mark.parametrize("bad", [{}, "x", [{}], [{"under": 3}], [{"below": "x"}], [{"below": "NaN"}], [3]])
def test_ranges_of_another_shape_are_refused(bad):
    with pytest.raises(BadRange):
        check_ranges(bad)


@given(st.text(max_size=60))
def test_nothing_typed_breaks_reading(typed):
    with suppress(BadRange):  # any other error fails the test
        check_ranges(read_ranges(typed))


def test_in_words():
    with translation.override("en"):
        assert ranges_text([{"below": 12}, {"above": 36}], "months") == "less than 12 months or more than 36 months"
        assert ranges_text([{"at_least": 1, "at_most": "2.50"}], "mg/l") == "at least 1 mg/l and at most 2.5 mg/l"
        assert age_text({"at_least": 216}) == "at least 18 years"
        assert age_text({"at_least": 18}) == "at least 18 months"
