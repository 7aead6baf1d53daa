"""What concerns one product, and one expert asked about it, at a desk and on a phone."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.services import experts
from tests.browser.conftest import PHONE
from workflows.dates import civil_date

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("BROWSER_SHOTS", "")
SIZES = ({}, {"viewport": PHONE, "has_touch": True, "is_mobile": True})


def seen(page: Page, name: str, check: Callable[[Page], None]) -> None:
    check(page)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} overflows by {wide} px"
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"product-{name}-{page.viewport_size['width']}.png"), full_page=True)


def told() -> EarlyAccess:
    old = EarlyAccess(at=timezone.now() - 300 * ONE_DAY).granted()
    EarlyAccess(at=timezone.now() - 40 * ONE_DAY).examined()
    return old


def test_the_story_of_a_product_is_seen_read_and_followed(
    demo: None,
    new_context: Callable[..., BrowserContext],
    sign_in: Callable[[Page, str], None],
    axe: Callable[[Page], None],
) -> None:
    old = told()
    for size in SIZES:
        page = new_context(**size).new_page()
        sign_in(page, "ansm_assessor@demo.example")
        page.goto(f"/dossiers/{old.reference}/")
        page.get_by_role("link", name="Tout sur ce produit").click()
        expect(page.get_by_role("heading", name="Ce qui valait quand")).to_be_visible()
        page.get_by_text("La même chose en toutes lettres").click()
        seen(page, "story", axe)
        page.get_by_role("link", name="en vigueur").first.click()
        expect(page).to_have_url(f"{page.url.partition('/titles/')[0]}/titles/{old.title.number}/")


def test_an_expert_declares_reads_and_gives_an_opinion(
    demo: None,
    new_context: Callable[..., BrowserContext],
    sign_in: Callable[[Page, str], None],
    axe: Callable[[Page], None],
) -> None:
    file = EarlyAccess(at=timezone.now() - 40 * ONE_DAY).examined()
    expert = demo_actor("expert")
    assert expert.membership_id is not None
    until = civil_date(timezone.now()) + dt.timedelta(days=20)
    said = {"question": "Le comparateur retenu est-il le bon ?", "until": until, "actor": demo_actor("ansm_assessor")}
    experts.ask(reference=file.reference, expert=expert.membership_id, **said)
    page = new_context(**SIZES[1]).new_page()
    sign_in(page, "expert@demo.example")
    page.goto("/")
    seen(page, "missions", axe)
    page.get_by_role("link", name=file.dossier.product_label).click()
    page.get_by_text("Non : je peux donner un avis").click()
    page.get_by_label("Vos liens").fill("Aucun.")
    seen(page, "declaration", axe)
    page.get_by_role("button", name="Déclarer").click()
    page.get_by_role("link", name="Lire le dossier").click()
    seen(page, "file", axe)
    page.goto("/")
    page.get_by_role("link", name=file.dossier.product_label).click()
    page.get_by_label("Votre avis").fill("Oui, c'est le traitement de référence.")
    page.get_by_role("button", name="Rendre l'avis").click()
    expect(page.get_by_text("Votre avis est rendu")).to_be_visible()
    assessor = new_context().new_page()
    sign_in(assessor, "ansm_assessor@demo.example")
    assessor.goto(f"/dossiers/{file.reference}/#experts")
    expect(assessor.get_by_text("Oui, c'est le traitement de référence.")).to_be_visible()
    seen(assessor, "experts", axe)
