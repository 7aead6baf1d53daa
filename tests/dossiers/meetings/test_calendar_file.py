"""The meeting in everyone's calendar: one UID for ever, moved or taken out by the same file."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from icalendar import Calendar, Event

from dossiers.demo.advice_story import AdviceStory
from dossiers.demo.story import demo_actor
from dossiers.models import AccessLog, Meeting
from dossiers.models import Event as LoggedEvent
from dossiers.queries.deadlines import deadlines
from dossiers.queries.meetings import planned_of
from notifications.models import OutboxMessage
from notifications.rendering import render
from tests.dossiers.screens import browser
from tests.dossiers.world import REASON
from workflows.dates import civil_date, say
from workflows.meetings import LENGTH, briefing_due, slides_due

pytestmark = pytest.mark.django_db


def answer(told: AdviceStory, login: str, language: str = "en") -> Any:
    return browser(login, language).get(f"/dossiers/{told.reference}/meeting.ics")


def read(told: AdviceStory, login: str = "applicant", language: str = "en") -> tuple[Calendar, Event]:
    calendar = Calendar.from_ical(answer(told, login, language).content)
    (event,) = calendar.walk("VEVENT")
    return calendar, event


def test_both_sides_take_the_same_hour(planned: AdviceStory, in_english: None) -> None:
    starts_at = Meeting.objects.get().starts_at
    for login in ("applicant", "contributor", "ansm_assessor"):
        calendar, event = read(planned, login)
        assert str(calendar["method"]) == "PUBLISH"
        assert event.decoded("dtstart") == starts_at
        assert event.decoded("dtend") == starts_at + LENGTH
        assert event.decoded("dtstart").tzinfo is not None
        assert str(event["location"]) == "Salle Laennec"
        assert str(event["status"]) == "CONFIRMED"
        assert int(event["sequence"]) == 0
        on = civil_date(starts_at)
        assert (
            str(event["description"])
            == f"Briefing document due by {say(briefing_due(on))}, slides by {say(slides_due(on))}."
        )
        assert str(event["url"]).endswith(f"/dossiers/{planned.reference}/")


def test_neither_the_product_nor_a_name_nor_an_alarm_is_in_it(planned: AdviceStory) -> None:
    body = answer(planned, "ansm_assessor").content.decode()
    assert "VALARM" not in body
    product = planned.dossier.product_label
    assert product
    for word in (product, "Yaël", "Orvault", planned.dossier.organisation.name):
        assert word not in body


def test_the_same_meeting_gives_the_same_bytes(planned: AdviceStory) -> None:
    assert answer(planned, "applicant").content == answer(planned, "applicant").content


def test_it_is_in_the_language_of_its_reader(planned: AdviceStory) -> None:
    """French words come with the catalogue; the dates are French from the start."""
    on = briefing_due(civil_date(Meeting.objects.get().starts_at))
    for language in ("en", "fr"):
        with translation.override(language):
            assert say(on) in str(read(planned, language=language)[1]["description"])


def test_it_comes_as_a_file_that_nobody_keeps(planned: AdviceStory) -> None:
    got = answer(planned, "applicant")
    assert got["Content-Type"] == "text/calendar; charset=utf-8"
    assert got["Content-Disposition"] == f'attachment; filename="{planned.reference}.ics"'
    assert got["Cache-Control"] == "private, no-store"
    assert AccessLog.objects.filter(what="meeting calendar file").count() == 1


def test_planned_anew_it_moves_in_the_calendars_that_have_it(planned: AdviceStory) -> None:
    """The table lets a meeting be planned once; a history told otherwise must still move it."""
    _calendar, before = read(planned)
    logged = LoggedEvent.objects.get(verb="plan_meeting")
    later = logged.at + dt.timedelta(days=1)
    last = LoggedEvent.objects.filter(dossier=planned.dossier).latest("seq")
    LoggedEvent.objects.create(
        dossier=planned.dossier,
        seq=last.seq + 1,
        machine="dossier",
        verb="plan_meeting",
        version=last.version + 1,
        at=later,
        recorded_at=later,
        actor_role="ansm_assessor",
        hash="0" * 64,
    )
    Meeting.objects.update(starts_at=Meeting.objects.get().starts_at + dt.timedelta(hours=1))
    _calendar, after = read(planned)
    assert str(after["uid"]) == str(before["uid"])
    assert int(after["sequence"]) == 1
    assert after.decoded("dtstamp") > before.decoded("dtstamp")
    assert after.decoded("dtstart") == before.decoded("dtstart") + dt.timedelta(hours=1)


def test_withdrawn_it_leaves_the_calendars(planned: AdviceStory) -> None:
    _calendar, before = read(planned)
    planned.do("withdraw", "applicant", REASON)
    calendar, after = read(planned)
    assert str(calendar["method"]) == "CANCEL"
    assert str(after["status"]) == "CANCELLED"
    assert str(after["uid"]) == str(before["uid"])
    assert int(after["sequence"]) > int(before["sequence"])
    assert "withdrawn" in str(after["description"])


def test_a_meeting_that_was_held_is_not_cancelled_by_a_withdrawal(planned: AdviceStory) -> None:
    planned.send().hold().do("withdraw", "applicant", REASON)
    found = planned_of(planned.dossier)
    assert found is not None
    assert not found.cancelled
    assert found.sequence == 0


def test_whoever_does_not_read_the_file_has_none(planned: AdviceStory) -> None:
    for login in ("applicant2", "prescriber", "has_officer"):
        assert answer(planned, login).status_code == 404
    signed_out = Client().get(f"/dossiers/{planned.reference}/meeting.ics")
    assert signed_out.status_code == 302


def test_no_meeting_no_file(assigned: AdviceStory) -> None:
    assert answer(assigned, "applicant").status_code == 404


def test_what_is_sent_before_it_is_in_the_calendar_of_deadlines(planned: AdviceStory) -> None:
    on = civil_date(Meeting.objects.get().starts_at)

    def found(login: str) -> list[tuple[dt.date, str]]:
        return [
            (one.day, one.kind) for one in deadlines(demo_actor(login), civil_date(planned.at)) if one.kind != "due"
        ]

    both = [(briefing_due(on), "briefing"), (slides_due(on), "slides")]
    assert found("applicant") == found("contributor") == found("ansm_assessor") == both
    assert found("applicant2") == found("ansm_assessor2") == []
    planned.send()
    assert found("applicant") == both[1:]
    planned.do("withdraw", "applicant", REASON)
    assert found("applicant") == found("ansm_assessor") == []


def test_a_withdrawal_without_a_meeting_has_no_calendar(assigned: AdviceStory) -> None:
    assigned.do("withdraw", "applicant", REASON)
    for mail in OutboxMessage.objects.filter(kind="withdraw"):
        assert ".ics" not in render(mail, assigned.at)[1]


def test_the_mail_gives_the_address_and_nothing_of_the_meeting(planned: AdviceStory, in_english: None) -> None:
    mails = OutboxMessage.objects.filter(kind="plan_meeting")
    assert mails.exists()
    planned.do("withdraw", "applicant", REASON)
    mails = OutboxMessage.objects.filter(kind__in=("plan_meeting", "withdraw"))
    assert {mail.kind for mail in mails} == {"plan_meeting", "withdraw"}
    for mail in mails:
        _subject, body = render(mail, planned.at)
        assert f"/dossiers/{planned.reference}/meeting.ics" in body
        assert "Salle Laennec" not in body
        assert planned.dossier.product_label not in body
