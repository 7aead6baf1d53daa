"""The screens on a phone, 390 pixels wide: nothing scrolls sideways, nothing is too small for a thumb."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.visitors import Visitor, lately

pytestmark = pytest.mark.django_db(transaction=True)

ON_A_PHONE: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
Fits = Callable[[Page], None]


def test_the_hospital_works_on_a_phone(visitor: Callable[..., Visitor], fits: Fits) -> None:
    draft = lately().draft().reference
    waiting = lately().draft().sign().reference
    asked = lately().draft().sign().file().take_up().ask("Quelle est la clairance ?").reference
    granted = lately().draft().sign().file().take_up().propose("grant", "Bénéfice présumé.").grant()
    prescriber = visitor("prescriber", **ON_A_PHONE)
    for address in (
        "/",
        "/dossiers/new/?q=qalsodi",
        *(f"/dossiers/{draft}/edit/{section}/" for section in ("medicine", "history", "undertakings")),
        f"/dossiers/{draft}/review/",
        f"/dossiers/{draft}/documents/",
        f"/dossiers/{asked}/answer/",
        f"/dossiers/{granted.reference}/",
        f"/titles/{granted.title.number}/",
    ):
        fits(prescriber.goes_to(address).page)
    pharmacist = visitor("pharmacist", **ON_A_PHONE)
    for address in ("/", "/worklists/pharmacy/", f"/dossiers/{waiting}/check/"):
        fits(pharmacist.goes_to(address).page)


def test_the_agency_works_on_a_phone(visitor: Callable[..., Visitor], fits: Fits) -> None:
    lately().draft().sign().file()
    examined = lately().draft().sign().file().take_up().reference
    to_sign = lately().draft().sign().file().take_up().propose("grant", "Bénéfice présumé.").reference
    assessor = visitor("ansm_assessor", **ON_A_PHONE)
    for address in ("/", "/worklists/mine/", f"/dossiers/{examined}/", f"/dossiers/{examined}/act/propose/"):
        fits(assessor.goes_to(address).page)
    signatory = visitor("ansm_signatory", **ON_A_PHONE)
    fits(signatory.goes_to(f"/dossiers/{to_sign}/act/grant/").page)


def test_the_saved_line_and_the_sections_stay_at_hand_on_a_phone(visitor: Callable[..., Visitor]) -> None:
    reference = lately().draft().reference
    page = visitor("prescriber", **ON_A_PHONE).goes_to(f"/dossiers/{reference}/edit/clinical/").page
    page.locator("form[data-autosave] .app-actions button").first.scroll_into_view_if_needed()
    expect(page.locator("#save-state")).to_be_in_viewport()
    page.locator(".app-steps-folded summary").tap()
    expect(page.locator("#steps-folded a[aria-current=step]")).to_be_visible()
