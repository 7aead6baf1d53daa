"""Opinions given on a project by ANSM's Innovation and Referral Service (Guichet Innovation et Orientation, GIO).

No law makes these opinions: they rest on ANSM's missions (CSP L.5311-1) and bind nobody. Nothing is granted.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from workflows import advice_guards, audiences, guards
from workflows.procedures.fields import written_reason
from workflows.roles import (
    ANSM_ASSESSOR,
    ANSM_SIGNATORY,
    ANSM_STAFF,
    ANSM_TRIAGE,
    APPLICANT,
    AUDITOR,
    CONTRIBUTOR,
)
from workflows.types import ClockRule, DateIn, PayloadField, Procedure, State, Transition

WRITERS: Final = frozenset({APPLICANT, CONTRIBUTOR})
EVERY_READER: Final = WRITERS | ANSM_STAFF | {AUDITOR}
BY_APPLICANT: Final = frozenset({APPLICANT})
TRIAGE: Final = frozenset({ANSM_TRIAGE})
ASSESSOR: Final = frozenset({ANSM_ASSESSOR})
SIGNATORY: Final = frozenset({ANSM_SIGNATORY})
LAW: Final = "CSP L.5311-1"

STATES: Final = (
    State(
        "draft",
        staff=_("Draft"),
        applicant=_("Draft, not sent"),
        read_by=WRITERS,
        edited_by=WRITERS,
        waits_for=WRITERS,
        help=_("You prepare the request. Contributors write it, an applicant sends it."),
    ),
    State(
        "received",
        staff=_("Received, to be routed"),
        applicant=_("Received, ANSM chooses who answers"),
        read_by=EVERY_READER,
        waits_for=TRIAGE,
        help=_("The Innovation and Referral Service reads the request and gives it to the right desk."),
    ),
    State(
        "assigned",
        staff=_("With an assessor"),
        applicant=_("An assessor examines it"),
        read_by=EVERY_READER,
        waits_for=ASSESSOR,
        help=_("The assessor prepares a written opinion, or plans a meeting."),
    ),
    State(
        "info_requested",
        staff=_("Waiting for information"),
        applicant=_("ANSM asks you for information"),
        read_by=EVERY_READER,
        edited_by=WRITERS,
        waits_for=WRITERS,
        help=_("ANSM waits for answers to its questions. Its own target is paused meanwhile."),
    ),
    State(
        "meeting_planned",
        staff=_("Meeting planned"),
        applicant=_("Meeting planned"),
        read_by=EVERY_READER,
        attached_by=WRITERS,
        waits_for=WRITERS | ASSESSOR,
        help=_(
            "The applicant sends a briefing document three weeks before the meeting and slides three days before: "
            "attached among the documents, then sent."
        ),
    ),
    State(
        "minutes_draft",
        staff=_("Minutes to agree"),
        applicant=_("Minutes to agree"),
        read_by=EVERY_READER,
        waits_for=WRITERS | ASSESSOR,
        help=_("Both sides agree to the same text of the minutes. It is then final and sealed as a PDF."),
    ),
    State(
        "to_sign",
        staff=_("Opinion to sign"),
        applicant=_("An assessor examines it"),
        read_by=EVERY_READER,
        waits_for=SIGNATORY,
        help=_("An assessor proposed a written opinion. Another person signs it."),
    ),
    State(
        "answered",
        staff=_("Answered"),
        applicant=_("Answered"),
        read_by=EVERY_READER,
        final=True,
        help=_("The opinion, or the minutes agreed by both sides, are among the letters. They bind nobody."),
    ),
    State(
        "redirected",
        staff=_("Redirected"),
        applicant=_("Redirected to another body"),
        read_by=EVERY_READER,
        final=True,
        help=_("Another body answers such a request: the orientation note says which and how to reach it."),
    ),
    State(
        "inadmissible",
        staff=_("Not eligible"),
        applicant=_("Not eligible"),
        read_by=EVERY_READER,
        final=True,
        help=_("The service does not answer such a request: the letter says why."),
    ),
    State(
        "withdrawn",
        staff=_("Withdrawn"),
        applicant=_("Withdrawn by you"),
        read_by=EVERY_READER,
        final=True,
        help=_("The applicant withdrew the request before the answer."),
    ),
)

FILING: Final = (
    Transition(
        "file",
        frozenset({"draft"}),
        "received",
        by=BY_APPLICANT,
        label=_("Send the request"),
        past=_("Sent to the Innovation and Referral Service"),
        guards=(
            guards.request_is_complete,
            guards.documents_are_safe,
            advice_guards.there_are_ten_questions_at_most,
            advice_guards.each_question_has_a_position,
            advice_guards.proposed_slots_are_possible,
        ),
        effects=("freeze_submission", "number"),
        letter="advice_receipt",
        tells=(audiences.ANSM_TRIAGE, audiences.APPLICANT_SIDE),
        law=LAW,
        help=_("The Innovation and Referral Service of ANSM receives it at once."),
    ),
    Transition(
        "withdraw",
        frozenset({"draft", "received", "assigned", "info_requested", "meeting_planned", "minutes_draft", "to_sign"}),
        "withdrawn",
        by=BY_APPLICANT,
        label=_("Withdraw the request"),
        past=_("Withdrawn by the applicant"),
        payload=(written_reason("Le projet est arrêté."),),
        effects=("close_request", "drop_proposal"),
        clock="end",
        tells=(audiences.APPLICANT_SIDE, audiences.LEAD),
        danger=True,
        help=_("Possible until the answer. A withdrawn request cannot be taken back: make a new one."),
    ),
)

ROUTING: Final = (
    Transition(
        "route",
        frozenset({"received"}),
        "assigned",
        by=TRIAGE,
        label=_("Give it to a desk"),
        past=_("Given to a desk of ANSM"),
        guards=(guards.not_recused, advice_guards.assessor_is_offered),
        payload=(
            PayloadField("desk", "choice", _("Desk"), choices=advice_guards.DESKS, example="device"),
            PayloadField(
                "assessor",
                "line",
                _("Assessor"),
                help=_("They become the officer in charge and are told at once."),
                example="1",
                max_length=20,
                offered="assessors",
            ),
        ),
        effects=("route_to_assessor",),
        clock="start",
        tells=(audiences.LEAD, audiences.APPLICANT_SIDE),
        law=LAW,
        help=_("ANSM's own target runs from today. It has no legal effect."),
    ),
    Transition(
        "redirect",
        frozenset({"received", "assigned"}),
        "redirected",
        by=TRIAGE,
        label=_("Redirect to another body"),
        past=_("Redirected to another body"),
        guards=(guards.not_recused, advice_guards.other_body_is_named),
        payload=(
            PayloadField("body", "choice", _("To turn to"), choices=advice_guards.BODIES, example="has"),
            PayloadField(
                "body_name",
                "line",
                _("Name of the body"),
                required=False,
                example="Agence de l'innovation en santé",
                max_length=300,
                only_if=("body", "other"),
            ),
            PayloadField(
                "note",
                "text",
                _("Orientation note"),
                help=_("The applicant reads it: what that body does for them, and how to reach it."),
                example="Votre question porte sur l'évaluation en vue du remboursement, qui relève de la HAS.",
                personal=True,
            ),
        ),
        effects=("note_the_reply",),
        clock="end",
        letter="advice_orientation",
        tells=(audiences.APPLICANT_SIDE, audiences.LEAD),
        law=LAW,
        help=_("The request is closed. The applicant receives the orientation note as a letter."),
    ),
    Transition(
        "find_ineligible",
        frozenset({"received"}),
        "inadmissible",
        by=TRIAGE,
        label=_("Find it not eligible"),
        past=_("Found not eligible"),
        guards=(guards.not_recused,),
        payload=(written_reason("La demande porte sur la pré-évaluation d'un dossier déjà déposé."),),
        effects=("note_the_reply",),
        clock="end",
        letter="advice_ineligible",
        tells=(audiences.APPLICANT_SIDE,),
        danger=True,
        law=LAW,
        help=_("The request is closed. The applicant receives the reasons as a letter."),
    ),
)

EXAMINING: Final = (
    Transition(
        "request_information",
        frozenset({"assigned"}),
        "info_requested",
        by=ASSESSOR,
        label=_("Request information"),
        past=_("Information requested"),
        guards=(guards.not_recused, guards.reply_date_is_in_the_future),
        payload=(
            PayloadField(
                "questions",
                "questions",
                _("Questions"),
                help=_("One question per line. Each is answered separately."),
                example=["Quelles données d'entrée le logiciel reçoit-il ?"],
                max_length=2_000,
                personal=True,
            ),
            PayloadField("reply_by", "date", _("Reply by"), example=DateIn(30)),
        ),
        effects=("open_request",),
        clock="stop",
        tells=(audiences.APPLICANT_SIDE,),
        law=LAW,
        help=_("Your target is paused until everything is received."),
    ),
    Transition(
        "answer",
        frozenset({"info_requested"}),
        "assigned",
        by=BY_APPLICANT,
        label=_("Send the answers"),
        past=_("Questions answered by the applicant"),
        guards=(
            guards.every_question_is_answered,
            guards.answers_match_the_questions,
            guards.request_is_complete,
            guards.documents_are_safe,
            advice_guards.there_are_ten_questions_at_most,
            advice_guards.each_question_has_a_position,
        ),
        payload=(
            PayloadField(
                "answers",
                "answers",
                _("Answers"),
                help=_("One answer per question."),
                example={"1": "Le logiciel reçoit les images et le compte rendu."},
                personal=True,
            ),
        ),
        effects=("answer_request", "freeze_submission"),
        clock="resume",
        tells=(audiences.LEAD,),
        law=LAW,
        help=_("The request becomes a new numbered version; ANSM sees what changed."),
    ),
)

MEETING: Final = (
    Transition(
        "plan_meeting",
        frozenset({"assigned"}),
        "meeting_planned",
        by=ASSESSOR,
        label=_("Plan the meeting"),
        past=_("Meeting planned"),
        guards=(
            guards.not_recused,
            advice_guards.applicant_proposed_days,
            advice_guards.slot_is_one_of_those_proposed,
        ),
        payload=(
            PayloadField(
                "starts_at",
                "datetime",
                _("Starts at"),
                help=_("On one of the half-days that the applicant proposed. The meeting lasts an hour."),
                example="2026-09-15T09:00:00+02:00",
            ),
            PayloadField(
                "place",
                "line",
                _("Place, or link of the video conference"),
                help=_("Shown in the file and in the calendar file, never in a mail."),
                example="Visioconférence, lien envoyé la veille",
                max_length=300,
            ),
        ),
        effects=("plan_meeting",),
        clock="stop",
        tells=(audiences.APPLICANT_SIDE, audiences.LEAD),
        law=LAW,
        help=_("The applicant is told at once, with the days on which the briefing document and the slides are due."),
    ),
    Transition(
        "send_briefing",
        frozenset({"meeting_planned"}),
        "meeting_planned",
        by=BY_APPLICANT,
        label=_("Send a document for the meeting"),
        past=_("Document sent for the meeting"),
        guards=(guards.documents_are_safe, advice_guards.piece_is_attached),
        payload=(
            PayloadField(
                "piece",
                "choice",
                _("What you send"),
                choices=advice_guards.PIECES,
                help=_("Attach it first, among the documents. Sent again, it replaces the one before."),
                example=advice_guards.BRIEFING,
            ),
        ),
        effects=("receive_piece",),
        tells=(audiences.LEAD,),
        law=LAW,
        help=_("The briefing document: context, data, each question with your position. The slides: what you present."),
    ),
    Transition(
        "hold_meeting",
        frozenset({"meeting_planned"}),
        "minutes_draft",
        by=ASSESSOR,
        label=_("Record that the meeting was held"),
        past=_("Meeting held"),
        guards=(guards.not_recused, advice_guards.briefing_was_received, advice_guards.meeting_has_taken_place),
        payload=(
            PayloadField("held_on", "date", _("Held on"), example=DateIn(0)),
            PayloadField(
                "participants",
                "text",
                _("Who took part"),
                help=_("Names and positions, on both sides. Printed in the minutes."),
                example="ANSM : Olivier Orvault, évaluateur. Demandeur : Yaël Yvetot, investigateur coordonnateur.",
                max_length=2_000,
                personal=True,
            ),
            PayloadField(
                "minutes",
                "text",
                _("Draft of the minutes"),
                required=False,
                help=_("Writing it proposes it to the applicant. Leave empty when the applicant writes it first."),
                example="Question 1. L'Agence considère le plan de développement proposé comme acceptable.",
                max_length=20_000,
                personal=True,
            ),
        ),
        effects=("hold_meeting", "agree_minutes"),
        clock="resume",
        tells=(audiences.APPLICANT_SIDE,),
        law=LAW,
        help=_("Both sides then agree to the same text of the minutes."),
    ),
)


def _agreement(target: str, *, ends: bool) -> Transition:
    """To a text of the minutes, by one side. The same act whether or not it is the second one."""
    return Transition(
        "agree_minutes",
        frozenset({"minutes_draft"}),
        target,
        by=BY_APPLICANT | ASSESSOR,
        label=_("Agree to the minutes"),
        past=_("Text of the minutes agreed to"),
        guards=(guards.not_recused, advice_guards.agreement_says_something_new),
        payload=(
            PayloadField(
                "minutes",
                "text",
                _("Minutes"),
                help=_(
                    "Leave the text as it is to agree to it. Change it to propose another one: the other side then "
                    "agrees to yours, or changes it again."
                ),
                example="Question 1. L'Agence considère le plan de développement proposé comme acceptable.",
                max_length=20_000,
                personal=True,
            ),
        ),
        effects=("agree_minutes",),
        clock="end" if ends else "",
        letter="advice_minutes" if ends else "",
        tells=(audiences.APPLICANT_SIDE, audiences.LEAD),
        law=LAW,
        help=_("Once both sides have agreed to the same text it is final, and sealed as a PDF."),
        when=advice_guards.both_sides_then_agree if ends else None,
    )


AGREEING: Final = (_agreement("answered", ends=True), _agreement("minutes_draft", ends=False))

ANSWERING: Final = (
    Transition(
        "propose",
        frozenset({"assigned"}),
        "to_sign",
        by=ASSESSOR,
        label=_("Propose a written opinion"),
        past=_("Written opinion proposed"),
        guards=(
            guards.not_recused,
            advice_guards.each_question_is_answered,
            advice_guards.qualification_is_given_where_it_is_asked,
        ),
        payload=(
            PayloadField(
                "answers",
                "answers",
                _("Answers to the questions"),
                help=_("One answer per question. They appear in the opinion."),
                example={"1": "L'Agence partage la position du demandeur."},
                personal=True,
                offered="questions",
            ),
            PayloadField(
                "position",
                "choice",
                _("The product is"),
                required=False,
                choices=advice_guards.POSITIONS,
                help=_("It is what the applicant asks: choose one."),
                example="device",
                offered="positions",
            ),
            PayloadField(
                "device_class",
                "choice",
                _("Its class"),
                required=False,
                choices=advice_guards.CLASSES,
                help=_("Of a device, when its class is asked."),
                example="IIa",
                offered="classes",
            ),
            PayloadField(
                "reasons",
                "text",
                _("Conclusion"),
                help=_("What the applicant should keep of it, and on what it rests."),
                example="Au vu des éléments fournis, l'Agence considère que le produit est un dispositif médical.",
                personal=True,
            ),
        ),
        effects=("propose_written_opinion",),
        tells=(audiences.ANSM_SIGNATORIES,),
        staff_only=True,
        law=LAW,
        help=_("Another person signs: you cannot sign your own proposal."),
    ),
    Transition(
        "send_back",
        frozenset({"to_sign"}),
        "assigned",
        by=SIGNATORY,
        label=_("Send back to the assessor"),
        past=_("Sent back to the assessor"),
        guards=(guards.not_recused,),
        payload=(written_reason("Préciser la réponse à la deuxième question."),),
        effects=("drop_proposal",),
        tells=(audiences.LEAD,),
        staff_only=True,
        help=_("The proposal is dropped; the assessor makes another."),
    ),
    Transition(
        "give_opinion",
        frozenset({"to_sign"}),
        "answered",
        by=SIGNATORY,
        label=_("Sign the opinion"),
        past=_("Written opinion given by ANSM"),
        guards=(
            guards.not_recused,
            guards.signatory_has_a_delegation,
            guards.signatory_is_not_proposer,
            advice_guards.a_written_opinion_is_proposed,
        ),
        effects=("sign_decision",),
        clock="end",
        letter="advice_opinion",
        tells=(audiences.APPLICANT_SIDE, audiences.LEAD),
        law=LAW,
        help=_("The applicant receives it as a letter. It binds nobody."),
    ),
)

ADVICE: Final = Procedure(
    code="advice",
    version=1,
    name=_("Innovation and Referral Service (GIO)"),
    law=(LAW,),
    states=STATES,
    transitions=FILING + ROUTING + EXAMINING + MEETING + AGREEING + ANSWERING,
    initial="draft",
    kinds=(
        (advice_guards.SCIENTIFIC_OPINION, _("Scientific opinion")),
        (advice_guards.REGULATORY_GUIDANCE, _("Regulatory guidance")),
        (advice_guards.DEVICE_QUALIFICATION, _("Qualification and classification of a device")),
        (advice_guards.DEVICE_CLINICAL_RESEARCH, _("Requirements and clinical research on a device")),
        (advice_guards.PRE_SUBMISSION, _("Pre-submission of a clinical study")),
    ),
    kinds_on_a_title=frozenset(),
    clocks=(
        ClockRule("answer", length=None, law="no statutory limit found", target_setting="ADVICE_TARGET_WORKING_DAYS"),
    ),
    created_by=WRITERS,
    led_by=ASSESSOR,
    assigned_by=frozenset({ANSM_TRIAGE, ANSM_ASSESSOR, ANSM_SIGNATORY}),
)
