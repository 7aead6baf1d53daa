"""The answers of an AAP: every kind and pathway, what is said of a mistake, what lists, guards and letters read."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pypdf
import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from catalogue.models import Indication
from documents.letters.matter import MedicineMatter, PatientMatter
from dossiers.demo.aap_answers import KINDS_BY_PATHWAY, aap_answers, aap_documents
from dossiers.forms.aap import AAP_FORMS
from dossiers.forms.base import FormContext, StatedProduct
from dossiers.forms.documents import AAP_KINDS
from dossiers.forms.fields import CodesField
from dossiers.forms.json_types import mistyped
from dossiers.forms.registry import form_set
from dossiers.forms.schema import Asked, Description, describe_answers
from tests.api.from_schema import broken, valid_answers
from tests.dossiers.world import indication
from workflows.aap_documents import documents_missing, documents_needed
from workflows.aap_guards import CRITERIA
from workflows.putrd import FORMS, chosen_field, core_variables, protocol_variables, visits_due
from workflows.roles import APPLICANT

ON = dt.date(2026, 5, 4)
KINDS = ("first", "renewal", "new_data", "ma_obtained")
EVERY = pytest.mark.parametrize(("kind", "pathway"), KINDS_BY_PATHWAY)
# Catalogue rows are chosen or not; nothing here looks at them otherwise.
pytestmark = pytest.mark.django_db


def context_for(answers: Any, kind: str = "first", of: Indication | None = None, parent: Any = None) -> FormContext:
    return FormContext(kind=kind, on=ON, answers=answers, indication=of, parent_title=parent)


def answers_for(kind: str = "first", pathway: str = "pre_ma", **given_: Any) -> dict[str, dict[str, Any]]:
    return aap_answers(kind=kind, pathway=pathway, on=ON, given=given_)


def clean(answers: Any, kind: str = "first", of: Indication | None = None) -> dict[str, dict[str, Any]]:
    found, reasons = AAP_FORMS.strict(context_for(answers, kind, of))
    assert reasons == ()
    return found


def faults(answers: Any, kind: str = "first", of: Indication | None = None, parent: Any = None) -> dict[str, str]:
    _clean, reasons = AAP_FORMS.strict(context_for(answers, kind, of, parent))
    return {reason.field: reason.code for reason in reasons}


def keys_for(kind: str, pathway: str) -> list[str]:
    return [form.key for form in AAP_FORMS.applicable(context_for({"request": {"pathway": pathway}}, kind))]


# --------------------------------------------------------------------------------------- kinds and pathways


def test_the_forms_of_an_aap_are_registered():
    assert form_set("aap") is AAP_FORMS
    assert AAP_FORMS.document_kinds == AAP_KINDS


@EVERY
def test_the_demo_answers_can_be_signed(kind, pathway):
    answers = answers_for(kind, pathway)
    assert faults(answers, kind) == {}
    assert set(answers) == set(keys_for(kind, pathway))


@EVERY
def test_what_is_signed_can_be_signed_again(kind, pathway):
    once = clean(answers_for(kind, pathway), kind)
    assert clean(once, kind) == once


def test_each_kind_and_pathway_has_its_sections():
    first = keys_for("first", "pre_ma")
    assert {"quality", "texts", "gmo"} <= set(first)
    assert not {"ma_texts", "data_since_grant"} & set(first)
    after = keys_for("first", "post_ma")
    assert {"ma_texts", "gmo"} <= set(after)
    assert not {"quality", "texts"} & set(after)
    for kind in ("renewal", "new_data", "ma_obtained"):
        assert "data_since_grant" in keys_for(kind, "post_ma")
        assert "gmo" not in keys_for(kind, "post_ma")
    assert "ma_texts" in keys_for("ma_obtained", "pre_ma")


def test_before_a_pathway_is_chosen_only_the_pathway_is_wanting_of_it():
    answers = answers_for()
    answers["request"] = {"pathway": ""}
    assert faults(answers) == {"request.pathway": "required"}


@EVERY
def test_each_mandatory_field_left_out_is_named(kind, pathway):
    answers = answers_for(kind, pathway)
    checked = 0
    for section in AAP_FORMS.bound(context_for(answers, kind)):
        for name, one in section.fields.items():
            if (one.required or name in section.must_have) and name != "pathway":
                others = {"code_name": ""} if name == "name" else {}
                without = {**answers, section.key: {**answers[section.key], name: None, **others}}
                assert f"{section.key}.{name}" in faults(without, kind), f"{section.key}.{name}"
                checked += 1
    assert checked > 30


@EVERY
def test_every_field_has_a_label_and_an_example(kind, pathway):
    for section in AAP_FORMS.bound(context_for({"request": {"pathway": pathway}}, kind)):
        assert section.title
        for name, one in section.fields.items():
            assert one.label, f"{section.key}.{name}"
            assert hasattr(one, "example"), f"{section.key}.{name}"


def test_an_applicant_makes_the_commitments_and_nothing_else_is_reserved():
    reserved = {form.key: form.only_for for form in AAP_FORMS.sections if form.only_for}
    assert reserved == {"commitments": {APPLICANT}}


def test_once_the_ma_is_obtained_there_is_no_other_pathway():
    answers = answers_for("ma_obtained", request={"pathway": "pre_ma"})
    assert faults(answers, "ma_obtained") == {"request.pathway": "invalid_choice"}


# ------------------------------------------------------------------------------------------------- refusals

TODAY, TOMORROW = ON.isoformat(), (ON + dt.timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("pathway", "section", "said", "field", "code"),
    [
        ("pre_ma", "commitments", {"ma_application_by": "2028-05-05"}, "ma_application_by", "too_late"),
        ("pre_ma", "commitments", {"ma_application_by": ""}, "ma_application_by", "required"),
        ("pre_ma", "commitments", {"supply": False}, "supply", "required"),
        ("post_ma", "commitments", {"listing_request": False}, "listing_request", "required"),
        ("post_ma", "regulatory", {"ma_number": " "}, "ma_number", "required"),
        ("post_ma", "regulatory", {"ma_on": ""}, "ma_on", "required"),
        ("post_ma", "regulatory", {"ma_on": TOMORROW}, "ma_on", "future"),
        ("pre_ma", "regulatory", {"chmp_favourable_on": TOMORROW}, "chmp_favourable_on", "future"),
        ("pre_ma", "regulatory", {"ema_filed_on": TOMORROW}, "ema_filed_on", "future"),
        (
            "pre_ma",
            "regulatory",
            {"ema_filed_on": TODAY, "chmp_favourable_on": "2026-01-01"},
            "chmp_favourable_on",
            "order",
        ),
        ("pre_ma", "gmo", {"is_gmo": "yes"}, "authorisation", "required"),
        ("pre_ma", "request", {"meeting_on": TOMORROW}, "meeting_on", "future"),
        ("pre_ma", "product", {"name": "", "code_name": ""}, "name", "required"),
        ("pre_ma", "product", {"inn": ""}, "inn", "required"),
        ("pre_ma", "product", {"atc": "Z99"}, "atc", "code"),
        ("pre_ma", "product", {"ucd": "12345"}, "ucd", "code"),
        ("pre_ma", "product", {"prescription_class": ["Vente libre"]}, "prescription_class", "invalid_choice"),
        ("pre_ma", "product", {"medicine": 2**40}, "medicine", "invalid_choice"),
        ("pre_ma", "indication", {"expected_patients": 0}, "expected_patients", "min_value"),
        ("pre_ma", "criteria", {"efficacy_safety": ""}, "efficacy_safety", "required"),
        ("pre_ma", "criteria", {"comparators": [{"name": "Exemplastine"}]}, "comparators", "row"),
        ("pre_ma", "trials", {"trials": [], "none": False}, "trials", "required"),
        ("pre_ma", "trials", {"trials": [{"title": "A", "status": "lost"}]}, "trials", "row"),
        ("pre_ma", "quality", {"version_on": TOMORROW}, "version_on", "future"),
        ("pre_ma", "texts", {"leaflet": False}, "leaflet", "required"),
        ("post_ma", "ma_texts", {"annexes": False}, "annexes", "required"),
        ("pre_ma", "contacts", {"capacity": "mandatary"}, "principal", "required"),
        ("pre_ma", "contacts", {"contact_email": "chez moi"}, "contact_email", "email"),
        ("pre_ma", "contacts", {"vigilance_phone": "15"}, "vigilance_phone", "phone"),
        ("pre_ma", "put_rd", {"visits": []}, "visits", "required"),
        ("pre_ma", "put_rd", {"visits": [{"label": "Un jour"}]}, "visits", "delay"),
        ("pre_ma", "put_rd", {"visits": [{"label": "M0", "months": 0}]}, "visits", "row"),
        ("pre_ma", "put_rd", {"report_months": 13}, "report_months", "max_value"),
        ("pre_ma", "put_rd", {"register": "external"}, "register_name", "required"),
        ("pre_ma", "put_rd", {"variables_stop": ["initials"]}, "variables_stop", "invalid_choice"),
        ("pre_ma", "put_rd", {"variables_stop": "died_on"}, "variables_stop", "invalid_list"),
        ("pre_ma", "put_rd", {"measures": [{"unit": "mm"}]}, "measures", "row"),
        ("pre_ma", "annexes", {"bibliography": "1 85 05 78 006 084 91"}, "bibliography", "national_number"),
    ],
)
def test_a_wrong_answer_is_refused_beside_its_field(pathway, section, said, field, code):
    assert faults(answers_for("first", pathway, **{section: said})) == {f"{section}.{field}": code}


@pytest.mark.parametrize(
    ("said", "field", "code"),
    [
        ({"period_to": TOMORROW}, "period_to", "future"),
        ({"period_from": "2026-04-30", "period_to": "2026-04-01"}, "period_to", "order"),
        ({"patients": -1}, "patients", "min_value"),
        ({"report": ""}, "report", "required"),
    ],
)
def test_the_data_of_a_renewal_are_checked(said, field, code):
    answers = answers_for("renewal", "pre_ma", data_since_grant=said)
    assert faults(answers, "renewal") == {f"data_since_grant.{field}": code}


def test_two_years_to_apply_for_the_ma_are_counted_from_the_authorisation():
    assert faults(answers_for(commitments={"ma_application_by": "2028-05-04"})) == {}
    parent = SimpleNamespace(starts_on=dt.date(2025, 6, 1))
    late = answers_for("renewal", "pre_ma", commitments={"ma_application_by": "2027-06-02"})
    assert faults(late, "renewal", parent=parent) == {"commitments.ma_application_by": "too_late"}
    just = answers_for("renewal", "pre_ma", commitments={"ma_application_by": "2027-06-01"})
    assert faults(just, "renewal", parent=parent) == {}


def test_an_application_that_is_filed_already_says_the_day_it_was():
    filed = {"commitments": {"ma_application_by": "2026-01-10"}, "regulatory": {"ema_filed_on": "2026-01-10"}}
    assert faults(answers_for(**filed)) == {}


def test_what_belongs_to_the_other_pathway_is_not_signed():
    regulatory = {"ma_number": "EU/1/26/0000/001", "ma_on": "2026-03-01"}
    signed = clean(answers_for(regulatory=regulatory, commitments={"listing_request": True}))
    assert (signed["regulatory"]["ma_number"], signed["regulatory"]["ma_on"]) == ("", None)
    assert signed["commitments"]["listing_request"] is False
    signed = clean(answers_for("first", "post_ma", regulatory={"chmp_favourable_on": "2026-01-01"}))
    assert signed["regulatory"]["chmp_favourable_on"] is None


def test_what_another_answer_makes_needless_is_not_signed():
    said = {"gmo": {"authorisation": "OGM-1"}, "contacts": {"principal": "X"}, "put_rd": {"register_name": "BaMaRa"}}
    signed = clean(answers_for(**said))
    assert signed["gmo"]["authorisation"] == signed["contacts"]["principal"] == signed["put_rd"]["register_name"] == ""


def test_efficacy_is_not_argued_again_after_the_ma():
    assert faults(answers_for("first", "post_ma", criteria={"efficacy_safety": ""})) == {}


def test_the_criteria_are_the_five_of_the_law():
    [form] = [one for one in AAP_FORMS.sections if one.key == "criteria"]
    assert {code for code, _label in CRITERIA} == set(form.base_fields) - {"comparators"}


def test_a_trial_or_the_statement_that_there_is_none(world):
    assert faults(answers_for(trials={"trials": [], "none": True})) == {}
    assert clean(answers_for(trials={"none": True}))["trials"]["none"] is False


# ------------------------------------------------------------------------------------------------ the PUT-RD


def test_the_protocol_makes_the_forms_and_the_calendar_of_the_cohort():
    put_rd = clean(answers_for())["put_rd"]
    for form, _label in FORMS:
        asked = protocol_variables(put_rd, form)
        assert set(core_variables(form)) < set(asked)
        assert set(put_rd[chosen_field(form)]) <= {one.code for one in asked}
    due = visits_due(ON, put_rd["visits"], every_months=put_rd["every_months"], until=dt.date(2027, 5, 4))
    assert [one.label for one in due] == ["J15", "M1", "M3", "M6", "M9", "M12"]


def test_months_count_first_when_both_delays_are_given():
    visits = [{"label": "M1", "months": "1", "days": "15"}]
    [row] = clean(answers_for(put_rd={"visits": visits}))["put_rd"]["visits"]
    assert row == {"label": "M1", "months": 1, "days": None}


def test_several_answers_of_a_list():
    field = CodesField(choices=[("a", "Alpha"), ("b", "Beta")], required=False)
    assert field.clean(["b", "a"]) == ["a", "b"]
    assert field.clean(["b", "b"]) == ["b"]
    assert field.clean(None) == []
    assert field.readable(["b", "zzz"]) == "Beta\nzzz"
    assert field.readable("b") == ""
    posted = QueryDict("x=b&x=a")
    assert field.widget.value_from_datadict(posted, {}, "x") == ["b", "a"]
    for wrong in ("a", 5, {"a": 1}, [5], True):
        assert mistyped(field, wrong)
    assert not mistyped(field, ["a"])


def test_a_page_of_the_protocol_keeps_what_is_ticked(world):
    form = AAP_FORMS.section("put_rd", context_for({}))
    data = QueryDict("variables_stop=died_on&variables_stop=next_treatment&visits-0-label=M1&visits-0-months=1")
    typed = form.typed(data, context_for({}))
    assert typed["variables_stop"] == ["died_on", "next_treatment"]
    assert typed["visits"] == [{"label": "M1", "months": "1", "days": None}]
    shown = form(initial=typed, context=context_for({})).as_p()
    assert shown.count("checked") == 2


# ------------------------------------------------------------------------------------------------- documents


@EVERY
def test_the_demo_brings_the_documents_that_are_needed(kind, pathway, tmp_path):
    answers = clean(answers_for(kind, pathway), kind)
    brought = aap_documents(kind, answers)
    assert documents_missing(kind, answers, brought) == ()
    assert set(brought) <= set(dict(AAP_KINDS))
    for name, content in brought.values():
        path = tmp_path / name
        path.write_bytes(content)
        assert "invente" in pypdf.PdfReader(path).pages[0].extract_text()


def test_which_documents_are_needed():
    before = clean(answers_for())
    assert documents_needed("first", before) == ("smpc", "leaflet", "label", "technical_file", "brochure")
    assert documents_needed("renewal", before)[-1] == "synthesis_report"
    after = clean(answers_for("first", "post_ma"))
    assert documents_needed("first", after) == ("ma_annexes",)
    assert documents_needed("ma_obtained", before) == ("ma_annexes",)
    more = {"gmo": {"is_gmo": "yes"}, "contacts": {"capacity": "mandatary"}}
    assert documents_needed("first", {**after, **more}) == ("ma_annexes", "gmo_authorisation", "mandate")
    assert documents_missing("first", after, ["other"]) == ("ma_annexes",)
    assert documents_needed("first", {}) == ()


# --------------------------------------------------------------------------------------------------- reading


def test_a_product_outside_the_catalogue_is_named_in_lists():
    found = AAP_FORMS.derive(answers_for())
    assert found.product_label == "SOLVANTIA 100 mg/5 mL"
    assert found.subject.startswith("Cancer des voies biliaires")
    assert (found.medicine_id, found.indication_id, found.urgent, found.pathway) == (None, None, False, "pre_ma")
    assert AAP_FORMS.derive(answers_for(product={"name": ""})).product_label == "DMT-204 100 mg/5 mL"


def test_rows_of_the_catalogue_are_linked(world):
    of = indication("QALSODY")
    linked = answers_for(product={"medicine": of.medicine_id}, indication={"indication": of.pk})
    assert faults(linked, of=of) == {}
    found = AAP_FORMS.derive(linked)
    assert (found.medicine_id, found.indication_id) == (of.medicine_id, of.pk)
    other = indication("AMX0035")
    wrong = answers_for(product={"medicine": other.medicine_id}, indication={"indication": of.pk})
    assert faults(wrong) == {"indication.indication": "mismatch"}
    assert AAP_FORMS.derive(wrong).indication_id is None


def test_the_catalogue_fills_what_was_left_empty(world):
    of = indication("TROGARZO")
    of.medicine.form, of.medicine.strength = "solution à diluer pour perfusion", ""
    of.medicine.save()
    empty = dict.fromkeys(("name", "code_name", "inn", "form", "strength"), "")
    answers = answers_for(product={**empty, "medicine": of.medicine_id})
    assert faults(answers) == {"product.strength": "required"}
    answers["product"]["strength"] = "200 mg"
    signed = clean(answers)["product"]
    assert (signed["name"], signed["inn"]) == (of.medicine.name, of.medicine.inn)
    assert (signed["form"], signed["strength"]) == ("solution à diluer pour perfusion", "200 mg")


def test_guards_read_the_pathway_and_the_dates():
    answers = clean(answers_for(regulatory={"ema_filed_on": "2026-01-10", "chmp_favourable_on": "2026-05-01"}))
    said = AAP_FORMS.product(SimpleNamespace(indication=None), answers, ON)
    assert (said["pathway"], said["chmp_favourable_on"]) == ("pre_ma", dt.date(2026, 5, 1))
    assert (said["ma_since"], said["aap_since"], said["put_reference"]) == (None, None, "")
    assert said["report_months"] == 6
    assert said["medicine"]["name"] == "SOLVANTIA"
    # Asked as of the filing: an opinion that came since counts, and was not to come when the answers were signed.
    filed = AAP_FORMS.product(SimpleNamespace(indication=None), answers, dt.date(2026, 4, 30))
    assert filed["chmp_favourable_on"] == dt.date(2026, 5, 1)
    after = clean(answers_for("first", "post_ma"))
    said = AAP_FORMS.product(SimpleNamespace(indication=None), after, ON)
    assert (said["pathway"], said["ma_since"]) == ("post_ma", dt.date(2026, 4, 14))
    earlier = AAP_FORMS.product(SimpleNamespace(indication=None), after, dt.date(2026, 4, 13))
    assert earlier["ma_since"] is None


def test_guards_read_the_referential_when_it_has_the_entry(world):
    of = indication("QALSODY")
    of.aap_since, of.put_reference = dt.date(2026, 2, 1), "PUT-1"
    said = AAP_FORMS.product(SimpleNamespace(indication=of), clean(answers_for()), ON)
    assert (said["aap_since"], said["put_reference"]) == (dt.date(2026, 2, 1), "PUT-1")
    assert said["pathway"] == "pre_ma"
    assert said["medicine"]["id"] == of.medicine_id


@EVERY
def test_letters_have_what_they_print(kind, pathway):
    answers = clean(answers_for(kind, pathway), kind)
    said = AAP_FORMS.matter(answers)
    assert MedicineMatter(**said["medicine"]).restricted_class == "Médicament réservé à l'usage hospitalier"
    assert said["patient"] == PatientMatter(initials="")
    assert said["indication"] == answers["indication"]["claimed"]
    assert said["pathway"] == answers["request"]["pathway"]
    assert said["holder"].startswith("Laboratoires Demeter")


@settings(max_examples=60)
@given(
    answers=st.dictionaries(
        st.sampled_from([form.key for form in AAP_FORMS.sections]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=2)
                | st.dictionaries(st.sampled_from(["claimed", "pathway", "visits", "ma_on", "name"]), inner, max_size=3)
            ),
        ),
    )
)
def test_reading_raw_answers_never_fails(answers):
    AAP_FORMS.derive(answers)
    AAP_FORMS.product(SimpleNamespace(indication=None), answers, ON)
    AAP_FORMS.matter(answers)
    AAP_FORMS.prefill(answers)


def test_a_renewal_starts_from_what_lasts():
    signed = clean(answers_for())
    kept = AAP_FORMS.prefill(signed)
    assert kept["request"] == {"pathway": "pre_ma"}
    assert not {"commitments", "data_since_grant", "gmo"} & set(kept)
    for key in ("product", "indication", "criteria", "trials", "quality", "texts", "put_rd", "contacts"):
        assert kept[key] == signed[key]
    wanting = {where.partition(".")[0] for where in faults(kept, "renewal")}
    assert wanting == {"request", "data_since_grant", "commitments"}


def test_a_history_is_written_in_the_answers(world):
    of = indication("QALSODY")
    told = AAP_FORMS.stated(StatedProduct(name="SOLVANTIA", inn="solvantimab", indication_text="Une indication"))
    assert told == {
        "product": {"name": "SOLVANTIA", "inn": "solvantimab"},
        "indication": {"claimed": "Une indication"},
    }
    linked = AAP_FORMS.stated(StatedProduct(medicine=of.medicine, indication=of))
    assert linked["product"]["medicine"] == of.medicine_id
    assert linked["indication"] == {"indication": of.pk, "claimed": of.label}


# ----------------------------------------------------------------------------------------------- JSON Schema


def described(kind: str, of: Indication | None = None) -> Description:
    return describe_answers(AAP_FORMS, Asked(kind=kind, kinds=KINDS, on=ON, indication=of))


def errors(schema: dict[str, Any], instance: Any) -> list[str]:
    return [f"{list(one.absolute_path)}: {one.message}" for one in Draft202012Validator(schema).iter_errors(instance)]


def applicable(found: Description, kind: str, answers: dict[str, Any]) -> dict[str, Any]:
    """The sections that the schema says to give."""
    given_ = {}
    for key, schema in found.sections.items():
        about = schema["x-applies"]
        if kind in about["kinds"] and (about["when"] is None or not errors(about["when"], answers)):
            given_[key] = schema.get("x-kinds", {}).get(kind, schema)
    return given_


def examples_of(found: Description, kind: str, pathway: str) -> dict[str, dict[str, Any]]:
    """The first example of every field."""
    sections = applicable(found, kind, {"request": {"pathway": pathway}})
    examples = {
        key: {name: one["examples"][0] for name, one in schema["properties"].items()}
        for key, schema in sections.items()
    }
    examples["request"]["pathway"] = pathway
    return examples


@EVERY
def test_the_first_examples_are_valid_by_the_schema_and_by_the_form(world, kind, pathway):
    found = described(kind)
    sections = applicable(found, kind, {"request": {"pathway": pathway}})
    assert set(sections) == set(keys_for(kind, pathway))
    examples = examples_of(found, kind, pathway)
    whole = {**found.answers, "properties": sections}
    assert errors(whole, examples) == []
    assert faults(examples, kind, found.indication) == {}


@EVERY
def test_the_demo_answers_are_valid_by_the_schema(world, kind, pathway):
    found, signed = described(kind), clean(answers_for(kind, pathway), kind)
    given_ = {
        key: {name: one for name, one in values.items() if one not in (None, "")} for key, values in signed.items()
    }
    given_["put_rd"]["visits"] = [
        {name: one for name, one in row.items() if one is not None} for row in given_["put_rd"]["visits"]
    ]
    if pathway == "pre_ma":
        assert given_["commitments"].pop("listing_request") is False
    assert errors({**found.answers, "properties": applicable(found, kind, given_)}, given_) == []


def test_every_schema_is_one_and_every_property_says_what_it_is(world):
    for kind in KINDS:
        found = described(kind)
        assert set(found.sections) == {form.key for form in AAP_FORMS.sections}
        for key, schema in found.sections.items():
            Draft202012Validator.check_schema(schema)
            for name, one in schema["properties"].items():
                assert one["title"], f"{key}.{name}"
                assert one["examples"], f"{key}.{name}"


@pytest.mark.parametrize(("kind", "pathway"), KINDS_BY_PATHWAY)
def test_asked_for_one_indication_the_schema_takes_it(world, kind, pathway):
    of = indication("TROGARZO")
    found = described(kind, of)
    sections = applicable(found, kind, {"request": {"pathway": pathway}})
    assert sections["indication"]["properties"]["indication"]["const"] == of.pk
    assert sections["product"]["properties"]["medicine"]["const"] == of.medicine_id


@settings(max_examples=8, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
@pytest.mark.parametrize("kind", KINDS)
def test_what_the_schema_accepts_the_form_accepts(world, kind, data):
    found = described(kind)
    answers = data.draw(valid_answers(found.sections, found.answers, kind))
    assert faults(answers, kind, found.indication) == {}


@settings(max_examples=80, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
@pytest.mark.parametrize("pathway", ["pre_ma", "post_ma"])
def test_what_the_schema_refuses_is_refused_and_named(world, pathway, data):
    """Broken from one example: fifteen sections drawn anew each time would take minutes."""
    found = described("first")
    answers = examples_of(found, "first", pathway)
    section, field, keyword, wrong = data.draw(broken(found.sections, found.answers, answers, "first"))
    # The form forgives more: a name may be a code name, the catalogue fills the mentions that are left out, and what is
    # a space is left out.
    assume((section, keyword) != ("product", "required"))
    assume(not (section == "product" and wrong[section].get(field) == " "))
    assert f"{section}.{field}" in faults(wrong, "first", found.indication), keyword
