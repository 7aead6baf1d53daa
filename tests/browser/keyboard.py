"""A person without a mouse: only keys. Each stop of the Tab key must be seen, and nothing may hold the focus back."""

from __future__ import annotations

from playwright.sync_api import Page

MOST_STOPS = 120

# What has the focus, whether it can be seen to have it, and whether something covers it.
FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const box = one.getBoundingClientRect();
  const label = one.labels && one.labels[0];
  const drawn = [[one, null], [one, "::before"], [one, "::after"]];
  if (label) drawn.push([label, null], [label, "::before"], [label, "::after"]);
  // The browser itself draws the focus of the parts of a date: day, month, year, the small calendar.
  const hasParts = ["date", "datetime-local", "time"].includes(one.type);
  const outlined = hasParts || drawn.some(([element, part]) => {
    const style = getComputedStyle(element, part);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  });
  const x = box.left + Math.min(box.width / 2, 40), y = box.top + Math.min(box.height / 2, 12);
  const above = document.elementFromPoint(x, y);
  const inSight = y >= 0 && y <= innerHeight && x >= 0 && x <= innerWidth;
  const uncovered = !!above && (one.contains(above) || above.contains(one) || (label && label.contains(above)));
  return { name: one.outerHTML.slice(0, 160), outlined, inSight, uncovered };
}"""


class Keyboard:
    def __init__(self, page: Page) -> None:
        self.page = page

    def tab_to(self, selector: str, key: str = "Tab") -> None:
        """Presses Tab until the element that `selector` names has the focus; each stop on the way must be visible."""
        for _stop in range(MOST_STOPS):
            self.page.keyboard.press(key)
            self.must_see_the_focus()
            if self.is_on(selector):
                return
        raise AssertionError(f"{key} never reaches {selector} on {self.page.url}")

    def is_on(self, selector: str) -> bool:
        return bool(self.page.evaluate("(selector) => document.activeElement.matches(selector)", selector))

    def must_see_the_focus(self) -> None:
        found = self.page.evaluate(FOCUS)
        if found is None:  # the document itself, between its last and its first stop
            return
        where = f"{found['name']}\n on {self.page.url}"
        assert found["outlined"], f"the focus is not drawn on {where}"
        assert found["inSight"], f"the focus is out of sight on {where}"
        assert found["uncovered"], f"something covers the focus on {where}"

    def goes_around(self) -> int:
        """From the top to the footer with Tab, and the number of stops: nothing holds the focus back."""
        self.page.evaluate("document.activeElement.blur()")
        last = self.page.evaluate("document.querySelectorAll('#footer a[href], #footer button').length") > 0
        assert last, "the footer has nothing to stop at"
        for stop in range(1, MOST_STOPS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("!!document.activeElement.closest('#footer')"):
                return stop
        raise AssertionError(f"the focus never leaves the content of {self.page.url}")

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def leaves_by(self, key: str) -> None:
        """Presses a key that leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
