"""Meetings before filing an early access, asked for and answered by systems: the same services as the screens."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar
from jsonschema import Draft202012Validator

from accounts.models import Person
from catalogue.models import Medicine
from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.filing_meeting_story import Meeting, written
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import FilingMeeting, MeetingStep
from dossiers.services.drafts import create_draft
from tests.access.world import undone
from tests.api.callers import BASE, caller, codes, token_of
from tests.api.generic_client import Caller, GenericClient
from tests.snapshot import load_world
from workflows.aap_guards import POST_MA
from workflows.dates import civil_date
from workflows.filing_meetings import STEPS

MEETINGS = f"{BASE}filing_meetings/"
ANYHOW = {"HTTP_IF_MATCH": "*"}


def today() -> dt.date:
    return civil_date(timezone.now())


def request(**changes: Any) -> dict[str, Any]:
    """A whole request, as JSON."""
    said = written(today())
    days = [day.isoformat() for day in said["days"]]
    return {**said, "files_on": said["files_on"].isoformat(), "days": days, **changes}


# ------------------------------------------------------------------------- a story, by who has read the description

CAST = ("contributor", "applicant", "has_officer", "ansm_assessor", "applicant2")


@pytest.fixture
def client(transactional_db: None, live_server: Any) -> Iterator[GenericClient]:
    load_world()
    made = GenericClient(f"{live_server.url}/api/v1/", [token_of(login) for login in CAST], random.Random(0))  # noqa: S311
    yield made
    made.close()


def take(who: Caller, path: str, name: str, **given: Any) -> Any:
    """With the examples of the description, but for what is given."""
    answer = who.call("GET", path)
    asked = next(one for one in answer.json()["transitions"] if one["name"] == name)["payload_schema"]
    body = {field: asked["properties"][field]["examples"][0] for field in asked.get("required", [])} | given
    Draft202012Validator(asked).validate(body)
    done = who.call("POST", f"{path}transitions/{name}/", json=body, headers={"If-Match": answer.headers["ETag"]})
    return done.json()


@pytest.mark.timeout(300)
def test_a_meeting_is_prepared_sent_planned_and_linked(client: GenericClient) -> None:
    writer, signs, has, ansm, other = client.callers
    key = {"Idempotency-Key": str(uuid.uuid4())}
    made = [writer.call("POST", "filing_meetings/", json=request(days=[]), headers=key) for _again in range(2)]
    assert made[0].json() == made[1].json()
    path = made[0].headers["Location"].removeprefix(BASE)
    for stranger in (has, ansm, other):
        assert stranger.http.get(path).status_code == 404
    assert "ask" not in [one["name"] for one in writer.get(path)["transitions"]]
    days = {"days": request()["days"], "medicine": None}
    writer.call("PATCH", path, json=days, headers={"If-Match": made[0].headers["ETag"]})
    assert take(signs, path, "ask")["state"] == "asked"
    assert has.get("filing_meetings/?when=living")["results"][0]["your_turn"] is True

    assert take(has, path, "offer")["days_by"] == "has"
    assert take(signs, path, "propose")["state"] == "asked"
    assert take(has, path, "offer", words="Aucune salle.")["history"][-1]["words"] == "Aucune salle."
    assert take(signs, path, "choose")["state"] == "planned"
    told = take(has, path, "arrange", starts_at="14:30")
    assert (told["starts_at"], told["your_turn"]) == ("14:30", False)
    event = Calendar.from_ical(writer.call("GET", f"{path}meeting.ics").content).walk("VEVENT")[0]
    assert event["dtstart"].dt.date().isoformat() == told["meets_on"]
    assert "CLAIROVAX" not in writer.call("GET", f"{path}meeting.ics").text
    assert ansm.get(path)["questions"] == request()["questions"]
    assert other.http.get(path).status_code == 404

    begun = signs.call("POST", "dossiers/", json={"procedure": "aap", "kind": "first", "answers": {}})
    draft = begun.json()["reference"]
    assert take(signs, path, "link", dossier=draft)["dossier"] == draft
    # A draft is its owner's alone: the others do not learn that there is one.
    assert has.get(path)["dossier"] is None
    assert draft not in has.call("GET", path).text
    assert "Early access request linked" not in [one["label"] for one in has.get(path)["history"]]
    assert "Early access request linked" in [one["label"] for one in writer.get(path)["history"]]


# ------------------------------------------------------------------------------------------------ in one world

in_one_world = pytest.mark.usefixtures("world")


def told(company: str = "applicant", **given: Any) -> Meeting:
    return Meeting(at=timezone.now() - 5 * ONE_DAY, given=given, company=company)


def create(login: str, body: Any, **headers: Any) -> Any:
    return caller(login).post(MEETINGS, body, format="json", **headers)


def write(login: str, meeting: Meeting, body: Any, **headers: Any) -> Any:
    return caller(login).patch(f"{MEETINGS}{meeting.reference}/", body, format="json", **headers)


def step(login: str, meeting: Meeting, name: str, body: Any = None, **headers: Any) -> Any:
    path = f"{MEETINGS}{meeting.reference}/transitions/{name}/"
    return caller(login).post(path, body if body is not None else {}, format="json", **headers)


def read(login: str, meeting: Meeting) -> Any:
    return caller(login).get(f"{MEETINGS}{meeting.reference}/")


def a_draft_request(login: str = "applicant") -> str:
    return create_draft(procedure="aap", kind="first", actor=demo_actor(login), answers={}).reference


@in_one_world
def test_a_draft_is_kept_as_it_is_given_and_emptied_by_null() -> None:
    medicine = Medicine.objects.order_by("pk")[0]
    dossier = a_draft_request()
    made = create("applicant", {**request(product=None), "medicine": medicine.pk, "dossier": dossier})
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["medicine"], body["product"], body["product_label"]) == (medicine.pk, "", str(medicine))
    assert (body["dossier"], body["state"], body["editable"], body["calendar"]) == (dossier, "draft", True, None)
    meeting = Meeting(at=timezone.now(), reference=body["reference"])
    emptied = dict.fromkeys(("medicine", "indication", "pathway", "files_on", "days", "language", "mode"))
    kept = write("contributor", meeting, {**emptied, "product": "DMT-402"}, HTTP_IF_MATCH=made["ETag"])
    assert kept.status_code == 200
    body = kept.json()
    assert [body[name] for name in emptied] == [None, "", "", None, [], "", ""]
    assert (body["product"], body["questions"]) == ("DMT-402", request()["questions"])
    assert kept["ETag"] == f'"{meeting.row.version}"'


@in_one_world
@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"medicine": 2**40}, ["medicine"]),
        ({"medicine": 10**30}, ["medicine"]),
        ({"medicine": -1}, ["medicine"]),
        ({"medicine": "one"}, ["medicine"]),
        ({"product": "x" * 301}, ["product"]),
        ({"questions": 5}, ["questions"]),
        ({"questions": "NIR 1 85 05 78 006 084 91"}, ["questions"]),
        ({"attendees": "x" * 4_001}, ["attendees"]),
        ({"pathway": "sideways"}, ["pathway"]),
        ({"files_on": "soon"}, ["files_on"]),
        ({"days": ["soon"]}, ["days"]),
        ({"days": ["2026-02-30"]}, ["days"]),
        ({"days": ["0001-01-01"]}, ["days"]),
        ({"days": [5]}, ["days"]),
        ({"days": {"a": "b"}}, ["days"]),
        ({"dossier": "AAP-D-2020-1"}, ["dossier"]),
        ({"dossier": 5}, ["dossier"]),
        ({"zzz": 1}, ["zzz"]),
        ({"pathway": "sideways", "days": ["soon"], "medicine": -1}, ["days", "medicine", "pathway"]),
    ],
)
def test_what_cannot_be_written_is_named_at_once(body: dict[str, Any], fields: list[str]) -> None:
    refused = create("applicant", body)
    assert refused.status_code == 422
    assert sorted(reason["field"] for reason in refused.json()["reasons"]) == fields
    assert not FilingMeeting.objects.exists()


@in_one_world
def test_the_same_key_begins_once_and_another_request_under_it_is_refused() -> None:
    key = {"HTTP_IDEMPOTENCY_KEY": "one"}
    first, again = (create("applicant", request(), **key) for _time in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = create("applicant", request(product="X"), **key)
    assert (other.status_code, codes(other)) == (409, ["idempotency_key_reused"])
    # The keys of two people are theirs.
    assert create("contributor", request(), **key).json()["reference"] != first.json()["reference"]
    assert create("applicant", request(), HTTP_IDEMPOTENCY_KEY="é").status_code == 400
    assert FilingMeeting.objects.count() == 2


@in_one_world
@pytest.mark.parametrize(
    ("login", "status"),
    [
        ("prescriber", 403),
        ("pharmacovigilance", 403),
        ("device_applicant", 201),
        ("has_officer", 403),
        ("auditor", 403),
        ("admin", 403),
    ],
)
def test_only_a_company_asks_however_it_is_written(login: str, status: int) -> None:
    assert create(login, request()).status_code == status
    assert create(login, {"days": "soon"}).status_code == (422 if status == 201 else status)


@in_one_world
def test_a_body_that_is_no_object_is_malformed() -> None:
    meeting = told().draft()
    for answer in (create("applicant", ["x"]), write("applicant", meeting, ["x"], **ANYHOW)):
        assert (answer.status_code, codes(answer)) == (400, ["not_an_object"])
    assert step("applicant", meeting, "withdraw", ["x"], **ANYHOW).status_code == 400


@in_one_world
def test_writing_and_steps_say_which_version_they_rest_on() -> None:
    meeting = told().draft()
    before = read("applicant", meeting)["ETag"]
    assert write("applicant", meeting, {"product": "X"}).status_code == 428
    assert write("applicant", meeting, {"product": "X"}, HTTP_IF_MATCH=before).status_code == 200
    for stale in (
        write("applicant", meeting, {"product": "Y"}, HTTP_IF_MATCH=before),
        step("applicant", meeting, "ask", HTTP_IF_MATCH=before),
    ):
        assert (stale.status_code, codes(stale)) == (412, ["stale"])
        assert stale["ETag"] == read("applicant", meeting)["ETag"]
    assert meeting.row.product == "X"
    assert step("applicant", meeting, "ask").status_code == 428


@in_one_world
def test_everything_that_lacks_is_told_when_it_is_sent() -> None:
    meeting = Meeting(at=timezone.now(), reference=create("applicant", {}).json()["reference"])
    refused = step("applicant", meeting, "ask", **ANYHOW)
    assert refused.status_code == 422
    named = [reason["field"] for reason in refused.json()["reasons"]]
    assert named == ["product", "indication", "pathway", "files_on", "questions", "language", "mode", "days"]
    assert step("applicant", meeting, "ask", request(), **ANYHOW).json()["state"] == "asked"
    late = write("applicant", meeting, {"product": "X"}, **ANYHOW)
    assert (late.status_code, codes(late)) == (409, ["state"])


@in_one_world
@pytest.mark.parametrize(
    ("name", "body", "found"),
    [
        ("plan", {}, {"day", "starts_at", "place"}),
        ("plan", {"day": "2030-01-01", "starts_at": "25:00", "place": "x"}, {"starts_at"}),
        ("plan", {"day": "2030-01-01", "starts_at": "11:00", "place": "x"}, {"day"}),
        ("plan", {"day": "x", "starts_at": 11, "place": "x" * 501, "zzz": 1}, {"day", "starts_at", "place", "zzz"}),
        ("offer", {}, {"days"}),
        ("offer", {"days": ["2020-01-01"]}, {"days"}),
        ("offer", {"days": ["2030-13-01"], "words": "x" * 1_001}, {"days", "words"}),
        ("decline", {"reason": " "}, {"reason"}),
        ("decline", {"reason": "NIR 1 85 05 78 006 084 91"}, {"reason"}),
    ],
)
def test_a_step_that_cannot_be_taken_so_gives_every_reason(name: str, body: Any, found: set[str]) -> None:
    meeting = told().asked()
    refused = step("has_officer", meeting, name, body, **ANYHOW)
    assert refused.status_code == 422
    assert {reason["field"] for reason in refused.json()["reasons"]} == found
    assert meeting.row.state == "asked"


@in_one_world
def test_who_may_not_take_a_step_is_told_so_however_it_is_written() -> None:
    meeting = told().asked()
    for login, status in (
        ("applicant", 403), ("ansm_assessor", 403), ("has_college", 403), ("auditor", 403), ("applicant2", 404),
        ("prescriber", 404), ("admin", 404),
    ):  # fmt: skip
        for body in ({"reason": "x"}, {"zzz": 1}):
            assert step(login, meeting, "decline", body, **ANYHOW).status_code == status
    assert step("contributor", meeting, "withdraw", **ANYHOW).status_code == 403
    closed = step("applicant", meeting, "choose", {"zzz": 1}, **ANYHOW)
    assert (closed.status_code, codes(closed)) == (409, ["state"])
    for unknown in ("nonsense", "write"):
        assert step("applicant", meeting, unknown, **ANYHOW).status_code == 404
    signs = caller("applicant", scopes=["read", "write"])
    path = f"{MEETINGS}{meeting.reference}/transitions/withdraw/"
    assert signs.post(path, {}, format="json", **ANYHOW).status_code == 403
    assert meeting.row.state == "asked"


@in_one_world
def test_what_each_side_may_do_is_described_so_that_it_can_be_done() -> None:
    """From every state, every step offered, with the first examples of its schema."""
    done: set[str] = set()
    stories = {
        "draft": told().draft, "asked": told().asked, "offered": told().offered, "planned": told().planned,
        "held": Meeting(at=timezone.now() - 30 * ONE_DAY).held,
    }  # fmt: skip
    for state, tell in stories.items():
        meeting = tell()
        if state == "planned":
            FilingMeeting.objects.filter(pk=meeting.row.pk).update(meets_on=today())
        for login in ("applicant", "has_officer"):
            answer = read(login, meeting)
            if answer.status_code == 404:
                continue
            assert answer.json()["state"] == state
            for offered in answer.json()["transitions"]:
                schema = offered["payload_schema"]
                Draft202012Validator.check_schema(schema)
                example = {name: one["examples"][0] for name, one in schema["properties"].items()}
                Draft202012Validator(schema).validate(example)
                taken = step_and_back(login, meeting, offered["name"], example)
                assert taken.status_code == 200, (state, offered["name"], taken.content)
                done.add(offered["name"])
    assert done == STEPS.keys() - {"write"}


def step_and_back(login: str, meeting: Meeting, name: str, body: Any) -> Any:
    with undone():
        return step(login, meeting, name, body, **ANYHOW)


@in_one_world
def test_a_meeting_is_held_and_its_minutes_are_corrected() -> None:
    meeting = told().planned()
    FilingMeeting.objects.filter(reference=meeting.reference).update(meets_on=today())
    held = step("has_officer", meeting, "hold", {"held_on": str(today()), "minutes": "Oui."}, **ANYHOW)
    assert (held.json()["state"], held.json()["held_on"]) == ("held", str(today()))
    corrected = step("has_officer", meeting, "correct", {"minutes": "Non."}, HTTP_IF_MATCH=held["ETag"])
    assert corrected.json()["minutes"] == "Non."
    assert [one["words"] for one in corrected.json()["history"]][-2:] == ["Oui.", ""]
    assert step("has_officer", meeting, "correct", {"minutes": "x"}, HTTP_IF_MATCH=held["ETag"]).status_code == 412
    assert MeetingStep.objects.filter(meeting=meeting.row, verb="correct").count() == 1


@in_one_world
def test_a_request_is_linked_to_its_own_companys_dossier_only() -> None:
    meeting, mine, theirs = told().draft(), a_draft_request(), a_draft_request("applicant2")
    refused = step("applicant", meeting, "link", {"dossier": theirs}, **ANYHOW)
    assert (refused.status_code, codes(refused)) == (422, ["choice"])
    offered = read("applicant", meeting).json()["transitions"]
    asked = next(one for one in offered if one["name"] == "link")["payload_schema"]["properties"]["dossier"]
    assert asked["enum"] == ["", mine]
    assert step("applicant", meeting, "link", {"dossier": mine}, **ANYHOW).json()["dossier"] == mine
    assert step("contributor", meeting, "link", {"dossier": ""}, **ANYHOW).json()["dossier"] is None
    assert create("applicant", {"dossier": theirs}).status_code == 422


@in_one_world
def test_agencies_see_the_request_once_it_is_filed() -> None:
    story = EarlyAccess(at=timezone.now() - 4 * ONE_DAY).draft()
    meeting = Meeting(at=timezone.now() - 5 * ONE_DAY, dossier=story.reference, given={"pathway": POST_MA}).asked()
    assert read("applicant", meeting).json()["dossier"] == story.reference
    assert read("has_officer", meeting).json()["dossier"] is None
    assert read("ansm_assessor", meeting).status_code == 404


# ------------------------------------------------------------------------------------------------------ reading


@in_one_world
def test_each_lists_the_meetings_that_are_theirs_page_by_page() -> None:
    drafts = [told().draft(), told().asked(), told(pathway=POST_MA).asked(), told().asked().do("withdraw", "applicant")]
    others = told("applicant2").asked()
    counts = {who: len(caller(who).get(MEETINGS).json()["results"]) for who in (
        "applicant", "contributor", "applicant2", "has_officer", "ansm_assessor", "auditor", "prescriber", "admin",
    )}  # fmt: skip
    assert counts == {
        "applicant": 4, "contributor": 4, "applicant2": 1, "has_officer": 4, "ansm_assessor": 3, "auditor": 5,
        "prescriber": 0, "admin": 0,
    }  # fmt: skip
    client, path, seen = caller("applicant"), f"{MEETINGS}?when=living&size=2", []
    while path:
        body = client.get(path).json()
        seen += [one["reference"] for one in body["results"]]
        path = body["next"]
    assert sorted(seen) == sorted(one.reference for one in drafts[:3])
    assert others.reference not in seen
    over = client.get(f"{MEETINGS}?when=over").json()["results"]
    assert [(one["reference"], one["state"]) for one in over] == [(drafts[3].reference, "withdrawn")]
    for wrong in ("?when=never", "?state=draft", "?cursor=zzz", "?size=0"):
        assert client.get(f"{MEETINGS}{wrong}").status_code == 400


@in_one_world
def test_a_list_costs_the_same_however_long(django_assert_max_num_queries: Any) -> None:
    client = caller("has_officer")
    told().asked()
    with django_assert_max_num_queries(20) as first:
        client.get(MEETINGS)
    for _rank in range(4):
        told("applicant2").asked()
    with django_assert_max_num_queries(len(first.captured_queries)):
        assert len(client.get(MEETINGS).json()["results"]) == 5


@in_one_world
def test_the_calendar_file_is_that_of_the_page_and_waits_for_a_day() -> None:
    meeting = told().asked()
    path = f"{MEETINGS}{meeting.reference}/meeting.ics"
    early = caller("applicant").get(path)
    assert (early.status_code, codes(early)) == (409, ["no_day_yet"])
    assert caller("applicant2").get(path).status_code == 404
    meeting.do("plan", "has_officer", day=meeting.row.days[0], starts_at=dt.time(11), place="Salle 3")
    found = caller("applicant").get(path)
    assert read("applicant", meeting).json()["calendar"] == path
    browser = Client()
    browser.cookies["django_language"] = "en"
    browser.force_login(Person.objects.get(email="applicant@demo.example"))
    page = browser.get(f"/filing-meetings/{meeting.reference}/meeting.ics")
    assert (page.status_code, page.content) == (200, found.content)
    assert found["Content-Type"] == "text/calendar; charset=utf-8"
    assert found["Content-Disposition"] == f'attachment; filename="{meeting.reference}.ics"'
