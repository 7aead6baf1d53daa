"""The questions of qualification without a line of JavaScript and on a phone; a meeting chosen, then read by both
sides."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from dossiers.demo.story import ONE_DAY
from dossiers.forms.qualification import EXAMPLE
from dossiers.models import Dossier, DraftSection, Meeting
from tests.browser.conftest import PHONE
from tests.browser.visitors import Visitor
from tests.dossiers.advice_world import with_a_meeting

pytestmark = pytest.mark.django_db(transaction=True)

ON_A_PHONE: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
GO_ON = "main form button[name=next]"


def answers(person: Visitor, path: str, then: Callable[[Page], None] | None = None) -> None:
    for step in path.split("~"):
        given = step.partition(":")[2]
        if then is not None:
            then(person.page)
        person.page.locator(f"label[for=answer-{given}]").click()
        person.follows(GO_ON)


def test_the_questions_lead_to_a_request_without_script(visitor: Callable[..., Visitor], problems: Any) -> None:
    problems.expect("422")
    person = visitor("applicant", java_script_enabled=False)
    page = person.goes_to("/").follows("main a[href='/qualification/']").page
    person.follows(GO_ON)
    expect(page.locator("#question-error")).to_be_visible()
    answers(person, EXAMPLE)
    page.go_back()
    expect(page.locator("#answer-less")).to_be_visible()
    page.locator("label[for=answer-serious]").click()
    person.follows(GO_ON)
    person.follows("section[aria-labelledby=given] li:last-child a")
    page.locator("label[for=answer-less]").click()
    person.follows(GO_ON).follows("main form[data-once] button")
    expect(page).to_have_url(re.compile(r"/edit/triage/$"))
    kept = DraftSection.objects.get(dossier=Dossier.objects.get(), section="qualification").data
    assert (kept["outcome"], kept["path"]) == ("mdr_iia_11", EXAMPLE)
    person.goes_to(page.url.replace("triage", "qualification"))
    person.follows(".app-product a")
    expect(page.locator("main form[data-once] button")).to_be_visible()


def test_the_questions_on_a_phone(visitor: Callable[..., Visitor], fits: Callable[[Page], None]) -> None:
    person = visitor("contributor", **ON_A_PHONE).goes_to("/qualification/")
    answers(person, "nature:article~purpose:medical~action:physical~excluded:none~made:series~special:none", fits)
    answers(person, "active:yes~active_kind:enters", fits)
    fits(person.page)
    person.check(person.page)


def test_a_meeting_is_chosen_and_read_by_both_sides(
    visitor: Callable[..., Visitor], fits: Callable[[Page], None]
) -> None:
    told = with_a_meeting(timezone.now() - 4 * ONE_DAY).assigned("scientific")
    assessor = visitor("ansm_assessor").goes_to(f"/dossiers/{told.reference}/")
    page = assessor.follows(f"main a[href='/dossiers/{told.reference}/meeting/']").page
    page.locator("#starts_at").select_option(index=5)
    page.locator("#place").fill("Salle Laennec")
    assessor.follows("main form:has(#starts_at) .app-actions button")
    meeting = Meeting.objects.get(dossier=told.dossier)
    assert meeting.place == "Salle Laennec"
    assessor.goes_to("/").follows("main a[href='/meetings/']").reads(told.reference)
    applicant = visitor("applicant", **ON_A_PHONE).goes_to("/")
    applicant.reads("Salle Laennec")
    fits(applicant.page)
    applicant.goes_to("/meetings/").reads(told.reference)
    fits(applicant.page)
    with applicant.page.expect_download() as download:
        applicant.page.locator(f"main a[href='/dossiers/{told.reference}/meeting.ics']").first.click()
    assert download.value.suggested_filename == f"{told.reference}.ics"


def test_the_planner_on_a_phone(visitor: Callable[..., Visitor], fits: Callable[[Page], None]) -> None:
    told = with_a_meeting(timezone.now() - 4 * ONE_DAY).assigned("scientific")
    assessor = visitor("ansm_assessor", **ON_A_PHONE).goes_to(f"/dossiers/{told.reference}/meeting/")
    fits(assessor.page)
