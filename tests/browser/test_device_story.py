"""An individual exemption that a clinician begins, in a real browser, in French: the manufacturer is invited and takes
the file over, a statement is signed, a round of completion, the grant, its letter, and CE marking at the end."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from documents.letters import orders
from documents.models import IssuedLetter
from dossiers.demo.device_answers import device_answers
from dossiers.demo.device_story import Exemption
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import ClinicianStatement, Dossier
from dossiers.services.drafts import save_answers
from tests.browser.conftest import PHONE
from tests.browser.visitors import Visitor, a_pdf, fr
from tests.documents.pdfs import poppler_text_of
from workflows.dates import civil_date
from workflows.device_guards import ALWAYS_NEEDED, INDIVIDUAL

pytestmark = pytest.mark.django_db(transaction=True)

NEED = "Explantation d'un système posé à l'étranger ; aucun instrument compatible marqué CE."
PIECE = "Notice d'utilisation en français"
SITE = "CHU Démo de Valmirande"
PRESS = "main form button.fr-btn:not([name]):not(.fr-btn--secondary)"


def test_a_clinician_begins_and_the_manufacturer_is_granted(visitor: Callable[..., Visitor], problems: Any) -> None:
    problems.expect("422")  # a patient's name is refused in the statement
    prescriber, company = visitor("prescriber"), visitor("device_applicant")
    dossier = begins(prescriber)
    invites(prescriber, dossier)
    takes_over(company, dossier)
    states_the_need(prescriber, dossier)
    files(company, dossier)

    asks_for_a_piece(visitor("ansm_triage"), dossier)
    sends_the_piece(company, dossier)
    proposes(visitor("ansm_assessor"), dossier)
    grants(visitor("ansm_signatory"), dossier)

    assert orders.make_pending(limit=5, at=timezone.now()) == 3
    letter = IssuedLetter.objects.get(kind="device_exemption_grant")
    for reader in (company, prescriber):
        reader.goes_to(f"/dossiers/{dossier.reference}/").reads(SITE)
        with reader.page.expect_download() as download:
            reader.page.locator(f"#letters a[href='/letters/{letter.number}/']").click()
        text = " ".join(poppler_text_of(download.value.path().read_bytes()).split())
        assert SITE in text
        assert "Un seul patient" in text
        assert "AB" not in text.split()
    declares_ce_marking(company, letter.title.number)
    prescriber.goes_to(f"/titles/{letter.title.number}/").reads(fr("Closed: CE marking obtained"))


def begins(prescriber: Visitor) -> Dossier:
    page = prescriber.page
    prescriber.goes_to("/").follows("main a[href='/dossiers/new/']")
    prescriber.follows("main a[href*='device_exemption']")
    prescriber.chooses(page.locator("[name=kind][value=individual]"))
    prescriber.follows("main form button")
    expect(page).to_have_url(re.compile(r"/edit/request/$"))
    told = device_answers(kind=INDIVIDUAL, on=civil_date(timezone.now()), given={})
    for section in ("request", "device", "need"):
        prescriber.fills(told[section])
        prescriber.follows("form[data-autosave] .app-actions button:not([name])")
    dossier = Dossier.objects.get()
    assert dossier.product_label == "EXTRALIA EX-2"
    return dossier


def invites(prescriber: Visitor, dossier: Dossier) -> None:
    prescriber.goes_to(f"/dossiers/{dossier.reference}/")
    prescriber.follows("main a[href$='/act/invite_company/']")
    prescriber.fills({"email": "device_applicant@demo.example"}).follows(PRESS)
    prescriber.reads(fr("The manufacturer is invited to take the file over"))


def takes_over(company: Visitor, dossier: Dossier) -> None:
    company.goes_to("/").reads(dossier.reference)
    company.goes_to(f"/dossiers/{dossier.reference}/").reads("EXTRALIA")
    company.follows("main form[action$='/act/take_over/'] button")
    rest = device_answers(kind=INDIVIDUAL, on=civil_date(timezone.now()), given={})
    save_answers(reference=dossier.reference, answers=rest, actor=demo_actor("device_applicant"), at=timezone.now())


def states_the_need(prescriber: Visitor, dossier: Dossier) -> None:
    page = prescriber.page
    prescriber.goes_to("/").reads(dossier.reference)
    prescriber.goes_to(f"/dossiers/{dossier.reference}/").follows("main a[href$='/act/state_need/']")
    prescriber.fills({"need": NEED, "alternatives": "Les extracteurs disponibles ne s'adaptent pas à l'empreinte."})
    page.locator("[name^='patients']").first.fill("Jean Durand, 1961, M")
    for name in ("informed", "signed"):
        prescriber.chooses(page.locator(f"[name={name}]").first)
    prescriber.follows(PRESS)
    prescriber.reads(
        fr("Patient %d: write initials or a code, the year of birth and F or M, such as: AB, 1961, F.") % 1
    )
    page.locator("[name^='patients']").first.fill("AB, 1961, F")
    prescriber.follows(PRESS)
    prescriber.reads(NEED, "#statements")
    assert ClinicianStatement.objects.get().patient_count == 1


def files(company: Visitor, dossier: Dossier) -> None:
    page = company.page
    company.goes_to(f"/dossiers/{dossier.reference}/").reads("Camille Aubrac", "#statements")
    expect(page.locator("#statements")).not_to_contain_text(NEED)
    expect(page.locator("#content")).not_to_contain_text("AB, 1961")
    company.goes_to(f"/dossiers/{dossier.reference}/documents/")
    for kind in ALWAYS_NEEDED:
        page.locator("#id_kind").select_option(kind)
        page.locator("#id_file").set_input_files({**a_pdf(), "name": f"{kind}.pdf"})
        company.clicks("main form[enctype] button")
    company.looks().goes_to(f"/dossiers/{dossier.reference}/review/")
    company.follows("main form .fr-btn:not([name])")
    company.is_told(
        fr("Filed. The receipt will be in the file in a moment; ANSM checks that the request is admissible.")
    )


def asks_for_a_piece(triage: Visitor, dossier: Dossier) -> None:
    triage.goes_to("/").goes_to(f"/dossiers/{dossier.reference}/").reads(NEED, "#statements")
    triage.follows("main a[href$='/act/request_completion/']")
    triage.page.locator("[name^='questions']").first.fill(PIECE)
    triage.follows(PRESS)


def sends_the_piece(company: Visitor, dossier: Dossier) -> None:
    company.goes_to("/").reads(dossier.reference)
    company.goes_to(f"/dossiers/{dossier.reference}/answer/").reads(PIECE)
    company.page.locator("main textarea").first.fill("Jointe au dossier, document « instructions ».")
    company.follows("main form button[name=act][value=send]")


def proposes(assessor: Visitor, dossier: Dossier) -> None:
    assessor.goes_to(f"/dossiers/{dossier.reference}/")
    assessor.follows("main form[action$='/act/take_up/'] button")
    assessor.follows("main a[href$='/act/propose/']")
    assessor.chooses(assessor.page.locator("[name=outcome][value=grant]"))
    assessor.fills({"reasons": "Bénéfice significatif, aucune alternative marquée CE.", "patients": "1"})
    assessor.page.locator("[name^='dated_conditions']").first.fill("3: Rapport intermédiaire de sécurité")
    assessor.follows(PRESS)
    assessor.reads(SITE, "#decision")


def grants(signatory: Visitor, dossier: Dossier) -> None:
    signatory.goes_to(f"/dossiers/{dossier.reference}/").follows("main a[href$='/act/grant/']")
    signatory.follows(PRESS)
    assert Dossier.objects.get().state == "granted"


def declares_ce_marking(company: Visitor, number: str) -> None:
    company.goes_to(f"/titles/{number}/").reads(SITE)
    company.follows("main a[href$='/act/close_ce_obtained/']")
    on = civil_date(timezone.now()).isoformat()
    company.fills({"certificate": "CE 0000-1", "notified_body": "Organisme Démo (0000)", "certified_on": on})
    company.follows(PRESS)
    company.reads(fr("Closed: CE marking obtained"))


def test_its_pages_hold_on_a_phone(visitor: Callable[..., Visitor]) -> None:
    told = Exemption(at=timezone.now() - 40 * ONE_DAY, begun_by="clinician").filed().take_up().propose()
    phone: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
    for login in ("prescriber", "device_applicant", "ansm_assessor"):
        reader = visitor(login, **phone)
        reader.goes_to("/").goes_to(f"/dossiers/{told.reference}/").reads("EXTRALIA")
        wide = reader.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, login
