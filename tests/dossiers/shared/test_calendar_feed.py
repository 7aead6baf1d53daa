"""My deadlines in my own calendar: whoever holds the address reads references and days, and nothing else."""

from __future__ import annotations

import datetime as dt
import logging
import logging.config
import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from accounts.models import Membership, Person
from accounts.services import end_membership
from dossiers.demo.story import Cast, demo_actor
from dossiers.models import Title
from dossiers.models.life import Obligation
from dossiers.queries import deadlines
from earlyaccess.logs import logging_config
from notifications import calendars
from notifications.models import CalendarFeed
from tests.dossiers.screens import browser, lately, text_of
from tests.dossiers.shared.test_titles_and_help import copies, in_force

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

PAGE = "/account/calendar/"
ELSEWHERE = Cast(prescriber="prescriber2", pharmacist="pharmacist2")
CANARIES = ("zqtexteu", "ZQP", "QALSODY", "tofersen")


def membership(login: str) -> Membership:
    return Membership.objects.get(pk=demo_actor(login).membership_id)


def secret_of(login: str) -> str:
    return calendars.open_feed(membership=membership(login), at=timezone.now())


def read(secret: str) -> Any:
    return Client().get(f"/calendar/{secret}.ics")


def events(secret: str) -> list[tuple[str, str]]:
    """(day, summary) of each, in the order of the file."""
    calendar = Calendar.from_ical(read(secret).content)
    return [(one.decoded("dtstart").isoformat(), str(one["summary"])) for one in calendar.walk("VEVENT")]


def in_days(days: int) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=days)


def ending_in(days: int, **options: Any) -> Title:
    told = in_force(**options)
    Title.objects.filter(pk=told.title.pk).update(ends_on=in_days(days), in_force_until=in_days(days))
    return Title.objects.get(pk=told.title.pk)


def owed(title: Title, days: int, owed_by: str = "holder", state: str = "open") -> Obligation:
    return Obligation.objects.create(
        title=title,
        kind="report",
        owed_by=owed_by,
        holder_id=title.organisation_id if owed_by == "holder" else None,
        text="zqtexteu",
        due_on=in_days(days),
        state=state,
        created_at=timezone.now(),
        closed_at=None if state == "open" else timezone.now(),
        done_on=None if state == "open" else timezone.localdate(),
    )


def speaks(login: str, language: str) -> None:
    Person.objects.filter(email=f"{login}@demo.example").update(language=language)


# ------------------------------------------------------------------------------------------------ the feed


def test_a_prescriber_reads_the_days_of_their_patients() -> None:
    speaks("prescriber", "en")
    title = ending_in(40)
    owed(title, 10)
    owed(title, -5)
    owed(title, 20, owed_by="agency")
    owed(title, 20, state="done")
    asked = lately().draft().sign().file().take_up().ask("Quelle est la clairance ?")
    reply_by = asked.dossier.requests.get().reply_by
    assert sorted(events(secret_of("prescriber"))) == sorted(
        [
            (in_days(-5).isoformat(), f"{title.number}: obligation due"),
            (in_days(10).isoformat(), f"{title.number}: obligation due"),
            (reply_by.isoformat(), f"{asked.reference}: last day to answer"),
            (in_days(40).isoformat(), f"{title.number}: last day"),
        ]
    )


def test_an_assessor_reads_the_days_of_the_files_they_lead() -> None:
    speaks("ansm_assessor", "en")
    led = lately().draft().sign().file().take_up()
    led_title = ending_in(40)
    lately().draft().sign().file()
    owed(led_title, 20, owed_by="agency")
    owed(led_title, 20)
    type(led.dossier).objects.filter(reference=led.reference).update(due_on=in_days(9))
    assert events(secret_of("ansm_assessor")) == [
        (in_days(9).isoformat(), f"{led.reference}: due date"),
        (in_days(20).isoformat(), f"{led_title.number}: obligation due"),
        (in_days(40).isoformat(), f"{led_title.number}: last day"),
    ]
    # What the agency owes is everybody's there; the files of a colleague are not.
    speaks("ansm_vigilance", "en")
    assert [words for _day, words in events(secret_of("ansm_vigilance"))] == [f"{led_title.number}: obligation due"]


def test_a_hospital_reads_its_own_and_a_filed_renewal_leaves_the_calendar() -> None:
    told = in_force()
    theirs = in_force(cast=ELSEWHERE)
    secret = {login: secret_of(login) for login in ("prescriber", "pharmacist", "prescriber2", "intern")}

    def names(login: str) -> list[str]:
        return [words.partition(":")[0].strip() for _day, words in events(secret[login])]

    assert names("prescriber") == names("pharmacist") == [told.title.number]
    assert names("prescriber2") == [theirs.title.number]
    assert names("intern") == []
    renewal = told.renewal(timezone.now()).draft()
    assert names("pharmacist") == [told.title.number]
    renewal.own_pace = False
    renewal.sign().file()
    assert names("prescriber") == names("pharmacist") == []


def test_each_event_is_a_whole_day_with_a_lasting_name() -> None:
    title = ending_in(40)
    secret = secret_of("prescriber")
    response = read(secret)
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Cache-Control"].startswith("private")
    assert response["Referrer-Policy"] == "no-referrer"
    assert b"DTSTART;VALUE=DATE:" in response.content
    (event,) = Calendar.from_ical(response.content).walk("VEVENT")
    assert event.decoded("dtend") - event.decoded("dtstart") == dt.timedelta(days=1)
    assert str(event["url"]) == f"{settings.SITE_URL}/titles/{title.number}/"
    assert not event.walk("VALARM")
    assert {"DTSTAMP", "LAST-MODIFIED", "UID"} <= set(event)
    # The same facts give the same bytes; a day that moves keeps its name.
    assert read(secret).content == response.content
    Title.objects.filter(pk=title.pk).update(ends_on=in_days(50), in_force_until=in_days(50))
    (moved,) = Calendar.from_ical(read(secret).content).walk("VEVENT")
    assert moved["uid"] == event["uid"]
    assert moved.decoded("dtstart") == in_days(50)


def test_it_speaks_the_language_of_the_person() -> None:
    """Of a calendar application nothing is asked: it sends no cookie and its language is not the person's."""
    title = ending_in(40)
    secret = secret_of("prescriber")
    speaks("prescriber", "en")
    answer = Client().get(f"/calendar/{secret}.ics", headers={"accept-language": "fr"})
    assert f"SUMMARY:{title.number}: last day".encode() in answer.content


def test_neither_patient_nor_product_nor_text() -> None:
    given = {"patient": {"initials": "ZQP"}, "medicine": {"posology": "zqtexteu"}}
    told = lately(given=given).draft().sign().file().take_up().propose("grant", "zqtexteu").grant()
    owed(told.title, 3)
    lately(given=given).draft().sign().file().take_up().ask("zqtexteu ?")
    for login in ("prescriber", "pharmacist", "ansm_assessor"):
        body = read(secret_of(login)).content.decode()
        assert body.count("BEGIN:VEVENT") >= 2, login
        unfolded = re.sub(r"\r\n[ \t]", "", body)
        for canary in (*CANARIES, told.actor("prescriber").name, told.actor("prescriber").organisation_name):
            assert canary.lower() not in unfolded.lower(), (login, canary)


def test_two_years_ahead_and_five_hundred_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    told = in_force()
    Title.objects.filter(pk=told.title.pk).update(ends_on=in_days(760), in_force_until=in_days(760))
    assert events(secret_of("pharmacist")) == []
    Title.objects.filter(pk=told.title.pk).update(ends_on=in_days(30), in_force_until=in_days(30))
    copies(told, 9)
    assert len(events(secret_of("pharmacist"))) == 10
    monkeypatch.setattr(deadlines, "MOST", 4)
    assert len(events(secret_of("pharmacist"))) == 4


def test_reading_it_costs_the_same_with_1_and_20(django_assert_num_queries: Any) -> None:
    told = in_force()
    secret = secret_of("pharmacist")
    read(secret)
    with django_assert_num_queries(4):
        read(secret)
    copies(told, 19)
    with django_assert_num_queries(4):
        assert read(secret).content.count(b"BEGIN:VEVENT") == 20


# ---------------------------------------------------------------------------------------------- the secret


def test_only_its_hash_is_kept_and_another_makes_it_void() -> None:
    secret = secret_of("prescriber")
    assert len(secret) >= 43
    assert secret not in str(CalendarFeed.objects.values())
    assert read(secret).status_code == 200
    other = secret_of("prescriber")
    assert (read(secret).status_code, read(other).status_code) == (404, 200)
    assert calendars.revoke(membership=membership("prescriber"), at=timezone.now())
    assert not calendars.revoke(membership=membership("prescriber"), at=timezone.now())
    assert read(other).status_code == 404
    assert CalendarFeed.objects.count() == 2


@pytest.mark.parametrize("secret", ["x", "x" * 101, "é", "%00", "..%2f", CalendarFeed.__name__])
def test_a_guess_is_not_found(secret: str) -> None:
    secret_of("prescriber")
    assert Client().get(f"/calendar/{secret}.ics").status_code == 404


def test_the_hash_itself_opens_nothing() -> None:
    secret_of("prescriber")
    assert read(CalendarFeed.objects.get().secret_sha256).status_code == 404


def test_whoever_has_left_or_is_locked_reads_nothing_more() -> None:
    left, locked = secret_of("prescriber"), secret_of("pharmacist")
    end_membership(membership=membership("prescriber"), on=timezone.localdate())
    Person.objects.filter(email="pharmacist@demo.example").update(is_active=False)
    assert (read(left).status_code, read(locked).status_code) == (404, 404)


def test_it_opens_no_session_and_only_answers_to_reading() -> None:
    client = Client()
    path = f"/calendar/{secret_of('prescriber')}.ics"
    assert not client.get(path).cookies
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_the_address_is_not_in_the_logs(log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.root.handlers[:], logging.root.level
    secret = secret_of("prescriber")
    try:
        logging.config.dictConfig(logging_config(log_format=log_format, level="INFO"))
        read(secret)
        Client().get(f"/calendar/{secret}")  # cut by a mail program
        calendars.revoke(membership=membership("prescriber"), at=timezone.now())
        read(secret)
    finally:
        logging.root.handlers, logging.root.level = before
    written = capsys.readouterr().err
    assert "/calendar/..." in written
    assert secret not in written


# ------------------------------------------------------------------------------------------------ the page


def shown(response: Any) -> str:
    found = BeautifulSoup(response.content, "html.parser").select_one("#feed")
    return str(found["value"]) if found else ""


def test_the_address_is_shown_once_then_revoked() -> None:
    client = browser("prescriber")
    assert "You have no address yet." in text_of(client.get(PAGE))
    response = client.post(PAGE, {"act": "open"})
    address = shown(response)
    assert address.startswith(f"{settings.SITE_URL}/calendar/")
    assert "no-store" in response["Cache-Control"]
    path = address.removeprefix(settings.SITE_URL)
    assert Client().get(path).status_code == 200
    page = client.get(PAGE)
    assert shown(page) == ""
    assert path.split("/")[2] not in page.content.decode()
    assert "You have an address, made on" in text_of(page)
    assert client.post(PAGE, {"act": "revoke"}).status_code == 302
    assert Client().get(path).status_code == 404
    assert PAGE in client.get("/profile/").content.decode()


def test_it_is_about_the_role_under_which_one_acts() -> None:
    browser("prescriber").post(PAGE, {"act": "open"})
    assert "You have no address yet." in text_of(browser("pharmacist").get(PAGE))
    feed = CalendarFeed.objects.get()
    assert feed.membership == membership("prescriber")


def test_without_a_role_there_is_no_address() -> None:
    client = browser("admin")
    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE, {"act": "open"}).status_code == 403
    assert not CalendarFeed.objects.exists()


def test_every_role_may_have_one() -> None:
    """Reading it never fails, whatever that role sees."""
    lately().draft().sign().file().take_up().ask("Pourquoi ?")
    for held in Membership.objects.select_related("person"):
        secret = calendars.open_feed(membership=held, at=timezone.now())
        if held.is_open(timezone.localdate()):
            assert read(secret).status_code == 200, held
