"""The frame of every page and the pages about oneself, in a real browser."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

from accounts.demo import PASSWORD, load_demo_people
from accounts.models import Person

pytestmark = pytest.mark.django_db(transaction=True)

SIGNED_OUT = ["accounts:landing", "account_login", "account_reset_password", "accounts:accessibility", "accounts:legal"]
SIGNED_IN = [
    "accounts:profile",
    "accounts:choose_membership",
    "accounts:members",
    "accounts:invite",
    "account_change_password",
    "account_logout",
    "mfa_index",
    "mfa_list_webauthn",
    "usersessions_list",
]
SignIn = Callable[[Page, str], None]
Check = Callable[[Page], None]


@pytest.fixture(autouse=True)
def _people(transactional_db: None) -> None:
    load_demo_people()


@pytest.mark.parametrize("language", ["fr-FR", "en-GB"])
def test_every_page_of_the_frame_is_accessible_and_fits_a_phone(
    new_context: Callable[..., BrowserContext], sign_in: SignIn, axe: Check, fits: Check, language: str
) -> None:
    from tests.browser.conftest import PHONE

    for viewport in ({"width": 1280, "height": 900}, PHONE):
        page = new_context(locale=language, viewport=viewport).new_page()
        for name in SIGNED_OUT:
            page.goto(reverse(name))
            axe(page)
            fits(page)
        sign_in(page, "org_admin@demo.example")
        member = Person.objects.get(email="prescriber@demo.example").memberships.get()
        for address in [*map(reverse, SIGNED_IN), reverse("accounts:member", args=[member.pk])]:
            page.goto(address)
            axe(page)
            fits(page)


def test_error_pages_are_accessible(page: Page, sign_in: SignIn, axe: Check, problems: Any) -> None:
    problems.expect("404")
    problems.expect("403")
    sign_in(page, "prescriber@demo.example")
    for address in ("/no-such-page/", reverse("accounts:members")):
        page.goto(address)
        expect(page.locator("main h1")).to_be_visible()
        axe(page)


def _press_until_focused(page: Page, key: str, selector: str, at_most: int = 40) -> None:
    for _ in range(at_most):
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{selector} is not reached with {key}")


def test_signing_in_and_switching_by_keyboard_alone(page: Page, problems: Any) -> None:
    page.goto(reverse("account_login"))
    page.keyboard.press("Tab")
    expect(page.locator(".fr-skiplinks a").first).to_be_focused()
    _press_until_focused(page, "Tab", "#id_login")
    page.keyboard.type("two_hats@demo.example")
    _press_until_focused(page, "Tab", "#id_password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("/")
    page.goto(reverse("accounts:profile"))
    menu = ".fr-header__tools details.app-identity"
    _press_until_focused(page, "Tab", f"{menu} summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator(f"{menu} summary")).to_be_focused()
    assert not page.locator(menu).evaluate("(menu) => menu.open")
    page.keyboard.press("Enter")
    _press_until_focused(page, "Tab", f"{menu} button:not([aria-current])")
    page.keyboard.press("Enter")
    page.wait_for_url("/")
    expect(page.locator(".fr-header__tools .app-identity__as")).to_contain_text("Projet académique")


def _lose_the_session(page: Page, settings: Any) -> None:
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)


def _sign_in_in_another_tab(page: Page) -> None:
    tab = page.context.new_page()
    tab.goto(reverse("account_login"))
    tab.fill("#id_login", "intern@demo.example")
    tab.fill("#id_password", PASSWORD)
    tab.press("#id_password", "Enter")
    tab.wait_for_url("/")
    tab.close()


def _come_back(page: Page) -> None:
    """Headless pages never lose the focus: tell this one that it has it again."""
    with page.expect_response(f"**{reverse('accounts:session')}"):
        page.evaluate("window.dispatchEvent(new Event('focus'))")


@pytest.mark.parametrize("script", [True, False])
def test_a_form_sent_after_the_session_ended_loses_nothing(
    new_context: Callable[..., BrowserContext], sign_in: SignIn, settings: Any, problems: Any, script: bool
) -> None:
    problems.expect("401")
    problems.expect("403")
    page = new_context(java_script_enabled=script).new_page()
    sign_in(page, "intern@demo.example")
    page.goto(reverse("accounts:profile"))
    page.fill("#id_last_name", "Bellefond d'Été")
    _lose_the_session(page, settings)
    page.locator("main form button").click()
    expect(page.locator("main form textarea[name=last_name]")).to_have_value("Bellefond d'Été")
    _sign_in_in_another_tab(page)
    if script:
        _come_back(page)
    page.locator("main form button").click()
    if not script:
        # The token of the first page died with the sign-in: the second page carries a fresh one.
        expect(page.locator("main form textarea[name=last_name]")).to_have_value("Bellefond d'Été")
        page.locator("main form button").click()
    expect(page.locator(".fr-alert--success").first).to_be_visible()
    assert Person.objects.get(email="intern@demo.example").last_name == "Bellefond d'Été"


def test_htmx_shows_a_banner_and_saves_after_signing_in_elsewhere(
    page: Page, sign_in: SignIn, settings: Any, problems: Any
) -> None:
    problems.expect("401")
    sign_in(page, "intern@demo.example")
    page.goto(reverse("accounts:profile"))
    page.evaluate(
        """() => {
          const form = document.querySelector("main form");
          form.setAttribute("hx-post", location.pathname);
          form.setAttribute("hx-target", "#content");
          form.setAttribute("hx-select", "#content");
          htmx.process(form);
        }"""
    )
    page.fill("#id_last_name", "Typed for ten minutes")
    _lose_the_session(page, settings)
    page.locator("main form button").click()
    expect(page.locator("#app-banner [data-signed-out]")).to_be_visible()
    expect(page.locator("#id_last_name")).to_have_value("Typed for ten minutes")
    _sign_in_in_another_tab(page)
    _come_back(page)
    expect(page.locator("#app-banner .fr-alert--success")).to_be_visible()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("main form button").click()
    page.wait_for_load_state("networkidle")
    assert Person.objects.get(email="intern@demo.example").last_name == "Typed for ten minutes"


def test_a_dead_site_is_announced_and_the_form_stays(page: Page, sign_in: SignIn, problems: Any) -> None:
    problems.expect("ERR_FAILED")
    problems.expect("net::")
    problems.expect("htmx:")
    sign_in(page, "intern@demo.example")
    page.goto(reverse("accounts:profile"))
    page.evaluate(
        """() => {
          const form = document.querySelector("main form");
          form.setAttribute("hx-post", location.pathname);
          htmx.process(form);
        }"""
    )
    page.fill("#id_last_name", "Still here")
    page.route("**/profile/", lambda route: route.abort())
    page.locator("main form button").click()
    expect(page.locator("#app-banner .fr-alert--error")).to_be_visible()
    expect(page.locator("#id_last_name")).to_have_value("Still here")


def test_without_script_a_phone_reaches_the_menu_and_signs_out(
    new_context: Callable[..., BrowserContext], sign_in: SignIn
) -> None:
    from tests.browser.conftest import PHONE

    page = new_context(java_script_enabled=False, viewport=PHONE).new_page()
    sign_in(page, "org_admin@demo.example")
    page.goto(reverse("accounts:profile"))
    page.locator("#fr-navigation a", has_text="").last.scroll_into_view_if_needed()
    expect(page.locator("#fr-navigation a").last).to_be_visible()
    page.locator("#app-menu summary").click()
    page.locator(f"#app-menu form[action='{reverse('account_logout')}'] button").click()
    page.wait_for_url("/")
    page.goto(reverse("accounts:profile"))
    expect(page).to_have_url(re.compile(reverse("account_login")))


def test_on_a_phone_the_role_is_shown_without_opening_the_menu(phone: Page, sign_in: SignIn, axe: Check) -> None:
    sign_in(phone, "two_hats@demo.example")
    phone.goto(reverse("accounts:profile"))
    expect(phone.locator(".app-acting")).to_contain_text("CHU Démo de Valmirande")
    phone.locator("#app-menu-button").click()
    expect(phone.locator("#app-menu summary")).to_be_visible()
    phone.locator("#app-menu summary").click()
    expect(phone.locator("#app-menu .app-identity__menu")).to_be_visible()
    axe(phone)
