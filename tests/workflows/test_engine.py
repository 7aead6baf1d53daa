"""Every state x act x role of the AAC and of the titles of each procedure, both ways."""

from __future__ import annotations

import dataclasses
from itertools import product

import pytest

from tests.workflows.test_structure import AAC_CONTRACT, AAP_CONTRACT, TITLE_CONTRACT
from tests.workflows.worlds import (
    COMMITTEE,
    FAVOURABLE,
    NOW,
    PROPOSED,
    PROPOSER,
    READY,
    UNFAVOURABLE,
    actor,
    day,
    dossier_facts,
    early_facts,
    examples,
    title_facts,
)
from workflows import roles
from workflows.checks import problems_of
from workflows.engine import choices, judge
from workflows.procedures.aac import AAC
from workflows.procedures.aap import AAP
from workflows.procedures.title import TITLE
from workflows.types import Actor, Facts, Procedure, ProposalFact, State, Transition

EVERY_ROLE = sorted(roles.ALL | {roles.SYSTEM})

ANSM, HAS = {"ansm_signatory"}, {"has_college"}
TITLE_ROLES: dict[str, dict[str, set[str]]] = {
    "aac": {
        "suspend": ANSM,
        "reinstate": ANSM | {"system"},
        "withdraw": ANSM,
        "modify": ANSM,
        "cease": ANSM,
        "stop_treatment": {"prescriber", "pharmacist"},
    },
    "aap": {
        "suspend": HAS | ANSM,
        "reinstate": HAS | ANSM | {"system"},
        "withdraw": HAS,
        "modify": HAS,
        "cease": HAS,
        "renounce": {"applicant", "system"},
    },
    "cpc": {
        "suspend": ANSM,
        "reinstate": ANSM | {"system"},
        "withdraw": ANSM,
        "modify": ANSM,
        "cease": ANSM,
        "renounce": {"applicant"},
    },
}
TITLE_ROLES["device_exemption"] = TITLE_ROLES["cpc"] | {"close_ce_obtained": {"applicant"}}
BY_TIME = {"replace": {"system"}, "expire": {"system"}}


def aac_world(state: str, name: str) -> Facts:
    facts = dossier_facts(state, payload=examples(AAC, name, state))
    if name == "refuse":
        return dataclasses.replace(facts, proposal=ProposalFact("refuse", PROPOSER))
    return facts


def title_world(procedure: str, state: str, name: str, role: str) -> Facts:
    facts = title_facts(state, procedure, payload=examples(TITLE, name, state))
    assert facts.title is not None
    if name == "modify" and procedure == "cpc":
        facts = dataclasses.replace(facts, payload={"changes": "Texte.", "reason": "Texte."})
    if name == "expire":
        return dataclasses.replace(facts, title=dataclasses.replace(facts.title, ends_on=day(-1)))
    if name == "replace":
        return dataclasses.replace(facts, title=dataclasses.replace(facts.title, successor_starts_on=day(0)))
    if name == "reinstate" and role == "system":
        return dataclasses.replace(facts, title=dataclasses.replace(facts.title, suspended_until=day(-1)))
    return facts


def expected(state: str, role: str, sources: set[str], allowed: set[str]) -> str:
    if state not in sources:
        return "wrong_state"
    return "allowed" if role in allowed else "forbidden"


@pytest.mark.parametrize(("name", "sources", "target", "who"), sorted(AAC_CONTRACT))
def test_every_act_of_the_aac(name: str, sources: str, target: str, who: str) -> None:
    for state, role in product((state.code for state in AAC.states), EVERY_ROLE):
        verdict = judge(AAC, name, aac_world(state, name), actor(role), NOW)
        wanted = expected(state, role, set(sources.split()), set(who.split()))
        assert verdict.outcome == wanted, (name, state, role, [str(one.message) for one in verdict.reasons])
        assert bool(verdict.reasons) == (wanted != "allowed")
        if verdict.allowed:
            assert verdict.transition is not None
            assert verdict.transition.target == target


def aap_world(state: str, name: str) -> Facts:
    return early_facts(state, payload=examples(AAP, name, state), **READY.get(name, {}))


@pytest.mark.parametrize("name", sorted({name for name, *_rest in AAP_CONTRACT}))
def test_every_act_of_the_aap(name: str) -> None:
    """`extend` has a row for each of its two states: it leads back to where it started."""
    rows = [(sources.split(), target, set(who.split())) for act, sources, target, who in AAP_CONTRACT if act == name]
    leads = {source: (target, who) for sources, target, who in rows for source in sources}
    for state, role in product((state.code for state in AAP.states), EVERY_ROLE):
        verdict = judge(AAP, name, aap_world(state, name), actor(role), NOW)
        target, who = leads.get(state, ("", set()))
        wanted = expected(state, role, set(leads), who)
        assert verdict.outcome == wanted, (name, state, role, [str(one.message) for one in verdict.reasons])
        assert bool(verdict.reasons) == (wanted != "allowed")
        if verdict.allowed:
            assert verdict.transition is not None
            assert verdict.transition.target == target


def test_what_is_refused_on_the_same_facts_as_it_is_granted() -> None:
    """One of the two effects of silence, never both, never none: whatever the pathway and the opinions."""
    opinions = [(), (PROPOSED,), (FAVOURABLE,), (UNFAVOURABLE,), (COMMITTEE,)]
    for given, pathway, chmp, offset in product(opinions, ("pre_ma", "post_ma", ""), (None, day(-20)), (-9, -1, 0, 5)):
        facts = early_facts("assessment", pathway=pathway, chmp=chmp, opinions=given, due_on=day(offset), payload={})
        fallen = [judge(AAP, name, facts, actor("system"), NOW).allowed for name in ("grant_tacitly", "refuse_tacitly")]
        assert sum(fallen) == (offset < 0), facts


@pytest.mark.parametrize("procedure", sorted(TITLE_ROLES))
@pytest.mark.parametrize(("name", "sources", "target"), sorted(TITLE_CONTRACT))
def test_every_act_of_a_title(procedure: str, name: str, sources: str, target: str) -> None:
    allowed = (TITLE_ROLES[procedure] | BY_TIME).get(name, set())
    for state, role in product((state.code for state in TITLE.states), EVERY_ROLE):
        verdict = judge(TITLE, name, title_world(procedure, state, name, role), actor(role), NOW)
        wanted = expected(state, role, set(sources.split()), allowed)
        assert verdict.outcome == wanted, (name, state, role, [str(one.message) for one in verdict.reasons])


def test_an_unknown_act() -> None:
    assert judge(AAC, "fly", dossier_facts("draft"), actor("prescriber"), NOW).outcome == "unknown"


def test_state_is_judged_before_role_and_role_before_guards() -> None:
    incomplete = dossier_facts("received", may_sign_for_body=False)
    assert judge(AAC, "grant", incomplete, actor("prescriber"), NOW).outcome == "wrong_state"
    at_signature = dataclasses.replace(incomplete, state="to_sign")
    assert judge(AAC, "grant", at_signature, actor("prescriber"), NOW).outcome == "forbidden"
    assert judge(AAC, "grant", at_signature, actor("ansm_signatory"), NOW).outcome == "blocked"


def test_every_reason_is_given_at_once() -> None:
    facts = dossier_facts("to_sign", may_sign_for_body=False, recused=frozenset({8}), proposal=None, payload={})
    verdict = judge(AAC, "grant", facts, actor("ansm_signatory"), NOW)
    assert {reason.code for reason in verdict.reasons} == {"recused", "no_delegation", "proposal_not_grant"}


def test_payload_and_guards_are_both_heard() -> None:
    facts = dossier_facts("assessment", payload={"reply_by": day(0).isoformat()})
    verdict = judge(AAC, "request_information", facts, actor("ansm_assessor"), NOW)
    assert [(reason.code, reason.field) for reason in verdict.reasons] == [
        ("required", "questions"),
        ("reply_by_past", "reply_by"),
    ]


def test_verdict_carries_the_cleaned_payload() -> None:
    facts = dossier_facts("assessment", payload={"questions": "Un ?", "reply_by": day(5).isoformat()})
    verdict = judge(AAC, "request_information", facts, actor("ansm_assessor"), NOW)
    assert verdict.payload == {"questions": ["Un ?"], "reply_by": day(5)}


@pytest.mark.parametrize("table", [AAC, AAP, TITLE], ids=lambda table: table.code)
def test_choices_are_exactly_the_acts_of_the_role_in_the_state(table: Procedure) -> None:
    worlds = {AAC.code: dossier_facts, AAP.code: early_facts, TITLE.code: title_facts}
    for state, role in product((state.code for state in table.states), EVERY_ROLE):
        facts = worlds[table.code](state)
        offered = [verdict.transition.name for verdict in choices(table, facts, actor(role), NOW) if verdict.transition]
        wanted = [row.name for row in table.transitions if state in row.sources and role in row.roles("aac")]
        assert offered == wanted


def test_asking_what_could_be_done_needs_no_payload() -> None:
    """Nothing typed yet: an act is blocked by facts only, so its button can be shown."""
    for state, role in product((state.code for state in AAC.states), EVERY_ROLE):
        for verdict in choices(AAC, dossier_facts(state), actor(role), NOW):
            assert verdict.transition is not None
            if verdict.transition.name != "refuse":
                assert verdict.allowed, (verdict.transition.name, [str(one.message) for one in verdict.reasons])


def test_asking_what_could_be_done_with_an_early_access_needs_no_payload() -> None:
    for state, row in product((state.code for state in AAP.states), AAP.transitions):
        if state not in row.sources:
            continue
        for role in row.by:
            verdict = judge(AAP, row.name, early_facts(state, **READY.get(row.name, {})), actor(role), NOW)
            assert verdict.allowed, (row.name, [str(one.message) for one in verdict.reasons])


def test_an_auditor_and_an_administrator_do_nothing() -> None:
    for state in AAC.states:
        for role in (roles.AUDITOR, roles.ORG_ADMIN, roles.MINISTRY_READER):
            assert choices(AAC, dossier_facts(state.code), actor(role), NOW) == ()
    for state in AAP.states:
        for role in (roles.AUDITOR, roles.ORG_ADMIN, roles.MINISTRY_READER, roles.PHARMACOVIGILANCE, roles.CONTRIBUTOR):
            assert choices(AAP, early_facts(state.code), actor(role), NOW) == ()


def test_of_two_rows_of_one_name_the_first_that_says_yes_is_the_one():
    states = tuple(
        State(code, staff=code, applicant=code, read_by=frozenset({"applicant"}), final=code == "done")
        for code in ("open", "done")
    )
    common = {"sources": frozenset({"open"}), "by": frozenset({"applicant"}), "label": "Agree", "past": "Agreed"}
    table = Procedure(
        code="twice",
        version=1,
        name="Twice",
        law=(),
        states=states,
        transitions=(
            Transition("agree", target="done", when=lambda facts, actor: facts.matter["agreed"], **common),
            Transition("agree", target="open", **common),
        ),
        initial="open",
    )
    anybody = Actor(role="applicant")
    for agreed, target in ((True, "done"), (False, "open")):
        facts = Facts(procedure="twice", state="open", matter={"agreed": agreed})
        assert judge(table, "agree", facts, anybody, NOW).transition.target == target
        assert [one.transition.target for one in choices(table, facts, anybody, NOW)] == [target]
    assert not [one for one in problems_of(table, effects=frozenset(), letters=frozenset()) if "two rows" in one]
    twice = dataclasses.replace(table, transitions=table.transitions[::-1])
    assert "two rows are called agree from open" in problems_of(twice, effects=frozenset(), letters=frozenset())
