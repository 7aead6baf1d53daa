"""Every main act without a line of JavaScript: a hospital's old or locked browser, a script that did not load."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from dossiers.models import Dossier, DraftSection
from tests.browser.visitors import Visitor, answers, lately, qalsody

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "Quelle est la clairance ?"


def test_a_request_is_begun_written_and_signed_without_script(visitor: Callable[..., Visitor]) -> None:
    doctor = visitor("prescriber", java_script_enabled=False)
    page = doctor.page
    doctor.goes_to("/dossiers/new/?of=aac")
    page.locator("#q").fill("qalsodi")
    doctor.follows("form[data-search] button")
    doctor.follows(f"#results a[href$='?indication={qalsody().pk}']").follows("main form[data-once] button")
    typed = answers()
    typed["history"]["treatments"] = []
    for section, values in typed.items():
        expect(page).to_have_url(re.compile(f"/edit/{section}/$"))
        if section == "history":
            writes_two_treatments(doctor)
        doctor.fills(values).follows("form[data-autosave] .app-actions button:not([name])")
    doctor.follows("main .app-actions a.fr-btn").reads("Édaravone").follows("main form[data-once] button")
    assert Dossier.objects.get().state == "at_pharmacy"


def writes_two_treatments(doctor: Visitor) -> None:
    doctor.fills({"treatments-0-treatment": "Riluzole", "treatments-0-started": "2023-09"})
    doctor.follows("button[name=add_row]")
    expect(doctor.page.locator("[name=treatments-0-treatment]")).to_have_value("Riluzole")
    doctor.fills({"treatments-1-treatment": "Édaravone"}).follows("button[name=add_row]")
    doctor.fills({"treatments-2-treatment": "Une ligne de trop"}).follows("button[name=remove_row] >> nth=2")
    saved = DraftSection.objects.get(section="history").data["treatments"]
    assert [row["treatment"] for row in saved] == ["Riluzole", "Édaravone"]


def test_a_request_is_sent_examined_answered_and_granted_without_script(visitor: Callable[..., Visitor]) -> None:
    reference = lately().draft().sign().reference
    own = f"/dossiers/{reference}/"
    pharmacist = visitor("pharmacist", java_script_enabled=False).goes_to(f"{own}check/")
    pharmacist.page.locator("label[for=compliance]").click()
    pharmacist.follows("section[aria-labelledby=send] button")

    assessor = visitor("ansm_assessor", java_script_enabled=False).goes_to(own)
    assessor.follows(f"form[action='{own}act/take_up/'] button").follows(f"a[href='{own}act/request_information/']")
    assessor.fills({"questions.1": QUESTION}).follows("button[name=add_to]")
    expect(assessor.page.locator("[name='questions.1']")).to_have_value(QUESTION)
    expect(assessor.page.locator("[name='questions.3']")).to_be_visible()
    assessor.follows("main form .app-actions button:not([name])")

    doctor = visitor("prescriber", java_script_enabled=False).goes_to(f"{own}answer/")
    doctor.fills({"answer-1": "80 mL/min."}).follows("button[name=act][value=save]")
    expect(doctor.page.locator("[name=answer-1]")).to_have_value("80 mL/min.")
    doctor.follows("button[name=act][value=send]")

    assessor.goes_to(f"{own}act/propose/").fills({"outcome": "grant", "reasons": "Bénéfice présumé."})
    assessor.follows("main form .app-actions button:not([formaction])")
    signatory = visitor("ansm_signatory", java_script_enabled=False).goes_to(f"{own}act/grant/")
    signatory.follows("main form .app-actions button:not([formaction])")
    assert Dossier.objects.get().state == "granted"
