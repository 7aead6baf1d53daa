"""Due dates: golden cases with their source, and what must hold of any story."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from workflows.clock import ClockFact, Due, FactKind, due
from workflows.dates import PARIS, add_months, civil_date
from workflows.procedures.aac import AAC
from workflows.procedures.aap import AAP
from workflows.types import ClockRule, Length

FACT_OF_ACT: dict[str, FactKind] = {
    "start": "started",
    "stop": "stopped",
    "resume": "resumed",
    "extend": "extended",
    "end": "ended",
}
GOLDEN = list(csv.DictReader((Path(__file__).parent / "golden_clock.csv").read_text(encoding="utf-8").splitlines()))
NO_DELAY = ClockRule("decision", None, "no statutory limit found", target_setting="TARGET")


def moment(text: str) -> dt.datetime:
    """An instant; noon in Paris when only a day is given."""
    if "T" not in text:
        text += "T12:00"
    found = dt.datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=PARIS)


def length_of(text: str) -> Length:
    unit = {"m": "months", "d": "days", "wd": "working_days"}[text.lstrip("0123456789")]
    return Length(**{unit: int(text.rstrip("mdw"))})


def fact_of(text: str) -> ClockFact:
    act, when, *extra = text.split()
    return ClockFact(act, moment(when), length=length_of(extra[0]) if extra else Length())  # type: ignore[arg-type]


def facts_of(text: str) -> list[ClockFact]:
    return [fact_of(part) for part in text.split(";") if part.strip()]


def asked(delay: str, facts: Sequence[ClockFact], at: dt.datetime) -> Due:
    length = length_of(delay)
    if length.working_days:
        return due(NO_DELAY, facts, at, target=length.working_days)
    return due(ClockRule("decision", length, "the law"), facts, at)


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["example"][:60])
def test_golden(case: dict[str, str]) -> None:
    assert case["source"]
    found = asked(case["delay"], facts_of(case["facts"]), moment(case["seen_on"]))
    assert found.state == case["state"]
    assert (found.due_on.isoformat() if found.due_on else "") == case["due_on"]
    assert found.elapsed_days == int(case["elapsed_days"])


# ------------------------------------------------------------------------------------------------ explanation


def lines(delay: str, facts: str, seen_on: str) -> list[str]:
    with translation.override("en"):
        return list(asked(delay, facts_of(facts), moment(seen_on)).explanation)


def test_the_explanation_says_why() -> None:
    assert lines("3m", "started 2025-03-03; stopped 2025-04-10; resumed 2025-04-22", "2025-05-01") == [
        "Started on 3 March 2025.",
        "Delay: 3 months (the law).",
        "Suspended from 10 April 2025 to 22 April 2025 (+12 days).",
        "Due on 15 June 2025.",
    ]


def test_a_target_says_that_it_is_one() -> None:
    assert lines("10wd", "started 2026-03-02; stopped 2026-03-04; resumed 2026-03-18", "2026-03-18") == [
        "Started on 2 March 2026.",
        "The law sets no delay. Target: 10 working days, without legal effect.",
        "Suspended from 4 March 2026 to 18 March 2026 (+10 working days).",
        "Target date: 30 March 2026.",
    ]


def test_what_is_pending_and_what_has_no_effect_is_said() -> None:
    assert lines("3m", "", "2025-03-01") == ["The clock has not started."]
    pending = lines("3m", "started 2025-03-03; stopped 2025-04-10", "2025-05-01")
    assert pending[-1] == "Suspended since 10 April 2025: the due date is known once the answer has come."
    late = lines("3m", "started 2025-03-03; stopped 2025-06-10; resumed 2025-06-12", "2025-06-12")
    assert late[-2] == "Suspended from 10 June 2025 to 12 June 2025, after the due date: no effect."
    open_late = lines("3m", "started 2025-03-03; stopped 2025-06-10", "2025-06-12")
    assert open_late[-2:] == ["Suspended since 10 June 2025, after the due date: no effect.", "Due on 3 June 2025."]
    extended = lines("3m", "started 2025-03-03; extended 2025-05-20 1m; ended 2025-06-10", "2025-06-12")
    assert extended[2:] == ["Extended by 1 month on 20 May 2025.", "Ended on 10 June 2025.", "Due on 3 July 2025."]
    again = lines("3m", "started 2025-03-03; reset 2025-04-01", "2025-06-12")
    assert again[0] == "Started again on 1 April 2025."


def test_without_a_target_there_is_no_date() -> None:
    found = due(NO_DELAY, facts_of("started 2026-03-02"), moment("2026-03-04"))
    assert (found.state, found.due_on, found.elapsed_working_days) == ("running", None, 2)
    with translation.override("en"):
        assert due(NO_DELAY, facts_of("started 2026-03-02"), moment("2026-03-04")).explanation[1] == (
            "The law sets no delay."
        )


def test_what_comes_later_is_not_known_yet() -> None:
    facts = facts_of("started 2025-03-03; stopped 2025-04-10; resumed 2025-04-22; ended 2025-05-02")
    rule = ClockRule("decision", Length(months=3), "the law")
    assert due(rule, facts, moment("2025-03-02")).state == "none"
    assert due(rule, facts, moment("2025-04-09")).due_on == dt.date(2025, 6, 3)
    assert due(rule, facts, moment("2025-04-11")).state == "stopped"
    assert due(rule, facts, moment("2025-04-23")).due_on == dt.date(2025, 6, 15)
    assert due(rule, facts, moment("2025-05-03")).state == "ended"


def test_late_means_running_past_the_date() -> None:
    facts = facts_of("started 2026-03-02")
    found = due(AAC.clocks[0], facts, moment("2026-03-17"), target=10)
    assert not found.is_late(dt.date(2026, 3, 16))
    assert found.is_late(dt.date(2026, 3, 17))
    waiting = due(AAC.clocks[0], [*facts, *facts_of("stopped 2026-03-05")], moment("2026-03-17"), target=10)
    assert not waiting.is_late(dt.date(2026, 12, 31))
    over = due(AAC.clocks[0], [*facts, *facts_of("ended 2026-03-05")], moment("2026-03-17"), target=10)
    assert not over.is_late(dt.date(2026, 12, 31))


# ------------------------------------------------------------------------------------------ any story at all

START = moment("2025-01-31")
SEEN = START + dt.timedelta(days=900)
DELAYS = st.sampled_from(["1m", "3m", "45d", "1d", "1wd", "10wd"])
HOURS = st.integers(0, 200 * 24)
STOPS = st.lists(st.tuples(HOURS, st.integers(0, 40 * 24)), max_size=6)


def story(stops: Sequence[tuple[int, int]]) -> list[ClockFact]:
    """A clock started on 31 January, and stops given as (hours after the start, hours it lasts)."""
    facts = [ClockFact("started", START)]
    for since, lasts in stops:
        begun = START + dt.timedelta(hours=since)
        facts += [ClockFact("stopped", begun), ClockFact("resumed", begun + dt.timedelta(hours=lasts))]
    return facts


def date_of(delay: str, facts: Sequence[ClockFact]) -> dt.date:
    found = asked(delay, facts, SEEN).due_on
    assert found is not None
    return found


@given(DELAYS, STOPS, st.tuples(HOURS, st.integers(0, 40 * 24)))
@example("10wd", [], (336, 24))
@example("1m", [(24 * 27, 24)], (24 * 28, 24))
def test_one_more_stop_never_makes_a_date_earlier(
    delay: str, stops: list[tuple[int, int]], more: tuple[int, int]
) -> None:
    assert date_of(delay, story([*stops, more])) >= date_of(delay, story(stops))


@given(DELAYS, STOPS, HOURS, st.integers(0, 40 * 24), st.integers(0, 40 * 24))
def test_splitting_a_stop_changes_nothing(
    delay: str, stops: list[tuple[int, int]], since: int, first: int, second: int
) -> None:
    whole = asked(delay, story([*stops, (since, first + second)]), SEEN)
    split = asked(delay, story([*stops, (since, first), (since + first, second)]), SEEN)
    assert split == whole


@given(DELAYS, STOPS, st.randoms())
def test_the_order_of_facts_is_irrelevant(delay: str, stops: list[tuple[int, int]], luck: object) -> None:
    facts = story(stops)
    shuffled = list(facts)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]
    assert asked(delay, shuffled, SEEN) == asked(delay, facts, SEEN)


@given(DELAYS, STOPS, st.integers(0, 24 * 300))
def test_what_ran_and_what_was_paused_is_the_time_that_passed(
    delay: str, stops: list[tuple[int, int]], hours: int
) -> None:
    at = START + dt.timedelta(hours=hours)
    found = asked(delay, story(stops), at)
    assert found.elapsed_days + found.paused_days == (civil_date(at) - civil_date(START)).days
    assert found.elapsed_days >= 0
    assert 0 <= found.elapsed_working_days <= found.elapsed_days


@given(st.sampled_from(["1m", "3m", "45d"]), STOPS)
def test_the_date_is_the_delay_plus_the_days_stopped_before_it(delay: str, stops: list[tuple[int, int]]) -> None:
    """Against a walk, day by day: a day that a stop holds does not count."""
    found = asked(delay, story(stops), SEEN)
    held = {
        stop.since + dt.timedelta(days=step)
        for stop in found.stops
        if stop.until
        for step in range((stop.until - stop.since).days)
    }
    left = (date_of(delay, story([])) - civil_date(START)).days
    day = civil_date(START)
    while left or day in held:
        left -= day not in held
        day += dt.timedelta(days=1)
    assert found.due_on == day


@pytest.mark.parametrize("zone", [dt.UTC, PARIS, dt.timezone(dt.timedelta(hours=-10))])
def test_the_zone_an_instant_is_written_in_is_irrelevant(zone: dt.tzinfo) -> None:
    facts = [ClockFact("started", moment("2025-10-26T01:30+02:00").astimezone(zone))]
    assert date_of("1m", facts) == dt.date(2025, 11, 26)


# ----------------------------------------------------------------------------------------- the early access

AAP_CLOCK = AAP.clocks[0]
ROUNDS = st.lists(st.integers(0, 60), max_size=8)


def early_story(acts: Sequence[tuple[str, dt.datetime]]) -> list[ClockFact]:
    """The clock facts of these acts, as the write path notes them: an act whose row has no clock notes none."""
    facts: list[ClockFact] = []
    for name, at in acts:
        kind = AAP.transition(name).clock
        if kind:
            facts.append(ClockFact(FACT_OF_ACT[kind], at, cause=name, length=AAP_CLOCK.extension))
    return facts


def early_due(acts: Sequence[tuple[str, dt.datetime]], at: dt.datetime = SEEN) -> Due:
    return due(AAP_CLOCK, early_story(acts), at)


@given(ROUNDS, st.integers(0, 30))
def test_no_round_of_missing_items_moves_anything(rounds: list[int], wait: int) -> None:
    """Whatever came before, three months from the acknowledgement: sotatercept was completed five times in 107 days."""
    acts, at = [("file", START)], START
    for days in rounds:
        acts.append(("notify_missing", at))
        at += dt.timedelta(days=days)
        acts.append(("complete", at))
    assert early_due(acts).state == "none"
    at += dt.timedelta(days=wait)
    found = early_due([*acts, ("acknowledge", at)], at)
    assert (found.started_on, found.due_on) == (civil_date(at), add_months(civil_date(at), 3))
    assert (found.elapsed_days, found.paused_days) == (0, 0)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 45)), max_size=4), st.booleans())
def test_each_stop_moves_the_date_by_its_length_and_the_extension_by_a_month(
    requests: list[tuple[int, int]], extended: bool
) -> None:
    acts, at = [("acknowledge", START)], START
    for ran, waited in requests:
        at += dt.timedelta(days=ran)
        acts.append(("request_information", at))
        at += dt.timedelta(days=waited)
        acts.append(("answer", at))
    if extended:
        acts.append(("extend", START + dt.timedelta(hours=1)))
    months = 4 if extended else 3
    stopped = sum(waited for _ran, waited in requests)
    assert early_due(acts).due_on == add_months(civil_date(START), months) + dt.timedelta(days=stopped)


def test_the_rule_of_the_early_access() -> None:
    assert (AAP_CLOCK.length, AAP_CLOCK.extension) == (Length(months=3), Length(months=1))
    assert (AAP_CLOCK.silence, AAP_CLOCK.silence_otherwise) == ("grant_tacitly", "refuse_tacitly")
    ends = {row.name for row in AAP.transitions if row.clock == "end"}
    assert ends == {"withdraw", "deem_abandoned", "grant", "refuse", "grant_tacitly", "refuse_tacitly"}
