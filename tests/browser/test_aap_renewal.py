"""The renewal of an early access: begun from the page of the title, filed in time, keeping it in force past its last
day while HAS examines it, then granted. The new title takes over the next day, and each page leads to the other."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import expect

from dossiers.demo.aap_answers import aap_answers
from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import ONE_DAY
from dossiers.models import Dossier, Title
from dossiers.services.title_days import follow_titles
from tests.browser.keyboard import Keyboard
from tests.browser.visitors import Visitor, fr
from workflows.aap_guards import POST_MA, RENEWAL
from workflows.dates import PARIS, civil_date

pytestmark = pytest.mark.django_db(transaction=True)

SEND = "main form .app-actions button:not([name]):not([formaction])"
SAVE = "form[data-autosave] .app-actions button:not([name])"
LATE = 6
"""Days after the last one of the title, on which the College decides."""


@pytest.fixture
def later() -> Iterator[Callable[[dt.datetime], None]]:
    """`later(moment)`: the site lives on from that moment."""
    travels: list[time_machine.travel] = []

    def go(moment: dt.datetime) -> None:
        travels.append(time_machine.travel(moment, tick=True))
        travels[-1].start()

    yield go
    for travel in travels:
        travel.stop()


def test_a_title_is_renewed_without_a_gap(
    visitor: Callable[..., Visitor], later: Callable[[dt.datetime], None]
) -> None:
    told = EarlyAccess(at=timezone.now() - 282 * ONE_DAY, pathway=POST_MA).granted()
    renewal = begins_and_files(visitor("applicant"), told.title)
    examined(renewal)
    end = told.title.ends_on
    later(dt.datetime.combine(end + LATE * ONE_DAY, dt.time(9), tzinfo=PARIS))
    for day in range(1, LATE + 1):
        follow_titles(at=dt.datetime.combine(end + day * ONE_DAY, dt.time(1), tzinfo=PARIS))
    stays_in_force(visitor("applicant"), told.title)
    grants(visitor("has_college"), renewal)
    old, new = told.title, renewal.title
    assert (old.state, old.in_force_until) == ("replaced", new.starts_on - ONE_DAY)
    assert new.starts_on == civil_date(timezone.now()) == end + LATE * ONE_DAY
    reads_both(visitor("pharmacovigilance"), old, new)


def begins_and_files(company: Visitor, title: Title) -> EarlyAccess:
    page, own = company.page, f"/titles/{title.number}/"
    company.goes_to("/").reads(title.number).follows(f"main a[href='{own}']")
    company.follows(f"form[action='{own}renew/'] button:has-text('{fr('Renew')}')")
    dossier = Dossier.objects.get(kind=RENEWAL)
    expect(page).to_have_url(re.compile(f"/{dossier.reference}/edit/"))
    company.goes_to(f"/dossiers/{dossier.reference}/edit/product/")
    expect(page.locator("[name=name]")).to_have_value(title.dossier.product_label.partition(" ")[0])
    fills_what_changed(company, dossier)
    company.goes_to(f"/dossiers/{dossier.reference}/review/").follows("main form[data-once] button")
    assert Dossier.objects.get(pk=dossier.pk).state == "filed"
    company.goes_to(own).reads(dossier.reference, ".app-next").reads("reste en vigueur jusqu'à ce que", ".app-next")
    return EarlyAccess(at=timezone.now(), pathway=POST_MA, kind=RENEWAL, reference=dossier.reference, parent=title)


def fills_what_changed(company: Visitor, dossier: Dossier) -> None:
    """What the last request cannot say: what has changed, the data since then, and the company's word, given anew."""
    typed = aap_answers(kind=RENEWAL, pathway=POST_MA, on=civil_date(timezone.now()))
    for section in ("request", "data_since_grant", "commitments"):
        company.goes_to(f"/dossiers/{dossier.reference}/edit/{section}/").fills(typed[section]).clicks(SAVE)


def examined(renewal: EarlyAccess) -> None:
    """HAS finds it complete, asks a question that stops the delay, and hears the committee, each at its own date."""
    renewal.acknowledge().ask("Quelle survie à vingt-quatre mois ?", days=45)
    renewal.at += 30 * ONE_DAY
    renewal.answer("64 %.").committee()


def stays_in_force(company: Visitor, title: Title) -> None:
    """Past its last day, and nothing on the page counts the days any more."""
    assert title.in_force_until > title.ends_on
    company.goes_to("/titles/").reads(fr("kept until its renewal is decided"))
    company.follows(f"main a[href='/titles/{title.number}/']").reads(fr("In force"), ".app-head__badges")
    company.reads("jusqu'à la décision sur son renouvellement", ".app-next")
    expect(company.page.locator(".app-head__badges .fr-badge--warning")).to_have_count(0)


def grants(college: Visitor, renewal: EarlyAccess) -> None:
    own = f"/dossiers/{renewal.reference}/"
    page = college.goes_to(own).page
    keys = Keyboard(page)
    keys.tab_to(f"a[href='{own}act/grant/']")
    keys.leaves_by("Enter")
    college.looks()
    keys.tab_to("[name=put_rd_final]")
    keys.press("Space")
    keys.tab_to(SEND)
    keys.leaves_by("Enter")
    college.looks()
    assert renewal.dossier.state == "granted"


def reads_both(reader: Visitor, old: Title, new: Title) -> None:
    reader.goes_to(f"/titles/{old.number}/").reads(fr("Replaced by its renewal"), ".app-head__badges")
    reader.follows(f"section[aria-labelledby=aside-chain] a[href='/titles/{new.number}/']")
    reader.reads(fr("In force"), ".app-head__badges")
    reader.follows(f"section[aria-labelledby=aside-chain] a[href='/titles/{old.number}/']")
