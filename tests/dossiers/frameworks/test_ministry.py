"""A ministry in a prescription framework: what it reported itself it reads as any reporter, the rest as an agency."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pypdf import PdfWriter

from documents.attachments import attach
from documents.models import Attachment, LetterOrder
from dossiers.demo.cpc_story import DRAFT, PROPOSED, Framework
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.policy import attachments_visible_to, letters_visible_to
from dossiers.queries.frameworks import exchange_of
from dossiers.queries.timeline import timeline
from dossiers.services import comments
from dossiers.services.conversation import post
from tests.dossiers.screens import browser, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

SAID = "zqventes"
READERS = ("ministry_reader", "reporter", "ansm_assessor", "applicant")


def heard(author: str, kind: str = "report") -> Framework:
    told = Framework(at=timezone.now() - dt.timedelta(days=90), author=author, kind=kind).draft().report().notify()
    return told.says(SAID).assess().protocol().drafts()


def read_by(told: Framework, who: str) -> dict[str, bool]:
    """What of the companies' side `who` reads."""
    actor = demo_actor(who)
    exchange = exchange_of(told.dossier, actor, told.at)
    assert exchange is not None
    details = " ".join(words for one in timeline(told.dossier, actor) for _label, words in one.details)
    return {
        "replies": any(one.replies for one in exchange.calls),
        "draft decision": any(one.is_read for one in exchange.calls),
        "protocol": attachments_visible_to(actor).filter(dossier=told.dossier, kind="put_sp").exists(),
        "letters": letters_visible_to(actor).filter(dossier=told.dossier, kind="cpc_contradictory").exists(),
        "words of the history": DRAFT in details or PROPOSED in details,
        "page": any(
            words in text_of(browser(who).get(f"/dossiers/{told.reference}/"))
            for words in (SAID, DRAFT, "protocole.pdf", "Who has read this dossier")
        ),
    }


def test_a_ministry_reads_of_its_own_report_what_any_reporter_reads() -> None:
    own = heard("ministry_reader")
    assert LetterOrder.objects.filter(kind="cpc_contradictory").exists()
    assert set(read_by(own, "ministry_reader").values()) == {False}
    assert all(read_by(own, "ansm_assessor").values())
    mine = read_by(own, "applicant")
    assert all(mine.values())
    # As any reporter: the same of the report of a centre.
    assert read_by(heard("reporter"), "reporter") == read_by(own, "ministry_reader")


def test_a_ministry_reads_the_report_of_another_as_an_agency_does() -> None:
    theirs = heard("reporter")
    assert all(read_by(theirs, "ministry_reader").values())
    assert all(read_by(heard("ansm_assessor", "own_initiative"), "ministry_reader").values())


def test_what_a_company_writes_to_ansm_and_its_material_are_not_for_the_ministry_that_reported() -> None:
    own = Framework(at=timezone.now() - dt.timedelta(days=200), author="ministry_reader").granted()
    post(reference=own.reference, body="zqmessage", actor=demo_actor("applicant"), staff_only=False)
    told = browser("applicant").post(f"/titles/{own.title.number}/material/", {"name": "zqlettre", "description": "x"})
    assert told.status_code == 302
    comments.invite(
        number=own.title.number,
        intended="suspend",
        grounds="zqmotifs",
        reply_by=timezone.localdate() + 15 * ONE_DAY,
        actor=demo_actor("ansm_assessor"),
        at=timezone.now(),
    )
    pages = (f"/dossiers/{own.reference}/", f"/titles/{own.title.number}/")
    read = {who: "".join(text_of(browser(who).get(page)) for page in pages) for who in READERS if who != "reporter"}
    for word in ("zqmessage", "zqlettre", "zqmotifs"):
        assert word not in read["ministry_reader"], word
        assert word in read["applicant"], word
        assert word in read["ansm_assessor"], word


@pytest.mark.parametrize("author", ["ministry_reader", "ansm_assessor", "reporter"])
def test_whoever_writes_a_draft_reads_what_is_attached_to_it(author: str) -> None:
    kind = "own_initiative" if author == "ansm_assessor" else "report"
    told = Framework(at=timezone.now() - dt.timedelta(days=2), author=author, kind=kind).draft()
    writer, content = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=595, height=842)
    writer.write(content)
    upload = SimpleUploadedFile("publication.pdf", content.getvalue(), content_type="application/pdf")
    given = attach(dossier=told.dossier, kind="publication", upload=upload, actor=demo_actor(author), at=told.at)
    readers = {who for who in READERS if attachments_visible_to(demo_actor(who)).filter(pk=given.pk).exists()}
    assert readers == {author}
    told.report()
    readers = {who for who in READERS if attachments_visible_to(demo_actor(who)).filter(pk=given.pk).exists()}
    assert readers == {author, "ministry_reader", "ansm_assessor"}
    assert Attachment.objects.count() == 1


def test_the_home_of_a_ministry_tells_its_reports_from_what_is_in_force_and_what_has_ended() -> None:
    def told(**options: object) -> Framework:
        return Framework(at=timezone.now() - dt.timedelta(days=200), author="ministry_reader", **options)  # type: ignore[arg-type]

    draft, sent, living, over = told().draft(), told().draft().report(), told().granted(), told().granted()
    of_another = Framework(at=timezone.now() - dt.timedelta(days=20)).draft().report()
    over.at = timezone.now()
    over.move_title("cease", "ansm_signatory", {"cause": "ma", "reason": "L'AMM couvre l'indication."})
    soup = BeautifulSoup(browser("ministry_reader").get("/").content, "html.parser")
    found = {}
    for part in ("drafts", "own", "frameworks", "early", "examined", "ended"):
        heading = soup.find(id=part)
        assert heading is not None, part
        section = heading.find_parent("section")
        assert section is not None, part
        found[part] = [link.get_text() for link in section.select("td a")]
    assert found == {
        "drafts": [draft.reference],
        "own": [sent.reference, over.reference, living.reference],
        "frameworks": [living.title.number],
        "early": [],
        "examined": [of_another.reference],
        "ended": [over.title.number],
    }
