"""Whatever JSON is sent, it is an answer of the contract: never a fault of ours."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Person
from api.models import ApiCall
from dossiers.forms.registry import form_set
from tests.access.world import told_until
from tests.api.callers import BASE, caller, token_of
from workflows.registry import all_procedures

pytestmark = pytest.mark.usefixtures("world")

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
GENTLE = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


def fields() -> list[tuple[str, str]]:
    return [
        (form.key, name)
        for table in all_procedures()
        for form in form_set(table.code).sections
        for name in form.base_fields
    ]


@GENTLE
@given(data=st.data())
def test_any_answer_is_kept_or_refused_and_can_be_read_again(data: st.DataObject) -> None:
    told, client = told_until("draft"), caller("prescriber")
    path = f"{BASE}dossiers/{told.reference}/"
    chosen = data.draw(st.lists(st.sampled_from(fields()), min_size=1, max_size=6))
    answers: dict[str, dict[str, Any]] = {}
    for section, name in chosen:
        answers.setdefault(section, {})[name] = data.draw(ANYTHING)
    saved = client.patch(f"{path}answers/", answers, format="json", HTTP_IF_MATCH="*")
    assert saved.status_code in {200, 422}, saved.content
    assert client.get(path).status_code == 200
    signed = client.post(f"{path}transitions/sign/", {}, format="json", HTTP_IF_MATCH="*")
    assert signed.status_code in {200, 422}, signed.content
    if signed.status_code == 422:
        assert all(reason["code"] and reason["message"] for reason in signed.json()["reasons"])


@GENTLE
@given(payload=st.dictionaries(st.sampled_from(["outcome", "reasons", "starts_on", "ends_on", "x"]), ANYTHING))
def test_any_payload_is_refused_with_its_fields(payload: dict[str, Any]) -> None:
    told, client = told_until("assessment"), caller("ansm_assessor")
    act = f"{BASE}dossiers/{told.reference}/transitions/propose/"
    answer = client.post(act, payload, format="json", HTTP_IF_MATCH="*")
    assert answer.status_code == 422, answer.content


@GENTLE
@given(body=ANYTHING)
def test_any_body_begins_a_dossier_or_is_refused(body: Any) -> None:
    answer = caller("prescriber").post(
        f"{BASE}dossiers/", {"procedure": "aac", "kind": "initial", "answers": body}, format="json"
    )
    assert answer.status_code in {201, 400, 422}, answer.content


def test_too_much_json_is_413(settings: Any) -> None:
    settings.API_LARGEST_JSON = 100
    answer = caller("prescriber").post(f"{BASE}dossiers/", {"procedure": "a" * 200}, format="json")
    assert answer.status_code == 413


def test_an_upload_far_too_large_is_413_before_it_is_read() -> None:
    told = told_until("draft")
    client = caller("prescriber")
    answer = client.post(
        f"{BASE}dossiers/{told.reference}/documents/", b"x", content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH=str(10**9),
    )  # fmt: skip
    assert answer.status_code == 413


def test_json_nested_to_hurt_is_refused() -> None:
    raw = b'{"answers": ' + b'{"a":' * 40 + b"1" + b"}" * 41
    answer = caller("prescriber").post(f"{BASE}dossiers/", raw, content_type="application/json")
    assert answer.status_code == 400


def test_a_browser_session_writes_only_with_the_form_token() -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies["django_language"] = "en"
    browser.force_login(Person.objects.get(email="prescriber@demo.example"))
    body, kind = '{"procedure": "aac", "kind": "initial"}', "application/json"
    refused = browser.post(f"{BASE}dossiers/", body, content_type=kind)
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    token = browser.get("/session/").json()["csrf_token"]
    done = browser.post(f"{BASE}dossiers/", body, content_type=kind, HTTP_X_CSRFTOKEN=token)
    assert done.status_code == 201


@pytest.mark.parametrize(
    "path",
    [
        "documents/0/content/",
        "documents/99999999999999999999/content/",
        "letters/%F0%9F%A6%84/",
        "dossiers/" + "A" * 500 + "/",
        "titles/..%2f/",
        "verify/%20/",
    ],
)
def test_addresses_of_nothing_are_404(path: str) -> None:
    answer = caller("ansm_assessor").get(BASE + path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_a_fault_of_ours_is_a_problem_document_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_arguments: Any) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr("api.views.me._membership", fails)
    client = Client(raise_request_exception=False)
    answer = client.get(f"{BASE}me/", HTTP_AUTHORIZATION=f"Bearer {token_of('prescriber')}")
    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert b"a fault" not in answer.content
    assert ApiCall.objects.get().status == 500
