"""HAS examines an early access, in a browser: completeness, opinions, agenda, a sitting of the College."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from dossiers.demo.aap_story import REASONS, EarlyAccess
from dossiers.models import Dossier
from tests.browser.conftest import PHONE
from tests.browser.visitors import Visitor, fr
from workflows.aap_guards import CRITERIA, MET, NOT_MET, POST_MA, PRE_MA

pytestmark = pytest.mark.django_db(transaction=True)


def told(pathway: str = PRE_MA, days: int = 60) -> EarlyAccess:
    return EarlyAccess(at=timezone.now() - dt.timedelta(days=days), pathway=pathway)


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
