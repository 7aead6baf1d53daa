"""What a mail says beside the fact itself: why its reader is told, with whom, and what they can do now."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workflows import audiences

WHY: Final[dict[str, Promise]] = {
    audiences.PRESCRIBER: _("You receive this message because you write this request for your hospital."),
    audiences.PHARMACY: _("Every pharmacist and preparer of your hospital pharmacy receives this message."),
    audiences.APPLICANT_SIDE: _("Everyone of your organisation who took part in this file receives this message."),
    audiences.LEAD: _("You receive this message because you are in charge of this file, or may take charge of it."),
    audiences.ANSM_ASSESSORS: _("Every ANSM assessor receives this message, as nobody is in charge of the file yet."),
    audiences.ANSM_SIGNATORIES: _("Every ANSM signatory who may sign this file receives this message."),
    audiences.ANSM_VIGILANCE: _("Every ANSM vigilance officer receives this message."),
    audiences.COMPANY: _("You receive this message because your company is a party to this file."),
}
"""Audience -> why its people are told, and who else is."""

TODO: Final[dict[tuple[str, str], Promise]] = {
    ("sign", audiences.PHARMACY): _("Check the request, then send it to ANSM or return it to the prescriber."),
    ("return_to_prescriber", audiences.PRESCRIBER): _(
        "Read the pharmacist's reason, change the request, sign it again."
    ),
    ("file", audiences.PRESCRIBER): _("Nothing is expected of you: the receipt is in the file."),
    ("file", audiences.ANSM_ASSESSORS): _("The first of you to take it up is in charge of it."),
    ("request_information", audiences.APPLICANT_SIDE): _("Answer each question: the examination is paused until then."),
    ("answer", audiences.LEAD): _("Read what changed and go on with the examination."),
    ("propose", audiences.ANSM_SIGNATORIES): _("Read the proposal, then sign it or send it back."),
    ("send_back", audiences.LEAD): _("Read the signatory's reason and propose again."),
    ("close_without_action", audiences.APPLICANT_SIDE): _("Read the reason. You can make a new request from this one."),
    ("grant", audiences.APPLICANT_SIDE): _("The decision letter will be in the file in a moment."),
    ("grant_on_criteria", audiences.APPLICANT_SIDE): _("The decision letter will be in the file in a moment."),
    ("refuse", audiences.APPLICANT_SIDE): _("The letter in the file gives the reasons and how to appeal."),
}
"""(transition, audience) -> the next step of that audience. An absent pair gets the template's general sentence."""


def words_for(kind: str, audience: str) -> dict[str, Promise]:
    """`why` and `todo` for `outbox.queue(context=...)`; only those that exist."""
    found = {"why": WHY.get(audience), "todo": TODO.get((kind, audience))}
    return {key: text for key, text in found.items() if text is not None}
