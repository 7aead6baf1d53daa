"""Exemption for a device without CE marking, decided by ANSM: MDR art. 59, IVDR art. 54, CSP L.5211-3 II, L.5221-3 II.

The manufacturer asks; at least one clinician says, in a signed statement, why the device is needed. A clinician may
also begin the file and invite the manufacturer, who takes it over. No statutory delay was found: the target is a
setting, silence has no effect. No law seen makes these decisions public: nothing of them is in the public register.
An exemption is temporary: it is not renewed, a new reasoned request names the former one.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from workflows import audiences, device_guards, guards
from workflows.procedures.fields import written_reason
from workflows.roles import (
    ANSM_ASSESSOR,
    ANSM_SIGNATORY,
    ANSM_STAFF,
    ANSM_TRIAGE,
    ANSM_VIGILANCE,
    APPLICANT,
    AUDITOR,
    COMPANY,
    CONTRIBUTOR,
    ESTABLISHMENT,
    PHARMACIST,
    PHARMACOVIGILANCE,
    PRESCRIBER,
)
from workflows.types import NO_EFFECT, ClockRule, DateIn, PayloadField, Procedure, State, Transition

WRITERS: Final = frozenset({APPLICANT, CONTRIBUTOR})
BY_APPLICANT: Final = frozenset({APPLICANT})
BY_CLINICIAN: Final = frozenset({PRESCRIBER})
TRIAGE: Final = frozenset({ANSM_TRIAGE})
ASSESSOR: Final = frozenset({ANSM_ASSESSOR})
SIGNATORY: Final = frozenset({ANSM_SIGNATORY})
PREPARING: Final = WRITERS | BY_CLINICIAN
EVERY_READER: Final = PREPARING | {PHARMACOVIGILANCE, PHARMACIST, AUDITOR} | ANSM_STAFF
BOTH_SIDES: Final = (audiences.APPLICANT_SIDE, audiences.SITES)

STATES: Final = (
    State(
        "draft",
        staff=_("Draft"),
        applicant=_("Draft, not filed"),
        read_by=PREPARING,
        edited_by=PREPARING,
        waits_for=PREPARING,
        help=_("The manufacturer prepares the file; at least one clinician signs why the device is needed."),
    ),
    State(
        "invited",
        staff=_("Manufacturer invited"),
        applicant=_("The manufacturer is invited to take the file over"),
        read_by=PREPARING,
        waits_for=BY_APPLICANT,
        help=_("Only the manufacturer may ask for an exemption: the company takes the file over, then completes it."),
    ),
    State(
        "received",
        staff=_("Received, admissibility to be checked"),
        applicant=_("Received by ANSM"),
        read_by=EVERY_READER,
        waits_for=TRIAGE | ASSESSOR,
        help=_("ANSM checks that the file is admissible and has every piece."),
    ),
    State(
        "to_complete",
        staff=_("To be completed"),
        applicant=_("ANSM asks you for missing pieces"),
        read_by=EVERY_READER,
        edited_by=WRITERS,
        waits_for=WRITERS,
        help=_("Pieces are missing. The examination goes on once they are sent."),
    ),
    State(
        "assessment",
        staff=_("Under assessment"),
        applicant=_("Under assessment by ANSM"),
        read_by=EVERY_READER,
        waits_for=ASSESSOR,
        help=_("ANSM weighs the benefit for the patients, the data and the alternatives."),
    ),
    State(
        "info_requested",
        staff=_("Waiting for information"),
        applicant=_("ANSM asks you for information"),
        read_by=EVERY_READER,
        edited_by=WRITERS,
        waits_for=WRITERS,
        help=_("ANSM asked questions. The examination goes on once they are answered."),
    ),
    State(
        "to_sign",
        staff=_("Waiting for signature"),
        applicant=_("Under assessment by ANSM"),
        read_by=EVERY_READER,
        waits_for=SIGNATORY,
        help=_("A decision is proposed; another person signs it."),
    ),
    State(
        "granted",
        staff=_("Granted"),
        applicant=_("Granted"),
        read_by=EVERY_READER,
        final=True,
        help=_("The device may be used at the sites and under the conditions of the decision, until its last day."),
    ),
    State(
        "refused",
        staff=_("Refused"),
        applicant=_("Refused"),
        read_by=EVERY_READER,
        final=True,
        help=_("The exemption is refused. The letter gives the reasons and how to appeal."),
    ),
    State(
        "inadmissible",
        staff=_("Inadmissible"),
        applicant=_("Inadmissible"),
        read_by=EVERY_READER,
        final=True,
        help=_("The request is not one that ANSM can examine. The letter says why."),
    ),
    State(
        "withdrawn",
        staff=_("Withdrawn"),
        applicant=_("Withdrawn by the manufacturer"),
        read_by=EVERY_READER,
        final=True,
        help=_("The manufacturer withdrew its request before a decision."),
    ),
)

STATED: Final = (
    PayloadField(
        "need",
        "text",
        _("Why this device is needed"),
        help=_("Medical condition, context, expected benefit. Read by ANSM, never by the manufacturer."),
        example="Explantation d'un dispositif posé à l'étranger, sans instrument compatible marqué CE.",
        personal=True,
    ),
    PayloadField(
        "alternatives",
        "text",
        _("Alternatives, and why they do not suit"),
        example="Les extracteurs disponibles ne s'adaptent pas à la tête de vis.",
        personal=True,
    ),
)
IDENTIFIED: Final = PayloadField(
    "patients",
    "questions",
    _("Patients"),
    help=_(
        "One patient per line: initials or code, year of birth, sex (F or M). Example: AB, 1961, F. No name, no "
        "number. The manufacturer reads only how many they are."
    ),
    example=["AB, 1961, F"],
    max_length=60,
    personal=True,
)
SHARED: Final = PayloadField(
    "shared",
    "integer",
    _("Of these, how many does another clinician's statement identify already?"),
    required=False,
    help=_("A patient treated by two of you counts once. Left empty: none. The manufacturer reads the number alone."),
    example=0,
    offered="statements_signed",
)
SIGNED: Final = (
    PayloadField(
        "informed",
        "boolean",
        _("Each patient is or will be told that the device bears no CE marking, and agrees to its use."),
        example=True,
    ),
    PayloadField(
        "signed", "boolean", _("I sign this statement, and use the device under my responsibility."), example=True
    ),
)

PREPARATION: Final = (
    Transition(
        "invite_company",
        frozenset({"draft"}),
        "invited",
        by=BY_CLINICIAN,
        label=_("Invite the manufacturer"),
        past=_("Manufacturer invited by the clinician"),
        when=device_guards.the_hospital_holds_the_file,
        guards=(device_guards.a_company_is_named,),
        payload=(
            PayloadField(
                "email",
                "line",
                _("E-mail address of a person of the company"),
                required=False,
                help=_("They receive the invitation. Somebody without an account is invited to make one."),
                example="applicant@demo.example",
                max_length=254,
            ),
            PayloadField(
                "company",
                "line",
                _("Name of the company"),
                required=False,
                help=_("Needed when the address is not known here. A company known by this name is told itself."),
                example="Démo Dispositifs Kerlann",
                max_length=200,
            ),
        ),
        effects=("invite_company",),
        tells=(audiences.COMPANY,),
        law="CSP L.5211-3 II",
        help=_("Only the manufacturer may ask. It takes the file over; you stay in it, and can sign your statement."),
    ),
    Transition(
        "take_over",
        frozenset({"invited"}),
        "draft",
        by=BY_APPLICANT,
        label=_("Take the file over"),
        past=_("Taken over by the manufacturer"),
        effects=("take_over",),
        tells=(audiences.SITES,),
        law="CSP L.5211-3 II",
        help=_("The file becomes your company's. The clinician who began it stays in it."),
    ),
    Transition(
        "invite_clinician",
        frozenset({"draft"}),
        "draft",
        by=BY_APPLICANT,
        label=_("Invite a clinician"),
        past=_("Clinician invited by the manufacturer"),
        guards=(device_guards.a_clinician_is_named,),
        payload=(
            PayloadField(
                "email",
                "line",
                _("E-mail address of the clinician"),
                required=False,
                help=_("The address under which they sign in here."),
                example="prescriber@demo.example",
                max_length=254,
            ),
            PayloadField(
                "hospital",
                "line",
                _("Name of the hospital"),
                required=False,
                help=_("When you do not know their address: every prescriber of this hospital is told."),
                example="CHU Démo de Valmirande",
                max_length=200,
            ),
        ),
        effects=("invite_clinician",),
        tells=(audiences.SITES,),
        law="CSP L.5211-3 II",
        help=_("They read the file and sign why the device is needed. Invite as many as needed, one at a time."),
    ),
    *(
        Transition(
            "state_need",
            frozenset({"draft"}),
            "draft",
            by=BY_CLINICIAN,
            label=_("Sign my statement of need"),
            past=_("Statement of need signed by the clinician"),
            when=when,
            guards=(
                device_guards.statement_is_signed,
                device_guards.patients_are_not_named,
                device_guards.shared_patients_are_those_of_others,
            ),
            payload=(*STATED, *patients, *SIGNED),
            effects=("lock_statement",),
            tells=(audiences.COMPANY,),
            law="CSP L.5211-3 II",
            help=_(
                "Your statement is locked, dated and sealed. It cannot be changed: before filing, a new one for the "
                "same hospital replaces it, and both are kept."
            ),
        )
        for when, patients in ((device_guards.is_individual, (IDENTIFIED, SHARED)), (device_guards.is_global, ()))
    ),
    Transition(
        "file",
        frozenset({"draft"}),
        "received",
        by=BY_APPLICANT,
        label=_("File the request"),
        past=_("Filed by the manufacturer"),
        guards=(
            guards.request_is_complete,
            guards.documents_are_safe,
            device_guards.mandatory_pieces_are_attached,
            device_guards.a_clinician_stated_the_need,
            device_guards.patient_count_fits_the_kind,
        ),
        effects=("freeze_submission", "number"),
        clock="start",
        letter="device_exemption_receipt",
        tells=(audiences.APPLICANT_SIDE, audiences.SITES, audiences.ANSM_TRIAGE),
        law="MDR art. 59, IVDR art. 54",
        help=_("ANSM receives it at once; the clinicians who signed are told."),
    ),
    Transition(
        "withdraw",
        frozenset({"draft", "invited", "received", "to_complete", "assessment", "info_requested", "to_sign"}),
        "withdrawn",
        by=BY_APPLICANT,
        label=_("Withdraw the request"),
        past=_("Withdrawn by the manufacturer"),
        payload=(written_reason("Le certificat CE est délivré."),),
        effects=("close_request", "drop_proposal"),
        clock="end",
        tells=(*BOTH_SIDES, audiences.LEAD),
        danger=True,
        help=_("Possible until the decision. A withdrawn request cannot be taken back: make a new one."),
    ),
)

ADMISSIBILITY: Final = (
    Transition(
        "request_completion",
        frozenset({"received"}),
        "to_complete",
        by=TRIAGE,
        label=_("Ask for missing pieces"),
        past=_("Missing pieces asked for by ANSM"),
        guards=(guards.not_recused, guards.reply_date_is_in_the_future, device_guards.reply_date_is_near_enough),
        payload=(
            PayloadField(
                "questions",
                "questions",
                _("Missing pieces"),
                help=_("One piece per line. Each is supplied separately."),
                example=["Notice d'utilisation en français"],
                max_length=2_000,
                personal=True,
            ),
            PayloadField("reply_by", "date", _("Reply by"), example=DateIn(14)),
        ),
        effects=("open_request",),
        clock="stop",
        letter="device_exemption_completion",
        tells=(audiences.APPLICANT_SIDE,),
        help=_(
            "The internal clock is paused until the pieces are sent. The list goes by letter to the manufacturer: name "
            "no patient."
        ),
    ),
    Transition(
        "complete",
        frozenset({"to_complete"}),
        "received",
        by=BY_APPLICANT,
        label=_("Send the missing pieces"),
        past=_("Missing pieces sent by the manufacturer"),
        guards=(
            guards.every_question_is_answered,
            guards.answers_match_the_questions,
            guards.request_is_complete,
            guards.documents_are_safe,
            device_guards.mandatory_pieces_are_attached,
            device_guards.patient_count_fits_the_kind,
        ),
        payload=(
            PayloadField(
                "answers",
                "answers",
                _("Pieces"),
                help=_("Say for each piece where it is: in which document, in which section."),
                example={"1": "Jointe au dossier, document « Notice »."},
                personal=True,
            ),
        ),
        effects=("answer_request", "freeze_submission"),
        clock="resume",
        tells=(audiences.LEAD, audiences.ANSM_TRIAGE),
        help=_("The request becomes a new numbered version; ANSM sees what changed."),
    ),
    Transition(
        "find_inadmissible",
        frozenset({"received"}),
        "inadmissible",
        by=TRIAGE,
        label=_("Find inadmissible"),
        past=_("Found inadmissible by ANSM"),
        guards=(guards.not_recused,),
        payload=(
            PayloadField(
                "ground",
                "choice",
                _("Why it is inadmissible"),
                choices=device_guards.INADMISSIBLE_GROUNDS,
                example="no_benefit",
            ),
            written_reason("Aucun bénéfice significatif n'est montré par rapport aux dispositifs marqués CE."),
        ),
        clock="end",
        letter="device_exemption_inadmissible",
        tells=BOTH_SIDES,
        danger=True,
        law="MDR art. 59, IVDR art. 54",
        help=_("The letter gives the reason and how to appeal. A new request stays possible."),
    ),
)

EXAMINING: Final = (
    Transition(
        "take_up",
        frozenset({"received"}),
        "assessment",
        by=ASSESSOR,
        label=_("Take up"),
        past=_("Taken up by an assessor"),
        guards=(guards.not_recused,),
        effects=("assign_actor",),
        staff_only=True,
        help=_("The request is admissible. You become the officer in charge of this file."),
    ),
    Transition(
        "request_information",
        frozenset({"assessment"}),
        "info_requested",
        by=ASSESSOR,
        label=_("Request information"),
        past=_("Information requested by ANSM"),
        guards=(guards.not_recused, guards.reply_date_is_in_the_future, device_guards.reply_date_is_near_enough),
        payload=(
            PayloadField(
                "questions",
                "questions",
                _("Questions"),
                help=_("One question per line. Each is answered separately."),
                example=["Combien d'incidents graves ont été déclarés depuis deux ans ?"],
                max_length=2_000,
                personal=True,
            ),
            PayloadField("reply_by", "date", _("Reply by"), example=DateIn(14)),
        ),
        effects=("open_request",),
        clock="stop",
        tells=(audiences.APPLICANT_SIDE,),
        help=_("The internal clock is paused until the manufacturer answers. It reads the questions: name no patient."),
    ),
    Transition(
        "answer",
        frozenset({"info_requested"}),
        "assessment",
        by=BY_APPLICANT,
        label=_("Send the answers"),
        past=_("Questions answered by the manufacturer"),
        guards=(
            guards.every_question_is_answered,
            guards.answers_match_the_questions,
            guards.request_is_complete,
            guards.documents_are_safe,
            device_guards.mandatory_pieces_are_attached,
            device_guards.patient_count_fits_the_kind,
        ),
        payload=(
            PayloadField(
                "answers",
                "answers",
                _("Answers"),
                help=_("One answer per question."),
                example={"1": "Deux, sans conséquence pour les patients."},
                personal=True,
            ),
        ),
        effects=("answer_request", "freeze_submission"),
        clock="resume",
        tells=(audiences.LEAD,),
        help=_("The request becomes a new numbered version; ANSM sees what changed."),
    ),
)

GRANTING: Final = ("outcome", "grant")

DECIDING: Final = (
    Transition(
        "propose",
        frozenset({"assessment"}),
        "to_sign",
        by=ASSESSOR,
        label=_("Propose a decision"),
        past=_("Decision proposed"),
        guards=(
            guards.not_recused,
            guards.period_is_in_order,
            device_guards.period_is_within_the_setting,
            guards.period_does_not_start_in_the_past,
            guards.period_is_not_over,
            device_guards.granted_patients_fit_the_request,
            device_guards.conditions_have_their_day,
        ),
        payload=(
            PayloadField(
                "outcome",
                "choice",
                _("Proposal"),
                choices=(("grant", _("Grant")), ("refuse", _("Refuse"))),
                example="grant",
            ),
            PayloadField(
                "reasons",
                "text",
                _("Reasons"),
                help=_("They appear in the decision letter, which the manufacturer reads: name no patient."),
                example="Bénéfice significatif, absence d'alternative marquée CE ; données de sécurité suffisantes.",
                personal=True,
            ),
            PayloadField("starts_on", "date", _("First day"), example=DateIn(0), only_if=GRANTING),
            PayloadField(
                "ends_on",
                "date",
                _("Last day"),
                help=_("An exemption is temporary: usually twelve months at most, date to date."),
                example=DateIn(300),
                only_if=GRANTING,
            ),
            PayloadField(
                "patients",
                "integer",
                _("Number of patients"),
                required=False,
                help=_(
                    "Leave it empty for every patient who meets the criteria. For more than a single patient, ANSM "
                    "then notifies the Commission and the Member States."
                ),
                example=1,
                only_if=GRANTING,
            ),
            PayloadField(
                "sites",
                "text",
                _("Sites"),
                help=_(
                    "One hospital per line, its FINESS number first where it has one. The device may be used nowhere "
                    "else. Those known here are told of any change."
                ),
                example="990000119, CHU Démo de Valmirande",
                max_length=4_000,
                only_if=GRANTING,
                personal=True,
            ),
            PayloadField(
                "quantity",
                "line",
                _("Quantity"),
                help=_("How many units may be supplied in all."),
                example="1 unité et 1 unité de secours",
                max_length=200,
                only_if=GRANTING,
            ),
            PayloadField(
                "conditions",
                "text",
                _("Conditions"),
                required=False,
                help=_("What holds all along. What is due by a day goes below."),
                example="Utilisation par un opérateur formé par le fabricant.",
                only_if=GRANTING,
                personal=True,
            ),
            PayloadField(
                "dated_conditions",
                "questions",
                _("Conditions with a date"),
                required=False,
                help=_(
                    "One per line, its last day first: 2027-03-31: interim report. Or a number of months from the "
                    "first day: 6: interim report. Each becomes an obligation of the manufacturer, with its reminders."
                ),
                example=["6: Rapport intermédiaire de sécurité"],
                max_length=1_000,
                only_if=GRANTING,
                personal=True,
            ),
        ),
        effects=("record_proposal", "record_terms"),
        tells=(audiences.ANSM_SIGNATORIES,),
        staff_only=True,
        law="MDR art. 59, IVDR art. 54",
        help=_("Another person signs: you cannot sign your own proposal."),
    ),
    Transition(
        "send_back",
        frozenset({"to_sign"}),
        "assessment",
        by=SIGNATORY,
        label=_("Send back to the assessor"),
        past=_("Sent back to the assessor"),
        guards=(guards.not_recused,),
        payload=(written_reason("Préciser les sites autorisés."),),
        effects=("drop_proposal",),
        tells=(audiences.LEAD,),
        staff_only=True,
        help=_("The proposal is dropped; the assessor makes another."),
    ),
    Transition(
        "grant",
        frozenset({"to_sign"}),
        "granted",
        by=SIGNATORY,
        label=_("Sign the grant"),
        past=_("Granted by ANSM"),
        guards=(
            guards.not_recused,
            guards.signatory_has_a_delegation,
            guards.signatory_is_not_proposer,
            guards.proposal_is_to_grant,
            guards.period_is_not_over,
        ),
        effects=("sign_decision", "open_title", "open_exemption_duties"),
        clock="end",
        letter="device_exemption_grant",
        tells=(*BOTH_SIDES, audiences.LEAD, audiences.ANSM_VIGILANCE),
        law="MDR art. 59, IVDR art. 54, CSP L.5211-3 II, L.5221-3 II",
        help=_("The exemption is issued and its letter is made. Dated conditions become obligations."),
    ),
    Transition(
        "refuse",
        frozenset({"to_sign"}),
        "refused",
        by=SIGNATORY,
        label=_("Sign the refusal"),
        past=_("Refused by ANSM"),
        guards=(
            guards.not_recused,
            guards.signatory_has_a_delegation,
            guards.signatory_is_not_proposer,
            guards.proposal_is_to_refuse,
        ),
        effects=("sign_decision",),
        clock="end",
        letter="device_exemption_refusal",
        tells=(*BOTH_SIDES, audiences.LEAD),
        danger=True,
        law="MDR art. 59, IVDR art. 54",
        help=_("The letter gives the reasons and how to appeal."),
    ),
)

DEVICE_EXEMPTION: Final = Procedure(
    code="device_exemption",
    version=1,
    series="DEROG",
    name=_("Exemption for a device without CE marking"),
    law=("MDR art. 59", "IVDR art. 54", "CSP L.5211-3 II", "CSP L.5221-3 II"),
    states=STATES,
    transitions=PREPARATION + ADMISSIBILITY + EXAMINING + DECIDING,
    initial="draft",
    kinds=(
        (device_guards.INDIVIDUAL, _("Individual: one or several identified patients")),
        (device_guards.GLOBAL, _("Global: every patient who meets criteria")),
    ),
    kinds_on_a_title=frozenset(),
    clocks=(
        ClockRule(
            "decision",
            length=None,
            law="no statutory limit found",
            silence=NO_EFFECT,
            target_setting="DEVICE_TARGET_WORKING_DAYS",
        ),
    ),
    created_by=PREPARING,
    created_in=frozenset({COMPANY, ESTABLISHMENT}),
    led_by=ASSESSOR,
    assigned_by=frozenset({ANSM_TRIAGE, ANSM_ASSESSOR, ANSM_SIGNATORY}),
    followed_by=frozenset({ANSM_ASSESSOR, ANSM_SIGNATORY, ANSM_VIGILANCE}),
)
