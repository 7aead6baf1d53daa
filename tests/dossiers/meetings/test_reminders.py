"""Whoever sends something before a meeting is reminded of it once for each milestone, while it is awaited."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dossiers.demo.advice_story import AdviceStory
from dossiers.models import Meeting
from dossiers.services.meeting_reminders import KIND
from dossiers.tasks import remind_of_meetings
from notifications.models import OutboxMessage
from notifications.rendering import render
from notifications.truth import still_true
from tests.dossiers.world import REASON
from workflows.dates import PARIS, civil_date
from workflows.meetings import briefing_due, slides_due

pytestmark = pytest.mark.django_db

APPLICANTS = {"applicant@demo.example", "contributor@demo.example"}
LEAD = {"ansm_assessor@demo.example"}


def meeting_on() -> dt.date:
    return civil_date(Meeting.objects.get().starts_at)


def at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(9), tzinfo=PARIS)


def run(day: dt.date) -> int:
    return remind_of_meetings(at=at(day).isoformat())


def told(day: dt.date) -> set[str]:
    """Who is told of something new by the run of that day."""
    before = set(OutboxMessage.objects.filter(kind=KIND).values_list("pk", flat=True))
    run(day)
    new = OutboxMessage.objects.filter(kind=KIND).exclude(pk__in=before)
    return set(new.values_list("recipient__email", flat=True))


def days(count: int) -> dt.timedelta:
    return dt.timedelta(days=count)


def test_each_milestone_once_then_late_once(planned: AdviceStory) -> None:
    due = briefing_due(meeting_on())
    assert told(due - days(8)) == set()
    assert told(due - days(7)) == APPLICANTS
    assert told(due - days(6)) == set()
    assert told(due - days(2)) == APPLICANTS
    assert told(due) == APPLICANTS
    assert told(due + days(1)) == APPLICANTS | LEAD
    assert told(due + days(2)) == set()


def test_a_run_that_comes_late_sends_the_present_milestone_alone(planned: AdviceStory) -> None:
    due = briefing_due(meeting_on())
    assert told(due - days(1)) == APPLICANTS
    assert OutboxMessage.objects.filter(kind=KIND).count() == len(APPLICANTS)
    assert run(due - days(1)) == 0


def test_slides_come_after_the_briefing(planned: AdviceStory, in_english: None) -> None:
    planned.send()
    due = slides_due(meeting_on())
    assert told(briefing_due(meeting_on())) == set()
    assert told(due) == APPLICANTS
    message = OutboxMessage.objects.filter(kind=KIND)[0]
    message.recipient.language = "en"
    subject, body = render(message, at(due))
    assert subject == f"{planned.reference} - Slides to send before the meeting"
    assert "Attach it to the file" in body
    assert planned.dossier.product_label not in body


def test_nothing_once_it_was_sent_or_the_day_has_passed(planned: AdviceStory) -> None:
    due = slides_due(meeting_on())
    planned.send().send("slides")
    assert run(due) == 0
    assert run(meeting_on() + days(1)) == 0


def test_nothing_of_a_request_that_was_withdrawn(planned: AdviceStory) -> None:
    planned.do("withdraw", "applicant", REASON)
    assert run(briefing_due(meeting_on())) == 0


def test_a_mail_that_waited_is_not_sent_for_nothing(planned: AdviceStory) -> None:
    due = briefing_due(meeting_on())
    run(due - days(7))
    mail = OutboxMessage.objects.filter(kind=KIND)[0]
    assert still_true(mail, at(due - days(6)))
    assert not still_true(mail, at(due - days(2)))
    planned.send()
    assert not still_true(mail, at(due - days(6)))


def test_a_meeting_that_moved_is_reminded_of_anew(planned: AdviceStory) -> None:
    assert told(briefing_due(meeting_on())) == APPLICANTS
    Meeting.objects.update(starts_at=Meeting.objects.get().starts_at + days(14))
    assert told(briefing_due(meeting_on())) == APPLICANTS


def test_the_milestones_are_a_setting(planned: AdviceStory, settings: Any) -> None:
    settings.MEETING_REMINDER_DAYS = [3]
    due = briefing_due(meeting_on())
    assert told(due - days(7)) == set()
    assert told(due - days(3)) == APPLICANTS


def test_somebody_else_is_never_told(planned: AdviceStory) -> None:
    due = briefing_due(meeting_on())
    run(due + days(1))
    found = set(OutboxMessage.objects.filter(kind=KIND).values_list("recipient__email", flat=True))
    assert found == APPLICANTS | LEAD
