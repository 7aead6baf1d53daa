"""A project's secrets and the service's own words, looked for stage by stage in all that the other sides may be given:
pages, PDF, calendar files, mails, logs, and the tables in plain SQL. As `test_leaks`, of a request to the Innovation
and Referral Service: an opinion proposed in writing and sent back, then a meeting whose minutes both sides agree to."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.utils import timezone

from documents.attachments import attach
from documents.letters import orders
from documents.models import IssuedLetter
from dossiers.demo.advice_story import AdviceStory
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import Meeting
from dossiers.services import experts
from dossiers.services.answer_drafts import save_answers
from dossiers.services.conversation import post
from dossiers.services.staffing import recuse
from notifications import outbox, truth
from tests.access.leaks import in_plain_tables, names_in, said_at, what_production_logs
from tests.access.world import NOBODY, browser, load_the_former_member
from tests.documents.pdfs import text_of
from workflows.advice_guards import SCIENTIFIC_OPINION
from workflows.dates import civil_date

pytestmark = pytest.mark.django_db

WORDS: Final = {
    "summary": "zqbesoinau",
    "institution": "zqinstitu",
    "product": "zqprodulem",
    "mechanism": "zqmecanior",
    "asked": "zqdemandoq",  # a question to ANSM
    "position": "zqpositiun",  # the applicant's own answer to it
    "comers": "zqviendraz",  # who would come to the meeting
    "secret": "zqsecretum",  # what is confidential, and why
    "document": "zqpiecejix",  # the name of a document sent with the request
    "aside": "zqentrenoux",  # a message of the company's own people, before the request is filed
    "message": "zqmessagew",
    "question": "zqprecisek",  # of ANSM to the applicant
    "unsent_answer": "zqbrouilat",
    "answer": "zqreponduv",
    "briefing": "zqbriefoly",  # the name of the briefing document
    "place": "zqlieuvidu",
    "participants": "zqpresenza",
    "minutes": "zqcomptera",  # as the assessor drafted them
    "agreed": "zqapprouvi",  # added by the applicant, agreed to by both
    "note": "zqnotagenx",
    "recusal": "zqdeportaw",
    "mission": "zqmissiona",  # what an expert was asked
    "declaration": "zqliensoft",
    "expert": "zqavisexpo",
    "proposed": "zqpropositi",  # an opinion that was sent back
    "send_back": "zqrenvoyaz",
    "assessor": "Orvault",
}
TYPED: Final = {"summary", "institution", "product", "mechanism", "asked", "position", "comers", "secret", "document"}
"""In the request: the company's, and the service's once it is filed."""
EXPERTS: Final = {"mission", "declaration", "expert"}
STAFFS_OWN: Final = {"note", "recusal", "proposed", "send_back", *EXPERTS}
MEETING: Final = {"briefing", "place", "participants", "minutes", "agreed"}
COMPANY: Final = ("contributor", "applicant")
SERVICE: Final = ("ansm_triage", "ansm_signatory", "ansm_assessor")
STRANGERS: Final = (
    NOBODY, "former", "applicant2", "two_hats", "pharmacovigilance", "prescriber", "has_officer", "ministry_reader",
    "reporter", "expert", "org_admin",
)  # fmt: skip


@dataclass
class Told:
    story: AdviceStory
    letters: list[IssuedLetter] = field(default_factory=list)

    @property
    def reference(self) -> str:
        return self.story.reference

    def actor(self, login: str) -> Any:
        return self.story.actor(login)

    def says(self, login: str, body: str, *, staff_only: bool = False) -> None:
        post(reference=self.reference, body=body, actor=self.actor(login), staff_only=staff_only, at=self.story.at)

    def attaches(self, word: str, kind: str = "other") -> None:
        upload = SimpleUploadedFile(f"{WORDS[word]}.txt", WORDS[word].encode())
        attach(dossier=self.story.dossier, kind=kind, upload=upload, actor=self.actor("applicant"), at=self.story.at)


def filed_with_words() -> Told:
    given = {
        "triage": {"summary": f"Choix du comparateur {WORDS['summary']}"},
        "project": {"institution": WORDS["institution"]},
        "about": {"name": WORDS["product"], "mechanism": f"Anticorps {WORDS['mechanism']}"},
        "questions": {"questions": [{"question": f"{WORDS['asked']} ?", "position": f"Oui, {WORDS['position']}"}]},
        "meeting": {"participants": WORDS["comers"]},
        "statements": {"confidential": WORDS["secret"]},
    }
    # Long enough ago that the meeting is over.
    at = timezone.now() - 95 * ONE_DAY
    told = Told(AdviceStory(at=at, kind=SCIENTIFIC_OPINION, meeting=True, given=given, who="applicant").draft())
    told.attaches("document")
    told.says("contributor", WORDS["aside"])
    told.story.file()
    told.says("applicant", WORDS["message"])
    return told


def examined_with_words(told: Told) -> None:
    story = told.story.route("scientific")
    told.says("ansm_assessor", WORDS["note"], staff_only=True)
    recuse(reference=told.reference, actor=demo_actor("ansm_assessor2"), reason=WORDS["recusal"], at=story.at)
    expert, at = demo_actor("expert"), story.at
    mission = experts.ask(
        reference=told.reference,
        expert=expert.membership_id or 0,
        question=WORDS["mission"],
        until=civil_date(at) + 10 * ONE_DAY,
        actor=told.actor("ansm_assessor"),
        at=at,
    ).pk
    experts.declare(mission=mission, conflict=False, declaration=WORDS["declaration"], actor=expert, at=at)
    experts.give_opinion(mission=mission, opinion=WORDS["expert"], actor=expert, at=at)
    story.ask(WORDS["question"])
    save_answers(
        reference=told.reference, answers={"1": WORDS["unsent_answer"]}, actor=told.actor("contributor"), at=story.at
    )


def answered_and_sent_back(told: Told) -> None:
    story = told.story.answer(WORDS["answer"])
    payload = {**story.opinion_payload(), "reasons": WORDS["proposed"]}
    story.do("propose", "ansm_assessor", payload, after=2 * ONE_DAY)
    story.do("send_back", "ansm_signatory", {"reason": WORDS["send_back"]})


def met_and_agreed(told: Told) -> None:
    story = told.story.plan(place=WORDS["place"])
    told.attaches("briefing", "briefing")
    story.do("send_briefing", "applicant", {"piece": "briefing"})
    story.at = Meeting.objects.get(dossier=story.dossier).starts_at + ONE_DAY
    said = {"participants": WORDS["participants"], "minutes": f"L'Agence retient {WORDS['minutes']}."}
    story.do("hold_meeting", "ansm_assessor", {"held_on": civil_date(story.at).isoformat(), **said})
    both = f"{said['minutes']} Le demandeur précise {WORDS['agreed']}."
    story.agree("applicant", both).agree("ansm_assessor", both)
    orders.make_pending(limit=10, at=timezone.now())
    told.letters = list(IssuedLetter.objects.filter(dossier=story.dossier).order_by("pk"))


# -------------------------------------------------------------------------------------------------- the tour


LISTS: Final = (
    "/", "/dossiers/", f"/dossiers/?q={WORDS['product']}", "/inbox/", f"/search/?q={WORDS['product']}", "/meetings/",
    "/worklists/all/", "/worklists/mine/", "/files/questions/", f"/register/?q={WORDS['product']}", "/missions/",
)  # fmt: skip
PAGES: Final = (
    "", "?version=1", "?version=2&against=1", "review/", "answer/", "documents/", "story/", "meeting/", "meeting.ics",
    "edit/triage/", "edit/questions/", "edit/meeting/", "act/withdraw/", "act/answer/", "act/propose/",
    "act/give_opinion/", "act/send_back/", "act/plan_meeting/", "act/hold_meeting/", "act/agree_minutes/",
)  # fmt: skip


def addresses(told: Told) -> list[str]:
    """Where this request appears, or might."""
    found = [*LISTS, *(f"/dossiers/{told.reference}/{page}" for page in PAGES)]
    found += [f"/documents/{pk}/content/" for pk in told.story.dossier.attachments.values_list("pk", flat=True)]
    return found + [f"/letters/{letter.number}/" for letter in told.letters]


def check(told: Told, stage: str, logins: tuple[str, ...], expected: set[str]) -> None:
    """Each of them is given no word but the expected, and the last one all of these: else the search proves nothing."""
    found: set[str] = set()
    for login in logins:
        found = names_in("\n".join(said_at(browser(login), addresses(told))), WORDS)
        # What a reader typed in the search box comes back to them.
        found -= set() if expected else {"product"}
        assert not found - expected, f"{stage}: {login} is given {found - expected}"
    assert found == expected, f"{stage}: {logins[-1]} does not find {expected - found}"


@pytest.fixture(scope="module")
def logged() -> Iterator[io.StringIO]:
    with what_production_logs() as stream:
        yield stream


@pytest.fixture(scope="module")
def told(demo: None, logged: io.StringIO, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    load_the_former_member()
    with override_settings(
        MAILBOX_DIR=tmp_path_factory.mktemp("mailbox"),
        EMAIL_BACKEND="notifications.backends.DemoMailboxBackend",
    ):
        yield filed_with_words()


@pytest.mark.timeout(300)
def test_each_side_reads_its_own_at_every_stage(told: Told, logged: io.StringIO) -> None:
    """One test: each stage is built on the one before. What follows (mails, logs, tables) is looked at at the end."""
    shared = TYPED | {"message"}
    check(told, "filed", ("applicant",), shared | {"aside"})
    check(told, "filed", ("ansm_assessor",), shared | {"assessor"})

    examined_with_words(told)
    shared |= {"question"}
    own = {"note", "recusal", "assessor", *EXPERTS}
    check(told, "asked", COMPANY, shared | {"aside", "unsent_answer"})
    check(told, "asked", ("ansm_assessor",), shared | own)

    answered_and_sent_back(told)
    shared |= {"answer"}
    check(told, "sent back", ("applicant",), shared | {"aside"})
    check(told, "sent back", ("ansm_assessor",), shared | STAFFS_OWN | {"assessor"})

    met_and_agreed(told)
    # Both sides sign the minutes: the letter and the page name who agreed.
    shared |= MEETING | {"assessor"}
    check(told, "agreed", COMPANY, shared | {"aside"})
    check(told, "agreed", SERVICE, shared | STAFFS_OWN)
    check(told, "agreed", ("auditor",), shared | STAFFS_OWN | {"aside"})
    check(told, "agreed", STRANGERS, set())

    the_letters_hold_no_more_than_they_must(told)
    the_mails_hold_nothing(told)
    lines = logged.getvalue()
    assert lines.count("request_finished") > 100, "the logs are read"
    assert told.reference in lines
    assert not names_in(lines, WORDS), [line for line in lines.splitlines() if names_in(line, WORDS)][:3]
    in_plain = in_plain_tables(WORDS)
    assert not {(table, word) for table, word in in_plain if word != "assessor"} - IN_PLAIN_ON_PURPOSE


IN_PLAIN_ON_PURPOSE: Final = {("dossiers_recusal", "recusal"), ("dossiers_dossier", "product")}
"""About an agent, not about a project; and the name by which a product is found in lists."""


def the_letters_hold_no_more_than_they_must(told: Told) -> None:
    receipt, minutes = (names_in(text_of(letter.pdf), WORDS) for letter in told.letters)
    assert receipt <= {"institution", "product", "asked"}
    assert minutes == {"institution", "product", "minutes", "agreed", "participants", "assessor"}
    for letter in told.letters:
        page = browser(NOBODY).get(f"/verify/{letter.verification_code}/").content.decode()
        assert letter.number in page
        assert not names_in(page, WORDS)
        assert told.reference not in page


def the_mails_hold_nothing(told: Told) -> None:
    """In what leaves, and in the mailbox page where the demo keeps it: no word, no product, no place of a meeting."""
    with patch.dict(truth._truths, clear=True):
        assert outbox.sweep(limit=500, at=timezone.now() + ONE_DAY).sent > 10
    stranger = browser(NOBODY)
    listing = stranger.get("/demo/mailbox/").content.decode()
    names = set(re.findall(r"/demo/mailbox/([^/\"?]+)/", listing))
    assert len(names) > 10
    for name in names:
        page = stranger.get(f"/demo/mailbox/{name}/").content.decode()
        assert told.reference in page
        for text in (page, listing):
            assert not names_in(text, WORDS) - {"assessor"}, name
