"""Prescription frameworks by systems: companies of a generic group are asked, reply, and submit their material."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from documents.models import Attachment
from dossiers.demo.cpc_story import Framework
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import AccessLog, CompanyReply, Event, InformationMaterial
from dossiers.services import material as material_services
from dossiers.services.material import note_silence
from dossiers.services.staffing import recuse
from tests.access.world import told_until
from tests.api.callers import BASE, caller, codes, token_of
from tests.api.generic_client import Caller, GenericClient
from tests.snapshot import load_world

GROUP = "Laboratoires Démo Aurélia\nDémo Biotech Norvane"
ANYHOW = {"HTTP_IF_MATCH": "*"}
MATERIAL = {"name": "Lettre aux neurologues, version 2", "description": "Le texte de la lettre."}


# ------------------------------------------------------------------------- a story, by who has read the description

COMPANIES = ("applicant", "applicant2")
CAST = ("reporter", "ansm_assessor", "ansm_signatory", "ansm_triage", *COMPANIES)


@pytest.fixture
def client(transactional_db: None, live_server: Any) -> Iterator[GenericClient]:
    load_world()
    made = GenericClient(f"{live_server.url}/api/v1/", [token_of(login) for login in CAST], random.Random(0))  # noqa: S311
    yield made
    made.close()


def act(who: Caller, reference: str, name: str, **given: Any) -> None:
    """With the examples of the description, but for what is given."""
    answer = who.call("GET", f"dossiers/{reference}/transitions/")
    asked = next(one for one in answer.json()["results"] if one["name"] == name)
    assert asked["allowed"], asked["reasons"]
    examples = {field: one["examples"][0] for field, one in asked["payload_schema"]["properties"].items()}
    path = f"dossiers/{reference}/transitions/{name}/"
    who.call("POST", path, json={**examples, **given}, headers={"If-Match": answer.headers["ETag"]})


def reply(who: Caller, reference: str, text: str) -> None:
    asked = who.get(f"dossiers/{reference}/company_calls/")["results"][0]
    assert (asked["acts"], bool(asked["asked"])) == (["reply"], True)
    headers = {"Idempotency-Key": text}
    for _again in range(2):
        who.call("POST", f"dossiers/{reference}/company_calls/replies/", json={"text": text}, headers=headers)


def read(who: Caller, reference: str) -> str:
    """Everything of the dossier that this caller may read."""
    parts = ("", "company_calls/", "events/", "documents/", "messages/", "letters/", "transitions/")
    return "".join(who.call("GET", f"dossiers/{reference}/{part}").text for part in parts)


@pytest.mark.timeout(300)
def test_two_companies_reply_for_themselves_and_one_submits_its_material(client: GenericClient) -> None:
    reporter, assessor, signatory, _triage, one, two = client.callers
    reference = client.file("cpc", "report", by_rote=True)
    act(reporter, reference, "report")
    act(assessor, reference, "notify_intention", companies=GROUP)
    assert assessor.get(f"dossiers/{reference}/company_calls/")["companies"] == sorted(GROUP.split("\n"))
    reply(one, reference, "zqventesun")
    reply(two, reference, "zqventesdeux")
    assert assessor.get(f"dossiers/{reference}/company_calls/")["results"][0]["state"] == "replied"
    act(assessor, reference, "assess")
    act(assessor, reference, "request_put")
    assert one.get(f"dossiers/{reference}/company_calls/")["results"][0]["acts"] == []
    upload = {"file": ("zqprotocole.txt", b"Le protocole.", "text/plain")}
    one.call("POST", f"dossiers/{reference}/documents/", data={"kind": "put_sp"}, files=upload)
    act(one, reference, "receive_put", proposal="zqproposition")
    act(assessor, reference, "open_contradictory", asked="zqprojet")
    reply(one, reference, "zqobservationun")
    reply(two, reference, "zqobservationdeux")

    of_one = {"zqventesun", "zqobservationun", "zqprotocole", "zqproposition"}
    of_two = {"zqventesdeux", "zqobservationdeux"}
    for who, words in ((one, of_one), (two, of_two), (reporter, set()), (assessor, of_one | of_two)):
        heard = read(who, reference)
        assert {word for word in of_one | of_two if word in heard} == words, who.role
        assert ("zqprojet" in heard) == (who is not reporter)

    act(assessor, reference, "close_contradictory")
    act(assessor, reference, "propose")
    act(signatory, reference, "grant")
    number = one.get(f"dossiers/{reference}/")["title"]["number"]
    made = one.call("POST", f"titles/{number}/material/", json=MATERIAL, headers={"Idempotency-Key": "once"})
    path = made.headers["Location"].removeprefix(BASE)
    assert assessor.get(path)["acts"] == ["opinion"]
    for stranger in (two, reporter):
        assert stranger.get(f"titles/{number}/material/")["results"] == []
        assert stranger.http.get(path).status_code == 404
    tag = {"If-Match": made.headers["ETag"]}
    assessor.call("POST", f"{path}opinion/", json={"opinion": "unfavourable", "reasons": "Publicité."}, headers=tag)
    told = one.get(path)
    assert (told["state"], told["opinion"], told["reasons"]) == ("given", "unfavourable", "Publicité.")
    assert (told["may_be_spread"], told["acts"]) == (False, [])


# --------------------------------------------------------------------------------------------- company calls

in_one_world = pytest.mark.usefixtures("world")


def told(days: int = 90, **options: Any) -> Framework:
    return Framework(at=timezone.now() - days * ONE_DAY, **options)


def asked_of_two() -> Framework:
    return told(20, companies=GROUP).draft().report().notify()


def calls_at(framework: Framework) -> str:
    return f"{BASE}dossiers/{framework.reference}/company_calls/"


def say(login: str, framework: Framework, body: Any, **headers: Any) -> Any:
    return caller(login).post(f"{calls_at(framework)}replies/", body, format="json", **headers)


@in_one_world
def test_what_is_asked_is_not_the_reporters_to_read() -> None:
    framework = asked_of_two().says("zqventes")
    seen = {who: caller(who).get(calls_at(framework)).json() for who in ("applicant", "applicant2", "reporter")}
    assert [len(one["results"][0]["replies"]) for one in seen.values()] == [1, 0, 0]
    assert seen["reporter"]["results"][0]["asked"] is None
    assert seen["applicant2"]["results"][0]["asked"]
    assert {one["results"][0]["state"] for one in seen.values()} == {"awaited"}
    assert set(AccessLog.objects.filter(dossier=framework.dossier).values_list("what", flat=True)) == {"page"}


@in_one_world
def test_a_reply_that_comes_after_its_day_is_still_taken() -> None:
    framework = told(60).draft().report().notify(days=20)
    assert caller("applicant").get(calls_at(framework)).json()["results"][0]["state"] == "late"
    made = say("applicant", framework, {"text": "En retard."})
    assert made.status_code == 201
    assert made["ETag"] == f'"{framework.dossier.version}"'
    framework.at = timezone.now()
    framework.own_pace = False
    framework.assess()
    assert caller("applicant").get(calls_at(framework)).json()["results"][0]["state"] == "closed"
    closed = say("applicant", framework, {"text": "Encore."})
    assert (closed.status_code, codes(closed)) == (409, ["nothing_asked"])


@in_one_world
@pytest.mark.parametrize(
    ("login", "body", "status"),
    [
        ("applicant", {"text": " "}, 422),
        ("applicant", {}, 422),
        ("applicant", {"text": 5}, 422),
        ("applicant", {"text": "x" * 20_001}, 422),
        ("applicant", {"text": "NIR 1 85 05 78 006 084 91"}, 422),
        ("applicant", {"text": "x", "company": "another"}, 422),
        ("applicant", ["x"], 400),
        ("contributor", {"text": "x"}, 403),
        ("reporter", {"text": "x"}, 403),
        ("reporter", {}, 403),
        ("ansm_assessor", {"text": "x"}, 403),
        ("auditor", {"text": "x"}, 403),
        ("prescriber", {"text": "x"}, 404),
        ("applicant2", {"text": "x"}, 404),
        ("admin", {"text": "x"}, 404),
    ],
)
def test_who_may_not_reply_or_writes_it_wrong_is_told_so(login: str, body: Any, status: int) -> None:
    framework = told(20).draft().report().notify()
    assert say(login, framework, body).status_code == status
    assert not CompanyReply.objects.exists()


@in_one_world
def test_every_reason_against_a_reply_is_given_at_once() -> None:
    refused = say("applicant", told(20).draft().report().notify(), {"company": "x"})
    assert sorted(codes(refused)) == ["required", "unknown_field"]


@in_one_world
def test_a_reply_honours_its_key_and_its_version() -> None:
    framework = asked_of_two()
    tag = {"HTTP_IF_MATCH": caller("applicant").get(calls_at(framework))["ETag"]}
    key = {"HTTP_IDEMPOTENCY_KEY": "one"}
    first, again = (say("applicant", framework, {"text": "Deux essais."}, **key) for _time in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert CompanyReply.objects.count() == 1
    other = say("applicant", framework, {"text": "Trois essais."}, **key)
    assert (other.status_code, codes(other)) == (409, ["idempotency_key_reused"])
    stale = say("applicant2", framework, {"text": "Rien."}, **tag)
    assert (stale.status_code, codes(stale)[0]) == (412, "stale")
    assert say("applicant2", framework, {"text": "Rien."}).status_code == 201
    read_only = caller("applicant", scopes=["read", "write"])
    assert read_only.post(f"{calls_at(framework)}replies/", {"text": "x"}, format="json").status_code == 403


@in_one_world
def test_other_dossiers_have_no_calls() -> None:
    other = told_until("granted")
    path = f"{BASE}dossiers/{other.reference}/company_calls/"
    assert caller("prescriber").get(path).json() == {"results": [], "next": None, "previous": None, "companies": []}
    assert caller("prescriber").post(f"{path}replies/", {"text": "x"}, format="json").status_code == 403


# -------------------------------------------------------------------------------------------------- material


def material_at(framework: Framework) -> str:
    return f"{BASE}titles/{framework.title.number}/material/"


def submit(login: str, framework: Framework, body: Any, **headers: Any) -> Any:
    return caller(login).post(material_at(framework), body, format="json", **headers)


def submitted(framework: Framework, days: int = 1) -> InformationMaterial:
    at = timezone.now() - days * ONE_DAY
    return material_services.submit(number=framework.title.number, **MATERIAL, actor=demo_actor("applicant"), at=at)


def advise(login: str, framework: Framework, key: int, body: Any, **headers: Any) -> Any:
    return caller(login).post(f"{material_at(framework)}{key}/opinion/", body, format="json", **headers)


@in_one_world
def test_material_is_submitted_once_under_one_key() -> None:
    framework = told().granted()
    key = {"HTTP_IDEMPOTENCY_KEY": "one"}
    before = caller("applicant").get(material_at(framework))["ETag"]
    first, again = (submit("applicant", framework, MATERIAL, **key) for _time in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    # Without a key, or under another one, the same one that waits is the same one.
    assert submit("applicant", framework, MATERIAL).json()["id"] == first.json()["id"]
    second = {"HTTP_IDEMPOTENCY_KEY": "two"}
    assert submit("applicant", framework, MATERIAL, **second).json()["id"] == first.json()["id"]
    other = submit("applicant", framework, {**MATERIAL, "name": "Affiche"}, **key)
    assert (other.status_code, codes(other)) == (409, ["idempotency_key_reused"])
    stale = submit("applicant", framework, {**MATERIAL, "name": "Affiche"}, HTTP_IF_MATCH=before)
    assert (stale.status_code, codes(stale)[0]) == (412, "stale")
    assert InformationMaterial.objects.count() == 1
    opinion = {"opinion": "favourable"}
    assert advise("ansm_assessor", framework, first.json()["id"], opinion, **ANYHOW).status_code == 200
    # Answered meanwhile, a retry still submits nothing.
    for retried in (key, second):
        assert submit("applicant", framework, MATERIAL, **retried).json()["state"] == "given"
    assert InformationMaterial.objects.count() == 1
    assert submit("applicant", framework, MATERIAL).json()["id"] != first.json()["id"]


@in_one_world
@pytest.mark.parametrize(
    ("login", "body", "status"),
    [
        ("applicant", {**MATERIAL, "name": " "}, 422),
        ("applicant", {**MATERIAL, "name": "x" * 301}, 422),
        ("applicant", {**MATERIAL, "description": 5}, 422),
        ("applicant", {**MATERIAL, "description": "NIR 1 85 05 78 006 084 91"}, 422),
        ("applicant", {**MATERIAL, "opinion": "favourable"}, 422),
        ("applicant", {"name": "Lettre"}, 422),
        ("applicant", [MATERIAL], 400),
        ("contributor", MATERIAL, 403),
        ("contributor", {}, 403),
        ("reporter", MATERIAL, 403),
        ("ansm_assessor", MATERIAL, 403),
        ("auditor", MATERIAL, 403),
        ("applicant2", MATERIAL, 404),
        ("prescriber", MATERIAL, 404),
    ],
)
def test_who_may_not_submit_or_writes_it_wrong_is_told_so(login: str, body: Any, status: int) -> None:
    assert submit(login, told().granted(), body).status_code == status
    assert not InformationMaterial.objects.exists()


@in_one_world
def test_every_reason_against_material_is_given_at_once() -> None:
    refused = submit("applicant", told().granted(), {"name": "NIR 1 85 05 78 006 084 91", "zzz": 1})
    reasons = {(one["field"], one["code"]) for one in refused.json()["reasons"]}
    assert reasons == {("name", "national_number"), ("zzz", "unknown_field")}
    bare = submit("applicant", told().granted(), {"name": "Lettre"})
    assert [(one["field"], one["code"]) for one in bare.json()["reasons"]] == [("file", "required")]


def with_file(login: str, framework: Framework, name: str, content: bytes, **headers: Any) -> Any:
    parts = {"name": "Affiche", "file": SimpleUploadedFile(name, content)}
    return caller(login).post(material_at(framework), parts, format="multipart", **headers)


@in_one_world
def test_material_comes_as_a_file_that_its_company_and_ansm_alone_read() -> None:
    framework = told(companies=GROUP).draft().report().notify().says("Un.").says("Deux.", login="applicant2").assess()
    framework.protocol().drafts().says("Oui.").says("Oui.", login="applicant2").close_drafts().propose().grant()
    key = {"HTTP_IDEMPOTENCY_KEY": "one"}
    first, again = (with_file("applicant", framework, "affiche.txt", b"zqaffiche", **key) for _time in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    other = with_file("applicant", framework, "affiche.txt", b"Une autre.", **key)
    assert (other.status_code, codes(other)) == (409, ["idempotency_key_reused"])
    path = f"{BASE}documents/{first.json()['document']}/"
    statuses = {who: caller(who).get(path).status_code for who in (
        "applicant", "ansm_assessor", "auditor", "applicant2", "reporter", "ministry_reader", "prescriber",
    )}  # fmt: skip
    assert statuses == {
        "applicant": 200, "ansm_assessor": 200, "auditor": 200, "applicant2": 404, "reporter": 404,
        "ministry_reader": 404, "prescriber": 404,
    }  # fmt: skip
    content = caller("ansm_assessor").get(f"{path}content/")
    assert b"".join(content.streaming_content) == b"zqaffiche"
    with_a_virus = Attachment.objects.filter(pk=first.json()["document"])
    with_a_virus.update(scan=Attachment.Scan.INFECTED)
    read = caller("applicant").get(f"{material_at(framework)}{first.json()['id']}/").json()
    assert (read["state"], read["may_be_spread"]) == ("unreadable", False)
    wrong = with_file("applicant", framework, "affiche.exe", b"MZ\x90")
    assert (wrong.status_code, {one["field"] for one in wrong.json()["reasons"]}) == (422, {"file"})


@in_one_world
def test_nothing_is_submitted_under_a_framework_that_ended() -> None:
    framework = told().granted()
    framework.at = timezone.now() - ONE_DAY
    framework.move_title("cease", "ansm_signatory", {"cause": "aap", "reason": "Accès précoce."})
    refused = submit("applicant", framework, MATERIAL)
    assert (refused.status_code, codes(refused)) == (409, ["title_ended"])


@in_one_world
def test_an_opinion_says_which_version_it_rests_on_and_is_given_once() -> None:
    framework = told().granted()
    key, body = submitted(framework).pk, {"opinion": "unfavourable", "reasons": "C'est de la publicité."}
    assert advise("ansm_assessor", framework, key, body).status_code == 428
    before = caller("ansm_assessor").get(material_at(framework))["ETag"]
    other = material_services.submit(
        number=framework.title.number, name="Affiche", description="x", actor=demo_actor("applicant")
    )
    stale = advise("ansm_assessor", framework, key, body, HTTP_IF_MATCH=before)
    assert (stale.status_code, codes(stale)[0]) == (412, "stale")
    sent = {"HTTP_IF_MATCH": stale["ETag"], "HTTP_IDEMPOTENCY_KEY": "one"}
    first, again = (advise("ansm_assessor", framework, key, body, **sent) for _time in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert Event.objects.filter(verb="material_opinion").count() == 1
    reused = advise("ansm_assessor", framework, other.pk, body, **sent)
    assert (reused.status_code, codes(reused)) == (409, ["idempotency_key_reused"])
    twice = advise("ansm_signatory", framework, key, body, **ANYHOW)
    assert (twice.status_code, codes(twice)) == (409, ["opinion_given"])


@in_one_world
@pytest.mark.parametrize(
    ("login", "body", "status", "code"),
    [
        ("ansm_assessor", {"opinion": "unfavourable"}, 422, "required"),
        ("ansm_assessor", {}, 422, "required"),
        ("ansm_assessor", {"opinion": "maybe"}, 422, "choice"),
        ("ansm_assessor", {"opinion": "favourable", "zzz": 1}, 422, "unknown_field"),
        ("ansm_assessor", "favourable", 400, "not_an_object"),
        ("ansm_triage", {"opinion": "favourable"}, 403, "role"),
        ("ansm_triage", {}, 403, "role"),
        ("applicant", {"opinion": "favourable"}, 403, "role"),
        ("auditor", {"opinion": "favourable"}, 403, "read_only"),
        ("applicant2", {"opinion": "favourable"}, 404, "not_found"),
        # A reporter knows of the framework, and of no material under it.
        ("reporter", {"opinion": "favourable"}, 404, "not_found"),
    ],
)
def test_who_may_not_advise_or_writes_it_wrong_is_told_so(login: str, body: Any, status: int, code: str) -> None:
    framework = told().granted()
    refused = advise(login, framework, submitted(framework).pk, body, **ANYHOW)
    assert (refused.status_code, codes(refused)) == (status, [code])
    assert not InformationMaterial.objects.exclude(opinion="").exists()


@in_one_world
def test_whoever_is_recused_gives_no_opinion() -> None:
    framework = told().granted()
    recuse(reference=framework.reference, reason="Lien.", actor=demo_actor("ansm_assessor"))
    refused = advise("ansm_assessor", framework, submitted(framework).pk, {"opinion": "favourable"}, **ANYHOW)
    assert (refused.status_code, codes(refused)) == (403, ["role"])


@in_one_world
@pytest.mark.parametrize("is_noted", [False, True])
def test_after_one_month_silence_has_decided(is_noted: bool) -> None:
    framework = told(120).granted()
    one = submitted(framework, days=40)
    if is_noted:
        note_silence(at=timezone.now())
    read = caller("applicant").get(f"{material_at(framework)}{one.pk}/").json()
    assert (read["state"], read["opinion"], read["may_be_spread"]) == ("deemed", None, True)
    deemed_on, last_day = dt.date.fromisoformat(read["deemed_on"]), dt.date.fromisoformat(read["opinion_by"])
    assert deemed_on == last_day + ONE_DAY
    late = advise("ansm_assessor", framework, one.pk, {"opinion": "favourable"}, **ANYHOW)
    assert (late.status_code, codes(late)) == (409, ["silence"])


@in_one_world
def test_what_is_no_framework_has_no_material() -> None:
    other = told_until("granted")
    path = f"{BASE}titles/{other.title.number}/material/"
    for refused in (caller("prescriber").get(path), caller("prescriber").post(path, MATERIAL, format="json")):
        assert (refused.status_code, codes(refused)) == (403, ["not_a_framework"])
    assert caller("prescriber2").get(path).status_code == 404


@in_one_world
def test_a_list_of_material_costs_the_same_however_long(django_assert_max_num_queries: Any) -> None:
    framework, client = told().granted(), caller("ansm_assessor")
    submitted(framework)
    with django_assert_max_num_queries(40) as first:
        client.get(material_at(framework))
    for rank in range(3):
        material_services.submit(
            number=framework.title.number, name=f"Affiche {rank}", description="x", actor=demo_actor("applicant")
        )
    with django_assert_max_num_queries(len(first.captured_queries)):
        assert len(client.get(material_at(framework)).json()["results"]) == 4
