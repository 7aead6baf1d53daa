"""The public register, read by somebody who never signed in, at a desk and on a phone."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from register.statistics import OfProcedure, Year
from tests.browser.conftest import PHONE
from tests.browser.visitors import lately, qalsody

pytestmark = pytest.mark.django_db(transaction=True)

SHOTS = os.environ.get("BROWSER_SHOTS", "")


def seen(page: Page, name: str, check: Callable[[Page], None]) -> None:
    check(page)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} overflows by {wide} px"
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"register-{name}-{page.viewport_size['width']}.png"), full_page=True)


@pytest.mark.usefixtures("demo")
def test_anybody_reads_the_register(
    new_context: Callable[..., BrowserContext], axe: Callable[[Page], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    lately().draft().sign().file().take_up().propose("grant", "Bénéfice présumé.").grant()
    year = timezone.localdate().year
    years = (
        *(Year(year - back, 900 - 40 * back, 6.0 + back / 2, 94.3 - back, running=back == 0) for back in range(6)),
        Year(year - 6, None, None, None, False),
    )
    shown = [OfProcedure("aac", "Accès compassionnel (AAC)", True, years)]
    monkeypatch.setattr("register.views.numbers.kept_statistics", lambda on: shown)
    entry = qalsody()
    for options in ({}, {"viewport": PHONE, "has_touch": True, "is_mobile": True}):
        page = new_context(**options).new_page()
        page.goto("/register/")
        seen(page, "list", axe)
        page.goto("/register/?q=qalsody")
        link = page.locator(f"a[href='/register/referential/{entry.pk}/']")
        expect(link).to_have_count(1)
        link.click()
        expect(page.locator("h1")).to_contain_text("QALSODY")
        seen(page, "entry", axe)
        page.goto("/register/statistics/")
        expect(page.locator("svg.register-picture")).to_have_count(2)
        seen(page, "statistics", axe)
        tomorrow = timezone.localdate() + dt.timedelta(days=1)
        page.goto(f"/register/?in_force_on={tomorrow}&state=ended&q=zzz")
        seen(page, "nothing", axe)


@pytest.mark.usefixtures("demo")
def test_the_files_follow_the_filters_and_the_menu_stays_whole(
    new_context: Callable[..., BrowserContext], sign_in: Callable[[Page, str], None], axe: Callable[[Page], None]
) -> None:
    page = new_context().new_page()
    sign_in(page, "ansm_assessor@demo.example")
    page.goto("/register/")
    page.locator(".app-filters__more summary").click()
    page.locator("[name=in_force_on]").fill("2026-03-01")
    page.locator(".app-filters__fields + .app-actions button").click()
    # htmx changes the results alone: the links to the files are among them.
    expect(page.locator("#results a[href='/api/v1/register.csv?in_force_on=2026-03-01']")).to_have_count(1)
    with page.expect_download() as started:
        page.locator("#results a[href^='/api/v1/register.csv']").click()
    lines = Path(started.value.path()).read_bytes().decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + page.locator("#results tbody tr").count()
    # Nine doors on one line.
    tops = page.locator(".fr-nav__item").evaluate_all("items => items.map(item => item.getBoundingClientRect().top)")
    assert len(set(tops)) == 1
    seen(page, "staff", axe)
