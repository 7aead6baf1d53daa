"""Meetings of advice requests read by systems: what comes, what is planned, the half-days among which one is chosen."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from icalendar import Calendar

from dossiers.demo.advice_story import MINUTES, PARTICIPANTS, AdviceStory
from tests.api.callers import BASE, caller, codes
from tests.dossiers.advice_world import with_a_meeting
from tests.dossiers.world import REASON

pytestmark = pytest.mark.usefixtures("world")


def get(login: str, path: str) -> Any:
    return caller(login).get(BASE + path)


@pytest.fixture
def told() -> AdviceStory:
    return with_a_meeting(at=timezone.now() - dt.timedelta(days=6)).assigned("scientific")


def test_half_days_are_offered_to_who_plans_and_the_meeting_is_planned_on_one(told):
    here = f"dossiers/{told.reference}/"
    read = get("ansm_assessor", f"{here}meeting/")
    assert read.json()["meeting"] is None
    offered = [one for week in read.json()["weeks"] for one in week["half_days"]]
    possible = [one for one in offered if not one["problem"]]
    assert possible
    assert get("applicant", f"{here}meeting/").json()["weeks"] == []
    none = get("applicant", f"{here}meeting.ics")
    assert (none.status_code, codes(none)) == (409, ["no_meeting"])
    payload = {"starts_at": possible[-1]["starts_at"], "place": "À l'ANSM"}
    planned = caller("ansm_assessor").post(
        f"{BASE}{here}transitions/plan_meeting/", payload, format="json", HTTP_IF_MATCH=read["ETag"]
    )
    assert planned.status_code == 200, planned.content
    found = get("applicant", f"{here}meeting/").json()["meeting"]
    assert dt.datetime.fromisoformat(found["starts_at"]) == dt.datetime.fromisoformat(payload["starts_at"])
    assert (found["place"], found["cancelled"]) == ("À l'ANSM", False)
    file = get("applicant", f"{here}meeting.ics")
    assert file["Content-Type"].startswith("text/calendar")
    [event] = Calendar.from_ical(file.content.decode()).walk("VEVENT")
    assert event["LOCATION"] == "À l'ANSM"


def test_meetings_are_listed_for_their_readers(told):
    told.plan()
    month = f"{told.dossier.meeting.starts_at:%Y-%m}"
    for login, lead in (("ansm_assessor", True), ("applicant", False)):
        for path in ("meetings/", f"meetings/?month={month}"):
            [row] = get(login, path).json()["results"]
            assert row["dossier"] == told.reference
            assert [one["due_on"] is not None for one in row["expected"]] == [True, True]
            assert bool(row["lead"]) == lead
    for login in ("applicant2", "prescriber", "has_officer", "expert", "admin"):
        assert get(login, "meetings/").json()["results"] == [], login
        assert get(login, f"dossiers/{told.reference}/meeting/").status_code == 404
        assert get(login, f"dossiers/{told.reference}/meeting.ics").status_code == 404
    assert get("ansm_assessor", "meetings/?month=2020-01").json()["results"] == []


def test_each_side_reads_the_minutes_that_it_agrees_to(told):
    told.plan().send().hold()
    for login in ("applicant", "ansm_assessor"):
        found = get(login, f"dossiers/{told.reference}/meeting/").json()
        assert (found["orientation"]["desk"], found["meeting"]["participants"]) == ("scientific", PARTICIPANTS)
        assert [(one["number"], one["text"], one["side"]) for one in found["minutes"]] == [(1, MINUTES, "ansm")]
    told.agree()
    [current] = get("ansm_assessor", f"dossiers/{told.reference}/meeting/").json()["minutes"]
    assert "applicant" in [one["side"] for one in current["agreements"]]


@pytest.mark.parametrize("query", ["month=2026-13", "month=x", "month=0001-01", "mois=2026-01"])
def test_a_wrong_month_is_named(query):
    answer = get("ansm_assessor", f"meetings/?{query}")
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["reasons"]] == [query.partition("=")[0]]


def test_a_meeting_given_up_is_cancelled(told):
    told.plan().do("withdraw", "applicant", REASON)
    assert get("applicant", f"dossiers/{told.reference}/meeting/").json()["meeting"]["cancelled"]
    assert "CANCELLED" in get("applicant", f"dossiers/{told.reference}/meeting.ics").content.decode()
    assert get("applicant", "meetings/").json()["results"] == []
