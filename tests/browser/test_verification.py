"""Whoever holds a letter checks it in a browser, on a phone, without an account."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from catalogue.models import Indication
from documents.letters import codes, orders
from documents.models import IssuedLetter
from dossiers.demo.story import Story
from tests.snapshot import load_world

pytestmark = pytest.mark.django_db(transaction=True)


def granted_lately() -> IssuedLetter:
    load_world()
    at = timezone.now() - dt.timedelta(days=10)
    story = Story(at=at, indication=Indication.objects.get(medicine__name="QALSODY"))
    story.draft().sign().file().take_up().propose("grant", "Conditions remplies.").grant()
    orders.make_pending(limit=5, at=story.at)
    return IssuedLetter.objects.get(kind="aac_grant")


def test_a_letter_is_verified_and_its_pdf_compared(
    live_server: object, page: Page, axe: Callable[[Page], None], tmp_path: Path
) -> None:
    letter = granted_lately()
    page.goto("/verify/")
    axe(page)
    typed = codes.spaced(letter.verification_code).lower().replace("0", "o").replace("-", " ")
    page.locator("#id_code").fill(typed)
    page.locator("#content form button").click()
    expect(page).to_have_url(f"{page.url.split('/verify')[0]}/verify/{letter.verification_code}/")
    expect(page.locator("#content .fr-alert--success")).to_have_count(1)
    expect(page.locator("#content")).to_contain_text(letter.sha256)
    axe(page)
    for content, mark in ((letter.pdf, ".fr-alert--success >> nth=1"), (letter.pdf + b" ", ".fr-alert--error")):
        held = tmp_path / "lettre.pdf"
        held.write_bytes(content)
        page.locator("#id_pdf").set_input_files(held)
        page.locator("#content form button").click()
        expect(page.locator(f"#content {mark}")).to_be_visible()


def test_a_wrong_code_keeps_what_was_typed(live_server: object, page: Page, axe: Callable[[Page], None]) -> None:
    page.goto("/verify/?code=ABC-12")
    expect(page.locator("#id_code")).to_have_value("ABC-12")
    axe(page)


def test_it_fits_a_phone_and_needs_no_script(
    live_server: object, phone: Page, page_without_script: Page, fits: Callable[[Page], None]
) -> None:
    letter = granted_lately()
    phone.goto(f"/verify/{letter.verification_code}/")
    expect(phone.locator("#content .fr-alert--success")).to_be_visible()
    fits(phone)
    page_without_script.goto("/verify/")
    page_without_script.locator("#id_code").fill(letter.verification_code)
    page_without_script.locator("#content form button").click()
    expect(page_without_script.locator("#content .fr-alert--success")).to_be_visible()
