"""The exemption of a device: every act from every state by every role, then each guard by itself."""

from __future__ import annotations

import dataclasses
import datetime as dt
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.test_engine import EVERY_ROLE, expected
from tests.workflows.test_structure import DEVICE_CONTRACT
from tests.workflows.worlds import NOW, PROPOSER, TODAY, actor, day
from workflows import device_guards
from workflows.dates import add_months
from workflows.device_guards import GLOBAL, INDIVIDUAL
from workflows.engine import judge
from workflows.payload import example_payload
from workflows.procedures.device_exemption import DEVICE_EXEMPTION
from workflows.procedures.title import TITLE
from workflows.types import DocumentFact, Facts, ProposalFact, RequestFact

PIECES = tuple(DocumentFact(kind, "clean", f"{kind}.pdf") for kind in device_guards.ALWAYS_NEEDED)
ONE_STATEMENT = {"owner_kind": "company", "statements": ({"person": 3, "patients": 1},)}


def device_facts(state: str, **changes: Any) -> Facts:
    """An individual request in `state`, with nothing in the way of any of its acts; the proposal is to grant."""
    facts = Facts(
        procedure="device_exemption",
        state=state,
        kind=INDIVIDUAL,
        answers={"need": {"patients": 1}},
        documents=PIECES,
        request=RequestFact(NOW - dt.timedelta(days=9), day(3), {"1": "Notice"}),
        proposal=ProposalFact("grant", PROPOSER, day(0), day(180)),
        may_sign_for_body=True,
        matter=ONE_STATEMENT,
        limits={"DEVICE_REPLY_MAX_DAYS": 60, "DEVICE_PERIOD_MONTHS": 12},
    )
    return dataclasses.replace(facts, **changes)


READY: dict[str, dict[str, Any]] = {
    "invite_company": {"matter": {"owner_kind": "establishment", "statements": ()}},
    "refuse": {"proposal": ProposalFact("refuse", PROPOSER)},
}


def examples(name: str) -> dict[str, Any]:
    return example_payload(DEVICE_EXEMPTION.transition(name).payload, TODAY)


def codes(name: str, *, change: dict[str, Any] | None = None, **facts: Any) -> set[str]:
    """What is said against an act that is otherwise possible, with fields of its payload changed (None: left out)."""
    row = DEVICE_EXEMPTION.transition(name)
    typed = {key: value for key, value in {**examples(name), **(change or {})}.items() if value is not None}
    found = device_facts(next(iter(row.sources)), **{**READY.get(name, {}), **facts}, payload=typed)
    role = next(iter(row.by))
    return {reason.code for reason in judge(DEVICE_EXEMPTION, name, found, actor(role), NOW).reasons}


@pytest.mark.parametrize(("name", "sources", "target", "who"), sorted(DEVICE_CONTRACT))
def test_every_act_of_an_exemption(name: str, sources: str, target: str, who: str) -> None:
    for state, role in product((state.code for state in DEVICE_EXEMPTION.states), EVERY_ROLE):
        facts = device_facts(state, payload=examples(name), **READY.get(name, {}))
        verdict = judge(DEVICE_EXEMPTION, name, facts, actor(role), NOW)
        wanted = expected(state, role, set(sources.split()), set(who.split()))
        assert verdict.outcome == wanted, (name, state, role, [str(one.message) for one in verdict.reasons])
        if verdict.allowed:
            assert verdict.transition is not None
            assert verdict.transition.target == target


# --------------------------------------------------------------------------------------------- who takes part


def test_the_manufacturer_is_invited_by_whoever_does_not_have_it_yet():
    assert codes("invite_company") == set()
    assert codes("invite_company", matter=ONE_STATEMENT) == {"wrong_state"}
    assert codes("invite_company", change={"email": None, "company": None}) == {"nobody_named"}
    assert codes("invite_company", change={"email": "kerlann"}) == {"email"}
    assert codes("invite_clinician", change={"email": None}) == set()
    assert codes("invite_clinician", change={"email": None, "hospital": None}) == {"nobody_named"}


# ------------------------------------------------------------------------------------------------- statements


@pytest.mark.parametrize(
    ("line", "who"),
    [("AB, 1961, F", "AB"), ("A.B.,1961,f", "A.B."), ("P-01; 2001; M", "P-01"), ("JDM 2, 1950, M", "JDM 2")],
)
def test_a_patient_is_initials_or_a_code(line, who):
    found = device_guards.patient_of(line)
    assert found is not None
    assert (found["who"], found["sex"] in "FM") == (who, True)


@pytest.mark.parametrize(
    "line",
    ["Jean Durand, 1961, M", "DURAND, 1961, M", "AB, 61, F", "AB, 12/03/1961, F", "AB, 1961", "AB, 1961, X", "", ","],
)
def test_a_name_or_a_day_of_birth_is_never_kept(line):
    assert device_guards.patient_of(line) is None


@given(st.text(max_size=40))
def test_whatever_is_typed_a_patient_is_read_or_refused(line):
    found = device_guards.patient_of(line)
    assert found is None or (len(found["who"]) <= 12 and found["birth_year"].isdigit() and found["sex"] in "FM")


def test_a_statement_fits_the_kind_of_the_request():
    assert codes("state_need") == set()
    assert codes("state_need", change={"patients": None}) == {"required"}
    assert codes("state_need", change={"patients": ["Durand, 1961, F"]}) == {"patient_line"}
    assert codes("state_need", change={"patients": [f"AB, {NOW.year + 1}, F"]}) == {"patient_line"}
    # A global exemption is for whoever meets criteria: no patient is asked for, and none is kept.
    assert codes("state_need", kind=GLOBAL) == {"unknown_field"}
    assert codes("state_need", kind=GLOBAL, change={"patients": None, "shared": None}) == set()


def test_a_statement_is_signed_and_its_patients_told():
    assert codes("state_need", change={"signed": False}) == {"not_signed"}
    assert codes("state_need", change={"informed": False}) == {"not_informed"}


# ------------------------------------------------------------------------------------------------------ filing


def test_nothing_is_filed_without_a_statement():
    assert codes("file", matter={"owner_kind": "company", "statements": ()}) == {"no_statement"}


def test_an_individual_request_counts_the_patients_that_the_statements_identify():
    two = {"owner_kind": "company", "statements": ({"person": 3, "patients": 1}, {"person": 4, "patients": 1})}
    assert codes("file", matter=two) == {"patient_count"}
    assert codes("file", matter=two, answers={"need": {"patients": 2}}) == set()
    # Not yet a number: the form says so, once.
    assert codes("file", answers={"need": {"patients": "deux"}}) == set()


def test_a_patient_of_two_clinicians_counts_once():
    first = {"person": 3, "organisation": 1, "patients": 2, "shared": 0}
    second = {"person": 4, "organisation": 2, "patients": 1, "shared": 1}
    both = {"owner_kind": "company", "statements": (first, second)}
    assert codes("file", matter=both, answers={"need": {"patients": 2}}) == set()
    assert codes("file", matter=both, answers={"need": {"patients": 3}}) == {"patient_count"}
    # Each says it of the other: the patients of the one who has more are as many all the same.
    mutual = {"owner_kind": "company", "statements": ({**first, "shared": 1}, second)}
    assert codes("file", matter=mutual, answers={"need": {"patients": 2}}) == set()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=5))
def test_the_count_never_falls_below_what_one_clinician_identifies(said):
    rows = tuple({"person": rank, "patients": n, "shared": min(n, s)} for rank, (n, s) in enumerate(said))
    count = device_guards.identified_patients(device_facts("draft", matter={"statements": rows}))
    assert max((0, *(n for n, _s in said))) <= count <= sum(n for n, _s in said)


@pytest.mark.parametrize(("shared", "refused"), [(0, False), (1, False), (2, True), (-1, True)])
def test_no_more_patients_are_shared_than_another_clinician_identifies(shared, refused):
    other = {"owner_kind": "company", "statements": ({"person": 404, "organisation": 9, "patients": 1},)}
    lines = ["AB, 1961, F", "CD, 1955, M"]
    said = codes("state_need", change={"shared": shared, "patients": lines}, matter=other)
    assert said == ({"shared"} if refused else set())


def test_a_global_request_has_criteria():
    statement = {"owner_kind": "company", "statements": ({"person": 3, "patients": 0},)}
    assert codes("file", kind=GLOBAL, matter=statement) == {"no_criteria"}
    answers = {"need": {"criteria": "Adultes sans alternative.", "patients": 40}}
    assert codes("file", kind=GLOBAL, matter=statement, answers=answers) == set()


def test_the_pieces_follow_the_answers():
    assert codes("file", documents=PIECES[1:]) == {"document_missing"}
    lapsed = {"need": {"patients": 1}, "status": {"reason": "certificate_lapsed"}}
    assert codes("file", answers=lapsed) == {"document_missing"}
    assert device_guards.pieces_needed({"request": {"capacity": "representative"}})[-1] == "mandate"


# ------------------------------------------------------------------------------------------------- examination


def test_a_reply_is_not_awaited_for_ever():
    assert codes("request_completion", change={"reply_by": day(60)}) == set()
    assert codes("request_completion", change={"reply_by": day(61)}) == {"reply_by_late"}
    assert codes("request_information", change={"reply_by": day(61)}) == {"reply_by_late"}


def test_the_period_is_a_setting():
    last = add_months(TODAY, 12) - dt.timedelta(days=1)
    assert codes("propose", change={"ends_on": last}) == set()
    assert codes("propose", change={"ends_on": last + dt.timedelta(days=1)}) == {"period_too_long"}
    longer = {"DEVICE_REPLY_MAX_DAYS": 60, "DEVICE_PERIOD_MONTHS": 24}
    assert codes("propose", change={"ends_on": last + dt.timedelta(days=1)}, limits=longer) == set()


def test_a_grant_says_for_how_many_where_and_how_much():
    assert codes("propose", change={"sites": None, "quantity": None}) == {"required"}
    assert codes("propose", change={"patients": 2}) == {"patients"}
    assert codes("propose", change={"patients": None}) == {"patients"}
    assert codes("propose", change={"patients": 0}) == {"patients"}
    assert codes("propose", kind=GLOBAL, change={"patients": None}) == set()
    assert codes("propose", change={"outcome": "refuse", "sites": None, "patients": None}) == set()


def test_a_dated_condition_falls_within_the_period():
    assert codes("propose", change={"dated_conditions": ["Rapport intermédiaire"]}) == {"condition_without_a_day"}
    assert codes("propose", change={"dated_conditions": ["2026-02-31: rapport"]}) == {"condition_without_a_day"}
    assert codes("propose", change={"dated_conditions": [f"{day(-1)}: rapport"]}) == {"condition_outside"}
    # As French types it too, with a no-break space before the colon.
    typed = [f"{day(0)}: rapport", "9\u00a0: bilan"]
    assert codes("propose", change={"dated_conditions": typed}) == set()
    assert codes("propose", change={"dated_conditions": ["11: rapport"]}) == {"condition_outside"}


@given(st.integers(0, 99))
def test_a_condition_in_months_is_counted_date_to_date(months):
    assert device_guards.dated_condition(f"{months}: bilan", TODAY) == (add_months(TODAY, months), "bilan")


def test_other_states_are_told_unless_there_is_a_single_patient():
    """The count, not the kind of the request: MDR art. 59(2)."""
    assert [device_guards.notice_is_due(count) for count in (1, 2, 400, None)] == [False, True, True, True]


def test_ce_marking_is_not_declared_before_its_certificate():
    for offset, said in ((0, set()), (-30, set()), (1, {"certificate_in_the_future"})):
        row = TITLE.transition("close_ce_obtained")
        payload = {**example_payload(row.payload, TODAY), "certified_on": day(offset)}
        facts = Facts(procedure="device_exemption", state="in_force", payload=payload)
        found = judge(TITLE, "close_ce_obtained", facts, actor("applicant"), NOW).reasons
        assert {one.code for one in found} == said
