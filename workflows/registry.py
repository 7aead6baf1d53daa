"""Every procedure table, checked when this module is imported: a wrong table stops the application from starting."""

from __future__ import annotations

from typing import Final

from workflows.checks import problems_of
from workflows.procedures.aac import AAC
from workflows.procedures.aap import AAP
from workflows.procedures.advice import ADVICE
from workflows.procedures.cpc import CPC
from workflows.procedures.device_exemption import DEVICE_EXEMPTION
from workflows.procedures.title import TITLE
from workflows.types import Procedure, Role

__all__ = [
    "AAC",
    "AAP",
    "CPC",
    "DEVICE_EXEMPTION",
    "ADVICE",
    "KNOWN_EFFECTS",
    "KNOWN_LETTERS",
    "TITLE",
    "all_machines",
    "all_procedures",
    "grants_titles",
    "procedure",
    "state_pairs",
    "title_readers",
]

KNOWN_EFFECTS: Final = {
    "freeze_submission": "the answers as they stand become an immutable numbered submission",
    "number": "the file takes its filing reference and its filing date (`filed_at`)",
    "assign_actor": "the actor becomes the officer in charge, whoever was before",
    "open_request": "an information request opens with the payload's `questions` (numbered 1, 2, ...) and `reply_by`",
    "answer_request": "the payload's `answers` are written in the open request, which is then closed as answered",
    "close_request": "the open information request, if there is one, closes without an answer",
    "record_proposal": "the payload becomes the proposal, with the actor as proposer",
    "drop_proposal": "the proposal waiting for a signature, if there is one, is dropped (kept in history)",
    "sign_decision": "the proposal becomes the decision, signed by the actor under their delegation in force",
    "decide_on_criteria": "a decision without proposer is made by the system: from today, for the duration asked for",
    "open_title": "a title is opened for the decision's period (`periods.title_period`)",
    "open_or_change_title": "as `open_title` for a first request or a renewal; any other kind changes the title that "
    "it is about: a new version of it starts today, its days do not move",
    "end_what_a_renewal_kept": "for a renewal: the title that its filing kept in force past its last day ends today",
    "propose_opinion": "the payload becomes ANSM's proposed opinion, with the actor as proposer, in place of another",
    "give_opinion": "ANSM's proposed opinion is given, signed by the actor; its finding is kept",
    "drop_opinion": "the opinion proposed and not given, if there is one, is dropped (kept in history)",
    "record_findings": "what the actor's body found of each criterion is kept; the Transparency Committee's is its "
    "opinion",
    "college_decides": "a decision of the College is made and signed by the actor, and takes its official number",
    "decide_by_silence": "a tacit decision is made: nobody signs it and it has no document",
    "adapt_texts_task": "when the indication granted is narrower than the one claimed: task for ANSM, to adapt its "
    "texts",
    "route_to_assessor": "the desk is kept, and the assessor chosen becomes the officer in charge",
    "note_the_reply": "the body to which the applicant is sent, or why the request is not eligible, is kept",
    "plan_meeting": "the meeting, its hour and its place are kept",
    "receive_piece": "the day on which the briefing document or the slides were sent is kept",
    "hold_meeting": "the day of the meeting and who took part are kept",
    "agree_minutes": "the text becomes a new version of the minutes when it is not the current one, and the actor's "
    "side agrees to it; nothing without a text",
    "propose_written_opinion": "the payload becomes the proposed opinion, question by question, with the actor as "
    "proposer",
    "replace_parent_title": "for a renewal: the parent title learns its successor; it is replaced (`replace`) now when "
    "the new title has started, else by the daily job on its first day; nothing when the parent has already ended",
    "publish_criteria_task": "at the first grant of a medicine in an indication: task to publish criteria and UCD code",
    "suspend_title": "the title keeps the payload's `until` as the last day of its suspension",
    "reinstate_title": "the suspension's last day is cleared",
    "end_title": "the title keeps the day it ended: the payload's `stopped_on`, for `expire` its last day, for "
    "`replace` the eve of its successor, else today",
    "close_comments": "the open invitation to comment on this act, or on any act when the title ends, is closed; the "
    "event keeps the day it was made",
    "stop_the_chain": "every other living title of the chain stops with it, by the same actor in the same words; "
    "whoever examines a renewal of it is told",
    "name_companies": "each company of the payload's `companies` becomes a party of the dossier",
    "ask_companies": "the companies are asked what the payload's `asked` says until its `reply_by`, in place of "
    "anything asked before",
    "close_company_call": "what is asked of the companies, if anything, is closed",
    "receive_protocol": "a company's words on its protocol are kept as its reply; nothing when the day has passed",
    "record_framework": "what the framework proposed would say is kept beside the proposal",
    "open_framework": "as `open_title`, in force the day after the signature, on which it is published",
    "new_title_version": "a new version of the title starts today, or on its first day when that is to come, with the "
    "payload's `changes` and `ends_on` when given; the previous one ends the day before",
    "invite_company": "the company typed becomes a party (`applicant`); somebody whose address is not known gets an "
    "account and an invitation by mail",
    "take_over": "the dossier becomes the actor's organisation's; the hospital that began it stays a party",
    "invite_clinician": "the clinician or the hospital typed becomes a party (`prescriber`)",
    "lock_statement": "what a clinician states is kept apart, sealed by its hash, and taken out of the event; the "
    "actor's hospital becomes a party",
    "record_terms": "the sites, quantity, number of patients and dated conditions proposed are kept with the proposal",
    "open_exemption_duties": "each dated condition becomes an obligation of the holder; for more than a single patient "
    "ANSM owes the notice to the Commission and the Member States",
}
"""Effect -> what it does, in the same transaction. `dossiers.services.effects` implements exactly these."""

KNOWN_LETTERS: Final = {
    "aac_receipt": "acknowledgement of receipt of a request (AAC)",
    "aac_grant": "authorisation (AAC): the mandatory mentions of R.5121-74-3",
    "aac_refusal": "refusal (AAC) with its reasons and the routes of appeal",
    "aap_missing_items": "what lacks for the file to be complete (AAP)",
    "aap_acknowledgement": "acknowledgement of a complete file, from which the delay runs (AAP)",
    "aap_ansm_opinion": "ANSM's opinion on the strong presumption of efficacy and safety (AAP)",
    "aap_grant": "decision of the HAS College that authorises, renews or changes an early access",
    "aap_refusal": "decision of the HAS College that refuses, with its reasons and the routes of appeal",
    "cpc_intention": "letter of intention to the companies, with the information asked of them (CPC)",
    "cpc_inadmissible": "reasoned answer to a report that is not admissible (CPC)",
    "cpc_put_request": "the protocol (PUT-SP) asked of the companies (CPC)",
    "cpc_contradictory": "the drafts sent to the companies for observations (CPC)",
    "cpc_grant": "decision that establishes or renews a prescription framework (CPC): the mentions of R.5121-76-5",
    "cpc_refusal": "decision not to establish a framework, with its reasons and the routes of appeal (CPC)",
    "device_exemption_receipt": "acknowledgement of receipt of a request (device exemption)",
    "device_exemption_completion": "the pieces that are missing (device exemption)",
    "device_exemption_inadmissible": "the request cannot be examined, and why (device exemption)",
    "device_exemption_grant": "exemption: device, sites, quantity, patients, conditions, period (MDR 59, IVDR 54)",
    "device_exemption_refusal": "refusal of an exemption with its reasons and the routes of appeal",
    "advice_receipt": "acknowledgement of receipt of a request to the Innovation and Referral Service",
    "advice_orientation": "orientation note: which other body answers, and how to reach it",
    "advice_ineligible": "why the service does not answer a request",
    "advice_opinion": "written opinion, question by question",
    "advice_minutes": "minutes of a meeting, as both sides agreed to them",
    "title_suspension": "suspension: reasons, last day, observations or emergency, routes of appeal",
    "title_reinstatement": "lifting of a suspension, by a signatory",
    "title_withdrawal": "withdrawal: reasons, observations or emergency, routes of appeal",
    "title_modification": "change: what changes, from when, the previous and the new last day",
    "title_end": "early end decided by the authority: its cause, the day it takes effect",
    "title_lapse": "notice, unsigned, that the last day has passed, and what to do for the patient",
}
"""Kind of letter -> what it is. `documents` has a template for exactly these."""

_VERSIONS: Final = (AAC, AAP, CPC, DEVICE_EXEMPTION, ADVICE)
_BY_CODE_AND_VERSION: Final = {(table.code, table.version): table for table in _VERSIONS}


def prefix_of(code: str) -> str:
    """`AAC` of AAC-D-2026-000123: the series of the procedure, else its code. What was numbered under another one keeps
    its number."""
    return procedure(code).series or code.upper()


def procedure(code: str, version: int | None = None) -> Procedure:
    """The table `code` in that version, or in its newest. KeyError when there is none; titles are `TITLE`."""
    if version is None:
        version = max((known for name, known in _BY_CODE_AND_VERSION if name == code), default=0)
    return _BY_CODE_AND_VERSION[(code, version)]


def all_procedures() -> tuple[Procedure, ...]:
    """The newest version of each procedure a dossier may follow. The title machine is not one of them."""
    return tuple(procedure(code) for code in dict.fromkeys(table.code for table in _VERSIONS))


def all_machines() -> tuple[Procedure, ...]:
    """Every table, old versions and the title machine included."""
    return (*_VERSIONS, TITLE)


def grants_titles(code: str) -> bool:
    """Whether procedure `code` may grant something: an opinion grants nothing."""
    return any(state.code == "granted" for state in procedure(code).states)


def title_readers(code: str) -> frozenset[Role]:
    """Roles that may read a title granted by procedure `code`: those that may read the granted dossier. None where
    nothing is granted."""
    return procedure(code).state("granted").read_by if grants_titles(code) else frozenset()


def state_pairs() -> list[tuple[str, str]]:
    """Every (procedure, state) that a row may hold, for the database CHECK. Titles are the pairs of "title"."""
    return sorted({(table.code, state.code) for table in all_machines() for state in table.states})


for _table in all_machines():
    _problems = problems_of(_table, effects=frozenset(KNOWN_EFFECTS), letters=frozenset(KNOWN_LETTERS))
    if _problems:
        raise ValueError(f"procedure {_table.code}: " + "; ".join(_problems))
