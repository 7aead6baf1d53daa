from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.qualification import (
    LONGEST,
    TABLE,
    VERSION,
    answers_of,
    classes,
    devices,
    in_vitro,
    meaning,
    outcome_choices,
    readable,
    rules,
    rules_of,
    said_wrong,
    walk,
)
from workflows.qualification.devices import MEANINGS
from workflows.qualification.table import Answer, Outcome, Question, Rule, Table

PATHS = list(TABLE.every_path())
LADDER = {"I": 0, "IIa": 1, "IIb": 2, "III": 3}


def a_path(*given: str) -> str:
    """The path of these answers, from the start, whatever the codes of the questions."""
    path = ""
    for one in given:
        question = walk(path).question
        assert question is not None, f"{path} is finished before {one}"
        assert question.answer(one), f"{question.code} has no answer {one}"
        path = f"{path}~{question.code}:{one}".lstrip("~")
    return path


# -------------------------------------------------------------------------------------------------- the table


def test_every_path_ends_within_twelve_questions() -> None:
    assert all(found.outcome is not None and not found.broken for found in PATHS)
    lengths = [len(found.steps) for found in PATHS]
    assert max(lengths) == LONGEST <= 12
    assert min(lengths) == 2
    assert len(PATHS) > 150


def test_no_question_is_asked_twice_on_a_path() -> None:
    for found in PATHS:
        asked = [step.question.code for step in found.steps]
        assert len(set(asked)) == len(asked)


def test_every_question_is_asked_and_every_outcome_reached() -> None:
    assert {step.question.code for found in PATHS for step in found.steps} == set(TABLE.questions)
    assert {found.outcome.code for found in PATHS if found.outcome} == set(TABLE.outcomes)


def test_every_answer_leads_somewhere() -> None:
    places = set(TABLE.questions) | set(TABLE.outcomes)
    assert len(places) == len(TABLE.questions) + len(TABLE.outcomes)
    for question in TABLE.questions.values():
        assert {one.to for one in question.answers} <= places
        assert len({one.code for one in question.answers}) == len(question.answers) >= 2
        assert len({str(one.label) for one in question.answers}) == len(question.answers)


def test_every_text_cited_exists_and_is_cited() -> None:
    cited = {code for one in (*TABLE.questions.values(), *TABLE.outcomes.values()) for code in one.rules}
    assert cited == set(TABLE.rules)
    assert all(one.rules for one in (*TABLE.questions.values(), *TABLE.outcomes.values()))


def test_the_annexes_have_the_rules_that_are_cited() -> None:
    """Annex VIII of the MDR has 22 rules, that of the IVDR has 7; each gives an outcome, or a question to settle."""
    assert len(rules.SAYS) == 22
    assert len(in_vitro.SAYS) == 7
    given = {code for one in TABLE.outcomes.values() for code in one.rules}
    assert {f"mdr_rule_{rank}" for rank in range(1, 23)} <= given
    assert {f"ivdr_rule_{rank}" for rank in range(1, 8)} <= given


def test_every_class_is_reached() -> None:
    classes = {code.rsplit("_", 1)[0] for code in TABLE.outcomes if code.startswith(("mdr_", "ivdr_"))}
    assert classes == {"mdr_i", "mdr_iia", "mdr_iib", "mdr_iii", "ivdr_a", "ivdr_b", "ivdr_c", "ivdr_d"}


def test_what_is_not_settled_says_what_to_bring() -> None:
    unsettled = [one for one in TABLE.outcomes.values() if not one.settled]
    assert len(unsettled) >= 6
    assert all(one.bring and one.advice for one in unsettled)
    assert all(not one.bring for one in TABLE.outcomes.values() if one.settled)


def test_who_does_not_know_is_sent_to_ansm() -> None:
    for found in PATHS:
        if any(step.answer.code == "unsure" for step in found.steps):
            assert found.outcome is not None
            assert not found.outcome.settled


def test_what_a_path_means_agrees_with_its_outcome() -> None:
    """A class of the IVDR is that of an in vitro device, one of the MDR never is; what has no class is no device."""
    assert set(MEANINGS) == {found.means for found in PATHS} - {""}
    for found in PATHS:
        code = found.outcome.code if found.outcome else ""
        if code.startswith("ivdr_"):
            assert found.means in {"in_vitro", "accessory"}
        if code.startswith("mdr_"):
            assert found.means in {"device", "accessory"}
        if found.means == "not_a_device":
            assert not code.startswith(("mdr_", "ivdr_"))
        assert found.means or (found.outcome and not found.outcome.settled)


@pytest.mark.parametrize("code", [code for code, one in TABLE.questions.items() if one.first_true])
def test_the_strictest_answer_comes_first(code: str) -> None:
    """Where the first true answer holds, no lighter class may hide a stricter one of the same rule behind it."""
    exceptions = {
        "light",  # rule 10: light alone is class I, though it gives energy
        "instrument",  # rule 6: instruments used again are class I
        "ancillary",  # rule 8: screws, plates and wedges are not the joint
        "teeth",  # rule 8: so is what is placed in the teeth
        "skin",  # rule 21: the skin, the nose and the mouth
    }
    by_rule: dict[str, list[int]] = {}
    for one in TABLE.questions[code].answers:
        found = TABLE.outcomes.get(one.to)
        if found and one.to.startswith("mdr_") and one.code not in exceptions:
            by_rule.setdefault(found.rules[0], []).append(LADDER[str(found.label).rsplit(" ", 1)[-1]])
    assert all(ranks == sorted(ranks, reverse=True) for ranks in by_rule.values())


# --------------------------------------------------------------------------------------------- known answers

SOFTWARE = ("software", "no", "transforms", "yes", "medical", "maker")
ARTICLE = ("article", "medical", "physical", "none", "series")
TEST = ("samples", "examine", "maker")


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        # MDCG 2019-11, annex IV and MDCG 2021-24: examples of each rule.
        ((*SOFTWARE, "other", "decides", "death"), "mdr_iii_11"),  # triage of strokes
        ((*SOFTWARE, "other", "decides", "serious"), "mdr_iib_11"),
        ((*SOFTWARE, "other", "decides", "less"), "mdr_iia_11"),
        ((*SOFTWARE, "other", "monitors", "yes"), "mdr_iib_11"),
        ((*SOFTWARE, "other", "other"), "mdr_i_11"),
        ((*SOFTWARE, "other", "contraception"), "mdr_iib_15"),
        ((*SOFTWARE, "in_vitro", "none", "genes"), "ivdr_c_3"),
        (("software", "yes"), "sw_with_device"),
        (("software", "no", "keeps"), "sw_not_a_device"),  # an archive of images
        (("software", "no", "transforms", "no"), "sw_not_a_device"),
        (("software", "no", "transforms", "yes", "no"), "sw_not_a_device"),  # well-being
        ((*ARTICLE, "none", "no", "outside", "none"), "mdr_i_1"),  # a stethoscope, a wheelchair
        ((*ARTICLE, "none", "no", "outside", "bag"), "mdr_iib_2"),
        ((*ARTICLE, "none", "no", "transient", "none"), "mdr_iia_6"),  # a needle
        ((*ARTICLE, "none", "no", "transient", "instrument"), "mdr_i_6"),  # a scalpel that is used again
        ((*ARTICLE, "none", "no", "long", "heart"), "mdr_iii_8"),  # a heart valve
        ((*ARTICLE, "none", "no", "long", "teeth"), "mdr_iia_8"),  # a filling
        ((*ARTICLE, "none", "no", "long", "joint"), "mdr_iii_8"),  # a hip
        ((*ARTICLE, "none", "no", "long", "ancillary"), "mdr_iib_8"),
        ((*ARTICLE, "none", "yes", "implant"), "mdr_iii_8"),  # a pacemaker
        ((*ARTICLE, "none", "yes", "closed_loop"), "mdr_iii_22"),  # an automated external defibrillator
        ((*ARTICLE, "none", "yes", "none", "gives", "yes"), "mdr_iib_12"),  # an infusion pump
        ((*ARTICLE, "none", "yes", "none", "looks", "ionising"), "mdr_iib_10"),  # a scanner
        ((*ARTICLE, "none", "yes", "enters"), "ask_active_invasive"),
        ((*ARTICLE, "medicine"), "mdr_iii_14"),
        ((*ARTICLE, "contraception", "no"), "mdr_iib_15"),  # a condom
        ((*ARTICLE, "contraception", "yes"), "mdr_iii_15"),  # an intra-uterine device
        ((*ARTICLE, "tissues", "no"), "mdr_iii_18"),
        (("article", "cleaning", "lenses"), "mdr_iib_16"),
        (("article", "medical", "drug"), "borderline_medicine"),
        (("article", "medical", "physical", "none", "custom"), "custom_made"),
        (("article", "annex_xvi"), "annex_xvi"),
        (("article", "none"), "no_purpose"),
        ((*TEST, "donors"), "ivdr_d_1"),
        ((*TEST, "abo"), "ivdr_d_2"),
        ((*TEST, "typing"), "ivdr_c_2"),
        ((*TEST, "none", "companion"), "ivdr_c_3"),
        ((*TEST, "none", "none", "mild"), "ivdr_b_4"),  # a pregnancy test
        ((*TEST, "none", "none", "yes"), "ivdr_c_4"),
        ((*TEST, "none", "none", "no", "container"), "ivdr_a_5"),
        ((*TEST, "none", "none", "no", "other"), "ivdr_b_6"),
        ((*TEST, "none", "none", "no", "control"), "ivdr_b_7"),
        (("samples", "lab"), "ivd_not"),
        (("samples", "examine", "in_house"), "in_house_ivdr"),
    ],
)
def test_known_products(given: tuple[str, ...], outcome: str) -> None:
    found = walk(a_path(*given))
    assert found.outcome is not None
    assert found.outcome.code == outcome


def test_an_accessory_is_classified_by_itself(in_english: None) -> None:
    found = walk(a_path("article", "accessory", "physical", "none", "series", "none", "no", "outside", "none"))
    assert meaning(found) == "Accessory of a device"
    assert found.outcome is not None
    assert str(found.outcome.label) == "Medical device of class I"
    assert [str(rule.reference) for rule in rules_of(found)] == ["MDR, annex VIII, rule 1"]


# ------------------------------------------------------------------------------------------- paths of addresses


def test_a_path_says_where_it_stands() -> None:
    found = walk("nature:article~purpose:medical")
    assert found.question is not None
    assert found.question.code == "action"
    assert found.before == "nature:article"
    assert walk(found.before).before == ""
    assert walk("").question is TABLE.questions[TABLE.start]


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("nature:article~purpose:nothing", "nature:article"),
        ("nature:article~action:physical", "nature:article"),
        ("purpose:medical", ""),
        ("~", ""),
        ("nature:article~", "nature:article"),
        ("nature", ""),
        ("software:yes~\x00", ""),
        ("nature:software~sw_drives:yes~special:none", "nature:software~sw_drives:yes"),
    ],
)
def test_what_the_table_does_not_know_is_left(path: str, kept: str) -> None:
    found = walk(path)
    assert found.broken
    assert found.path == kept


@given(
    st.text(max_size=80) | st.lists(st.sampled_from(["nature:software", "sw_drives:no", "x", ":", "~"])).map("~".join)
)
def test_no_text_makes_the_walk_fail(path: str) -> None:
    found = walk(path)
    assert (found.question is None) != (found.outcome is None)
    assert walk(found.path).path == found.path
    assert not walk(found.path).broken


@given(st.sampled_from(PATHS), st.integers(0, 12))
def test_the_beginning_of_a_path_is_a_path(whole: object, length: int) -> None:
    path = whole.path  # type: ignore[attr-defined]
    beginning = "~".join(path.split("~")[:length])
    found = walk(beginning)
    assert not found.broken
    assert found.path == beginning
    left = TABLE.longest_from(found.question.code) if found.question else 0
    assert len(found.steps) + left <= LONGEST
    assert left >= len(path.split("~")) - len(found.steps)


@given(st.sampled_from(PATHS))
def test_what_is_kept_is_found_right_when_read_again(found: object) -> None:
    kept = answers_of(found)  # type: ignore[arg-type]
    assert kept["version"] == VERSION
    assert kept["outcome"] in dict(outcome_choices())
    assert said_wrong(kept["path"], kept["outcome"], kept["version"]) == ""
    assert len(readable(kept["path"])) == len(kept["path"].split("~"))
    others = [code for code, _label in outcome_choices() if code != kept["outcome"]]
    assert said_wrong(kept["path"], others[0], VERSION)
    assert said_wrong(kept["path"], others[0], VERSION + 1) == ""


def test_what_is_not_finished_is_not_kept() -> None:
    with pytest.raises(ValueError, match="outcome"):
        answers_of(walk("nature:software"))
    assert said_wrong("nature:software", "mdr_i_1", VERSION)
    assert said_wrong("", "", VERSION)


def test_two_of_the_same_code_are_refused() -> None:
    end = Outcome("end", "End", ("law",))
    question = Question("start", "?", (Answer("yes", "Yes", "end"), Answer("no", "No", "end")))
    with pytest.raises(ValueError, match="same code"):
        Table(version=1, start="start", questions=(question, question), outcomes=(end,), rules={"law": Rule("Law")})


def test_the_software_table_is_that_of_its_own_questions() -> None:
    """Every question about software is asked of software alone."""
    own = {one.code for one in (*devices.SOFTWARE, *classes.SOFTWARE)}
    for found in PATHS:
        asked = {step.question.code for step in found.steps}
        assert bool(asked & own) == (found.steps[0].answer.code == "software")


def test_no_path_is_longer_than_what_a_request_keeps() -> None:
    from dossiers.forms.qualification import LONGEST_PATH

    assert max(len(found.path) for found in PATHS) < LONGEST_PATH
