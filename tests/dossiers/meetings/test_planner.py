"""ANSM chooses among the half-days proposed, beside the meetings that it has already."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from dossiers.demo.advice_story import AdviceStory
from dossiers.models import Meeting
from dossiers.queries.answers import current_answers
from tests.dossiers.advice_world import with_a_meeting
from tests.dossiers.screens import browser, cost, hidden, text_of
from workflows.dates import PARIS, say
from workflows.meetings import Slot, first_hour, slots_from

pytestmark = pytest.mark.django_db


def address(told: AdviceStory) -> str:
    return reverse("dossiers:meeting_plan", args=[told.reference])


def hours(page: Any) -> list[str]:
    options = BeautifulSoup(page.content, "html.parser").select("#starts_at option")
    return [str(one["value"]) for one in options if one["value"]]


def proposed(told: AdviceStory) -> list[Slot]:
    return sorted(slots_from(current_answers(told.dossier)["meeting"]["slots"]))


def test_the_button_of_the_act_leads_here(assigned: AdviceStory) -> None:
    page = browser("ansm_assessor").get(f"/dossiers/{assigned.reference}/")
    assert f'href="{address(assigned)}"' in page.content.decode()


def test_each_half_day_proposed_is_offered_hour_by_hour(assigned: AdviceStory) -> None:
    page = browser("ansm_assessor").get(address(assigned))
    slots = proposed(assigned)
    assert len(slots) >= 10
    assert len(hours(page)) == 3 * len(slots)
    first = first_hour(slots[0]).astimezone(PARIS)
    assert first.strftime("%Y-%m-%dT%H:%M") in hours(page)
    assert "0 other meetings planned that week" in text_of(page)


def test_choosing_one_plans_the_meeting(assigned: AdviceStory) -> None:
    client = browser("ansm_assessor")
    page = client.get(address(assigned))
    form = BeautifulSoup(page.content, "html.parser").select_one("form:has(#starts_at)")
    assert form is not None
    sent = {name: hidden(page, name) for name in ("version", "key")}
    chosen = hours(page)[4]
    assert (
        client.post(str(form["action"]), {**sent, "starts_at": chosen, "place": "Visioconférence"}).status_code == 302
    )
    meeting = Meeting.objects.get(dossier=assigned.dossier)
    assert meeting.starts_at.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M") == chosen
    assert meeting.place == "Visioconférence"
    assert "Not possible now" in text_of(client.get(address(assigned)))


def test_nothing_chosen_is_said_on_the_page_of_the_act(assigned: AdviceStory) -> None:
    client = browser("ansm_assessor")
    page = client.get(address(assigned))
    sent = {name: hidden(page, name) for name in ("version", "key")}
    answer = client.post(reverse("dossiers:act", args=[assigned.reference, "plan_meeting"]), {**sent, "place": "Salle"})
    assert answer.status_code == 422
    assert 'value="Salle"' in answer.content.decode()


def test_the_other_meetings_of_the_week_are_beside(assigned: AdviceStory, in_english: None) -> None:
    other = with_a_meeting(assigned.at, who="applicant2").assigned("scientific").plan()
    hour = first_hour(proposed(assigned)[2])
    Meeting.objects.update(starts_at=hour)
    page = browser("ansm_assessor").get(address(assigned))
    said = text_of(page)
    assert f"{say(hour.date())}, {hour:%H:%M}, {other.reference}, Olivier Orvault" in said
    assert "1 other meeting planned that week" in said
    taken = BeautifulSoup(page.content, "html.parser").select("#starts_at option")
    assert [one["value"] for one in taken if other.reference in one.get_text()] == [hour.strftime("%Y-%m-%dT%H:%M")]


def test_closed_weeks_and_days_gone_by_are_told(assigned: AdviceStory, settings: Any, time_machine: Any) -> None:
    slots = proposed(assigned)
    year, week, _day = slots[0].day.isocalendar()
    settings.WORKFLOW_LIMITS = {**settings.WORKFLOW_LIMITS, "MEETING_BLACKOUT": (f"{year}-W{week:02}",)}
    client = browser("ansm_assessor")
    assert "Closed week" in text_of(client.get(address(assigned)))
    time_machine.move_to(dt.datetime.combine(slots[2].day, dt.time(8), tzinfo=PARIS))
    client = browser("ansm_assessor")
    page = client.get(address(assigned))
    assert hours(page) == []
    assert "ask the applicant for others" in text_of(page)


def test_it_is_for_who_may_plan_the_meeting(assigned: AdviceStory) -> None:
    for login, status in (
        ("ansm_assessor", 200),
        ("ansm_assessor2", 200),
        ("ansm_signatory", 403),
        ("applicant", 403),
        ("auditor", 403),
        ("applicant2", 404),
        ("prescriber", 404),
    ):
        assert browser(login).get(address(assigned)).status_code == status, login
    assert browser("ansm_assessor").post(address(assigned)).status_code == 405


def test_it_costs_the_same_whatever_else_is_planned(assigned: AdviceStory) -> None:
    client = browser("ansm_assessor")
    before = cost(client, address(assigned))
    for _nth in range(2):
        with_a_meeting(assigned.at, who="applicant2").assigned("scientific").plan()
    assert cost(client, address(assigned)) == before
