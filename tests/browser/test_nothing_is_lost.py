"""A typo, a bad file, a lost session, a stale page, two tabs: each gets a clear message, and nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from dossiers.models import Dossier, DraftSection
from dossiers.services.drafts import save_section
from tests.browser.visitors import Visitor, fr, lately, qalsody

pytestmark = pytest.mark.django_db(transaction=True)

TYPED = "Forme bulbaire débutante ; ALSFRS-R passé de 42 à 31 en six mois."
Visitors = Callable[..., Visitor]
SAVE = "form[data-autosave] .app-actions button:not([name])"


def saved(section: str) -> dict[str, Any]:
    return DraftSection.objects.get(section=section).data


def test_a_typo_leads_to_its_field_and_keeps_the_text(visitor: Visitors, problems: Any) -> None:
    problems.expect("422")
    reference = lately().draft().reference
    doctor = visitor("prescriber").goes_to(f"/dossiers/{reference}/edit/clinical/")
    page = doctor.page
    doctor.fills({"justification": TYPED, "cim10": "pas-code"}).follows(SAVE)
    expect(page.locator(".app-error-summary")).to_be_focused()
    page.locator(".app-error-summary a[href='#id_cim10']").click()
    expect(page.locator("#id_cim10")).to_be_focused()
    expect(page.locator("#id_cim10")).to_have_value("pas-code")
    expect(page.locator("#id_cim10")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_justification")).to_have_value(TYPED)
    # Said to be saved all the same: and so it is.
    assert saved("clinical")["justification"] == TYPED
    # The review page leads back to the field too, and refuses to sign.
    doctor.goes_to(f"/dossiers/{reference}/review/")
    expect(page.locator("section[aria-labelledby=sign] button")).to_be_disabled()
    doctor.follows(".app-error-summary a[href$='/edit/clinical/#id_cim10']")
    doctor.fills({"cim10": "G12.2"}).follows(SAVE)
    assert saved("clinical")["cim10"] == "G12.2"


def test_a_bad_file_is_explained_and_costs_nothing_else(visitor: Visitors, problems: Any) -> None:
    problems.expect("422")
    reference = lately().draft().reference
    doctor = visitor("prescriber").goes_to(f"/dossiers/{reference}/documents/")
    page = doctor.page
    page.locator("#id_kind").select_option("laboratory")
    bad = {"name": "resultats.pdf", "mimeType": "application/pdf", "buffer": b"MZ this is a program"}
    page.locator("#id_file").set_input_files(bad)
    doctor.follows("main form[enctype] button")
    expect(page.locator(".app-error-summary")).to_be_focused()
    page.locator(".app-error-summary a[href='#id_file']").click()
    expect(page.locator("#id_file")).to_be_focused()
    expect(page.locator("#id_kind")).to_have_value("laboratory")
    doctor.reads(fr("No document is attached."))


@pytest.mark.parametrize("pressed", [False, True], ids=["by-itself", "by-the-button"])
def test_a_session_lost_while_typing_loses_nothing(
    visitor: Visitors, sign_in: Callable[[Page, str], None], settings: Any, problems: Any, pressed: bool
) -> None:
    problems.expect("401")
    reference = lately().draft().reference
    doctor = visitor("prescriber").goes_to(f"/dossiers/{reference}/edit/clinical/")
    page = doctor.page
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.locator("#id_justification").fill(TYPED)
    if pressed:
        doctor.clicks(SAVE)
        expect(page.locator("textarea[name=justification]")).to_have_value(TYPED)
    else:
        banner = page.locator("#app-banner [data-signed-out]")
        expect(banner).to_be_visible()
        expect(banner.locator("a[target=_blank]")).to_have_attribute("href", re.compile("login"))
    doctor.check(page)
    sign_in_elsewhere(page)
    with page.expect_response("**/session/"):
        page.evaluate("window.dispatchEvent(new Event('focus'))")
    if not pressed:
        expect(page.locator("#id_justification")).to_have_value(TYPED)
        expect(page.locator("#app-banner .fr-alert--success")).to_be_visible()
    doctor.clicks("main form button.fr-btn[data-signed-out]" if pressed else SAVE)
    expect(page).to_have_url(re.compile("/edit/research/$"))
    assert saved("clinical")["justification"] == TYPED


def sign_in_elsewhere(page: Page) -> None:
    tab = page.context.new_page()
    tab.goto(reverse("account_login"))
    tab.locator("input[name=login]").fill("prescriber@demo.example")
    tab.locator("input[name=password]").fill("early-access-demo")
    with tab.expect_navigation():
        tab.locator("form:has(input[name=password]) button[type=submit]").first.click()
    tab.close()


def test_a_draft_signed_elsewhere_is_said_on_the_stale_page(visitor: Visitors, problems: Any) -> None:
    problems.expect("403")
    problems.expect("409")
    told = lately().draft()
    doctor = visitor("prescriber").goes_to(f"/dossiers/{told.reference}/review/")
    told.sign()
    doctor.follows("main form[data-once] button")
    doctor.is_told(fr("This request is already signed: here is where it stands."))
    assert Dossier.objects.get().events.filter(verb="sign").count() == 1


def test_an_act_on_a_stale_page_says_what_changed_and_keeps_the_text(visitor: Visitors, problems: Any) -> None:
    problems.expect("409")
    problems.expect("412")
    told = lately().draft().sign().file().take_up()
    assessor = visitor("ansm_assessor").goes_to(f"/dossiers/{told.reference}/act/propose/")
    assessor.fills({"outcome": "grant", "reasons": TYPED})
    other = visitor("ansm_assessor").goes_to(f"/dossiers/{told.reference}/act/request_information/")
    other.fills({"questions.1": "Quelle est la clairance ?"}).follows("main form .app-actions button:not([name])")
    assessor.follows("main form .app-actions button:not([formaction])")
    expect(assessor.page.locator(".app-error-summary")).to_be_focused()
    assessor.reads(fr("Information requested by ANSM"), ".app-error-summary").reads(TYPED)
    assert Dossier.objects.get().state == "info_requested"


def test_a_stale_page_of_an_act_still_possible_keeps_the_text_in_its_form(visitor: Visitors, problems: Any) -> None:
    problems.expect("412")
    told = lately().draft().sign().file().take_up()
    assessor = visitor("ansm_assessor").goes_to(f"/dossiers/{told.reference}/act/propose/")
    assessor.fills({"outcome": "grant", "reasons": TYPED})
    told.ask("Quelle est la clairance ?").answer("80 mL/min.")
    assessor.follows("main form .app-actions button:not([formaction])")
    expect(assessor.page.locator(".app-error-summary")).to_be_focused()
    assessor.reads(fr("Questions answered by the hospital"), ".app-error-summary")
    expect(assessor.page.locator("[name=reasons]")).to_have_value(TYPED)
    expect(assessor.page.locator("[name=outcome][value=grant]")).to_be_checked()
    assessor.follows("main form .app-actions button:not([formaction])")
    assert Dossier.objects.get().decisions.get().reasons == TYPED


def test_two_tabs_on_one_section_show_both_texts_and_let_choose(visitor: Visitors, problems: Any) -> None:
    problems.expect("409")
    told = lately().draft()
    doctor = visitor("prescriber").goes_to(f"/dossiers/{told.reference}/edit/clinical/")
    page = doctor.page
    theirs = {**saved("clinical"), "justification": "Texte de l'interne.", "rcp_place": "Paris"}
    told.cast.prescriber = "intern"
    save_section(reference=told.reference, section="clinical", data=theirs, actor=told.actor("prescriber"), at=told.at)
    doctor.fills({"justification": TYPED})
    expect(page.locator("#save-state.app-save--problem")).to_be_visible()
    doctor.check(page)
    doctor.follows("#save-state button[name=compare]")
    doctor.reads(TYPED).reads("Texte de l'interne.").reads("Noé Bellefond")
    doctor.chooses(page.locator("[name=pick-rcp_place][value=theirs]"))
    doctor.follows("main form button.fr-btn")
    assert saved("clinical")["justification"] == TYPED
    assert saved("clinical")["rcp_place"] == "Paris"
    expect(page.locator("#id_rcp_place")).to_have_value("Paris")


def test_a_second_request_for_the_same_medicine_is_announced_first(visitor: Visitors, problems: Any) -> None:
    problems.expect("409")
    told = lately().draft()
    doctor = visitor("prescriber").goes_to(f"/dossiers/new/start/?indication={qalsody().pk}")
    doctor.reads(told.reference, "section[aria-labelledby=existing]")
    doctor.follows(f"section[aria-labelledby=existing] a[href='/dossiers/{told.reference}/edit/']")
    assert Dossier.objects.count() == 1
