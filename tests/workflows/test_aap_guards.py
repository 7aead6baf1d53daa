"""Each guard of the early access refuses what it is for and nothing else, with its own reason."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.worlds import (
    ACTING,
    COMMITTEE,
    FAVOURABLE,
    NOW,
    PROPOSED,
    READY,
    TODAY,
    UNFAVOURABLE,
    actor,
    day,
    early_facts,
    examples,
)
from workflows.aap_guards import CRITERIA, last_day_to_file, period_by_silence
from workflows.dates import PARIS, add_months, last_day_of_a_period
from workflows.engine import judge
from workflows.procedures.aap import AAP
from workflows.types import DocumentFact, EventFact, Facts, OpinionFact, Reason, RequestFact, TitleFact

SIGNERS = {"grant": "has_college", "refuse": "has_college", "give_ansm_opinion": "ansm_signatory"}
SILENT = ("grant_tacitly", "refuse_tacitly")


def verdict_on(name: str, facts: Facts, role: str = "", **typed: Any) -> Any:
    """The verdict on an act whose example payload is changed by `typed` (None takes a field away)."""
    row = AAP.transition(name, facts.state)
    payload = {**examples(AAP, name, facts.state), **typed}
    facts = dataclasses.replace(facts, payload={key: value for key, value in payload.items() if value is not None})
    verdict = judge(AAP, name, facts, actor(role or sorted(row.by)[0]), NOW)
    assert verdict.outcome in {"allowed", "blocked"}
    assert all(str(reason.message) for reason in verdict.reasons)
    return verdict


def codes(name: str, facts: Facts | None = None, role: str = "", **typed: Any) -> set[str]:
    facts = facts or ready(name)
    return {reason.code for reason in verdict_on(name, facts, role, **typed).reasons}


def fields(name: str, facts: Facts, **typed: Any) -> set[tuple[str, str]]:
    return {(reason.code, reason.field) for reason in verdict_on(name, facts, **typed).reasons}


def ready(name: str, state: str = "", **changes: Any) -> Facts:
    """A request on which `name` is possible, less what `changes` takes away."""
    source = state or sorted(AAP.transition(name).sources)[0]
    return early_facts(source, **{**READY.get(name, {}), **changes})


def about(state: str = "in_force", ends_on: dt.date | None = None, **changes: Any) -> TitleFact:
    return TitleFact("AAP-2025-000003", state, day(-200), ends_on or day(164), **changes)


# ------------------------------------------------------------------------------------------------- the filing


@pytest.mark.parametrize(
    ("name", "state"), [("file", "draft"), ("complete", "incomplete"), ("answer", "info_requested")]
)
def test_what_is_sent_is_whole_and_safe(name: str, state: str) -> None:
    missing = (Reason("required", "Fill in the claimed indication.", "indication.claimed"),)
    assert codes(name, ready(name, state, missing=missing)) == {"required"}
    assert codes(name, ready(name, state)) == set()
    for scan, refused in (("pending", {"document_pending"}), ("infected", {"document_infected"})):
        documents = (DocumentFact("smpc", scan, "rcp.pdf"),)  # type: ignore[arg-type]
        assert codes(name, ready(name, state, documents=documents)) == refused


def test_a_file_without_documents_is_filed_all_the_same() -> None:
    """HAS then lists what lacks."""
    assert codes("file", ready("file", documents=())) == set()


@pytest.mark.parametrize("kind", ["renewal", "new_data", "ma_obtained"])
@pytest.mark.parametrize(
    ("title", "refused"),
    [
        (None, {"no_parent"}),
        (about(), set()),
        (about("suspended"), set()),
        (about("expired"), {"parent_not_renewable"}),
        (about("withdrawn"), {"parent_not_renewable"}),
        (about("ceased"), {"parent_not_renewable"}),
        (about("replaced", successor_starts_on=day(-2)), {"already_renewed"}),
        (about(successor_starts_on=day(12)), {"already_renewed"}),
    ],
)
def test_what_a_later_request_is_about(kind: str, title: TitleFact | None, refused: set[str]) -> None:
    assert codes("file", ready("file", kind=kind, parent=title)) == refused


def test_a_first_request_stands_alone() -> None:
    assert codes("file", ready("file", kind="first", parent=None)) == set()


@pytest.mark.parametrize(
    ("ends_on", "refused"),
    [
        (add_months(TODAY, 3), set()),
        (add_months(TODAY, 3) - dt.timedelta(days=1), {"renewal_late"}),
        (day(300), set()),
        (day(0), {"renewal_late"}),
    ],
)
def test_a_renewal_is_filed_three_months_before_the_end(ends_on: dt.date, refused: set[str]) -> None:
    facts = ready("file", kind="renewal", parent=about(ends_on=ends_on), filed_at=None)
    assert codes("file", facts) == refused
    # The others may come at any time.
    assert codes("file", dataclasses.replace(facts, kind="new_data")) == set()


def test_the_last_day_to_file_is_date_to_date() -> None:
    assert last_day_to_file(dt.date(2024, 5, 31)) == dt.date(2024, 2, 29)
    assert last_day_to_file(dt.date(2023, 10, 26)) == dt.date(2023, 7, 26)


@pytest.mark.parametrize("name", sorted({row.name for row in AAP.transitions if row.by & {"has_officer", "ct_secretary",
                                         "has_college", "ansm_assessor", "ansm_signatory"}}))  # fmt: skip
def test_the_recused_do_nothing(name: str) -> None:
    for state in sorted(AAP.transition(name).sources):
        assert codes(name, ready(name, state, recused=frozenset({ACTING}))) == {"recused"}
        assert codes(name, ready(name, state, recused=frozenset({99}))) == set()


@pytest.mark.parametrize("name", SIGNERS)
def test_whoever_signs_holds_a_delegation(name: str) -> None:
    facts = dataclasses.replace(ready(name), may_sign_for_body=False)
    assert codes(name, facts, SIGNERS[name]) == {"no_delegation"}


# ------------------------------------------------------------------------------------------- asking, the clock


@pytest.mark.parametrize(
    ("offset", "refused"),
    [(0, {"reply_by_past"}), (1, set()), (45, set()), (46, {"reply_by_late"})],
)
def test_the_reply_is_due_within_45_days(offset: int, refused: set[str]) -> None:
    for role in ("has_officer", "ansm_assessor"):
        assert codes("request_information", None, role, reply_by=day(offset).isoformat()) == refused


def asked(reply_by: int | None) -> RequestFact:
    return RequestFact(NOW, day(reply_by) if reply_by is not None else None, {"1": "Dose ?", "2": "Survie ?"})


@pytest.mark.parametrize(("name", "state"), [("complete", "incomplete"), ("answer", "info_requested")])
def test_everything_asked_is_answered(name: str, state: str) -> None:
    facts = ready(name, state, request=asked(3))
    assert codes(name, facts, answers={"1": "5 mg"}) == {"unanswered"}
    assert codes(name, facts, answers={"1": "5 mg", "2": "71 %"}) == set()
    assert codes(name, facts, answers={"1": "5 mg", "2": "71 %", "3": "rien"}) == {"unknown_question"}
    assert codes(name, dataclasses.replace(facts, request=None)) == {"no_open_request"}


@pytest.mark.parametrize(("reply_by", "abandoned"), [(-30, True), (-1, True), (0, False), (1, False), (None, False)])
def test_on_the_day_after_the_reply_date_it_is_too_late(reply_by: int | None, abandoned: bool) -> None:
    """One of both is possible, never both: on the last day one may still answer."""
    facts = early_facts("info_requested", request=asked(reply_by))
    assert codes("answer", facts, answers={"1": "a", "2": "b"}) == ({"reply_by_passed"} if abandoned else set())
    assert codes("withdraw", facts) == ({"reply_by_passed"} if abandoned else set())
    assert codes("deem_abandoned", facts) == (set() if abandoned else {"reply_by_not_passed"})
    if reply_by is None:
        assert codes("deem_abandoned", dataclasses.replace(facts, request=None)) == {"reply_by_not_passed"}


def test_missing_items_have_no_day() -> None:
    """No limit is known: nothing is abandoned before the clock starts."""
    facts = early_facts("incomplete", request=asked(None))
    assert codes("complete", facts, answers={"1": "a", "2": "b"}) == set()


@pytest.mark.parametrize("name", ["request_information", "extend", "grant", "refuse", "withdraw"])
@pytest.mark.parametrize(("offset", "refused"), [(1, set()), (0, set()), (-1, {"clock_over"})])
def test_once_the_delay_has_run_out_silence_has_decided(name: str, offset: int, refused: set[str]) -> None:
    assert codes(name, ready(name, "assessment", due_on=day(offset))) == refused


@pytest.mark.parametrize("name", SILENT)
@pytest.mark.parametrize(("offset", "refused"), [(1, {"clock_runs"}), (0, {"clock_runs"}), (-1, set()), (-40, set())])
def test_silence_decides_the_day_after(name: str, offset: int, refused: set[str]) -> None:
    how = {"pathway": "post_ma"} if name == "grant_tacitly" else {}
    assert codes(name, ready(name, due_on=day(offset), **how)) == refused
    assert codes(name, ready(name, due_on=None, **how)) == {"clock_runs"}


@pytest.mark.parametrize("state", ["assessment", "info_requested"])
def test_the_delay_is_extended_once(state: str) -> None:
    before = EventFact("extend", NOW - dt.timedelta(days=3), "has_officer", ACTING)
    assert codes("extend", ready("extend", state)) == set()
    assert codes("extend", ready("extend", state, events=(before,))) == {"extended"}
    assert codes("extend", ready("extend", state), reason=None) == {"required"}


# ------------------------------------------------------------------------------------------------- opinions

NOT_ASKED = [{"pathway": "post_ma"}, {"pathway": "pre_ma", "chmp": day(-20)}, {"pathway": ""}]


@pytest.mark.parametrize("name", ["propose_ansm_opinion", "give_ansm_opinion"])
def test_ansm_is_heard_before_the_ma_unless_the_chmp_spoke(name: str) -> None:
    assert codes(name) == set()
    for how in NOT_ASKED:
        assert codes(name, ready(name, **how)) == {"opinion_not_asked"}
    assert "opinion_given" in codes(name, ready(name, opinions=(FAVOURABLE,)))


def test_a_favourable_opinion_settles_the_three_texts() -> None:
    facts = ready("propose_ansm_opinion")
    lacking = dict.fromkeys(("smpc", "leaflet", "label"))
    assert fields("propose_ansm_opinion", facts, **lacking) == {("text_missing", name) for name in lacking}
    assert codes("propose_ansm_opinion", facts, outcome="unfavourable", indication=None, **lacking) == set()


def test_a_proposal_may_be_replaced_until_it_is_signed() -> None:
    assert codes("propose_ansm_opinion", ready("propose_ansm_opinion", opinions=(PROPOSED,))) == set()


def test_ansm_signs_what_another_proposed() -> None:
    assert codes("give_ansm_opinion", ready("give_ansm_opinion", opinions=())) == {"no_opinion_proposed"}
    mine = dataclasses.replace(PROPOSED, proposer_id=ACTING)
    assert codes("give_ansm_opinion", ready("give_ansm_opinion", opinions=(mine,))) == {"four_eyes"}
    facts = dataclasses.replace(ready("give_ansm_opinion"), payload={})
    unknown = judge(AAP, "give_ansm_opinion", facts, actor("ansm_signatory", person_id=None), NOW)
    assert {reason.code for reason in unknown.reasons} == {"four_eyes"}


def test_the_committee_speaks_once_with_its_reasons() -> None:
    assert codes("give_ct_opinion", ready("give_ct_opinion", opinions=(COMMITTEE,))) == {"opinion_given"}
    assert codes("give_ct_opinion", sat_on=day(1).isoformat()) == {"sitting_to_come"}
    assert codes("give_ct_opinion", sat_on=day(-3).isoformat()) == set()
    bare = ready("give_ct_opinion")
    assert fields("give_ct_opinion", bare, serious_reasons=None) == {("reasons_missing", "serious_reasons")}
    assert codes("give_ct_opinion", bare, serious="not_examined", serious_reasons=None) == set()


# -------------------------------------------------------------------------------------------------- the grant


def test_no_grant_against_ansm_nor_without_it_before_the_ma() -> None:
    assert codes("grant", ready("grant", opinions=(UNFAVOURABLE, COMMITTEE))) == {"ansm_unfavourable"}
    assert codes("grant", ready("grant", opinions=(UNFAVOURABLE,))) == {"ansm_unfavourable"}
    assert codes("grant", ready("grant", opinions=(PROPOSED, COMMITTEE))) == {"ansm_opinion_awaited"}
    for how in NOT_ASKED[:2]:
        assert codes("grant", ready("grant", opinions=(COMMITTEE,), **how)) == set()
    # Given before the pathway changed, an unfavourable opinion still binds.
    assert codes("grant", ready("grant", opinions=(UNFAVOURABLE, COMMITTEE), pathway="post_ma")) == {
        "ansm_unfavourable"
    }


def test_the_college_decides_after_the_committee() -> None:
    assert codes("grant", ready("grant", opinions=(FAVOURABLE,))) == {"ct_opinion_awaited"}
    assert codes("refuse", ready("refuse", opinions=(FAVOURABLE,))) == {"ct_opinion_awaited"}
    assert codes("refuse", ready("refuse", opinions=(UNFAVOURABLE,))) == set()


@pytest.mark.parametrize("code", [code for code, _label in CRITERIA])
@pytest.mark.parametrize("finding", ["not_met", "not_examined"])
def test_every_criterion_is_met_or_it_is_a_refusal(code: str, finding: str) -> None:
    assert fields("grant", ready("grant"), **{code: finding}) == {("criterion_not_met", code)}
    assert codes("grant", ready("grant"), **{f"{code}_reasons": None}) == {"reasons_missing"}


def test_the_protocol_is_final() -> None:
    assert codes("grant", ready("grant"), put_rd_final=False) == {"put_rd_not_final"}
    assert codes("grant", ready("grant"), put_rd_final=None) == {"required"}


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "refused"),
    [
        ("2026-03-02", "2027-03-01", set()),
        ("2026-03-02", "2027-03-02", {"period_too_long"}),
        ("2026-03-02", "2026-03-02", set()),
        ("2026-03-02", "2026-03-01", {"period_reversed", "period_over"}),
        ("2026-03-01", "2026-06-01", {"period_in_the_past"}),
        ("2026-12-01", "2027-11-30", set()),
        (None, None, {"required"}),
        ("2026-03-02", None, {"required"}),
    ],
)
def test_the_period_of_a_grant(starts_on: str | None, ends_on: str | None, refused: set[str]) -> None:
    assert codes("grant", ready("grant"), starts_on=starts_on, ends_on=ends_on) == refused


@pytest.mark.parametrize("kind", ["new_data", "ma_obtained"])
def test_what_changes_an_authorisation_has_no_period(kind: str) -> None:
    facts = ready("grant", kind=kind, parent=about())
    assert codes("grant", facts, starts_on=None, ends_on=None) == set()
    assert fields("grant", facts) == {("no_period", "starts_on"), ("no_period", "ends_on")}


def test_a_renewal_leaves_no_gap_and_waits_for_the_suspension() -> None:
    def renewal(starts_on: int, title: TitleFact) -> set[str]:
        last = last_day_of_a_period(day(starts_on), 12).isoformat()
        facts = ready("grant", kind="renewal", parent=title)
        return codes("grant", facts, starts_on=day(starts_on).isoformat(), ends_on=last)

    assert renewal(21, about(ends_on=day(20))) == set()
    assert renewal(22, about(ends_on=day(20))) == {"renewal_gap"}
    # Kept in force past its last day: the renewal starts today.
    assert renewal(0, about(ends_on=day(-20))) == set()
    assert renewal(1, about(ends_on=day(-20))) == {"renewal_gap"}
    suspended = about("suspended", ends_on=day(20), suspended_until=day(40))
    assert renewal(40, suspended) == {"parent_suspended"}
    assert renewal(41, suspended) == set()


@pytest.mark.parametrize("name", ["grant", "refuse"])
def test_no_sitting_is_to_come(name: str) -> None:
    assert codes(name, ready(name), sat_on=day(1).isoformat()) == {"sitting_to_come"}
    assert codes(name, ready(name), sat_on=day(0).isoformat()) == set()


# ------------------------------------------------------------------------------------------------ the refusal


def found(**others: str) -> dict[str, Any]:
    typed: dict[str, Any] = {}
    for code, _label in CRITERIA:
        finding = others.get(code, others.get("rest", "met"))
        typed |= {code: finding, f"{code}_reasons": None if finding == "not_examined" else "Texte."}
    return typed


def test_a_refusal_names_a_criterion_and_examines_all() -> None:
    facts = ready("refuse")
    assert codes("refuse", facts, **found()) == {"no_criterion_not_met"}
    assert codes("refuse", facts, **found(innovative="not_met")) == set()
    assert fields("refuse", facts, **found(innovative="not_met", serious="not_examined")) == {
        ("not_examined", "serious")
    }
    assert codes("refuse", facts, **{**found(innovative="not_met"), "innovative_reasons": None}) == {"reasons_missing"}


def test_an_unfavourable_opinion_of_ansm_leaves_the_rest_unexamined() -> None:
    facts = ready("refuse", opinions=(UNFAVOURABLE,))
    assert codes("refuse", facts, **found(efficacy_safety="not_met", rest="not_examined")) == set()
    assert fields("refuse", facts, **found(rest="not_examined")) == {("no_criterion_not_met", "efficacy_safety")}


# --------------------------------------------------------------------------------------------------- silence

IN_TIME = dataclasses.replace(FAVOURABLE, given_at=dt.datetime(2026, 3, 1, 23, 30, tzinfo=PARIS))
TOO_LATE = dataclasses.replace(FAVOURABLE, given_at=dt.datetime(2026, 3, 2, 0, 30, tzinfo=PARIS))


@pytest.mark.parametrize(
    ("how", "opinions", "granted"),
    [
        ({"pathway": "pre_ma"}, (IN_TIME,), True),
        ({"pathway": "pre_ma"}, (TOO_LATE,), False),
        ({"pathway": "pre_ma"}, (PROPOSED,), False),
        ({"pathway": "pre_ma"}, (), False),
        ({"pathway": "pre_ma"}, (UNFAVOURABLE,), False),
        ({"pathway": "pre_ma"}, (COMMITTEE,), False),
        ({"pathway": "pre_ma", "chmp": day(-9)}, (), True),
        ({"pathway": "post_ma"}, (), True),
        ({"pathway": "post_ma"}, (COMMITTEE,), True),
        ({"pathway": "post_ma"}, (UNFAVOURABLE,), False),
    ],
)
def test_what_silence_means(how: dict[str, Any], opinions: tuple[OpinionFact, ...], granted: bool) -> None:
    """The delay ran out on 1 March."""
    facts = early_facts("assessment", opinions=opinions, due_on=day(-1), **how)
    assert codes("grant_tacitly", facts) == (set() if granted else {"silence_refuses"})
    assert codes("refuse_tacitly", facts) == ({"silence_grants"} if granted else set())


@pytest.mark.parametrize("kind", ["renewal", "new_data", "ma_obtained"])
@pytest.mark.parametrize("title", [about("withdrawn"), about("expired"), about(successor_starts_on=day(3))])
def test_silence_grants_nothing_about_what_has_ended(kind: str, title: TitleFact) -> None:
    facts = early_facts("assessment", kind=kind, parent=title, due_on=day(-1))
    assert codes("refuse_tacitly", facts) == set()
    assert "silence_refuses" in codes("grant_tacitly", facts)
    lives = dataclasses.replace(facts, parent=about("suspended"))
    assert codes("grant_tacitly", lives) == set()


def test_a_grant_by_silence_lasts_a_year_from_the_day_after_the_delay() -> None:
    facts = early_facts("assessment", due_on=day(-4))
    assert period_by_silence(facts, NOW) == (day(-3), last_day_of_a_period(day(-3), 12))


@given(st.integers(-60, 60), st.integers(-60, 60), st.none() | st.integers(-60, 60), st.integers(0, 9))
def test_a_renewal_by_silence_leaves_no_gap_and_no_overlap(due: int, ends: int, until: int | None, late: int) -> None:
    state = "suspended" if until is not None else "in_force"
    title = about(state, ends_on=day(ends), suspended_until=day(until) if until is not None else None)
    facts = early_facts("assessment", kind="renewal", parent=title, due_on=day(due))
    starts_on, ends_on = period_by_silence(facts, NOW + dt.timedelta(days=late))
    assert starts_on == max(day(due) + dt.timedelta(days=1), day(ends + 1), day(-99 if until is None else until + 1))
    assert ends_on == last_day_of_a_period(starts_on, 12)
