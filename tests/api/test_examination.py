"""Who examines a dossier, and what is prepared beside deciding, by systems as on screen."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import Membership
from dossiers.models import Event, Task
from tests.access.world import told_until
from tests.api.callers import BASE, caller, codes
from tests.api.test_following import ANYHOW, get, post, put

pytestmark = pytest.mark.usefixtures("world")


def officer(login: str) -> int:
    return Membership.objects.get(person__email=f"{login}@demo.example", role="ansm_assessor").pk


def test_a_dossier_is_given_to_another_officer():
    told = told_until("assessment")
    path = f"dossiers/{told.reference}/assignment/"
    before = get("ansm_triage", path)
    assert before.json()["officer"]["membership"] == officer("ansm_assessor")
    assert officer("ansm_assessor") in [one["membership"] for one in before.json()["candidates"]]
    body = {"membership": officer("ansm_assessor"), "reason": "Retour de congés."}
    key = {"HTTP_IDEMPOTENCY_KEY": "one"}
    assert put("ansm_triage", path, body).status_code == 428
    given = [put("ansm_triage", path, body, HTTP_IF_MATCH=before["ETag"], **key) for _again in range(2)]
    assert [one.status_code for one in given] == [200, 200]
    assert Event.objects.filter(dossier=told.dossier, verb="reassign").count() == 1
    assert put("ansm_triage", path, body, HTTP_IF_MATCH=before["ETag"]).status_code == 412
    assert get("auditor", path).json()["candidates"] == []
    for refused in ("prescriber", "pharmacist"):
        assert get(refused, path).status_code == 403
        assert put(refused, path, body, **ANYHOW).status_code == 403
    for membership in (999_999, 10**30, -1, "x", None):
        wrong = put("ansm_triage", path, {"membership": membership}, **ANYHOW)
        assert (wrong.status_code, wrong.json()["reasons"][0]["field"]) == (422, "membership")


def test_an_agent_steps_aside_once():
    told = told_until("assessment")
    path = f"dossiers/{told.reference}/recusals/"
    assert post("ansm_assessor", path, {}).status_code == 422
    key = {"HTTP_IDEMPOTENCY_KEY": "one"}
    said = [post("ansm_assessor", path, {"reason": "Lien familial."}, **key) for _again in range(2)]
    assert [(one.status_code, one.json()["reason"]) for one in said] == [(201, "Lien familial.")] * 2
    assert post("ansm_assessor", path, {"reason": "Lien familial."}).status_code == 403
    assert Event.objects.filter(dossier=told.dossier, verb="recuse").count() == 1
    assert [one["reason"] for one in get("auditor", path).json()["results"]] == ["Lien familial."]
    assert get("ansm_triage", f"dossiers/{told.reference}/assignment/").json()["officer"] is None
    assert get("prescriber", path).status_code == 403
    assert post("prescriber", path, {"reason": "x"}).status_code == 403
    assert "Lien familial" not in get("prescriber", f"dossiers/{told.reference}/events/").content.decode()


def test_the_applicant_is_reminded_once_a_day():
    told = told_until("info_requested")
    path = f"dossiers/{told.reference}/reminders/"
    first = post("ansm_assessor", path)
    assert (first.status_code, first.json()["request"]) == (201, 1)
    assert codes(post("ansm_assessor", path)) == ["reminded"]
    assert post("prescriber", path).status_code == 403
    assert post("ansm_assessor", f"dossiers/{told_until('assessment').reference}/reminders/").status_code == 422


def test_tasks_are_listed_and_done():
    told = told_until("granted")
    task = Task.objects.create(
        dossier=told.dossier, kind="check_the_stock", role="ansm_assessor", created_at=timezone.now()
    )
    path = f"dossiers/{told.reference}/tasks/"
    assert task.pk in [one["id"] for one in get("ansm_assessor", path).json()["results"]]
    assert get("prescriber", path).status_code == 403
    assert post("prescriber", f"{path}{task.pk}/done/").status_code == 403
    assert post("ansm_assessor", f"{path}999999/done/").status_code == 404
    for _again in range(2):
        done = post("ansm_assessor", f"{path}{task.pk}/done/")
        assert (done.status_code, done.json()["done"]) == (200, True)
    assert task.pk not in [one["id"] for one in get("ansm_assessor", path).json()["results"]]
    assert Event.objects.filter(dossier=told.dossier, verb="task_done").count() == 1


def test_a_request_that_chooses_its_entry_has_none_to_link():
    told = told_until("assessment")
    path = f"dossiers/{told.reference}/product/"
    entry = told.dossier.indication_id
    assert put("ansm_assessor", path, {"indication": entry}).status_code == 428
    assert codes(put("ansm_assessor", path, {"indication": entry}, **ANYHOW)) == ["already_chosen"]
    assert codes(put("ansm_assessor", path, {"indication": 10**30}, **ANYHOW)) == ["no_entry"]
    assert put("prescriber", path, {"indication": entry}, **ANYHOW).status_code == 403


# ------------------------------------------------------------------------------------------ while one writes


def test_a_reply_is_kept_until_it_is_sent():
    told = told_until("info_requested")
    path = f"dossiers/{told.reference}/reply/"
    empty = get("prescriber", path).json()
    assert (empty["request"], list(empty["questions"]), empty["answers"]) == (1, ["1"], {})
    kept = put("prescriber", path, {"answers": {"1": "85 mL/min."}})
    assert (kept.status_code, kept.json()["answers"]) == (200, {"1": "85 mL/min."})
    assert get("pharmacist", path).json()["answers"] == {"1": "85 mL/min."}
    assert get("ansm_assessor", path).status_code == 403
    assert put("ansm_assessor", path, {"answers": {"1": "x"}}).status_code == 403
    for answers, field in (({"9": "x"}, "answers.9"), ({"1": "1 84 12 76 451 089 46"}, "answers"), (["x"], "answers")):
        wrong = put("prescriber", path, {"answers": answers})
        assert (wrong.status_code, wrong.json()["reasons"][0]["field"]) == (422, field)
    draft = told_until("draft")
    assert get("prescriber", f"dossiers/{draft.reference}/reply/").json()["request"] is None
    assert codes(put("prescriber", f"dossiers/{draft.reference}/reply/", {"answers": {"1": "x"}})) == [
        "no_open_request"
    ]


def test_a_document_is_taken_off_a_draft_and_never_off_what_was_sent():
    draft = told_until("draft", document=True)
    document = draft.dossier.attachments.get()
    path = f"{BASE}documents/{document.pk}/"
    assert caller("prescriber2").delete(path).status_code == 404
    assert caller("pharmacist").delete(path).status_code == 403
    assert caller("prescriber").delete(path, HTTP_IF_MATCH='"999"').status_code == 412
    for _again in range(2):
        removed = caller("prescriber").delete(path)
        assert (removed.status_code, removed.json()["content"]) == (200, None)
    assert get("prescriber", f"dossiers/{draft.reference}/documents/").json()["results"] == []
    asked = told_until("info_requested", document=True)
    sent = caller("prescriber").delete(f"{BASE}documents/{asked.dossier.attachments.get().pk}/")
    assert (sent.status_code, codes(sent)) == (403, ["sent"])
