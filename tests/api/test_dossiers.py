"""Reading and writing dossiers: each status of the contract, at least once each."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from documents.models import Attachment
from dossiers.demo.story import Story
from dossiers.models import AccessLog, Dossier, Event
from tests.access.world import make_letters, told_until
from tests.api.callers import BASE, caller, codes
from tests.dossiers.world import indication

pytestmark = pytest.mark.usefixtures("world")


def draft() -> Story:
    return told_until("draft")


def answers_of_a_request() -> dict[str, Any]:
    return Story(at=timezone.now(), indication=indication()).answers


def path_of(told: Story, rest: str = "") -> str:
    return f"{BASE}dossiers/{told.reference}/{rest}"


def test_a_dossier_is_begun_then_read() -> None:
    client = caller("prescriber")
    body = {"procedure": "aac", "kind": "initial", "answers": answers_of_a_request()}
    made = client.post(f"{BASE}dossiers/", body, format="json")
    assert made.status_code == 201, made.json()
    told = made.json()
    assert told["state"] == "draft"
    assert made["ETag"] == '"1"'
    assert made["Location"] == f"/api/v1/dossiers/{told['reference']}/"
    read = client.get(made["Location"])
    assert read.status_code == 200
    assert read.json()["answers"] == told["answers"]
    assert AccessLog.objects.filter(dossier__reference=told["reference"], what="page").exists()
    assert [one["name"] for one in read.json()["transitions"]] == ["sign", "withdraw"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"kind": "initial"}, 400, "procedure"),
        ({"procedure": "aac", "kind": "initial", "answer": {}}, 400, "answer"),
        ({"procedure": "aac", "kind": 3}, 400, "kind"),
        ({"procedure": "aac", "kind": "initial", "answers": []}, 400, "answers"),
        ({"procedure": "nonsense", "kind": "initial"}, 422, "procedure"),
        ({"procedure": "aac", "kind": "nonsense"}, 422, "kind"),
        ({"procedure": "aac", "kind": "initial", "answers": {"patient": 3}}, 422, "patient"),
        ({"procedure": "aac", "kind": "initial", "answers": {"nonsense": {}}}, 422, "nonsense"),
        ({"procedure": "aac", "kind": "initial", "answers": {"patient": {"initials": "\ud800"}}}, 422, None),
        ({"procedure": "aac", "kind": "initial", "answers": {"patient": {"initials": "a\x00"}}}, 422, None),
        ({"procedure": "aac", "kind": "renewal", "parent": "AAC-2026-999999"}, 404, None),
    ],
)
def test_a_wrong_beginning_says_where(body: dict[str, Any], status: int, field: str | None) -> None:
    raw = json.dumps(body)  # DRF's client cannot write half a surrogate pair; other systems can
    answer = caller("prescriber").post(f"{BASE}dossiers/", raw, content_type="application/json")
    assert answer.status_code == status, answer.json()
    if field:
        assert field in {reason["field"] for reason in answer.json()["reasons"]}
    assert not Dossier.objects.exists()


@pytest.mark.parametrize("raw", [b"{", b"[]", b"\xff", b'{"procedure": NaN}', b'{"a": 1e999}', b"[" * 100_000, b"3"])
def test_what_is_no_json_object_is_400(raw: bytes) -> None:
    answer = caller("prescriber").post(f"{BASE}dossiers/", raw, content_type="application/json")
    assert answer.status_code == 400, answer.json()


def test_other_types_are_415_and_406() -> None:
    client = caller("prescriber")
    assert client.post(f"{BASE}dossiers/", b"a=1", content_type="text/plain").status_code == 415
    assert client.get(f"{BASE}dossiers/", HTTP_ACCEPT="application/pdf").status_code == 406
    assert client.delete(f"{BASE}dossiers/").status_code == 405


def test_a_role_that_begins_nothing_is_403() -> None:
    for who in ("ansm_assessor", "pharmacy_preparer", "auditor", "admin"):
        answer = caller(who).post(f"{BASE}dossiers/", {"procedure": "aac", "kind": "initial"}, format="json")
        assert answer.status_code == 403, who


def test_creation_is_repeatable() -> None:
    client, body = caller("prescriber"), {"procedure": "aac", "kind": "initial"}
    first = client.post(f"{BASE}dossiers/", body, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    again = client.post(f"{BASE}dossiers/", body, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["reference"] == again.json()["reference"]
    other = {**body, "kind": "regularisation"}
    refused = client.post(f"{BASE}dossiers/", other, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    assert refused.status_code == 409
    assert codes(refused) == ["idempotency_key_reused"]
    assert client.post(f"{BASE}dossiers/", body, format="json", HTTP_IDEMPOTENCY_KEY="é").status_code == 400
    assert Dossier.objects.count() == 1


# ----------------------------------------------------------------------------------------------- answers


def test_answers_are_merged_and_null_removes() -> None:
    told, client = draft(), caller("prescriber")
    version = client.get(path_of(told))["ETag"]
    changes = {"patient": {"initials": "ZZ", "sex": None}, "clinical": {"cim10": "not one"}}
    saved = client.patch(path_of(told, "answers/"), changes, format="json", HTTP_IF_MATCH=version)
    assert saved.status_code == 200, saved.json()
    answers = saved.json()["answers"]
    assert answers["patient"]["initials"] == "ZZ"
    assert "sex" not in answers["patient"]
    assert "birth_month" in answers["patient"]
    assert saved["ETag"] == '"2"'
    same = client.patch(path_of(told, "answers/"), {"patient": {"initials": "ZZ"}}, format="json", HTTP_IF_MATCH="*")
    assert same["ETag"] == '"2"'


def test_a_write_without_if_match_is_428_and_a_stale_one_412() -> None:
    told, client = draft(), caller("prescriber")
    for method, path in (("patch", "answers/"), ("post", "transitions/sign/")):
        assert getattr(client, method)(path_of(told, path), {}, format="json").status_code == 428
        stale = getattr(client, method)(path_of(told, path), {}, format="json", HTTP_IF_MATCH='"9"')
        assert stale.status_code == 412
        assert stale["ETag"] == '"1"'
        nonsense = getattr(client, method)(path_of(told, path), {}, format="json", HTTP_IF_MATCH="nonsense")
        assert nonsense.status_code == 412


def test_a_stale_write_is_told_what_changed() -> None:
    told, client = draft(), caller("prescriber")
    told.sign()
    stale = client.post(path_of(told, "transitions/withdraw/"), {"reason": "x"}, format="json", HTTP_IF_MATCH='"1"')
    assert stale.status_code == 412
    words = [one["message"] for one in stale.json()["reasons"] if one["code"] == "changed"]
    assert words
    assert "Signed by the prescriber" in words[0]


def test_answers_of_others_are_not_written() -> None:
    told = draft()
    assert _patch("prescriber2", told).status_code == 404
    assert _patch("ansm_assessor", told).status_code == 404
    assert _patch("auditor", told).status_code == 403
    told.sign().file()
    assert _patch("prescriber", told).status_code == 403
    assert _patch("ansm_assessor", told).status_code == 403


def _patch(who: str, told: Story) -> Any:
    body = {"patient": {"initials": "AB"}}
    return caller(who).patch(path_of(told, "answers/"), body, format="json", HTTP_IF_MATCH="*")


def test_only_a_prescriber_writes_undertakings() -> None:
    from dossiers.forms.registry import form_set

    reserved = next(form.key for form in form_set("aac").sections if form.only_for)
    body = {reserved: {"informed": True}}
    client = caller("intern")
    answer = client.patch(path_of(draft(), "answers/"), body, format="json", HTTP_IF_MATCH="*")
    assert answer.status_code == 403
    assert answer.json()["reasons"][0]["field"] == reserved


def test_a_national_number_is_never_kept() -> None:
    told = draft()
    body = {"clinical": {"history": "NIR 2 85 07 75 116 001 65"}, "patient": {"initials": "Jeanne Dupont"}}
    answer = caller("prescriber").patch(path_of(told, "answers/"), body, format="json", HTTP_IF_MATCH="*")
    assert answer.status_code == 422
    assert told.dossier.version == 1


# ------------------------------------------------------------------------------------------- transitions


def test_an_act_gives_its_event_once() -> None:
    told, client = draft(), caller("prescriber")
    act = path_of(told, "transitions/sign/")
    first = client.post(act, {}, format="json", HTTP_IF_MATCH='"1"', HTTP_IDEMPOTENCY_KEY="s")
    again = client.post(act, {}, format="json", HTTP_IF_MATCH='"1"', HTTP_IDEMPOTENCY_KEY="s")
    assert first.status_code == again.status_code == 200, first.json()
    assert first.json() == again.json()
    assert first["ETag"] == again["ETag"] == '"2"'
    assert first.json()["target"] == "at_pharmacy"
    late = client.post(act, {}, format="json", HTTP_IF_MATCH="*")
    assert late.status_code == 409
    reused = client.post(act, {"a": 1}, format="json", HTTP_IF_MATCH="*", HTTP_IDEMPOTENCY_KEY="s")
    assert reused.status_code == 409
    assert Event.objects.filter(verb="sign").count() == 1


def test_an_act_refused_gives_every_reason() -> None:
    client = caller("prescriber")
    made = client.post(f"{BASE}dossiers/", {"procedure": "aac", "kind": "initial"}, format="json")
    answer = client.post(made["Location"] + "transitions/sign/", {}, format="json", HTTP_IF_MATCH="*")
    assert answer.status_code == 422
    assert len(answer.json()["reasons"]) > 5
    assert all(reason["field"] for reason in answer.json()["reasons"])


def test_an_act_of_another_role_is_403_and_an_unknown_one_404() -> None:
    told = draft()
    assert _act("intern", told, "sign").status_code == 403
    assert _act("prescriber", told, "nonsense").status_code == 404
    assert _act("prescriber2", told, "sign").status_code == 404
    assert _act("auditor", told, "sign").status_code == 403
    assert _act("admin", told, "sign").status_code == 404


def _act(who: str, told: Story, name: str, body: dict[str, Any] | None = None) -> Any:
    return caller(who).post(path_of(told, f"transitions/{name}/"), body or {}, format="json", HTTP_IF_MATCH="*")


def test_a_wrong_payload_names_its_field() -> None:
    told = draft().sign()
    answer = _act("pharmacist", told, "return_to_prescriber", {"reason": 3, "extra": 1})
    assert answer.status_code == 422
    assert {reason["field"] for reason in answer.json()["reasons"]} == {"reason", "extra"}
    assert _act("pharmacist", told, "return_to_prescriber", {"payload": {"reason": "Poids absent."}}).status_code == 200


@pytest.mark.parametrize(
    ("state", "who"),
    [
        ("draft", "prescriber"),
        ("at_pharmacy", "pharmacist"),
        ("received", "ansm_assessor"),
        ("assessment", "ansm_assessor"),
        ("info_requested", "prescriber"),
        ("to_sign", "ansm_signatory"),
    ],
)
def test_the_examples_of_a_schema_can_be_sent_as_they_stand(state: str, who: str) -> None:
    """What is allowed works with its own examples, except an act whose guard looks at the payload's choice."""
    told = told_until(state)
    client = caller(who)
    for one in client.get(path_of(told, "transitions/")).json()["results"]:
        if not one["allowed"]:
            assert one["reasons"], one["name"]
            continue
        fresh = told_until(state)
        example = {name: shape["examples"][0] for name, shape in one["payload_schema"]["properties"].items()}
        done = client.post(path_of(fresh, f"transitions/{one['name']}/"), example, format="json", HTTP_IF_MATCH="*")
        assert done.status_code == 200, (one["name"], example, done.json())


def test_open_questions_are_in_the_schema() -> None:
    told = told_until("info_requested")
    found = caller("prescriber").get(path_of(told, "transitions/")).json()["results"]
    schema = next(one for one in found if one["name"] == "answer")["payload_schema"]["properties"]["answers"]
    assert schema["properties"]["1"]["title"] == "Quelle est la clairance ?"


def test_applicants_do_not_know_that_a_proposal_waits() -> None:
    told = told_until("to_sign")
    seen = caller("prescriber").get(path_of(told)).json()
    assert (seen["state"], seen["decisions"], seen["clock"]["due_on"]) == ("assessment", [], None)
    assert caller("ansm_assessor").get(path_of(told)).json()["state"] == "to_sign"
    verbs = [one["name"] for one in caller("prescriber").get(path_of(told, "events/")).json()["results"]]
    assert "propose" not in verbs
    assert told.reference in str(caller("prescriber").get(f"{BASE}dossiers/?state=assessment").json())
    assert caller("prescriber").get(f"{BASE}dossiers/?state=to_sign").json()["results"] == []


# ------------------------------------------------------------------------------------- documents, messages, letters


def _attach(client: Any, told: Story, kind: str = "other", content: bytes = b"Avis de la RCP.") -> Any:
    upload = SimpleUploadedFile("avis.txt", content, content_type="text/plain")
    return client.post(path_of(told, "documents/"), {"kind": kind, "file": upload}, format="multipart")


def test_a_document_is_attached_listed_and_read() -> None:
    told, client = draft(), caller("prescriber")
    made = _attach(client, told)
    assert made.status_code == 201, made.json()
    assert _attach(client, told).json()["id"] == made.json()["id"]
    listed = client.get(path_of(told, "documents/")).json()["results"]
    assert [one["id"] for one in listed] == [made.json()["id"]]
    content = client.get(made.json()["content"])
    assert b"".join(content.streaming_content) == b"Avis de la RCP."
    assert AccessLog.objects.filter(what=f"document {made.json()['id']}").count() == 1
    assert caller("prescriber2").get(made.json()["content"]).status_code == 404


@pytest.mark.parametrize("scan", ["pending", "infected"])
def test_unsafe_content_is_never_served(scan: str) -> None:
    told, client = draft(), caller("prescriber")
    address = _attach(client, told).json()["content"]
    Attachment.objects.update(scan=scan)
    refused = client.get(address)
    assert refused.status_code == 409
    assert client.get(path_of(told, "documents/")).json()["results"][0]["content"] is None


def test_a_wrong_document_is_refused() -> None:
    told, client = draft(), caller("prescriber")
    assert _attach(client, told, kind="nonsense").status_code == 422
    assert _attach(client, told, content=b"\x00\x01MZ").status_code == 422
    assert client.post(path_of(told, "documents/"), {"kind": "other"}, format="multipart").status_code == 422
    assert client.post(path_of(told, "documents/"), {"x": "1"}, format="multipart").status_code == 400
    assert client.post(path_of(told, "documents/"), {}, format="json").status_code == 415
    assert _attach(caller("auditor"), told).status_code == 403


def test_messages_cross_and_notes_do_not() -> None:
    told = told_until("assessment")
    path = path_of(told, "messages/")
    assert caller("prescriber").post(path, {"body": "Bonjour"}, format="json").status_code == 201
    note = caller("ansm_assessor").post(path, {"body": "Entre nous", "staff_only": True}, format="json")
    assert note.status_code == 201
    assert [one["body"] for one in caller("prescriber").get(path).json()["results"]] == ["Bonjour"]
    assert len(caller("ansm_assessor").get(path).json()["results"]) == 2
    refused = caller("prescriber").post(path, {"body": "x", "staff_only": True}, format="json")
    assert refused.status_code == 403
    assert caller("prescriber").post(path, {"body": " "}, format="json").status_code == 422
    assert caller("prescriber").post(path, {}, format="json").status_code == 400
    assert caller("prescriber").post(path, {"body": 3}, format="json").status_code == 400
    stale = caller("prescriber").post(path, {"body": "x"}, format="json", HTTP_IF_MATCH='"99"')
    assert stale.status_code == 412


def test_a_letter_is_pending_then_given() -> None:
    told, client = told_until("granted"), caller("prescriber")
    letters = client.get(path_of(told, "letters/")).json()["results"]
    assert all(one["issued_at"] is None and one["verification_code"] is None for one in letters)
    address = f"{BASE}letters/{letters[-1]['number']}/"
    pending = client.get(address, HTTP_ACCEPT="application/pdf")
    assert pending.status_code == 409
    assert pending["Retry-After"]
    assert pending["Content-Type"] == "application/problem+json"
    make_letters(drawn_by=lambda context: b"%PDF-1.7 not drawn")
    known = client.get(address).json()
    assert known["sha256"]
    pdf = client.get(address, HTTP_ACCEPT="application/pdf")
    assert (pdf.status_code, pdf["Content-Type"]) == (200, "application/pdf")
    assert pdf.content.startswith(b"%PDF")
    assert caller("prescriber2").get(address).status_code == 404
    verified = caller("prescriber").get(f"{BASE}verify/{known['verification_code']}/")
    assert verified.json()["authentic"] is True
    assert verified.json()["title_in_force"] is True


def test_a_wrong_code_is_not_authentic() -> None:
    from rest_framework.test import APIClient

    answer = APIClient().get(f"{BASE}verify/AAAAAAAAAAAAAAAAAAAA/")
    assert answer.status_code == 404
    assert answer.json()["authentic"] is False


# --------------------------------------------------------------------------------------------------- titles


def test_titles_are_listed_read_and_acted_on() -> None:
    told = told_until("granted")
    client = caller("prescriber")
    rows = client.get(f"{BASE}titles/").json()["results"]
    assert [one["dossier"] for one in rows] == [told.reference]
    title = told.title
    assert client.get(f"{BASE}titles/?expiring_within=1").json()["results"] == []
    assert client.get(f"{BASE}titles/?expiring_within=400&procedure=aac&state=in_force").json()["results"]
    address = f"{BASE}titles/{title.number}/"
    read = client.get(address)
    assert read.status_code == 200
    assert read.json()["chain"][0]["number"] == title.number
    act = f"{address}transitions/stop_treatment/"
    payload = {"stopped_on": str(timezone.localdate()), "reason": "efficacy"}
    assert client.post(act, payload, format="json").status_code == 428
    assert client.post(act, payload, format="json", HTTP_IF_MATCH='"9"').status_code == 412
    assert client.post(act, {}, format="json", HTTP_IF_MATCH=read["ETag"]).status_code == 422
    assert caller("ansm_triage").post(act, payload, format="json", HTTP_IF_MATCH="*").status_code == 403
    done = client.post(act, payload, format="json", HTTP_IF_MATCH=read["ETag"], HTTP_IDEMPOTENCY_KEY="t")
    assert done.status_code == 200, done.json()
    again = client.post(act, payload, format="json", HTTP_IF_MATCH=read["ETag"], HTTP_IDEMPOTENCY_KEY="t")
    assert again.json() == done.json()
    assert client.post(act, payload, format="json", HTTP_IF_MATCH="*").status_code == 409
    other = caller("prescriber2")
    assert other.get(address).status_code == 404
    assert other.post(act, payload, format="json", HTTP_IF_MATCH="*").status_code == 404
    assert dt.date.fromisoformat(client.get(address).json()["in_force_until"]) == timezone.localdate()


def test_a_renewal_is_pre_filled_from_its_title() -> None:
    told = told_until("granted")
    body = {"procedure": "aac", "kind": "renewal", "parent": told.title.number}
    made = caller("prescriber").post(f"{BASE}dossiers/", body, format="json")
    assert made.status_code == 201
    assert made.json()["answers"]["patient"]["initials"]
    assert made.json()["parent"] == told.title.number
    assert caller("prescriber2").post(f"{BASE}dossiers/", body, format="json").status_code == 404
