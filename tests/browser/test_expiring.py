"""What ends soon and the renewal of several at once, on a phone and without a script: what is typed is kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from dossiers.models import Dossier, Title
from tests.browser.conftest import PHONE
from tests.browser.visitors import Visitor, lately

pytestmark = pytest.mark.django_db(transaction=True)

ON_A_PHONE: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
Fits = Callable[[Page], None]


def ending_in(days: int) -> str:
    told = lately().draft().sign().file().take_up().propose("grant", "Bénéfice présumé.").grant()
    last = timezone.localdate() + dt.timedelta(days=days)
    Title.objects.filter(pk=told.title.pk).update(ends_on=last, in_force_until=last, starts_on=last - dt.timedelta(90))
    return told.title.number


def test_a_service_renews_its_patients_together_on_a_phone(visitor: Callable[..., Visitor], fits: Fits) -> None:
    numbers = [ending_in(days) for days in (12, 40, 41)]
    doctor = visitor("prescriber", **ON_A_PHONE, java_script_enabled=True).goes_to("/expiring/")
    page = doctor.page
    fits(page)
    expect(page.locator("svg.ending-picture")).to_be_visible()
    for number in numbers[:2]:
        page.locator(f"label[for='tick-{number}']").tap()
    doctor.follows("form#many button")
    fits(page)
    for number, clinical in zip(numbers, ("Stable, aucun effet indésirable.", ""), strict=False):
        doctor.fills(
            {
                f"{number}-clinical_data": clinical,
                f"{number}-adverse_effects": "none",
                f"{number}-weight_kg": "62,5",
                f"{number}-urgent": "no",
            }
        )
    doctor.fills({"useful": True})
    doctor.follows("form[data-once] .app-actions button")
    fits(page)
    assert Dossier.objects.filter(parent_title__number__in=numbers, state="draft").count() == 2
    # One is complete, the other says what it lacks and where to write it.
    assert page.locator("section:has(#sign) li").count() == 1
    assert page.locator("a[href*='/edit/renewal/']").count() == 1
    doctor.fills(dict.fromkeys(("informs_patient", "follows_protocol", "states_truth"), True))
    doctor.follows("form:has(input[name=request]) button")
    fits(page)
    assert page.locator("a[href*='/edit/renewal/']").count() == 1
    assert sorted(Dossier.objects.filter(parent_title__number__in=numbers).values_list("state", flat=True)) == [
        "at_pharmacy",
        "draft",
    ]


def test_the_board_at_a_desk_and_for_the_agency(visitor: Callable[..., Visitor]) -> None:
    for days in (-1, 12, 40, 100):
        ending_in(days)
    for login in ("prescriber", "ansm_assessor"):
        page = visitor(login).goes_to("/expiring/").page
        page.locator(".ending-table summary").click()
        expect(page.locator(".ending-months")).to_be_visible()
        assert page.locator(".ending-list__row").count() == 3


def test_the_calendar_page_shows_its_address_once(visitor: Callable[..., Visitor], fits: Fits) -> None:
    someone = visitor("prescriber", **ON_A_PHONE).goes_to("/account/calendar/")
    someone.follows("form:has(input[value=open]) button")
    fits(someone.page)
    address = someone.page.locator("#feed").input_value()
    answer = someone.page.request.get("/calendar/" + address.rpartition("/")[2])
    assert answer.ok
    assert answer.text().startswith("BEGIN:VCALENDAR")
    assert someone.goes_to("/account/calendar/").page.locator("#feed").count() == 0
