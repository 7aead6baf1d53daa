"""The screens of pre-filing meetings: asked for, answered, held; what each side reads; their cost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from accounts.models import Membership
from catalogue.models import Medicine
from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.filing_meeting_story import ELEVEN, MINUTES, PLACE, TOO_EARLY, Meeting, written
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import FilingMeeting
from dossiers.queries.deadlines import deadlines
from notifications import calendars
from tests.dossiers.screens import browser, cost, hidden, text_of
from workflows.dates import civil_date, say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

LIST, NEW = "/filing-meetings/", "/filing-meetings/new/"
LATELY = 2 * ONE_DAY


def told(**given: Any) -> Meeting:
    return Meeting(at=timezone.now() - LATELY, given=given)


def page(one: Meeting, login: str) -> Any:
    return browser(login).get(f"{LIST}{one.reference}/")


def step(one: Meeting, name: str) -> str:
    return f"{LIST}{one.reference}/act/{name}/"


def typed(**others: str) -> dict[str, str]:
    """The form of a whole request, as a browser sends it."""
    given = written(timezone.localdate())
    days = {f"day_{rank}": day.isoformat() for rank, day in enumerate(given.pop("days"), start=1)}
    return {name: str(value) for name, value in given.items()} | days | others


def offered_on(response: Any) -> list[str]:
    """Labels of the acts of a page."""
    acts = BeautifulSoup(response.content, "html.parser").select(".app-acts a")
    return [one.get_text(strip=True) for one in acts]


# ------------------------------------------------------------------------------------------- the company asks


def test_a_company_describes_its_product_asks_and_has_plans(in_english: None) -> None:
    company, officer = browser("applicant"), browser("has_officer")
    assert f'{NEW}?name="' in company.get(NEW).content.decode()
    assert company.get(f"{NEW}?name=").status_code == 200
    answer = company.post(NEW, typed(send="1"), follow=True)
    row = FilingMeeting.objects.get()
    assert row.state == "asked"
    assert "Your request is sent" in text_of(answer)
    assert "Withdraw the request" in offered_on(answer)

    assert row.reference in text_of(officer.get("/"))
    address = f"{LIST}{row.reference}/"
    seen = officer.get(address)
    assert offered_on(seen) == ["Accept one of these days", "Offer other days", "Decline"]
    for words in (row.product, row.indication, row.questions.splitlines()[0], row.attendees.splitlines()[0]):
        assert words in text_of(seen)
    form = officer.get(f"{address}act/plan/")
    planned = {"day": row.days[1].isoformat(), "starts_at": "11:00", "place": PLACE, "version": hidden(form, "version")}
    assert officer.post(f"{address}act/plan/", planned).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.meets_on, row.starts_at, row.place) == ("planned", row.days[1], ELEVEN, PLACE)
    assert say(row.days[1]) in text_of(company.get(address))


def test_a_product_of_the_catalogue_is_chosen_by_a_search_without_script() -> None:
    company = browser("applicant")
    medicine = Medicine.objects.get(name="QALSODY")
    assert f"{NEW}?medicine={medicine.pk}" in company.get(f"{NEW}?q=tofersen").content.decode()
    form = company.get(f"{NEW}?medicine={medicine.pk}")
    assert "tofersen" in text_of(form)
    company.post(NEW, typed(medicine=str(medicine.pk), product="XYZ", save="1"))
    row = FilingMeeting.objects.get()
    assert (row.medicine, row.product, row.state) == (medicine, "", "draft")
    edit = f"{LIST}{row.reference}/edit/"
    assert f"{edit}?medicine={medicine.pk}" in company.get(f"{NEW}?meeting={row.reference}&q=tofersen").content.decode()
    assert 'name="product"' in company.get(f"{edit}?name=DMT-1").content.decode()


def test_what_may_not_be_sent_yet_is_saved_and_says_what_lacks(in_english: None) -> None:
    company = browser("applicant")
    answer = company.post(NEW, typed(questions="", day_1="2020-01-06", send="1"))
    row = FilingMeeting.objects.get()
    assert answer.status_code == 422
    assert (row.state, row.indication) == ("draft", written(timezone.localdate())["indication"])
    said = text_of(answer)
    assert "Write your questions" in said
    assert "6 January 2020" in said
    assert "Saved, not sent" in said
    again = company.post(f"{LIST}{row.reference}/edit/", typed(indication="zqnew", questions="", send="1"))
    assert again.status_code == 422
    row.refresh_from_db()
    assert (row.state, row.indication) == ("draft", "zqnew")


def test_a_day_that_is_none_comes_back_as_typed() -> None:
    answer = browser("applicant").post(NEW, typed(files_on="soon", questions="zqtyped", save="1"))
    assert answer.status_code == 422
    assert not FilingMeeting.objects.exists()
    for words in ("zqtyped", 'value="soon"'):
        assert words in answer.content.decode()


def test_a_contributor_prepares_and_an_applicant_sends() -> None:
    contributor, applicant = browser("contributor"), browser("applicant")
    contributor.post(NEW, typed(save="1"))
    row = FilingMeeting.objects.get()
    edit = f"{LIST}{row.reference}/edit/"
    assert 'name="send"' not in contributor.get(edit).content.decode()
    assert contributor.post(edit, typed(send="1")).status_code == 403
    form = applicant.get(edit)
    assert row.questions.splitlines()[0] in text_of(form)
    assert applicant.post(edit, typed(send="1", version=hidden(form, "version"))).status_code == 302
    row.refresh_from_db()
    assert row.state == "asked"
    assert applicant.get(edit).status_code == 302
    late = applicant.post(edit, typed(questions="zqlate", save="1"))
    assert late.status_code == 409
    assert "zqlate" in late.content.decode()


def test_two_who_write_at_once_lose_nothing() -> None:
    one = told().draft()
    edit = f"{LIST}{one.reference}/edit/"
    version = hidden(browser("applicant").get(edit), "version")
    assert browser("contributor").post(edit, typed(questions="zqfirst", version=version)).status_code == 302
    second = browser("applicant").post(edit, typed(questions="zqsecond", version=version))
    assert second.status_code == 409
    assert "zqsecond" in second.content.decode()
    assert one.row.questions == "zqfirst"


def test_a_draft_of_a_filing_fills_the_request_and_is_shown_to_has_once_filed(in_english: None) -> None:
    request = EarlyAccess(at=timezone.now() - LATELY).draft()
    company = browser("applicant")
    assert (
        f"{NEW}?dossier={request.reference}" in company.get(f"/dossiers/{request.reference}/filing/").content.decode()
    )
    form = company.get(f"{NEW}?dossier={request.reference}")
    assert request.answers["indication"]["claimed"] in text_of(form)
    assert hidden(form, "dossier") == request.reference
    company.post(NEW, typed(send="1", dossier=request.reference))
    row = FilingMeeting.objects.get()
    assert row.dossier == request.dossier

    address = f"{LIST}{row.reference}/"
    assert request.reference in text_of(company.get(address))
    for login in ("has_officer", "ansm_assessor"):
        assert request.reference not in browser(login).get(address).content.decode()
    request.file()
    for login in ("has_officer", "ansm_assessor"):
        assert request.reference in text_of(browser(login).get(address))
        assert row.reference in text_of(browser(login).get(f"/dossiers/{request.reference}/"))
    assert row.reference not in text_of(browser("ministry_reader").get(f"/dossiers/{request.reference}/"))


def test_the_day_of_the_meeting_fills_the_section_that_asks_for_it() -> None:
    request = EarlyAccess(at=timezone.now() - LATELY)
    request.reference = request.draft().reference
    request.dossier.sections.filter(section="request").update(data={"pathway": "pre_ma"})
    one = Meeting(at=timezone.now() - 40 * ONE_DAY).held()
    company = browser("applicant")
    address = f"/dossiers/{request.reference}/edit/request/"
    held_on = one.row.held_on
    assert held_on is not None
    assert f'value="{held_on.isoformat()}"' not in company.get(address).content.decode()
    company.post(step(one, "link"), {"dossier": request.reference})
    assert f'value="{held_on.isoformat()}"' in company.get(address).content.decode()


def test_only_what_a_request_can_do_without_is_marked_optional(in_english: None) -> None:
    company = browser("applicant")
    for answer in (company.get(f"{NEW}?name="), company.post(NEW, {"send": "1"})):
        labels = BeautifulSoup(answer.content, "html.parser").select("main form label, main form legend")
        optional = [text for one in labels if "(optional)" in (text := one.get_text(" ", strip=True))]
        assert [text.partition(" (")[0] for text in optional] == ["Day 2", "Day 3", "Day 4", "Day 5", "Who will attend"]


# --------------------------------------------------------------------------------------------------- each side


READERS = {
    "applicant": 200, "contributor": 200, "auditor": 200, "has_officer": 200, "ct_secretary": 200, "has_college": 200,
    "ansm_assessor": 200, "ansm_signatory": 200, "ansm_triage": 200, "applicant2": 404, "pharmacovigilance": 404,
    "prescriber": 404, "ministry_reader": 404, "org_admin": 404, "expert": 404,
}  # fmt: skip


@pytest.mark.parametrize("login", READERS)
def test_whose_page_it_is(login: str) -> None:
    one = told().planned()
    client = browser(login)
    for end in ("", "meeting.ics", "act/decline/" if login == "has_officer" else ""):
        assert client.get(f"{LIST}{one.reference}/{end}").status_code == READERS[login]
    listed = client.get(LIST)
    assert listed.status_code == (200 if READERS[login] == 200 or login == "applicant2" else 403)
    assert (one.reference in listed.content.decode()) is (READERS[login] == 200)


def test_a_draft_and_its_preparation_are_not_the_authorities(in_english: None) -> None:
    draft = told().draft()
    sent = told().draft().do("write", "contributor", questions="zqfirstwords").do("ask", "applicant", questions="Q ?")
    officer = browser("has_officer")
    assert officer.get(f"{LIST}{draft.reference}/").status_code == 404
    seen = text_of(page(sent, "has_officer"))
    assert "Request written" not in seen
    assert "zqfirstwords" not in seen
    assert "Request written" in text_of(page(sent, "applicant"))


def test_has_answers_as_a_body_to_the_company(in_english: None) -> None:
    one = told().declined()
    name = demo_actor("has_officer").name
    seen = text_of(page(one, "applicant"))
    assert name not in seen
    assert TOO_EARLY in seen
    assert name in text_of(page(one, "ct_secretary"))


def test_the_other_days_and_the_minutes_are_read_by_all_sides(in_english: None) -> None:
    one = told().offered()
    company = browser("applicant")
    assert offered_on(page(one, "applicant"))[:2] == ["Choose one of these days", "Propose other days"]
    assert offered_on(page(one, "contributor")) == []
    assert company.post(step(one, "choose"), {"day": one.row.days[0].isoformat()}).status_code == 302
    assert "HAS still has to say at what time" in text_of(page(one, "applicant"))
    held = Meeting(at=timezone.now() - 40 * ONE_DAY).held()
    for login in ("applicant", "has_officer", "ansm_assessor"):
        assert text_of(page(held, login)).count(MINUTES.splitlines()[0]) == 1
    held.do("correct", "has_officer", minutes="Version corrigée.")
    assert MINUTES.splitlines()[0] in text_of(page(held, "applicant"))


def test_a_refused_answer_keeps_what_was_typed_and_one_that_comes_too_late_too() -> None:
    one = told().asked()
    officer = browser("has_officer")
    wrong = officer.post(step(one, "plan"), {"day": "2020-01-06", "starts_at": "11:00", "place": "zqplace"})
    assert wrong.status_code == 422
    assert "zqplace" in wrong.content.decode()
    stale = officer.post(step(one, "decline"), {"reason": "zqreason", "version": "1"})
    assert stale.status_code == 409
    assert "zqreason" in stale.content.decode()
    one.do("withdraw", "applicant")
    late = officer.post(step(one, "decline"), {"reason": "zqreason"})
    assert late.status_code == 409
    assert "zqreason" in late.content.decode()
    assert officer.get(step(one, "decline")).status_code == 409


def test_an_odd_address_is_not_found() -> None:
    one = told().asked()
    officer = browser("has_officer")
    for end in (f"{one.reference}/act/ask/", f"{one.reference}/act/nonsense/", "RDV-1/", "%00/", "a/meeting.ics"):
        assert officer.get(f"{LIST}{end}").status_code == 404
    assert officer.get(f"{LIST}{one.reference}/meeting.ics").status_code == 404  # no day yet


# ------------------------------------------------------------------------------------------------- the calendar


def test_the_calendar_file_says_when_and_where_and_nothing_of_the_product(in_english: None) -> None:
    one = told().planned()
    answer = browser("applicant").get(f"{LIST}{one.reference}/meeting.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    starts = event.decoded("dtstart")
    assert timezone.localtime(starts).time() == ELEVEN
    assert timezone.localtime(starts).date() == one.row.meets_on
    assert event.decoded("dtend") - starts == dt.timedelta(hours=1)
    assert one.reference in str(event["summary"])
    assert str(event["location"]) == PLACE
    words = answer.content.decode()
    assert not [word for word in ("CLAIROVAX", "Stargardt", "comparateur") if word in words]
    one.do("arrange", "has_officer", day=one.row.meets_on, starts_at=dt.time(9, 30), place=PLACE)
    (moved,) = Calendar.from_ical(browser("applicant").get(f"{LIST}{one.reference}/meeting.ics").content).walk("VEVENT")
    assert moved["uid"] == event["uid"]
    assert moved["sequence"] > event["sequence"]


def test_a_day_without_an_hour_is_a_whole_day(in_english: None) -> None:
    one = told().offered()
    one.do("choose", "applicant", day=one.row.days[0])
    (event,) = Calendar.from_ical(browser("applicant").get(f"{LIST}{one.reference}/meeting.ics").content).walk("VEVENT")
    assert event.decoded("dtstart") == one.row.days[0]


def test_a_planned_meeting_is_in_the_secret_calendar_of_those_who_prepare_it() -> None:
    one = told().planned()
    told().asked()
    on = civil_date(timezone.now())
    for login, there in (("applicant", True), ("contributor", True), ("has_officer", True), ("ansm_assessor", True),
                         ("applicant2", False), ("pharmacovigilance", False), ("has_college", False)):  # fmt: skip
        found = [day.reference for day in deadlines(demo_actor(login), on) if day.kind == "meeting"]
        assert found == ([one.reference] if there else []), login
    membership = Membership.objects.get(pk=demo_actor("has_officer").membership_id)
    secret = calendars.open_feed(membership=membership, at=timezone.now())
    words = Client().get(f"/calendar/{secret}.ics").content.decode()
    assert one.reference in words
    assert "visio" not in words


# ---------------------------------------------------------------------------------------------------- the cost


@pytest.mark.parametrize(
    ("login", "address"),
    [("applicant", "/"), ("has_officer", "/"), ("ansm_assessor", "/"), ("applicant", LIST), ("has_officer", LIST)],
)
def test_a_list_costs_the_same_with_one_meeting_and_with_twelve(login: str, address: str) -> None:
    medicine = Medicine.objects.order_by("pk")[0]
    told(medicine_id=medicine.pk).asked()
    told().declined()
    client = browser(login)
    before = cost(client, address)
    for _rank in range(5):
        told(medicine_id=medicine.pk).asked()
        told().declined()
    assert cost(client, address) == before


def test_a_page_costs_the_same_whatever_its_history() -> None:
    one = told().planned()
    client = browser("has_officer")
    address = f"{LIST}{one.reference}/"
    before = cost(client, address)
    for _rank in range(3):
        one.do("arrange", "has_officer", day=one.row.meets_on, starts_at=ELEVEN, place=PLACE, after=dt.timedelta(0))
    assert cost(client, address) == before
