"""The forms of the Innovation and Referral Service: what each kind asks, what is refused, what is read of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from catalogue.models import Medicine
from dossiers.demo.advice_answers import advice_answers
from dossiers.demo.advice_story import AdviceStory
from dossiers.forms.advice import ADVICE_FORMS
from dossiers.forms.advice.meeting import usual_days
from dossiers.forms.base import FormContext
from dossiers.queries.advice import questions_of
from dossiers.services.errors import Blocked
from tests.dossiers.screens import browser, text_of
from tests.dossiers.world import MONDAY
from workflows.advice_guards import (
    DEVICE_CLINICAL_RESEARCH,
    DEVICE_QUALIFICATION,
    PRE_SUBMISSION,
    REGULATORY_GUIDANCE,
    SCIENTIFIC_OPINION,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

ON = dt.date(2026, 5, 4)
ALWAYS = ["triage", "project", "about", "questions", "statements"]


def context(kind: str, *, meeting: bool = False, given: Any = None) -> FormContext:
    return FormContext(kind=kind, on=ON, answers=advice_answers(kind=kind, on=ON, meeting=meeting, given=given))


def faults(kind: str, **given: Any) -> set[tuple[str, str]]:
    _clean, reasons = ADVICE_FORMS.strict(context(kind, given=given))
    return {(reason.field, reason.code) for reason in reasons}


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (SCIENTIFIC_OPINION, set()),
        (REGULATORY_GUIDANCE, set()),
        (DEVICE_QUALIFICATION, {"qualification"}),
        (DEVICE_CLINICAL_RESEARCH, {"research"}),
        (PRE_SUBMISSION, {"research", "pre_submission"}),
    ],
)
@pytest.mark.parametrize("meeting", [False, True])
def test_each_kind_asks_its_own_sections(kind: str, more: set[str], meeting: bool) -> None:
    found = context(kind, meeting=meeting)
    keys = {form.key for form in ADVICE_FORMS.applicable(found)}
    assert keys == {*ALWAYS, *more, *({"meeting"} if meeting else ())}
    clean, reasons = ADVICE_FORMS.strict(found)
    assert reasons == ()
    assert set(clean) == keys


@pytest.mark.parametrize(
    ("section", "given", "fault"),
    [
        ("project", {"siren": "999000041"}, ("project.siren", "siren")),
        ("project", {"nature": "company", "siren": ""}, ("project.siren", "required")),
        ("project", {"contact_email": "lucioles"}, ("project.contact_email", "email")),
        ("project", {"contact_phone": "allô"}, ("project.contact_phone", "phone")),
        ("triage", {"elsewhere": "filed", "elsewhere_what": ""}, ("triage.elsewhere_what", "invalid")),
        ("triage", {"answer": ""}, ("triage.answer", "required")),
        ("about", {"purpose": ""}, ("about.purpose", "required")),
        ("questions", {"questions": []}, ("questions.questions", "required")),
        ("questions", {"questions": [{"question": "", "position": "Oui"}]}, ("questions.questions", "row")),
        ("statements", {"not_binding": False}, ("statements.not_binding", "required")),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(section: str, given: dict[str, Any], fault: tuple[str, str]) -> None:
    found = faults(DEVICE_QUALIFICATION, **{section: given})
    assert {field for field, _code in found} == {fault[0]}


def test_a_siren_is_typed_with_or_without_spaces() -> None:
    found = context(REGULATORY_GUIDANCE, given={"project": {"siren": "732 829 320"}})
    clean, reasons = ADVICE_FORMS.strict(found)
    assert reasons == ()
    assert clean["project"]["siren"] == "732829320"


def test_a_pre_submission_comes_within_six_months_of_the_filing() -> None:
    late = {"filing_on": "2026-11-05"}
    assert faults(PRE_SUBMISSION, pre_submission={"filing_on": "2026-11-04"}) == set()
    assert faults(PRE_SUBMISSION, pre_submission=late) == {("pre_submission.filing_on", "too_late")}


def test_what_another_answer_makes_needless_is_not_sent() -> None:
    """A project that became a medicine does not send the purpose of the device that it was."""
    given = {"triage": {"product_kind": "medicine"}, "about": {"indication": "Adultes.", "purpose": "Ancien texte."}}
    clean, reasons = ADVICE_FORMS.strict(context(REGULATORY_GUIDANCE, given=given))
    assert reasons == ()
    assert clean["about"]["purpose"] == ""
    assert clean["about"]["indication"] == "Adultes."


def test_the_questions_are_numbered_as_they_stand() -> None:
    answers = context(DEVICE_QUALIFICATION).answers
    assert list(questions_of(answers)) == ["1", "2"]
    form = next(one for one in ADVICE_FORMS.bound(context(DEVICE_QUALIFICATION)) if one.key == "questions")
    (shown,) = form.readable()
    assert shown.value.startswith("1. Le logiciel est-il un dispositif médical")
    assert "\n\n2. Si oui, de quelle classe ?\n" in shown.value


@pytest.mark.parametrize("broken", [None, "texte", 3, [1, "2"], [{"question": None}], {"question": "?"}])
def test_a_draft_keeps_anything_and_reading_it_never_fails(broken: Any) -> None:
    answers: Any = {
        "triage": {"product_kind": broken, "summary": broken},
        "about": {"name": broken, "medicine": broken},
    }
    derived = ADVICE_FORMS.derive(answers)
    assert derived.medicine_id is None
    questions_of({"questions": {"questions": broken}})
    ADVICE_FORMS.matter(answers)


def test_a_medicine_of_the_catalogue_is_found_by_its_name() -> None:
    medicine = Medicine.objects.filter(name="QALSODY")[0]
    only = Medicine.objects.filter(name="QALSODY").count() == 1
    for name in ("QALSODY", " qalsody "):
        given = {"triage": {"product_kind": "medicine"}, "about": {"name": name}}
        derived = ADVICE_FORMS.derive(context(SCIENTIFIC_OPINION, given=given).answers)
        assert derived.medicine_id == (medicine.pk if only else None)
    chosen = {"about": {"medicine": medicine.pk, "name": "Autre nom"}}
    derived = ADVICE_FORMS.derive(context(SCIENTIFIC_OPINION, given=chosen).answers)
    assert (derived.medicine_id, derived.product_label) == (medicine.pk, "Autre nom")
    device = {"about": {"medicine": medicine.pk, "name": "QALSODY"}}
    assert ADVICE_FORMS.derive(context(DEVICE_QUALIFICATION, given=device).answers).medicine_id is None


def test_nothing_is_renewed() -> None:
    assert ADVICE_FORMS.prefill(context(SCIENTIFIC_OPINION).answers) == {}
    assert "briefing" in dict(ADVICE_FORMS.document_kinds)


def test_a_slip_of_the_keyboard_in_a_year_is_said_and_breaks_nothing() -> None:
    slots = [*advice_answers(kind=SCIENTIFIC_OPINION, on=ON, meeting=True)["meeting"]["slots"]]
    given = {"meeting": {"slots": [*slots, {"day": "9999-12-31", "half": "morning"}]}}
    _clean, reasons = ADVICE_FORMS.strict(context(SCIENTIFIC_OPINION, meeting=True, given=given))
    assert [(one.field, one.code) for one in reasons] == [("meeting.slots", "date_year")]
    told = AdviceStory(at=MONDAY, kind=SCIENTIFIC_OPINION, meeting=True, given=given, who="applicant").draft()
    for page in ("", "review/", "edit/meeting/"):
        assert browser("applicant").get(f"/dossiers/{told.reference}/{page}").status_code == 200


def test_a_year_without_a_free_week_leaves_no_day_to_propose(settings: Any) -> None:
    settings.WORKFLOW_LIMITS = {**settings.WORKFLOW_LIMITS, "MEETING_BLACKOUT": ("01-01/12-31",)}
    assert usual_days(ON, 10) == []


def days(count: int, **wrong: str) -> list[dict[str, str]]:
    """So many half-days that suit, then the wrong ones."""
    suit = [{"day": day.isoformat(), "half": "morning"} for day in usual_days(ON, count)]
    return [*suit, *({"day": day, "half": "morning"} for day in wrong.values())]


@pytest.mark.parametrize(
    ("slots", "codes"),
    [
        (days(9), ["slots_few"]),
        (days(10, sunday="2026-06-07"), ["slots_not_worked"]),
        (days(10, soon="2026-05-06"), ["slots_too_soon"]),
        (days(10, closed="2026-08-05"), ["slots_blackout"]),
        ([*days(10), days(1)[0]], ["slots_twice"]),
        (days(10), []),
    ],
)
def test_days_that_do_not_suit_are_said_in_their_section_once_and_no_more_once_sent(
    slots: list[dict[str, str]], codes: list[str]
) -> None:
    asked = context(SCIENTIFIC_OPINION, meeting=True, given={"meeting": {"slots": slots}})
    _clean, reasons = ADVICE_FORMS.strict(asked)
    assert [(one.field, one.code) for one in reasons] == [("meeting.slots", code) for code in codes]
    # What suited on the day of the filing is too soon when questions are answered a month later.
    assert ADVICE_FORMS.strict(replace(asked, filed=True, on=ON + dt.timedelta(days=60)))[1] == ()
    draft = AdviceStory(
        at=timezone.make_aware(dt.datetime.combine(ON, dt.time(12))), kind=SCIENTIFIC_OPINION, meeting=True,
        given={"meeting": {"slots": slots}}, who="applicant",
    ).draft()  # fmt: skip
    if codes:
        with pytest.raises(Blocked) as refused:
            draft.file()
        assert [one.code for one in refused.value.reasons] == codes


def test_ten_lines_wait_for_the_days_and_those_left_empty_are_dropped() -> None:
    told = AdviceStory(at=MONDAY, kind=SCIENTIFIC_OPINION, meeting=True, who="applicant").draft()
    path, client = f"/dossiers/{told.reference}/edit/meeting/", browser("applicant")
    lines = {f"slots-{rank}-day": "" for rank in range(10)} | {f"slots-{rank}-half": "afternoon" for rank in range(10)}
    kept = {"slots-4-day": "2026-06-02", "participants": "Yaël Yvetot"}
    answer = client.post(path, {**lines, **kept})
    assert answer.status_code == 422
    assert text_of(answer).count("Row 11") == 0
    saved = told.dossier.sections.get(section="meeting").data
    assert saved["slots"] == [{"day": "2026-06-02", "half": "afternoon"}]
    shown = client.get(path).content.decode()
    assert 'name="slots-9-day"' in shown
    assert 'name="slots-10-day"' not in shown
    more = client.post(path, {**kept, "slots-4-half": "morning", "add_row": "slots"}).content.decode()
    assert 'name="slots-9-day"' in more


def test_what_an_applicant_reads_again_is_in_plain_words(in_english: None) -> None:
    found = context(SCIENTIFIC_OPINION, meeting=True)
    said = {form.key: {one.label: one.value for one in form.readable()} for form in ADVICE_FORMS.bound(found)}
    slots = found.answers["meeting"]["slots"]
    assert len(said["meeting"]["Days on which you can come"].splitlines()) == len(slots) == 10
    assert "morning" in said["meeting"]["Days on which you can come"].splitlines()[0]
    assert "Row" not in said["meeting"]["Days on which you can come"]
    asked = said["questions"]["Questions"]
    assert "Applicant's position: Oui : c'est le traitement recommandé" in asked
