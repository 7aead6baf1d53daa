"""Takes the README's pictures into docs/screenshots/ from a running demo site, in French.

    .venv/bin/python scripts/screenshots.py http://127.0.0.1:8000

Needs the demo data (`make run` makes it), Chromium and poppler. Writes nothing on the site but what reading does.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER: Final = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
PASSWORD: Final = "early-access-demo"  # noqa: S105 - the demo's, published
DESKTOP: Final = {"width": 1280, "height": 1000}
PHONE: Final = {"width": 390, "height": 844}
COLOURS: Final = 256
"""Enough for flat screens, and a fraction of the size."""


def home(page: Page) -> None:
    page.goto("/")


def request(page: Page) -> None:
    """The draft begun most recently, at a section already typed."""
    page.goto("/")
    address = page.locator("main a[href$='/edit/']").first.get_attribute("href")
    page.goto(f"{address}clinical/")


def check(page: Page) -> None:
    page.goto("/worklists/pharmacy/")
    page.locator("main a[href$='/check/']").first.click()
    page.wait_for_url("**/check/")


def worklist(page: Page) -> None:
    page.goto("/worklists/all/")


def dossier(page: Page) -> None:
    """A dossier whose questions were answered, else the first of the list."""
    page.goto("/worklists/mine/")
    for address in [one.get_attribute("href") or "/" for one in page.locator("main table a").all()]:
        page.goto(address)
        if page.locator("#questions .fr-badge--success").count():
            return


def first_of(page: Page, address: str, link: str) -> None:
    """What the first link of a list leads to."""
    page.goto(address)
    found = page.locator(f"main {link}").first.get_attribute("href") or address
    page.goto(found.partition("#")[0])


def early_access(page: Page) -> None:
    first_of(page, "/worklists/mine/", "a[href^='/dossiers/AAP']")


def framework(page: Page) -> None:
    first_of(page, "/register/frameworks/", "table a")


def devices(page: Page) -> None:
    first_of(page, "/devices/", "a[href^='/devices/DEROG']")


def meeting(page: Page) -> None:
    first_of(page, "/meetings/", "a[href^='/dossiers/ADVICE']:not([href$='.ics'])")


PICTURES: Final[tuple[tuple[str, str, dict[str, int], Callable[[Page], None]], ...]] = (
    ("prescriber-home", "prescriber", DESKTOP, home),
    ("request", "prescriber", DESKTOP, request),
    ("pharmacist-check", "pharmacist", DESKTOP, check),
    ("ansm-worklist", "ansm_assessor", DESKTOP, worklist),
    ("ansm-dossier", "ansm_assessor", DESKTOP, dossier),
    ("early-access", "has_officer", DESKTOP, early_access),
    ("framework", "prescriber", DESKTOP, framework),
    ("devices", "prescriber", DESKTOP, devices),
    ("advice", "applicant", DESKTOP, meeting),
    ("phone", "prescriber", PHONE, home),
)


def visit(browser: Browser, site: str, login: str, size: dict[str, int]) -> Page:
    """A page of the site, signed in as that demo account."""
    context = browser.new_context(
        base_url=site, locale="fr-FR", timezone_id="Europe/Paris", viewport=size, color_scheme="light"
    )
    page = context.new_page()
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(f"{login}@demo.example")
    page.locator("input[name=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.locator("form:has(input[name=password]) button[type=submit]").first.click()
    return page


def picture(browser: Browser, site: str, login: str, size: dict[str, int], show: Callable[[Page], None]) -> bytes:
    page = visit(browser, site, login, size)
    show(page)
    page.wait_for_load_state("networkidle")
    status = page.evaluate("performance.getEntriesByType('navigation')[0].responseStatus")
    if status != 200:  # a picture of an error must not end in the README
        sys.exit(f"{page.url} answers {status}: no more pictures are taken.")
    taken = page.screenshot()
    page.context.close()
    return taken


def letter(browser: Browser, site: str) -> bytes:
    """The first page of a decision letter, as printed."""
    page = visit(browser, site, "prescriber", DESKTOP)
    page.goto("/titles/")
    page.locator("main table a").first.click()
    page.wait_for_url("**/titles/*/")
    pdf = page.request.get(page.locator("a[href^='/letters/']").first.get_attribute("href") or "/").body()
    page.context.close()
    command = ["pdftoppm", "-png", "-r", "80", "-f", "1", "-singlefile", "-"]
    return subprocess.run(command, input=pdf, capture_output=True, check=True).stdout  # noqa: S603


def keep(name: str, taken: bytes) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.png"
    Image.open(io.BytesIO(taken)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    sys.stdout.write(f"{path.relative_to(FOLDER.parents[1])}: {path.stat().st_size // 1024} KiB\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", nargs="?", default="http://127.0.0.1:8000", help="address of the running demo site")
    site = parser.parse_args().site.rstrip("/")
    program = shutil.which("chromium")
    if program is None:
        sys.stderr.write("Chromium is missing: sudo apt-get install -y chromium\n")
        return 2
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for name, login, size, show in PICTURES:
            keep(name, picture(browser, site, login, size, show))
        keep("letter", letter(browser, site))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
