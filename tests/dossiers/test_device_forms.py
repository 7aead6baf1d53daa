"""The answers of an exemption: every kind, what is said of a mistake, what lists, guards and letters read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dossiers.demo.device_answers import device_answers, device_documents
from dossiers.forms.base import FormContext
from dossiers.forms.device_exemption import DEVICE_EXEMPTION_FORMS
from dossiers.forms.device_exemption.duties import duties
from dossiers.forms.documents import DEVICE_KINDS
from dossiers.forms.fields import example_of
from dossiers.forms.registry import form_set
from workflows.device_guards import GLOBAL, INDIVIDUAL, pieces_missing, pieces_needed
from workflows.roles import APPLICANT, CONTRIBUTOR, PRESCRIBER

ON = dt.date(2026, 5, 4)
EVERY = pytest.mark.parametrize("kind", [INDIVIDUAL, GLOBAL])
pytestmark = pytest.mark.django_db


def answers_for(kind: str = INDIVIDUAL, *, in_vitro: bool = False, **given: Any) -> dict[str, dict[str, Any]]:
    return device_answers(kind=kind, on=ON, in_vitro=in_vitro, given=given)


def faults(answers: Any, kind: str = INDIVIDUAL) -> dict[str, str]:
    _clean, reasons = DEVICE_EXEMPTION_FORMS.strict(FormContext(kind=kind, on=ON, answers=answers))
    return {reason.field: reason.code for reason in reasons}


def clean(answers: Any, kind: str = INDIVIDUAL) -> dict[str, dict[str, Any]]:
    found, reasons = DEVICE_EXEMPTION_FORMS.strict(FormContext(kind=kind, on=ON, answers=answers))
    assert reasons == ()
    return found


def test_the_forms_are_registered():
    assert form_set("device_exemption") is DEVICE_EXEMPTION_FORMS
    assert DEVICE_EXEMPTION_FORMS.document_kinds == DEVICE_KINDS


@EVERY
@pytest.mark.parametrize("in_vitro", [False, True])
def test_the_demo_answers_can_be_filed(kind, in_vitro):
    answers = answers_for(kind, in_vitro=in_vitro)
    assert faults(answers, kind) == {}
    once = clean(answers, kind)
    assert clean(once, kind) == once


@EVERY
def test_the_examples_that_systems_are_given_can_be_filed(kind):
    context = FormContext(kind=kind, on=ON, answers={"request": {"domain": "device"}})
    forms = [form({}, context=context) for form in DEVICE_EXEMPTION_FORMS.applicable(context)]
    examples = {form.key: {name: example_of(one) for name, one in form.fields.items()} for form in forms}
    assert faults(examples, kind) == {}


@pytest.mark.parametrize("field", ["custom_made", "investigational"])
def test_what_an_exemption_is_not_for_is_said_at_once(field):
    assert faults(answers_for(request={field: "yes"})) == {f"request.{field}": "out_of_scope"}


def test_criteria_are_asked_of_a_global_request_alone():
    assert "criteria" not in clean(answers_for())["need"]
    assert faults(answers_for(GLOBAL, need={"criteria": ""}), GLOBAL) == {"need.criteria": "required"}


def test_the_classes_follow_the_regulation():
    assert faults(answers_for(device={"risk_class": "C"})) == {"device.risk_class": "invalid_choice"}
    assert faults(answers_for(in_vitro=True, device={"risk_class": "IIa"})) == {"device.risk_class": "invalid_choice"}


def test_identifiers_are_optional_and_checked_when_given():
    none = answers_for(device={"udi_di": [], "basic_udi_di": ""}, contacts={"srn": ""})
    assert faults(none) == {}
    given = answers_for(
        device={"udi_di": ["03401234567890"], "basic_udi_di": "1987654Ad4X4bL5ttr2310c2K"},
        contacts={"srn": "fr-mf-000012345"},
    )
    assert clean(given)["contacts"]["srn"] == "FR-MF-000012345"
    wrong = answers_for(
        device={"udi_di": ["03401234567891"], "basic_udi_di": "1987654Ad4X4bL5ttr2310c2L"}, contacts={"srn": "FR-12"}
    )
    assert set(faults(wrong)) == {"device.udi_di", "device.basic_udi_di", "contacts.srn"}


def test_of_several_identifiers_the_wrong_one_is_named():
    wrong = answers_for(device={"udi_di": ["03401234567890", "03401234567891"]})
    _clean, reasons = DEVICE_EXEMPTION_FORMS.strict(FormContext(kind=INDIVIDUAL, on=ON, answers=wrong))
    assert ["03401234567891: " in str(reason.message) for reason in reasons] == [True]
    assert "03401234567890" not in str(reasons[0].message)


@pytest.mark.parametrize(("number", "refused"), [("990000119", False), ("", False), ("990000118", True), ("99", True)])
def test_a_site_is_known_by_a_finess_number_that_holds(number, refused):
    said = answers_for(supply={"sites": [{"name": "CHU Démo de Valmirande", "finess": number}]})
    assert ("supply.sites" in faults(said)) is refused


def test_dates_are_in_order():
    assert faults(answers_for(status={"agreement_on": "2026-05-05"})) == {"status.agreement_on": "future"}
    assert faults(answers_for(status={"ce_expected_on": "2020-01-01"})) == {"status.ce_expected_on": "order"}


def test_who_writes_what():
    reserved = {form.key: form.only_for for form in DEVICE_EXEMPTION_FORMS.sections if form.only_for}
    assert reserved.pop("commitments") == {APPLICANT}
    assert set(reserved) == {"status", "evidence", "supply", "contacts"}
    for roles in reserved.values():
        assert roles == {APPLICANT, CONTRIBUTOR}
        assert PRESCRIBER not in roles


def test_the_documents_of_the_demonstration_are_those_needed():
    answers = clean(answers_for(request={"capacity": "representative"}, status={"reason": "certificate_lapsed"}))
    assert pieces_needed(answers) == ("instructions", "clinical_data", "risk_analysis", "certificates", "mandate")
    assert pieces_missing(answers, device_documents(answers)) == ()
    assert set(pieces_needed(answers)) <= {code for code, _label in DEVICE_KINDS}


def test_milestones_of_the_certificate_are_owed_unless_they_are_past():
    answers = clean(answers_for())
    owed = list(duties(INDIVIDUAL, answers, ON))
    assert [(one.kind, one.due_on) for one in owed] == [
        ("report", dt.date(2026, 9, 4)),
        ("condition", dt.date(2027, 2, 4)),
    ]
    assert list(duties(INDIVIDUAL, answers, dt.date(2027, 3, 1))) == []


def test_columns_are_read_whatever_is_typed():
    derived = DEVICE_EXEMPTION_FORMS.derive({"device": {"name": "EXTRALIA", "model": "EX-2"}, "need": {"condition": 3}})
    assert (derived.product_label, derived.subject) == ("EXTRALIA EX-2", "")
    assert DEVICE_EXEMPTION_FORMS.derive({"device": []}).product_label == ""  # type: ignore[dict-item]
