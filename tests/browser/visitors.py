"""A person in a browser: goes from page to page, types, presses. Each page come to is checked for accessibility."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.utils import timezone, translation
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfWriter

from catalogue.models import Indication
from dossiers.demo.answers import example_answers
from dossiers.demo.story import Story
from workflows.dates import civil_date

SHOTS = os.environ.get("BROWSER_SHOTS", "")
"""A folder: keeps a picture of each page checked, to be looked at."""


def fr(text: str, **values: Any) -> str:
    """The French of a message of the site; the message itself while the catalogue has no translation of it."""
    with translation.override("fr"):
        return translation.gettext(text) % values if values else translation.gettext(text)


def qalsody() -> Indication:
    return Indication.objects.select_related("medicine").filter(medicine__name="QALSODY").order_by("pk")[0]


def lately(days: int = 6, **options: Any) -> Story:
    """A story of these last days, to be told through the services up to where the browser takes over."""
    return Story(at=timezone.now() - days * _ONE_DAY, indication=qalsody(), **options)


_ONE_DAY = dt.timedelta(days=1)


def answers(**given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Answers of a first request that pass, section by section, as a person would type them."""
    return example_answers(
        procedure="aac", kind="initial", on=civil_date(timezone.now()), indication=qalsody(), given=given
    )


class Visitor:
    def __init__(self, login: str, page: Page, check: Callable[[Page], None]) -> None:
        self.login = login
        self.page = page
        self.check = check
        self.seen = 0

    # ------------------------------------------------------------------------------------------------ moving

    def goes_to(self, address: str) -> Visitor:
        self.page.goto(address)
        return self.looks()

    def follows(self, selector: str) -> Visitor:
        """Clicks what leads to another page, then looks at it."""
        self.clicks(selector)
        return self.looks()

    def clicks(self, selector: str) -> None:
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()

    def looks(self) -> Visitor:
        self.seen += 1
        expect(self.page.locator("main h1, main h2").first).to_be_visible()
        if SHOTS:
            self.picture()
        self.check(self.page)
        return self

    def picture(self) -> None:
        width = (self.page.viewport_size or {"width": 0})["width"]
        test = os.environ["PYTEST_CURRENT_TEST"].rpartition("::")[2].partition(" ")[0][5:40]
        place = self.page.url.split("/", 3)[3].partition("?")[0]
        name = re.sub(r"\W+", "-", f"{test}-{self.login}-{self.seen:02d}-{width}-{place}").strip("-")
        self.page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)

    # ------------------------------------------------------------------------------------------------ typing

    def fills(self, values: Mapping[str, Any]) -> Visitor:
        """Types each value in the control of that name; names that the page does not show are left out."""
        for name, value in values.items():
            if isinstance(value, list) and value and isinstance(value[0], Mapping):
                for rank, row in enumerate(value):
                    self.fills({f"{name}-{rank}-{column}": cell for column, cell in row.items()})
                continue
            controls = self.page.locator(f"#content [name='{name}']:not([type=hidden])")
            if controls.count():
                self._fill(controls, value)
        return self

    def _fill(self, controls: Locator, value: Any) -> None:
        kind = controls.first.get_attribute("type")
        if kind == "checkbox":
            if value:
                self.chooses(controls.first)
        elif kind == "radio":
            self.chooses(controls.and_(self.page.locator(f"[value='{value}']")))
        elif controls.first.evaluate("(control) => control.localName") == "select":
            controls.first.select_option(str(value))
        else:
            controls.first.fill("\n".join(value) if isinstance(value, list) else str(value))

    def chooses(self, control: Locator) -> None:
        """Presses the label, as a hand does: the design system draws the box there."""
        self.page.locator(f"label[for='{control.get_attribute('id')}']").click()
        expect(control).to_be_checked()

    # --------------------------------------------------------------------------------------------- expecting

    def reads(self, words: str, where: str = "#content") -> Visitor:
        expect(self.page.locator(where).first).to_contain_text(words)
        return self

    def is_told(self, words: str) -> Visitor:
        """The message shown at the top of the page after an act."""
        return self.reads(words, ".app-messages")


def a_pdf() -> dict[str, Any]:
    """A file as a browser's control takes it: a real PDF of one blank page."""
    content = io.BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    writer.write(content)
    return {"name": "rcp.pdf", "mimeType": "application/pdf", "buffer": content.getvalue()}
