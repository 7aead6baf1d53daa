"""Guards of the Innovation and Referral Service (GIO): triage, questions, meeting, minutes, written opinion.

As in `guards`: one guard, one reason, and the message says what to do next. What only this procedure keeps is in
`Facts.matter`: `assessors` ({membership: name}), `questions` ({number: question}), `meeting` (`Meeting` or None),
`minutes` (`Minutes` or None).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from workflows.dates import civil_date
from workflows.guards import FINE, Reasons, typed
from workflows.meetings import (
    LEAST_SLOTS,
    SLOTS_FIELD,
    Blackout,
    chosen_slot_problems,
    proposed_slots_problems,
    slots_from,
)
from workflows.roles import ANSM_STAFF
from workflows.types import Actor, Facts, Reason, Text

SCIENTIFIC_OPINION: Final = "scientific_opinion"
REGULATORY_GUIDANCE: Final = "regulatory_guidance"
DEVICE_QUALIFICATION: Final = "device_qualification"
DEVICE_CLINICAL_RESEARCH: Final = "device_clinical_research"
PRE_SUBMISSION: Final = "pre_submission"

WRITTEN: Final = "written"
MEETING: Final = "meeting"

MOST_QUESTIONS: Final = 10
"""Of a scientific opinion: the number that ANSM's own procedure sets."""

BRIEFING: Final = "briefing"
SLIDES: Final = "slides"
PIECES: Final[tuple[tuple[str, Text], ...]] = (
    (BRIEFING, _("Briefing document")),
    (SLIDES, _("Slides")),
)
"""What is sent before a meeting; each is also a kind of document."""

ANSM_SIDE: Final = "ansm"
APPLICANT_SIDE: Final = "applicant"
SIDES: Final[tuple[tuple[str, Text], ...]] = ((ANSM_SIDE, _("ANSM")), (APPLICANT_SIDE, _("The applicant")))

DESKS: Final[tuple[tuple[str, Text], ...]] = (
    ("regulatory", _("Regulatory affairs")),
    ("scientific", _("Scientific opinions, medicines")),
    ("advanced_therapy", _("Advanced therapies")),
    ("device", _("Qualification and classification of devices")),
    ("device_research", _("Clinical investigations of devices")),
    ("pre_submission", _("Pre-submission")),
)
"""To whom a request is routed within ANSM."""

BODIES: Final[tuple[tuple[str, Text], ...]] = (
    ("has", _("HAS: assessment for reimbursement")),
    ("ema", _("EMA: scientific advice, Innovation Task Force")),
    ("notified_body", _("A notified body: conformity assessment of a device")),
    ("ethics_committee", _("An ethics committee (CPP)")),
    ("g_nius", _("G_NIUS: digital health")),
    ("other", _("Another body")),
)
"""To whom an applicant is redirected."""

POSITIONS: Final[tuple[tuple[str, Text], ...]] = (
    ("device", _("Medical device")),
    ("accessory", _("Accessory of a medical device")),
    ("ivd", _("In-vitro diagnostic medical device")),
    ("medicine", _("Medicine")),
    ("neither", _("Neither a device nor a medicine")),
    ("undetermined", _("Cannot be told from this file")),
)
"""What a product is found to be."""

CLASSES: Final[tuple[tuple[str, Text], ...]] = (
    ("I", _("Class I (Regulation 2017/745)")),
    ("IIa", _("Class IIa (Regulation 2017/745)")),
    ("IIb", _("Class IIb (Regulation 2017/745)")),
    ("III", _("Class III (Regulation 2017/745)")),
    ("A", _("Class A (Regulation 2017/746)")),
    ("B", _("Class B (Regulation 2017/746)")),
    ("C", _("Class C (Regulation 2017/746)")),
    ("D", _("Class D (Regulation 2017/746)")),
)

CLASSIFIED: Final = frozenset({"device", "accessory", "ivd"})


@dataclass(frozen=True)
class Meeting:
    """`pieces`: those received ("briefing", "slides"). `held_on` None: still to come."""

    starts_at: dt.datetime
    planned_on: dt.date
    pieces: frozenset[str] = frozenset()
    held_on: dt.date | None = None


@dataclass(frozen=True)
class Minutes:
    """The current version: `sha256` of its text and the sides that agreed to it."""

    number: int
    sha256: str
    agreed: frozenset[str] = frozenset()


def meeting_of(facts: Facts) -> Meeting | None:
    found = facts.matter.get("meeting")
    return found if isinstance(found, Meeting) else None


def minutes_of(facts: Facts) -> Minutes | None:
    found = facts.matter.get("minutes")
    return found if isinstance(found, Minutes) else None


def _answers(facts: Facts, section: str) -> Mapping[str, Any]:
    found = facts.answers.get(section)
    return found if isinstance(found, Mapping) else {}


# ------------------------------------------------------------------------------------------------- the filing


def _questions_typed(facts: Facts) -> list[Mapping[str, Any]]:
    rows = _answers(facts, "questions").get("questions")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list | tuple) else []


def there_are_ten_questions_at_most(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    count = len(_questions_typed(facts))
    if facts.kind != SCIENTIFIC_OPINION or count <= MOST_QUESTIONS:
        return FINE
    message = _("A scientific opinion answers %(most)d questions at most: there are %(count)d. Keep the main ones.")
    return (Reason("too_many", message % {"most": MOST_QUESTIONS, "count": count}, "questions.questions"),)


def each_question_has_a_position(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """ANSM gives its opinion on the applicant's own answer: without one there is nothing to discuss."""
    if facts.kind != SCIENTIFIC_OPINION:
        return FINE
    message = _("Question %d: write your own position, ANSM gives its opinion on it.")
    return tuple(
        Reason("no_position", message % rank, "questions.questions")
        for rank, row in enumerate(_questions_typed(facts), start=1)
        if not str(row.get("position") or "").strip()
    )


def asks_for_a_meeting(facts: Facts) -> bool:
    return _answers(facts, "triage").get("answer") == MEETING


def blackout(facts: Facts) -> Blackout:
    """The weeks in which ANSM holds no meeting, from the setting."""
    return Blackout.parse(facts.limits.get("MEETING_BLACKOUT", ()))


def proposed_slots_are_possible(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """Ten days at least, worked, outside the closed weeks, late enough for the briefing document. Said once: the form
    of these days says the same as soon as they are typed."""
    if not asks_for_a_meeting(facts) or any(one.field == SLOTS_FIELD for one in facts.missing):
        return FINE
    slots = slots_from(_answers(facts, "meeting").get("slots"))
    at_least = int(facts.limits.get("MEETING_SLOTS", LEAST_SLOTS))
    filed_on = civil_date(facts.filed_at or at)
    return proposed_slots_problems(slots, filed_on=filed_on, blackout=blackout(facts), at_least=at_least)


# ------------------------------------------------------------------------------------------------- the routing


def assessor_is_offered(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    chosen = typed(facts, "assessor")
    if chosen is None or str(chosen) in facts.matter.get("assessors", {}):
        return FINE
    return (
        Reason("not_an_assessor", _("Choose an assessor in office who is not recused from this file."), "assessor"),
    )


def other_body_is_named(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if typed(facts, "body") == "other" and not typed(facts, "body_name"):
        return (Reason("required", _("Name the body to which the applicant is sent."), "body_name"),)
    return FINE


# ------------------------------------------------------------------------------------------------- the meeting


def applicant_proposed_days(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if asks_for_a_meeting(facts) and slots_from(_answers(facts, "meeting").get("slots")):
        return FINE
    message = _("The applicant proposed no day for a meeting: answer in writing, or ask them for days.")
    return (Reason("no_slot", message),)


def slot_is_one_of_those_proposed(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    starts_at = typed(facts, "starts_at")
    if not isinstance(starts_at, dt.datetime):
        return FINE
    slots = slots_from(_answers(facts, "meeting").get("slots"))
    if blackout(facts).covers(civil_date(starts_at)):
        message = _(
            "ANSM holds no meeting in the week of this day: choose another one, or ask the applicant for others."
        )
        return (Reason("slot_blackout", message, "starts_at"),)
    return chosen_slot_problems(starts_at, slots, planned_on=civil_date(at))


def piece_is_attached(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    piece = typed(facts, "piece")
    if piece is None or any(one.kind == piece for one in facts.documents):
        return FINE
    message = _("Attach the document first, with the kind “%s”.") % dict(PIECES).get(str(piece), piece)
    return (Reason("no_document", message, "piece"),)


def briefing_was_received(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """Once the day planned has passed, a meeting held without one is recorded all the same: nothing else is left."""
    meeting = meeting_of(facts)
    if meeting is not None and (BRIEFING in meeting.pieces or civil_date(at) > civil_date(meeting.starts_at)):
        return FINE
    return (Reason("no_briefing", _("The briefing document has not been received: the meeting needs it.")),)


def meeting_has_taken_place(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """The day may differ from the one planned, when both sides moved it; it is neither to come nor before planning."""
    held_on, meeting = typed(facts, "held_on"), meeting_of(facts)
    if not isinstance(held_on, dt.date) or meeting is None:
        return FINE
    if held_on > civil_date(at):
        return (Reason("held_to_come", _("This day is still to come: record the meeting once it is held."), "held_on"),)
    if held_on < meeting.planned_on:
        return (Reason("held_too_soon", _("The meeting was planned after this day: correct the date."), "held_on"),)
    return FINE


# ------------------------------------------------------------------------------------------------- the minutes


def fingerprint(text: str) -> str:
    """SHA-256 of the minutes as they are stored: line ends made one, no space around."""
    return hashlib.sha256(text.replace("\r\n", "\n").replace("\r", "\n").strip().encode("utf-8", "replace")).hexdigest()


def side_of(actor: Actor) -> str:
    return ANSM_SIDE if actor.role in ANSM_STAFF else APPLICANT_SIDE


def both_sides_then_agree(facts: Facts, actor: Actor) -> bool:
    """Whether this agreement is the second one to the same text. Before anything is typed: to the current text."""
    minutes = minutes_of(facts)
    if minutes is None:
        return False
    text = facts.payload.get("minutes") if facts.payload is not None else None
    same = not isinstance(text, str) or fingerprint(text) == minutes.sha256
    return same and bool(minutes.agreed - {side_of(actor)})


def agreement_says_something_new(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """A side agrees once to a text; it may always propose another one."""
    minutes, text = minutes_of(facts), typed(facts, "minutes")
    if minutes is None or not isinstance(text, str) or fingerprint(text) != minutes.sha256:
        return FINE
    if side_of(actor) not in minutes.agreed:
        return FINE
    message = _(
        "Your side has agreed to this very text: it waits for the other side. Change it to propose another one."
    )
    return (Reason("already_agreed", message, "minutes"),)


# ------------------------------------------------------------------------------------------------- the opinion


def each_question_is_answered(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.payload is None:
        return FINE
    given, asked = typed(facts, "answers"), facts.matter.get("questions", {})
    answers = given if isinstance(given, dict) else {}
    lacking = tuple(
        Reason("unanswered", _("Answer this question: “%s”") % words, f"answers.{key}")
        for key, words in asked.items()
        if key not in answers
    )
    unknown = tuple(
        Reason("unknown_question", _("The request has no such question: remove the answer."), f"answers.{key}")
        for key in answers
        if key not in asked
    )
    return lacking + unknown


def qualification_is_given_where_it_is_asked(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """A request about qualification ends with a position; a class is that of a device."""
    if facts.payload is None:
        return FINE
    position, device_class = typed(facts, "position"), typed(facts, "device_class")
    if facts.kind == DEVICE_QUALIFICATION and not position:
        return (Reason("no_position", _("Say what the product is: that is what the applicant asks."), "position"),)
    if facts.kind != DEVICE_QUALIFICATION and (position or device_class):
        field = "position" if position else "device_class"
        return (Reason("not_asked", _("This request does not ask for a qualification: leave this empty."), field),)
    if device_class and position not in CLASSIFIED:
        return (Reason("no_class", _("Only a device has a class: leave this empty."), "device_class"),)
    return FINE


def a_written_opinion_is_proposed(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.proposal is None:
        return (Reason("no_proposal", _("No opinion is proposed: an assessor proposes one first.")),)
    return FINE
