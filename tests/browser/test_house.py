"""The browser fixtures themselves, on the sign-in page."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from tests.browser.conftest import Problems


def test_the_sign_in_page_is_accessible(page: Page, axe: Callable[[Page], None]) -> None:
    page.goto(reverse("account_login"))
    assert page.locator("input[name=password]").is_visible()
    assert page.locator("html").get_attribute("lang") == "fr"
    axe(page)


def test_a_button_without_a_name_is_refused(page: Page, axe: Callable[[Page], None]) -> None:
    page.goto(reverse("account_login"))
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    with pytest.raises(AssertionError, match=r"critical button-name: .*\n +<button>"):
        axe(page)


def test_the_sign_in_page_fits_a_phone(phone: Page, fits: Callable[[Page], None]) -> None:
    phone.goto(reverse("account_login"))
    fits(phone)


def test_an_inline_script_is_refused_and_noticed(page: Page, problems: Problems) -> None:
    page.goto(reverse("account_login"))
    page.evaluate(
        "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s)"
    )
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in line for line in problems)
    problems.expect("Content Security Policy")


def test_a_request_that_leaves_the_machine_is_refused_and_noticed(page: Page, problems: Problems) -> None:
    page.goto(reverse("account_login"))
    page.evaluate("new Image().src = 'https://example.org/x.png'")
    page.wait_for_timeout(200)
    assert problems
    problems.expect("example.org")
