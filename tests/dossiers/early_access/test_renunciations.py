"""A company gives its early access up: HAS is told, has a month to answer, and its silence accepts (R.5121-72-1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import demo_actor
from dossiers.models import Continuity, Event, Task
from dossiers.services import renunciations
from dossiers.services.errors import Blocked, Forbidden, NotFound, Stale, WrongState
from dossiers.services.staffing import complete_task
from dossiers.services.title_days import follow_titles
from dossiers.tasks import follow_the_silence
from notifications.models import OutboxMessage
from tests.api.callers import caller
from tests.dossiers.screens import browser, text_of
from tests.dossiers.world import ONE_DAY, REASON, early, early_title_in, title_in
from workflows.dates import PARIS, add_months, civil_date

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "in_english")]

WORDS = "Arrêt de la fabrication, zqreason."


def asked(told: EarlyAccess | None = None, login: str = "applicant") -> EarlyAccess:
    told = told or early_title_in("in_force")
    renunciations.ask(number=told.title.number, reason=WORDS, actor=demo_actor(login), at=told.at)
    return told


def answered(told: EarlyAccess, *, accepted: bool, login: str = "has_college", **said: Any) -> None:
    number = told.title.number
    renunciations.answer(number=number, accepted=accepted, actor=demo_actor(login), at=told.at + ONE_DAY, **said)


def morning(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(6), tzinfo=PARIS)


def term(told: EarlyAccess) -> dt.date:
    return add_months(civil_date(told.at), 1)


# ------------------------------------------------------------------------------------------------------ silence


def test_nothing_ends_until_the_month_is_over_then_silence_accepts():
    told = asked()
    assert told.title.state == "in_force"
    last = term(told)
    follow_the_silence(at=morning(last).isoformat())
    assert told.title.state == "in_force"
    follow_the_silence(at=morning(last + ONE_DAY).isoformat())
    title = told.title
    assert (title.state, title.in_force_until) == ("ceased", last + ONE_DAY)
    assert Continuity.objects.get(title=title).starts_on == last + 2 * ONE_DAY
    assert not Task.objects.filter(done_at=None, kind="renunciation").exists()
    event = Event.objects.get(dossier=told.dossier, verb="renounce")
    assert (event.actor_role, event.payload["reason"]) == ("system", WORDS)


def test_a_late_pass_notes_the_day_on_which_silence_accepted():
    told = asked()
    last = term(told)
    follow_the_silence(at=morning(last + 12 * ONE_DAY).isoformat())
    assert told.title.in_force_until == last + ONE_DAY
    assert follow_the_silence(at=morning(last + 13 * ONE_DAY).isoformat()) == 0


@pytest.mark.parametrize("day", [dt.date(2027, 1, 31), dt.date(2027, 3, 27)])
def test_the_month_is_date_to_date_in_paris(day):
    """31 January leads to 28 February; a change of hour moves nothing."""
    told = early().granted()
    told.at = dt.datetime.combine(day, dt.time(23, 30), tzinfo=PARIS)
    asked(told)
    last = add_months(day, 1)
    at = dt.datetime.combine(last, dt.time(23, 59), tzinfo=PARIS)
    assert renunciations.follow(at=at) == 0
    assert renunciations.follow(at=at + dt.timedelta(minutes=1)) == 1


def test_what_is_suspended_meanwhile_is_given_up_once_it_is_in_force_again():
    told = asked()
    until = civil_date(told.at) + 60 * ONE_DAY
    told.move_title("suspend", "has_college", {**REASON, "until": str(until), "emergency": True})
    assert renunciations.follow(at=morning(until)) == 0
    follow_titles(at=morning(until + ONE_DAY))
    assert renunciations.follow(at=morning(until + ONE_DAY)) == 1
    assert told.title.state == "ceased"


# ------------------------------------------------------------------------------------------------------- answers


def test_has_accepts_and_it_ends_that_day():
    told = asked()
    answered(told, accepted=True)
    assert (told.title.state, told.title.in_force_until) == ("ceased", civil_date(told.at) + ONE_DAY)
    accepted = Event.objects.get(dossier=told.dossier, verb="renunciation_accepted")
    assert accepted.actor_role == "has_college"
    task = Task.objects.get(kind="renunciation")
    assert (task.done_at, task.done_by.email) == (told.at + ONE_DAY, "has_college@demo.example")  # type: ignore[union-attr]


def test_has_refuses_with_its_reason_and_it_goes_on():
    told = asked()
    with pytest.raises(Blocked):
        answered(told, accepted=False)
    answered(told, accepted=False, reason="Aucun relais pour les patients traités.")
    assert renunciations.follow(at=morning(term(told) + ONE_DAY)) == 0
    assert told.title.state == "in_force"
    mail = OutboxMessage.objects.filter(kind="renunciation_refused")
    assert {one.recipient.email for one in mail} >= {"applicant@demo.example"}
    with pytest.raises(WrongState):
        answered(told, accepted=True)
    # It may be asked again, and the month begins again.
    told.at += 20 * ONE_DAY
    asked(told)
    assert renunciations.follow(at=morning(term(told))) == 0
    assert renunciations.follow(at=morning(term(told) + ONE_DAY)) == 1


# --------------------------------------------------------------------------------------------------- who may what


def test_only_the_holder_asks_and_only_the_college_answers():
    told = early_title_in("in_force")
    for login, error in (
        ("contributor", Forbidden),
        ("has_college", Forbidden),
        ("applicant2", NotFound),
        ("prescriber", NotFound),
    ):
        with pytest.raises(error):
            asked(told, login)
    asked(told)
    for login, error in (("applicant", Forbidden), ("has_officer", Forbidden), ("ansm_signatory", Forbidden)):
        with pytest.raises(error):
            answered(told, accepted=True, login=login)
    with pytest.raises(NotFound):
        answered(told, accepted=True, login="applicant2")


def test_the_task_is_not_ticked_off_without_an_answer():
    told = asked()
    task = Task.objects.get(kind="renunciation")
    with pytest.raises(Forbidden):
        complete_task(task=task.pk, actor=demo_actor("has_officer"), at=told.at)
    assert Task.objects.get(pk=task.pk).done_at is None


def test_what_cannot_be_asked():
    told = asked()
    with pytest.raises(WrongState):
        asked(told)
    suspended = early_title_in("suspended")
    with pytest.raises(WrongState):
        asked(suspended)
    # An AAC is stopped, not given up: nobody at HAS is told of it.
    with pytest.raises(WrongState):
        asked(title_in("in_force"), "prescriber")
    with pytest.raises(Blocked):
        renunciations.ask(
            number=early_title_in("in_force").title.number, reason=" ", actor=demo_actor("applicant"), at=told.at
        )
    fresh, actor = early_title_in("in_force"), demo_actor("applicant")
    with pytest.raises(Stale):
        renunciations.ask(number=fresh.title.number, reason=WORDS, actor=actor, version=99, at=fresh.at)


def test_an_end_by_has_closes_what_was_asked():
    told = asked()
    told.move_title("withdraw", "has_college", {**REASON, "emergency": True})
    assert not Task.objects.filter(kind="renunciation", done_at=None).exists()
    assert renunciations.follow(at=morning(term(told) + ONE_DAY)) == 0


# ------------------------------------------------------------------------------------------------ pages and API


def now() -> EarlyAccess:
    return early(at=timezone.now() - 60 * ONE_DAY).granted()


def test_the_holder_tells_has_from_the_page_and_the_college_answers():
    told = now()
    page, give_up = f"/titles/{told.title.number}/", f"/titles/{told.title.number}/give-up/"
    company, college = browser("applicant"), browser("has_college")
    assert give_up in company.get(page).content.decode()
    assert company.get(f"{page}act/renounce/").headers["Location"] == give_up
    assert company.post(give_up, {"reason": ""}).status_code == 422
    assert company.post(give_up, {"reason": WORDS}).status_code == 302
    again = company.post(give_up, {"reason": "Autre"})
    assert (again.status_code, "Autre" in again.content.decode()) == (409, True)
    assert "zqreason" in text_of(college.get(page))
    assert "Answer a holder who gives its authorisation up" in text_of(college.get("/"))
    task = Task.objects.get(kind="renunciation")
    to_do = college.get(f"/dossiers/{told.reference}/tasks/{task.pk}/")
    assert to_do.headers["Location"] == f"{give_up}answer/"
    assert company.get(f"{give_up}answer/").status_code == 403
    assert college.post(f"{give_up}answer/", {"outcome": "refuse"}).status_code == 422
    assert college.post(f"{give_up}answer/", {"outcome": "accept"}).status_code == 302
    assert told.title.state == "ceased"
    assert college.get(f"{give_up}answer/").status_code == 409
    assert browser("applicant2").get(give_up).status_code == 404


def test_no_word_of_it_is_in_a_mail():
    asked()
    for mail in OutboxMessage.objects.filter(kind="renunciation_asked"):
        assert "zqreason" not in str(mail.context)
    assert OutboxMessage.objects.filter(kind="renunciation_asked").exists()


def test_a_system_gives_it_up_by_the_act_of_the_table():
    """The title stays in force, and the same request with the same key is one."""
    told = now()
    address = f"/api/v1/titles/{told.title.number}/"
    system = caller("applicant")
    etag = system.get(address).headers["ETag"]
    headers = {"If-Match": etag, "Idempotency-Key": "give-up-1"}
    sent = [
        system.post(f"{address}transitions/renounce/", {"reason": WORDS}, format="json", headers=headers)
        for _time in range(2)
    ]
    assert [one.status_code for one in sent] == [200, 200]
    assert sent[0].json() == sent[1].json()
    assert told.title.state == "in_force"
    told.at = timezone.now()
    assert renunciations.follow(at=morning(term(told) + ONE_DAY)) == 1
