import json
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean, luhn

from catalogue import identifiers

EXAMPLES = json.loads((Path(__file__).parent / "data" / "identifiers.json").read_text(encoding="utf-8"))
VALID = [
    (name, value)
    for name, values in {
        "cip13": EXAMPLES["cip13_valid"],
        "ucd13": EXAMPLES["ucd13_valid"],
        "cip7": EXAMPLES["cip7_valid"],
        "finess": [*EXAMPLES["finess_valid_luhn"], "2A0000014", "2b0000012", "75 071 218 4"],
        "cis": [*EXAMPLES["cis_examples"], "672 587 94"],
        "rpps": ["10005173140", "100 0517 3140"],
        "siren": ["732829320"],
        "atc": ["N", "N07", "N07X", "N07XX", "N07XX22", "n07xx22"],
        "cim10": ["G12.2", "G122", "B24", "E84", "J96.01+1"],
        "orpha": ["803", "ORPHA:586", "1", "999999"],
        "eu_ct": ["2023-501234-21-00"],
        "nct": ["NCT04494256", "nct04494256"],
        "trial": ["NCT04494256", "2023-501234-21-00"],
    }.items()
    for value in values
]
INVALID = [
    *((name, value) for name, values in EXAMPLES["invalid"].items() for value in values),
    ("cip13", "3400893213322"),
    ("ucd13", "3400926762797"),
    ("cip13", "34009267627970"),
    ("rpps", "１０００５１７３１４０"),
    ("rpps", "1000517314O"),
    ("finess", "2C0000014"),
    ("finess", ""),
    ("siren", "732829321"),
    ("cis", "1234567"),
    ("atc", "Z01"),
    ("atc", "N07XX2"),
    ("cim10", "12.2"),
    ("orpha", "0803"),
    ("orpha", "1234567"),
    ("eu_ct", "2023-401234-21-00"),
    ("nct", "NCT123"),
    ("trial", "phase III"),
]


@pytest.mark.parametrize(("name", "value"), VALID)
def test_valid(name, value):
    canonical = identifiers.CHECKS[name](value)
    assert identifiers.CHECKS[name](canonical) == canonical
    assert identifiers.IdentifierValidator(name)(value) is None


@pytest.mark.parametrize(("name", "value"), INVALID)
def test_invalid_says_why(name, value):
    with pytest.raises(ValidationError) as caught:
        identifiers.CHECKS[name](value)
    assert caught.value.code.startswith(f"{name}_")
    [message] = caught.value.messages
    assert len(message) > 20
    assert "%(" not in message


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("rpps", "1000517314", "RPPS number has 11 digits; 10 were typed"),
        ("rpps", "10005173141", "last digit does not match"),
        ("cip13", "3500926762797", "starts with 3400"),
        ("cip13", "3400893213322", "is a UCD code"),
        ("ucd13", "3400926762797", "starts with 34008"),
        ("finess", "75071218", "9 characters; 8 were typed"),
        ("cis", "ABCDEFGH", "digits only"),
    ],
)
@pytest.mark.usefixtures("in_english")
def test_the_message_says_what_is_wrong(name, value, said):
    with pytest.raises(ValidationError) as caught:
        identifiers.CHECKS[name](value)
    assert said in caught.value.messages[0]


@given(st.from_regex(r"\A[0-9]{10}\Z"), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_of_an_rpps_is_always_seen(stem, place, shift):
    good = stem + luhn.calc_check_digit(stem)
    assert identifiers.check_rpps(good) == good
    wrong = good[:place] + str((int(good[place]) + shift) % 10) + good[place + 1 :]
    with pytest.raises(ValidationError):
        identifiers.check_rpps(wrong)


@given(st.from_regex(r"\A[0-9]{7}\Z"), st.integers(5, 11), st.integers(1, 9))
def test_one_wrong_digit_of_a_ucd_is_always_seen(stem, place, shift):
    good = "34008" + stem
    good += ean.calc_check_digit(good)
    assert identifiers.check_ucd13(good) == good
    wrong = good[:place] + str((int(good[place]) + shift) % 10) + good[place + 1 :]
    with pytest.raises(ValidationError):
        identifiers.check_ucd13(wrong)


@given(st.sampled_from(sorted(identifiers.CHECKS)), st.text(max_size=40))
def test_nothing_typed_breaks_a_check(name, typed):
    with suppress(ValidationError):  # any other error fails the test
        identifiers.CHECKS[name](typed)
