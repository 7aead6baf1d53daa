"""A delay runs out without a decision: silence grants after marketing authorisation, and refuses before it. The company
and HAS read what happened, and that no document says so; so does the public."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from documents.models import LetterOrder
from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import ONE_DAY
from dossiers.services.silence import follow_silence
from tests.browser.conftest import PHONE
from tests.browser.visitors import Visitor, fr
from workflows.aap_guards import POST_MA, PRE_MA

pytestmark = pytest.mark.django_db(transaction=True)

ON_A_PHONE = {"viewport": PHONE, "has_touch": True, "is_mobile": True}


def run_out(pathway: str) -> EarlyAccess:
    """Acknowledged more than three months ago, and decided by nobody since."""
    return EarlyAccess(at=timezone.now() - 100 * ONE_DAY, pathway=pathway).draft().file().acknowledge()


def test_silence_grants_after_the_ma_and_refuses_before(visitor: Callable[..., Visitor]) -> None:
    granted, refused = run_out(POST_MA), run_out(PRE_MA)
    officer = visitor("has_officer").goes_to("/")
    assert follow_silence(at=timezone.now()) == 2
    reads_the_grant(visitor("applicant"), granted)
    reads_the_refusal(visitor("applicant", **ON_A_PHONE), refused)
    has_reads_both(officer, granted, refused)
    anybody_reads_both(visitor("org_admin"), granted, refused)


def reads_the_grant(company: Visitor, granted: EarlyAccess) -> None:
    company.goes_to("/").goes_to(f"/dossiers/{granted.reference}/").reads(fr("Granted"), ".app-head")
    company.reads(fr("Grant"), "#decision").reads("Par silence, sans document", "#decision")
    company.follows(f".app-next a[href='/titles/{granted.title.number}/']")
    company.reads("Par silence, sans document", "section[aria-labelledby=granted-title]")
    assert set(LetterOrder.objects.values_list("kind", flat=True)) == {"aap_acknowledgement"}


def reads_the_refusal(company: Visitor, refused: EarlyAccess) -> None:
    company.goes_to(f"/dossiers/{refused.reference}/").reads(fr("Refused"), ".app-head")
    # No letter says why, nor how to contest it: the page does.
    company.reads("Par silence, sans document", "#decision").reads(fr("To contest this refusal"), "#decision")


def has_reads_both(officer: Visitor, granted: EarlyAccess, refused: EarlyAccess) -> None:
    officer.goes_to("/")
    for one in (granted, refused):
        officer.goes_to(f"/dossiers/{one.reference}/").reads("Par silence, sans document", "#decision")


def anybody_reads_both(passer_by: Visitor, granted: EarlyAccess, refused: EarlyAccess) -> None:
    passer_by.page.context.clear_cookies()
    for path in (f"title/{granted.title.number}", f"refusal/{refused.dossier.filing_number}"):
        passer_by.goes_to("/register/").reads(fr("by silence, no document"))
        passer_by.follows(f"main a[href='/register/{path}/']").reads(fr("by silence, no document"))
