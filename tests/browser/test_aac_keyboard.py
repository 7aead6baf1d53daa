"""Signing without a mouse: a prescriber signs a request, a signatory signs a grant. Nothing is clicked or filled by
its selector: the Tab key must reach it, and the eye must see where it is."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from dossiers.models import Dossier
from dossiers.services.drafts import create_draft
from tests.browser.keyboard import Keyboard
from tests.browser.visitors import Visitor, answers, lately

pytestmark = pytest.mark.django_db(transaction=True)

UNDERTAKINGS = ("informs_patient", "follows_protocol", "states_truth")
REASONS = "Maladie grave sans alternative."


def test_a_prescriber_finishes_and_signs_a_request_with_the_keyboard_alone(visitor: Callable[..., Visitor]) -> None:
    prepared = {key: values for key, values in answers().items() if key != "undertakings"}
    told = lately()
    reference = create_draft(
        procedure="aac", kind="initial", actor=told.actor("prescriber"), answers=prepared, at=told.at
    ).reference
    page = visitor("prescriber").goes_to("/").page
    keys = Keyboard(page)

    keys.press("Tab")
    expect(page.locator(".fr-skiplinks a").first).to_be_focused()
    keys.must_see_the_focus()
    keys.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    keys.tab_to(f"main a[href='/dossiers/{reference}/edit/']")
    keys.leaves_by("Enter")
    expect(page).to_have_url(re.compile("/edit/undertakings/$"))

    for name in UNDERTAKINGS:
        keys.tab_to(f"[name={name}]")
        keys.press("Space")
        expect(page.locator(f"[name={name}]")).to_be_checked()
    keys.tab_to(f"[name={UNDERTAKINGS[0]}]", "Shift+Tab")
    keys.tab_to("form[data-autosave] .app-actions button[name=later]")
    keys.leaves_by("Enter")

    expect(page).to_have_url(re.compile("/review/$"))
    assert keys.goes_around() < 60
    keys.tab_to("main form[data-once] button", "Shift+Tab")
    keys.leaves_by("Enter")
    assert Dossier.objects.get().state == "at_pharmacy"


def test_an_assessor_proposes_and_a_signatory_signs_with_the_keyboard_alone(visitor: Callable[..., Visitor]) -> None:
    reference = lately().draft().sign().file().take_up().reference
    page = visitor("ansm_assessor").goes_to(f"/dossiers/{reference}/act/propose/").page
    keys = Keyboard(page)
    keys.tab_to("[name=outcome]")
    keys.press("Space")  # the first choice; the arrows go through the others
    keys.press("ArrowDown")
    expect(page.locator("[name=outcome][value=refuse]")).to_be_checked()
    expect(page.locator("[name=starts_on]")).to_be_hidden()
    keys.press("ArrowUp")
    expect(page.locator("[name=outcome][value=grant]")).to_be_checked()
    keys.tab_to("[name=reasons]")
    page.keyboard.type(REASONS)
    keys.tab_to("main form .app-actions button")
    keys.leaves_by("Enter")
    assert Dossier.objects.get().state == "to_sign"

    page = visitor("ansm_signatory").goes_to("/").page
    keys = Keyboard(page)
    keys.tab_to(f"main a[href='/dossiers/{reference}/']")
    keys.leaves_by("Enter")
    keys.tab_to(f".app-next a[href='/dossiers/{reference}/act/grant/']")
    keys.leaves_by("Enter")
    expect(page.locator("#content")).to_contain_text(REASONS)
    assert keys.goes_around() < 60
    keys.tab_to("main form .app-actions button", "Shift+Tab")
    keys.leaves_by("Enter")
    assert Dossier.objects.get().state == "granted"
