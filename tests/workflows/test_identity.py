from __future__ import annotations

import pytest

from workflows.identity import holds_national_number


@pytest.mark.parametrize(
    "value",
    [
        "1 85 05 78 006 084 36",
        1850578006084,
        1850578006084.0,
        {"nir": 1850578006084},
        {"1 85 05 78 006 084": "x"},
        {"rows": [{"note": ["INS 2-91-12-75-123-456-78"]}]},
    ],
)
def test_a_national_number_is_found_wherever_it_hides(value: object) -> None:
    assert holds_national_number(value)


@pytest.mark.parametrize("value", [86253525378.0093, 1850578.0060841, float("inf"), 185057800608, "", None, {}, []])
def test_a_measure_is_no_national_number(value: object) -> None:
    assert not holds_national_number(value)


def test_numbers_side_by_side_are_not_read_as_one() -> None:
    assert not holds_national_number([1850578, 6084, 360012])
