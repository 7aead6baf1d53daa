"""Experts asked and answering by systems; the same services as the screens, each agency its own missions."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Membership, Person
from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import Story, demo_actor
from dossiers.models import AccessLog, Event, ExpertMission
from dossiers.services.staffing import recuse
from tests.access.world import told_until
from tests.api.callers import BASE, caller, codes
from workflows.dates import civil_date

pytestmark = pytest.mark.usefixtures("world")

ANYHOW = {"HTTP_IF_MATCH": "*"}
QUESTION = "La dose est-elle tenable ?"
NONE = {"conflict": False, "declaration": "Aucun lien."}
WRONG = {"expert": 999_999, "question": "Q", "until": "2001-01-01"}
SECRET = {"opinion": "Favorable, zqopinexpe."}


def post(login: str, path: str, body: Any = None, **headers: Any) -> Any:
    return caller(login).post(BASE + path, body or {}, format="json", **headers)


def get(login: str, path: str) -> Any:
    return caller(login).get(BASE + path)


def question(**changes: Any) -> dict[str, Any]:
    until = (civil_date(timezone.now()) + dt.timedelta(days=20)).isoformat()
    return {"expert": demo_actor("expert").membership_id, "question": QUESTION, "until": until, **changes}


@pytest.fixture
def told() -> Story:
    return told_until("assessment")


def asked(told: Any, login: str = "ansm_assessor", **changes: Any) -> dict[str, Any]:
    made = post(login, f"dossiers/{told.reference}/experts/", question(**changes))
    assert made.status_code == 201, made.content
    body: dict[str, Any] = made.json()
    return body


def test_an_expert_is_asked_declares_and_gives_an_opinion_that_the_agency_alone_reads(told):
    here = f"dossiers/{told.reference}/"
    offered = get("ansm_assessor", f"{here}experts/").json()
    assert demo_actor("expert").membership_id in [one["membership"] for one in offered["candidates"]]
    made = asked(told)
    assert (made["state"], made["acts"], made["conflict"]) == ("asked", ["end"], None)

    mine = get("expert", "missions/").json()["results"]
    assert [(one["id"], one["question"], one["acts"]) for one in mine] == [(made["id"], QUESTION, ["declare"])]
    assert get("expert", here).status_code == 404
    path = f"missions/{made['id']}/"
    assert codes(post("expert", f"{path}opinion/", SECRET)) == ["undeclared"]
    declared = post("expert", f"{path}declaration/", NONE)
    assert (declared.json()["state"], declared.json()["acts"]) == ("declared", ["give_opinion"])
    assert get("expert", here).status_code == 200
    assert get("expert", f"{here}experts/").status_code == 403

    given = post("expert", f"{path}opinion/", SECRET)
    assert (given.status_code, given.json()["state"], given.json()["acts"]) == (200, "given", [])
    assert "opinion" not in given.json()
    assert get("expert", path).status_code == 404
    assert get("expert", here).status_code == 404
    [read] = get("ansm_signatory", f"{here}experts/").json()["results"]
    assert (read["opinion"], read["declaration"], read["acts"]) == (SECRET["opinion"], "Aucun lien.", [])
    for login in ("prescriber", "pharmacist"):
        assert get(login, f"{here}experts/").status_code == 403
        pages = b"".join(get(login, f"{here}{part}").content for part in ("", "events/"))
        assert b"zqopinexpe" not in pages
    assert AccessLog.objects.filter(dossier=told.dossier, what="experts").exists()


def test_a_conflict_ends_the_mission(told):
    made = asked(told)
    body = {"conflict": True, "declaration": "Consultant du laboratoire."}
    ended = post("expert", f"missions/{made['id']}/declaration/", body)
    assert (ended.json()["state"], ended.json()["acts"]) == ("conflict", [])
    assert get("expert", f"missions/{made['id']}/").status_code == 404
    assert get("expert", "missions/").json()["results"] == []


def test_the_same_key_acts_once_even_once_the_mission_is_over(told):
    here, key = f"dossiers/{told.reference}/experts/", {"HTTP_IDEMPOTENCY_KEY": "one"}
    first, again = (post("ansm_assessor", here, question(), **key) for _time in range(2))
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    other = post("ansm_assessor", here, question(question="Une autre ?"), **key)
    assert (other.status_code, codes(other)) == (409, ["idempotency_key_reused"])
    path = f"missions/{first.json()['id']}/"
    said = [post("expert", f"{path}declaration/", NONE, **key) for _time in range(2)]
    assert [one.status_code for one in said] == [200, 200]
    key = {"HTTP_IDEMPOTENCY_KEY": "two"}
    given = [post("expert", f"{path}opinion/", SECRET, **key) for _time in range(2)]
    assert [(one.status_code, one.json()["state"]) for one in given] == [(200, "given")] * 2
    assert post("expert", f"{path}opinion/", SECRET).status_code == 404
    assert post("expert", f"{path}opinion/", {"opinion": "Autre."}, **key).status_code == 409
    assert post("prescriber", f"{path}opinion/", SECRET, **key).status_code == 404
    assert Event.objects.filter(dossier=told.dossier, verb__startswith="expert_").count() == 3


def test_an_agency_ends_its_own_missions_and_finds_no_others():
    early = EarlyAccess(at=timezone.now() - dt.timedelta(days=10)).draft().file().acknowledge()
    here = f"dossiers/{early.reference}/experts/"
    made = asked(early)
    assert get("has_officer", here).json()["results"] == []
    refused = post("has_officer", f"{here}{made['id']}/end/", **ANYHOW)
    assert (refused.status_code, codes(refused)) == (404, ["not_found"])
    assert ExpertMission.objects.get().ended_at is None
    path = f"{here}{made['id']}/end/"
    assert post("auditor", path, **ANYHOW).status_code == 403
    assert post("applicant", path, **ANYHOW).status_code == 403
    assert post("applicant2", path, **ANYHOW).status_code == 404
    assert codes(post("ansm_assessor", path)) == ["if_match_required"]
    before = get("ansm_assessor", here)["ETag"]
    asked(early, "has_officer", expert=_another_expert())
    stale = post("ansm_assessor", path, HTTP_IF_MATCH=before)
    assert (stale.status_code, codes(stale)[0]) == (412, "stale")
    key = {"HTTP_IF_MATCH": stale["ETag"], "HTTP_IDEMPOTENCY_KEY": "end"}
    ended = [post("ansm_assessor", path, **key) for _time in range(2)]
    assert [(one.status_code, one.json()["state"]) for one in ended] == [(200, "ended")] * 2
    assert codes(post("ansm_assessor", path, **ANYHOW)) == ["over"]
    assert get("expert", f"missions/{made['id']}/").status_code == 404


def _another_expert() -> int:
    """The unique open mission of an expert on a file is no matter here: HAS asks somebody else."""
    one = Membership.objects.get(pk=demo_actor("expert").membership_id)
    person = Person.objects.create_user("expert2@demo.example", first_name="Autre", last_name="Expert")
    made = Membership.objects.create(
        person=person, organisation=one.organisation, role=one.role, starts_on=one.starts_on
    )
    return int(made.pk)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["expert", "question", "until"]),
        ({"expert": 1, "question": " ", "until": "2001-01-01"}, ["question"]),
        (WRONG, ["expert", "until"]),
        ({**WRONG, "until": "demain"}, ["until"]),
        ({**WRONG, "until": "2035-01-01", "question": "x" * 20_001}, ["question"]),
        ({**WRONG, "until": "2035-01-01", "zzz": 1}, ["zzz"]),
    ],
)
def test_what_is_asked_wrongly_is_refused_with_every_field(told, body, fields):
    answer = post("ansm_assessor", f"dossiers/{told.reference}/experts/", body)
    assert answer.status_code == 422
    assert [reason["field"] for reason in answer.json()["reasons"]] == fields
    assert not ExpertMission.objects.exists()


def test_who_may_not_ask_is_told_so_and_strangers_find_nothing(told):
    here = f"dossiers/{told.reference}/experts/"
    for login, status in (("prescriber", 403), ("ansm_vigilance", 403), ("auditor", 403), ("prescriber2", 404)):
        assert post(login, here, question()).status_code == status, login
        assert post(login, here, {}).status_code == status, login
    recuse(reference=told.reference, actor=demo_actor("ansm_assessor"), reason="Lien familial.")
    assert codes(post("ansm_assessor", here, question())) == ["recused"]
    read_only = caller("ansm_assessor", scopes=["read", "write"])
    assert read_only.post(BASE + here, question(), format="json").status_code == 403
    assert post("ansm_assessor", here, [1]).status_code == 400


def test_nobody_answers_in_another_s_place(told):
    made = asked(told)
    for login in ("ansm_assessor", "prescriber", "auditor", "admin"):
        assert get(login, f"missions/{made['id']}/").status_code == 404
        assert post(login, f"missions/{made['id']}/declaration/", NONE).status_code == 404
        assert get(login, "missions/").json()["results"] == []
    wrong = post("expert", f"missions/{made['id']}/declaration/", {"conflict": "peut-être"})
    assert [reason["field"] for reason in wrong.json()["reasons"]] == ["conflict", "declaration"]
    assert post("expert", "missions/999999/declaration/", {}).status_code == 404
