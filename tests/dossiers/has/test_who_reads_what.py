"""What each authority keeps to itself, and what the company learns only with the decision: pages, API, letters.

A word of its own stands in every text; who finds it where is all that is looked at.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any, Final

import pytest
from django.utils import timezone

from documents.letters import orders
from documents.letters.data import letter_data
from documents.models import LetterOrder
from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import demo_actor
from dossiers.services.conversation import post
from dossiers.services.staffing import reassign, recuse
from tests.api.callers import caller
from tests.dossiers.screens import browser, text_of
from workflows.aap_guards import CRITERIA, FAVOURABLE, MET, UNFAVOURABLE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

OF_HAS: Final = {"zqnotehas", "zqreassign"}
OF_ANSM: Final = {"zqnoteansm", "zqrecusal"}
PROPOSED: Final = {"zqreasonsansm", "zqindicationansm", "zqsmpc"}
OF_CT: Final = {"zqreasonsct", "zqcomparators"}
OF_COLLEGE: Final = {"zqreasonscollege"}
DROPPED: Final = {"zqdropped"}
WORDS: Final = OF_HAS | OF_ANSM | PROPOSED | OF_CT | OF_COLLEGE | DROPPED | {"zqmessage"}
MESSAGE: Final = {"zqmessage"}


def findings(reasons: str) -> dict[str, Any]:
    said = {code: MET for code, _label in CRITERIA} | {f"{code}_reasons": reasons for code, _label in CRITERIA}
    return {**said, "comparators": "zqcomparators"}


def told() -> EarlyAccess:
    """Acknowledged, with what each side wrote; an opinion proposed, replaced by another; the committee's given."""
    story = EarlyAccess(at=timezone.now() - dt.timedelta(days=60)).draft().file().acknowledge()
    reference, at = story.reference, story.at
    has, ansm = demo_actor("has_officer"), demo_actor("ansm_assessor")
    post(reference=reference, body="zqmessage", actor=has, at=at)
    post(reference=reference, body="zqnotehas", actor=has, staff_only=True, at=at)
    post(reference=reference, body="zqnoteansm", actor=ansm, staff_only=True, at=at)
    reassign(reference=reference, membership=has.membership_id or 0, actor=has, reason="zqreassign", at=at)
    recuse(reference=reference, actor=demo_actor("ansm_assessor2"), reason="zqrecusal", at=at)
    story.propose_opinion(UNFAVOURABLE, reasons="zqdropped")
    texts = {"indication": "zqindicationansm", "smpc": "zqsmpc", "leaflet": "Notice", "label": "Étiquetage"}
    payload = {"outcome": FAVOURABLE, "reasons": "zqreasonsansm", **texts}
    story.do("propose_ansm_opinion", "ansm_assessor", payload)
    story.do("give_ct_opinion", "ct_secretary", findings("zqreasonsct"))
    return story


def grant(story: EarlyAccess) -> None:
    story.grant(**{f"{code}_reasons": "zqreasonscollege" for code, _label in CRITERIA})


PAGES: Final = (
    "/",
    "/dossiers/",
    "/dossiers/{reference}/",
    "/dossiers/{reference}/?version=1",
    "/dossiers/{reference}/act/withdraw/",
    "/dossiers/{reference}/act/grant/",
    "/dossiers/{reference}/act/give_ct_opinion/",
    "/dossiers/{reference}/act/propose_ansm_opinion/",
    "/dossiers/{reference}/act/give_ansm_opinion/",
    "/dossiers/{reference}/preview/aap_ansm_opinion/",
    "/dossiers/{reference}/preview/aap_grant/",
    "/dossiers/{reference}/preview/aap_refusal/",
    "/search/?q=solvantia",
    "/inbox/",
    "/agenda/",
    "/worklists/all/",
)
ADDRESSES: Final = (
    "dossiers/{reference}/",
    "dossiers/{reference}/events/",
    "dossiers/{reference}/messages/",
    "dossiers/?procedure=aap",
)


def words_read(login: str, story: EarlyAccess) -> set[str]:
    """The words that all these pages and answers of the API give this reader."""
    client, system = browser(login), caller(login)
    heard = []
    for page in PAGES:
        answer = client.get(page.format(reference=story.reference))
        is_pdf = answer.headers.get("Content-Type") == "application/pdf"
        heard.append(pdf_text(answer.content) if is_pdf else answer.content.decode())
    stale = client.post(f"/dossiers/{story.reference}/act/withdraw/", {"version": "1", "reason": "x"})
    heard.append(stale.content.decode())
    for address in ADDRESSES:
        answer = system.get(f"/api/v1/{address.format(reference=story.reference)}")
        assert answer.status_code == 200, address
        heard.append(answer.content.decode())
    for number in LetterOrder.objects.filter(dossier=story.dossier).values_list("number", flat=True):
        answer = client.get(f"/letters/{number}/")
        if answer.headers.get("Content-Type") == "application/pdf":
            heard.append(pdf_text(b"".join(answer) if answer.streaming else answer.content))
    return {word for word in WORDS if any(word in text for text in heard)}


def pdf_text(content: bytes) -> str:
    from tests.documents.pdfs import text_of as words

    return str(words(content))


def check(story: EarlyAccess, stage: str, expected: dict[str, Iterable[str]]) -> None:
    for login, words in expected.items():
        assert words_read(login, story) == set(words), f"{stage}: {login}"


def test_each_reads_its_own_at_every_stage() -> None:
    story = told()
    has, ansm = MESSAGE | OF_HAS | OF_CT, MESSAGE | OF_ANSM | OF_CT
    check(
        story,
        "proposed",
        {
            "applicant": MESSAGE,
            "has_officer": has,
            "has_college": has,
            "ansm_signatory": ansm | PROPOSED,
            "ministry_reader": MESSAGE | OF_CT,
            "auditor": has | ansm | PROPOSED,
        },
    )
    story.do("give_ansm_opinion", "ansm_signatory")
    orders.make_pending(limit=20, at=timezone.now())
    check(
        story,
        "given",
        {
            "applicant": MESSAGE,
            "contributor": MESSAGE,
            "has_officer": has | PROPOSED,
            "ansm_assessor": ansm | PROPOSED,
            "ministry_reader": MESSAGE | OF_CT | PROPOSED,
        },
    )
    grant(story)
    orders.make_pending(limit=20, at=timezone.now())
    published = MESSAGE | OF_CT | OF_COLLEGE | PROPOSED
    check(
        story,
        "granted",
        {
            "applicant": published,
            "has_officer": published | OF_HAS,
            "ansm_assessor": published | OF_ANSM,
            "ministry_reader": published,
            "auditor": published | OF_HAS | OF_ANSM,
        },
    )


def test_another_company_knows_nothing_of_it() -> None:
    story = told()
    client, system = browser("applicant2"), caller("applicant2")
    for page in PAGES[2:12]:
        assert client.get(page.format(reference=story.reference)).status_code == 404
    for address in ADDRESSES[:3]:
        assert system.get(f"/api/v1/{address.format(reference=story.reference)}").status_code == 404
    assert story.reference not in system.get("/api/v1/dossiers/").content.decode()
    for page in ("/", "/dossiers/", "/search/?q=solvantia"):
        assert story.reference not in text_of(client.get(page))


def test_the_company_reads_neither_that_an_opinion_is_proposed_nor_who_is_awaited_for_it() -> None:
    story = told()
    seen = text_of(browser("applicant").get(f"/dossiers/{story.reference}/"))
    assert "Now waiting for: HAS" in seen
    for words in ("opinion proposed", "opinion given", "Opinions", "Criteria and opinions", "In charge", "Staff notes"):
        assert words not in seen, words
    events = caller("applicant").get(f"/api/v1/dossiers/{story.reference}/events/").content.decode()
    assert '"acknowledge"' in events
    assert "opinion" not in events


def test_has_knows_that_an_opinion_is_proposed_and_a_ministry_does_not() -> None:
    story = told()
    has = text_of(browser("has_officer").get(f"/dossiers/{story.reference}/"))
    assert "ANSM's own until it is signed" in has
    assert "ANSM's opinion proposed" in has
    ministry = text_of(browser("ministry_reader").get(f"/dossiers/{story.reference}/"))
    assert "opinion proposed" not in ministry
    assert "waits for its signature" not in ministry


def test_the_letter_of_the_opinion_reaches_the_company_with_the_decision() -> None:
    story = told().do("give_ansm_opinion", "ansm_signatory")
    orders.make_pending(limit=20, at=timezone.now())
    number = LetterOrder.objects.get(dossier=story.dossier, kind="aap_ansm_opinion").number

    def statuses(login: str) -> tuple[int, int, bool]:
        listed = caller(login).get(f"/api/v1/dossiers/{story.reference}/letters/").content.decode()
        page = browser(login).get(f"/letters/{number}/").status_code
        return page, caller(login).get(f"/api/v1/letters/{number}/").status_code, number in listed

    assert statuses("applicant") == (404, 404, False)
    assert statuses("has_officer") == (200, 200, True)
    grant(story)
    assert statuses("applicant") == (200, 200, True)


@pytest.mark.parametrize(
    ("login", "kind", "status"),
    [
        ("has_officer", "aap_ansm_opinion", 403),
        ("ministry_reader", "aap_ansm_opinion", 403),
        ("ansm_assessor", "aap_ansm_opinion", 200),
        ("ansm_assessor", "aap_grant", 403),
        ("has_officer", "aac_grant", 404),
        ("applicant", "aap_ansm_opinion", 403),
    ],
)
def test_the_draft_of_a_letter_is_read_by_the_agency_that_signs_it(login: str, kind: str, status: int) -> None:
    story = told()
    assert browser(login).get(f"/dossiers/{story.reference}/preview/{kind}/").status_code == status


def test_a_refusal_made_while_an_opinion_is_only_proposed_does_not_tell_it() -> None:
    story = told()
    story.refuse()
    order = LetterOrder.objects.get(dossier=story.dossier, kind="aap_refusal")
    said = json.dumps(letter_data(order.context))
    assert '"aap_refusal"' in said
    assert "favourable" not in said
    orders.make_pending(limit=20, at=timezone.now())
    assert not words_read("applicant", story) & (PROPOSED | DROPPED)
