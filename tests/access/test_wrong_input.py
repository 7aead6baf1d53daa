"""Whatever is sent to whatever address, the answer is never a fault of ours (500).

What is posted is every field name of the site at once, all with the same hostile value: each view reads its own.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.backends.django import Template
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import Membership
from documents.models import IssuedLetter
from dossiers.demo.story import Story
from dossiers.models import Dossier, Event, IdempotentAnswer
from notifications.models import OutboxMessage
from tests.access.world import browser, make_letters, person, told_until, undone

pytestmark = pytest.mark.django_db

FIELDS: Final = (
    # acts, conversations, staffing
    "body", "reason", "reasons", "conditions", "outcome", "starts_on", "ends_on", "questions", "questions.1",
    "reply_by", "answers.1", "answer-1", "compliance", "until", "emergency", "observations_invited_on", "changes",
    "cause", "stopped_on", "details", "membership", "indication", "act",
    # a draft
    "initials", "birth_month", "sex", "weight_kg", "medicine", "other_name", "other_strength", "posology", "daily_dose",
    "duration_days", "track", "urgent", "treatments-0-treatment", "treatments-0-started", "treatments-0-response",
    "references", "justification", "rcp_on", "kind", "name", "anyway", "file", "remove_row",
    # the catalogue
    "label", "inn", "cis", "cip13", "ucd13", "atc", "put_reference", "put_url", "put_published_on", "seen", "starts_on",
    "min_age", "max_age", "max_daily_dose", "form-TOTAL_FORMS", "form-INITIAL_FORMS", "form-0-text", "form-0-kind",
    # people
    "email", "first_name", "last_name", "language", "role", "quality", "phone", "ward", "speciality", "next", "login",
)  # fmt: skip

A_LOT: Final = "é" * 30_000
VALUES: Final = (
    "", "a\x00b", "1e30", "NaN", "٣²", "9" * 40, "-1", "2026-02-31", "0000-00-00", "9999-12-31",
    "<script>alert(1)</script>{{ x }}{% y %}%s%00", "\x01\x1b\u202e\ufeff\U0001f600",
)  # fmt: skip


def mixed(shift: int) -> dict[str, str]:
    """Every field with one of the values; the next shift gives each field the next value."""
    return {name: VALUES[(rank * 5 + shift) % len(VALUES)] for rank, name in enumerate(FIELDS)}


POSTS: Final = {
    "nothing": {},
    "NUL everywhere": dict.fromkeys(FIELDS, "a\x00b"),
    "a lot of text": dict.fromkeys(FIELDS, A_LOT),
    "mixed": mixed(0),
}


@pytest.fixture(scope="module")
def stories(demo: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Story]]:
    with override_settings(MAILBOX_DIR=tmp_path_factory.mktemp("mailbox")):
        states = ("draft", "at_pharmacy", "received", "assessment", "info_requested", "to_sign", "granted")
        told = {state: told_until(state, document=state == "draft") for state in states}
        make_letters(drawn_by=lambda context: b"%PDF-1.7 not drawn")
        yield told


@pytest.fixture(scope="module")
def clients(stories: dict[str, Story]) -> Iterator[dict[str, Client]]:
    logins = ("prescriber", "pharmacist", "ansm_assessor", "ansm_signatory", "org_admin", "signed_out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("documents.letters.orders.render", lambda context: b"%PDF-1.7 not drawn")
        logging.disable(logging.ERROR)
        yield {login: browser(login) for login in logins}
        logging.disable(logging.NOTSET)


def targets(stories: Mapping[str, Story]) -> list[tuple[str, str]]:
    """(who, address) of everything that can be posted, each by somebody whom it is open to."""
    at = {state: f"/dossiers/{story.reference}" for state, story in stories.items()}
    indication = stories["draft"].indication
    title = f"/titles/{stories['granted'].title.number}"
    document = stories["draft"].dossier.attachments.get()
    colleague = Membership.objects.get(person=person("intern")).pk
    own = Membership.objects.get(person=person("prescriber")).pk
    message = OutboxMessage.objects.filter(recipient=person("prescriber")).order_by("pk")[0]
    letter = IssuedLetter.objects.order_by("pk")[0]
    return [
        *(("prescriber", f"{at['draft']}/edit/{key}/") for key in ("medicine", "patient", "history", "clinical")),
        *(("prescriber", f"{at['draft']}/{page}/") for page in ("medicine", "documents", "review", "act/withdraw")),
        ("prescriber", f"{at['draft']}/documents/{document.pk}/remove/"),
        ("prescriber", "/dossiers/new/start/"),
        ("pharmacist", f"{at['at_pharmacy']}/check/"),
        ("pharmacist", f"{at['at_pharmacy']}/act/return_to_prescriber/"),
        ("prescriber", f"{at['info_requested']}/answer/"),
        ("prescriber", f"{at['info_requested']}/act/answer/"),
        ("prescriber", f"{at['assessment']}/messages/"),
        ("ansm_assessor", f"{at['received']}/act/take_up/"),
        *(("ansm_assessor", f"{at['assessment']}/act/{act}/") for act in ("request_information", "propose", "none")),
        *(("ansm_assessor", f"{at['assessment']}/{page}/") for page in (
            "notes", "reassign", "recuse", "product", "product/new", "preview/typed")),
        ("ansm_assessor", f"{at['info_requested']}/remind/"),
        *(("ansm_signatory", f"{at['to_sign']}/act/{act}/") for act in ("send_back", "grant")),
        *(("ansm_signatory", f"{title}/act/{act}/") for act in ("suspend", "withdraw", "modify", "cease")),
        *(("prescriber", f"{title}/{page}/") for page in ("act/stop_treatment", "renew")),
        *(("ansm_assessor", f"/catalogue/indications/{indication.pk}/{page}/") for page in (
            "edit", "put", "criteria/new")),
        *(("ansm_assessor", f"/catalogue/medicines/{indication.medicine_id}/{page}/") for page in ("edit", "ucd")),
        ("ansm_assessor", "/catalogue/entries/new/"),
        *(("prescriber", path) for path in ("/profile/", "/profile/act-as/", "/language/")),
        ("prescriber", f"/profile/memberships/{own}/"),
        *(("org_admin", f"/organisation/members/{page}") for page in ("invite/", f"{colleague}/role/")),
        ("prescriber", f"/inbox/{message.pk}/read/"),
        ("signed_out", f"/verify/{letter.verification_code}/"),
        ("signed_out", "/profile/"),
        ("signed_out", "/account/login/"),
        ("signed_out", "/account/password/reset/"),
    ]  # fmt: skip


def fault(client: Client, method: str, path: str, *args: Any) -> str:
    """What went wrong, or "" for an answer that is one."""
    try:
        answer = getattr(client, method)(path, *args)
        if answer.streaming:
            list(answer)
    except Exception as error:  # noqa: BLE001 - the test client lets ours through: each is a 500
        return f"{method} {path} {args[:1]}: {type(error).__name__}: {str(error)[:200]}"
    return "" if answer.status_code < 500 else f"{method} {path} {args[:1]}: {answer.status_code}"


@pytest.mark.parametrize("kind", POSTS)
def test_hostile_values_in_every_field(stories: dict[str, Story], clients: dict[str, Client], kind: str) -> None:
    found = []
    for who, path in targets(stories):
        with undone():
            found.append(fault(clients[who], "post", path, POSTS[kind]))
    assert not [one for one in found if one]


def test_a_hostile_version_or_key(stories: dict[str, Story], clients: dict[str, Client]) -> None:
    """What every form carries unseen, and what tells one button of a page from another."""
    unseen = {**dict.fromkeys(("version", "base_version", "seen", "add_row"), "٣²"), "key": "a\x00b", "open": "1"}
    found = []
    for who, path in targets(stories):
        with undone():
            found.append(fault(clients[who], "post", path, {"reason": "Motif", **unseen}))
    assert not [one for one in found if one]


def test_a_body_that_is_not_a_form(stories: dict[str, Story], clients: dict[str, Client]) -> None:
    bodies = (
        (b'{"a": [1, "\\ud800"]}', "application/json"),
        (b"--x\r\nContent-Disposition: form-data", "multipart/form-data"),
        (b"reason=%ff%00&version=%ZZ&&&=", "application/x-www-form-urlencoded; charset=latin-9-ish"),
    )
    found = []
    for body, content_type in bodies:
        for who, path in targets(stories)[::3]:
            with undone():
                found.append(fault(clients[who], "generic", "POST", path, body, content_type))
    assert not [one for one in found if one]


def test_a_section_resolved_with_what_is_no_section(stories: dict[str, Story], clients: dict[str, Client]) -> None:
    path = f"/dossiers/{stories['draft'].reference}/edit/"
    mines = ("[]", "null", "{", '{"posology": {"a": 1}}', '{"posology": "\\ud800"}', '{"posology": "\\u0000"}',
             '{"posology": [[[1e400]]], "daily_dose": NaN}', '{"treatments": "x"}', '{"treatments": [1, null, {}]}',
             "[" * 5_000)  # fmt: skip
    found = []
    for mine in mines:
        picked = {f"pick-{name}": "mine" for name in ("posology", "daily_dose", "treatments", "initials", "medicine")}
        for section in ("medicine", "history", "patient"):
            with undone():
                data = {"resolve": "1", "mine": mine, **picked}
                found.append(fault(clients["prescriber"], "post", f"{path}{section}/", data))
                found.append(fault(clients["prescriber"], "get", f"{path}{section}/"))
    assert not [one for one in found if one]


def cursors(ordering: str) -> list[str]:
    def coded(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    day, last = "2026-01-01T00:00:00+00:00", "9999-12-31T23:59:59-12:00"
    rows = (
        [day, 1], [True, None, 1], [True, day, 1], [10**30], [day, 10**30], [-1], [None], ["0001-01-01", 1], [last, 1],
        [float("nan"), 1],
    )  # fmt: skip
    return [
        "x", "=", "\x00", "é", "A" * 390, "A" * 5_000, coded("x"), coded([]), coded({"a": 1}),
        *(coded([">", ordering, *row]) for row in rows),
        base64.urlsafe_b64encode(b"[" * 290).decode(),
        "2026-01-01T00:00:00+00:00_99999999999999999999", "0001-01-01T00:00:00+14:00_1", "NaN_NaN",
    ]  # fmt: skip


LISTS: Final = (
    ("prescriber", "/dossiers/", "changed"),
    ("prescriber", "/files/questions/", "reply"),
    ("prescriber", "/titles/", "ending"),
    ("prescriber", "/inbox/", "before"),
    ("pharmacist", "/worklists/pharmacy/", "urgent"),
    ("ansm_assessor", "/worklists/all/", "due"),
    ("org_admin", "/organisation/members/", "page"),
)
FILTERS: Final = (
    "q", "state", "kind", "hospital", "product", "filed_from", "filed_to", "urgent", "order", "to", "expiring", "past",
)  # fmt: skip


@pytest.mark.parametrize(("who", "path", "ordering"), LISTS)
def test_a_damaged_cursor_or_filter_shows_a_list(
    clients: dict[str, Client], who: str, path: str, ordering: str
) -> None:
    found = [fault(clients[who], "get", path, dict.fromkeys(FILTERS, value)) for value in (*VALUES, "é" * 3_000)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "render", lambda template, context=None, request=None: "")  # the same page, not drawn
        for cursor in cursors(ordering):
            found.append(fault(clients[who], "get", path, {"page": cursor, "before": cursor}))
    assert not [one for one in found if one]


def test_an_address_that_is_none(stories: dict[str, Story], clients: dict[str, Client]) -> None:
    one = f"dossiers/{stories['assessment'].reference}"
    addresses = (
        "dossiers/{}/", "dossiers/{}/edit/patient/", "dossiers/{}/act/withdraw/", "titles/{}/", "titles/{}/renew/",
        "letters/{}/", "verify/{}/", "demo/mailbox/{}/", "files/{}/", "help/{}/", "documents/{}/content/",
        "inbox/{}/read/", one + "/edit/{}/", one + "/act/{}/", one + "/documents/{}/remove/",
    )  # fmt: skip
    found = []
    for name in ("a%00b", "%FF'", "x" * 3_000, "9" * 30):
        for address in addresses:
            for method in ("get", "post"):
                with undone():
                    found.append(fault(clients["prescriber"], method, f"/{address.format(name)}"))
    assert not sorted({one for one in found if one})


# ----------------------------------------------------------------------------------------- other people's keys


def test_somebody_elses_key_does_neither_their_act_nor_mine_again(
    stories: dict[str, Story], clients: dict[str, Client]
) -> None:
    """The same key by two people is two requests; by one person for two requests, a conflict that changes nothing."""
    told = stories["assessment"]
    act = f"/dossiers/{told.reference}/act"
    with undone():
        soon = (timezone.localdate() + dt.timedelta(days=10)).isoformat()
        asked = {"questions.1": "Pourquoi ?", "reply_by": soon, "key": "one-key", "version": told.dossier.version}
        first = clients["ansm_assessor"].post(f"{act}/request_information/", asked)
        assert first.status_code == 302
        count = Event.objects.count()
        mine = clients["prescriber"].post(f"{act}/withdraw/", {"reason": "Motif", "key": "one-key"})
        assert mine.status_code == 302
        assert Event.objects.count() == count + 1
        assert Dossier.objects.get(reference=told.reference).state == "withdrawn"
        assert IdempotentAnswer.objects.filter(key="one-key").count() == 2
        again = clients["prescriber"].post(f"{act}/withdraw/", {"reason": "Autre motif", "key": "one-key"})
        assert again.status_code == 409
        assert Event.objects.count() == count + 1
        # The one who lost the file from sight (another hospital) learns nothing by guessing a key.
        other = browser("prescriber2").post(f"{act}/withdraw/", {"reason": "Motif", "key": "one-key"})
        assert other.status_code == 404


def test_a_tampered_version_never_acts(stories: dict[str, Story], clients: dict[str, Client]) -> None:
    told = stories["assessment"]
    path = f"/dossiers/{told.reference}/act/withdraw/"
    before = Event.objects.count()
    for version in ("0", "1", str(told.dossier.version + 1), "999999999"):
        with undone():
            answer = clients["prescriber"].post(path, {"reason": "Motif", "version": version})
            assert answer.status_code == 412, version
            assert Event.objects.count() == before


def test_a_file_that_is_none(stories: dict[str, Story], clients: dict[str, Client]) -> None:
    path = f"/dossiers/{stories['draft'].reference}/documents/"
    found = []
    for name, content in (
        ("\x00.pdf", b"%PDF-1.7"),
        ("../../x", b"\x00"),
        ("x" * 400, b"PK\x03\x04"),
        ("a.png", b"\x89PNG\r\n\x1a\n"),
    ):
        with undone():
            upload = SimpleUploadedFile(name, content)
            found.append(fault(clients["prescriber"], "post", path, {"kind": "other", "file": upload}))
    assert not [one for one in found if one]
