"""Choosing what one is told of: on a wide screen, on a phone, and without a line of JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from accounts.models import Person
from notifications.preferences import PATH, choice_of
from tests.snapshot import load_world

pytestmark = pytest.mark.django_db(transaction=True)

PRESCRIBER = "prescriber@demo.example"


def test_a_choice_is_made_without_script(page_without_script, sign_in):
    load_world()
    page = page_without_script
    sign_in(page, PRESCRIBER)
    page.goto("/profile/")
    page.locator(f"a[href='{PATH}']").click()
    expect(page.locator("input[value=all]")).to_be_checked()
    page.locator("label[for=id_reminders_1]").click()
    page.locator("form.app-preferences button[type=submit]").click()
    expect(page.locator("input[value=mine]")).to_be_checked()
    assert choice_of(Person.objects.get(email=PRESCRIBER), "reminders") == "mine"


@pytest.mark.parametrize("screen", ["page", "phone"])
def test_the_page_is_accessible_and_fits_the_screen(request, screen, sign_in, axe, fits):
    load_world()
    shown = request.getfixturevalue(screen)
    sign_in(shown, PRESCRIBER)
    shown.goto(PATH)
    axe(shown)
    fits(shown)
