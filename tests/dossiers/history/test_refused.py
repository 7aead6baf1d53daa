"""Refused histories: every reason told, at the step's own date, and nothing kept."""

import copy
import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.histories import answers, filed, histories
from dossiers.models import Dossier
from dossiers.services.history import replay
from dossiers.services.history.reading import UnreadableFile, load, read_own
from tests.dossiers.history.helpers import DAY, NOW, ONE_DAY, altered, case, codes, play, rows

pytestmark = pytest.mark.django_db


def without_period():
    return altered(case(), 3, payload={"outcome": "grant", "reasons": "x"})


def with_answers(**sections):
    told = case()
    told["answers"] = {**answers(1), **sections}
    return told


ELSEWHERE = {"applicant": "Hôpital jamais vu"}
REFUSED = {
    "wrong state": (altered(case(**ELSEWHERE), 2, transition="answer", role="prescriber"), 2, ["wrong_state"]),
    "wrong role": (altered(case(**ELSEWHERE), 4, role="ansm_assessor"), 4, ["role"]),
    "unknown act": (altered(case(), 3, transition="bless"), 3, ["unknown_transition"]),
    "unknown payload": (altered(case(), 2, payload={"why": "x"}), 2, ["unknown_field"]),
    "no period": (without_period(), 3, ["required", "required"]),
    "no attestation": (altered(case(), 1, payload={"compliance": False}), 1, ["not_attested"]),
    "period in the past": (
        altered(case(), 3, payload={**case()["steps"][3]["payload"], "starts_on": "2024-01-01"}),
        3,
        ["period_in_the_past"],
    ),
    "title act too early": (
        altered(case(), 2, transition="stop_treatment", role="prescriber"),
        2,
        ["unknown_transition"],
    ),
    "nobody": (altered(case(), 2, role="reporter"), 2, ["no_actor"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_step_says_why_and_nothing_of_its_case_is_kept(world, name):
    told, step, expected = REFUSED[name]
    before = rows()
    [outcome] = play(told)
    assert codes(outcome) == expected
    refused = outcome.as_json()["refused_steps"]
    assert [(one["at"], one["transition"]) for one in refused] == [
        (told["steps"][step]["at"], told["steps"][step]["transition"])
    ]
    assert rows() == before


UNREADABLE = {
    "no object": ("words", ["case"]),
    "no steps": (case(steps=[]), ["no_steps"]),
    "steps are text": (case(steps="sign"), ["no_steps"]),
    "no procedure": (case(procedure=""), ["required"]),
    "bad day": (altered(case(), 2, at="2024-02-31"), ["date"]),
    "partial day": (altered(case(), 2, at="2024-02"), ["date"]),
    "far year": (altered(case(), 2, at="9999-12-31"), ["date_year"]),
    "before the step before": (altered(case(), 2, at="2024-01-01"), ["order"]),
    "unknown role": (altered(case(), 2, role="king"), ["role"]),
    "no role": (altered(case(), 2, role=None), ["required"]),
    "payload is text": (altered(case(), 2, payload="x"), ["type"]),
    "answers are text": (case(answers="x"), ["type"]),
    "section is text": (case(answers={"patient": "x"}), ["type"]),
    "id is a list": (case(id=["x"]), ["id"]),
    "id is long": (case(id="x" * 201), ["id"]),
    "half a character": ({**case(), "product": "\ud800"}, ["characters"]),
    "nothing at all": (case(indication="a\x00b"), ["characters"]),
    "later today": (altered(case(steps=filed(NOW.date())), 1, at="2026-11-23T23:00"), ["in_the_future"]),
    "back by the clock of the world": (
        altered(altered(case(), 0, at="2024-03-31T02:30"), 1, at="2024-03-31T03:15"),
        ["order"],
    ),
    "future": (altered(case(), 4, at="2026-12-24"), ["in_the_future"]),
    "unknown procedure": (case(procedure="xyz"), ["unknown_procedure"]),
    "unknown kind": (case(kind="first"), ["kind"]),
    "unknown section": (case(answers={"stars": {}}), ["section"]),
    "no such hospital number": (case(applicant="123456789"), ["applicant"]),
    "applicant of another kind": (case(applicant={"name": "X", "kind": "company"}), ["applicant_kind"]),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_refused_and_the_other_cases_come_in(world, name):
    told, expected = UNREADABLE[name]
    before = rows()
    [refused] = play(told)
    assert codes(refused) == expected
    assert rows() == before


def test_what_is_wrong_is_told_with_its_case_and_step(in_english):
    [entry] = read_own([altered(case(), 2, at="soon")])
    assert str(entry.refusal.reasons[0].message) == "H-1, step 3: “soon” is not a date: write 2023-01-05."


def test_a_refused_case_says_which_answer_is_missing(world):
    told = with_answers(patient={"initials": "DM", "sex": "F", "weight_kg": "62.5"}, undertakings={})
    [refused] = play(told)
    fields = {reason.field for reason in refused.refused[0].reasons}
    assert "patient.birth_month" in fields
    assert "undertakings.states_truth" in fields


def test_a_national_number_is_refused_and_stored_nowhere(world):
    before = rows()
    [refused] = play(with_answers(clinical={"justification": "NIR 1 84 12 76 451 089 46"}))
    assert refused.fate == "refused"
    assert rows() == before


def test_one_id_holds_one_history(world):
    [kept] = play(case())
    before = rows()
    [refused] = play(altered(case(), 1, at="2024-03-04T15:00"))
    assert codes(refused) == ["same_id"]
    assert kept.reference in str(refused.refused[0].reasons[0].message)
    assert rows() == before
    twice = play(case(id="twice"), case(id="twice", indication="Other"))
    assert [one.fate for one in twice] == ["kept", "refused"]


def test_a_case_without_id_is_known_by_what_it_says(world):
    told = case(id=None)
    assert [one.fate for one in play(told, copy.deepcopy(told), case(id=None, notes="x"))] == ["kept", "known", "kept"]


def test_guards_look_at_the_day_of_the_step(world):
    """An early access covers TELISO-V since 1 September 2026: granted before, refused after."""
    answered = answers(1)
    answered["medicine"] |= {"other_strength": "100 mg"}
    said = {"product": "TELISO-V", "indication": "CBNPC avec surexpression de c-Met", "answers": answered}
    before = {**case(id="A", day=dt.date(2026, 3, 2)), **said}
    after = {**case(id="B", day=dt.date(2026, 9, 7)), **said}
    kept, refused = play(before, after)
    assert kept.state == "granted", kept.as_json()
    assert codes(refused) == ["covered"]


def test_a_product_that_the_referential_does_not_hold_cannot_be_granted(world):
    answered = answers(1)
    answered["medicine"] |= {"other_form": "comprimé", "other_strength": "5 mg"}
    unknown = {"product": {"name": "INCONNU", "inn": "incunabulum"}, "indication": "Maladie rare", "answers": answered}
    told = {**case(), **unknown}
    [refused] = play(told)
    assert codes(refused) == ["no_put"]


def test_a_file_that_is_no_list_of_cases(tmp_path, in_english):
    for text, says in (
        ("{", "is not JSON: see 1:2"), ("", "is not JSON: see 1:1"), ("{}", "must be a JSON list"),
        ("[" * 100_000, "is not JSON"), ("[NaN]", "is not JSON"), (f"[{'1' * 5_000}]", "is not JSON"),
        ('[{"id": "a", "steps": [], "steps": []}]', "“steps” twice"),
    ):  # fmt: skip
        path = tmp_path / "cases.json"
        path.write_text(text)
        with pytest.raises(UnreadableFile, match=says):
            read_own(load(path))
    with pytest.raises(UnreadableFile, match="cannot be read"):
        load(tmp_path / "none.json")
    (tmp_path / "latin.json").write_bytes("é".encode("latin-1"))
    with pytest.raises(UnreadableFile, match="UTF-8"):
        load(tmp_path / "latin.json")


def test_a_fault_in_one_case_costs_neither_the_others_nor_the_report(world, monkeypatch, in_english):
    whole = replay.move_within

    def faulty(*, transition, **told):
        event = whole(transition=transition, **told)
        if transition == "refuse":
            raise LookupError("Mme Dupont")
        return event

    monkeypatch.setattr(replay, "move_within", faulty)
    before = rows()
    [stopped] = play(case(id="B", outcome="refuse", applicant="Hôpital jamais vu"))
    assert codes(stopped) == ["fault"]
    assert rows() == before
    said = str(stopped.refused[0].reasons[0].message)
    assert "LookupError, test_refused.py:" in said
    assert "Dupont" not in said
    fates = [one.fate for one in play(case(id="B", outcome="refuse"), case(id="A", applicant="Hôpital jamais vu"))]
    assert fates == ["refused", "kept"]


# -------------------------------------------------------------------------------------------------- properties

HISTORIES = list(histories(60))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_part_of_a_history_replays_or_says_why_not(world, data):
    told = copy.deepcopy(data.draw(st.sampled_from(HISTORIES)))
    steps = told["steps"]
    steps = steps[: data.draw(st.integers(0, len(steps)))]
    gone = data.draw(st.sets(st.integers(0, 9), max_size=2))
    told["steps"] = [one for rank, one in enumerate(steps) if rank not in gone]
    told["id"] = f"part-{data.draw(st.integers(0, 10**12))}"
    before = rows()
    [outcome] = play(told)
    if outcome.fate == "kept":
        states = {one["transition"] for one in told["steps"]}
        assert outcome.state
        assert states
        assert Dossier.objects.filter(reference=outcome.reference).exists()
    elif outcome.fate == "refused":
        assert outcome.refused[0].reasons
        assert rows() == before


@pytest.mark.parametrize("count", range(1, 6))
def test_every_prefix_of_a_whole_history_replays(world, count):
    [kept] = play(case(steps=case()["steps"][:count]))
    assert kept.state == ["at_pharmacy", "received", "assessment", "to_sign", "granted"][count - 1]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
OF_A_STEP = ("at", "transition", "role", "payload")
FIELDS = ("id", "procedure", "kind", "product", "indication", "applicant", "answers", "steps", "parent")


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON), st.lists(st.dictionaries(st.sampled_from(OF_A_STEP), JSON)))
def test_any_json_is_read_or_refused(junk, steps):
    for entry in read_own([{**case(), **junk}, {**case(), "steps": steps}, junk]):
        assert entry.id


def test_now_is_the_last_day_that_counts(world):
    day = NOW.date() - 3 * ONE_DAY
    [kept] = play(case(day=day))
    assert kept.state == "granted"
    assert day > DAY
