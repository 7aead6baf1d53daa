"""One wrong character in an identifier of a device is refused, whoever issues it."""

from collections.abc import Callable

import pytest
from django.utils import translation
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum import ean

from workflows import identifiers
from workflows.identifiers import GS1, HIBCC, ICCBBA, IFA, IdentifierError, Scanned

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BODY = st.text(alphabet=DIGITS + LETTERS, min_size=1, max_size=16)


@pytest.mark.parametrize(
    ("typed", "issuer", "canonical"),
    [
        ("03400930000014", GS1, "03400930000014"),
        ("(01)03400930000014", GS1, "03400930000014"),
        ("0103400930000014", GS1, "03400930000014"),
        ("0340 0930 0000 14", GS1, "03400930000014"),
        ("3400930000014", GS1, "03400930000014"),
        ("036000291452", GS1, "00036000291452"),
        ("96385074", GS1, "00000096385074"),
        # The example of an open HIBC library (PTW-Freiburg/udi), and that of a reader's manual for modulo 43.
        ("+BLUEUNICORN7N", HIBCC, "+BLUEUNICORN7N"),
        ("+blueunicorn7n", HIBCC, "+BLUEUNICORN7N"),
        ("=/A9999XYZ100T0944", ICCBBA, "=/A9999XYZ100T0944"),
        # The PPN of IFA's own document on check digits.
        ("111234567842", IFA, "111234567842"),
    ],
)
def test_a_udi_di_is_read(typed: str, issuer: str, canonical: str) -> None:
    assert identifiers.udi_di(typed, issuer) == canonical
    assert identifiers.udi_di(typed) == canonical


@pytest.mark.parametrize(
    ("typed", "issuer"),
    [
        # GS1 General Specifications 7.9.5, and vectors of GS1's reference checker.
        ("1987654Ad4X4bL5ttr2310c2K", GS1),
        ("12345678901234567890123NT", GS1),
        ("12345_ABCDEFGHIJKLMCP", GS1),
        ("7907665Bm8v2AB", GS1),
        ("149512464PM+GH", GS1),
        ("62185314IvwmYZ", GS1),
        # The Commission's EUDAMED help, and IFA's document of November 2019.
        ("++A999MODELIDENTIFIER11S8", HIBCC),
        ("PP12345ABCD.12345678.9004", IFA),
        ("A9999DEVICEGROUP1", ICCBBA),
    ],
)
def test_a_basic_udi_di_is_read(typed: str, issuer: str) -> None:
    assert identifiers.basic_udi_di(typed, issuer) == typed
    assert identifiers.basic_udi_di(f" {typed} ") == typed


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "12345",
        "03400930000013",
        "+B06600032501",
        "+BLUEUNICORN7M",
        "=/A9999XYZ100",
        "111234567843",
        "０340093000001X",
    ],
)
def test_what_is_no_udi_di_is_refused(typed: str) -> None:
    with pytest.raises(IdentifierError):
        identifiers.udi_di(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "1987654Ad4X4bL5ttr2310cZZ",
        "1987654Ad4X4bL5ttr2310c2KZ",
        "12345£££d4X4bL5ttr2310cZZ",
        "++A999MODELIDENTIFIER11S9",
        "PP12345ABCD.12345678.9005",
        "PP1234ABCD04",
        "A9999" + "X" * 21,
    ],
)
def test_what_is_no_basic_udi_di_is_refused(typed: str) -> None:
    with pytest.raises(IdentifierError):
        identifiers.basic_udi_di(typed)


@pytest.mark.parametrize("typed", ["FR-MF-000012345", "fr mf 000012345", "CN-MF-000000001", "IEAR000000123"])
def test_an_srn_is_read(typed: str) -> None:
    assert identifiers.srn(typed).replace("-", "") == typed.upper().replace("-", "").replace(" ", "")
    assert len(identifiers.srn(typed)) == len("FR-MF-000012345")


@pytest.mark.parametrize("typed", ["", "FR-XX-000012345", "F-MF-000012345", "FR-MF-12345", "FR-MF-0000123456"])
def test_what_is_no_srn_is_refused(typed: str) -> None:
    with pytest.raises(IdentifierError) as refused:
        identifiers.srn(typed)
    with translation.override("en"):
        assert "FR-MF-000012345" in str(refused.value)


@pytest.mark.parametrize(
    ("typed", "compared"), [(" l 12-b ", "L12-B"), ("sn/0042", "SN/0042"), ("Ｌ１２", "L12"), ("L\u00a012", "L12")]
)
def test_a_lot_is_compared_however_it_is_written(typed: str, compared: str) -> None:
    assert identifiers.lot(typed) == compared


@pytest.mark.parametrize("typed", ["", "   ", "X" * 41, "L12é", "L\x0012"])
def test_what_is_no_lot_is_refused(typed: str) -> None:
    with pytest.raises(IdentifierError):
        identifiers.lot(typed)


@pytest.mark.parametrize(
    ("typed", "lot", "serial"),
    [
        ("(01)03400930000014(17)280131(10)L26-0412(21)SN1", "L26-0412", "SN1"),
        ("]d2010340093000001417280131" + "10l26a" + "\x1d" + "21sn 1", "L26A", "SN1"),
        ("\x1d0103400930000014" + "21SN7", "", "SN7"),
        ("0103400930000014" + "11260101" + "10L7", "L7", ""),
    ],
)
def test_a_barcode_is_read(typed: str, lot: str, serial: str) -> None:
    assert identifiers.scanned(typed) == Scanned("03400930000014", lot, serial)


@pytest.mark.parametrize("typed", ["", "L26-0412", "SN1", "01034", "(10)L1", "0103400930000014"])
def test_what_is_no_whole_barcode_is_a_number_as_before(typed: str) -> None:
    assert identifiers.scanned(typed) is None


@pytest.mark.parametrize(
    "typed",
    [
        "(01)03400930000013(10)L1",
        "010340093000001410L1" + "21SN1",
        "010340093000001410L1" + "17280131",
        "0103400930000014" + "21SN1\x1d9912",
        "(01)03400930000014(10)é",
    ],
)
def test_a_barcode_that_cannot_be_told_apart_is_refused(typed: str) -> None:
    with pytest.raises(IdentifierError):
        identifiers.scanned(typed)


def test_an_issuer_that_nobody_designated_is_refused() -> None:
    with pytest.raises(IdentifierError):
        identifiers.udi_di("03400930000014", "somebody")


# ------------------------------------------------------------------------------------------------- one wrong character


def _other(text: str, place: int, by: str) -> str:
    assume(text[place] != by)
    return text[:place] + by + text[place + 1 :]


@given(digits=st.text(alphabet=DIGITS, min_size=13, max_size=13), place=st.integers(0, 13), by=st.sampled_from(DIGITS))
def test_one_wrong_digit_of_a_gtin(digits: str, place: int, by: str) -> None:
    gtin = digits + ean.calc_check_digit(digits)
    assert identifiers.udi_di(gtin) == gtin
    wrong = _other(gtin, place, by)
    with pytest.raises(IdentifierError):
        identifiers.udi_di(wrong)


@given(body=BODY, place=st.integers(1, 22), by=st.sampled_from(DIGITS + LETTERS))
def test_one_wrong_character_of_an_hibc_udi_di(body: str, place: int, by: str) -> None:
    whole = f"+A999{body}1"
    whole += identifiers.modulo_43(whole)
    # A space of the key cannot be told from one of presentation: HIBC's own readers drop it too.
    assume(" " not in whole)
    assert identifiers.udi_di(whole) == whole
    wrong = _other(whole, 1 + place % (len(whole) - 1), by)
    with pytest.raises(IdentifierError):
        identifiers.udi_di(wrong, HIBCC)


@given(company=st.text(alphabet=DIGITS, min_size=5, max_size=5), body=BODY, place=st.integers(0, 22), data=st.data())
def test_one_wrong_character_of_a_gmn(company: str, body: str, place: int, data: st.DataObject) -> None:
    whole = company + body
    whole += identifiers.check_characters(whole)
    assert identifiers.basic_udi_di(whole) == whole
    wrong = _other(whole, place % len(whole), data.draw(st.sampled_from(DIGITS + LETTERS)))
    with pytest.raises(IdentifierError):
        identifiers.basic_udi_di(wrong, GS1)


@given(body=BODY, place=st.integers(0, 22), by=st.sampled_from(DIGITS + LETTERS))
def test_one_wrong_character_of_an_ifa_basic_udi_di(body: str, place: int, by: str) -> None:
    whole = f"PP12345{body}"
    whole += identifiers.modulo_97(whole)
    assert identifiers.basic_udi_di(whole) == whole
    wrong = _other(whole, place % len(whole), by)
    with pytest.raises(IdentifierError):
        identifiers.basic_udi_di(wrong, IFA)


@given(typed=st.text(max_size=40), issuer=st.sampled_from([None, GS1, HIBCC, ICCBBA, IFA]))
def test_whatever_is_typed_is_read_or_refused_with_words(typed: str, issuer: str | None) -> None:
    assert _said(lambda: identifiers.srn(typed))
    assert _said(lambda: identifiers.lot(typed))
    assert _said(lambda: identifiers.udi_di(typed, issuer))
    assert _said(lambda: str(identifiers.scanned(typed)))
    assert _said(lambda: identifiers.basic_udi_di(typed, issuer))


def _said(read: Callable[[], str]) -> str:
    try:
        return read()
    except IdentifierError as refused:
        return str(refused)
