"""Nothing of a person or a patient is in the register, in whatever form: a world of canaries is told, then everything
that the register says is read."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client

from accounts.models import Organisation, Person
from dossiers.demo.story import Story
from dossiers.models import Dossier, Title
from tests.dossiers.world import dossier_in, granted, renewed, title_in
from workflows.dates import PARIS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

FILES = (
    "/register/risad.ttl", "/register/risad.shacl.ttl", "/register/statistics/", "/api/v1/register.csv",
    "/api/v1/register/?size=100", "/api/v1/register/?in_force_on=2026-05-20", "/api/v1/register/?format=csv",
)  # fmt: skip
INITIALS = "ZXQVK"
GIVEN = {"patient": {"initials": INITIALS}}
STATES = ("draft", "received", "assessment", "info_requested", "granted", "refused", "closed", "withdrawn")
TITLES = ("in_force", "suspended", "withdrawn", "ceased", "stopped", "expired")


def a_random_world(seed: int) -> list[Story]:
    drawn = random.Random(seed)  # noqa: S311 - a test
    told = [dossier_in(state) for state in drawn.sample(STATES, 4)]
    told += [title_in(state) for state in drawn.sample(TITLES, 2)]
    first = granted(months=2, given=GIVEN)
    return [*told, first, renewed(first)]


def everything() -> Iterator[tuple[str, str]]:
    """(address, text) of all that anybody can reach from the register without signing in."""
    client = Client(headers={"accept-language": "fr"})
    waiting, seen = ["/register/", *FILES], set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = client.get(path)
        assert answer.status_code == 200, path
        text = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
        yield path, text
        if path.startswith("/register/") and answer["Content-Type"].startswith("text/html"):
            main = BeautifulSoup(text, "html.parser").find("main")
            links = {str(a["href"]) for a in main.find_all("a", href=True)} if main else set()
            here = path.partition("?")[0]
            waiting += sorted(here + one if one.startswith("?") else one for one in links if one[0] in "/?")


def canaries(stories: list[Story]) -> dict[str, str]:
    """text -> what it is. Persons, hospitals, numbers and references of files, a patient's initials."""
    found = {INITIALS: "initials"}
    for person in Person.objects.order_by("pk"):
        found |= {person.get_full_name(): "a person", person.email: "an address"}
    for body in Organisation.objects.filter(kind="establishment").order_by("pk"):
        found[body.name] = "a hospital"
    for told in stories:
        found |= {told.reference: "a reference", str(told.dossier.filing_number or told.reference): "a filing number"}
    for title in Title.objects.order_by("pk"):
        found |= {title.number: "a title's number"}
    return {text: what for text, what in found.items() if text}


@pytest.mark.parametrize("seed", [1, 2])
def test_no_page_and_no_file_holds_anything_of_anybody(seed: int) -> None:
    stories = a_random_world(seed)
    later = max(told.at for told in stories) + dt.timedelta(days=1)
    with time_machine.travel(later, tick=False):
        read = dict(everything())
    hidden = canaries(stories)
    assert len(hidden) > 30
    leaks = [f"{path}: {what} ({text})" for path, said in read.items() for text, what in hidden.items() if text in said]
    assert not leaks, "\n".join(leaks)
    # What is looked for is told somewhere: the entries themselves are there.
    entry = stories[0].indication
    assert f"/register/referential/{entry.pk}/" in read
    assert all(entry.label in read[path] for path in (f"/register/referential/{entry.pk}/", "/api/v1/register.csv"))


def test_even_where_titles_are_public_no_patient_and_no_person_is(publish: Callable[..., None]) -> None:
    stories = [granted(given=GIVEN), title_in("suspended"), dossier_in("refused")]
    publish(*(told.dossier for told in stories))
    hidden = canaries(stories)
    for told in stories:  # a public title is told by its number, a public refusal by its filing number
        hidden.pop(str(told.dossier.filing_number))
    for title in Title.objects.order_by("pk"):
        hidden.pop(title.number)
    assert stories[0].dossier.subject == INITIALS
    with time_machine.travel(stories[1].at + dt.timedelta(days=1), tick=False):
        read = dict(everything())
    assert f"/register/title/{stories[0].title.number}/" in read
    leaks = [f"{path}: {what} ({text})" for path, said in read.items() for text, what in hidden.items() if text in said]
    assert not leaks, "\n".join(leaks)


def test_no_query_of_the_register_reads_an_encrypted_column(publish: Callable[..., None]) -> None:
    publish(granted().dossier, dossier_in("refused").dossier)
    secret = ["subject", "payload", "content", "answers", "reasons", "conditions", "data"]
    asked: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    with time_machine.travel(dt.datetime(2026, 5, 20, 10, tzinfo=PARIS), tick=False), connection.execute_wrapper(note):
        read = dict(everything())
    assert len(read) > 5
    assert len(asked) > 10
    assert not [sql for sql in asked for name in secret if f'"{name}"' in sql.partition("FROM")[0]]
    assert Dossier.objects.exists()
