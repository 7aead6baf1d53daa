"""What a mail says beside the fact itself: why its reader is told, with whom, and what they can do now."""

from __future__ import annotations

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications.context import thaw
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
    ("suspend", audiences.APPLICANT_SIDE): _(
        "Stop dispensing at once. The letter in the file says why, until when and how to appeal."
    ),
    ("suspend", audiences.LEAD): _("Nothing is expected of you: the letter is in the file."),
    ("suspend", audiences.ANSM_VIGILANCE): _("Look at what was reported about this medicine."),
    ("suspend", audiences.COMPANY): _("Stop supplying for this authorisation until the suspension ends."),
    ("reinstate", audiences.APPLICANT_SIDE): _("Dispensing may start again, until the last day of the authorisation."),
    ("reinstate", audiences.LEAD): _("Nothing is expected of you."),
    ("reinstate", audiences.ANSM_VIGILANCE): _("Nothing is expected of you."),
    ("reinstate", audiences.COMPANY): _("You may supply again for this authorisation."),
    ("withdraw", audiences.APPLICANT_SIDE): _(
        "Stop dispensing at once. The letter in the file gives the reasons and how to appeal."
    ),
    ("withdraw", audiences.LEAD): _("Nothing is expected of you: the letter is in the file."),
    ("withdraw", audiences.ANSM_VIGILANCE): _("Look at what was reported about this medicine."),
    ("withdraw", audiences.COMPANY): _("Stop supplying for this authorisation."),
    ("modify", audiences.APPLICANT_SIDE): _("Read what changes in the letter, and apply it from today."),
    ("modify", audiences.LEAD): _("Nothing is expected of you: the letter is in the file."),
    ("modify", audiences.ANSM_VIGILANCE): _("Nothing is expected of you."),
    ("modify", audiences.COMPANY): _("Read what changes, and supply accordingly."),
    ("cease", audiences.APPLICANT_SIDE): _(
        "Stop dispensing under this authorisation. The letter in the file says why and how the patient may go on."
    ),
    ("cease", audiences.LEAD): _("Nothing is expected of you: the letter is in the file."),
    ("cease", audiences.ANSM_VIGILANCE): _("Nothing is expected of you."),
    ("cease", audiences.COMPANY): _("Stop supplying for this authorisation."),
    ("renounce", audiences.APPLICANT_SIDE): _("The authorisation has ended: stop dispensing under it."),
    ("renounce", audiences.LEAD): _("Read why in the file, and see whether patients still need the medicine."),
    ("renounce", audiences.ANSM_VIGILANCE): _("Nothing is expected of you."),
    ("renounce", audiences.COMPANY): _("The authorisation has ended: stop supplying under it."),
    ("stop_treatment", audiences.APPLICANT_SIDE): _(
        "Nothing more may be dispensed. Report any adverse effect to pharmacovigilance."
    ),
    ("stop_treatment", audiences.ANSM_VIGILANCE): _("Read why in the file, and see whether an effect was reported."),
    ("expire", audiences.APPLICANT_SIDE): _(
        "Nothing more may be dispensed under it. The notice in the file says whether a renewal follows. If none was "
        "asked for and the patient still needs the treatment, ask for it today."
    ),
}
"""(transition, audience) -> the next step of that audience. An absent pair gets the template's general sentence."""


def words_for(kind: str, audience: str) -> dict[str, Promise]:
    """`why` and `todo` for `outbox.queue(context=...)`; only those that exist."""
    found = {"why": WHY.get(audience), "todo": TODO.get((kind, audience))}
    return {key: text for key, text in found.items() if text is not None}


KINDS: Final[dict[str, Promise]] = {
    "request_reminder": _("Reminder to answer questions"),
    "message": _("New message in a file"),
    "reminder_expiry": _("This authorisation ends soon"),
    "nobody_renews": _("Nobody of your organisation may ask for the renewal of this authorisation"),
    "reminder_obligation": _("Reminder of an obligation"),
    "obligation_late": _("Obligation late"),
    "digest": _("Summary of the day"),
}
"""Kinds that are no transition -> their name, for messages whose context has no label of its own."""


def kind_in_words(kind: str, label: Any) -> str:
    """What a message is about, in the active language: its own label (as `context.freeze` stored it), else the name of
    its kind."""
    if label:
        return str(thaw({"label": label})["label"])
    return str(KINDS.get(kind, _("Message")))
