"""Numbers of the statistics against the same numbers made by hand from the pure clock."""

from __future__ import annotations

import copy
import datetime as dt
import statistics as plain
from collections.abc import Callable
from typing import Any

import pgtrigger
import pytest
import time_machine
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dossiers.models import ClockFact, Dossier
from dossiers.services.clocks import due
from dossiers.services.worked_days import count_worked_days
from register import published
from register.statistics import OfProcedure, Year, kept_statistics, statistics, told
from tests.access.test_query_constancy import columns
from tests.dossiers.history.helpers import play_published
from tests.dossiers.history.helpers import published as published_cases
from tests.dossiers.history.test_published import INVENTED
from tests.dossiers.world import assessed, granted, story, to_sign
from tests.register.conftest import OPEN_CODE
from workflows import clock
from workflows.dates import PARIS
from workflows.registry import AAC

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

TODAY = dt.date(2026, 5, 20)
NEW_YEAR = dt.datetime(2025, 1, 1, tzinfo=PARIS)


def of_aac(on: dt.date = TODAY) -> OfProcedure:
    return next(one for one in statistics(on) if one.code == "aac")


def test_a_decision_keeps_the_days_its_clock_ran() -> None:
    asked = assessed().ask("Quelle est la clairance ?")
    asked.at += dt.timedelta(days=9)
    asked.answer("Elle était de 80 mL/min.").propose("grant", "Bénéfice présumé.").grant()
    dossier = asked.dossier
    assert dossier.decided_in_working_days == due(dossier, dossier.decided_at).elapsed_working_days
    whole = clock.working_days_between(dossier.filed_at.date(), dossier.decided_at.date())
    assert 0 < dossier.decided_in_working_days < whole
    # The sweeper finds the same, once.
    Dossier.objects.filter(pk=dossier.pk).update(decided_in_working_days=None)
    assert count_worked_days() == 1
    assert count_worked_days() == 0
    assert Dossier.objects.get(pk=dossier.pk).decided_in_working_days == dossier.decided_in_working_days


def test_a_draft_that_is_withdrawn_took_no_time() -> None:
    drafted = story().draft()
    drafted.do("withdraw", "prescriber", {"reason": "Erreur."})
    assert drafted.dossier.decided_in_working_days is None
    assert count_worked_days() == 0


def test_a_file_whose_days_were_guessed_counts_and_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An imported history says on which day it was filed or decided, or the nearest known day stands for it."""
    monkeypatch.setattr(published, "SMALL", 1)
    play_published([_published(f"AAC-{rank}", "2022-02-03", "2022-02") for rank in range(2)])
    assert [(one.decided, one.median) for one in of_aac().years if one.year == 2022] == [(2, None)]
    play_published([_published("AAC-9", "2022-02-03", "2022-02-07")])
    [year] = [one for one in of_aac().years if one.year == 2022]
    assert (year.decided, year.median) == (3, 2)


def _published(name: str, filed: str, granted_on: str) -> dict[str, Any]:
    source = copy.deepcopy(published_cases("aac")["cases"][INVENTED])
    events = [{"date": filed, "type": "submitted"}, {"date": granted_on, "type": "granted"}]
    return {**source, "id": name, "events": events}


def test_a_year_without_a_decision_is_a_year_too(monkeypatch: pytest.MonkeyPatch, publish: Callable[..., None]) -> None:
    play_published([_published("AAC-9", "2022-02-03", "2022-02-07")])
    assert [(one.year, one.decided) for one in of_aac().years] == [(year, None) for year in range(2026, 2021, -1)]
    publish(Dossier.objects.get(filing_number__startswith="AAC-E-2022"))
    [years] = [one.years for one in statistics(TODAY) if one.code == OPEN_CODE]
    assert [(one.decided, one.rate) for one in years] == [(0, None)] * 4 + [(1, 100)]
    cache.clear()
    with time_machine.travel(dt.datetime(2026, 5, 20, 10, tzinfo=PARIS)):
        cells = [[cell.get_text() for cell in line.find_all("td")] for line in shown().select("tbody tr")]
    assert cells[-2:] == [["0", "-", "-"], ["1", "2", "100 %"]]


minutes = st.integers(min_value=0, max_value=364 * 24 * 60)
acts = st.lists(st.tuples(st.sampled_from(["stopped", "resumed", "reset"]), minutes), max_size=6)
files = st.lists(st.tuples(minutes, minutes, acts, st.booleans()), min_size=10, max_size=25)


@given(told_files=files)
@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_query_says_what_the_clock_says_file_by_file(told_files: list[Any]) -> None:
    row = _a_row()
    days: list[int] = []
    grants = 0
    for number, (one, other, between, is_grant) in enumerate(told_files):
        filed, decided = (NEW_YEAR + dt.timedelta(minutes=value) for value in sorted((one, other)))
        facts = [("started", filed), *((act, NEW_YEAR + dt.timedelta(minutes=at)) for act, at in between)]
        facts = [(act, at) for act, at in facts if filed <= at <= decided] + [("ended", decided)]
        days.append(_filed(row, number, facts, filed, decided, is_grant))
        grants += is_grant
    assert count_worked_days() == len(told_files)
    year = next(one for one in of_aac().years if one.year == 2025)
    assert year.decided == len(told_files)
    assert year.median == plain.median(days)
    small = min(grants, len(told_files) - grants) < published.SMALL
    assert year.rate == (None if small else round(100 * grants / len(told_files), 1))
    _forget()


def _a_row() -> Dossier:
    """A granted file of this year to copy; its own decision is not in 2025."""
    found = Dossier.objects.filter(state="granted", title__isnull=False).order_by("pk").first()
    return found or granted().dossier


def _filed(row: Dossier, number: int, facts: list[Any], filed: Any, decided: Any, is_grant: bool) -> int:
    fresh = {
        "reference": f"C{number}", "filing_number": f"N{number}", "filed_at": filed, "decided_at": decided,
        "decided_in_working_days": None, "state": "granted" if is_grant else "refused",
    }  # fmt: skip
    copy = Dossier.objects.create(**columns(row) | fresh)
    ClockFact.objects.bulk_create(ClockFact(dossier=copy, act=act, at=at, cause="x") for act, at in facts)
    pure = [clock.ClockFact(act=act, at=at) for act, at in facts]
    target = settings.WORKFLOW_LIMITS["AAC_TARGET_WORKING_DAYS"]
    return clock.due(AAC.clocks[0], pure, decided, target=target).elapsed_working_days


def _forget() -> None:
    with pgtrigger.ignore():
        ClockFact.objects.filter(dossier__reference__startswith="C").delete()
        Dossier.objects.filter(reference__startswith="C").delete()


# ----------------------------------------------------------------------------------------------- small numbers


@given(decided=st.integers(1, 60), data=st.data())
def test_no_number_under_ten_can_be_read_or_computed(decided: int, data: st.DataObject) -> None:
    grants = data.draw(st.integers(0, decided))
    row = {"year": 2025, "decided": decided, "granted": grants, "median": 3.0}
    year = told(row, running=False, hides=True)
    if decided < published.SMALL:
        assert year == Year(2025, None, None, None, False)
    else:
        assert year.decided == decided
        assert (year.rate is None) == (min(grants, decided - grants) < published.SMALL)
    assert told(row, running=False, hides=False).rate == round(100 * grants / decided, 1)


def test_the_page_tells_nothing_of_one_decision() -> None:
    granted()
    to_sign("refuse").refuse()
    with time_machine.travel(dt.datetime(2026, 6, 30, 10, tzinfo=PARIS)):
        page = shown()
    text = " ".join(page.get_text(" ").split())
    assert "fewer than 10" in text
    assert "so far" in text
    assert not page.find("svg", class_="register-picture")
    assert "How these numbers are made" in text


def test_the_page_draws_what_its_tables_say(monkeypatch: pytest.MonkeyPatch) -> None:
    years = (Year(2026, 40, 2.5, 60.0, True), Year(2025, 30, 8.0, None, False), Year(2024, None, None, None, False))
    monkeypatch.setattr("register.views.numbers.kept_statistics", lambda on: [OfProcedure("aac", "AAC", True, years)])
    page = shown()
    pictures = page.find_all("svg", class_="register-picture")
    assert len(pictures) == 2
    assert "2025: 8 working days. 2026: 2.5 working days." in pictures[0].find("desc").get_text()
    assert pictures[1].find("desc").get_text() == "2026: 60 %."
    heights = [float(bar["height"]) for bar in pictures[0].select("g > rect")]
    assert heights == [120.0, 37.5]
    cells = [[cell.get_text() for cell in line.find_all(["th", "td"])] for line in page.select("tbody tr")]
    assert [cells[0][1:], cells[1][1:], cells[2][1:]] == [
        ["40", "2.5", "60 %"],
        ["30", "8", "not told"],
        ["fewer than 10", "not told", "not told"],
    ]


def shown() -> BeautifulSoup:
    answer = Client(headers={"accept-language": "en"}).get("/register/statistics/")
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


def test_the_numbers_are_kept_and_a_cache_that_is_down_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Callable[..., Any]
) -> None:
    with django_assert_num_queries(1):
        first = kept_statistics(TODAY)
        assert kept_statistics(TODAY) == first

    def down(*_args: Any, **_options: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr("register.kept.cache", type("Down", (), {"get_many": down, "set_many": down}))
    assert kept_statistics(TODAY) == first
