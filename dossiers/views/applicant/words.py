"""What the screens of a request say in one procedure and not in another: who signs, who asks, where it goes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier
from workflows.roles import ANSM
from workflows.types import Text


@dataclass(frozen=True)
class Words:
    """`leaves`: the act by which a draft leaves its writers, on the page where it is read again."""

    leaves: str
    read_again: Text
    still_needed: Text
    not_left: Text
    act_title: Text
    act_binds: Text
    act: Text
    done: Text
    already: Text
    somebody_else: Text
    somebody_else_how: Text
    statements: Text
    statements_how: Text
    only_them: Text
    documents: Text
    strip: Text
    file_help: Text


OF_A_HOSPITAL: Final = Words(
    leaves="sign",
    read_again=_("Read again and sign"),
    still_needed=_("Still needed before it can be signed"),
    not_left=_("The request is not signed: this is still needed"),
    act_title=_("Signature"),
    act_binds=_(
        "Signing binds you to the undertakings, freezes the request as it reads here and hands it to your hospital's "
        "pharmacy, which sends it to ANSM."
    ),
    act=_("Sign and send to the pharmacy"),
    done=_("Signed and sent to the hospital pharmacy. ANSM receives it when the pharmacist sends it."),
    already=_("This request is already signed: here is where it stands."),
    somebody_else=_("A prescriber must sign."),
    somebody_else_how=_(
        "Everything is saved: tell the prescriber that the request is ready. It appears in their list of drafts."
    ),
    statements=_("A prescriber must make these statements"),
    statements_how=_("You can prepare everything else. A prescriber ticks these statements, then signs."),
    only_them=_("Only a prescriber makes these statements."),
    documents=_("Whatever helps to decide: report of the meeting (RCP), results, publications."),
    strip=_("Strip the patient's name, date of birth and numbers from each page first."),
    file_help=_(
        "PDF, PNG, JPEG, DOCX, ODT or plain text. First strip the patient's name and numbers, "
        "also from the file's name."
    ),
)

OF_A_COMPANY: Final = Words(
    leaves="file",
    read_again=_("Check and file"),
    still_needed=_("Still needed before it can be filed"),
    not_left=_("The request is not filed: this is still needed"),
    act_title=_("Filing"),
    act_binds=_(
        "Filing binds the company to its commitments, freezes the request as it reads here and sends it at once to HAS "
        "and the ministers, and to ANSM too before the marketing authorisation."
    ),
    act=_("File the request"),
    done=_("Filed. HAS checks that the file is complete and tells you what lacks, if anything does."),
    already=_("This request is already filed: here is where it stands."),
    somebody_else=_("An applicant must file it."),
    somebody_else_how=_(
        "Everything is saved: tell an applicant of your company that the request is ready. It appears in their drafts."
    ),
    statements=_("An applicant must make these statements"),
    statements_how=_("You can prepare everything else. An applicant ticks these statements, then files."),
    only_them=_("Only an applicant makes these statements."),
    documents=_("The documents that HAS and ANSM read with the request."),
    strip=_("No document may name a person who is treated, nor show their numbers."),
    file_help=_("PDF, PNG, JPEG, DOCX, ODT or plain text."),
)

OF_A_REPORT: Final = Words(
    leaves="report",
    read_again=_("Check and send"),
    still_needed=_("Still needed before it can be sent"),
    not_left=_("The report is not sent: this is still needed"),
    act_title=_("Sending"),
    act_binds=_(
        "Sending freezes the report as it reads here and hands it to ANSM, which answers you and shows it to the "
        "companies that exploit the medicine."
    ),
    act=_("Send the report to ANSM"),
    done=_("Sent. ANSM checks that it may examine the report, then tells the company; you follow it here."),
    already=_("This report is already sent: here is where it stands."),
    somebody_else=_("Somebody who may report must send it."),
    somebody_else_how=_("Everything is saved: it appears in the drafts of your organisation."),
    statements=_("Others must make these statements"),
    statements_how=_("You can prepare everything else."),
    only_them=_("Only those who may report make these statements."),
    documents=_("The publications and the data of your network that ANSM reads with the report."),
    strip=_("No document may name a person who is treated, nor show their numbers."),
    file_help=_("PDF, PNG, JPEG, DOCX, ODT or plain text."),
)

OF_AN_INITIATIVE: Final = replace(
    OF_A_REPORT,
    still_needed=_("Still needed before the examination begins"),
    not_left=_("The examination does not begin: this is still needed"),
    act_title=_("Beginning"),
    act_binds=_(
        "This freezes the file as it reads here and begins its examination. The companies that exploit the medicine "
        "read it once you have told them of the intention."
    ),
    act=_("Begin the examination"),
    done=_("The examination begins. Next: tell the companies of the intention."),
    already=_("The examination has begun already: here is where it stands."),
    documents=_("The publications and data on which the examination rests."),
)
"""What ANSM begins by itself: it sends nothing to itself, and nobody answers it."""

OF_A_PROJECT: Final = Words(
    leaves="file",
    read_again=_("Check and send"),
    still_needed=_("Still needed before it can be sent"),
    not_left=_("The request is not sent: this is still needed"),
    act_title=_("Sending"),
    act_binds=_(
        "Sending freezes the request as it reads here and gives it to the Innovation and Referral Service of ANSM. "
        "It commits you to nothing."
    ),
    act=_("Send the request"),
    done=_("Sent. ANSM reads it, gives it to the right desk and tells you."),
    already=_("This request is already sent: here is where it stands."),
    somebody_else=_("An applicant must send it."),
    somebody_else_how=_(
        "Everything is saved: tell an applicant of your organisation that the request is ready. It appears in their "
        "drafts."
    ),
    statements=_("An applicant must make these statements"),
    statements_how=_("You can prepare everything else. An applicant ticks these statements, then sends."),
    only_them=_("Only an applicant makes these statements."),
    documents=_("Whatever helps to understand the project: protocol, technical file, publications."),
    strip=_("No document may name a person who is treated, nor show their numbers."),
    file_help=_("PDF, PNG, JPEG, DOCX, ODT or plain text."),
)

OF_A_MANUFACTURER: Final = Words(
    leaves="file",
    read_again=_("Check and file"),
    still_needed=_("Still needed before it can be filed"),
    not_left=_("The request is not filed: this is still needed"),
    act_title=_("Filing"),
    act_binds=_(
        "Filing binds the company to its commitments, freezes the request as it reads here and sends it to ANSM, with "
        "the statements that the clinicians signed."
    ),
    act=_("File the request"),
    done=_("Filed. The receipt will be in the file in a moment; ANSM checks that the request is admissible."),
    already=_("This request is already filed: here is where it stands."),
    somebody_else=_("An applicant of the manufacturer must file it."),
    somebody_else_how=_(
        "Everything is saved. A clinician who began the file invites the manufacturer from its page; a contributor "
        "tells an applicant of the company that it is ready."
    ),
    statements=_("The manufacturer writes this section"),
    statements_how=_(
        "A clinician writes the first three sections, then invites the manufacturer, which completes the others. Its "
        "commitments are ticked by an applicant."
    ),
    only_them=_("Only the manufacturer writes this section."),
    documents=_("What ANSM examines: instructions for use, safety and performance data, risk analysis, certificates."),
    strip=_("No document may name a patient, nor show their numbers: the manufacturer reads all of them."),
    file_help=_("PDF, PNG, JPEG, DOCX, ODT or plain text."),
)

_OF: Final = {"aac": OF_A_HOSPITAL, "cpc": OF_A_REPORT, "device_exemption": OF_A_MANUFACTURER, "advice": OF_A_PROJECT}


def words_for(dossier: Dossier) -> Words:
    if dossier.procedure == "cpc" and dossier.organisation.kind == ANSM:
        return OF_AN_INITIATIVE
    return _OF.get(dossier.procedure, OF_A_COMPANY)


@dataclass(frozen=True)
class Asked:
    """The words of the page on which what was asked is answered, by the transition that sends it."""

    title: Text
    intro: Text
    no_day: Text
    overdue: Text
    send: Text
    sent: Text
    nobody: Text
    somebody_else: Text
    nothing_changed: Text


BY_ANSM: Final = Asked(
    title=_("Questions from ANSM"),
    intro="",
    no_day="",
    overdue=_("The answer was due by %(day)s: send it now, or ANSM may close the request."),
    send=_("Send the answers to ANSM"),
    sent=_("Your answers are sent to ANSM. The examination goes on."),
    nobody=_("ANSM's questions are already answered or closed: here is where the file stands."),
    somebody_else=_("A prescriber or a pharmacist must send the answers."),
    nothing_changed=_(
        "Nothing. If a question calls for it, change a section with the menu; ANSM is shown what changed."
    ),
)
_OF_A_MANUFACTURER_ASKED: Final = replace(
    BY_ANSM, somebody_else=_("An applicant of the manufacturer must send the answers.")
)
QUESTIONS: Final = Asked(
    title=_("Questions to answer"),
    intro=_("The delay of HAS is stopped until every answer is sent, together with the documents they speak of."),
    no_day="",
    overdue=_("The answers were due by %(day)s: without them the request is deemed abandoned. Send them now."),
    send=_("Send the answers"),
    sent=_("Your answers are sent. The delay of HAS runs again."),
    nobody=_("These questions are already answered or closed: here is where the file stands."),
    somebody_else=_("An applicant must send the answers."),
    nothing_changed=_(
        "Nothing. If a question calls for it, change a section with the menu; HAS is shown what changed."
    ),
)
MISSING: Final = Asked(
    title=_("Missing items"),
    intro=_("Attach each item or write it in its section, then say below where it is."),
    no_day=_("No day is set: the delay of HAS starts once the file is complete."),
    overdue="",
    send=_("Send the missing items"),
    sent=_("The items are sent. HAS checks again that the file is complete."),
    nobody=_("These items are already sent: here is where the file stands."),
    somebody_else=_("An applicant must send the items."),
    nothing_changed=_("Nothing. If an item calls for it, change a section with the menu; HAS is shown what changed."),
)

PIECES_FOR_ANSM: Final = Asked(
    title=_("Missing pieces"),
    intro=_("Attach each piece or write it in its section, then say below where it is."),
    no_day="",
    overdue=_("The pieces were due by %(day)s: send them now, or ANSM may find the request inadmissible."),
    send=_("Send the pieces to ANSM"),
    sent=_("The pieces are sent. ANSM goes on with the request."),
    nobody=_("These pieces are already sent: here is where the file stands."),
    somebody_else=_("An applicant of the manufacturer must send them."),
    nothing_changed=_("Nothing. If a piece calls for it, change a section with the menu; ANSM is shown what changed."),
)

OF_THE_SERVICE: Final = Asked(
    title=_("Questions from ANSM"),
    intro=_("The examination is paused until every answer is sent. You may change any section and add documents."),
    no_day="",
    overdue=_("The answers were due by %(day)s: send them now."),
    send=_("Send the answers to ANSM"),
    sent=_("Your answers are sent to ANSM. The examination goes on."),
    nobody=_("ANSM's questions are already answered or closed: here is where the file stands."),
    somebody_else=_("An applicant must send the answers."),
    nothing_changed=_(
        "Nothing. If a question calls for it, change a section with the menu; ANSM is shown what changed."
    ),
)

ANSWERED_BY: Final = {"info_requested": "answer", "incomplete": "complete", "to_complete": "complete"}
"""State -> the transition that sends what was asked."""


def asked_words(dossier: Dossier) -> Asked:
    """Of a file where something is asked, or was."""
    if dossier.procedure == "aac":
        return BY_ANSM
    if dossier.procedure == "device_exemption":
        return PIECES_FOR_ANSM if dossier.state in ("to_complete", "received") else _OF_A_MANUFACTURER_ASKED
    if dossier.procedure == "advice":
        return OF_THE_SERVICE
    return MISSING if dossier.state in ("incomplete", "filed") else QUESTIONS
