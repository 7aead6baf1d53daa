"""The register's pages: what an entry shows, what narrows the list, what has no page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Organisation
from catalogue.models import Indication
from dossiers.models import Title
from dossiers.services.title_days import follow_titles
from register import published, queries
from register.exports.rows import granted_by_year
from register.queries import Wanted
from tests.dossiers.world import dossier_in, granted, indication, title_in
from workflows.dates import PARIS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "in_english")]

TODAY = dt.date(2026, 5, 20)


def page(path: str, status: int = 200) -> BeautifulSoup:
    answer = Client(headers={"accept-language": "en"}).get(path)
    assert answer.status_code == status, path
    return BeautifulSoup(answer.content, "html.parser")


def main(path: str) -> str:
    found = page(path).find("main")
    assert found
    return " ".join(found.get_text(" ").split())


@pytest.fixture(autouse=True)
def today() -> Any:
    with time_machine.travel(dt.datetime(2026, 5, 20, 10, tzinfo=PARIS), tick=False):
        yield


def entry_of(name: str = "QALSODY") -> Indication:
    return indication(name)


def states(on: dt.date, **wanted: Any) -> dict[str, str]:
    """key -> state, of the whole register."""
    found: dict[str, str] = {}
    for one in queries.every_page(Wanted(**wanted), on, 5):
        for row in one.rows:
            found[f"{queries.KINDS[row['rank']]}/{row['id']}"] = row["state_now"]
    return found


def test_an_entry_of_the_referential_says_what_is_public_and_nothing_of_a_title() -> None:
    told = granted()
    entry = told.indication
    path = f"/register/referential/{entry.pk}/"
    text = main(path)
    assert entry.label in text
    assert str(entry.medicine) in text
    assert "CSP R.5121-74-10" in text
    title = told.title
    for hidden in (title.number, told.dossier.filing_number, told.dossier.organisation.name, told.dossier.subject):
        assert hidden
        assert hidden not in text
    assert path in {a["href"] for a in page("/register/").find_all("a")}


def test_the_day_of_a_first_grant_is_told_by_its_month() -> None:
    entry = entry_of()
    Indication.objects.filter(pk=entry.pk).update(opened_on=dt.date(2026, 5, 17))
    assert "May 2026" in main(f"/register/referential/{entry.pk}/")
    assert "17 May" not in main(f"/register/referential/{entry.pk}/")
    assert "17 May" not in main("/register/")


def test_what_is_not_public_is_not_there_whoever_asks() -> None:
    title, refused = granted().title, dossier_in("refused").dossier
    never_granted = Indication.objects.create(medicine=entry_of().medicine, label="Jamais accordée")
    for path in (
        f"title/{title.number}", f"refusal/{refused.filing_number}", f"refusal/{refused.reference}",
        f"referential/{never_granted.pk}", "referential/999999999999999999999", "referential/0", "referential/a",
        "referential/٣", "nothing/1", f"aac/{title.number}",
    ):  # fmt: skip
        page(f"/register/{path}/", status=404)
    assert "Jamais accordée" not in main("/register/?q=Jamais")


@pytest.mark.parametrize("ended_by", ["closed_on", "ma_since", "aap_since"])
def test_an_entry_ends_on_the_eve_of_what_covers_it(ended_by: str) -> None:
    entry = entry_of()
    Indication.objects.filter(pk=entry.pk).update(
        opened_on=dt.date(2025, 2, 1), closed_on=None, ma_since=None, aap_since=None
    )
    Indication.objects.filter(pk=entry.pk).update(**{ended_by: dt.date(2026, 5, 20)})
    key = f"referential/{entry.pk}"
    assert states(dt.date(2026, 5, 19))[key] == "in_force"
    assert states(dt.date(2026, 5, 20))[key] == "ended"
    assert key in states(TODAY, in_force_on=dt.date(2026, 5, 19))
    assert key not in states(TODAY, in_force_on=dt.date(2026, 5, 20))
    assert key not in states(TODAY, in_force_on=dt.date(2025, 1, 31))
    assert "19 May 2026" in main(f"/register/referential/{entry.pk}/")


def test_small_numbers_and_the_running_year_are_not_told() -> None:
    told = granted()
    row = told.title
    assert granted_by_year([told.indication.pk], TODAY) == {}  # 2026 is not over

    def after(count: int) -> int | None:
        present = Title.objects.count()
        _copies(row, count - present)
        return granted_by_year([told.indication.pk], dt.date(2027, 1, 1))[told.indication.pk][0].count

    assert after(1) is None
    assert after(published.SMALL - 1) is None
    with time_machine.travel(dt.datetime(2027, 1, 1, 10, tzinfo=PARIS)):
        assert "fewer than 10" in main(f"/register/referential/{told.indication.pk}/")
    assert after(published.SMALL) == published.SMALL


def _copies(row: Title, count: int) -> None:
    from tests.access.test_query_constancy import columns

    dossier = row.dossier
    for _n in range(count):
        serial = Title.objects.count()
        fresh = {"reference": f"C{serial}", "filing_number": f"N{serial}"}
        copy = type(dossier).objects.create(**columns(dossier) | fresh)
        Title.objects.create(**columns(row) | {"number": f"T{serial}", "chain": f"T{serial}", "dossier_id": copy.pk})


def test_words_state_and_day_narrow_the_list() -> None:
    assert "QALSODY" in main("/register/?q=qalsody")
    assert "QALSODY" in main("/register/?q=tofersen")
    assert "QALSODY" not in main("/register/?q=trogarzo")
    assert "Nothing in the register matches." in main("/register/?q=zzzzzz")
    everything = len(states(TODAY))
    assert len(states(TODAY, state="in_force")) + len(states(TODAY, state="ended")) == everything > 2
    # What cannot be understood is said, and narrows nothing.
    for wrong in ("in_force_on=31/12/2025x", "in_force_on=9999-12-31", "state=nothing", "q=a%00b", "page=xx"):
        assert "QALSODY" in main(f"/register/?{wrong}")


def test_the_list_goes_page_by_page_without_a_gap() -> None:
    whole = list(states(TODAY))
    assert len(whole) == len(set(whole)) > 5
    cursor, seen = "", []
    while True:
        found = queries.entries(Wanted(), TODAY, cursor, 3)
        seen += [row["id"] for row in found.rows]
        if not found.next:
            break
        cursor = found.next
    assert [f"referential/{key}" for key in seen] == whole
    back = queries.entries(Wanted(), TODAY, found.previous, 3)
    assert [row["id"] for row in back.rows] == seen[-len(found.rows) - 3 : -len(found.rows)]


def test_only_who_shows_the_counts_reads_every_authorisation(monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be a million of them: neither the list nor the file of lines tells how many."""
    asked: list[list[int]] = []
    monkeypatch.setattr("register.exports.rows.granted_by_year", lambda keys, on: asked.append(keys) or {})
    for path in ("/register/", "/api/v1/register.csv", "/register/risad.ttl"):
        answer = Client().get(path)
        assert answer.status_code == 200
        assert b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert not asked
    key = entry_of().pk
    for _time in range(2):
        page(f"/register/referential/{key}/")
    assert asked == [[key]]


# ----------------------------------------------------------------------- a procedure of which each title is public


def test_a_procedure_whose_titles_are_public_appears_without_a_line_of_code(publish: Callable[..., None]) -> None:
    told, refused = granted(), dossier_in("refused")
    publish(told.dossier, refused.dossier)
    company = Organisation.objects.filter(kind="company").order_by("pk")[0]
    Title.objects.filter(pk=told.title.pk).update(organisation=company)
    title = told.title
    text = main(f"/register/title/{title.number}/")
    for shown in (title.number, "Open access", company.name, told.indication.label, "Version 1", "R.5121-73"):
        assert shown in text
    assert told.dossier.subject not in text
    refusal = main(f"/register/refusal/{refused.dossier.filing_number}/")
    assert "Refused" in refusal
    assert refused.dossier.organisation.name not in refusal  # a hospital is not a company
    keys = states(TODAY)
    assert keys[f"title/{title.pk}"] == "in_force"
    assert keys[f"refusal/{refused.dossier.pk}"] == "refused"
    assert set(states(TODAY, procedure="openaccess")) == {f"title/{title.pk}", f"refusal/{refused.dossier.pk}"}
    assert f"title/{title.pk}" in states(TODAY, in_force_on=title.in_force_until)
    assert f"title/{title.pk}" not in states(TODAY, in_force_on=title.in_force_until + dt.timedelta(1))
    assert not [key for key in states(TODAY, in_force_on=TODAY) if key.startswith("refusal")]
    assert title.number in main(f"/register/?q={title.number}")


def test_a_suspended_title_has_no_force_on_the_days_of_its_suspension(publish: Callable[..., None]) -> None:
    told = title_in("suspended")
    since, until = told.at.date(), told.title.suspended_until
    publish(told.dossier)
    key = f"title/{told.title.pk}"

    def state(day: dt.date) -> str:
        return states(day)[key]

    assert state(since - dt.timedelta(1)) == "in_force"
    assert state(since) == state(until) == "suspended"
    assert state(until + dt.timedelta(1)) == "in_force"
    assert key not in states(since, in_force_on=since)
    assert "Suspended" in main(f"/register/title/{told.title.number}/")
    told.at = dt.datetime.combine(until + dt.timedelta(1), dt.time(6), tzinfo=PARIS)
    follow_titles(at=told.at)
    # Once it has force again, the past says the same.
    assert state(since) == "suspended"
    assert state(until + dt.timedelta(1)) == "in_force"


def test_what_is_over_says_why(publish: Callable[..., None]) -> None:
    told = title_in("ceased")
    publish(told.dossier)
    assert states(told.at.date() + dt.timedelta(1))[f"title/{told.title.pk}"] == "ended"
    first, last = told.title.starts_on, told.title.in_force_until
    with time_machine.travel(told.at + dt.timedelta(days=2), tick=False):
        text = main(f"/register/title/{told.title.number}/")
        listed = Client().get("/api/v1/register/").json()["results"]
    assert f"Version 1, in force from {first:%-d %B %Y} to {last:%-d %B %Y}" in text
    [versions] = [one["versions"] for one in listed if one["key"] == told.title.number]
    assert [one["ends_on"] for one in versions] == [last.isoformat()]


def test_the_list_and_a_page_cost_the_same_whatever_they_hold(publish: Callable[..., None]) -> None:
    told = granted()
    publish(told.dossier, dossier_in("refused").dossier)

    def cost(path: str) -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as asked:
            page(path)
        return len(asked)

    paths = ("/register/", f"/register/title/{told.title.number}/", f"/register/referential/{told.indication.pk}/")
    before = [cost(path) for path in paths]
    _copies(told.title, 12)
    assert [cost(path) for path in paths] == before
