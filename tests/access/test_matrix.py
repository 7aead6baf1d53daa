"""Who gets what, at every address: the lines of `matrix.csv` are asked, and the lines themselves obey the contract.

The contract (design/architecture.md, design/api.md): out of scope is 404, in scope without the right is 403, signed out
leads to the sign-in page (302; 401 for what was being posted, so that it is given back).
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from django.contrib import auth
from django.http import HttpRequest
from django.template.backends.django import Template
from django.test import Client, override_settings
from django.urls import Resolver404, resolve
from django.utils import timezone

from accounts import middleware
from accounts.actors import active_memberships, actor_for
from accounts.models import Membership, Person
from dossiers.policy import visible_to
from tests.access.matrix import ASKED_BY_ALL, OFTEN_ASKED, REFUSED_TO, THIRD_PARTY, Row, Scene, ask, rows, url_names
from tests.access.world import (
    HOSPITAL_OF,
    NOBODY,
    READERS,
    READERS_OF,
    browser,
    load_the_former_member,
    person,
    undone,
)

pytestmark = pytest.mark.django_db

ROWS = rows()
NAMES = sorted({row.name for row in ROWS})


@pytest.fixture(scope="module")
def scene(demo: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    fast = {"SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"}
    with override_settings(MAILBOX_DIR=tmp_path_factory.mktemp("mailbox"), **fast):
        load_the_former_member()
        yield Scene.told()


@pytest.fixture(scope="module")
def clients(scene: Scene) -> Iterator[dict[str, Client]]:
    """A browser for each reader. Only statuses count here: pages are not drawn (test_leaks.py and the tests of each
    room draw them), refusals not logged, and who a session belongs to is read once: that would be most of the time."""
    people: dict[str, Any] = {}
    memberships: dict[int, list[Membership]] = {}

    def get_user(request: HttpRequest) -> Any:
        key = request.COOKIES.get("sessionid", "")
        if key not in people:
            people[key] = usual_user(request)
        return people[key]

    def memberships_of(person: Person, on: dt.date) -> list[Membership]:
        if person.pk not in memberships:
            memberships[person.pk] = list(usual_memberships(person, on))
        return memberships[person.pk]

    usual_user, usual_memberships = auth.get_user, middleware.active_memberships
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "get_user", get_user)
        patch.setattr(middleware, "active_memberships", memberships_of)
        patch.setattr(Template, "render", lambda template, context=None, request=None: "")
        patch.setattr("documents.letters.orders.render", lambda context: b"%PDF-1.7 not drawn")
        logging.disable(logging.WARNING)
        yield {who: browser(who) for who in READERS}
        logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", NAMES)
def test_each_reader_gets_what_the_matrix_says(scene: Scene, clients: dict[str, Client], name: str) -> None:
    wrong = []
    for row in (row for row in ROWS if row.name == name):
        places = scene.places(row)
        for who in row.asked:
            # A GET writes nothing but the access log (earlyaccess.testing.readonly): there is nothing to undo.
            with nullcontext() if row.method == "GET" else undone():
                found = ask(clients[who], row, places)
            if found != row.statuses[who]:
                wrong.append(f"{row.label} by {who}: {found}, the matrix says {row.statuses[who]}")
    assert not wrong, "\n".join(wrong)


def test_every_address_has_its_lines() -> None:
    ours = {name for name in url_names() if not name.startswith(tuple(THIRD_PARTY))}
    for method in ("GET", "POST"):
        covered = {row.name for row in ROWS if row.method == method}
        assert not ours - covered, f"{method} has no line in tests/access/matrix.csv: {sorted(ours - covered)}"
    assert set(NAMES) - ours == {"/health/live", "/health/ready"}


def test_every_line_says_where_it_goes() -> None:
    for row in ROWS:
        path = re.sub(r"\{\w+\}", "1", row.path.partition("?")[0])
        try:
            assert resolve(path).view_name == row.name, row.label
        except Resolver404:
            assert row.path == row.name, row.label


def test_every_reader_is_asked() -> None:
    whole = {(row.name, row.method) for row in ROWS if row.asked == set(READERS)}
    for row in ROWS:
        if row.asked == set(REFUSED_TO):
            assert {row.statuses[who] for who in REFUSED_TO[1:]} == {"405"}, row.label
        else:
            assert row.asked >= set(OFTEN_ASKED), row.label
            assert (row.name, row.method) in whole or (row.object and row.name not in ASKED_BY_ALL), row.label


# ------------------------------------------------------------------------------------------ the contract itself


def may_know_of(who: str, what: str) -> bool:
    """By the contract (domain/workflows.md), said again here without the code's help."""
    whose, _space, state = what.partition(" ")
    return who in READERS_OF[state] and HOSPITAL_OF.get(who, whose) == whose


ANSWERS_ANYBODY = {"documents:verify_code"}
"""About a letter, for whoever holds its code: it says nothing of the dossier."""


def test_the_policy_is_the_contract(scene: Scene) -> None:
    """Every role, every state, both hospitals: what is listed is what the contract lets be known."""
    for who in READERS:
        membership = None if who == NOBODY else active_memberships(person(who), timezone.localdate()).first()
        seen = set(
            visible_to(actor_for(membership) if membership else None)
            .filter(procedure="aac")
            .values_list("reference", flat=True)
        )
        assert seen == {
            story.reference
            for whose, stories in (("own", scene.own), ("other", scene.other))
            for state, story in stories.items()
            if may_know_of(who, f"{whose} {state}")
        }, who


@pytest.mark.parametrize("row", [row for row in ROWS if row.object], ids=lambda row: row.label)
def test_out_of_scope_is_not_found_and_in_scope_never_is(row: Row) -> None:
    if row.name in ANSWERS_ANYBODY:
        return
    for who, status in row.statuses.items():
        if who == NOBODY or not status or status == "405":
            continue
        if row.relation.startswith("named: "):
            # A search finds or finds not: it is no error either way.
            assert status == ("302" if may_know_of(who, row.object) else "200"), who
        elif not may_know_of(who, row.object):
            assert status == "404", who
        elif "nonsense" not in row.path:
            assert status != "404", who


PUBLIC = {
    "accounts:landing", "accounts:accessibility", "accounts:legal", "accounts:session", "accounts:language",
    "documents:verify", "documents:verify_code", "notifications:mailbox", "notifications:mail",
    "dossiers:home", "dossiers:help", "systems:docs", "dossiers:calendar_feed", "/health/live", "/health/ready",
    # The register names medicines and companies: no patient, no hospital, no title of one patient (404).
    "register:list", "register:entry", "register:statistics", "register:risad", "register:risad_shapes",
    "register:filings", "register:filings_csv", "register:filings_json",
    "register:frameworks", "register:framework",
}  # fmt: skip
"""What somebody who is not signed in may read. Another one needs a reason and a line here."""


def test_signed_out_is_led_to_sign_in_everywhere_else() -> None:
    for row in ROWS:
        status = row.statuses[NOBODY]
        if row.name in {"register:entry", "register:framework"} and "{title}" in row.path:
            assert status == ("405" if row.name == "register:framework" and row.method == "POST" else "404"), row.label
        elif row.name in PUBLIC:
            assert status in {"200", "302", "405"}, row.label
        else:
            assert status == {"GET": "302", "POST": "401"}[row.method], row.label


def test_without_a_membership_there_is_nobodys_file() -> None:
    """A technical administrator and a former member have exactly the same rights: those over oneself. What is about the
    site and nobody's file is the administrator's alone."""
    for row in ROWS:
        if row.name.startswith("notifications:operations"):
            assert {row.statuses["former"], row.statuses["prescriber"]} <= {"", "403", "405"}, row.label
        elif row.asked == set(READERS):
            assert row.statuses["admin"] == row.statuses["former"], row.label


def test_auditors_change_nothing() -> None:
    about_oneself = {
        "accounts:profile", "accounts:language", "dossiers:calendar", "notifications:read_all", "systems:tokens",
        "notifications:preferences",
    }  # fmt: skip
    # A preview is a reading; the page of answers leads back to the dossier when nothing is asked.
    changes_nothing = {"dossiers:letter_preview", "dossiers:answers"}
    for row in ROWS:
        if row.method == "POST" and row.name not in about_oneself | PUBLIC | changes_nothing:
            assert row.statuses["auditor"] in {"", "403", "404", "405"}, row.label
