"""Patients of an early access by the API: a hospital, a company and agencies, each with what is theirs."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from accounts.models import Membership
from api.shown.cohort_forms import schema_of
from cohort.forms import Setting, VariablesForm
from cohort.models import CohortForm, Inclusion
from cohort.protocol import Cohort, cohort_of
from cohort.services import forms, inclusions
from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import demo_actor
from dossiers.models import AccessLog, Title
from dossiers.services.move import move_title
from tests.api.callers import BASE, caller, codes
from tests.api.from_schema import an_object
from tests.cohort.world import BIRTH_MONTH, EFFECT, INITIALS, REQUEST, VISIT, Patient, granted, patient_in
from workflows.dates import civil_date
from workflows.putrd import FORMS

pytestmark = pytest.mark.usefixtures("world")

ANYHOW: Any = {"HTTP_IF_MATCH": "*"}
DAY = dt.timedelta(days=1)


@pytest.fixture
def title(world: None) -> Title:
    return granted(at=timezone.now() - 60 * DAY)


def at(title: Title, more: str = "") -> str:
    return f"{BASE}titles/{title.number}/cohort/{more}"


def path_of(title: Title, patient: Patient, more: str = "") -> str:
    return at(title, f"{patient.pseudonym.replace('/', '~')}/{more}")


def get(login: str, path: str, **params: Any) -> Any:
    return caller(login).get(path, params)


def post(login: str, path: str, body: Any = None, **headers: Any) -> Any:
    return caller(login).post(path, body or {}, format="json", **headers)


def put(login: str, path: str, body: Any, **headers: Any) -> Any:
    return caller(login).put(path, body, format="json", **headers)


def lately(days: int = 40) -> dt.datetime:
    return timezone.now() - days * DAY


# ------------------------------------------------------------------------------------------- the whole story


def test_a_patient_is_included_followed_and_stopped_by_systems(title: Title) -> None:
    """Only what each answer says is used: addresses, versions, the first examples of the schemas."""
    made = post("prescriber", at(title), {"answers": {"initials": INITIALS, "birth_month": BIRTH_MONTH}})
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    here = made["Location"]
    assert made.json()["identity"] == {"initials": INITIALS, "birth_month": BIRTH_MONTH}
    fill_and_sign("prescriber", f"{here}forms/access_request/0/")

    seen = get("pharmacist", here)
    assert [one["name"] for one in seen.json()["transitions"]] == ["return", "send", "withdraw"]
    sent = post("pharmacist", f"{here}transitions/send/", HTTP_IF_MATCH=seen["ETag"])
    assert sent.json()["state"] == "asked"

    [row] = get("applicant", at(title)).json()["results"]
    assert (row["pseudonym"], row["identity"], row["sex"]) == (made.json()["pseudonym"], None, "F")
    asked = get("applicant", row["url"])
    [accept, _decline] = asked.json()["transitions"]
    body = {name: one["examples"][0] for name, one in accept["payload_schema"]["properties"].items()}
    given = post("applicant", f"{row['url']}transitions/accept/", body, HTTP_IF_MATCH=asked["ETag"])
    assert (given.json()["state"], given.json()["access_number"]) == ("accepted", body["access_number"])

    here = at(title, f"{body['access_number']}/")
    for form in ("initiation", "follow_up", "stop"):
        answers = first_examples(get("prescriber", at(title, "protocol/")).json()["forms"][form])
        told = post("prescriber", f"{here}forms/", {"form": form, "answers": answers, "sign": True})
        assert (told.status_code, told.json()["state"]) == (201, "signed"), told.content
    ended = get("prescriber", here).json()
    assert ended["state"] == "stopped"
    assert [one["name"] for one in ended["events"]][::-1] == [
        "create", "sign", "send", "accept", "start", "follow", "stop",
    ]  # fmt: skip
    read = get("applicant", f"{here}forms/").json()["results"]
    assert [one["form"] for one in read] == ["access_request", "initiation", "follow_up", "stop"]
    assert {one["form"]: one["signed_by"] != "" for one in read} == {code: True for code, _label in FORMS}


def first_examples(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: one["examples"][0] for name, one in schema["properties"].items()}


def fill_and_sign(login: str, path: str) -> None:
    blank = get(login, path)
    saved = put(login, path, {"answers": first_examples(blank.json()["schema"])}, HTTP_IF_MATCH=blank["ETag"])
    assert (saved.status_code, saved.json()["state"]) == (200, "draft")
    signed = post(login, f"{path}sign/", HTTP_IF_MATCH=saved["ETag"])
    assert (signed.status_code, signed.json()["state"]) == (200, "signed")


# -------------------------------------------------------------------------------------------- who reads what


def test_nothing_the_company_or_an_agency_reads_names_a_patient(title: Title) -> None:
    patient = Patient(title, at=lately()).treated().followed(1, EFFECT)
    addresses = ["", "figures/", "protocol/"]
    for login in ("applicant", "contributor", "pharmacovigilance", "has_officer", "ansm_vigilance", "auditor"):
        for more in addresses:
            assert_unnamed(get(login, at(title, more)), 200)
        company = login in ("applicant", "contributor", "pharmacovigilance")
        for more in ("", "forms/", "forms/access_request/0/", "forms/follow_up/1/"):
            assert_unnamed(get(login, path_of(title, patient, more)), 200 if company else 404)
        assert (get(login, at(title)).json()["results"] != []) == company
    assert get("has_officer", at(title)).json()["numbers"]["treated"] == 1
    own = get("pharmacist", path_of(title, patient)).json()
    assert own["identity"] == {"initials": INITIALS, "birth_month": BIRTH_MONTH}
    assert own["forms"][0]["answers"]["initials"] == INITIALS


def assert_unnamed(answer: Any, status: int) -> None:
    assert answer.status_code == status
    text = answer.content.decode()
    # The word of the examples, which the schemas give to everybody.
    assert INITIALS not in text
    assert "1961-07" not in text.replace(f'"examples":["{BIRTH_MONTH}"]', "")


def test_another_hospital_and_another_company_find_nobody(title: Title) -> None:
    patient = patient_in("asked", title, at=lately())
    for login in ("prescriber2", "pharmacist2"):
        listed = get(login, at(title))
        assert (listed.status_code, listed.json()["results"]) == (200, [])
        assert get(login, at(title, "figures/")).json()["hospitals"] == []
        assert get(login, path_of(title, patient)).status_code == 404
        assert put(login, path_of(title, patient, "forms/access_request/0/"), {"answers": {}}).status_code == 404
    for more in ("", "figures/", "protocol/", f"{patient.pseudonym.replace('/', '~')}/"):
        assert get("applicant2", at(title, more)).status_code == 404
    assert post("applicant2", path_of(title, patient, "transitions/accept/"), **ANYHOW).status_code == 404
    assert post("applicant2", at(title)).status_code == 404


def test_the_company_does_not_know_of_a_request_before_it_is_sent(title: Title) -> None:
    patient = patient_in("at_pharmacy", title, at=lately())
    assert get("applicant", at(title)).json()["results"] == []
    assert get("applicant", path_of(title, patient)).status_code == 404
    forms.send(pseudonym=patient.pseudonym, actor=demo_actor("pharmacist"), at=lately())
    assert get("applicant", path_of(title, patient)).status_code == 200
    [form] = get("applicant", path_of(title, patient, "forms/")).json()["results"]
    assert (form["form"], form["pharmacist"] != "") == ("access_request", True)
    assert get("applicant", path_of(title, patient, "forms/initiation/0/")).status_code == 404


def test_what_is_read_is_noted(title: Title) -> None:
    patient = patient_in("asked", title, at=lately())
    AccessLog.objects.all().delete()
    for more in ("", "figures/"):
        get("applicant", at(title, more))
    for more in ("", "forms/", "forms/access_request/0/"):
        get("prescriber", path_of(title, patient, more))
    noted = list(AccessLog.objects.order_by("pk").values_list("what", flat=True))
    assert noted == ["cohort", "cohort figures", "cohort patient 1", "cohort forms 1", "cohort form 1"]


# ------------------------------------------------------------------------------------------------- including


def test_sent_again_with_its_key_a_patient_is_included_once(title: Title) -> None:
    body = {"answers": {"initials": "AB"}}
    key = {"HTTP_IDEMPOTENCY_KEY": "one"}
    first, again = post("prescriber", at(title), body, **key), post("prescriber", at(title), body, **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = post("prescriber", at(title), {"answers": {"initials": "CD"}}, **key)
    assert (other.status_code, codes(other)) == (409, ["idempotency_key_reused"])
    assert Inclusion.objects.count() == 1
    assert post("prescriber", at(title), body, HTTP_IDEMPOTENCY_KEY="two").json() != first.json()
    # Two patients of the same initials, without a key: a system says so by asking twice.
    assert post("intern", at(title), body).json()["pseudonym"] != post("intern", at(title), body).json()["pseudonym"]
    assert Inclusion.objects.count() == 4


def test_what_cannot_be_included_is_refused_by_name(title: Title) -> None:
    for body, status, field in (
        ({"answers": {"initials": "Dupont"}}, 422, "initials"),
        ({"answers": {"diagnosis": "1 85 05 78 006 084 91"}}, 422, "diagnosis"),
        ({"answers": {"weight": [3]}}, 422, "weight"),
        ({"answers": {"sex": True}}, 422, "sex"),
        ({"answers": {"zzz": "x"}}, 422, "zzz"),
        ({"answers": "x"}, 400, "answers"),
        ({"source": "AAC-2020-000001"}, 422, "source"),
        ({"zzz": 1}, 400, "zzz"),
    ):
        answer = post("prescriber", at(title), body)
        assert (answer.status_code, [one["field"] for one in answer.json()["reasons"]]) == (status, [field])
    assert Inclusion.objects.count() == 0
    assert post("applicant", at(title)).status_code == 403
    assert post("auditor", at(title)).status_code == 403
    assert caller("prescriber", scopes=["read"]).post(at(title), {}, format="json").status_code == 403


def test_nobody_comes_in_under_a_title_that_is_suspended(title: Title) -> None:
    patient = patient_in("asked", title, at=lately())
    until = (timezone.now() + 30 * DAY).date().isoformat()
    suspension = {"reason": "Signal grave.", "until": until, "emergency": True}
    move_title(number=title.number, transition="suspend", actor=demo_actor("has_college"), payload=suspension)
    assert codes(post("prescriber", at(title))) == ["title_not_in_force"]
    [accept, decline] = get("applicant", path_of(title, patient)).json()["transitions"]
    assert (accept["name"], accept["allowed"], decline["allowed"]) == ("accept", False, True)
    assert accept["reasons"][0]["code"] == "title_not_in_force"
    assert post("applicant", path_of(title, patient, "transitions/accept/"), **ANYHOW).status_code == 422


# ----------------------------------------------------------------------------------------------------- steps


def test_a_step_rests_on_the_version_that_was_read(title: Title) -> None:
    patient = patient_in("asked", title, at=lately())
    path = path_of(title, patient, "transitions/accept/")
    assert post("applicant", path).status_code == 428
    stale = post("applicant", path, HTTP_IF_MATCH='"1"')
    assert (stale.status_code, stale["ETag"]) == (412, f'"{patient.row.version}"')
    assert post("contributor", path, **ANYHOW).status_code == 403
    assert post("prescriber", path, **ANYHOW).status_code == 403
    assert post("applicant", path_of(title, patient, "transitions/stop/"), **ANYHOW).status_code == 404
    assert post("applicant", path, {"access_number": "n° 1"}, **ANYHOW).json()["reasons"][0]["field"] == "access_number"
    assert post("applicant", path, {"zzz": 1}, **ANYHOW).status_code == 422
    done = post("applicant", path, {"access_number": "LAB/7"}, HTTP_IF_MATCH=f'"{patient.row.version}"')
    assert (done.status_code, done.json()["access_number"]) == (200, "LAB/7")
    assert get("prescriber", at(title, "LAB~7/")).json()["pseudonym"] == patient.pseudonym
    assert post("applicant", path, **ANYHOW).status_code == 409
    second = patient_in("asked", title, at=lately())
    taken = post("applicant", path_of(title, second, "transitions/accept/"), {"access_number": "LAB/7"}, **ANYHOW)
    assert codes(taken) == ["access_number_taken"]


def test_a_refusal_a_return_and_a_renunciation_say_why(title: Title) -> None:
    asked, returned = patient_in("asked", title, at=lately()), patient_in("at_pharmacy", title, at=lately())
    decline = path_of(title, asked, "transitions/decline/")
    refused = post("applicant", decline, **ANYHOW)
    assert (refused.status_code, refused.json()["reasons"][0]["field"]) == (422, "reason")
    assert post("applicant", decline, {"reason": "Stock épuisé."}, **ANYHOW).json()["state"] == "declined"
    assert get("prescriber", path_of(title, asked)).json()["reason"] == "Stock épuisé."
    sent_back = post("pharmacist", path_of(title, returned, "transitions/return/"), {"reason": "Dose."}, **ANYHOW)
    assert (sent_back.json()["state"], sent_back.json()["forms"][0]["state"]) == ("draft", "draft")
    given_up = path_of(title, returned, "transitions/withdraw/")
    assert post("prescriber", given_up, {"reason": "Refus."}, **ANYHOW).json()["state"] == "withdrawn"


# ----------------------------------------------------------------------------------------------------- forms


def test_a_form_is_kept_as_typed_and_signed_whole(title: Title) -> None:
    patient = Patient(title, at=lately())
    path = path_of(title, patient, "forms/access_request/0/")
    blank = get("prescriber", path)
    assert put("prescriber", path, {"answers": {}}).status_code == 428
    half = put("intern", path, {"answers": {"initials": "AB", "weight": "beaucoup"}}, HTTP_IF_MATCH=blank["ETag"])
    assert (half.status_code, half.json()["answers"]["weight"]) == (200, "beaucoup")
    stale = put("prescriber", path, {"answers": {"initials": "CD"}}, HTTP_IF_MATCH=blank["ETag"])
    assert (stale.status_code, stale["ETag"], codes(stale)) == (412, half["ETag"], ["stale_form"])
    assert put("prescriber", path, {"zzz": {}}, **ANYHOW).status_code == 400
    assert put("prescriber", path, {}, **ANYHOW).status_code == 400
    named = put("prescriber", path, {"answers": {"initials": "Dupont"}}, **ANYHOW)
    assert (named.status_code, named.json()["reasons"][0]["field"]) == (422, "initials")

    faults = post("prescriber", f"{path}sign/", HTTP_IF_MATCH=half["ETag"])
    assert faults.status_code == 422
    assert {"weight", "birth_month", "sex", "informed"} <= {one["field"] for one in faults.json()["reasons"]}
    assert post("prescriber", f"{path}sign/").status_code == 428
    full = put("prescriber", path, {"answers": {**REQUEST, "weight": 62.5}}, HTTP_IF_MATCH=half["ETag"])
    assert post("intern", f"{path}sign/", **ANYHOW).status_code == 403
    assert post("prescriber", f"{path}sign/", HTTP_IF_MATCH=half["ETag"]).status_code == 412
    signed = post("prescriber", f"{path}sign/", HTTP_IF_MATCH=full["ETag"])
    assert (signed.status_code, signed.json()["answers"]["weight"]) == (200, "62.5")
    assert put("prescriber", path, {"answers": {}}, **ANYHOW).status_code == 409
    assert post("prescriber", f"{path}sign/", **ANYHOW).status_code == 409


def test_a_visit_told_without_its_rank_is_the_next_of_the_calendar_when_it_is_near(title: Title) -> None:
    patient = Patient(title, at=lately()).treated()
    path = path_of(title, patient, "forms/")
    today = civil_date(timezone.now()).isoformat()
    answers = {**VISIT, "seen_on": today}
    first = post("prescriber", path, {"form": "follow_up", "answers": answers, "sign": True})
    assert (first.status_code, first.json()["visit"], first.json()["visit_label"]) == (201, 1, "M1")
    early = post("prescriber", path, {"form": "follow_up", "answers": answers})
    assert (early.status_code, early.json()["due_on"], early.json()["state"]) == (201, None, "draft")
    rank = early.json()["visit"]
    begun = post("prescriber", path, {"form": "follow_up", "visit": rank, "answers": {}})
    assert begun.status_code == 428
    again = {"form": "follow_up", "visit": rank, "answers": {"seen_on": today}, "sign": True}
    refused = post("prescriber", path, again, HTTP_IF_MATCH=early["ETag"])
    assert refused.status_code == 422
    # Nothing typed is lost: what could not be signed is kept.
    kept = CohortForm.objects.get(inclusion=patient.row, visit=rank)
    assert (kept.answers, kept.signed_at) == ({"seen_on": today}, None)


def test_what_is_no_form_or_not_now_is_refused(title: Title) -> None:
    patient = patient_in("accepted", title, at=lately())
    path = path_of(title, patient, "forms/")
    for body, status, field in (
        ({"form": "zzz", "answers": {}}, 422, "form"),
        ({"form": "follow_up", "visit": 9, "answers": {}}, 422, "visit"),
        ({"form": "initiation", "visit": 10**30, "answers": {}}, 422, "visit"),
        ({"form": "initiation", "answers": {"zzz": 1}}, 422, "zzz"),
        ({"form": "initiation"}, 400, "answers"),
        ({"form": "initiation", "answers": {}, "sign": "yes"}, 400, "sign"),
    ):
        answer = post("prescriber", path, body)
        assert (answer.status_code, [one["field"] for one in answer.json()["reasons"]]) == (status, [field]), body
    assert post("prescriber", path, {"form": "follow_up", "answers": {}}).status_code == 409
    assert post("prescriber", path, {"form": "stop", "answers": {}}).status_code == 409
    assert post("applicant", path, {"form": "initiation", "answers": {}}).status_code == 403
    assert get("prescriber", f"{path}stop/0/").status_code == 404
    assert get("prescriber", f"{path}zzz/0/").status_code == 404
    assert put("prescriber", f"{path}follow_up/{10**30}/", {"answers": {}}, **ANYHOW).status_code == 404
    body = {"form": "initiation", "answers": {}, "sign": True}
    writes = caller("prescriber", scopes=["read", "write"]).post(path, body, format="json")
    assert (writes.status_code, codes(writes)) == (403, ["insufficient_scope"])
    early = {"started_on": (civil_date(lately()) - DAY).isoformat(), "dose": "100 mg", "baseline": "Stable."}
    refused = post("prescriber", path, {"form": "initiation", "answers": early, "sign": True})
    assert [(one["code"], one["field"]) for one in refused.json()["reasons"]] == [("before_access", "started_on")]


def test_what_is_known_is_suggested_until_the_form_is_saved(title: Title) -> None:
    patient = patient_in("accepted", title, at=lately())
    path = path_of(title, patient, "forms/initiation/0/")
    blank = get("prescriber", path)
    assert (blank.json()["suggested"]["dose"], blank.json()["answers"], blank["ETag"]) == (
        REQUEST["planned_dose"], {}, '"0"',
    )  # fmt: skip
    saved = put("prescriber", path, {"answers": {"dose": "50 mg"}}, HTTP_IF_MATCH='"0"')
    assert (saved.json()["suggested"], saved.json()["answers"]) == ({}, {"dose": "50 mg"})


def test_the_schema_of_a_form_is_judged_as_the_form_judges(title: Title) -> None:
    """What the schemas accept can be signed: drawn at random for the four forms, optional variables and measures."""
    found = cohort_of(title.chain)
    assert found is not None
    on = civil_date(timezone.now())
    for code, _label in FORMS:
        setting = Setting(on=on, started_on=on - 40 * DAY)
        schema = schema_of(found, code, setting, given_on=on - 50 * DAY)
        Draft202012Validator.check_schema(schema)
        examples = first_examples(schema)
        assert not list(Draft202012Validator(schema).iter_errors(examples))
        assert VariablesForm(examples, variables=found.variables(code), setting=setting).is_valid()
        _accepted(found, code, schema, setting)


def _accepted(found: Cohort, code: str, schema: dict[str, Any], setting: Setting) -> None:
    variables = found.variables(code)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def check(data: Any) -> None:
        answers = data.draw(an_object(schema))
        form = VariablesForm(answers, variables=variables, setting=setting)
        assert form.is_valid(), (answers, form.errors)
        assert not form.never_kept(answers)

    check()


# ----------------------------------------------------------------------------------------- lists and figures


def test_the_list_is_read_page_by_page_at_a_constant_cost(title: Title) -> None:
    for _rank in range(3):
        patient_in("asked", title, at=lately())
    pages, address = [], at(title)
    while address:
        answer = get("applicant", address, **({} if "?" in address else {"size": 2})).json()
        pages.append([row["pseudonym"][-4:] for row in answer["results"]])
        address = answer["next"]
    assert pages == [["0001", "0002"], ["0003"]]
    with CaptureQueriesContext(connection) as three:
        get("prescriber", at(title))
    for _rank in range(4):
        patient_in("draft", title, at=lately())
    with CaptureQueriesContext(connection) as seven:
        assert len(get("prescriber", at(title)).json()["results"]) == 7
    assert len(seven) == len(three)
    assert len(get("prescriber", at(title), state="draft").json()["results"]) == 4
    assert get("prescriber", at(title), state="zzz").status_code == 400
    assert get("prescriber", at(title), zzz="1").status_code == 400
    assert get("prescriber", at(title), cursor="zzz").status_code == 400


def test_figures_count_the_cohort_and_its_completeness(title: Title) -> None:
    Patient(title, at=lately()).treated().followed(1, EFFECT)
    late = Patient(title, at=lately()).treated()
    found = get("applicant", at(title, "figures/")).json()
    assert (found["asked"], found["treated"], found["adverse"], found["patients_with_effect"]) == (2, 2, 1, 1)
    assert found["completeness"] == {"received": 5, "expected": 6, "rate": 83}
    assert [one["patients"] for one in found["hospitals"]] == [2]
    assert get("prescriber", at(title, "figures/")).json()["hospitals"] == []
    assert get("auditor", at(title)).json()["numbers"]["completeness"] == found["completeness"]
    row = next(one for one in get("applicant", at(title)).json()["results"] if one["pseudonym"] == late.pseudonym)
    assert row["completeness"] == {"received": 2, "expected": 3, "rate": 66}
    [visit] = [one for one in get("prescriber", path_of(title, late, "forms/")).json()["results"] if one["days_late"]]
    assert (visit["visit_label"], visit["state"], visit["open"]) == ("M1", "to_fill", True)


def test_a_renewal_goes_on_with_the_same_patients_under_each_number(title: Title) -> None:
    patient = patient_in("treated", title, at=lately())
    renewed = EarlyAccess(at=lately(55), kind="renewal", parent=title).granted().title
    assert (renewed.chain, renewed.number != title.number) == (title.chain, True)
    for one in (title, renewed):
        [row] = get("applicant", at(one)).json()["results"]
        assert (row["pseudonym"], row["url"]) == (patient.pseudonym, path_of(one, patient))
        assert get("prescriber", path_of(one, patient)).json()["state"] == "treated"


def test_a_cohort_knows_its_own_protocol_and_patients(title: Title) -> None:
    patient = patient_in("treated", title, at=lately())
    other = granted(at=timezone.now() - 60 * DAY, company="applicant2")
    assert get("prescriber", at(other)).json()["results"] == []
    assert get("prescriber", path_of(other, patient)).status_code == 404
    protocol = get("prescriber", at(title, "protocol/")).json()
    assert (protocol["admits"], protocol["every_months"]) == (True, 6)
    assert protocol["visits"][1] == {"label": "M3", "months": 3, "days": None}
    assert "x-personal" in json.dumps(protocol["forms"]["access_request"]["properties"]["initials"])
    assert "measure_alsfrs_r" in protocol["forms"]["follow_up"]["properties"]


def test_a_person_of_no_organisation_finds_nothing(title: Title) -> None:
    assert not Membership.objects.filter(person__email="admin@demo.example").exists()
    for more in ("", "figures/", "protocol/", "x/", "x/forms/"):
        assert get("admin", at(title, more)).status_code == 404
    assert inclusions.ACCESS_NUMBER.fullmatch("figures")
