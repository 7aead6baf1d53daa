"""A unit of an exempted device from the company to the patient, then a serious incident, in a real browser: the company
without a script, the hospital on a phone."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.demo import HOSPITAL_1, HOSPITAL_2
from devices.models import Incident, Unit
from tests.browser.conftest import PHONE
from tests.browser.visitors import Visitor, fr
from tests.devices.world import DAY, PATIENT, granted, incident, used
from workflows.dates import civil_date


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def test_a_unit_to_its_patient_then_an_incident(visitor: Callable[..., Visitor], fits: Callable[[Page], None]) -> None:
    now = timezone.now()
    title = granted(at=now, quantity="12 unités")
    used(title, at=now - 2 * DAY, lot="L26-0401", serials=("SN0", "SN9"), count=None, to=HOSPITAL_2)
    incident(title, at=now - 17 * DAY)
    today = civil_date(now)
    here = f"/devices/{title.number}/"
    company = visitor("applicant", java_script_enabled=False)
    hospital = visitor("prescriber", viewport=PHONE)
    agency = visitor("ansm_vigilance")

    company.goes_to("/devices/").follows(f"a[href='{here}']").follows(f"a[href='{here}add/']")
    site = Unit.objects.values_list("site", flat=True)[0]
    assert site
    company.fills({"lot": "L26-0412", "serials": ["SN1", "SN2", "SN3"], "on": today.isoformat()})
    company.page.locator("label", has_text=HOSPITAL_1).click()
    press(company.page, fr("Save"))
    company.looks()
    expect(company.page.locator(".fr-alert--success")).to_be_visible()

    hospital.goes_to("/devices/").follows(f"a[href='{here}']")
    fits(hospital.page)
    for box in hospital.page.locator("input[name=unit]").all():
        box.check()
    hospital.clicks("button[value=receive]")
    hospital.looks().reads("SN3")
    hospital.follows("a[href$='/use/']").fills({"patient": PATIENT})
    fits(hospital.page)
    press(hospital.page, fr("Save"))
    hospital.looks().reads(PATIENT)
    fits(hospital.page)
    hospital.follows("a[href*='/incidents/new/?unit=']")
    hospital.fills({"severity": "death", "what": "Rupture à la pose.", "outcome": "recovered"})
    fits(hospital.page)
    press(hospital.page, fr("Report to ANSM"))
    hospital.looks()
    fits(hospital.page)
    made = Incident.objects.order_by("-pk")[0]
    assert (made.severity, made.side, made.lot) == ("death", "hospital", "L26-0412")

    agency.goes_to("/devices/").goes_to("/devices/vigilance/")
    agency.goes_to(f"/devices/{title.number}/incidents/{made.rank}/")
    press(agency.page, fr("Acknowledge"))
    agency.looks()
    agency.goes_to(f"{here}?lot=L26-0412&list=all").goes_to(f"{here}notification/")
    made.refresh_from_db()
    assert made.acknowledged_at is not None

    company.goes_to(f"/devices/{title.number}/incidents/{made.rank}/")
    company.fills({"severity": "death", "what": "Analyse en cours.", "outcome": "recovered"})
    company.page.locator("[name=next_on]").fill((today + 10 * DAY).isoformat())
    company.page.locator("label", has_text=fr("Initial report")).first.click()
    press(company.page, fr("Send to ANSM"))
    company.looks()
    made.refresh_from_db()
    assert made.initial_on == today

    small = visitor("applicant", viewport=PHONE)
    for address in ("/devices/", f"{here}?list=all", f"{here}add/", "/devices/vigilance/"):
        small.goes_to(address)
        fits(small.page)
    visitor("pharmacist").goes_to(f"{here}?list=stock")
    on_a_phone = visitor("ansm_vigilance", viewport=PHONE)
    for address in ("/devices/vigilance/", f"{here}notification/"):
        on_a_phone.goes_to(address)
        fits(on_a_phone.page)
