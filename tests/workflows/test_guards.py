"""Each guard refuses what it is for and nothing else. Worlds are those where all is possible, less one thing."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from tests.workflows.worlds import ACTING, NOW, PRODUCT, TODAY, actor, day, dossier_facts, examples, title_facts
from workflows.dates import say
from workflows.engine import judge
from workflows.guards import ends_within_three_months_of_the_ma
from workflows.periods import first_day, title_period
from workflows.procedures.aac import AAC
from workflows.procedures.title import TITLE
from workflows.types import CommentsFact, DocumentFact, Facts, ProposalFact, Reason, RequestFact, TitleFact


def codes(name: str, facts: Facts, role: str, **typed: Any) -> set[str]:
    """Codes of refusal of an AAC's act, its example payload changed by `typed` (None takes a field away)."""
    payload = {**examples(AAC, name, facts.state), **typed}
    facts = dataclasses.replace(facts, payload={key: value for key, value in payload.items() if value is not None})
    verdict = judge(AAC, name, facts, actor(role), NOW)
    assert verdict.outcome in {"allowed", "blocked"}
    assert all(str(reason.message) for reason in verdict.reasons)
    return {reason.code for reason in verdict.reasons}


def title_codes(name: str, facts: Facts, role: str = "ansm_signatory", **typed: Any) -> set[str]:
    payload = {**examples(TITLE, name, facts.state), **typed}
    facts = dataclasses.replace(facts, payload={key: value for key, value in payload.items() if value is not None})
    verdict = judge(TITLE, name, facts, actor(role), NOW)
    assert verdict.outcome in {"allowed", "blocked"}
    return {reason.code for reason in verdict.reasons}


def parent(state: str = "in_force", ends_on: dt.date | None = None) -> TitleFact:
    return TitleFact("AAC-2025-000009", state, day(-300), ends_on or day(20))


# ------------------------------------------------------------------------------------------------- the request


def test_an_incomplete_request_is_not_signed_nor_sent_nor_answered() -> None:
    missing = (Reason("required", "Fill in the weight.", "patient.weight"),)
    for state, name, role in (
        ("draft", "sign", "prescriber"),
        ("at_pharmacy", "file", "pharmacist"),
        ("info_requested", "answer", "prescriber"),
    ):
        facts = dossier_facts(state, missing=missing)
        verdict = judge(AAC, name, dataclasses.replace(facts, payload=examples(AAC, name)), actor(role), NOW)
        assert verdict.reasons == missing


@pytest.mark.parametrize(
    ("scan", "refused"),
    [("clean", set()), ("not_scanned", set()), ("pending", {"document_pending"}), ("infected", {"document_infected"})],
)
def test_documents(scan: Any, refused: set[str]) -> None:
    facts = dossier_facts("at_pharmacy", documents=(DocumentFact("report", scan, "irm.pdf"),))
    assert codes("file", facts, "pharmacist") == refused


def test_the_document_is_named() -> None:
    facts = dossier_facts(
        "at_pharmacy", documents=(DocumentFact("report", "infected", "irm.pdf"),), payload={"compliance": True}
    )
    (reason,) = judge(AAC, "file", facts, actor("pharmacist"), NOW).reasons
    assert "irm.pdf" in str(reason.message)


def test_compliance_is_attested() -> None:
    assert codes("file", dossier_facts("at_pharmacy"), "pharmacist", compliance=False) == {"not_attested"}
    assert codes("file", dossier_facts("at_pharmacy"), "pharmacist", compliance=None) == {"required"}


@pytest.mark.parametrize(
    ("title", "refused"),
    [
        (None, {"no_parent"}),
        (parent(), set()),
        (parent("expired", day(-5)), set()),
        (parent("suspended"), set()),
        (parent("withdrawn"), {"parent_not_renewable"}),
        (parent("stopped"), {"parent_not_renewable"}),
        (parent("replaced"), {"parent_not_renewable"}),
    ],
)
def test_what_a_renewal_continues(title: TitleFact | None, refused: set[str]) -> None:
    assert codes("sign", dossier_facts("draft", kind="renewal", parent=title), "prescriber") == refused
    assert codes("grant", dossier_facts("to_sign", kind="renewal", parent=title), "ansm_signatory") == refused


def test_very_early_needs_the_company() -> None:
    without = dossier_facts("draft", kind="very_early")
    assert codes("sign", without, "prescriber") == {"no_company_undertaking"}
    undertaken = dossier_facts("draft", kind="very_early", product={**PRODUCT, "company_undertaking": True})
    assert codes("sign", undertaken, "prescriber") == set()


@pytest.mark.parametrize(
    ("state", "name", "role"),
    [
        ("received", "take_up", "ansm_assessor"),
        ("assessment", "request_information", "ansm_assessor"),
        ("assessment", "propose", "ansm_assessor"),
        ("info_requested", "close_without_action", "ansm_assessor"),
        ("to_sign", "send_back", "ansm_signatory"),
        ("to_sign", "grant", "ansm_signatory"),
    ],
)
def test_the_recused_do_nothing(state: str, name: str, role: str) -> None:
    assert codes(name, dossier_facts(state, recused=frozenset({ACTING})), role) == {"recused"}
    assert codes(name, dossier_facts(state, recused=frozenset({99})), role) == set()


# ----------------------------------------------------------------------------------------- information request


@pytest.mark.parametrize(
    ("offset", "refused"),
    [(-1, {"reply_by_past"}), (0, {"reply_by_past"}), (1, set()), (60, set()), (61, {"reply_by_late"})],
)
def test_reply_date(offset: int, refused: set[str]) -> None:
    facts = dossier_facts("assessment")
    assert codes("request_information", facts, "ansm_assessor", reply_by=day(offset).isoformat()) == refused


def test_today_is_the_day_in_paris() -> None:
    """23:30 UTC in summer is already tomorrow in Paris."""
    late = dt.datetime(2026, 7, 1, 23, 30, tzinfo=dt.UTC)
    payload = {"questions": ["?"], "reply_by": "2026-07-02"}
    verdict = judge(
        AAC, "request_information", dossier_facts("assessment", payload=payload), actor("ansm_assessor"), late
    )
    assert [reason.code for reason in verdict.reasons] == ["reply_by_past"]


def request(**changes: Any) -> RequestFact:
    base = RequestFact(NOW, day(-1), {"1": "Dose ?", "2": "Poids ?"}, reminded_at=NOW)
    return dataclasses.replace(base, **changes)


def test_every_question_is_answered() -> None:
    facts = dossier_facts("info_requested", request=request(), payload={"answers": {"1": "5 mg", "2": " "}})
    (reason,) = judge(AAC, "answer", facts, actor("prescriber"), NOW).reasons
    assert (reason.code, reason.field) == ("unanswered", "answers.2")
    assert "Poids ?" in str(reason.message)


def test_a_question_answered_before_is_not_asked_again() -> None:
    facts = dossier_facts("info_requested", request=request(answered=frozenset({"2"})))
    assert codes("answer", facts, "pharmacist", answers={"1": "5 mg"}) == set()


def test_nothing_asked_nothing_to_answer() -> None:
    assert codes("answer", dossier_facts("info_requested", request=None), "prescriber") == {"no_open_request"}


def test_an_answer_to_no_question_is_refused() -> None:
    facts = dossier_facts("info_requested", request=request())
    assert codes("answer", facts, "prescriber", answers={"1": "a", "2": "b", "3": "c"}) == {"unknown_question"}


@pytest.mark.parametrize(
    ("found", "refused"),
    [
        (request(), set()),
        (request(reply_by=day(0)), {"reply_by_not_passed"}),
        (request(reminded_at=None), {"no_reminder"}),
        (request(reply_by=day(3), reminded_at=None), {"reply_by_not_passed", "no_reminder"}),
        (None, {"no_open_request", "no_reminder"}),
    ],
)
def test_closing_without_action(found: RequestFact | None, refused: set[str]) -> None:
    assert codes("close_without_action", dossier_facts("info_requested", request=found), "ansm_assessor") == refused


# ---------------------------------------------------------------------------------------------------- decision


def propose(facts: Facts | None = None, **typed: Any) -> set[str]:
    return codes("propose", facts or dossier_facts("assessment", proposal=None), "ansm_assessor", **typed)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "refused"),
    [
        ("2026-03-02", "2027-03-01", set()),
        ("2026-03-02", "2027-03-02", {"period_too_long"}),
        ("2026-03-02", "2026-03-02", set()),
        ("2026-03-02", "2026-03-01", {"period_reversed", "period_over"}),
        ("2026-03-01", "2026-06-01", {"period_in_the_past"}),
        ("2027-03-01", "2028-02-29", set()),
        ("2027-03-01", "2028-03-01", {"period_too_long"}),
    ],
)
def test_the_period_of_a_grant(starts_on: str, ends_on: str, refused: set[str]) -> None:
    assert propose(starts_on=starts_on, ends_on=ends_on) == refused


def test_a_refusal_has_no_period_and_needs_no_protocol() -> None:
    unknown = dossier_facts("assessment", proposal=None, product={**PRODUCT, "put_reference": ""})
    assert propose(unknown) == {"no_put"}
    assert propose(unknown, outcome="refuse", starts_on=None, ends_on=None) == set()


def test_a_missing_protocol_does_not_hide_the_button() -> None:
    unknown = dossier_facts("assessment", proposal=None, product={**PRODUCT, "put_reference": ""})
    assert judge(AAC, "propose", unknown, actor("ansm_assessor"), NOW).allowed


def test_a_regularisation_starts_on_the_day_of_dispensing_at_the_earliest() -> None:
    dispensed = {"request": {"dispensed_at": "2026-02-27T22:15:00+01:00"}}
    facts = dossier_facts("assessment", kind="regularisation", answers=dispensed, proposal=None)
    assert propose(facts, starts_on="2026-02-27") == set()
    assert propose(facts, starts_on="2026-02-26") == {"period_in_the_past"}
    unknown = dataclasses.replace(facts, answers={"request": {"dispensed_at": "yesterday"}})
    assert propose(unknown, starts_on="2026-02-27") == {"period_in_the_past"}


def test_a_renewal_leaves_no_gap() -> None:
    facts = dossier_facts("assessment", kind="renewal", parent=parent(ends_on=day(20)), proposal=None)
    assert propose(facts, starts_on=day(21).isoformat()) == set()
    assert propose(facts, starts_on=day(22).isoformat()) == {"renewal_gap"}
    late = dataclasses.replace(facts, parent=parent("expired", day(-20)))
    assert propose(late, starts_on=day(0).isoformat()) == set()
    assert propose(late, starts_on=day(1).isoformat()) == {"renewal_gap"}


def test_four_eyes() -> None:
    mine = ProposalFact("grant", ACTING, day(0), day(90))
    assert codes("grant", dossier_facts("to_sign", proposal=mine), "ansm_signatory") == {"four_eyes"}
    mine = ProposalFact("refuse", ACTING)
    assert codes("refuse", dossier_facts("to_sign", proposal=mine), "ansm_signatory") == {"four_eyes"}


def test_an_unknown_person_cannot_sign() -> None:
    facts = dossier_facts("to_sign", payload={})
    verdict = judge(AAC, "grant", facts, actor("ansm_signatory", person_id=None), NOW)
    assert [reason.code for reason in verdict.reasons] == ["four_eyes"]


def test_the_signatory_holds_a_delegation() -> None:
    assert codes("grant", dossier_facts("to_sign", may_sign_for_body=False), "ansm_signatory") == {"no_delegation"}


def test_what_is_signed_is_what_was_proposed() -> None:
    assert codes("refuse", dossier_facts("to_sign"), "ansm_signatory") == {"proposal_not_refuse"}
    refusal = ProposalFact("refuse", 7)
    assert codes("grant", dossier_facts("to_sign", proposal=refusal), "ansm_signatory") == {"proposal_not_grant"}
    assert codes("grant", dossier_facts("to_sign", proposal=None), "ansm_signatory") == {"proposal_not_grant"}


def test_a_period_that_ended_before_signature_is_not_granted() -> None:
    over = ProposalFact("grant", 7, day(-90), day(-1))
    assert codes("grant", dossier_facts("to_sign", proposal=over), "ansm_signatory") == {"period_over"}
    last_day = ProposalFact("grant", 7, day(-90), day(0))
    assert codes("grant", dossier_facts("to_sign", proposal=last_day), "ansm_signatory") == set()


def test_first_day_offered() -> None:
    assert first_day(dossier_facts("assessment"), NOW) == TODAY
    renewal = dossier_facts("assessment", kind="renewal", parent=parent(ends_on=day(20)))
    assert first_day(renewal, NOW) == day(21)
    late = dataclasses.replace(renewal, parent=parent("expired", day(-20)))
    assert first_day(late, NOW) == TODAY
    dispensed = {"request": {"dispensed_at": "2026-02-27T23:30:00Z"}}
    out_of_hours = dossier_facts("assessment", kind="regularisation", answers=dispensed)
    assert first_day(out_of_hours, NOW) == dt.date(2026, 2, 28)


def test_a_title_does_not_start_before_its_signature_save_a_regularisation() -> None:
    start, end = day(-5), day(100)
    assert title_period("initial", start, end, TODAY) == (TODAY, end)
    assert title_period("initial", day(3), end, TODAY) == (day(3), end)
    assert title_period("regularisation", start, end, TODAY) == (start, end)


# --------------------------------------------------------------------------------------------- automatic grant


@pytest.mark.parametrize(
    "change",
    [
        {"automatic_grant": False},
        {"criteria_current": False},
        {"criteria_met": False},
        {"put_reference": ""},
        {"put_published": False},
        {"ma_since": dt.date(2025, 1, 1)},
        {"aap_since": dt.date(2025, 1, 1)},
        {"requested_days": 0},
        {"requested_days": 366, "max_days": None},
        {"requested_days": 91, "max_days": 90},
        {"requested_days": None},
    ],
    ids=str,
)
def test_what_stops_an_automatic_grant(change: dict[str, Any]) -> None:
    facts = dossier_facts("received", product={**PRODUCT, **change}, payload={})
    assert not judge(AAC, "grant_on_criteria", facts, actor("system"), NOW).allowed


def test_no_automatic_grant_outside_track_a_nor_very_early() -> None:
    for change in ({"answers": {"request": {"track": "B"}}}, {"answers": {}}, {"kind": "very_early"}):
        facts = dossier_facts("received", payload={}, **change)
        assert not judge(AAC, "grant_on_criteria", facts, actor("system"), NOW).allowed


def test_nothing_known_of_the_product_grants_nothing() -> None:
    facts = dossier_facts("received", product={}, payload={})
    assert not judge(AAC, "grant_on_criteria", facts, actor("system"), NOW).allowed


# ------------------------------------------------------------------------------------------------------ titles


@pytest.mark.parametrize(
    ("until", "refused"),
    [("2026-03-01", {"until_past"}), ("2026-03-02", set()), ("2026-06-01", set()), ("2026-06-02", {"until_late"})],
)
def test_a_suspension_lasts_three_months_at_most(until: str, refused: set[str]) -> None:
    assert title_codes("suspend", title_facts("in_force"), until=until) == refused


@pytest.mark.parametrize("name", ["suspend", "withdraw"])
@pytest.mark.parametrize(
    ("emergency", "invited_on", "refused"),
    [
        (True, None, set()),
        (None, "2026-02-15", set()),
        (None, None, {"no_observations"}),
        (False, None, {"no_observations"}),
        (None, "2026-03-03", {"observations_in_the_future"}),
        (None, "2026-03-02", {"observations_today"}),
        (None, "2026-03-01", set()),
        (None, day(-30).isoformat(), set()),
        (None, day(-31).isoformat(), {"observations_before_the_title"}),
    ],
)
def test_observations_come_first(name: str, emergency: bool | None, invited_on: str | None, refused: set[str]) -> None:
    found = title_codes(name, title_facts("in_force"), emergency=emergency, observations_invited_on=invited_on)
    assert found == refused


def test_the_holder_of_a_renewal_may_have_been_invited_before_it_began() -> None:
    facts = ending(150, starts_on=day(5), chain_starts_on=day(-100))
    asked = {"emergency": None, "observations_invited_on": day(-20).isoformat()}
    assert title_codes("withdraw", facts, **asked) == set()


def invited(act: str, reply_by: int, answered: int | None = None, state: str = "in_force") -> Facts:
    """A title whose holder was invited 20 days ago to comment on `act`, until the day `reply_by` days from today."""
    facts = title_facts(state)
    assert facts.title is not None
    comments = CommentsFact(act, day(-20), day(reply_by), day(answered) if answered is not None else None)
    return dataclasses.replace(facts, title=dataclasses.replace(facts.title, comments=comments))


@pytest.mark.parametrize("name", ["suspend", "withdraw"])
@pytest.mark.parametrize(
    ("reply_by", "answered", "refused"),
    [
        (3, None, {"comments_awaited"}),
        (0, None, {"comments_awaited"}),
        (-1, None, set()),
        (3, -2, set()),
        (3, 0, set()),
    ],
)
def test_an_invitation_made_here_is_waited_for(
    name: str, reply_by: int, answered: int | None, refused: set[str]
) -> None:
    facts = invited(name, reply_by, answered)
    assert title_codes(name, facts, emergency=None, observations_invited_on=None) == refused
    # A day typed beside it does not shorten it; an emergency does.
    assert title_codes(name, facts, emergency=None, observations_invited_on="2026-02-10") == refused
    assert title_codes(name, facts, emergency=True, observations_invited_on=None) == set()


def test_an_invitation_serves_for_the_act_it_announced_only() -> None:
    facts = invited("suspend", -1)
    assert title_codes("withdraw", facts, emergency=None, observations_invited_on=None) == {"no_observations"}
    assert title_codes("withdraw", facts, emergency=None, observations_invited_on="2026-02-10") == set()
    running = invited("suspend", 5)
    assert title_codes("cease", running, cause="reimbursed", emergency=None, observations_invited_on=None) == set()


@pytest.mark.parametrize(
    ("emergency", "refused"),
    [(None, {"no_observations"}), (True, set())],
)
def test_an_end_for_safety_is_heard_as_a_withdrawal(emergency: bool | None, refused: set[str]) -> None:
    asked = {"cause": "safety", "emergency": emergency, "observations_invited_on": None}
    assert title_codes("cease", title_facts("in_force"), **asked) == refused
    assert title_codes("cease", invited("withdraw", 5), **asked) == ({"comments_awaited"} if refused else set())
    assert title_codes("cease", invited("withdraw", -1), **asked) == set()


@pytest.mark.parametrize(
    ("procedure", "role", "cause", "product", "refused"),
    [
        ("aac", "ansm_signatory", "ce_obtained", {}, {"cause_impossible"}),
        ("device_exemption", "ansm_signatory", "ma", {}, {"cause_impossible"}),
        ("device_exemption", "ansm_signatory", "ce_obtained", {}, set()),
        ("aap", "has_college", "aap", {}, {"cause_impossible"}),
        ("aac", "ansm_signatory", "ma", {}, {"cause_not_recorded"}),
        ("aac", "ansm_signatory", "ma", {"ma_since": TODAY}, set()),
        ("aac", "ansm_signatory", "aap", {"ma_since": TODAY}, {"cause_not_recorded"}),
        ("aac", "ansm_signatory", "aap", {"aap_since": TODAY}, set()),
        ("aac", "ansm_signatory", "reimbursed", {}, set()),
    ],
)
def test_what_may_end_a_title_early(
    procedure: str, role: str, cause: str, product: dict[str, Any], refused: set[str]
) -> None:
    facts = title_facts("in_force", procedure, product={**PRODUCT, **product})
    assert title_codes("cease", facts, role, cause=cause) == refused


def test_the_day_to_wait_for_is_named() -> None:
    facts = dataclasses.replace(
        invited("suspend", 3), payload={"reason": "x", "until": day(30).isoformat(), "observations_invited_on": None}
    )
    (reason,) = judge(TITLE, "suspend", facts, actor("ansm_signatory"), NOW).reasons
    assert say(day(3)) in str(reason.message)


def test_what_the_system_does_at_a_term_orders_no_letter_that_wants_a_signature() -> None:
    row = TITLE.transition("reinstate")
    assert row.letter_by(actor("ansm_signatory")) == "title_reinstatement"
    assert row.letter_by(actor("system")) == ""
    assert TITLE.transition("expire").letter_by(actor("system")) == "title_lapse"


@pytest.mark.parametrize(
    ("ends_on", "since", "today", "fine"),
    [
        (dt.date(2026, 5, 2), dt.date(2026, 2, 2), None, True),
        (dt.date(2026, 5, 3), dt.date(2026, 2, 2), None, False),
        (dt.date(2026, 5, 3), dt.date(2026, 2, 2), dt.date(2026, 5, 3), True),
        (dt.date(2026, 5, 4), dt.date(2026, 2, 2), dt.date(2026, 5, 3), False),
        (None, dt.date(2026, 2, 2), None, True),
        (dt.date(2026, 5, 3), None, None, True),
    ],
)
def test_three_months_after_the_ma(ends_on: Any, since: Any, today: Any, fine: bool) -> None:
    assert (ends_within_three_months_of_the_ma(ends_on, since, today=today) == ()) is fine


def test_ansm_suspends_an_early_access_in_an_emergency_only() -> None:
    early = title_facts("in_force", "aap")
    calm = {"emergency": None, "observations_invited_on": "2026-02-15"}
    assert title_codes("suspend", early, "ansm_signatory", **calm) == {"not_an_emergency"}
    assert title_codes("suspend", early, "has_college", **calm) == set()
    assert title_codes("suspend", early, "ansm_signatory") == set()
    assert title_codes("suspend", title_facts("in_force"), "ansm_signatory", **calm) == set()


def test_people_say_why_they_lift_a_suspension_and_the_system_waits_for_its_term() -> None:
    suspended = title_facts("suspended")
    assert title_codes("reinstate", suspended, reason=None) == {"required"}
    assert title_codes("reinstate", suspended, "system", reason=None) == {"suspension_runs"}
    assert suspended.title is not None
    last_day = dataclasses.replace(suspended, title=dataclasses.replace(suspended.title, suspended_until=TODAY))
    assert title_codes("reinstate", last_day, "system", reason=None) == {"suspension_runs"}
    over = dataclasses.replace(suspended, title=dataclasses.replace(suspended.title, suspended_until=day(-1)))
    assert title_codes("reinstate", over, "system", reason=None) == set()


def ending(offset: int, procedure: str = "aac", **changes: Any) -> Facts:
    facts = title_facts("in_force", procedure)
    assert facts.title is not None
    return dataclasses.replace(facts, title=dataclasses.replace(facts.title, ends_on=day(offset), **changes))


@pytest.mark.parametrize("name", ["suspend", "withdraw", "modify", "cease"])
def test_a_title_past_its_last_day_is_left_alone(name: str) -> None:
    assert "title_ended" in title_codes(name, ending(-1))
    assert "title_ended" not in title_codes(name, ending(0))


def test_expiry() -> None:
    assert title_codes("expire", ending(0), "system") == {"not_ended"}
    assert title_codes("expire", ending(-1), "system") == set()
    # No rule keeps an AAC alive while its renewal is examined; one keeps an AAP alive.
    assert title_codes("expire", ending(-1, renewal_pending=True), "system") == set()
    assert title_codes("expire", ending(-1, "aap", renewal_pending=True), "system") == {"renewal_pending"}
    assert "title_ended" not in title_codes("withdraw", ending(-1, "aap", renewal_pending=True), "has_college")


def test_a_title_is_replaced_on_the_first_day_of_its_renewal_and_does_not_expire() -> None:
    assert title_codes("replace", ending(10), "system") == {"no_successor"}
    assert title_codes("replace", ending(10, successor_starts_on=day(1)), "system") == {"no_successor"}
    assert title_codes("replace", ending(10, successor_starts_on=day(0)), "system") == set()
    assert title_codes("replace", ending(-1, successor_starts_on=day(0)), "system") == set()
    assert title_codes("expire", ending(-1, successor_starts_on=day(0)), "system") == {"replaced"}
    assert title_codes("expire", ending(-3, successor_starts_on=day(0)), "system") == set()


def test_a_treatment_cannot_have_stopped_tomorrow() -> None:
    facts = title_facts("in_force")
    assert title_codes("stop_treatment", facts, "prescriber", stopped_on=day(1).isoformat()) == {"stop_in_the_future"}
    assert title_codes("stop_treatment", facts, "pharmacist", stopped_on=day(-400).isoformat()) == set()


def test_a_change_shortens_and_never_lengthens() -> None:
    assert title_codes("modify", ending(150), ends_on=day(150).isoformat()) == set()
    assert title_codes("modify", ending(150), ends_on=day(151).isoformat()) == {"end_later"}
    assert title_codes("modify", ending(150), ends_on=day(0).isoformat()) == {"end_past"}
    assert title_codes("modify", ending(150), ends_on=day(1).isoformat()) == set()
    assert title_codes("modify", ending(0), ends_on=day(0).isoformat()) == set()
    assert title_codes("modify", ending(150, starts_on=day(5)), ends_on=day(4).isoformat()) == {"end_past"}
    assert title_codes("modify", ending(150, in_force_until=day(90)), ends_on=day(91).isoformat()) == {"end_later"}
    assert title_codes("modify", ending(150), ends_on=None) == set()
    assert title_codes("modify", ending(150, "cpc"), ends_on=day(149).isoformat()) == {"end_is_fixed"}
    assert title_codes("modify", ending(150, "cpc"), ends_on=None) == set()


def test_a_change_opens_no_gap_before_a_renewal() -> None:
    renewed = {"successor": "AAC-2026-000001-R01", "successor_starts_on": day(151)}
    facts = ending(150, successor_lives=True, **renewed)
    assert title_codes("modify", facts, ends_on=day(149).isoformat()) == {"gap_before_renewal"}
    assert title_codes("modify", facts, ends_on=day(150).isoformat()) == set()
    assert title_codes("modify", ending(150, **renewed), ends_on=day(149).isoformat()) == set()


def test_an_aac_shortened_after_a_marketing_authorisation_ends_within_three_months_of_it() -> None:
    facts = dataclasses.replace(ending(150), product={**PRODUCT, "ma_since": dt.date(2026, 2, 1)})
    assert title_codes("modify", facts, ends_on="2026-05-01") == set()
    assert title_codes("modify", facts, ends_on="2026-05-02") == {"ma_limit"}
