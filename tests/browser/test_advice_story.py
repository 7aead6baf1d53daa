"""The Innovation and Referral Service in a real browser: a qualification question answered in writing, asked by an
academic project on a phone; a scientific opinion with a meeting and minutes agreed by both sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from documents.letters.orders import make_pending
from documents.models import IssuedLetter
from dossiers.demo.advice_answers import advice_answers
from dossiers.demo.advice_story import MINUTES, PARTICIPANTS
from dossiers.demo.story import demo_actor
from dossiers.models import Dossier, Meeting
from dossiers.services.drafts import create_draft, save_answers
from tests.browser.conftest import PHONE
from tests.browser.visitors import Visitor, a_pdf, fr
from tests.documents.pdfs import poppler_text_of
from workflows.advice_guards import DEVICE_QUALIFICATION, SCIENTIFIC_OPINION
from workflows.dates import civil_date
from workflows.roles import APPLICANT

pytestmark = pytest.mark.django_db(transaction=True)

ON_A_PHONE: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
BUTTON = "main form .app-actions button:not([name]):not([formaction])"
ANSWER = "Oui : le logiciel a une finalité médicale propre, au vu de la destination décrite."
OTHER = MINUTES + "\n\nLe demandeur précise que l'étude compte 120 patients."


def answers(kind: str, *, meeting: bool = False) -> dict[str, dict[str, Any]]:
    return advice_answers(kind=kind, on=civil_date(timezone.now()), meeting=meeting)


def letter_of(dossier: Dossier, kind: str) -> str:
    make_pending(limit=20, at=timezone.now())
    return poppler_text_of(bytes(IssuedLetter.objects.get(dossier=dossier, kind=kind).pdf))


def test_a_project_asks_what_its_software_is_and_reads_the_answer(
    visitor: Callable[..., Visitor], fits: Callable[[Page], None], problems: Any
) -> None:
    problems.expect("422")
    project = visitor("two_hats", **ON_A_PHONE)
    acts_for_the_project(project)
    dossier = begins(project, fits)
    writes_each_section(project, dossier, fits)
    sends(project, dossier)
    routes(visitor("ansm_triage"), dossier, "device")
    assessor = visitor("ansm_assessor")
    proposes(assessor, dossier)
    signs(visitor("ansm_signatory"), dossier)
    project.goes_to("/").follows(f"main a[href='/dossiers/{dossier.reference}/']")
    project.reads(ANSWER, "#decision")
    fits(project.page)
    text = letter_of(dossier, "advice_opinion")
    assert ANSWER in text
    assert "un dispositif médical, de classe IIa" in text


def acts_for_the_project(project: Visitor) -> None:
    page = project.page
    page.goto("/")
    token = page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value") or ""
    pk = str(demo_actor("two_hats", APPLICANT).membership_id)
    form = {"membership": pk, "csrfmiddlewaretoken": token}
    referer = {"Referer": page.url}
    assert page.request.post(reverse("accounts:choose_membership"), form=form, headers=referer).ok
    project.goes_to("/").reads(fr("What the Innovation and Referral Service does for you"))


def begins(project: Visitor, fits: Callable[[Page], None]) -> Dossier:
    page = project.page
    fits(page)
    project.follows("main a[href='/dossiers/new/advice/']")
    fits(page)
    page.locator(f"label[for=kind-{DEVICE_QUALIFICATION}]").click()
    project.follows("main form .app-actions button")
    return Dossier.objects.get()


def writes_each_section(project: Visitor, dossier: Dossier, fits: Callable[[Page], None]) -> None:
    told = answers(DEVICE_QUALIFICATION)
    for key, values in told.items():
        project.goes_to(f"/dossiers/{dossier.reference}/edit/{key}/")
        rows = values.get("questions", [])
        for rank in range(1, len(rows)):
            project.fills({f"questions-{rank - 1}-{name}": cell for name, cell in rows[rank - 1].items()})
            project.follows("button[name=add_row]")
        project.fills(values)
        project.follows("form[data-autosave] .app-actions button:not([name])")
        expect(project.page.locator(".app-error-summary")).to_have_count(0)
        fits(project.page)


def sends(project: Visitor, dossier: Dossier) -> None:
    project.goes_to(f"/dossiers/{dossier.reference}/review/").reads("LUCIOLES-VISION")
    project.follows("main form[data-once] button")
    project.is_told(fr("Sent. ANSM reads it, gives it to the right desk and tells you."))
    dossier.refresh_from_db(fields=["filing_number", "version"])
    project.reads(dossier.filing_number or "")


def routes(triage: Visitor, dossier: Dossier, desk: str) -> None:
    own = f"/dossiers/{dossier.reference}/"
    triage.goes_to("/").follows(f"main a[href='{own}']").follows(f".app-next a[href='{own}act/route/']")
    triage.page.locator("[name=assessor]").select_option(label="Olivier Orvault")
    triage.fills({"desk": desk}).follows(BUTTON)
    triage.is_told(fr("Given to a desk of ANSM"))


def proposes(assessor: Visitor, dossier: Dossier) -> None:
    own = f"/dossiers/{dossier.reference}/"
    assessor.goes_to("/").follows(f"main a[href='{own}']").follows(f".app-next a[href='{own}act/propose/']")
    assessor.fills({"answers.1": ANSWER, "position": "device", "device_class": "IIa"})
    assessor.follows(BUTTON)  # the second question and the conclusion are missing
    expect(assessor.page.locator(".app-error-summary")).to_be_focused()
    expect(assessor.page.locator("[name='answers.1']")).to_have_value(ANSWER)
    assessor.fills({"answers.2": "Classe IIa, règle 11.", "reasons": "Le produit est un dispositif médical."})
    assessor.follows(BUTTON).reads(ANSWER, "#decision")


def signs(signatory: Visitor, dossier: Dossier) -> None:
    own = f"/dossiers/{dossier.reference}/"
    signatory.goes_to("/").follows(f"main a[href='{own}']").follows(f".app-next a[href='{own}act/give_opinion/']")
    signatory.reads(ANSWER).follows(BUTTON)
    assert Dossier.objects.get().state == "answered"


# ------------------------------------------------------------------------------------------------ with a meeting


def test_a_company_meets_ansm_and_both_agree_to_the_minutes(
    visitor: Callable[..., Visitor], fits: Callable[[Page], None]
) -> None:
    applicant = visitor("applicant")
    dossier = prepared(applicant)
    sends_with_days(applicant, dossier)
    routes(visitor("ansm_triage"), dossier, "scientific")
    assessor = visitor("ansm_assessor")
    plans(assessor, dossier)
    sends_the_briefing(applicant, dossier)
    records_the_meeting(assessor, dossier)
    agrees(visitor("applicant", **ON_A_PHONE), assessor, dossier, fits)
    text = letter_of(dossier, "advice_minutes")
    assert "120 patients" in text
    assert "Pour le demandeur" in text


def prepared(applicant: Visitor) -> Dossier:
    """Everything but the days proposed, which are typed."""
    told = answers(SCIENTIFIC_OPINION, meeting=True)
    slots = told["meeting"].pop("slots")
    actor = demo_actor("applicant")
    dossier = create_draft(procedure="advice", kind=SCIENTIFIC_OPINION, actor=actor, answers=told)
    page = applicant.page
    applicant.goes_to(f"/dossiers/{dossier.reference}/edit/meeting/")
    applicant.fills({"slots-0-day": slots[0]["day"], "slots-0-half": slots[0]["half"]})
    applicant.follows("button[name=add_row]")
    expect(page.locator("[name='slots-0-day']")).to_have_value(slots[0]["day"])
    applicant.follows("button[name=later]")
    applicant.goes_to(f"/dossiers/{dossier.reference}/review/").reads(fr("Still needed before it can be sent"))
    save_answers(
        reference=dossier.reference,
        answers={"meeting": {**told["meeting"], "slots": slots}},
        actor=actor,
        at=timezone.now(),
    )
    return dossier


def sends_with_days(applicant: Visitor, dossier: Dossier) -> None:
    applicant.goes_to(f"/dossiers/{dossier.reference}/review/").follows("main form[data-once] button")
    applicant.reads(fr("Days proposed for a meeting"))


def plans(assessor: Visitor, dossier: Dossier) -> None:
    own = f"/dossiers/{dossier.reference}/"
    assessor.goes_to(f"{own}act/plan_meeting/")
    assert assessor.page.locator("[name=starts_at]").input_value()  # the first day that suits is there already
    assessor.fills({"place": "Visioconférence"}).follows(BUTTON)
    assessor.reads(fr("Meeting planned"))
    assert Meeting.objects.get().place == "Visioconférence"


def sends_the_briefing(applicant: Visitor, dossier: Dossier) -> None:
    own = f"/dossiers/{dossier.reference}/"
    applicant.goes_to("/").follows(f"main a[href='{own}']").follows(f"#documents a[href='{own}documents/']")
    page = applicant.page
    page.locator("#id_kind").select_option("briefing")
    page.locator("#id_file").set_input_files(a_pdf())
    applicant.follows("form.app-panel button").follows("main .app-actions a.fr-btn")
    applicant.follows(f".app-next a[href='{own}act/send_briefing/']")
    applicant.fills({"piece": "briefing"}).follows(BUTTON)
    assert Meeting.objects.get().briefing_sent_at is not None


def records_the_meeting(assessor: Visitor, dossier: Dossier) -> None:
    own = f"/dossiers/{dossier.reference}/"
    assessor.goes_to(own).reads("rcp.pdf", "#documents").follows(f".app-next a[href='{own}act/hold_meeting/']")
    assessor.fills({"participants": PARTICIPANTS, "minutes": MINUTES}).follows(BUTTON)
    assessor.reads(fr("Not final"), "#minutes")


def agrees(applicant: Visitor, assessor: Visitor, dossier: Dossier, fits: Callable[[Page], None]) -> None:
    own = f"/dossiers/{dossier.reference}/"
    applicant.goes_to("/").follows(f"main a[href='{own}']").follows(f".app-next a[href='{own}act/agree_minutes/']")
    expect(applicant.page.locator("[name=minutes]")).to_have_value(MINUTES)
    fits(applicant.page)
    applicant.fills({"minutes": OTHER}).follows(BUTTON)
    applicant.reads(fr("Not final"), "#minutes")
    fits(applicant.page)
    assessor.goes_to(own).reads("120 patients", "#minutes").follows(f".app-next a[href='{own}act/agree_minutes/']")
    assessor.follows(BUTTON)
    assessor.reads(fr("Agreed by both sides"), "#minutes")
    assert Dossier.objects.get().state == "answered"
