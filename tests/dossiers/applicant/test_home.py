"""What each role sees first, and what it costs."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.dossiers.world import MONDAY, assessed, dossier_in, granted, story
from workflows.dates import PARIS

pytestmark = pytest.mark.django_db
HOME = "/"


def page(client: Client, url: str = HOME) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_signed_out_people_see_the_front_page(db):
    assert Client().get(HOME).status_code == 200


@pytest.mark.parametrize(
    ("login", "says"),
    [
        ("prescriber", "Finish it, then sign it"),
        ("intern", "Finish it; a prescriber must sign it"),
        ("pharmacist", "The prescriber finishes it"),
    ],
)
def test_a_draft_says_what_each_reader_does_next(signed_in, login, says):
    told = story(given={"patient": {"initials": "QZK"}}).draft()
    text = page(signed_in(login))
    assert told.reference in text
    assert "QZK" in text
    assert says in text


def test_a_preparer_sees_no_draft_and_another_hospital_sees_nothing(signed_in):
    draft, checking = story().draft(), story().draft().sign()
    text = page(signed_in("pharmacy_preparer"))
    assert draft.reference not in text
    assert checking.reference in text
    assert "a pharmacist must send it" in text
    other = page(signed_in("prescriber2"))
    assert draft.reference not in other
    assert checking.reference not in other


def test_the_work_is_one_link_away(signed_in):
    draft, checking = story().draft(), story().draft().sign()
    asked = assessed().ask("Pourquoi ?")
    text = page(signed_in("prescriber"))
    assert reverse("dossiers:edit_start", args=[draft.reference]) in text
    assert reverse("dossiers:answers", args=[asked.reference]) in text
    assert "Answer ANSM&#x27;s questions" in text
    assert "2026</strong>" in text
    assert reverse("dossiers:check", args=[checking.reference]) in page(signed_in("pharmacist"))


def test_an_empty_home_says_what_to_do(signed_in):
    text = page(signed_in("prescriber"))
    assert "No draft waits for you." in text
    assert reverse("dossiers:new") in text


def test_a_title_that_ends_soon_can_be_renewed_once(signed_in, time_machine):
    told = granted(months=1)
    time_machine.move_to(dt.datetime.combine(told.title.ends_on - dt.timedelta(days=10), dt.time(9), tzinfo=PARIS))
    client = signed_in("prescriber")
    assert reverse("dossiers:renew", args=[told.title.number]) in page(client)
    first = client.post(reverse("dossiers:renew", args=[told.title.number]))
    second = client.post(reverse("dossiers:renew", args=[told.title.number]))
    assert first.url == second.url
    text = page(client)
    assert "under way" in text
    assert reverse("dossiers:renew", args=[told.title.number]) not in text


@pytest.mark.parametrize(("before", "says"), [(10, "(11 days left)"), (0, "(1 day left)"), (-1, "(past)")])
def test_the_last_day_is_still_one_of_those_left(signed_in, time_machine, before, says):
    told = granted(months=1)
    time_machine.move_to(dt.datetime.combine(told.title.ends_on - dt.timedelta(days=before), dt.time(9), tzinfo=PARIS))
    assert says in page(signed_in("prescriber"))


def test_staff_get_their_own_home_and_auditors_a_list(signed_in):
    filed = dossier_in("received")
    assert filed.reference in page(signed_in("ansm_assessor"))
    assert filed.reference in page(signed_in("auditor"))
    assert filed.reference not in page(signed_in("org_admin"))


def cost(client: Client, url: str) -> int:
    page(client, url)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page(client, url)
    return len(queries)


@pytest.mark.parametrize(
    ("login", "url"), [("prescriber", HOME), ("pharmacist", HOME), ("pharmacist", "/worklists/pharmacy/")]
)
def test_the_cost_does_not_grow_with_the_rows(signed_in, login, url, time_machine):
    time_machine.move_to(MONDAY + dt.timedelta(days=20))
    client = signed_in(login)
    make_one_of_each()
    one = cost(client, url)
    for _ in range(19):
        make_one_of_each()
    assert cost(client, url) == one
    assert one < 25


def make_one_of_each() -> None:
    story().draft()
    story().draft().sign()
    story(given={"request": {"urgent": "yes"}}).draft().sign()


def test_lists_are_paged_without_loss_or_repeat(signed_in):
    told = [story().draft().reference for _ in range(53)]
    client = signed_in("prescriber")
    first = client.get(reverse("dossiers:group", args=["drafts"]))
    found = [row["reference"] for row in first.context["rows"]]
    second = client.get(first.context["next_url"])
    found += [row["reference"] for row in second.context["rows"]]
    assert sorted(found) == sorted(told)
    assert len(set(found)) == 53
    assert client.get(reverse("dossiers:group", args=["drafts"]) + "?page=wrong").status_code == 200
    assert client.get(reverse("dossiers:group", args=["nothing"])).status_code == 404
