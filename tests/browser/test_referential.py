"""ANSM links a request in free words to the referential, then grants it: at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from catalogue.models import Indication
from dossiers.demo.story import Story
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.visitors import Visitor, lately

pytestmark = pytest.mark.django_db(transaction=True)

FREE = {
    "medicine": "",
    "indication": "",
    "other_name": "Trogarzzo",
    "other_inn": "nusilexine",
    "other_form": "gélule",
    "other_strength": "20 mg",
    "other_indication": "Ataxie spinocérébelleuse de type 3 confirmée génétiquement",
}
SCREENS: dict[str, dict[str, Any]] = {
    "desk": {"viewport": DESKTOP},
    "phone": {"viewport": PHONE, "has_touch": True, "is_mobile": True},
}


def in_free_words() -> Story:
    told = lately(given={"medicine": FREE, "request": {"track": "B", "urgent": "no"}})
    return told.draft().sign().file().take_up()


@pytest.mark.parametrize("screen", sorted(SCREENS))
def test_a_request_in_free_words_is_linked_and_granted(
    visitor: Callable[..., Visitor], fits: Callable[[Page], None], problems: Any, screen: str
) -> None:
    told = in_free_words()
    home = f"/dossiers/{told.reference}/"
    problems.expect("409")
    assessor = visitor("ansm_assessor", **SCREENS[screen])
    page = assessor.goes_to(home).page
    fits(page)
    fits(assessor.follows(f"#referential a[href='{home}product/']").page)
    expect(page.locator("#entries")).to_contain_text("TROGARZO")
    fits(assessor.follows(f"#entries a[href='{home}product/new/']").page)
    page.locator("#id_rare").check(force=True)
    # It looks like a medicine that is recorded: said once, then taken at their word.
    fits(assessor.follows("main form .app-actions button").page)
    expect(page.locator("#alike")).to_contain_text("TROGARZO")
    expect(page.locator("#id_inn")).to_have_value("nusilexine")
    expect(page.locator("#id_rare")).to_be_checked()
    page.locator("#id_none_of_these").check(force=True)
    fits(assessor.follows("main form .app-actions button").page)

    entry = Indication.objects.get(label=FREE["other_indication"])
    assessor.follows("#referential a[href*='/put/']")
    fits(page)
    page.locator("#id_put_reference").fill("PUT-SP v1")
    assessor.follows("main form button[type=submit]")
    expect(page.locator("#referential")).to_contain_text("Trogarzzo")
    expect(page.locator("#referential a[href*='/put/']")).to_have_count(0)

    told.propose("grant", "Maladie grave sans alternative.").grant()
    assessor.goes_to("/").follows(f"main a[href*='{home}tasks/']")
    fits(page)
    assessor.follows(f"a[href*='indications/{entry.pk}/criteria/new/']")
    page.locator("#id_criteria-0-text").fill("Diagnostic confirmé")
    assessor.follows("main form button[type=submit]")
    assessor.follows(f"a[href*='medicines/{entry.medicine_id}/ucd/']")
    page.locator("#id_ucd13").fill("3400893213322")
    assessor.follows("main form button[type=submit]")
    fits(assessor.follows("main form .app-actions button").page)
    expect(page.locator(f"main a[href*='{home}tasks/']")).to_have_count(0)
    fits(assessor.goes_to(f"/catalogue/medicines/{entry.medicine_id}/").page)
    fits(assessor.goes_to(f"/catalogue/indications/{entry.pk}/edit/").page)
    fits(assessor.goes_to(f"/catalogue/medicines/{entry.medicine_id}/edit/").page)


def test_entries_are_searched_while_typing(visitor: Callable[..., Visitor]) -> None:
    told = in_free_words()
    page = visitor("ansm_assessor").goes_to(f"/dossiers/{told.reference}/product/").page
    page.locator("#medicine-query").press_sequentially("qalsodi")
    expect(page.locator("#entries")).to_contain_text("QALSODY")
    page.locator("#entries form button").first.click()
    expect(page.locator("#referential")).to_contain_text("QALSODY")
    assert told.dossier.medicine.name == "QALSODY"
