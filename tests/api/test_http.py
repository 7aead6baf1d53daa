"""HTTP to the letter: types by preference, tags in lists, methods nobody knows, and what the log keeps of a request."""

from __future__ import annotations

import io
import logging
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.access.world import make_letters, told_until
from tests.api.callers import BASE, caller, codes, token_of

pytestmark = pytest.mark.usefixtures("world")

PDF = "application/pdf"
JSON = "application/json"
PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("accept", "status", "media"),
    [
        ("*/*", 200, JSON),
        ("", 200, JSON),
        ("*", 200, JSON),
        ("application/*", 200, JSON),
        (PDF, 200, PDF),
        ("Application/PDF", 200, PDF),
        (f"{PDF}; version=1.7", 200, PDF),
        (f"{PDF}, */*", 200, PDF),
        (f"{PDF};q=0.1, {JSON};q=0.9", 200, JSON),
        (f"{JSON};q=0.1, {PDF};q=0.9", 200, PDF),
        (f"{JSON};q=0, */*", 200, PDF),
        (f"{PDF};q=0, */*;q=0.1", 200, JSON),
        ("text/html, */*;q=0.8", 200, JSON),
        (f"{PDF};q=much", 200, PDF),
        (f"{PDF};q=0", 406, PROBLEM),
        ("text/html", 406, PROBLEM),
        ("not a type", 406, PROBLEM),
    ],
)
def test_a_letter_comes_in_the_type_that_is_preferred(accept: str, status: int, media: str) -> None:
    told = told_until("granted")
    make_letters(drawn_by=lambda context: b"%PDF-1.7 not drawn")
    number = told.dossier.letters.order_by("pk").last().number
    answer = caller("prescriber").get(f"{BASE}letters/{number}/", HTTP_ACCEPT=accept)
    assert (answer.status_code, answer["Content-Type"]) == (status, media)
    assert answer.content.startswith(b"%PDF-1.7" if media == PDF else b"{")


@pytest.mark.parametrize(
    ("tag", "status"),
    [('"1"', 200), ('W/"1"', 200), ('"7", "1"', 200), ('"1","7"', 200), ('"7", "8"', 412), ('"1"x', 412), ("*", 200)],
)
def test_one_tag_of_a_list_is_enough(tag: str, status: int) -> None:
    told, client = told_until("draft"), caller("prescriber")
    path = f"{BASE}dossiers/{told.reference}/"
    assert client.patch(f"{path}answers/", {}, format="json", HTTP_IF_MATCH=tag).status_code == status
    done = client.post(f"{path}transitions/sign/", {}, format="json", HTTP_IF_MATCH=tag)
    assert done.status_code == status
    assert done["ETag"] == ('"2"' if status == 200 else '"1"')


@pytest.mark.parametrize("method", ["PROPFIND", "A" * 60, "OPTIONS", "TRACE"])
def test_a_method_that_nobody_knows_is_405(method: str) -> None:
    answer = caller("prescriber").generic(method, f"{BASE}me/")
    assert answer.status_code == 405
    assert answer["Content-Type"] == PROBLEM
    assert answer["Allow"] == "GET, HEAD"


def test_a_name_given_twice_is_refused() -> None:
    raw = b'{"procedure": "aac", "kind": "initial", "answers": {"patient": {"initials": "AB", "initials": "CD"}}}'
    answer = caller("prescriber").post(f"{BASE}dossiers/", raw, content_type=JSON)
    assert answer.status_code == 400
    assert codes(answer) == ["json"]


def test_the_logs_hold_no_token_no_verification_code_and_nothing_typed(settings: Any) -> None:
    told = told_until("granted")
    make_letters(drawn_by=lambda context: b"%PDF-1.7 not drawn")
    code = told.dossier.letters.order_by("pk").last().verification_code
    secret = token_of("prescriber")
    client = caller("prescriber")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    with written_to_the_log() as lines:
        client.get(f"{BASE}verify/{code}/")
        client.get(f"{BASE}verify/{code}x/")
        client.get(f"/verify/{code}/")
        client.get(f"{BASE}me/?access_token={secret}")
        client.post(f"{BASE}dossiers/", {"procedure": "zqinconnu", "kind": "zqtape"}, format="json")
        client.get(f"{BASE}nowhere/", HTTP_AUTHORIZATION=f"Bearer {secret}x")
    text = lines.getvalue()
    assert "/api/v1/verify/" in text, "the log is read"
    for word in (code, secret, "zqinconnu", "zqtape"):
        assert word not in text


class written_to_the_log:  # noqa: N801 - read as a verb
    """What production would log meanwhile, from INFO up, by the project's own formatter."""

    def __enter__(self) -> io.StringIO:
        stream = io.StringIO()
        self.handler = logging.StreamHandler(stream)
        self.handler.setFormatter(next(iter(logging.getLogger("django").handlers)).formatter)
        self.levels = [(one, one.level) for one in (logging.getLogger(), logging.getLogger("django"))]
        for one, _level in self.levels:
            one.addHandler(self.handler)
            one.setLevel(logging.INFO)
        return stream

    def __exit__(self, *_error: object) -> None:
        for one, level in self.levels:
            one.removeHandler(self.handler)
            one.setLevel(level)


@pytest.mark.parametrize("path", ["me", "dossiers", "titles/AAC-2026-000001", "register"])
def test_an_address_without_its_slash_says_so(path: str) -> None:
    for method in ("get", "post"):
        answer = getattr(caller("prescriber"), method)(BASE + path)
        assert answer.status_code == 404
        assert codes(answer) == ["no_final_slash"]
        assert f"{BASE}{path}/" in answer.json()["detail"]
    assert codes(caller("prescriber").get(f"{BASE}nowhere")) == ["not_found"]


def test_the_pages_of_the_documentation_are_found_without_their_slash() -> None:
    answer = caller("prescriber").get("/api/docs")
    assert (answer.status_code, answer["Location"]) == (301, "/api/docs/")


def test_a_part_sent_twice_is_refused() -> None:
    told = told_until("draft")
    files = [SimpleUploadedFile(name, b"Avis.") for name in ("a.txt", "b.txt")]
    answer = caller("prescriber").post(
        f"{BASE}dossiers/{told.reference}/documents/", {"kind": "other", "file": files}, format="multipart"
    )
    assert answer.status_code == 400
    assert [reason["field"] for reason in answer.json()["reasons"]] == ["file"]
    assert not told.dossier.attachments.exists()


@pytest.mark.parametrize(("scan", "soon"), [("pending", True), ("infected", False)])
def test_a_document_that_may_not_leave_says_whether_to_ask_again(scan: str, soon: bool) -> None:
    told = told_until("draft", document=True)
    told.dossier.attachments.update(scan=scan)
    answer = caller("prescriber").get(f"{BASE}documents/{told.dossier.attachments.get().pk}/content/")
    assert answer.status_code == 409
    assert ("Retry-After" in answer) == soon


def test_a_wrong_token_is_named_and_an_absent_one_is_not() -> None:
    client = caller("prescriber")
    client.credentials(HTTP_AUTHORIZATION="Bearer nothing")
    assert client.get(f"{BASE}me/")["WWW-Authenticate"] == 'Bearer realm="earlyaccess", error="invalid_token"'
    client.credentials()
    assert client.get(f"{BASE}me/")["WWW-Authenticate"] == 'Bearer realm="earlyaccess"'
