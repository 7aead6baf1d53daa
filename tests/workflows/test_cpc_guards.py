"""Guards of the prescription framework, and the month of silence on its information material: on the day before, the
day, and the day after each term."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows import cpc_guards
from workflows.dates import PARIS, add_months
from workflows.information_material import deemed_favourable_on, last_day_for_an_opinion, silence_has_decided
from workflows.types import Actor, DocumentFact, EventFact, Facts, ProposalFact, System, TitleFact

AT = dt.datetime(2026, 3, 10, 9, tzinfo=PARIS)
TODAY = AT.date()
PERSON = Actor(role="ansm_assessor", person_id=1)
COMPANY = Actor(role="applicant", person_id=2, organisation_id=3)


def facts(**said: Any) -> Facts:
    return Facts(procedure="cpc", state="assessment", **{"kind": "report", **said})


def codes(guard: Any, told: Facts, actor: Actor = PERSON, at: dt.datetime = AT) -> set[str]:
    return {reason.code for reason in guard(told, actor, at)}


def in_days(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("preparation", "a_preparation"),
        ("no_ma", "no_ma"),
        ("not_marketed", "not_marketed"),
        ("marketed", ""),
        ("", ""),
    ],
)
def test_a_framework_is_for_a_marketed_medicine(status: str, code: str) -> None:
    assert codes(cpc_guards.the_medicine_has_an_ma, facts(product={"ma_status": status})) == ({code} if code else set())


def test_what_the_ma_covers_needs_no_framework_and_a_renewal_is_not_asked() -> None:
    covered = {"ma_since": dt.date(2025, 1, 1)}
    assert codes(cpc_guards.the_indication_is_outside_the_ma, facts(product=covered)) == {"within_the_ma"}
    assert not codes(cpc_guards.the_indication_is_outside_the_ma, facts(product=covered, kind="renewal"))
    assert not codes(cpc_guards.the_indication_is_outside_the_ma, facts(product={}))


@pytest.mark.parametrize(("names", "code"), [("  \n ", "required"), ("Un\nDeux", ""), (None, "")])
def test_at_least_one_company_is_named(names: str | None, code: str) -> None:
    payload = None if names is None else {"companies": names}
    assert codes(cpc_guards.company_is_known, facts(payload=payload)) == ({code} if code else set())


def test_lines_are_kept_once_in_their_order() -> None:
    assert cpc_guards.lines_of(" Un \n\nDeux\nUn") == ["Un", "Deux"]


@pytest.mark.parametrize(("days", "late"), [(0, True), (1, False)])
def test_a_reply_date_is_to_come(days: int, late: bool) -> None:
    told = facts(payload={"reply_by": in_days(days)})
    assert codes(cpc_guards.the_reply_day_is_to_come, told) == ({"reply_by_past"} if late else set())


@given(st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31)), st.integers(-40, 40))
def test_the_protocol_is_asked_for_two_months_at_most(today: dt.date, shift: int) -> None:
    at = dt.datetime.combine(today, dt.time(12), tzinfo=PARIS)
    reply_by = add_months(today, 2) + dt.timedelta(days=shift)
    told = facts(payload={"reply_by": reply_by})
    assert bool(codes(cpc_guards.the_protocol_is_asked_for_two_months_at_most, told, at=at)) == (shift > 0)


@pytest.mark.parametrize(
    ("matter", "waits"),
    [
        ({"awaited": ("A",), "reply_by": in_days(0)}, True),
        ({"awaited": ("A",), "reply_by": in_days(-1)}, False),
        ({"awaited": (), "reply_by": in_days(9)}, False),
        ({"awaited": (), "reply_by": None}, False),
    ],
)
def test_replies_are_awaited_until_their_day(matter: dict[str, Any], waits: bool) -> None:
    found = codes(cpc_guards.companies_replied_or_the_day_passed, facts(matter=matter))
    assert found == ({"replies_awaited"} if waits else set())


def test_a_protocol_is_attached_by_the_company_or_its_day_passed() -> None:
    guard = cpc_guards.the_protocol_is_attached_or_its_day_passed
    attached = (DocumentFact("put_sp", "clean"),)
    asked = {"reply_by": in_days(0)}
    assert codes(guard, facts(matter=asked), COMPANY) == {"no_protocol"}
    assert codes(guard, facts(matter=asked, documents=(DocumentFact("other", "clean"),)), COMPANY) == {"no_protocol"}
    assert not codes(guard, facts(matter=asked, documents=attached), COMPANY)
    assert codes(guard, facts(matter=asked), System("silence")) == {"reply_by_not_passed"}
    assert not codes(guard, facts(matter={"reply_by": in_days(-1)}), System("silence"))


def done(*verbs: str) -> tuple[EventFact, ...]:
    return tuple(EventFact(verb, AT, "ansm_assessor") for verb in verbs)


def test_no_protocol_is_waived_without_a_reason() -> None:
    guard = cpc_guards.protocol_was_asked_or_is_waived
    assert codes(guard, facts(payload={"asked": "Projet"})) == {"no_put"}
    assert not codes(guard, facts(payload={"asked": "Projet", "waiver": "Recul."}))
    assert not codes(guard, facts(payload={"asked": "Projet"}, events=done("request_put", "receive_put")))
    assert not codes(guard, facts())


def test_establishing_follows_a_contradictory_and_refusing_needs_none() -> None:
    guard = cpc_guards.establishing_follows_a_contradictory
    grant, refuse = {"outcome": "grant"}, {"outcome": "refuse"}
    assert codes(guard, facts(payload=grant, events=done("open_contradictory"))) == {"no_contradictory"}
    assert not codes(guard, facts(payload=grant, events=done("open_contradictory", "close_contradictory")))
    assert not codes(guard, facts(payload=refuse))
    assert codes(guard, facts(payload={}, proposal=ProposalFact("grant", 1))) == {"no_contradictory"}


@given(st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31)), st.integers(-20, 20))
def test_a_framework_lasts_three_years_at_most(first: dt.date, shift: int) -> None:
    last = add_months(first, 36) - dt.timedelta(days=1) + dt.timedelta(days=shift)
    told = facts(payload={"outcome": "grant", "starts_on": first, "ends_on": last})
    too_long = {"period_too_long"} if last >= add_months(first, 36) else set()
    assert codes(cpc_guards.period_is_three_years_at_most, told) == too_long


@pytest.mark.parametrize(("days", "early"), [(0, True), (1, False), (2, False)])
def test_a_framework_is_in_force_the_day_after_its_publication(days: int, early: bool) -> None:
    told = facts(payload={"outcome": "grant", "starts_on": in_days(days), "ends_on": in_days(900)})
    found = codes(cpc_guards.the_framework_starts_after_its_publication, told)
    assert found == ({"before_publication"} if early else set())


@pytest.mark.parametrize(("days", "over"), [(-1, True), (0, True), (1, False)])
def test_a_period_that_ends_on_its_signature_never_begins(days: int, over: bool) -> None:
    told = facts(payload={}, proposal=ProposalFact("grant", 1, in_days(-9), in_days(days)))
    assert codes(cpc_guards.the_last_day_is_still_to_come, told) == ({"period_over"} if over else set())


@pytest.mark.parametrize("name", ["ma_since", "aap_since"])
def test_nothing_is_established_where_another_authorisation_covers(name: str) -> None:
    guard, product = cpc_guards.no_authorisation_covers_the_indication, {name: TODAY}
    assert codes(guard, facts(payload={"outcome": "grant"}, product=product)) == {"covered"}
    assert not codes(guard, facts(payload={"outcome": "refuse"}, product=product))


@pytest.mark.parametrize(
    ("ends_on", "first", "gap"),
    [
        (in_days(30), in_days(31), False),
        (in_days(30), in_days(32), True),
        (in_days(-30), in_days(1), False),
        (in_days(-30), in_days(2), True),
    ],
)
def test_a_renewal_leaves_no_gap(ends_on: dt.date, first: dt.date, gap: bool) -> None:
    parent = TitleFact("CPC-2023-000001", "in_force", in_days(-900), ends_on)
    payload = {"outcome": "grant", "starts_on": first, "ends_on": in_days(900)}
    found = codes(cpc_guards.a_renewal_leaves_no_gap, facts(kind="renewal", parent=parent, payload=payload))
    assert found == ({"renewal_gap"} if gap else set())


# ------------------------------------------------------------------------------------------- the month of silence


@given(st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31)), st.times())
def test_silence_is_favourable_from_the_day_after_one_month(sent: dt.date, hour: dt.time) -> None:
    sent_at = dt.datetime.combine(sent, hour, tzinfo=dt.UTC)
    last = last_day_for_an_opinion(sent_at)
    day = sent_at.astimezone(PARIS).date()
    # Date to date, or the last day of a month that is too short: never less than 28 days, never more than 31.
    assert last.day == day.day or (last + dt.timedelta(days=1)).day == 1
    assert dt.timedelta(days=28) <= last - day <= dt.timedelta(days=31)
    assert (last.year * 12 + last.month) - (day.year * 12 + day.month) == 1
    assert not silence_has_decided(sent_at, last)
    assert silence_has_decided(sent_at, last + dt.timedelta(days=1))
    assert deemed_favourable_on(sent_at) == last + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("sent", "last"),
    [
        ("2026-01-31T10:00+01:00", "2026-02-28"),
        ("2024-01-31T10:00+01:00", "2024-02-29"),
        ("2026-03-15T10:00+01:00", "2026-04-15"),
        # Half past midnight in Paris is the day before in universal time.
        ("2026-06-30T22:30+00:00", "2026-08-01"),
    ],
)
def test_the_last_day_for_an_opinion(sent: str, last: str) -> None:
    assert last_day_for_an_opinion(dt.datetime.fromisoformat(sent)).isoformat() == last


@pytest.mark.parametrize(
    ("months", "refused"), [(-5, True), (0, True), (1, False), (36, False), (37, True), (None, False)]
)
def test_reports_come_at_least_once_in_the_longest_period(months: int | None, refused: bool) -> None:
    told = facts(payload={"outcome": "grant", "report_months": months})
    assert codes(cpc_guards.reports_come_within_its_period, told) == ({"report_months"} if refused else set())
