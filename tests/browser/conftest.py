"""Debian's Chromium, headless, against pytest-django's live server. Every browser test fails on a console error, a
refused content (CSP), a server error or a request that leaves the machine.

    def test_story(page, sign_in, axe):
        sign_in(page, "prescriber@demo.example")
        page.goto("/")
        axe(page)
"""

import os
import re
import shutil
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.visitors import Visitor

SWITCHES = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    # Whatever the page asks, only the loopback exists.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
]  # fmt: skip
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
# The whole report of a page is megabytes, of what passes: what is refused is chosen in the page.
SERIOUS_VIOLATIONS = """
    axe.run({rules: {"target-size": {enabled: true}}, resultTypes: ["violations"]}).then(report => report.violations
        .filter(one => one.impact === "serious" || one.impact === "critical")
        .map(one => ({rule: `${one.impact} ${one.id}: ${one.help}`, html: one.nodes.map(node => node.html)})))
"""
DEMO_PASSWORD = "early-access-demo"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    # Playwright's synchronous interface runs a loop in this thread: Django would take our queries for async code, and
    # whoever needs a loop of their own (pyHanko's judgement of a seal) would be refused it. So it ends with this room.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as running:
        yield running
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "Chromium is missing: sudo apt-get install -y chromium"
    browser = playwright.chromium.launch(executable_path=program, args=SWITCHES)
    yield browser
    browser.close()


class Problems(list[str]):
    """What went wrong in the pages of one test. `expect("404")`: lines with these words are part of the test."""

    def __init__(self) -> None:
        super().__init__()
        self.expected: list[str] = []

    def expect(self, words: str) -> None:
        self.expected.append(words)

    def watch(self, context: BrowserContext, own_address: str) -> None:
        context.on("console", lambda m: self._add(f"console: {m.text}") if m.type == "error" else None)
        context.on("weberror", lambda error: self._add(f"script: {error.error}"))
        context.on("response", lambda r: self._add(f"{r.status} {r.url}") if r.status >= 500 else None)
        context.on("request", lambda r: None if self._is_ours(r.url, own_address) else self._add(f"outside: {r.url}"))

    def _add(self, line: str) -> None:
        self.append(line)

    @staticmethod
    def _is_ours(url: str, own_address: str) -> bool:
        # The last two: Chromium's own viewer of PDFs, which is in it.
        return url.startswith((own_address, "data:", "blob:", "about:", "chrome-extension://", "chrome://resources/"))

    def unexpected(self) -> list[str]:
        return [line for line in self if not any(words in line for words in self.expected)]


@pytest.fixture
def problems() -> Problems:
    return Problems()


@pytest.fixture
def new_context(chromium: Browser, live_server: Any, problems: Problems) -> Generator[Callable[..., BrowserContext]]:
    """Makes a visitor of their own: `new_context(viewport=PHONE, locale="en-GB", java_script_enabled=False)`."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = chromium.new_context(
            **{"base_url": live_server.url, "locale": "fr-FR", "timezone_id": "Europe/Paris", "viewport": DESKTOP}
            | options
        )
        context.set_default_timeout(15_000)
        problems.watch(context, live_server.url)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()
    assert not problems.unexpected(), "\n".join(problems.unexpected())


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    return new_context().new_page()


@pytest.fixture
def phone(new_context: Callable[..., BrowserContext]) -> Page:
    """A page 390 pixels wide, touched rather than clicked."""
    return new_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()


@pytest.fixture
def page_without_script(new_context: Callable[..., BrowserContext]) -> Page:
    return new_context(java_script_enabled=False).new_page()


@pytest.fixture
def sign_in(live_server: Any, settings: Any) -> Callable[[Page, str], None]:
    """Opens the session of an existing person, by its cookie: the sign-in form has its own test."""

    def open_session(page: Page, email: str) -> None:
        from accounts.models import Person

        client = Client()
        client.force_login(Person.objects.get(email=email))
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
        page.context.add_cookies(
            [{"name": cookie.key, "value": cookie.value, "url": live_server.url, "httpOnly": True, "sameSite": "Lax"}]
        )

    return open_session


@pytest.fixture
def sign_in_by_form() -> Callable[..., None]:
    """Types the address and the password as a person does."""

    def fill_form(page: Page, email: str, password: str = DEMO_PASSWORD) -> None:
        page.goto(reverse("account_login"))
        page.locator("input[name=login]").fill(email)
        page.locator("input[name=password]").fill(password)
        page.locator("form:has(input[name=password]) button[type=submit]").first.click()
        page.wait_for_url(re.compile(r"^(?!.*login).*$"))

    return fill_form


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Fails on a serious or critical accessibility violation of the page as it stands, small targets included."""

    def run(page: Page) -> None:
        page.evaluate(AXE_SCRIPT)
        found = page.evaluate(SERIOUS_VIOLATIONS)
        serious = [f"{one['rule']}\n    " + "\n    ".join(html[:200] for html in one["html"][:3]) for one in found]
        assert not serious, f"{page.url}\n" + "\n".join(serious)

    return run


@pytest.fixture
def demo(transactional_db: None) -> None:
    """The demo's people and catalogue, without any dossier."""
    from tests.snapshot import load_world

    load_world()


@pytest.fixture
def visitor(
    demo: None,
    new_context: Callable[..., BrowserContext],
    sign_in: Callable[[Page, str], None],
    axe: Callable[[Page], None],
) -> Callable[..., Visitor]:
    """`visitor("prescriber")`: that demo account, signed in, in a browser of its own; options as for `new_context`."""

    def arrive(login: str, **options: Any) -> Visitor:
        page = new_context(**options).new_page()
        sign_in(page, f"{login}@demo.example")
        return Visitor(login, page, axe if options.get("java_script_enabled", True) else lambda page: None)

    return arrive


@pytest.fixture
def fits() -> Callable[[Page], None]:
    """Fails when the page scrolls sideways."""

    def check(page: Page) -> None:
        width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width[0] <= width[1], f"{page.url} is {width[0]} pixels wide on a screen of {width[1]}"

    return check
