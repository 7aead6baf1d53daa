"""Anyone may ask whether a letter is authentic and in force today; nobody learns anything of the patient."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from documents import patience
from documents.letters import codes, orders
from documents.letters.verification import verify
from documents.models import IssuedLetter, LetterOrder
from dossiers.models import Title
from tests.documents.matters import AT, PERIOD

ONE_DAY = dt.timedelta(days=1)
Order = Callable[..., LetterOrder]


@pytest.fixture
def granted(order_letter: Order, title: Title) -> IssuedLetter:
    order_letter("aac_grant", title=title)
    orders.make_pending(limit=1, at=AT)
    return IssuedLetter.objects.get()


@given(st.text(alphabet=codes.ALPHABET, min_size=20, max_size=20))
def test_a_code_survives_being_printed_dictated_and_mistyped(code: str) -> None:
    printed = codes.spaced(code)
    assert codes.normalised(printed) == code
    assert codes.normalised(f"  {printed.lower().replace('-', ' ')} ") == code
    assert codes.normalised(code.replace("0", "O").replace("1", "l")) == code
    assert codes.normalised(code.replace("0", "o").replace("1", "I")) == code


@given(st.text(max_size=30))
def test_anything_else_is_no_code(typed: str) -> None:
    code = codes.normalised(typed)
    assert code is None or (len(code) == 20 and set(code) <= set(codes.ALPHABET))


def test_codes_do_not_repeat() -> None:
    assert len({codes.new_code() for _ in range(200)}) == 200


def test_a_grant_is_authentic_and_in_force(granted: IssuedLetter) -> None:
    found = verify(granted.verification_code, at=AT)
    assert (found.authentic, found.title_in_force, found.title_number) == (True, True, PERIOD.number)
    assert (found.number, found.sha256, found.issued_on) == (granted.number, granted.sha256, AT.date())
    assert found.on == AT.date()


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (PERIOD.starts_on - ONE_DAY, False),
        (PERIOD.starts_on, True),
        (PERIOD.ends_on, True),
        (PERIOD.ends_on + ONE_DAY, False),
    ],
)
def test_in_force_from_the_first_day_to_the_last(granted: IssuedLetter, day: dt.date, expected: bool) -> None:
    at = dt.datetime.combine(day, dt.time(23, 30), tzinfo=AT.tzinfo)
    assert verify(granted.verification_code, at=at).title_in_force is expected


@pytest.mark.parametrize("state", ["suspended", "withdrawn", "replaced"])
def test_a_title_that_left_force_is_said_so(granted: IssuedLetter, title: Title, state: str) -> None:
    Title.objects.filter(pk=title.pk).update(state=state)
    found = verify(granted.verification_code, at=AT)
    assert (found.authentic, found.title_in_force) == (True, False)


def test_a_receipt_is_authentic_and_grants_nothing(order_letter: Order, title: Title) -> None:
    order_letter("aac_receipt", title=title)
    orders.make_pending(limit=1, at=AT)
    found = verify(IssuedLetter.objects.get().verification_code, at=AT)
    assert (found.authentic, found.title_in_force, found.title_number) == (True, None, "")


def test_an_order_not_yet_issued_is_not_authentic(order_letter: Order) -> None:
    assert not verify(order_letter().verification_code, at=AT).authentic


# ---------------------------------------------------------------------------------------------------- pages


def page(response: Any) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text().split())


PATIENT_WORDS = ("D. É.", "D.&nbsp;É.", "Lefèvre", "ŒSOPHALGIDE", "mars 1984", "CHU de Saint-Éloi")


@time_machine.travel(AT, tick=False)
def test_the_page_says_authentic_and_in_force_without_patient_data(granted: IssuedLetter, client: Client) -> None:
    response = client.get(f"/verify/{granted.verification_code}/", HTTP_ACCEPT_LANGUAGE="en")
    text = page(response)
    assert response.status_code == 200
    assert "This letter is authentic" in text
    assert "In force today" in text
    assert granted.sha256 in text
    assert [word for word in PATIENT_WORDS if word in response.content.decode()] == []
    assert "no-store" in response["Cache-Control"]


@time_machine.travel(AT + 400 * ONE_DAY, tick=False)
def test_the_page_says_when_it_is_over(granted: IssuedLetter, client: Client) -> None:
    text = page(client.get(f"/verify/{granted.verification_code}/", HTTP_ACCEPT_LANGUAGE="en"))
    assert "This letter is authentic" in text
    assert "Not in force today" in text


def test_the_form_leads_to_the_page_of_the_code(granted: IssuedLetter, client: Client) -> None:
    typed = codes.spaced(granted.verification_code).lower().replace("0", "o").replace("1", "i")
    response = client.get("/verify/", {"code": typed})
    assert response.status_code == 302
    assert response["Location"] == f"/verify/{granted.verification_code}/"


def test_a_badly_copied_code_is_explained_and_kept(client: Client, db: None) -> None:
    response = client.get("/verify/", {"code": "ABC-12"}, HTTP_ACCEPT_LANGUAGE="en")
    assert response.status_code == 200
    assert "This is not a verification code" in page(response)
    assert 'value="ABC-12"' in response.content.decode()


def test_an_address_typed_by_hand_is_put_right(granted: IssuedLetter, client: Client) -> None:
    response = client.get(f"/verify/{codes.spaced(granted.verification_code).lower()}/")
    assert response["Location"] == f"/verify/{granted.verification_code}/"


@pytest.mark.parametrize("code", ["00000000000000000000", "nonsense", "é" * 300])
def test_an_unknown_code_is_not_found(client: Client, db: None, code: str) -> None:
    response = client.get(f"/verify/{code}/", HTTP_ACCEPT_LANGUAGE="en")
    assert response.status_code == 404
    assert "No letter bears this code" in page(response)


def test_one_wrong_code_after_another_meets_a_brake(
    granted: IssuedLetter, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "WRONG_CODES", 3)
    for _attempt in range(3):
        assert client.get("/verify/00000000000000000000/").status_code == 404
    response = client.get(f"/verify/{granted.verification_code}/", HTTP_ACCEPT_LANGUAGE="en")
    assert response.status_code == 429
    assert "try again in ten minutes" in page(response)


def test_right_codes_are_never_braked(granted: IssuedLetter, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "WRONG_CODES", 1)
    answers = {client.get(f"/verify/{granted.verification_code}/").status_code for _attempt in range(5)}
    assert answers == {200}


@pytest.mark.parametrize(("change", "expected"), [(b"", "Identical"), (b" ", "Different")])
def test_a_pdf_is_compared_to_the_byte_and_not_kept(
    granted: IssuedLetter, client: Client, change: bytes, expected: str
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    upload = SimpleUploadedFile("lettre.pdf", granted.pdf + change, content_type="application/pdf")
    response = client.post(f"/verify/{granted.verification_code}/", {"pdf": upload}, HTTP_ACCEPT_LANGUAGE="en")
    assert response.status_code == 200
    text = page(response)
    assert expected in text
    assert {"Identical", "Different"} - {expected} - set(text.split()) == {"Identical", "Different"} - {expected}


def test_comparing_without_a_file_says_so(granted: IssuedLetter, client: Client) -> None:
    response = client.post(f"/verify/{granted.verification_code}/", {}, HTTP_ACCEPT_LANGUAGE="en")
    assert response.status_code == 200
    assert "This field is required" in page(response)


def test_the_day_of_a_letter_is_the_one_it_bears(order_letter: Order) -> None:
    before_midnight = AT.replace(hour=23, minute=59, second=58)
    order_letter(at=before_midnight)
    orders.make_pending(limit=1, at=before_midnight + dt.timedelta(seconds=5))
    found = verify(IssuedLetter.objects.get().verification_code, at=AT + ONE_DAY)
    assert found.issued_on == AT.date()
