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
    audiences.ANSM_TRIAGE: _(
        "Every ANSM triage officer receives this message, as nobody is in charge of the file yet."
    ),
    audiences.ANSM_ASSESSORS: _("Every ANSM assessor receives this message, as nobody is in charge of the file yet."),
    audiences.ANSM_SIGNATORIES: _("Every ANSM signatory who may sign this file receives this message."),
    audiences.ANSM_VIGILANCE: _("Every ANSM vigilance officer receives this message."),
    audiences.COMPANY: _("You receive this message because your company is a party to this file."),
    audiences.SITES: _("You receive this message because your hospital takes part in this file."),
    audiences.HAS_OFFICERS: _("Every HAS officer receives this message, as nobody is in charge of the file yet."),
    audiences.CT_SECRETARIES: _("Every secretary of the Transparency Committee receives this message."),
    audiences.HAS_COLLEGE: _("Everyone who records the decisions of the HAS College receives this message."),
    audiences.MINISTERS: _("Every reader of the ministries receives this message."),
    audiences.ANSM_BEFORE_MA: _(
        "Every ANSM assessor and signatory receives this message, as the medicine has no marketing authorisation."
    ),
}
"""Audience -> why its people are told, and who else is."""

TODO: Final[dict[tuple[str, str], Promise]] = {
    ("sign", audiences.PHARMACY): _("Check the request, then send it to ANSM or return it to the prescriber."),
    ("return_to_prescriber", audiences.PRESCRIBER): _(
        "Read the pharmacist's reason, change the request, sign it again."
    ),
    ("file", audiences.PRESCRIBER): _("Nothing is expected of you: the receipt is in the file."),
    ("route", audiences.LEAD): _("Read the request: you answer in writing, or plan a meeting."),
    ("route", audiences.APPLICANT_SIDE): _("Nothing is expected of you: an assessor examines the request."),
    ("redirect", audiences.APPLICANT_SIDE): _("The orientation note will be in the file in a moment."),
    ("find_ineligible", audiences.APPLICANT_SIDE): _("The letter in the file gives the reasons."),
    ("plan_meeting", audiences.APPLICANT_SIDE): _(
        "Put the day in your calendar, and send the briefing document by the day that the file says."
    ),
    ("send_briefing", audiences.LEAD): _("Read the document that the applicant sent for the meeting."),
    ("hold_meeting", audiences.APPLICANT_SIDE): _("Read the minutes: agree to them, or propose another text."),
    ("agree_minutes", audiences.APPLICANT_SIDE): _("Read the minutes in the file: agree to them if you have not."),
    ("agree_minutes", audiences.LEAD): _("Read the minutes in the file: agree to them if you have not."),
    ("give_opinion", audiences.APPLICANT_SIDE): _("The written opinion will be in the file in a moment."),
    ("file", audiences.ANSM_ASSESSORS): _("The first of you to take it up is in charge of it."),
    ("request_information", audiences.APPLICANT_SIDE): _("Answer each question: the examination is paused until then."),
    ("answer", audiences.LEAD): _("Read what changed and go on with the examination."),
    ("file", audiences.HAS_OFFICERS): _("Check that the file is complete: the first to acknowledge it is in charge."),
    ("file", audiences.MINISTERS): _("Nothing is expected of you."),
    ("file", audiences.ANSM_BEFORE_MA): _("Nothing is expected of you until HAS has found the file complete."),
    ("notify_missing", audiences.APPLICANT_SIDE): _("Supply each item: the delay starts once the file is complete."),
    ("complete", audiences.LEAD): _("Look at what was sent and go on with the request."),
    ("acknowledge", audiences.ANSM_BEFORE_MA): _("ANSM's opinion is awaited: an assessor proposes it."),
    ("acknowledge", audiences.CT_SECRETARIES): _("The committee's opinion is awaited."),
    ("propose_ansm_opinion", audiences.ANSM_SIGNATORIES): _("Read the opinion proposed, then sign it."),
    ("give_ansm_opinion", audiences.LEAD): _("Read the opinion: an unfavourable one leaves only a refusal."),
    ("give_ct_opinion", audiences.HAS_COLLEGE): _("The decision is yours: see the agenda of the sittings."),
    ("deem_abandoned", audiences.APPLICANT_SIDE): _("You can make a new request from this one."),
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
    ("renunciation_asked", audiences.HAS_COLLEGE): _("Accept or refuse from its page. Silence accepts."),
    ("renunciation_refused", audiences.APPLICANT_SIDE): _("Read the reason in the file: the authorisation goes on."),
    ("stop_treatment", audiences.APPLICANT_SIDE): _(
        "Nothing more may be dispensed. Report any adverse effect to pharmacovigilance."
    ),
    ("stop_treatment", audiences.ANSM_VIGILANCE): _("Read why in the file, and see whether an effect was reported."),
    ("report", audiences.LEAD): _("Check that it is admissible, then tell the company."),
    ("report", audiences.APPLICANT_SIDE): _("Nothing is expected of you: you are told of each step."),
    ("notify_intention", audiences.COMPANY): _(
        "Read the letter in the file, and give your information by the day set."
    ),
    ("notify_intention", audiences.APPLICANT_SIDE): _("Nothing is expected of you: the company gives its information."),
    ("request_put", audiences.COMPANY): _("Attach your protocol in the file, then send it by the day set."),
    ("receive_put", audiences.LEAD): _("Read what the company proposed, and go on."),
    ("open_contradictory", audiences.COMPANY): _("Read the drafts in the file, and comment on them by the day set."),
    ("close_contradictory", audiences.COMPANY): _("Nothing is expected of you until the decision."),
    ("grant", audiences.COMPANY): _("The decision in the file says what you follow and report, and from which day."),
    ("refuse", audiences.COMPANY): _("The letter in the file gives the reasons and how to appeal."),
    ("expire", audiences.APPLICANT_SIDE): _(
        "Nothing more may be dispensed under it. The notice in the file says whether a renewal follows. If none was "
        "asked for and the patient still needs the treatment, ask for it today."
    ),
    ("invite_company", audiences.COMPANY): _(
        "A clinician needs your device for patients. Read the file, then take it over: only you can ask ANSM."
    ),
    ("take_over", audiences.SITES): _("Sign your statement of need, if it is not done yet."),
    ("invite_clinician", audiences.SITES): _("Read the file, then sign why the device is needed."),
    ("state_need", audiences.COMPANY): _("The statement is in the file. File the request once it is complete."),
    ("file", audiences.ANSM_TRIAGE): _("Read it, check that it is admissible, and give it to whoever examines it."),
    ("file", audiences.APPLICANT_SIDE): _("Nothing is expected of you: the receipt is in the file."),
    ("file", audiences.SITES): _("Nothing is expected of you."),
    ("request_completion", audiences.APPLICANT_SIDE): _("Send each piece: the examination is paused until then."),
    ("complete", audiences.ANSM_TRIAGE): _("Look at what was sent and go on with the request."),
    ("find_inadmissible", audiences.APPLICANT_SIDE): _("The letter in the file gives the reasons and how to appeal."),
    ("find_inadmissible", audiences.SITES): _("Read why in the file."),
    ("grant", audiences.SITES): _("Read where, for how many patients and under which conditions it may be used."),
    ("refuse", audiences.SITES): _("Read the reasons in the file. The device may not be used."),
    ("suspend", audiences.SITES): _("Stop using the device at once, and go on following the patients who bear it."),
    ("reinstate", audiences.SITES): _("The device may be used again, until the last day of the exemption."),
    ("withdraw", audiences.SITES): _("Stop using the device at once, and go on following the patients who bear it."),
    ("modify", audiences.SITES): _("Read what changes, and apply it from today."),
    ("cease", audiences.SITES): _("Stop using the device under this exemption. The letter in the file says why."),
    ("renounce", audiences.SITES): _("The exemption has ended: the device may no longer be used under it."),
    ("expire", audiences.SITES): _("The exemption has ended: the device may no longer be used under it."),
    ("close_ce_obtained", audiences.SITES): _("The device now bears CE marking: use it under its instructions."),
    ("close_ce_obtained", audiences.APPLICANT_SIDE): _("Nothing is expected of you: supply it under its CE marking."),
    ("close_ce_obtained", audiences.LEAD): _("Read the certificate in the file."),
    ("expire", audiences.COMPANY): _(
        "The authorisation has ended: supply nothing more under it. After an early access, the patients already "
        "treated are supplied on: declare them on its page."
    ),
}
"""(transition, audience) -> the next step of that audience. An absent pair gets the template's general sentence."""

READ_IT: Final = _("Nothing is expected of you: the letter is in the file.")
OF_TITLES_ONLY: Final = frozenset({"withdraw"})
"""Acts of titles that requests have under the same name, where nothing is dispensed yet."""


def words_for(
    kind: str, audience: str, *, on_title: bool = True, held_by_a_company: bool = False, treats: bool = True
) -> dict[str, Promise]:
    """`why` and `todo` for `outbox.queue(context=...)`; only those that exist. A company that holds a title supplies,
    and does not dispense; whoever reported a use, or an agency that began by itself (`treats` False), does neither."""
    todo = TODO.get((kind, audience))
    if held_by_a_company and audience == audiences.APPLICANT_SIDE:
        todo = TODO.get((kind, audiences.COMPANY), todo)
    if not on_title and kind in OF_TITLES_ONLY:
        todo = None
    if on_title and audience == audiences.APPLICANT_SIDE and not (treats or held_by_a_company):
        todo = READ_IT
    found = {"why": WHY.get(audience), "todo": todo}
    return {key: text for key, text in found.items() if text is not None}


KINDS: Final[dict[str, Promise]] = {
    "request_reminder": _("Reminder to answer questions"),
    "message": _("New message in a file"),
    "reminder_expiry": _("This authorisation ends soon"),
    "nobody_renews": _("Nobody of your organisation may ask for the renewal of this authorisation"),
    "reminder_obligation": _("Reminder of an obligation"),
    "obligation_late": _("Obligation late"),
    "reminder_meeting": _("Reminder before a meeting"),
    "digest": _("Summary of the day"),
}
"""Kinds that are no transition -> their name, for messages whose context has no label of its own."""


def kind_in_words(kind: str, label: Any) -> str:
    """What a message is about, in the active language: its own label (as `context.freeze` stored it), else the name of
    its kind."""
    if label:
        return str(thaw({"label": label})["label"])
    return str(KINDS.get(kind, _("Message")))
