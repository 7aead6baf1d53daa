"""What follows a grant, and who examines, by systems as on screen: the same services, the same policy."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from dossiers.demo.story import Story, demo_actor
from dossiers.models import AccessLog, Event, Obligation
from dossiers.services import comments as comment_services
from dossiers.services import obligations as obligation_services
from tests.access.world import told_until
from tests.api.callers import BASE, caller, codes
from workflows.dates import civil_date

pytestmark = pytest.mark.usefixtures("world")

ONE_DAY = dt.timedelta(days=1)
ANYHOW = {"HTTP_IF_MATCH": "*"}


def today() -> dt.date:
    return civil_date(timezone.now())


def post(login: str, path: str, body: Any = None, **headers: Any) -> Any:
    return caller(login).post(BASE + path, body or {}, format="json", **headers)


def put(login: str, path: str, body: Any = None, **headers: Any) -> Any:
    return caller(login).put(BASE + path, body or {}, format="json", **headers)


def get(login: str, path: str) -> Any:
    return caller(login).get(BASE + path)


def obligations_at(told: Story) -> str:
    return f"titles/{told.title.number}/obligations/"


def asked(**changes: Any) -> dict[str, Any]:
    due_on = (today() + 20 * ONE_DAY).isoformat()
    return {"kind": "report", "owed_by": "holder", "text": "Le suivi.", "due_on": due_on, **changes}


def owed(told: Story, **changes: Any) -> Obligation:
    given = {**asked(**changes), "due_on": changes.get("due_on", today() + 20 * ONE_DAY)}
    return obligation_services.add(number=told.title.number, **given, actor=demo_actor("ansm_assessor"))


# ---------------------------------------------------------------------------------------------- obligations


def test_an_obligation_is_asked_done_sent_back_and_given_up_by_systems():
    told = told_until("granted")
    made = post("ansm_assessor", obligations_at(told), asked(every_months=1, law="CSP R.5121-74-5"))
    assert made.status_code == 201
    path = made["Location"].removeprefix(BASE)
    body = get("prescriber", path).json()
    assert (body["text"], body["state"], body["days_left"], body["acts"]) == ("Le suivi.", "open", 20, ["done"])
    assert body["labels"]["owed_by"] == "The holder of the authorisation"
    assert get("ansm_assessor", path).json()["acts"] == ["cancel"]

    done = post("pharmacist", f"{path}done/", {"done_on": str(today()), "proof": "Envoyé."}, HTTP_IF_MATCH=made["ETag"])
    assert done.status_code == 200
    assert (done.json()["state"], done.json()["done_by"], done.json()["proof"]) == ("done", "Inès Caradec", "Envoyé.")
    assert done.json()["days_left"] is None
    rows = get("pharmacist", obligations_at(told)).json()["results"]
    assert [row["state"] for row in rows] == ["open", "done"]

    again = post("ansm_assessor", f"{path}reopen/", {"reason": "Illisible."}, HTTP_IF_MATCH=done["ETag"])
    assert (again.json()["state"], again.json()["sent_back"]) == ("open", "Illisible.")
    given_up = post("ansm_assessor", f"{path}cancel/", {"reason": "Reçu."}, HTTP_IF_MATCH=again["ETag"])
    assert (given_up.json()["state"], given_up.json()["given_up"]) == ("cancelled", "Reçu.")
    verbs = Event.objects.filter(dossier=told.dossier, verb__startswith="obligation_").order_by("seq")
    assert list(verbs.values_list("verb", flat=True)) == [
        "obligation_added", "obligation_done", "obligation_reopened", "obligation_cancelled",
    ]  # fmt: skip


def test_a_document_that_shows_it_comes_with_the_act():
    told = told_until("granted")
    one = owed(told)
    parts = {"done_on": str(today()), "file": SimpleUploadedFile("suivi.txt", b"Le suivi du patient.")}
    path = f"{BASE}{obligations_at(told)}{one.pk}/"
    sent = caller("prescriber").post(f"{path}done/", parts, format="multipart", **ANYHOW)
    assert sent.status_code == 200
    document = sent.json()["document"]
    for reader in ("prescriber", "ansm_assessor"):
        assert caller(reader).get(path).json()["document"] == document
        assert get(reader, f"documents/{document}/").json()["name"] == "suivi.txt"
    assert get("prescriber2", f"documents/{document}/").status_code == 404


@pytest.mark.parametrize(
    ("parts", "status", "field"),
    [
        ({"file": SimpleUploadedFile("a.exe", b"MZ\x90")}, 422, "file"),
        ({"file": "words"}, 422, "file"),
        ({"document": "9999999"}, 422, "document"),
        ({"document": "one"}, 422, "document"),
        ({}, 422, "proof"),
        ({"zzz": "x", "proof": "x"}, 422, "zzz"),
        ({"proof": "1 84 12 76 451 089 46"}, 422, "proof"),
        ({"proof": ["x", "y"]}, 400, "proof"),
    ],
)
def test_a_proof_that_cannot_be_kept_is_named(parts, status, field):
    told = told_until("granted")
    path = f"{BASE}{obligations_at(told)}{owed(told).pk}/done/"
    sent = caller("prescriber").post(path, {"done_on": str(today()), **parts}, format="multipart", **ANYHOW)
    assert sent.status_code == status
    assert [reason["field"] for reason in sent.json()["reasons"]] == [field]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (asked(kind="zzz"), "kind"),
        (asked(owed_by="patient"), "owed_by"),
        (asked(text=" "), "text"),
        (asked(text=5), "text"),
        (asked(text="1 84 12 76 451 089 46"), "text"),
        (asked(due_on="2001-01-01"), "due_on"),
        (asked(due_on="31/12/2030"), "due_on"),
        (asked(every_months=0), "every_months"),
        (asked(every_months=10**30), "every_months"),
        (asked(law="x" * 200), "law"),
        (asked(every=1), "every"),
    ],
)
def test_what_cannot_be_asked_is_named(body, field):
    told = told_until("granted")
    answer = post("ansm_assessor", obligations_at(told), body)
    assert answer.status_code == 422
    assert field in [reason["field"] for reason in answer.json()["reasons"]]
    assert not Obligation.objects.filter(title=told.title).exists()


def test_the_same_key_asks_once_and_another_request_under_it_is_refused():
    told = told_until("granted")
    key = {"HTTP_IDEMPOTENCY_KEY": "one"}
    first, second = (post("ansm_assessor", obligations_at(told), asked(), **key) for _again in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    other = post("ansm_assessor", obligations_at(told), asked(kind="notice"), **key)
    assert (other.status_code, codes(other)) == (409, ["idempotency_key_reused"])

    path = f"{obligations_at(told)}{first.json()['id']}/"
    tag = {"HTTP_IF_MATCH": second["ETag"], **key}
    body = {"done_on": str(today()), "proof": "Envoyé."}
    answers = [post("prescriber", f"{path}done/", body, **tag) for _again in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    for act in ("reopen", "cancel"):
        answers = [post("ansm_assessor", f"{path}{act}/", {"reason": "x"}, **ANYHOW, HTTP_IDEMPOTENCY_KEY=act)
                   for _again in range(2)]  # fmt: skip
        assert [one.status_code for one in answers] == [200, 200]
    assert Event.objects.filter(dossier=told.dossier, verb__startswith="obligation_").count() == 4


def test_an_act_says_which_version_it_rests_on():
    told = told_until("granted")
    one = owed(told)
    path = f"{obligations_at(told)}{one.pk}/cancel/"
    assert post("ansm_assessor", path, {"reason": "x"}).status_code == 428
    before = get("ansm_assessor", obligations_at(told))["ETag"]
    owed(told, kind="notice")
    stale = post("ansm_assessor", path, {"reason": "x"}, HTTP_IF_MATCH=before)
    assert (stale.status_code, codes(stale)) == (412, ["stale", "changed"])
    assert stale["ETag"] == get("ansm_assessor", obligations_at(told))["ETag"]
    assert post("ansm_assessor", obligations_at(told), asked(), HTTP_IF_MATCH=before).status_code == 412
    assert post("ansm_assessor", path, {"reason": "x"}, HTTP_IF_MATCH=stale["ETag"]).status_code == 200


def test_each_does_what_they_may_of_an_obligation():
    told = told_until("granted")
    one = owed(told)
    path = f"{obligations_at(told)}{one.pk}/"
    assert post("prescriber", obligations_at(told), asked()).status_code == 403
    assert post("prescriber", obligations_at(told), {}).status_code == 403
    assert post("ansm_assessor", f"{path}done/", {"done_on": str(today()), "proof": "x"}, **ANYHOW).status_code == 403
    assert post("prescriber", f"{path}cancel/", {"reason": "x"}, **ANYHOW).status_code == 403
    assert post("ansm_assessor", f"{path}reopen/", {"reason": "x"}, **ANYHOW).status_code == 409
    other = told_until("granted")
    assert get("prescriber", f"{obligations_at(other)}{one.pk}/").status_code == 404
    assert (
        post("ansm_assessor", f"{obligations_at(other)}{one.pk}/cancel/", {"reason": "x"}, **ANYHOW).status_code == 404
    )
    read_only = caller("ansm_assessor", scopes=["read", "write"])
    assert read_only.post(BASE + obligations_at(told), asked(), format="json").status_code == 403


def test_what_is_to_do_is_listed_for_its_reader_page_by_page():
    told = told_until("granted")
    for days in (10, 40, 60):
        owed(told, due_on=today() + days * ONE_DAY)
    owed(told, owed_by="agency", kind="undertaking", due_on=today() + 90 * ONE_DAY)
    path, seen = "obligations/?size=2", []
    while path:
        body = get("ansm_assessor", path).json()
        seen += [(row["days_left"], row["owed_by"]) for row in body["results"]]
        path = (body["next"] or "").partition(BASE)[2]
    assert seen == [(10, "holder"), (40, "holder"), (60, "holder"), (90, "agency")]
    assert [row["days_left"] for row in get("prescriber", "obligations/?when=soon").json()["results"]] == [10]
    assert get("prescriber", "obligations/?when=late").json()["results"] == []
    assert get("prescriber2", "obligations/").json()["results"] == []
    assert get("prescriber", "obligations/?when=never").status_code == 400
    assert get("prescriber", "obligations/?late=1").status_code == 400


def test_reading_obligations_and_comments_is_noted():
    told = told_until("granted")
    get("prescriber", obligations_at(told))
    get("prescriber", f"titles/{told.title.number}/comments/")
    read = AccessLog.objects.filter(dossier=told.dossier).values_list("what", flat=True)
    assert set(read) == {f"title {told.title.number}", f"comments {told.title.number}"}


# ------------------------------------------------------------------------------------------------- comments


def invitation(**changes: Any) -> dict[str, Any]:
    reply_by = (today() + 20 * ONE_DAY).isoformat()
    return {"intended": "suspend", "grounds": "Trois cas d'hépatite.", "reply_by": reply_by, **changes}


def comments_at(told: Story) -> str:
    return f"titles/{told.title.number}/comments/"


def test_the_holder_is_invited_and_comments_by_systems():
    told = told_until("granted")
    assert get("prescriber", comments_at(told)).json()["results"] == []
    key = {"HTTP_IDEMPOTENCY_KEY": "one"}
    made, again = (post("ansm_signatory", comments_at(told), invitation(), **key) for _again in range(2))
    assert (made.status_code, again.status_code, made.json()) == (201, 201, again.json())
    [seen] = get("pharmacist", comments_at(told)).json()["results"]
    assert (seen["state"], seen["invited_by"], seen["acts"]) == ("awaited", "", ["answer"])
    assert seen["intended_label"] == "suspend the authorisation"
    body = {"comments": "Le patient répond bien."}
    assert post("pharmacist", f"{comments_at(told)}answer/", body).status_code == 428
    said = [
        post("pharmacist", f"{comments_at(told)}answer/", body, HTTP_IF_MATCH=made["ETag"], **key) for _ in range(2)
    ]
    assert [one.status_code for one in said] == [200, 200]
    [seen] = get("ansm_signatory", comments_at(told)).json()["results"]
    assert (seen["state"], seen["comments"], seen["acts"]) == ("answered", body["comments"], ["give_up"])
    assert seen["invited_by"] != ""
    stale = post("ansm_signatory", f"{comments_at(told)}give_up/", {"reason": "x"}, HTTP_IF_MATCH=made["ETag"])
    assert stale.status_code == 412
    ended = [post("ansm_signatory", f"{comments_at(told)}give_up/", {"reason": "x"}, HTTP_IF_MATCH=said[0]["ETag"],
                  HTTP_IDEMPOTENCY_KEY="two") for _ in range(2)]  # fmt: skip
    assert [(one.status_code, one.json()["state"]) for one in ended] == [(200, "closed")] * 2
    assert Event.objects.filter(dossier=told.dossier, verb__contains="comments").count() == 3


def test_what_cannot_be_invited_or_said_is_refused():
    told = told_until("granted")
    number = told.title.number
    for body, field in (
        (invitation(intended="stop_treatment"), "intended"),
        (invitation(grounds=""), "grounds"),
        (invitation(reply_by=str(today())), "reply_by"),
        (invitation(reply_by="soon"), "reply_by"),
        (invitation(zzz=1), "zzz"),
    ):
        answer = post("ansm_signatory", comments_at(told), body)
        assert answer.status_code == 422
        assert [reason["field"] for reason in answer.json()["reasons"]] == [field]
    assert post("pharmacist", f"{comments_at(told)}answer/", {"comments": "x"}, **ANYHOW).status_code == 409
    assert post("ansm_signatory", f"{comments_at(told)}give_up/", {"reason": "x"}, **ANYHOW).status_code == 409
    assert post("prescriber", comments_at(told), invitation()).status_code == 403
    comment_services.invite(
        number=number, intended="suspend", grounds="x", reply_by=today() + 20 * ONE_DAY,
        actor=demo_actor("ansm_signatory"),
    )  # fmt: skip
    assert post("ansm_signatory", comments_at(told), invitation(intended="withdraw")).status_code == 409
    assert post("ansm_signatory", f"{comments_at(told)}answer/", {"comments": "x"}, **ANYHOW).status_code == 403
    assert post("prescriber2", f"{comments_at(told)}answer/", {"comments": "x"}, **ANYHOW).status_code == 404
