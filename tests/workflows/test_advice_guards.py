"""Guards of the Innovation and Referral Service, one by one."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.worlds import NOW, TODAY, actor, day
from workflows import advice_guards, roles
from workflows.advice_guards import DEVICE_QUALIFICATION, SCIENTIFIC_OPINION, Meeting, Minutes
from workflows.dates import PARIS
from workflows.engine import choices, judge
from workflows.meetings import first_day_possible
from workflows.procedures.advice import ADVICE
from workflows.types import DocumentFact, Facts

APPLICANT = actor(roles.APPLICANT)
ASSESSOR = actor(roles.ANSM_ASSESSOR)
LIMITS = {"MEETING_SLOTS": 10, "MEETING_BLACKOUT": ("12-24/01-01",)}
TEXT = "Question 1. Oui.\nQuestion 2. Non."


def facts(state: str = "draft", **changes: Any) -> Facts:
    return Facts(**{"procedure": "advice", "state": state, "kind": SCIENTIFIC_OPINION, "limits": LIMITS, **changes})


def codes(guard: Any, found: Facts, who: Any = APPLICANT) -> list[str]:
    return [reason.code for reason in guard(found, who, NOW)]


def questions(count: int, position: str = "Oui.") -> dict[str, Any]:
    return {"questions": {"questions": [{"question": "Pourquoi ?", "position": position} for _one in range(count)]}}


@pytest.mark.parametrize(
    ("kind", "count", "expected"),
    [(SCIENTIFIC_OPINION, 10, []), (SCIENTIFIC_OPINION, 11, ["too_many"]), (DEVICE_QUALIFICATION, 11, [])],
)
def test_a_scientific_opinion_answers_ten_questions_at_most(kind: str, count: int, expected: list[str]) -> None:
    found = facts(kind=kind, answers=questions(count))
    assert codes(advice_guards.there_are_ten_questions_at_most, found) == expected


def test_each_question_of_a_scientific_opinion_has_a_position() -> None:
    guard = advice_guards.each_question_has_a_position
    assert codes(guard, facts(answers=questions(2))) == []
    assert codes(guard, facts(answers=questions(2, position="  "))) == ["no_position", "no_position"]
    assert codes(guard, facts(kind=DEVICE_QUALIFICATION, answers=questions(2, position=""))) == []


def asking(days: list[dt.date]) -> dict[str, Any]:
    rows = [{"day": one.isoformat(), "half": "morning"} for one in days]
    return {"triage": {"answer": "meeting"}, "meeting": {"slots": rows}}


def possible_days(count: int) -> list[dt.date]:
    found, one = [], first_day_possible(TODAY)
    while len(found) < count:
        if one.weekday() < 5 and (one.month, one.day) not in {(4, 6), (5, 1), (5, 8), (5, 14), (5, 25)}:
            found.append(one)
        one += dt.timedelta(days=1)
    return found


def test_ten_days_are_proposed_for_a_meeting() -> None:
    guard = advice_guards.proposed_slots_are_possible
    assert codes(guard, facts(answers=asking(possible_days(10)))) == []
    assert codes(guard, facts(answers=asking(possible_days(9)))) == ["slots_few"]
    assert codes(guard, facts(answers={"triage": {"answer": "written"}})) == []


def test_no_day_is_proposed_in_a_closed_week() -> None:
    days = [*possible_days(10), dt.date(2026, 12, 22)]
    assert codes(advice_guards.proposed_slots_are_possible, facts(answers=asking(days))) == ["slots_blackout"]


def test_the_days_proposed_are_judged_on_the_day_of_filing() -> None:
    days = possible_days(10)
    later = facts(answers=asking(days), filed_at=NOW + dt.timedelta(days=60))
    assert "slots_too_soon" in codes(advice_guards.proposed_slots_are_possible, later)


def test_a_file_is_given_to_an_assessor_who_is_offered() -> None:
    guard = advice_guards.assessor_is_offered
    matter = {"assessors": {"12": "Olivier Orvault"}}
    assert codes(guard, facts("received", matter=matter)) == []
    assert codes(guard, facts("received", matter=matter, payload={"assessor": "12"})) == []
    assert codes(guard, facts("received", matter=matter, payload={"assessor": "13"})) == ["not_an_assessor"]


def test_another_body_is_named() -> None:
    guard = advice_guards.other_body_is_named
    assert codes(guard, facts("received", payload={"body": "has"})) == []
    assert codes(guard, facts("received", payload={"body": "other"})) == ["required"]
    assert codes(guard, facts("received", payload={"body": "other", "body_name": "AIS"})) == []


def test_a_meeting_is_planned_on_a_half_day_proposed() -> None:
    one = possible_days(3)[-1]
    found = facts("assigned", answers=asking([one]))
    hour = dt.datetime.combine(one, dt.time(9), PARIS)
    guard = advice_guards.slot_is_one_of_those_proposed
    assert codes(guard, found) == []
    assert codes(guard, dataclasses.replace(found, payload={"starts_at": hour})) == []
    afternoon = dataclasses.replace(found, payload={"starts_at": hour.replace(hour=15)})
    assert codes(guard, afternoon) == ["slot_not_proposed"]
    closed = dataclasses.replace(found, limits={"MEETING_BLACKOUT": ("01-01/12-31",)}, payload={"starts_at": hour})
    assert codes(guard, closed) == ["slot_blackout"]
    assert codes(advice_guards.applicant_proposed_days, found) == []
    assert codes(advice_guards.applicant_proposed_days, facts("assigned")) == ["no_slot"]


MEETING = Meeting(NOW, TODAY - dt.timedelta(days=30))


def test_what_is_sent_for_a_meeting_is_attached_first() -> None:
    guard = advice_guards.piece_is_attached
    sent = facts("meeting_planned", payload={"piece": "slides"}, documents=(DocumentFact("briefing", "clean"),))
    assert codes(guard, sent) == ["no_document"]
    assert codes(guard, dataclasses.replace(sent, payload={"piece": "briefing"})) == []


def test_a_meeting_needs_its_briefing_document() -> None:
    guard = advice_guards.briefing_was_received
    assert codes(guard, facts("meeting_planned", matter={"meeting": MEETING})) == ["no_briefing"]
    received = dataclasses.replace(MEETING, pieces=frozenset({"briefing"}))
    assert codes(guard, facts("meeting_planned", matter={"meeting": received})) == []
    past = dataclasses.replace(MEETING, starts_at=NOW - dt.timedelta(days=1))
    assert codes(guard, facts("meeting_planned", matter={"meeting": past})) == []


@pytest.mark.parametrize(("offset", "expected"), [(0, []), (1, ["held_to_come"]), (-30, []), (-31, ["held_too_soon"])])
def test_the_day_of_a_meeting_held(offset: int, expected: list[str]) -> None:
    found = facts("meeting_planned", matter={"meeting": MEETING}, payload={"held_on": day(offset)})
    assert codes(advice_guards.meeting_has_taken_place, found) == expected


# ------------------------------------------------------------------------------------------------- minutes


def drafted(*agreed: str, payload: Any = None) -> Facts:
    minutes = Minutes(1, advice_guards.fingerprint(TEXT), frozenset(agreed))
    return facts("minutes_draft", matter={"minutes": minutes}, payload=payload)


@pytest.mark.parametrize(
    ("agreed", "who", "text", "target"),
    [
        (("ansm",), APPLICANT, TEXT, "answered"),
        (("ansm",), APPLICANT, TEXT.replace("\n", "\r\n") + "\r\n", "answered"),
        (("ansm",), APPLICANT, TEXT + " Sauf exception.", "minutes_draft"),
        (("applicant",), ASSESSOR, TEXT, "answered"),
        (("applicant",), ASSESSOR, "Autre texte", "minutes_draft"),
        (("applicant",), APPLICANT, "Autre texte", "minutes_draft"),
        ((), APPLICANT, TEXT, "minutes_draft"),
    ],
)
def test_minutes_are_final_when_both_sides_agree_to_the_same_text(
    agreed: tuple[str, ...], who: Any, text: str, target: str
) -> None:
    verdict = judge(ADVICE, "agree_minutes", drafted(*agreed, payload={"minutes": text}), who, NOW)
    assert verdict.allowed, verdict.reasons
    assert verdict.transition is not None
    assert verdict.transition.target == target


def test_one_side_agrees_once_to_a_text() -> None:
    verdict = judge(ADVICE, "agree_minutes", drafted("ansm", payload={"minutes": TEXT}), ASSESSOR, NOW)
    assert [reason.code for reason in verdict.reasons] == ["already_agreed"]


def test_who_writes_first_is_not_alone_to_agree() -> None:
    verdict = judge(ADVICE, "agree_minutes", facts("minutes_draft", payload={"minutes": TEXT}), APPLICANT, NOW)
    assert verdict.allowed
    assert verdict.transition is not None
    assert verdict.transition.target == "minutes_draft"


def test_the_act_is_offered_once_whatever_its_two_rows() -> None:
    for found in (drafted("ansm"), drafted()):
        names = [one.transition.name for one in choices(ADVICE, found, APPLICANT, NOW) if one.transition]
        assert names.count("agree_minutes") == 1


@given(st.lists(st.tuples(st.sampled_from(["ansm", "applicant"]), st.sampled_from("ABC")), max_size=12))
def test_minutes_end_only_on_two_agreements_to_one_text(acts: list[tuple[str, str]]) -> None:
    """Whatever the two sides say in turn, the file is answered exactly when both last said the same text."""
    people = {"ansm": ASSESSOR, "applicant": APPLICANT}
    text, agreed = "", frozenset[str]()
    for side, said in acts:
        minutes = Minutes(1, advice_guards.fingerprint(text), agreed) if text else None
        found = facts("minutes_draft", matter={"minutes": minutes}, payload={"minutes": said})
        verdict = judge(ADVICE, "agree_minutes", found, people[side], NOW)
        assert verdict.allowed is not (said == text and side in agreed)
        if not verdict.allowed or verdict.transition is None:
            continue
        agreed = agreed | {side} if said == text else frozenset({side})
        text = said
        assert (verdict.transition.target == "answered") is (len(agreed) == 2)
        if len(agreed) == 2:
            return


# ------------------------------------------------------------------------------------------------- opinion


def proposing(kind: str = DEVICE_QUALIFICATION, **payload: Any) -> Facts:
    return facts("assigned", kind=kind, matter={"questions": {"1": "Pourquoi ?", "2": "Quand ?"}}, payload=payload)


def test_each_question_is_answered() -> None:
    guard = advice_guards.each_question_is_answered
    assert codes(guard, proposing(answers={"1": "Oui.", "2": "Demain."})) == []
    assert codes(guard, proposing(answers={"1": "Oui."})) == ["unanswered"]
    assert codes(guard, proposing(answers={"1": "Oui.", "2": "Non.", "3": "?"})) == ["unknown_question"]
    assert codes(guard, proposing()) == ["unanswered", "unanswered"]


@pytest.mark.parametrize(
    ("kind", "payload", "expected"),
    [
        (DEVICE_QUALIFICATION, {}, ["no_position"]),
        (DEVICE_QUALIFICATION, {"position": "device", "device_class": "IIa"}, []),
        (DEVICE_QUALIFICATION, {"position": "neither"}, []),
        (DEVICE_QUALIFICATION, {"position": "neither", "device_class": "I"}, ["no_class"]),
        (SCIENTIFIC_OPINION, {}, []),
        (SCIENTIFIC_OPINION, {"position": "device"}, ["not_asked"]),
    ],
)
def test_a_qualification_is_given_where_it_is_asked(kind: str, payload: dict[str, str], expected: list[str]) -> None:
    assert codes(advice_guards.qualification_is_given_where_it_is_asked, proposing(kind, **payload)) == expected


def test_an_opinion_is_signed_once_it_is_proposed() -> None:
    assert codes(advice_guards.a_written_opinion_is_proposed, facts("to_sign")) == ["no_proposal"]
