"""A prescription framework in a browser: reported, heard, decided, prescribed; and the one of Kaftrio as it lived."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable

import pytest
from django.utils import timezone

from dossiers.demo.cpc_seed import Kaftrio
from dossiers.demo.cpc_story import DRAFT, REASONS, Framework
from dossiers.models import Dossier, Title
from register.frameworks import WORDING
from tests.browser.conftest import PHONE
from tests.browser.visitors import Visitor, fr

pytestmark = pytest.mark.django_db(transaction=True)

SEND = "main form .app-actions button:not([name]):not([formaction])"
SHOTS = os.environ.get("CPC_SHOTS", "")


def told(days: int = 90) -> Framework:
    return Framework(at=timezone.now() - dt.timedelta(days=days))


@pytest.mark.parametrize("options", [{}, {"viewport": PHONE}], ids=["desktop", "phone"])
def test_pages_of_a_framework(visitor: Callable[..., Visitor], options: dict[str, object]) -> None:
    """Each page is looked at for accessibility, at both widths, and none is wider than its screen."""
    drafted, asked = told(days=2).draft(), told(days=12).draft().report().notify()
    proposed, granted = told().heard().propose(), told(days=200).granted()
    reported = told(days=3).draft().report()
    title = f"/titles/{granted.title.number}/"
    tours = {
        "reporter": [
            "/",
            "/dossiers/new/cpc/",
            f"/dossiers/{drafted.reference}/review/",
            f"/dossiers/{asked.reference}/",
        ],
        "applicant": ["/", f"/dossiers/{asked.reference}/", title, f"{title}material/"],
        "ansm_assessor": [f"/dossiers/{reported.reference}/act/notify_intention/", f"/dossiers/{proposed.reference}/"],
        "ansm_signatory": [f"/dossiers/{proposed.reference}/act/grant/", title],
        "ministry_reader": ["/", "/dossiers/new/cpc/"],
        "prescriber": ["/", "/register/frameworks/", f"/register/frameworks/{granted.title.number}/"],
    }
    for login, addresses in tours.items():
        agent = visitor(login, **options)
        for rank, address in enumerate(addresses):
            agent.goes_to(address)
            if SHOTS:
                agent.page.screenshot(path=f"{SHOTS}/{login}-{rank}-{len(options)}.png", full_page=True)
            width = agent.page.evaluate("document.documentElement.scrollWidth")
            assert width <= agent.page.viewport_size["width"], f"{address} is {width} wide"  # type: ignore[index]


def test_from_the_report_to_the_prescription(visitor: Callable[..., Visitor]) -> None:
    """Each by the person whose act it is, without a script: the company replies, and the prescriber reads in two
    clicks what to write."""
    story = told(days=1).draft()
    own = f"/dossiers/{story.reference}/"
    reporter = visitor("reporter", java_script_enabled=False).goes_to("/").follows(f"a[href^='{own}']")
    reporter.goes_to(f"{own}review/").follows(f"form[action='{own}review/'] button")
    assert story.dossier.state == "reported"

    assessor = visitor("ansm_assessor", java_script_enabled=False).goes_to(own)
    assessor.follows(f"a[href='{own}act/notify_intention/']")
    assessor.fills({"reasons": "Un besoin est rapporté.", "asked": "Vos données dans l'indication."}).follows(SEND)
    company = visitor("applicant", java_script_enabled=False).goes_to("/").follows(f"a[href='{own}']")
    company.fills({"text": "Deux essais ouverts."}).follows("#companies form button")
    assessor.goes_to(own).reads("Deux essais ouverts.", "#companies")
    assessor.follows(f"form[action='{own}act/assess/'] button")
    assert story.dossier.state == "assessment"
    assessor.goes_to(f"{own}act/open_contradictory/")
    assessor.fills({"asked": DRAFT, "waiver": "Sécurité bien connue."}).follows(SEND)
    company.goes_to(own).reads(DRAFT, "#companies").fills({"text": "Sans observation."})
    company.follows("#companies form button")
    story.at, story.own_pace = timezone.now(), False
    story.close_drafts()
    assessor.goes_to(f"{own}act/propose/").fills({"outcome": "grant", "reasons": REASONS}).follows(SEND)
    assert story.dossier.state == "to_sign"
    signatory = visitor("ansm_signatory", java_script_enabled=False).goes_to(f"{own}act/grant/")
    signatory.reads(REASONS).follows(SEND)
    assert story.dossier.state == "granted"
    # Published today, in force tomorrow.
    assert story.title.starts_on == timezone.localdate() + dt.timedelta(days=1)
    Title.objects.filter(pk=story.title.pk).update(starts_on=timezone.localdate())
    doctor = visitor("prescriber").goes_to("/").follows("main a[href='/register/frameworks/']")
    doctor.follows(f"a[href='/register/frameworks/{story.title.number}/']").reads(WORDING)


def test_the_life_of_the_framework_of_kaftrio_is_read_with_its_real_days(visitor: Callable[..., Visitor]) -> None:
    kept = Kaftrio(timezone.now()).tell()
    number = kept.title.number
    anybody = visitor("prescriber").goes_to(f"/register/frameworks/{number}/")
    for words in ("Extension aux patients de 6 ans et plus.", "1er juin 2023", "2 février 2024", "20 mai 2022"):
        anybody.reads(words)
    agent = visitor("ansm_assessor").goes_to(f"/dossiers/{kept.reference}/")
    for words in ("25 février 2022", "20 avril 2022"):
        agent.reads(words, "#companies")
    for words in ("11 mars 2022", "1er avril 2022", "26 avril 2022"):
        agent.reads(words, "#companies")
    agent.reads("19 mai 2022", "#decision").reads("5 mai 2022", "#notes")
    for words in ("9 mai 2022", "17 mai 2022"):
        agent.reads(words, "#conversation")
    assert Dossier.objects.filter(parent_title=kept.title, state="granted").exists()
    renewed = Title.objects.get(chain=kept.title.chain, renewal_rank=1)
    agent.goes_to(f"/register/title/{renewed.number}/").reads(fr("Ceased")).reads("6 novembre 2025")
