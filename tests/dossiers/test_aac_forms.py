"""The answers of an AAC: what is mandatory, what is said of a mistake, what criteria ask, what a renewal keeps."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from catalogue.criteria import current_version
from catalogue.models import CriteriaVersion, Criterion, Indication, Medicine
from dossiers.demo.answers import example_answers
from dossiers.forms.aac import AAC_FORMS
from dossiers.forms.aac.patient import InitialsField, age_in_months
from dossiers.forms.aac.reading import derive, prefill, product
from dossiers.forms.base import FormContext
from dossiers.forms.fields import example_of, no_national_number
from dossiers.forms.rows import RowsField
from tests.dossiers.world import indication

ON = dt.date(2026, 5, 4)
KINDS = ("initial", "renewal", "regularisation", "very_early")


def context_for(answers: dict[str, Any], kind: str = "initial", of: Indication | None = None) -> FormContext:
    return FormContext(
        kind=kind, on=ON, answers=answers, indication=of, criteria=current_version(of, ON) if of else None
    )


def answers_for(of: Indication, kind: str = "initial", **given: Any) -> dict[str, Any]:
    medicine = {"medicine": of.medicine_id, "indication": of.pk}
    return example_answers(procedure="aac", kind=kind, on=ON, indication=of, given={"medicine": medicine, **given})


def faults(answers: dict[str, Any], kind: str = "initial", of: Indication | None = None) -> dict[str, str]:
    _clean, reasons = AAC_FORMS.strict(context_for(answers, kind, of))
    return {reason.field: reason.code for reason in reasons}


def criteria(of: Indication, *given: dict[str, Any], **limits: Any) -> CriteriaVersion:
    """A version in force that replaces whatever the demo has."""
    of.criteria_versions.all().delete()
    version = CriteriaVersion.objects.create(indication=of, number=1, starts_on=dt.date(2026, 1, 1), **limits)
    for position, one in enumerate(given):
        Criterion.objects.create(version=version, position=position, **one)
    return version


# ------------------------------------------------------------------------------------------------ examples


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("track", ["A", "B"])
def test_the_examples_make_a_request_that_can_be_signed(world, kind, track):
    of = indication("AMX0035" if kind == "very_early" else "QALSODY")
    assert current_version(of, ON) is not None
    answers = answers_for(of, kind, request={"track": track})
    assert faults(answers, kind, of) == {}


def test_the_first_example_of_every_field_is_enough_for_who_fills_by_rote(world):
    """A client that knows only the published schema: every field with its first example, the catalogue's included."""
    answers: dict[str, Any] = {}
    of: Indication | None = None
    for _round in range(3):
        context = context_for(answers, of=of)
        for form in AAC_FORMS.applicable(context):
            answers[form.key] = {name: example_of(one) for name, one in form({}, context=context).fields.items()}
        of = Indication.objects.get(pk=answers["medicine"]["indication"])
    assert faults(answers, of=of) == {}


def test_only_what_is_required_or_must_be_had_is_enough(world):
    of = Indication.objects.get(pk=example_of(AAC_FORMS.sections[0].base_fields["indication"]))
    answers: dict[str, Any] = {"request": {"track": "B"}}
    context = context_for(answers, of=of)
    for form in AAC_FORMS.applicable(context):
        fields = form({}, context=context).fields
        asked = [name for name, one in fields.items() if one.required or name in form.must_have]
        answers[form.key] = {name: example_of(fields[name]) for name in asked}
    assert faults(answers, of=of) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_a_label_and_an_example(world, kind):
    of = indication("QALSODY")
    context = context_for({"request": {"track": "A"}}, kind, of)
    for section in AAC_FORMS.applicable(context):
        for name, one in section({}, context=context).fields.items():
            assert one.label, f"{section.key}.{name}"
            assert hasattr(one, "example"), f"{section.key}.{name}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("track", ["A", "B"])
def test_each_mandatory_field_left_out_is_named(world, kind, track):
    of = indication("AMX0035" if kind == "very_early" else "QALSODY")
    answers = answers_for(of, kind, request={"track": track})
    checked = 0
    for section in AAC_FORMS.bound(context_for(answers, kind, of)):
        for name, one in section.fields.items():
            if one.required and name != "track":
                without = {**answers, section.key: {**answers[section.key], name: None}}
                assert f"{section.key}.{name}" in faults(without, kind, of)
                checked += 1
    assert checked > 10


# ------------------------------------------------------------------------------------------------- patient


@pytest.mark.parametrize("typed", ["DM", "dm", "D.M.", "D M", "dup-m", "ÉLO", "DUPMA"])
def test_initials_forgive_their_presentation(typed):
    assert InitialsField().clean(typed) == re.sub(r"[\s.\-]", "", typed).upper()


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Dupont", "initials_name"),
        ("Jean Dupont", "initials_name"),
        ("Marc", "initials_name"),
        ("DUPONTM", "initials_name"),
        ("D2", "initials_digits"),
        ("1 58 04 75 116 001 23", "national_number"),
        ("158047511600123", "national_number"),
        ("D", "initials"),
        ("D_M", "initials"),
    ],
)
def test_what_is_not_initials_is_refused_with_its_reason(typed, code):
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError) as refusal:
        InitialsField().clean(typed)
    assert refusal.value.code == code


@pytest.mark.parametrize("typed", ["NIR 1580475116001 23", "patient 2 91 12 2A 123 456 78", "2-91-12-75-123-456-78"])
def test_a_national_number_is_refused_in_any_text(world, typed):
    of = indication("QALSODY")
    answers = answers_for(of, clinical={"justification": typed})
    assert faults(answers, of=of) == {"clinical.justification": "national_number"}


@pytest.mark.parametrize(
    "typed", ["01 42 16 00 00", "2023-503456-12-00", "34009 300 123 4", "12/05/2024 à 14 h 30", "75013"]
)
def test_ordinary_numbers_are_not_taken_for_a_national_number(typed):
    no_national_number(typed)


@pytest.mark.parametrize(
    ("month", "code"),
    [
        ("2026-06", "birth_future"),
        ("1890-01", "month"),
        ("1901-01", "birth_past"),
        ("13/1958", "month"),
        ("hier", "month"),
    ],
)
def test_an_impossible_month_of_birth_is_refused(world, month, code):
    of = indication("QALSODY")
    assert faults(answers_for(of, patient={"birth_month": month}, request={"track": "B"}), of=of) == {
        "patient.birth_month": code
    }


def test_age_counts_whole_months():
    assert age_in_months("1958-04", ON) == 68 * 12 + 1
    assert age_in_months("2026-05", ON) == 0
    assert age_in_months("", ON) is None


def test_a_weight_typed_in_french_is_read(world):
    of = indication("QALSODY")
    clean, reasons = AAC_FORMS.strict(context_for(answers_for(of, patient={"weight_kg": "62,5"}), of=of))
    assert reasons == ()
    assert clean["patient"]["weight_kg"] == "62.5"


@pytest.mark.parametrize("weight", ["0", "-3", "4000", "soixante", "NaN", "Infinity"])
def test_an_impossible_weight_is_refused(world, weight):
    of = indication("QALSODY")
    assert "patient.weight_kg" in faults(answers_for(of, patient={"weight_kg": weight}), of=of)


# ------------------------------------------------------------------------------------------------ medicine


def test_a_medicine_outside_the_list_needs_name_form_strength_and_indication(world):
    of = indication("QALSODY")
    answers = answers_for(of, request={"track": "B"})
    answers["medicine"] = {"posology": "1 par jour", "duration_days": 30}
    assert set(faults(answers)) == {"medicine.medicine", "medicine.other_indication"}
    answers["medicine"]["other_name"] = "AB-123"
    assert set(faults(answers)) == {"medicine.other_form", "medicine.other_strength", "medicine.other_indication"}
    answers["medicine"] |= {"other_form": "gélule", "other_strength": "5 mg", "other_indication": "Une maladie rare"}
    assert faults(answers) == {}
    assert derive(answers).product_label == "AB-123 5 mg"
    assert product(None, answers, ON)["criteria_met"] is False


def test_a_medicine_marketed_in_france_is_not_the_route(world):
    of = indication("QALSODY")
    ordinary = Medicine.objects.create(
        name="DOLIPRANE", form="comprimé", strength="1 g", has_ma=True, marketed=True, source="bdpm"
    )
    answers = answers_for(of, request={"track": "B"})
    answers["medicine"] |= {"medicine": ordinary.pk, "indication": None, "other_indication": "Douleur"}
    assert faults(answers) == {"medicine.medicine": "has_ma"}
    assert faults(answers, kind="renewal") == {
        "renewal.clinical_data": "required",
        "renewal.adverse_effects": "required",
        "renewal.useful": "required",
    }


def test_an_indication_of_another_medicine_is_refused(world):
    of, other = indication("QALSODY"), indication("AMX0035")
    answers = answers_for(of, request={"track": "B"})
    answers["medicine"]["medicine"] = other.medicine_id
    assert faults(answers, of=of) == {"medicine.indication": "mismatch"}
    assert derive(answers).indication_id is None


@pytest.mark.parametrize(
    ("days", "good"), [(1, True), (365, True), (0, False), (366, False), ("abc", False), (1.5, False)]
)
def test_the_duration_is_from_one_day_to_a_year(world, days, good):
    of = indication("QALSODY")
    found = faults(
        answers_for(of, medicine={"medicine": of.medicine_id, "indication": of.pk, "duration_days": days}), of=of
    )
    assert (found == {}) is good


# ------------------------------------------------------------------------------------------------- criteria


def test_without_published_criteria_only_the_full_justification_is_offered(world):
    of = indication("QALSODY")
    answers = answers_for(of, request={"track": "B"})
    of.criteria_versions.all().delete()
    context = context_for(answers, of=of)
    assert faults(answers, of=of) == {}
    answers["request"]["track"] = "A"
    assert faults(answers, of=of)["request.track"] == "invalid_choice"
    assert "justification" in {form.key for form in AAC_FORMS.applicable(context)}


@pytest.mark.parametrize(("months", "met"), [(11, True), (12, False), (36, False), (37, True)])
def test_a_disjunctive_criterion_is_met_on_either_side(world, months, met):
    """AMX0035: first symptoms less than 12 months ago or more than 36."""
    of = indication("AMX0035")
    criteria(
        of,
        {
            "key": "onset",
            "text": "Premiers symptômes",
            "kind": "number",
            "unit": "months",
            "accepted": [{"below": 12}, {"above": 36}],
        },
    )
    answers = answers_for(of, request={"track": "A"}, criteria={"onset": str(months)})
    expected = {} if met else {"criteria.onset": "criterion_out_of_range"}
    assert faults(answers, of=of) == expected
    assert product(None, answers, ON)["criteria_met"] is met


def test_an_unconfirmed_criterion_is_named_once(world):
    of = indication("QALSODY")
    criteria(of, {"key": "als", "text": "SLA confirmée"}, {"key": "sod1", "text": "Mutation SOD1"})
    answers = answers_for(of, request={"track": "A"}, criteria={"als": True, "sod1": False})
    _clean, reasons = AAC_FORMS.strict(context_for(answers, of=of))
    assert [reason.field for reason in reasons] == ["criteria.sod1"]


@pytest.mark.parametrize(
    ("born", "good"), [("2008-05", True), ("2008-06", False), ("1946-05", True), ("1946-03", False)]
)
def test_age_limits_of_the_criteria(world, born, good):
    of = indication("QALSODY")
    criteria(of, min_age_months=18 * 12, max_age_months=80 * 12)
    answers = answers_for(of, request={"track": "A"}, patient={"birth_month": born})
    assert faults(answers, of=of) == ({} if good else {"patient.birth_month": "patient_age"})
    assert product(None, answers, ON)["criteria_met"] is good
    # The full justification is the way for a patient outside the limits.
    answers = answers_for(of, request={"track": "B"}, patient={"birth_month": born})
    assert faults(answers, of=of) == {}


def test_sex_and_dose_limits_of_the_criteria(world):
    of = indication("QALSODY")
    criteria(of, sex="M", max_daily_dose="2.000", dose_unit="mg")
    answers = answers_for(of, request={"track": "A"}, patient={"sex": "F"})
    answers["medicine"]["daily_dose"] = "2.5"
    assert faults(answers, of=of) == {"patient.sex": "patient_sex", "medicine.daily_dose": "dose_outside"}
    answers["patient"]["sex"], answers["medicine"]["daily_dose"] = "M", "2"
    assert faults(answers, of=of) == {}


def test_a_dose_without_unit_is_shown_nowhere(world):
    of = indication("QALSODY")
    criteria(of)
    answers = answers_for(of, request={"track": "A"})
    assert "daily_dose" not in answers["medicine"]
    answers["medicine"]["daily_dose"] = "1.5"

    def labels():
        form = AAC_FORMS.section("medicine", context_for(answers, of=of))(
            answers["medicine"], context=context_for(answers, of=of)
        )
        return {one.name for one in form.readable()}

    assert "daily_dose" not in labels()
    criteria(of, max_daily_dose="2.000", dose_unit="mg")
    assert "daily_dose" in labels()


def test_the_meeting_is_asked_for_only_by_a_criterion_that_needs_it(world):
    of = indication("QALSODY")
    criteria(of, {"key": "rcp", "text": "Avis favorable de la RCP", "needs_rcp": True})
    answers = answers_for(of, request={"track": "A"})
    for name in ("rcp_on", "rcp_place", "rcp_conclusion"):
        answers["clinical"].pop(name, None)
    assert set(faults(answers, of=of)) == {"clinical.rcp_on", "clinical.rcp_place", "clinical.rcp_conclusion"}
    answers["request"]["track"] = "B"
    answers["justification"] = answers_for(of, request={"track": "B"})["justification"]
    assert faults(answers, of=of) == {}


# --------------------------------------------------------------------------------------- kinds of request


def test_a_very_early_access_cannot_wait(world):
    of = indication("AMX0035")
    answers = answers_for(of, "very_early", request={"track": "B", "urgent": "no"})
    assert faults(answers, "very_early", of) == {"request.urgent": "very_early_not_urgent"}


def test_urgency_needs_a_reason(world):
    of = indication("QALSODY")
    answers = answers_for(of, request={"track": "B", "urgent": "yes", "urgent_reason": " "})
    assert faults(answers, of=of) == {"request.urgent_reason": "required"}
    assert derive(answers).urgent is True


def test_a_regularisation_is_of_a_past_dispensing_attested_by_both(world):
    of = indication("QALSODY")
    answers = answers_for(
        of,
        "regularisation",
        request={"track": "B", "dispensed_at": "2026-05-05T01:00:00+02:00", "pharmacist_attests": False},
    )
    assert faults(answers, "regularisation", of) == {
        "request.dispensed_at": "future",
        "request.pharmacist_attests": "required",
    }


def test_previous_treatments_or_none(world):
    of = indication("QALSODY")
    answers = answers_for(of, request={"track": "B"})
    answers["history"] = {"treatments": [], "none": False}
    assert faults(answers, of=of) == {"history.treatments": "required"}
    answers["history"] = {"treatments": [], "none": True}
    assert faults(answers, of=of) == {}
    answers["history"] = {"treatments": [{"treatment": "X", "started": "2024-05", "stopped": "2024-04"}]}
    assert faults(answers, of=of) == {"history.treatments": "order"}
    answers["history"] = {"treatments": [{"treatment": "X", "started": "2024-05", "stopped": "2024"}]}
    assert faults(answers, of=of) == {}
    answers["history"] = {"treatments": [{"started": "2024-05"}]}
    assert faults(answers, of=of) == {"history.treatments": "row"}


@pytest.mark.parametrize(
    ("reference", "good"), [("NCT05021536", True), ("2023-503456-12-00", True), ("NCT5", False), ("essai", False)]
)
def test_references_of_research(world, reference, good):
    of = indication("QALSODY")
    found = faults(answers_for(of, request={"track": "B"}, research={"references": [reference]}), of=of)
    assert (found == {}) is good


def test_a_renewal_keeps_what_lasts_and_asks_again_what_must_be_said_again(world):
    of = indication("QALSODY")
    first, reasons = AAC_FORMS.strict(context_for(answers_for(of, request={"track": "A"}), of=of))
    assert reasons == ()
    kept = prefill(first)
    assert kept["medicine"] == first["medicine"]
    assert kept["history"] == first["history"]
    assert kept["prescriber"] == first["prescriber"]
    assert set(kept["patient"]) == {"initials", "birth_month", "sex"}
    assert not {"undertakings", "criteria", "justification", "renewal"} & set(kept)
    assert set(faults(kept, "renewal", of)) == {
        "patient.weight_kg",
        "request.urgent",
        "renewal.clinical_data",
        "renewal.adverse_effects",
        "renewal.useful",
        "undertakings.informs_patient",
        "undertakings.follows_protocol",
        "undertakings.states_truth",
    }


# --------------------------------------------------------------------------------------- anything typed


def test_a_posted_form_and_json_give_the_same_answers(world):
    form = next(one for one in AAC_FORMS.sections if one.key == "history")
    context = context_for({})
    posted = {
        "treatments-0-treatment": "Riluzole",
        "treatments-0-started": "2023",
        "treatments-3-treatment": "Edaravone",
        "treatments-1-stopped": " ",
    }
    typed = form.typed(posted, context)
    assert [row["treatment"] for row in typed["treatments"]] == ["Riluzole", "Edaravone"]
    assert form(typed, context=context).is_valid()
    assert form.typed({"treatments": typed["treatments"]}, context)["treatments"] == typed["treatments"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.just("\x00")
    | st.just("9" * 30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


class AnythingTyped(TestCase):
    """Whatever a system sends, each field answers with a reason and never with a crash."""

    @settings(max_examples=60, deadline=None)
    @given(value=JSON, kind=st.sampled_from(KINDS), track=st.sampled_from(["A", "B"]))
    def test_nothing_crashes(self, value: Any, kind: str, track: str) -> None:
        for section in AAC_FORMS.sections:
            base = {"request": {"track": track}}
            context = context_for(base, kind)
            if section.applies(context):
                form = section({}, context=context)
                answers = {**base, section.key: dict.fromkeys(form.fields, value)}
                AAC_FORMS.strict(context_for(answers, kind))
                section(answers[section.key], context=context).readable()
                derive(answers)
                product(None, answers, ON)

    @settings(max_examples=30, deadline=None)
    @given(value=JSON)
    def test_a_section_that_is_not_an_object_does_not_crash_the_readers(self, value: Any) -> None:
        answers = dict.fromkeys(("medicine", "request", "patient"), value)
        derive(answers)
        product(None, answers, ON)
        prefill(answers)


def test_too_many_rows_are_refused():
    field = RowsField(columns={}, most=2)
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        field.clean([{"a": 1}, {"a": 2}, {"a": 3}])


@pytest.mark.parametrize("typed", ["9" * 5_000, 10**30, "²", True, [180], {"a": 1}, -3, 1.5])
def test_a_duration_that_is_none_is_no_fault(world, typed):
    of = indication("QALSODY")
    answers = answers_for(of, medicine={"medicine": of.medicine_id, "indication": of.pk, "duration_days": typed})
    assert product(None, answers, ON)["requested_days"] is None
    assert "medicine.duration_days" in faults(answers, of=of)


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [
        ("prescriber", "ward", 5),
        ("prescriber", "ward", ["Neurologie"]),
        ("undertakings", "states_truth", "peut-être"),
        ("undertakings", "states_truth", [0]),
        ("history", "none", {"a": 1}),
        ("history", "treatments", [{"treatment": 5}]),
        ("history", "treatments", "Riluzole"),
        ("research", "references", [5]),
        ("request", "track", 5),
    ],
)
def test_an_answer_of_another_json_type_is_refused_and_named(world, section, field, value):
    of = indication("QALSODY")
    answers = answers_for(of)
    answers[section] = {**answers[section], field: value}
    assert f"{section}.{field}" in faults(answers, of=of)
