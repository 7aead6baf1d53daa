"""An early access after marketing authorisation is refused, on screen: HAS acknowledges, the committee finds a
criterion not met, the College refuses; the company reads why and how to appeal, the public reads the refusal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from documents.letters import orders
from documents.models import IssuedLetter
from dossiers.demo.aap_story import REASONS, EarlyAccess
from dossiers.demo.story import ONE_DAY
from tests.browser.conftest import PHONE
from tests.browser.visitors import Visitor, fr
from tests.documents.pdfs import poppler_text_of
from workflows.aap_guards import CRITERIA, MET, NOT_MET, POST_MA
from workflows.dates import civil_date

pytestmark = pytest.mark.django_db(transaction=True)

SEND = "main form .app-actions button:not([name]):not([formaction])"
NO_RESPONSE = "Aucune réponse durable dans l'étude pivot ; la comparaison indirecte est fragile."
GROUNDS = "Le Collège n'a pas tenu compte du suivi à vingt-quatre mois."


def found(**others: str) -> dict[str, str]:
    """What a body finds of each criterion, as it is typed."""
    findings = {code: others.get(code, MET) for code, _label in CRITERIA}
    reasons = {f"{code}_reasons": NO_RESPONSE if said == NOT_MET else REASONS for code, said in findings.items()}
    return {**findings, **reasons, "comparators": "Meilleurs soins de support."}


def test_a_refusal_after_the_ma_and_the_appeal_that_follows(visitor: Callable[..., Visitor]) -> None:
    told = EarlyAccess(at=timezone.now() - 4 * ONE_DAY, pathway=POST_MA).draft().file()
    own = f"/dossiers/{told.reference}/"
    acknowledges(visitor("has_officer"), told, own)
    company = visitor("applicant", viewport=PHONE, has_touch=True, is_mobile=True)
    company.goes_to(own).reads(fr("Under assessment"), ".app-head")
    finds_a_criterion_not_met(visitor("ct_secretary"), told)
    # What the bodies found is the company's to read once the decision is taken, not before.
    company.goes_to(own)
    assert NO_RESPONSE not in company.page.content()
    refuses(visitor("has_college"), told, own)
    assert orders.make_pending(limit=5, at=timezone.now()) == 2
    reads_the_decision(company, own)
    reads_the_register(visitor("org_admin"), told)
    appeals(visitor("has_officer"), company, own)


def acknowledges(officer: Visitor, told: EarlyAccess, own: str) -> None:
    officer.goes_to("/").follows(f"main a[href='{own}']").follows(f".app-next a[href='{own}act/acknowledge/']")
    officer.follows(SEND)
    assert told.dossier.state == "assessment"
    officer.reads(fr("The delay ends on %(day)s.", day="").strip(" ."), ".app-next")


def finds_a_criterion_not_met(secretary: Visitor, told: EarlyAccess) -> None:
    secretary.goes_to("/").follows("main a[href='/agenda/']")
    secretary.chooses(secretary.page.locator(f"#tick-{told.reference}"))
    secretary.follows("main .app-agenda__record button")
    said = {f"{told.reference}-{name}": words for name, words in found(innovative=NOT_MET).items()}
    secretary.fills(said).follows(SEND).reads(told.reference, ".app-results")


def refuses(college: Visitor, told: EarlyAccess, own: str) -> None:
    college.goes_to(own).reads(NO_RESPONSE, "#criteria").follows(f"a[href='{own}act/refuse/']")
    # The committee's findings are there already: the College makes them its own.
    college.reads(NO_RESPONSE, "textarea[name=innovative_reasons]").follows(SEND)
    assert told.dossier.state == "refused"
    assert told.dossier.decisions.get().official_number


def reads_the_decision(company: Visitor, own: str) -> None:
    company.goes_to("/").goes_to(own).reads(fr("Refuse"), "#decision").reads("/DC/SEM", "#decision")
    company.reads(NO_RESPONSE, "#criteria").reads(fr("Not met"), "#criteria")
    company.reads("recours gracieux", "#decision").reads("tribunal administratif", "#decision")
    letter = IssuedLetter.objects.get(kind="aap_refusal")
    with company.page.expect_download() as download:
        company.page.locator(f"#letters a[href='/letters/{letter.number}/']").click()
    text = " ".join(poppler_text_of(download.value.path().read_bytes()).split())
    assert "Voies et délais de recours" in text
    assert NO_RESPONSE.partition(" ;")[0] in text


def reads_the_register(passer_by: Visitor, told: EarlyAccess) -> None:
    """Somebody without an account."""
    passer_by.page.context.clear_cookies()
    number = told.dossier.filing_number
    passer_by.goes_to("/register/").follows(f"main a[href='/register/refusal/{number}/']")
    passer_by.reads(fr("Not met")).reads(fr("The decision"))
    assert NO_RESPONSE not in passer_by.page.content()


def appeals(officer: Visitor, company: Visitor, own: str) -> None:
    officer.goes_to(own).follows(f"#appeals a[href='{own}appeals/new/']")
    today = civil_date(timezone.now()).isoformat()
    officer.fills({"kind": "gracious", "lodged_on": today, "grounds": GROUNDS}).follows("main form button")
    officer.reads(GROUNDS, "#appeals")
    company.goes_to(own).reads(fr("Not answered yet"), "#appeals").reads(GROUNDS, "#appeals")
