"""HAS and ANSM examine an early access, in a browser: completeness, questions, opinions, a sitting of the College."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from dossiers.demo.aap_story import REASONS, TEXT, EarlyAccess
from tests.browser.conftest import PHONE, Problems
from tests.browser.keyboard import Keyboard
from tests.browser.visitors import Visitor, fr
from workflows.aap_guards import CRITERIA, MET, NOT_MET, POST_MA, PRE_MA

pytestmark = pytest.mark.django_db(transaction=True)

SEND = "main form .app-actions button:not([name]):not([formaction])"


def told(pathway: str = PRE_MA, days: int = 60) -> EarlyAccess:
    return EarlyAccess(at=timezone.now() - dt.timedelta(days=days), pathway=pathway)


def now(story: EarlyAccess) -> EarlyAccess:
    """What follows happens at once, after what the browser just did."""
    story.at, story.own_pace = timezone.now(), False
    return story


@pytest.mark.parametrize("options", [{}, {"viewport": PHONE}], ids=["desktop", "phone"])
def test_pages_of_has(visitor: Callable[..., Visitor], options: dict[str, object]) -> None:
    """Each page is looked at for accessibility, at both widths, and none is wider than its screen."""
    filed, asked, proposed = (told().draft().file() for _rank in range(3))
    asked.acknowledge().ask("Quels sont les résultats à douze mois ?").answer("Joints.")
    proposed.acknowledge().propose_opinion()
    late, ready = told(POST_MA, days=95).draft().file().acknowledge(), told().examined()
    granted = told(POST_MA).granted(indication="Adultes, après trois lignes de traitement.")
    tours = {
        "has_officer": ["/", "/worklists/all/", f"/dossiers/{filed.reference}/", f"/dossiers/{asked.reference}/"],
        "ct_secretary": ["/", "/agenda/", f"/dossiers/{late.reference}/act/give_ct_opinion/"],
        "has_college": [
            "/agenda/",
            f"/agenda/record/?dossier={ready.reference}",
            f"/dossiers/{ready.reference}/act/grant/",
            f"/dossiers/{ready.reference}/",
            f"/dossiers/{granted.reference}/",
        ],
        "ansm_assessor": ["/", f"/dossiers/{proposed.reference}/act/propose_ansm_opinion/"],
        "ansm_signatory": [f"/dossiers/{proposed.reference}/act/give_ansm_opinion/"],
        "applicant": [f"/dossiers/{granted.reference}/"],
    }
    for login, addresses in tours.items():
        agent = visitor(login, **options)
        for address in addresses:
            agent.goes_to(address)
            width = agent.page.evaluate("document.documentElement.scrollWidth")
            assert width <= agent.page.viewport_size["width"], f"{address} is {width} wide"  # type: ignore[index]


def test_a_request_goes_from_its_filing_to_the_grant_of_the_college(visitor: Callable[..., Visitor]) -> None:
    """With a round of missing items, a question, ANSM's opinion, the committee's, then a sitting; without a script."""
    story = told(days=3).draft().file()
    own = f"/dossiers/{story.reference}/"
    officer = visitor("has_officer", java_script_enabled=False).goes_to("/")
    officer.follows(f"a[href='{own}']").follows(f"a[href='{own}act/notify_missing/']")
    officer.fills({"questions.1": "Le projet de notice"}).follows(SEND)
    assert story.dossier.state == "incomplete"
    now(story).complete("Joint au dossier.")
    officer.goes_to(own).follows(f"a[href='{own}act/acknowledge/']").follows(SEND)
    officer.follows(f"a[href='{own}act/request_information/']").fills({"questions.1": "Et à douze mois ?"}).follows(
        SEND
    )
    now(story).answer("71 %.")

    assessor = visitor("ansm_assessor", java_script_enabled=False).goes_to("/").follows(f"a[href='{own}']")
    assessor.follows(f"a[href='{own}act/propose_ansm_opinion/']")
    opinion = {"outcome": "favourable", "reasons": REASONS, "smpc": TEXT, "leaflet": TEXT, "label": TEXT}
    assessor.fills(opinion).follows(SEND)
    signatory = visitor("ansm_signatory", java_script_enabled=False).goes_to(f"{own}act/give_ansm_opinion/")
    signatory.reads(REASONS).follows(SEND)

    secretary = visitor("ct_secretary", java_script_enabled=False).goes_to("/").follows("main a[href='/agenda/']")
    ticks_and_records(secretary, story)
    said = {f"{story.reference}-{code}": MET for code, _label in CRITERIA}
    said |= {f"{story.reference}-{code}_reasons": f"{REASONS} ({code})" for code, _label in CRITERIA}
    secretary.fills(said).follows(SEND).reads(story.reference, ".app-results")

    college = visitor("has_college", java_script_enabled=False).goes_to("/agenda/")
    ticks_and_records(college, story)
    # The committee's reasons are there already: the College makes them its own.
    college.reads(f"{REASONS} (serious)", f"textarea[name='{story.reference}-serious_reasons']")
    college.fills({f"{story.reference}-act": "grant", f"{story.reference}-put_rd_final": True}).follows(SEND)
    assert story.dossier.state == "granted"
    assert story.dossier.decisions.get().reasons.startswith(REASONS)
    company = visitor("applicant").goes_to(own)
    company.reads("/DC/SEM", "#decision").reads(f"{REASONS} (cannot_wait)", "#criteria")


def ticks_and_records(agent: Visitor, story: EarlyAccess) -> None:
    agent.chooses(agent.page.locator(f"#tick-{story.reference}"))
    agent.follows("main .app-agenda__record button")


def test_the_college_refuses_after_what_was_typed_came_back(
    visitor: Callable[..., Visitor], problems: Problems
) -> None:
    problems.expect("422")
    story = told(POST_MA).examined()
    own = f"/dossiers/{story.reference}/"
    college = visitor("has_college").goes_to(own).follows(f"a[href='{own}act/refuse/']")
    college.fills({"comparators": "zqtyped"}).follows(SEND)
    college.reads(fr("A refusal says which criterion is not met: choose it.")).reads("zqtyped")
    college.fills({"innovative": NOT_MET, "innovative_reasons": "Aucune réponse durable."}).follows(SEND)
    assert story.dossier.state == "refused"
    college.reads("Aucune réponse durable.", "#criteria")


def test_a_sitting_is_recorded_with_the_keyboard_alone(visitor: Callable[..., Visitor]) -> None:
    story = told(POST_MA).examined()
    page = visitor("has_college").goes_to("/agenda/").page
    keys = Keyboard(page)
    keys.tab_to(f"#tick-{story.reference}")
    keys.press("Space")
    keys.tab_to("main .app-agenda__record button")
    keys.leaves_by("Enter")
    keys.tab_to(f"[name='{story.reference}-act']")
    keys.press("Space")
    keys.tab_to(f"[name='{story.reference}-put_rd_final']")
    keys.press("Space")
    keys.tab_to(SEND)
    keys.leaves_by("Enter")
    assert story.dossier.state == "granted"
