"""A patient through the four forms of a PUT-RD, by those who fill, check and answer them, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from cohort.models import CohortForm, Inclusion
from tests.browser.conftest import PHONE
from tests.browser.visitors import Visitor, fr
from tests.cohort.world import DAY, REQUEST, granted


def fill(page: Page, answers: dict[str, Any]) -> None:
    for name, value in answers.items():
        radio = page.locator(f"input[type=radio][name={name}][value='{value}']")
        if radio.count():
            page.locator(f"label[for='{radio.get_attribute('id')}']").click()
        else:
            page.locator(f"[name={name}]").fill(value.replace(",", "."))


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def test_a_patient_through_the_four_forms(visitor: Callable[..., Visitor], fits: Callable[[Page], None]) -> None:
    title = granted(at=timezone.now() - 30 * DAY)
    today = timezone.localdate().isoformat()
    prescriber, pharmacist, applicant = (
        visitor("prescriber"),
        visitor("pharmacist", viewport=PHONE),
        visitor("applicant"),
    )

    page = prescriber.page
    page.goto("/cohort/new/")
    prescriber.check(page)
    page.get_by_role("link", name=fr("Include a patient")).last.click()
    press(page, fr("Begin the access request"))
    fill(page, REQUEST)
    # What is typed saves itself.
    expect(page.locator("#base_version")).not_to_have_value("1")
    press(page, fr("Sign and give to the pharmacy"))
    expect(page.locator(".fr-alert--success")).to_be_visible()
    prescriber.check(page)
    address = page.url

    page = pharmacist.page
    page.goto(address)
    fits(page)
    press(page, fr("Sign and send to the company"))
    expect(page.locator(".fr-alert--success")).to_be_visible()

    page = applicant.page
    page.goto(f"/cohort/{title.chain}/")
    applicant.check(page)
    assert REQUEST["initials"] not in page.content()
    page.get_by_role("link", name=f"{title.chain}/0001", exact=True).click()
    applicant.check(page)
    page.fill("#access_number", "QAL-17")
    press(page, fr("Give access"))
    expect(page.locator(".fr-alert--success")).to_be_visible()

    page = prescriber.page
    page.goto(address)
    page.get_by_role("link", name=fr("Tell the start of treatment")).click()
    fill(page, {"started_on": today, "dose": "100 mg", "baseline": "Marche avec une canne"})
    press(page, fr("Sign the start of treatment"))
    expect(page.locator(".fr-alert--success")).to_be_visible()

    first = timezone.localdate() - 9 * DAY
    Inclusion.objects.update(started_on=first - 31 * DAY, next_due_on=first)
    CohortForm.objects.filter(visit=1).update(due_on=first)
    page.goto("/cohort/")
    page.get_by_role("link", name=fr("Fill in the follow-up visit")).click()
    expect(page.locator("[name=adverse_effect_text]")).to_be_hidden()
    fill(page, {"seen_on": today, "course": "continues", "effect": "stable", "adverse_effect": "yes"})
    expect(page.locator("[name=adverse_effect_text]")).to_be_visible()
    fill(page, {"adverse_effect_text": "Céphalées.", "adverse_effect_serious": "no", "situation": "none"})
    press(page, fr("Sign this visit"))
    expect(page.get_by_text(fr("Sent to vigilance."))).to_be_visible()

    page.get_by_role("link", name=fr("Tell the end of treatment")).click()
    fill(page, {"stopped_on": today, "reason": "progression", "effect": "worse", "adverse_effect": "no"})
    press(page, fr("Sign the end of treatment"))
    expect(page.locator(".fr-alert--success")).to_be_visible()
    prescriber.check(page)
    assert Inclusion.objects.get().state == "stopped"

    page = applicant.page
    page.goto(f"/cohort/{title.chain}/figures/")
    applicant.check(page)
    expect(page.locator("svg.cohort-picture")).to_be_visible()
