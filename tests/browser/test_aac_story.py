"""The story that the site exists for, in French, in a real browser: from a typo in a medicine's name to a signed
letter that anyone can check, and its renewal."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from documents.letters import codes, orders
from documents.models import IssuedLetter
from dossiers.models import Dossier, DraftSection
from tests.browser.visitors import Visitor, a_pdf, answers, fr
from tests.documents.pdfs import poppler_text_of

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "Quelle est la date de la dernière mesure des neurofilaments plasmatiques ?"
REPLY = "Dosage du 12 du mois dernier : 54 pg/mL, contre 103 pg/mL à l'inclusion."
REASONS = "Maladie grave, rare et invalidante ; aucune alternative ; bénéfice présumé."


def test_a_request_becomes_a_letter_that_anyone_can_check_and_is_renewed(
    visitor: Callable[..., Visitor], sign_in_by_form: Any, problems: Any
) -> None:
    problems.expect("422")  # the pharmacist first forgets the attestation
    prescriber = visitor("prescriber")
    prescriber.page.context.clear_cookies()
    sign_in_by_form(prescriber.page, "prescriber@demo.example")
    expect(prescriber.page.locator("html")).to_have_attribute("lang", "fr")
    begins(prescriber)
    writes(prescriber)
    dossier = signs(prescriber)

    pharmacist = visitor("pharmacist")
    sends(pharmacist, dossier)

    assessor = visitor("ansm_assessor")
    takes_up_and_asks(assessor, dossier)
    answers_the_question(prescriber, dossier)
    proposes(assessor, dossier)
    grants(visitor("ansm_signatory"), dossier)

    assert orders.make_pending(limit=5, at=timezone.now()) == 2
    letter = IssuedLetter.objects.get(kind="aac_grant")
    for reader in (prescriber, pharmacist):
        text = downloads(reader, dossier, letter)
        assert dossier.reference in text or dossier.filing_number in text
        assert letter.title.number in text
    verifies(visitor("org_admin"), letter, text)
    renews(prescriber, letter)


def begins(prescriber: Visitor) -> None:
    page = prescriber.page
    prescriber.looks().follows("main a[href='/dossiers/new/?of=aac']")
    page.locator("#q").press_sequentially("qalsodi", delay=20)
    found = page.locator("#results > ul > li", has_text="QALSODY")
    expect(found).to_be_visible()
    prescriber.looks()
    prescriber.follows("#results > ul > li:has-text('QALSODY') a[href*='indication=']")
    assert DraftSection.objects.count() == 0
    prescriber.follows("main form[data-once] button")
    expect(page).to_have_url(re.compile(r"/edit/medicine/$"))


def writes(prescriber: Visitor) -> None:
    """Section after section, each saving itself while it is typed, until the documents."""
    page = prescriber.page
    typed = answers()
    for _turn in range(len(typed) + 1):
        if "/edit/" not in page.url:
            break
        section = page.url.rstrip("/").rpartition("/")[2]
        if section == "request":
            expect(page.locator("#save-state.app-save--waiting")).to_be_visible()
        prescriber.fills(typed[section])
        if section == "request":
            expect(page.locator("#save-state:not(.app-save--waiting)")).to_contain_text(fr("Not sent"))
            assert DraftSection.objects.get(section="request").data["track"] == "B"
        prescriber.follows("form[data-autosave] .app-actions button:not([name])")
    expect(page).to_have_url(re.compile(r"/documents/$"))
    page.locator("#id_kind").select_option("rcp")
    page.locator("#id_file").set_input_files(a_pdf())
    prescriber.follows("main form[enctype] button")
    prescriber.reads("rcp.pdf")
    prescriber.follows("main .app-actions a.fr-btn")


def signs(prescriber: Visitor) -> Dossier:
    expect(prescriber.page).to_have_url(re.compile(r"/review/$"))
    prescriber.reads(fr("Not sent"), ".app-save").reads("Riluzole").reads("rcp.pdf")
    assert Dossier.objects.get().state == "draft"
    prescriber.follows("main form[data-once] button")
    prescriber.is_told(fr("Signed and sent to the hospital pharmacy. ANSM receives it when the pharmacist sends it."))
    dossier = Dossier.objects.get()
    assert dossier.state == "at_pharmacy"
    return dossier


def sends(pharmacist: Visitor, dossier: Dossier) -> None:
    pharmacist.goes_to("/").follows(f"main a[href='/dossiers/{dossier.reference}/check/']")
    page = pharmacist.page
    pharmacist.follows("section[aria-labelledby=send] button")
    expect(page.locator(".app-error-summary")).to_be_focused()  # the attestation was forgotten
    page.locator("label[for=compliance]").click()
    pharmacist.follows("section[aria-labelledby=send] button")
    dossier.refresh_from_db(fields=["filing_number"])
    pharmacist.reads(dossier.filing_number)


def takes_up_and_asks(assessor: Visitor, dossier: Dossier) -> None:
    own = f"/dossiers/{dossier.reference}/"
    assessor.goes_to("/").follows(f"main a[href='{own}']")
    assessor.follows(f".app-next form[action='{own}act/take_up/'] button")
    assessor.follows(f".app-next a[href='{own}act/request_information/']")
    assessor.fills({"questions.1": QUESTION})
    assessor.follows("main form .app-actions button:not([name])")
    assessor.reads(QUESTION, "#questions")


def answers_the_question(prescriber: Visitor, dossier: Dossier) -> None:
    prescriber.goes_to("/").follows(f"main a[href='/dossiers/{dossier.reference}/answer/']")
    prescriber.reads(QUESTION).fills({"answer-1": REPLY})
    expect(prescriber.page.locator("#save-state:not(.app-save--waiting)")).to_contain_text(fr("Not sent"))
    prescriber.follows("button[name=act][value=send]")
    prescriber.is_told(fr("Your answers are sent to ANSM. The examination goes on."))


def proposes(assessor: Visitor, dossier: Dossier) -> None:
    own = f"/dossiers/{dossier.reference}/"
    assessor.goes_to(own).reads(REPLY, "#questions").follows(f".app-next a[href='{own}act/propose/']")
    assessor.fills({"outcome": "grant", "reasons": REASONS})
    assessor.follows("main form .app-actions button:not([formaction])")
    # Chromium asks for it when it opens a PDF, which has no page of ours around it to name another.
    assessor.page.context.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    draft = assessor.page.locator(f"a[href='{own}preview/aac_grant/']").first
    with assessor.page.context.expect_event("response", lambda one: "/preview/" in one.url) as answer:
        draft.click()
    assert answer.value.status == 200
    assert answer.value.headers["content-type"] == "application/pdf"
    content = assessor.page.request.get(f"{own}preview/aac_grant/").body()
    assert "PROJET" in poppler_text_of(content)


def grants(signatory: Visitor, dossier: Dossier) -> None:
    own = f"/dossiers/{dossier.reference}/"
    signatory.goes_to("/").follows(f"main a[href='{own}']").follows(f".app-next a[href='{own}act/grant/']")
    signatory.reads(REASONS).follows("main form .app-actions button:not([formaction])")
    assert Dossier.objects.get().state == "granted"


def downloads(reader: Visitor, dossier: Dossier, letter: IssuedLetter) -> str:
    reader.goes_to(f"/dossiers/{dossier.reference}/")
    with reader.page.expect_download() as download:
        reader.page.locator(f"#letters a[href='/letters/{letter.number}/']").click()
    content = download.value.path().read_bytes()
    assert content == bytes(letter.pdf)
    return poppler_text_of(content)


def verifies(passer_by: Visitor, letter: IssuedLetter, text: str) -> None:
    """Somebody without an account, who holds the paper."""
    code = codes.spaced(letter.verification_code)
    # A gap between two letters may be read as a space, and the page forgives it.
    assert code in "".join(text.split())
    passer_by.page.context.clear_cookies()
    passer_by.goes_to("/verify/")
    passer_by.page.locator("#id_code").fill(code)
    passer_by.follows("#content form button")
    passer_by.reads(fr("This letter is authentic"), "h1").reads(fr("In force today"), ".fr-alert--success")


def renews(prescriber: Visitor, letter: IssuedLetter) -> None:
    prescriber.goes_to(f"/titles/{letter.title.number}/")
    prescriber.follows(f"form[action='/titles/{letter.title.number}/renew/'] button")
    renewal = Dossier.objects.get(kind="renewal")
    assert renewal.parent_title_id == letter.title_id
    prescriber.goes_to(f"/dossiers/{renewal.reference}/edit/medicine/")
    expect(prescriber.page.locator("[name=posology]")).to_have_value(answers()["medicine"]["posology"])
