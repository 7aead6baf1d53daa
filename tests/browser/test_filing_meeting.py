"""A pre-filing meeting in a real browser: asked for, other days offered, planned, held; on a phone without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from dossiers.demo.filing_meeting_story import MINUTES, Meeting, written
from dossiers.demo.story import ONE_DAY
from dossiers.models import FilingMeeting
from tests.browser.conftest import PHONE
from tests.browser.visitors import Visitor, fr
from workflows.calendar import add_working_days

pytestmark = pytest.mark.django_db(transaction=True)

ON_A_PHONE: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True, "java_script_enabled": False}
PLACE = "Saint-Denis, salle 12"


def request() -> dict[str, str]:
    given = written(timezone.localdate())
    days = {f"day_{rank}": day.isoformat() for rank, day in enumerate(given.pop("days"), start=1)}
    return {name: str(value) for name, value in given.items()} | days


def test_a_company_asks_for_a_meeting_and_has_offers_another_day(
    visitor: Callable[..., Visitor], problems: Any
) -> None:
    problems.expect("422")
    applicant, officer = visitor("applicant"), visitor("has_officer")
    applicant.goes_to("/").follows("main a[href='/filing-meetings/new/']").follows("main a[href$='?name=']")
    applicant.follows("button[name=send]").reads(fr("Saved, not sent"))
    applicant.fills(request()).follows("button[name=send]")
    row = FilingMeeting.objects.get()
    assert row.state == "asked"
    applicant.reads(row.reference)

    officer.goes_to("/").reads(row.reference).follows(f"main a[href='/filing-meetings/{row.reference}/']")
    officer.reads(row.attendees.splitlines()[0])
    day = add_working_days(timezone.localdate(), 15)
    officer.follows("a[href$='/act/offer/']").fills({"day_1": day.isoformat(), "words": "Semaine complète."})
    officer.follows("main form button")

    applicant.goes_to("/").reads(fr("Your turn")).follows(f"main a[href='/filing-meetings/{row.reference}/']")
    applicant.reads("Semaine complète.").follows("a[href$='/act/choose/']").fills({"day": day.isoformat()})
    applicant.follows("main form button").reads(
        fr("The day is agreed on. HAS still has to say at what time and where.")
    )

    officer.goes_to(f"/filing-meetings/{row.reference}/").follows("a[href$='/act/arrange/']")
    officer.fills({"starts_at": "14:30", "place": PLACE}).follows("main form button")
    applicant.goes_to(f"/filing-meetings/{row.reference}/").reads("14:30").reads(PLACE)
    with applicant.page.expect_download() as download:
        applicant.page.locator("a[href$='meeting.ics']").click()
    assert download.value.suggested_filename == f"{row.reference}.ics"


def test_has_accepts_a_day_and_writes_the_minutes_on_a_phone_without_scripts(
    visitor: Callable[..., Visitor], problems: Any
) -> None:
    problems.expect("422")
    told = Meeting(at=timezone.now() - 2 * ONE_DAY).asked()
    officer = visitor("has_officer", **ON_A_PHONE).goes_to("/")
    officer.follows(f"main a[href='/filing-meetings/{told.reference}/']").follows("a[href$='/act/plan/']")
    officer.follows("main form button")  # nothing is chosen
    expect(officer.page.locator("[data-error-summary]")).to_be_visible()
    officer.fills({"day": told.row.days[0].isoformat(), "starts_at": "09:30", "place": PLACE})
    officer.follows("main form button").follows("a[href$='/act/hold/']").fills({"minutes": MINUTES})
    officer.follows("main form button").reads(MINUTES.splitlines()[0])
    assert told.row.state == "held"
    company = visitor("applicant", **ON_A_PHONE).goes_to("/filing-meetings/").reads(told.reference)
    company.follows(f"main a[href='/filing-meetings/{told.reference}/']").reads(MINUTES.splitlines()[0])
    company.goes_to("/filing-meetings/new/").follows("main a[href$='?name=']")
