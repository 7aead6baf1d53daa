"""An obligation from the list to its proof: at a desk and on a phone, readable by everyone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from dossiers.demo.story import ONE_DAY, Story
from dossiers.models import Obligation
from dossiers.services.obligations import add, mark_done
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.visitors import Visitor
from tests.dossiers.world import story
from workflows.dates import civil_date

pytestmark = pytest.mark.django_db(transaction=True)

SCREENS: dict[str, dict[str, Any]] = {
    "desk": {"viewport": DESKTOP, "locale": "en-GB"},
    "phone": {"viewport": PHONE, "has_touch": True, "is_mobile": True, "locale": "en-GB"},
}


def told_with_obligations() -> Story:
    """One late, one soon, one done."""
    told = story(at=timezone.now() - 60 * ONE_DAY).draft().sign().file().take_up()
    told.propose("grant", "Bénéfice présumé.", months=6).grant()
    today = timezone.localdate()
    for kind, days, text in (
        ("report", -12, "Dosage des neurofilaments à trois mois de traitement."),
        ("condition", 10, "Échelle fonctionnelle ALSFRS-R à chaque injection, par le même observateur."),
        ("notice", -30, "Prévenir l'ANSM de la première injection."),
    ):
        one = add(
            number=told.title.number, kind=kind, owed_by="holder", text=text, law="CSP R.5121-74-5", every_months=2,
            due_on=today + days * ONE_DAY, actor=told.actor("assessor"), at=told.at,
        )  # fmt: skip
        if kind == "notice":
            prescriber = told.actor("prescriber")
            mark_done(obligation=one.pk, done_on=civil_date(told.at), proof="Dit.", actor=prescriber, at=told.at)
    return told


@pytest.mark.parametrize("screen", sorted(SCREENS))
def test_a_late_report_is_seen_and_done(
    visitor: Callable[..., Visitor], fits: Callable[[Page], None], screen: str
) -> None:
    told = told_with_obligations()
    hospital = visitor("prescriber", **SCREENS[screen])
    page = hospital.goes_to("/").page
    fits(page)
    fits(hospital.follows("a[href='/obligations/?when=late']").page)
    expect(page.locator("#main, main").first).to_contain_text("12")
    fits(hospital.goes_to("/obligations/").page)
    fits(hospital.follows(f"a[href='/titles/{told.title.number}/#obligations']").page)
    page.locator("#obligations summary").click()
    fits(page)
    fits(hospital.follows("#obligations a[href$='/done/'] >> nth=0").page)
    page.locator("textarea[name=proof]").fill("Dosage envoyé ce jour.")
    page.locator("main form button.fr-btn").first.click()
    expect(page.locator("#obligations")).to_contain_text("Dosage envoyé ce jour.", use_inner_text=False)
    assert Obligation.objects.filter(kind="report", state="done").count() == 1
    agency = visitor("ansm_assessor", **SCREENS[screen])
    fits(agency.goes_to("/obligations/").page)
    fits(agency.goes_to(f"/titles/{told.title.number}/obligations/new/").page)
