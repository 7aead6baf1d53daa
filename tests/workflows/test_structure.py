"""The tables against the contract written in words, and the registry against tables that are wrong."""

from __future__ import annotations

import dataclasses

import pytest
from django.utils import translation

from workflows import checks, roles
from workflows.procedures.aac import AAC
from workflows.procedures.aap import AAP
from workflows.procedures.advice import ADVICE
from workflows.procedures.cpc import CPC
from workflows.procedures.device_exemption import DEVICE_EXEMPTION
from workflows.procedures.title import TITLE
from workflows.registry import (
    KNOWN_EFFECTS,
    KNOWN_LETTERS,
    all_machines,
    all_procedures,
    grants_titles,
    procedure,
    state_pairs,
    title_readers,
)
from workflows.types import NO_EFFECT, ClockRule, Length, PayloadField, Procedure, State, Transition

# name, sources, target, roles: copied by hand from the contract, on purpose, not read from the tables.
AAC_CONTRACT = {
    ("sign", "draft", "at_pharmacy", "prescriber"),
    ("return_to_prescriber", "at_pharmacy", "draft", "pharmacist"),
    ("file", "at_pharmacy", "received", "pharmacist"),
    ("grant_on_criteria", "received", "granted", "system"),
    ("take_up", "received", "assessment", "ansm_assessor"),
    ("request_information", "assessment", "info_requested", "ansm_assessor"),
    ("answer", "info_requested", "assessment", "pharmacist prescriber"),
    ("close_without_action", "info_requested", "closed", "ansm_assessor"),
    ("propose", "assessment", "to_sign", "ansm_assessor"),
    ("send_back", "to_sign", "assessment", "ansm_signatory"),
    ("grant", "to_sign", "granted", "ansm_signatory"),
    ("refuse", "to_sign", "refused", "ansm_signatory"),
    ("withdraw", "assessment at_pharmacy draft info_requested received to_sign", "withdrawn", "pharmacist prescriber"),
}
AAP_CONTRACT = {
    ("file", "draft", "filed", "applicant"),
    ("notify_missing", "filed incomplete", "incomplete", "has_officer"),
    ("complete", "incomplete", "filed", "applicant"),
    ("acknowledge", "filed", "assessment", "has_officer"),
    ("request_information", "assessment", "info_requested", "ansm_assessor has_officer"),
    ("answer", "info_requested", "assessment", "applicant"),
    ("deem_abandoned", "info_requested", "abandoned", "system"),
    ("propose_ansm_opinion", "assessment", "assessment", "ansm_assessor"),
    ("give_ansm_opinion", "assessment", "assessment", "ansm_signatory"),
    ("give_ct_opinion", "assessment", "assessment", "ct_secretary"),
    ("extend", "assessment", "assessment", "has_officer"),
    ("extend", "info_requested", "info_requested", "has_officer"),
    ("grant", "assessment", "granted", "has_college"),
    ("refuse", "assessment", "refused", "has_college"),
    ("grant_tacitly", "assessment", "granted", "system"),
    ("refuse_tacitly", "assessment", "refused", "system"),
    ("withdraw", "assessment draft filed incomplete info_requested", "withdrawn", "applicant"),
}
DEVICE_CONTRACT = {
    ("invite_company", "draft", "invited", "prescriber"),
    ("take_over", "invited", "draft", "applicant"),
    ("invite_clinician", "draft", "draft", "applicant"),
    ("state_need", "draft", "draft", "prescriber"),
    ("file", "draft", "received", "applicant"),
    ("request_completion", "received", "to_complete", "ansm_triage"),
    ("complete", "to_complete", "received", "applicant"),
    ("find_inadmissible", "received", "inadmissible", "ansm_triage"),
    ("take_up", "received", "assessment", "ansm_assessor"),
    ("request_information", "assessment", "info_requested", "ansm_assessor"),
    ("answer", "info_requested", "assessment", "applicant"),
    ("propose", "assessment", "to_sign", "ansm_assessor"),
    ("send_back", "to_sign", "assessment", "ansm_signatory"),
    ("grant", "to_sign", "granted", "ansm_signatory"),
    ("refuse", "to_sign", "refused", "ansm_signatory"),
    ("withdraw", "assessment draft info_requested invited received to_complete to_sign", "withdrawn", "applicant"),
}
ADVICE_CONTRACT = {
    ("file", "draft", "received", "applicant"),
    ("route", "received", "assigned", "ansm_triage"),
    ("redirect", "assigned received", "redirected", "ansm_triage"),
    ("find_ineligible", "received", "inadmissible", "ansm_triage"),
    ("request_information", "assigned", "info_requested", "ansm_assessor"),
    ("answer", "info_requested", "assigned", "applicant"),
    ("plan_meeting", "assigned", "meeting_planned", "ansm_assessor"),
    ("send_briefing", "meeting_planned", "meeting_planned", "applicant"),
    ("hold_meeting", "meeting_planned", "minutes_draft", "ansm_assessor"),
    ("agree_minutes", "minutes_draft", "minutes_draft", "ansm_assessor applicant"),
    ("agree_minutes", "minutes_draft", "answered", "ansm_assessor applicant"),
    ("propose", "assigned", "to_sign", "ansm_assessor"),
    ("send_back", "to_sign", "assigned", "ansm_signatory"),
    ("give_opinion", "to_sign", "answered", "ansm_signatory"),
    (
        "withdraw",
        "assigned draft info_requested meeting_planned minutes_draft received to_sign",
        "withdrawn",
        "applicant",
    ),
}
TITLE_CONTRACT = {
    ("close_ce_obtained", "in_force suspended", "ceased"),
    ("suspend", "in_force", "suspended"),
    ("reinstate", "suspended", "in_force"),
    ("withdraw", "in_force suspended", "withdrawn"),
    ("modify", "in_force", "in_force"),
    ("renounce", "in_force", "ceased"),
    ("stop_treatment", "in_force", "stopped"),
    ("cease", "in_force suspended", "ceased"),
    ("replace", "in_force", "replaced"),
    ("expire", "in_force suspended", "expired"),
}


def test_aac_is_the_contract() -> None:
    table = {(row.name, " ".join(sorted(row.sources)), row.target, " ".join(sorted(row.by))) for row in AAC.transitions}
    assert table == AAC_CONTRACT


def test_aap_is_the_contract() -> None:
    table = {(row.name, " ".join(sorted(row.sources)), row.target, " ".join(sorted(row.by))) for row in AAP.transitions}
    assert table == AAP_CONTRACT


def test_device_exemption_is_the_contract() -> None:
    rows = DEVICE_EXEMPTION.transitions
    table = {(row.name, " ".join(sorted(row.sources)), row.target, " ".join(sorted(row.by))) for row in rows}
    assert table == DEVICE_CONTRACT
    assert [code for code, _label in DEVICE_EXEMPTION.kinds] == ["individual", "global"]
    assert (DEVICE_EXEMPTION.clocks[0].length, DEVICE_EXEMPTION.clocks[0].silence) == (None, NO_EFFECT)
    assert not DEVICE_EXEMPTION.state("draft").read_by & (roles.AGENCY_STAFF | {roles.AUDITOR})
    labels = [str(DEVICE_EXEMPTION.state(code).applicant) for code in ("to_sign", "assessment")]
    assert labels[0] == labels[1]


def test_advice_is_the_contract() -> None:
    rows = ADVICE.transitions
    table = {(row.name, " ".join(sorted(row.sources)), row.target, " ".join(sorted(row.by))) for row in rows}
    assert table == ADVICE_CONTRACT
    assert [code for code, _label in ADVICE.kinds] == [
        "scientific_opinion",
        "regulatory_guidance",
        "device_qualification",
        "device_clinical_research",
        "pre_submission",
    ]


def test_an_opinion_grants_nothing() -> None:
    assert not grants_titles("advice")
    assert title_readers("advice") == frozenset()
    assert str(ADVICE.state("to_sign").applicant) == str(ADVICE.state("assigned").applicant)


def test_title_is_the_contract() -> None:
    table = {(row.name, " ".join(sorted(row.sources)), row.target) for row in TITLE.transitions}
    assert table == TITLE_CONTRACT


def test_kinds_and_creators_of_the_aac() -> None:
    assert [code for code, _label in AAC.kinds] == ["initial", "renewal", "regularisation", "very_early"]
    assert AAC.created_by == {"prescriber", "intern"}


def test_the_law_gives_an_aac_no_delay_and_silence_no_effect() -> None:
    (rule,) = AAC.clocks
    assert rule.length is None
    assert rule.silence == NO_EFFECT
    assert (rule.target_setting, rule.urgent_target_setting) == (
        "AAC_TARGET_WORKING_DAYS",
        "AAC_URGENT_TARGET_WORKING_DAYS",
    )


@pytest.mark.parametrize("table", all_machines(), ids=lambda table: table.code)
def test_every_human_refusal_takes_a_reason(table: Procedure) -> None:
    asked = {"return_to_prescriber", "close_without_action", "send_back", "withdraw", "suspend", "reinstate", "cease"}
    for row in table.transitions:
        if row.name in asked:
            assert "reason" in {field.name for field in row.payload}, row.name


def test_free_text_is_marked_personal() -> None:
    for table in all_machines():
        for row in table.transitions:
            for field in row.payload:
                if field.kind in {"text", "questions", "answers"}:
                    assert field.personal, (row.name, field.name)


def test_only_the_agency_side_of_an_examination_is_hidden() -> None:
    assert {row.name for row in AAC.transitions if row.staff_only} == {"take_up", "propose", "send_back"}


def test_staff_labels_differ_in_every_language() -> None:
    for language in ("en", "fr"):
        with translation.override(language):
            for table in all_machines():
                labels = [str(state.staff) for state in table.states]
                assert len(set(labels)) == len(labels), (table.code, language)


def test_applicants_cannot_tell_a_proposal_from_an_examination() -> None:
    assert str(AAC.state("to_sign").applicant) == str(AAC.state("assessment").applicant)


def test_the_agency_reads_no_draft() -> None:
    for code in ("draft", "at_pharmacy"):
        assert not AAC.state(code).read_by & (roles.AGENCY_STAFF | {roles.AUDITOR})


def test_registry_finds_tables() -> None:
    assert procedure("aac") is AAC
    assert procedure("aac", 1) is AAC
    assert all_procedures() == (AAC, AAP, CPC, DEVICE_EXEMPTION, ADVICE)
    assert title_readers("aac") == AAC.state("granted").read_by
    for code, version in (("aac", 99), ("title", None), ("nothing", None)):
        with pytest.raises(KeyError):
            procedure(code, version)


def test_state_pairs_are_the_states_of_every_machine() -> None:
    pairs = state_pairs()
    assert ("aac", "info_requested") in pairs
    assert ("title", "in_force") in pairs
    assert len(pairs) == sum(len(table.states) for table in (AAC, AAP, CPC, DEVICE_EXEMPTION, ADVICE, TITLE))


def test_every_known_effect_and_letter_is_used() -> None:
    rows = [row for table in all_machines() for row in table.transitions]
    assert {effect for row in rows for effect in row.effects} == set(KNOWN_EFFECTS)
    assert {row.letter for row in rows if row.letter} == set(KNOWN_LETTERS)


# ---------------------------------------------------------------------------------------------- wrong tables

READERS = frozenset({roles.PRESCRIBER})
START = State("start", staff="Start", applicant="Start", read_by=READERS)
END = State("end", staff="End", applicant="End", read_by=READERS, final=True)
GO = Transition("go", frozenset({"start"}), "end", by=READERS, label="Go", past="Gone")
SOUND = Procedure("tiny", 1, "Tiny", ("law",), (START, END), (GO,), "start")


def problems(table: Procedure) -> str:
    return "; ".join(checks.problems_of(table, effects=frozenset({"known"}), letters=frozenset({"known"})))


def with_row(**changes: object) -> Procedure:
    return dataclasses.replace(SOUND, transitions=(dataclasses.replace(GO, **changes),))  # type: ignore[arg-type]


def with_states(*states: State) -> Procedure:
    return dataclasses.replace(SOUND, states=states)


def test_a_sound_table_has_no_problem() -> None:
    assert problems(SOUND) == ""


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        (dataclasses.replace(SOUND, initial="nowhere"), "initial state nowhere does not exist"),
        (with_row(target="nowhere"), "names the state nowhere"),
        (with_row(sources=frozenset({"start", "nowhere"})), "names the state nowhere"),
        (with_row(sources=frozenset()), "starts nowhere"),
        (with_row(by=frozenset()), "nobody may do it"),
        (with_row(by=frozenset({"king"})), "names the role king"),
        (with_row(by=frozenset({"intern"})), "intern may do it from start without reading it"),
        (with_row(guards=("not a guard",)), "a guard is not callable"),
        (with_row(effects=("unknown",)), "unknown effect unknown"),
        (with_row(letter="unknown"), "unknown letter unknown"),
        (with_row(tells=("unknown",)), "unknown audience unknown"),
        (with_row(payload=(PayloadField("a", "date", "A", example="tomorrow"),)), "the example of a is refused"),
        (with_row(payload=(PayloadField("a", "line", "A"),)), "a has no example"),
        (with_row(payload=(PayloadField("a", "choice", "A", example="x"),)), "a offers no choice"),
        (
            with_row(payload=(PayloadField("a", "line", "A", example="x", only_if=("b", "y")),)),
            "a depends on b, which does not come before it",
        ),
        (
            with_row(
                payload=(PayloadField("a", "line", "A", example="x"), PayloadField("a", "line", "A", example="x"))
            ),
            "two payload fields have the same name",
        ),
        (dataclasses.replace(SOUND, transitions=(GO, GO)), "two rows are called go from start"),
        (with_states(START, END, dataclasses.replace(END, code="lost", staff="Lost")), "lost cannot be reached"),
        (with_states(START, dataclasses.replace(END, final=False)), "end has no way out"),
        (with_states(dataclasses.replace(START, final=True), END), "start is final and has a way out"),
        (with_states(START, END, dataclasses.replace(END, staff="Other")), "two states have the same code"),
        (with_states(START, dataclasses.replace(END, staff="Start")), "the same staff label"),
        (with_states(START, dataclasses.replace(END, read_by=frozenset())), "nobody may read end"),
        (with_states(dataclasses.replace(START, edited_by=frozenset({"intern"})), END), "a role edits without reading"),
        (with_states(dataclasses.replace(START, read_by=READERS | {"king"}), END), "start names the role king"),
        (dataclasses.replace(SOUND, created_by=frozenset({"king"})), "created by king"),
        (
            dataclasses.replace(SOUND, clocks=(ClockRule("c", None, "law", silence="go"),)),
            "silence has an effect but the law gives no delay",
        ),
        (
            dataclasses.replace(SOUND, clocks=(ClockRule("c", Length(months=3), "law", silence="go"),)),
            "which the system cannot do",
        ),
        (dataclasses.replace(SOUND, clocks=(ClockRule("c", Length(), "law"),)), "an empty length is not a delay"),
        (dataclasses.replace(SOUND, clocks=(ClockRule("c", None, ""),)), "no legal reference"),
    ],
)
def test_a_wrong_table_is_refused(table: Procedure, complaint: str) -> None:
    assert complaint in problems(table)
