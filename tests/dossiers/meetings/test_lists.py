"""What each meeting needs and when, for ANSM by month and for its applicant."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dossiers.demo.advice_story import AdviceStory
from dossiers.demo.story import demo_actor
from dossiers.models import Meeting
from dossiers.queries.meetings import next_of, of_the_month, to_follow
from tests.dossiers.advice_world import advice, with_a_meeting
from tests.dossiers.screens import browser, cost, text_of
from tests.dossiers.world import REASON
from workflows.dates import PARIS, civil_date, say
from workflows.meetings import briefing_due, slides_due

pytestmark = pytest.mark.django_db

PAGE = "/meetings/"


def month_of(told: AdviceStory) -> dt.date:
    return civil_date(Meeting.objects.get(dossier=told.dossier).starts_at).replace(day=1)


def shown(told: AdviceStory, login: str = "ansm_assessor") -> str:
    return text_of(browser(login).get(PAGE, {"month": f"{month_of(told):%Y-%m}"}))


def expected(told: AdviceStory, login: str = "ansm_assessor") -> list[tuple[str, bool, bool]]:
    (line,) = to_follow(demo_actor(login), told.at)
    return [(str(one.what), one.done_on is not None, one.late) for one in line.expected]


def test_what_is_due_before_the_meeting(planned: AdviceStory, in_english: None) -> None:
    on = civil_date(Meeting.objects.get().starts_at)
    for login in ("ansm_assessor", "ansm_triage", "applicant", "contributor"):
        said = shown(planned, login)
        assert planned.reference in said
        assert f"Briefing document: due by {say(briefing_due(on))}" in said
        assert f"Slides: due by {say(slides_due(on))}" in said


def test_what_came_and_what_is_late(planned: AdviceStory, time_machine: Any, in_english: None) -> None:
    assert expected(planned) == [("Briefing document", False, False), ("Slides", False, False)]
    planned.send()
    assert expected(planned) == [("Briefing document", True, False), ("Slides", False, False)]
    planned.at = Meeting.objects.get().starts_at
    assert expected(planned) == [("Briefing document", True, False), ("Slides", False, True)]
    time_machine.move_to(planned.at)
    assert "Something is late for 1 meeting." in shown(planned)


def test_whose_agreement_to_the_minutes_is_awaited(planned: AdviceStory, in_english: None) -> None:
    planned.send().hold(minutes="")
    assert expected(planned) == [("Minutes: first text", False, False)]
    planned.agree("ansm_assessor", "Un premier texte.")
    assert expected(planned) == [("Minutes: agreement of the applicant", False, False)]
    planned.agree("applicant", "Un autre texte.")
    assert expected(planned) == [("Minutes: agreement of ANSM", False, False)]
    planned.agree("ansm_assessor", "Un autre texte.")
    assert to_follow(demo_actor("ansm_assessor"), planned.at) == []
    (line,) = of_the_month(demo_actor("ansm_assessor"), month_of(planned), planned.at)
    assert not line.awaited


def test_a_meeting_that_went_by_is_to_be_recorded(planned: AdviceStory, time_machine: Any, in_english: None) -> None:
    planned.send().send("slides")
    planned.at = Meeting.objects.get().starts_at + dt.timedelta(days=1)
    assert expected(planned)[-1] == ("ANSM: record that it was held", False, False)
    time_machine.move_to(planned.at)
    said = shown(planned, "applicant")
    assert "Your next meeting" not in said
    assert planned.reference in said


def test_a_meeting_given_up_is_said_to_be_so(planned: AdviceStory) -> None:
    planned.do("withdraw", "applicant", REASON)
    assert to_follow(demo_actor("ansm_assessor"), planned.at) == []
    assert "Request withdrawn: the meeting is not held" in shown(planned)
    assert next_of(demo_actor("applicant"), planned.at) is None


def test_an_applicant_has_its_own_meetings_alone(planned: AdviceStory) -> None:
    other = with_a_meeting(planned.at, who="applicant2").assigned("scientific").plan()
    said = shown(planned, "applicant")
    assert planned.reference in said
    assert other.reference not in said
    assert other.reference in shown(planned, "ansm_assessor")
    assert "In charge" not in said


def test_the_next_meeting_is_on_the_home_page(planned: AdviceStory, time_machine: Any) -> None:
    home = browser("applicant").get("/")
    assert "Your next meeting with ANSM" in text_of(home)
    assert f"/dossiers/{planned.reference}/meeting.ics" in home.content.decode()
    time_machine.move_to(Meeting.objects.get().starts_at + dt.timedelta(days=1))
    assert "Your next meeting with ANSM" not in text_of(browser("applicant").get("/"))


def test_the_months_are_turned(planned: AdviceStory) -> None:
    client = browser("ansm_assessor")
    page = client.get(PAGE, {"month": f"{month_of(planned):%Y-%m}"})
    assert planned.reference in text_of(page)
    after = client.get(page.context["next_url"])
    assert "No meeting in this month." in text_of(after)
    assert client.get(after.context["previous_url"]).context["month"] == page.context["month"]


@pytest.mark.parametrize("typed", ["", "2026-13", "x", "9999-12", "0001-01", "2026-1", "\x00"])
def test_what_is_no_month_is_the_present_one(planned: AdviceStory, typed: str) -> None:
    page = browser("ansm_assessor").get(PAGE, {"month": typed})
    assert page.status_code == 200
    assert page.context["month"] == "May 2026"


def test_a_meeting_near_midnight_is_of_its_month_in_paris(planned: AdviceStory) -> None:
    Meeting.objects.update(starts_at=dt.datetime(2026, 6, 30, 22, 30, tzinfo=dt.UTC))
    actor = demo_actor("ansm_assessor")
    assert of_the_month(actor, dt.date(2026, 6, 1), planned.at) == []
    assert len(of_the_month(actor, dt.date(2026, 7, 1), planned.at)) == 1
    assert Meeting.objects.get().starts_at.astimezone(PARIS).date() == dt.date(2026, 7, 1)


def test_it_is_for_who_reads_such_requests(planned: AdviceStory) -> None:
    for login, status in (("auditor", 200), ("ansm_vigilance", 200), ("applicant2", 200), ("prescriber", 403)):
        assert browser(login).get(PAGE).status_code == status, login
    for login in ("has_officer", "pharmacist", "org_admin"):
        assert browser(login).get(PAGE).status_code == 403, login


def test_the_page_costs_the_same_whatever_the_number_of_meetings(planned: AdviceStory) -> None:
    address = f"{PAGE}?month={month_of(planned):%Y-%m}"
    told = with_a_meeting(planned.at, who="applicant2").met()
    planned.at = told.at
    client = browser("ansm_assessor")
    before = cost(client, address)
    for _nth in range(2):
        with_a_meeting(planned.at, who="applicant2").assigned("scientific").plan()
    with_a_meeting(planned.at, who="applicant2").met()
    advice(planned.at).assigned()
    assert cost(client, address) == before
