"""A company's early access in a real browser: a pre-MA request in two indications, filed in one act, and completed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from documents.models import Attachment
from dossiers.demo.aap_answers import aap_answers
from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import Dossier, Filing
from dossiers.queries.answers import raw_answers
from dossiers.services.drafts import save_answers
from dossiers.services.filings import begin_filing
from tests.browser.conftest import PHONE
from tests.browser.visitors import Visitor, a_pdf, fr
from workflows.dates import civil_date

pytestmark = pytest.mark.django_db(transaction=True)

ON_A_PHONE: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
FIRST = "Cancer des voies biliaires avancé"
SECOND = "Cancer du foie avancé"
ITEM = "Calendrier de la demande à l'EMA"
MA_CALENDAR = "Demande déposée le 3 du mois ; premières questions attendues dans quatre mois."
OWN = ("indication", "criteria")


def answers() -> dict[str, dict[str, Any]]:
    return aap_answers(kind="first", pathway="pre_ma", on=civil_date(timezone.now()))


def test_a_company_files_two_indications_and_sends_a_missing_item(visitor: Callable[..., Visitor]) -> None:
    applicant = visitor("applicant")
    first, second = begins(applicant)
    writes_the_protocol(applicant, first)
    shares(applicant, first, second)
    files_both(applicant, first, second)
    sends_what_lacks(applicant, first)


def begins(applicant: Visitor) -> list[Dossier]:
    page = applicant.page
    applicant.goes_to("/").follows("main a[href='/dossiers/new/']")
    applicant.follows("main a[href='/dossiers/new/?of=aap']").follows("main a[href='/dossiers/new/start/']")
    applicant.fills({"name": "SOLVANTIA", "inn": "solvantimab", "pathway": "pre_ma"})
    applicant.fills({"indications-0-simplified": FIRST})
    applicant.follows("button[name=add_row]")
    expect(page.locator("[name='indications-0-simplified']")).to_have_value(FIRST)
    applicant.fills({"indications-1-simplified": SECOND})
    applicant.follows("main .app-actions button")
    expect(page).to_have_url(re.compile(r"/filing/$"))
    applicant.reads(Filing.objects.get().reference).reads(SECOND)
    return list(Dossier.objects.order_by("pk"))


def writes_the_protocol(applicant: Visitor, first: Dossier) -> None:
    """Typed in the browser, saving itself; the other sections are written by a system."""
    page = applicant.page
    told = answers()
    applicant.goes_to(f"/dossiers/{first.reference}/edit/put_rd/")
    visits = told["put_rd"]["visits"]
    plain = {name: value for name, value in told["put_rd"].items() if not isinstance(value, list)}
    applicant.fills({**plain, "visits": visits[:1]})
    expect(page.locator("#save-state:not(.app-save--waiting)")).to_contain_text(fr("Not sent"))
    applicant.follows("button[name=add_row][value=visits]")
    applicant.fills({f"visits-1-{column}": value for column, value in visits[1].items()})
    applicant.follows("form[data-autosave] .app-actions button:not([name])")
    saved = raw_answers(first)["put_rd"]
    assert [row["label"] for row in saved["visits"]] == [row["label"] for row in visits[:2]]
    rest = {key: data for key, data in told.items() if key != "put_rd"}
    save_answers(reference=first.reference, answers=rest, actor=demo_actor("applicant"), at=timezone.now())
    applicant.goes_to(f"/dossiers/{first.reference}/documents/")
    page.locator("#id_kind").select_option("smpc")
    page.locator("#id_file").set_input_files(a_pdf())
    applicant.follows("main form[enctype] button")
    assert Attachment.objects.count() == 2
    assert len(set(Attachment.objects.values_list("file", flat=True))) == 1


def shares(applicant: Visitor, first: Dossier, second: Dossier) -> None:
    """What the second lacks is copied; what is its own is written for it."""
    told = answers()
    own = {key: told[key] for key in OWN}
    save_answers(reference=second.reference, answers=own, actor=demo_actor("applicant"), at=timezone.now())
    applicant.goes_to(f"/dossiers/{first.reference}/filing/").follows("button[name=copy][value=empty]")
    for section in ("product", "contacts"):
        applicant.follows(f"button[name=copy][value={section}]")
    assert raw_answers(second)["put_rd"] == raw_answers(first)["put_rd"]
    applicant.goes_to(f"/dossiers/{second.reference}/review/")


def files_both(applicant: Visitor, first: Dossier, second: Dossier) -> None:
    applicant.goes_to(f"/dossiers/{first.reference}/filing/")
    expect(applicant.page.locator("input[name=request]:checked")).to_have_count(2)
    applicant.follows("section[aria-labelledby=file] button")
    filed = Dossier.objects.order_by("pk")
    assert [one.state for one in filed] == ["filed", "filed"]
    for one in filed:
        applicant.reads(str(one.filing_number))


def sends_what_lacks(applicant: Visitor, first: Dossier) -> None:
    told = EarlyAccess(at=timezone.now(), reference=first.reference, own_pace=False).missing(ITEM)
    applicant.goes_to("/").follows(f"main a[href='/dossiers/{first.reference}/answer/']")
    applicant.reads(ITEM).fills({"answer-1": MA_CALENDAR})
    expect(applicant.page.locator("#save-state:not(.app-save--waiting)")).to_contain_text(fr("Not sent"))
    applicant.follows("button[name=act][value=send]")
    applicant.is_told(fr("The items are sent. HAS checks again that the file is complete."))
    assert told.dossier.state == "filed"
    assert told.dossier.requests.get().answers == {"1": MA_CALENDAR}


def test_a_company_works_on_a_phone_and_without_script(
    visitor: Callable[..., Visitor], fits: Callable[[Page], None]
) -> None:
    def early(days: int = 20) -> EarlyAccess:
        return EarlyAccess(at=timezone.now() - days * ONE_DAY)

    draft = early().draft().reference
    missing = early().draft().file().missing(ITEM, "Projet de notice").reference
    begun = begin_filing(
        answers={"product": {"name": "NEUROLYSE"}, "request": {"pathway": "post_ma"}},
        indications=[{"simplified": FIRST}, {"simplified": SECOND}],
        actor=demo_actor("applicant"),
        key="two",
        at=timezone.now(),
    )
    bare = begun.dossiers.order_by("pk")[0].reference
    asked = early().draft().file().acknowledge().ask("Quelle survie à douze mois ?", days=40).reference
    title = early(60).granted().title.number
    addresses = (
        "/",
        "/dossiers/new/?q=qalsody",
        "/dossiers/new/start/?name=SOLVANTIA",
        *(f"/dossiers/{draft}/edit/{section}/" for section in ("product", "put_rd", "commitments")),
        *(f"/dossiers/{draft}/{name}/" for name in ("documents", "filing", "review")),
        *(f"/dossiers/{bare}/{name}/" for name in ("filing", "review")),
        f"/dossiers/{missing}/answer/",
        f"/dossiers/{asked}/answer/",
        f"/titles/{title}/",
    )
    phone = visitor("applicant", **ON_A_PHONE)
    for address in addresses:
        fits(phone.goes_to(address).page)
    plain = visitor("contributor", java_script_enabled=False)
    for address in addresses:
        plain.goes_to(address)
