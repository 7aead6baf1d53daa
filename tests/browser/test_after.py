"""What follows a decision on an early access, at a desk and on a phone: continuity, appeals, the public register."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.services import appeals, continuity
from tests.browser.conftest import PHONE, Problems
from workflows.dates import civil_date

pytestmark = pytest.mark.django_db(transaction=True)

SHOTS = os.environ.get("BROWSER_SHOTS", "")
SIZES = ({}, {"viewport": PHONE, "has_touch": True, "is_mobile": True})
AGO = 150 * ONE_DAY


def seen(page: Page, name: str, check: Callable[[Page], None]) -> None:
    check(page)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} overflows by {wide} px"
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"after-{name}-{page.viewport_size['width']}.png"), full_page=True)


def ended() -> EarlyAccess:
    told = EarlyAccess(at=timezone.now() - AGO).examined()
    told.grant(indication="Adultes, après deux lignes de chimiothérapie.")
    after = told.on_title("ma_obtained", told.at + 20 * ONE_DAY)
    after.pathway = "post_ma"
    after.examined().grant()
    told.at = timezone.now() - 30 * ONE_DAY
    told.move_title("cease", "has_college", {"cause": "reimbursed", "reason": "Prise en charge de droit commun."})
    starts_on = civil_date(told.at) + ONE_DAY
    for days, patients in ((1, 84), (15, 71)):
        on = starts_on + days * ONE_DAY
        continuity.count(number=told.title.number, on=on, patients=patients, actor=demo_actor("applicant"))
    return told


def refused() -> EarlyAccess:
    told = EarlyAccess(at=timezone.now() - AGO).examined().refuse()
    on = civil_date(told.at) + 20 * ONE_DAY
    said = {"grounds": "Le critère d'innovation a été mal apprécié.", "actor": demo_actor("has_officer")}
    one = appeals.lodge(reference=told.reference, kind="gracious", lodged_on=on, **said)
    appeals.settle(
        appeal=one.pk,
        outcome="upheld",
        answered_on=on + 30 * ONE_DAY,
        answer="Le Collège maintient sa décision.",
        actor=demo_actor("has_officer"),
    )
    appeals.lodge(reference=told.reference, kind="court", lodged_on=on + 40 * ONE_DAY, **said)
    return told


@pytest.mark.usefixtures("demo")
def test_what_follows_a_decision_reads_well(
    new_context: Callable[..., BrowserContext], sign_in: Callable[[Page, str], None], axe: Callable[[Page], None]
) -> None:
    granted, not_granted = ended(), refused()
    EarlyAccess(at=timezone.now() - 20 * ONE_DAY).draft().file().acknowledge()
    for options in SIZES:
        page = new_context(**options).new_page()
        page.goto(f"/register/title/{granted.title.number}/")
        seen(page, "register-grant", axe)
        page.goto(f"/register/refusal/{not_granted.dossier.filing_number}/")
        seen(page, "register-refusal", axe)
        page.goto("/register/filings/")
        seen(page, "register-filings", axe)
        page.goto("/register/")
        seen(page, "register-list", axe)
        page.goto("/register/statistics/")
        seen(page, "register-statistics", axe)
        sign_in(page, "applicant@demo.example")
        page.goto(f"/titles/{granted.title.number}/")
        seen(page, "title", axe)
        page.goto(f"/titles/{granted.title.number}/continuity/count/")
        seen(page, "count", axe)
        sign_in(page, "has_officer@demo.example")
        page.goto(f"/dossiers/{not_granted.reference}/")
        seen(page, "dossier", axe)
        page.goto(f"/dossiers/{not_granted.reference}/appeals/new/")
        seen(page, "appeal", axe)


@pytest.mark.usefixtures("demo")
def test_without_javascript_patients_are_counted_and_an_appeal_is_recorded(
    page_without_script: Page, sign_in: Callable[[Page, str], None], problems: Problems
) -> None:
    problems.expect("422")  # the count that is refused
    granted, page = ended(), page_without_script
    sign_in(page, "applicant@demo.example")
    page.goto(f"/titles/{granted.title.number}/")
    page.locator("#continuity a[href$='/count/']").click()
    page.locator("input[name=patients]").fill("-3")
    page.locator("main form button").click()
    expect(page.locator("input[name=patients]")).to_have_value("-3")
    page.locator("input[name=patients]").fill("65")
    page.locator("main form button").click()
    expect(page.locator("#continuity")).to_contain_text("65")

    sign_in(page, "has_officer@demo.example")
    page.goto(f"/dossiers/{granted.reference}/")
    page.locator("#appeals a[href$='/appeals/new/']").click()
    page.locator("input[name=kind][value=court]").check(force=True)
    page.locator("input[name=lodged_on]").fill(civil_date(timezone.now()).isoformat())
    page.locator("textarea[name=grounds]").fill("Un concurrent conteste l'autorisation.")
    page.locator("main form button").click()
    expect(page.locator("#appeals")).to_contain_text("Un concurrent conteste")
    page.locator("#appeals a[href$='/settle/']").click()
    page.locator("input[name=outcome][value=dropped]").check(force=True)
    page.locator("textarea[name=answer]").fill("Désistement.")
    page.locator("main form button").click()
    expect(page.locator("#appeals")).to_contain_text("Désistement.")
