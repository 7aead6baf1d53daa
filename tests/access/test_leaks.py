"""Words that one side types are looked for, stage by stage, in everything the other sides may be given: pages, PDF,
mails, logs, and the tables in plain SQL.

One request is told with a word of its own in each confidential field. At each stage a tour of the site is made by each
audience; a word outside what `MAY_SEE` grants it is a leak, and a word that its own side does not find is a test that
proves nothing.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.utils import timezone

from documents.attachments import attach
from documents.models import IssuedLetter
from dossiers.demo.story import ONE_DAY, Story, demo_actor
from dossiers.services.answer_drafts import save_answers
from dossiers.services.conversation import post
from dossiers.services.drafts import save_section
from dossiers.services.staffing import reassign, recuse
from notifications import outbox, truth
from tests.access.leaks import in_plain_tables, names_in, said_at, what_production_logs
from tests.access.world import AGO, HERE, NOBODY, browser, load_the_former_member, undone
from tests.documents.pdfs import text_of
from tests.dossiers.world import indication

pytestmark = pytest.mark.django_db

INITIALS: Final = "ZXQVK"
# What each side types. The words are of no language, so that finding one is never chance.
WORDS: Final = {
    "initials": INITIALS,
    "clinical": "zqclinivo",
    "meeting": "zqmeetiro",
    "treatment": "zqtreatou",
    "no_research": "zqresarka",
    "posology": "zqposolin",
    "returned_version": "zqversoki",  # signed, then returned by the pharmacist and mended
    "return_reason": "zqretourna",
    "aside": "zqentrenous",  # a message among the hospital's own people, before the request is filed
    "message": "zqmessaju",
    "document": "zqdocumar",  # the name of a document sent with the request
    "question": "zqquestol",
    "unsent_answer": "zqbrouilla",  # typed, not sent yet
    "unsent_change": "zqmodifek",
    "unsent_document": "zqpiecevi",
    "answer": "zqreponsu",
    "note": "zqnotinte",
    "recusal": "zqrecusat",
    "reassign": "zqreattri",
    "first_reasons": "zqmotifun",  # of the proposal that is sent back
    "first_conditions": "zqcondiun",
    "send_back": "zqrenvoye",
    "reasons": "zqmotifdeu",  # of the proposal that is signed
    "conditions": "zqcondideu",
    "assessor": "Orvault",  # an agency answers as a body
}

STAFFS_OWN: Final = {"note", "recusal", "reassign", "first_reasons", "first_conditions", "send_back", "assessor"}
HOSPITALS_OWN: Final = {
    "aside",
    "returned_version",
    "return_reason",
    "unsent_answer",
    "unsent_change",
    "unsent_document",
}
# Read by both sides once the request is filed.
SHARED: Final = {
    "initials", "clinical", "meeting", "treatment", "no_research", "posology", "message", "document", "question",
}  # fmt: skip
SIGNED: Final = {"reasons", "conditions"}
IN_A_LETTER: Final = {"initials", "posology"} | SIGNED


def words_in(text: str) -> set[str]:
    return names_in(text, WORDS)


# ------------------------------------------------------------------------------------------------- the story


@dataclass
class Told:
    story: Story
    letters: list[IssuedLetter] = field(default_factory=list)

    @property
    def reference(self) -> str:
        return self.story.reference

    @property
    def at(self) -> dt.datetime:
        return self.story.at

    def save(self, section: str, **data: Any) -> None:
        typed = next((one.data for one in self.story.dossier.sections.filter(section=section)), {})
        save_section(
            reference=self.reference,
            section=section,
            data={**typed, **data},
            actor=self.story.actor("prescriber"),
            at=self.at,
        )

    def document(self, word: str) -> None:
        self.story.at += dt.timedelta(minutes=1)
        upload = SimpleUploadedFile(f"{WORDS[word]}.txt", WORDS[word].encode())
        attach(
            dossier=self.story.dossier, kind="other", upload=upload, actor=self.story.actor("prescriber"), at=self.at
        )


def filed_with_words() -> Told:
    """Signed once with a word too many, returned, mended, signed again and filed; then staff talk among themselves."""
    given = {
        "request": {"track": "B"},
        "patient": {"initials": INITIALS},
        "medicine": {"posology": f"100 mg {WORDS['posology']}"},
        "clinical": {
            "justification": f"Forme bulbaire {WORDS['clinical']} {WORDS['returned_version']}",
            "rcp_conclusion": f"Avis favorable {WORDS['meeting']}",
        },
        "history": {"treatments": [{"treatment": WORDS["treatment"], "response": "none"}]},
        "justification": {"no_research": f"Aucun essai {WORDS['no_research']}"},
    }
    story = Story(at=timezone.now() - AGO, indication=indication(), given=given, cast=HERE).draft().sign()
    told = Told(story)
    story.do("return_to_prescriber", "pharmacist", {"reason": WORDS["return_reason"]})
    told.save("clinical", justification=f"Forme bulbaire {WORDS['clinical']}")
    told.document("document")
    post(reference=story.reference, body=WORDS["aside"], actor=story.actor("prescriber"), at=story.at)
    story.sign().file()
    post(reference=story.reference, body=WORDS["message"], actor=story.actor("prescriber"), at=story.at)
    story.take_up()
    assessor = story.actor("assessor")
    post(reference=story.reference, body=WORDS["note"], actor=assessor, staff_only=True, at=story.at)
    recuse(reference=story.reference, actor=demo_actor("ansm_assessor2"), reason=WORDS["recusal"], at=story.at)
    reassign(
        reference=story.reference,
        membership=assessor.membership_id or 0,
        actor=demo_actor("ansm_triage"),
        reason=WORDS["reassign"],
        at=story.at,
    )
    return told


def ask_and_prepare_an_answer(told: Told) -> None:
    told.story.ask(WORDS["question"])
    told.save("clinical", justification=f"Forme bulbaire {WORDS['clinical']} {WORDS['unsent_change']}")
    told.document("unsent_document")
    save_answers(
        reference=told.reference,
        answers={"1": WORDS["unsent_answer"]},
        actor=told.story.actor("prescriber"),
        at=told.at,
    )


def answer_and_propose_twice(told: Told) -> None:
    story = told.story
    told.save("clinical", justification=f"Forme bulbaire {WORDS['clinical']}")
    document = story.dossier.attachments.order_by("-pk").first()
    document.removed_at = told.at
    document.save()
    story.answer(WORDS["answer"])
    story.propose("grant", WORDS["first_reasons"], conditions=WORDS["first_conditions"])
    story.do("send_back", "signatory", {"reason": WORDS["send_back"]})
    story.propose("grant", WORDS["reasons"], conditions=WORDS["conditions"])


def grant_and_issue(told: Told) -> None:
    told.story.grant()
    from documents.letters import orders

    orders.make_pending(limit=10, at=timezone.now())
    told.letters = list(IssuedLetter.objects.filter(dossier=told.story.dossier).order_by("pk"))


# -------------------------------------------------------------------------------------------------- the tour


LISTS: Final = (
    "/", "/dossiers/", "/titles/?state=all", "/inbox/", "/search/?q=qalsody", "/files/questions/",
    "/files/decided/", "/worklists/all/", "/worklists/pharmacy/",
)  # fmt: skip
PAGES: Final = (
    "", "?version=1", "?version=2&against=1", "review/", "check/", "answer/", "documents/", "product/",
    "edit/patient/", "edit/clinical/", "act/withdraw/", "act/answer/", "act/propose/", "act/grant/",
)  # fmt: skip


def addresses(told: Told) -> list[str]:
    """Where this dossier appears, or might."""
    indication = told.story.indication
    found = [
        *LISTS,
        f"/dossiers/new/start/?indication={indication.pk}",
        f"/catalogue/medicines/{indication.medicine_id}/",
    ]
    found += [f"/dossiers/{told.reference}/{page}" for page in PAGES]
    found += [f"/documents/{pk}/content/" for pk in told.story.dossier.attachments.values_list("pk", flat=True)]
    title = getattr(told.story.dossier, "title", None)
    if title is not None:
        found += [f"/titles/{title.number}/", f"/titles/{title.number}/act/stop_treatment/"]
    found += [f"/letters/{letter.number}/" for letter in told.letters]
    return found


def said_to(client: Client, told: Told) -> str:
    """All that the tour of the site gives this reader, the answers to a stale form included."""
    heard = said_at(client, addresses(told))
    with undone():
        for act in ("withdraw", "propose", "send_back"):
            stale = client.post(f"/dossiers/{told.reference}/act/{act}/", {"version": "1", "reason": "x"})
            heard.append(stale.content.decode())
    return "\n".join(heard)


STRANGERS: Final = (NOBODY, "former", "prescriber2", "pharmacist2", "applicant", "has_officer", "expert", "org_admin")


def check(told: Told, stage: str, logins: Sequence[str], expected: set[str]) -> None:
    """Each of them is given no word but the expected, and the last one all of these: else the search proves nothing."""
    found: set[str] = set()
    for login in logins:
        found = words_in(said_to(browser(login), told))
        assert not found - expected, f"{stage}: {login} is given {found - expected}"
    assert found == expected, f"{stage}: {logins[-1]} does not find {expected - found}"


# ---------------------------------------------------------------------------------------------------- the logs


@pytest.fixture(scope="module")
def logged() -> Iterator[io.StringIO]:
    """Everything that production would log during the module (INFO, the project's own formatter)."""
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


# --------------------------------------------------------------------------------------------------- the tests


def test_each_side_reads_its_own_at_every_stage(told: Told, logged: io.StringIO) -> None:
    """One test: each stage is built on the one before. What follows (mails, logs, tables) is looked at at the end."""
    shared = SHARED - {"question"}
    staffs = {"note", "recusal", "reassign", "assessor"}
    returned = {"aside", "returned_version", "return_reason"}
    check(told, "filed", ["prescriber"], shared | returned)
    check(told, "filed", ["ansm_assessor"], shared | staffs)

    ask_and_prepare_an_answer(told)
    check(told, "asked", ["pharmacy_preparer", "prescriber"], SHARED | HOSPITALS_OWN)
    check(told, "asked", ["ansm_assessor"], SHARED | staffs)

    answer_and_propose_twice(told)
    # What was typed and taken back before it was sent is nowhere any more; of a document, the hospital keeps the name.
    shared = SHARED | {"answer"}
    returned |= {"unsent_document"}
    check(told, "proposed", ["pharmacist", "prescriber"], shared | returned)
    check(told, "proposed", ["ansm_signatory"], shared | STAFFS_OWN | SIGNED)

    grant_and_issue(told)
    check(told, "granted", ["prescriber"], shared | returned | SIGNED)
    check(told, "granted", ["ansm_assessor"], shared | STAFFS_OWN | SIGNED)
    check(told, "granted", ["auditor"], shared | returned | STAFFS_OWN | SIGNED)
    check(told, "granted", STRANGERS, set())

    the_letters_hold_no_more_than_they_must(told)
    the_public_learns_nothing_of_the_patient(told)
    the_mails_hold_nothing(told)
    the_logs_hold_nothing(told, logged)
    the_tables_hold_nothing_in_plain(told)


def the_letters_hold_no_more_than_they_must(told: Told) -> None:
    receipt, grant = (words_in(text_of(letter.pdf)) for letter in told.letters)
    assert receipt <= {"initials"}
    assert grant <= IN_A_LETTER
    assert grant >= {"initials", "conditions"}, "the letter is read"


def the_public_learns_nothing_of_the_patient(told: Told) -> None:
    stranger = browser(NOBODY)
    for letter in told.letters:
        page = stranger.get(f"/verify/{letter.verification_code}/").content.decode()
        assert letter.number in page
        assert not words_in(page)
        for private in ("QALSODY", "tofersen", told.story.dossier.organisation.name, "Aubrac", told.reference):
            assert private not in page, private


def the_mails_hold_nothing(told: Told) -> None:
    """In what leaves, and in the mailbox page where the demo keeps it: no word, no product, no patient."""
    told_now = timezone.now() + ONE_DAY
    # All of them leave, those too whose act was done meanwhile.
    with patch.dict(truth._truths, clear=True):
        assert outbox.sweep(limit=500, at=told_now).sent > 10
    stranger = browser(NOBODY)
    listing = stranger.get("/demo/mailbox/").content.decode()
    names = set(re.findall(r"/demo/mailbox/([^/\"?]+)/", listing))
    assert len(names) > 10
    for name in names:
        page = stranger.get(f"/demo/mailbox/{name}/").content.decode()
        assert told.reference in page
        for text in (page, listing):
            assert not words_in(text) - {"assessor"}, name
            assert "QALSODY" not in text


def the_logs_hold_nothing(told: Told, logged: io.StringIO) -> None:
    browser("prescriber").get("/search/", {"q": INITIALS})  # what is searched for is not logged either
    browser(NOBODY).get("/account/password/reset/key/1b-zqsecretkey/")
    lines = logged.getvalue()
    assert "/account/password/reset/key/" in lines
    assert "zqsecretkey" not in lines, "whoever reads the logs could set somebody's password"
    assert lines.count("request_finished") > 100, "the logs are read"
    assert told.reference in lines
    assert not words_in(lines), [line for line in lines.splitlines() if words_in(line)][:3]


IN_PLAIN_ON_PURPOSE: Final = {
    # About an agent, not about a patient: why somebody steps aside, why a file changes hands.
    ("dossiers_recusal", "recusal"),
    ("dossiers_assignment", "reassign"),
}


def the_tables_hold_nothing_in_plain(told: Told) -> None:
    """Every row of every table as text: somebody with a copy of the database and no key reads no one's words."""
    leaks = {(table, word) for table, word in in_plain_tables(WORDS) if word != "assessor"}
    assert not leaks - IN_PLAIN_ON_PURPOSE
