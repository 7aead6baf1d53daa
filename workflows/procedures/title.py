"""What was granted (AAC, AAP, CPC, exemption): one machine, whose signatory depends on the granting procedure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from workflows import audiences, device_guards, guards, title_guards
from workflows.procedures.fields import written_reason
from workflows.roles import (
    AGENCY_STAFF,
    ANSM_SIGNATORY,
    APPLICANT,
    AUDITOR,
    CONTRIBUTOR,
    HAS_COLLEGE,
    HOSPITAL,
    PHARMACIST,
    PHARMACOVIGILANCE,
    PRESCRIBER,
    REPORTER,
    SYSTEM,
)
from workflows.types import DateIn, PayloadField, Procedure, Role, State, Text, Transition

NOBODY: Final[frozenset[Role]] = frozenset()
BY_ANSM: Final = frozenset({ANSM_SIGNATORY})
BY_HAS: Final = frozenset({HAS_COLLEGE})
BY_SYSTEM: Final = frozenset({SYSTEM})

SIGNATORY: Final = {"aac": BY_ANSM, "cpc": BY_ANSM, "device_exemption": BY_ANSM, "aap": BY_HAS}
# ANSM may suspend an early access in an emergency, so it may also lift what it suspended.
SUSPENDERS: Final = SIGNATORY | {"aap": BY_HAS | BY_ANSM}
REINSTATERS: Final = {code: roles | BY_SYSTEM for code, roles in SUSPENDERS.items()}
HOLDERS: Final = {code: frozenset({APPLICANT}) for code in ("aap", "cpc", "device_exemption")}
# HAS answers a holder that gives its early access up, or its silence does (R.5121-72-1).
RENOUNCERS: Final = HOLDERS | {"aap": HOLDERS["aap"] | BY_SYSTEM}
OF_DEVICES: Final = {"device_exemption": frozenset({APPLICANT})}
TREATING: Final = {"aac": frozenset({PRESCRIBER, PHARMACIST})}

# Every role that some procedure lets read its titles. Who reads a given title is `registry.title_readers`.
READERS: Final = HOSPITAL | AGENCY_STAFF | frozenset({APPLICANT, CONTRIBUTOR, PHARMACOVIGILANCE, REPORTER, AUDITOR})

SIGNING: Final = (guards.not_recused, guards.signatory_has_a_delegation)
EVERYBODY: Final = (
    audiences.APPLICANT_SIDE,
    audiences.LEAD,
    audiences.ANSM_VIGILANCE,
    audiences.COMPANY,
    audiences.SITES,
)
# What ends a title also ends the invitation to comment that may still be open on it.
ENDING: Final = ("end_title", "close_comments")

HEARD_FIRST: Final = ("suspend", "withdraw")
"""Intentions on which the holder is invited to comment (R.5121-74-8)."""


def heard_about(act: str, payload: Mapping[str, Any]) -> str:
    """The intention on which the holder is heard before `act`, done with `payload`; empty when the law asks nothing. An
    end for safety is prepared as a withdrawal is."""
    if act == "cease":
        return "withdraw" if payload.get("cause") == "safety" else ""
    return act if act in HEARD_FIRST else ""


OBSERVATIONS: Final = (
    PayloadField(
        "emergency",
        "boolean",
        _("It is an emergency: observations were not awaited"),
        required=False,
        example=True,
    ),
    PayloadField(
        "observations_invited_on",
        "date",
        _("Day the holder was invited to comment"),
        required=False,
        help=_(
            "Only for an invitation made outside this application, by post for instance. Leave it empty in an "
            "emergency, or when the invitation is on the page of the authorisation."
        ),
        example=DateIn(-15),
    ),
)


def _state(code: str, label: Text, meaning: Text, *, final: bool = True) -> State:
    return State(code, staff=label, applicant=label, read_by=READERS, final=final, help=meaning)


STATES: Final = (
    _state("in_force", _("In force"), _("The authorisation applies until its last day."), final=False),
    _state(
        "suspended",
        _("Suspended"),
        _("Dispensing, or using the device, is blocked until the suspension ends."),
        final=False,
    ),
    _state(
        "withdrawn",
        _("Withdrawn by the authority"),
        _(
            "Withdrawn for good. Within two months of being notified, the withdrawal can be contested by a letter to "
            "the authority that decided it (ANSM for an AAC), or before the administrative court."
        ),
    ),
    _state("ceased", _("Ceased"), _("Ended early: renounced, or no longer needed.")),
    _state("stopped", _("Treatment stopped"), _("The hospital declared that the treatment stopped.")),
    _state("replaced", _("Replaced by its renewal"), _("Its renewal was granted and has taken over.")),
    _state("expired", _("Expired"), _("Its last day has passed and nothing replaced it.")),
)

BY_AUTHORITY: Final = (
    Transition(
        "suspend",
        frozenset({"in_force"}),
        "suspended",
        by=NOBODY,
        by_procedure=SUSPENDERS,
        label=_("Suspend"),
        past=_("Suspended"),
        guards=(
            *SIGNING,
            title_guards.title_has_not_ended,
            title_guards.suspension_is_three_months_at_most,
            title_guards.a_suspension_ends_before_an_unsuspended_renewal_begins,
            title_guards.the_holder_was_heard_before_a_suspension,
            title_guards.the_day_of_invitation_is_possible,
            title_guards.ansm_suspends_an_early_access_in_an_emergency_only,
        ),
        payload=(
            written_reason("Signal de sécurité grave en cours d'analyse."),
            PayloadField(
                "until", "date", _("Last day of the suspension"), help=_("Three months at most."), example=DateIn(30)
            ),
            *OBSERVATIONS,
        ),
        effects=("suspend_title", "close_comments"),
        letter="title_suspension",
        tells=(*EVERYBODY, audiences.MINISTERS),
        danger=True,
        law="CSP R.5121-74-8 (AAC)",
        help=_(
            "Dispensing, or using the device, is blocked at once. The holder is first invited to comment, except in an "
            "emergency."
        ),
    ),
    Transition(
        "reinstate",
        frozenset({"suspended"}),
        "in_force",
        by=NOBODY,
        by_procedure=REINSTATERS,
        label=_("Lift the suspension"),
        past=_("Suspension lifted"),
        guards=(
            *SIGNING,
            title_guards.people_act_before_its_end,
            title_guards.suspension_term_has_passed_for_the_system,
            title_guards.people_give_a_reason,
        ),
        payload=(
            PayloadField(
                "reason",
                "text",
                _("Reason"),
                # The system lifts a suspension whose term has passed and has nothing to add.
                required=False,
                help=_("Say why the suspension is no longer needed."),
                example="Le signal est écarté.",
                personal=True,
            ),
        ),
        effects=("reinstate_title",),
        letter="title_reinstatement",
        letter_is_signed=True,
        tells=EVERYBODY,
        law="CSP R.5121-74-8 (AAC)",
        help=_(
            "The suspension also ends by itself, without a letter, the day after its last day, or on the first day of "
            "a renewal."
        ),
    ),
    Transition(
        "withdraw",
        frozenset({"in_force", "suspended"}),
        "withdrawn",
        by=NOBODY,
        by_procedure=SIGNATORY,
        label=_("Withdraw the authorisation"),
        past=_("Withdrawn by the authority"),
        guards=(
            *SIGNING,
            title_guards.title_has_not_ended,
            title_guards.the_holder_was_heard_before_a_withdrawal,
            title_guards.the_day_of_invitation_is_possible,
        ),
        payload=(written_reason("Rapport bénéfice/risque devenu défavorable."), *OBSERVATIONS),
        effects=ENDING,
        letter="title_withdrawal",
        tells=EVERYBODY,
        danger=True,
        law="CSP R.5121-74-8 (AAC)",
        help=_("Final. The holder is first invited to comment, except in an emergency. The letter says how to appeal."),
    ),
    Transition(
        "modify",
        frozenset({"in_force"}),
        "in_force",
        by=NOBODY,
        by_procedure=SIGNATORY,
        label=_("Change the authorisation"),
        past=_("Changed"),
        guards=(
            *SIGNING,
            title_guards.title_has_not_ended,
            title_guards.new_last_day_only_shortens,
            title_guards.a_new_last_day_opens_no_gap,
            title_guards.aac_stops_within_three_months_of_the_ma,
        ),
        payload=(
            PayloadField(
                "changes",
                "text",
                _("What changes"),
                example="Posologie portée à 20 mg par jour.",
                personal=True,
            ),
            written_reason("Adaptation au poids du patient."),
            PayloadField(
                "ends_on",
                "date",
                _("New last day"),
                required=False,
                help=_("Leave empty to keep the present one. A change may shorten the period, not lengthen it."),
                example=DateIn(60),
            ),
        ),
        effects=("new_title_version",),
        letter="title_modification",
        tells=EVERYBODY,
        law="CSP R.5121-76-9 (CPC)",
        help=_(
            "A new version starts today, or on the first day of what has not begun; the old one is kept with its last "
            "day."
        ),
    ),
    Transition(
        "cease",
        frozenset({"in_force", "suspended"}),
        "ceased",
        by=NOBODY,
        by_procedure=SIGNATORY,
        label=_("End early"),
        past=_("Ended early by the authority"),
        guards=(
            *SIGNING,
            title_guards.title_has_not_ended,
            title_guards.the_cause_of_an_end_is_possible,
            title_guards.the_holder_was_heard_before_an_end_for_safety,
            title_guards.the_day_of_invitation_is_possible,
        ),
        payload=(
            PayloadField(
                "cause",
                "choice",
                _("Cause"),
                choices=(
                    ("ma", _("A marketing authorisation covers the indication")),
                    ("aap", _("An early access covers the indication")),
                    ("reimbursed", _("The medicine is reimbursed in the indication")),
                    ("ce_obtained", _("CE marking obtained")),
                    ("safety", _("Safety")),
                ),
                help=_(
                    "One that exists for this kind of authorisation, and that the referential records if it is another."
                ),
                example="safety",
            ),
            written_reason("Signal de sécurité confirmé."),
            *(replace(field, only_if=("cause", "safety")) for field in OBSERVATIONS),
        ),
        effects=ENDING,
        letter="title_end",
        tells=EVERYBODY,
        danger=True,
        law="CSP R.5121-74-9 (AAC)",
        help=_(
            "Takes effect today. For safety, the holder is first invited to comment, as before a withdrawal. To let it "
            "run to a later day, change its last day instead: for an AAC, three months after the marketing "
            "authorisation at most."
        ),
    ),
)

BY_HOLDER: Final = (
    Transition(
        "renounce",
        frozenset({"in_force"}),
        "ceased",
        by=NOBODY,
        by_procedure=RENOUNCERS,
        label=_("Give up the authorisation"),
        past=_("Given up by its holder"),
        guards=(
            title_guards.title_has_not_ended,
            title_guards.nobody_gives_up_for_others,
            title_guards.the_authority_had_its_month,
        ),
        payload=(written_reason("Arrêt de la fabrication."),),
        effects=ENDING,
        tells=EVERYBODY,
        danger=True,
        law="CSP R.5121-72-1 (AAP)",
        help=_(
            "The holder no longer wants it. It cannot be taken back. Of an early access, HAS is told a month before."
        ),
    ),
    Transition(
        "close_ce_obtained",
        frozenset({"in_force", "suspended"}),
        "ceased",
        by=NOBODY,
        by_procedure=OF_DEVICES,
        label=_("Declare that CE marking is obtained"),
        past=_("Closed: CE marking obtained"),
        guards=(title_guards.title_has_not_ended, device_guards.certificate_is_issued),
        payload=(
            PayloadField(
                "certificate", "line", _("Number of the certificate"), example="CE 0000-2026-123", max_length=100
            ),
            PayloadField(
                "notified_body",
                "line",
                _("Notified body"),
                help=_("Name and number. For a class that needs none, write “self-declared”."),
                example="Organisme Exemple (0000)",
                max_length=200,
            ),
            PayloadField("certified_on", "date", _("Day of the certificate"), example=DateIn(0)),
        ),
        effects=ENDING,
        tells=EVERYBODY,
        danger=True,
        law="MDR art. 59, IVDR art. 54",
        help=_("The exemption ends today: the device is used under its CE marking from now on."),
    ),
    Transition(
        "stop_treatment",
        frozenset({"in_force"}),
        "stopped",
        by=NOBODY,
        by_procedure=TREATING,
        label=_("Declare that the treatment stopped"),
        past=_("Treatment stopped"),
        guards=(title_guards.treatment_stop_date_is_possible,),
        payload=(
            PayloadField("stopped_on", "date", _("Day the treatment stopped"), example=DateIn(0)),
            PayloadField(
                "reason",
                "choice",
                _("Reason"),
                choices=(
                    ("efficacy", _("Lack of efficacy")),
                    ("tolerance", _("Adverse effect")),
                    ("death", _("Death")),
                    ("choice", _("Patient's or doctor's choice")),
                    ("lost", _("Lost to follow-up")),
                ),
                example="efficacy",
                personal=True,
            ),
            PayloadField(
                "details",
                "text",
                _("Details"),
                required=False,
                help=_("An adverse effect must also be reported to pharmacovigilance."),
                example="Progression de la maladie.",
                personal=True,
            ),
        ),
        effects=(*ENDING, "stop_the_chain"),
        tells=(audiences.APPLICANT_SIDE, audiences.ANSM_VIGILANCE),
        danger=True,
        law="CSP R.5121-74-5",
        help=_(
            "Final, for this authorisation and for its renewals alike: a treatment that starts again needs a new "
            "request."
        ),
    ),
)

BY_TIME: Final = (
    Transition(
        "replace",
        frozenset({"in_force"}),
        "replaced",
        by=BY_SYSTEM,
        label=_("Replace by the renewal"),
        past=_("Replaced by its renewal"),
        guards=(title_guards.successor_has_started,),
        effects=ENDING,
        help=_("On the first day of the renewal that was granted, so that no day is left uncovered."),
    ),
    Transition(
        "expire",
        frozenset({"in_force", "suspended"}),
        "expired",
        by=BY_SYSTEM,
        label=_("Expire"),
        past=_("Expired"),
        guards=(
            title_guards.end_date_has_passed,
            title_guards.no_successor_takes_over,
            title_guards.no_renewal_keeps_it_in_force,
        ),
        effects=ENDING,
        letter="title_lapse",
        tells=(audiences.APPLICANT_SIDE, audiences.COMPANY, audiences.SITES),
        help=_("The day after its last day. An early access whose renewal was filed in time stays in force."),
    ),
)

TITLE: Final = Procedure(
    code="title",
    version=1,
    name=_("Authorisation granted"),
    law=("CSP L.5121-12", "CSP L.5121-12-1"),
    states=STATES,
    transitions=BY_AUTHORITY + BY_HOLDER + BY_TIME,
    initial="in_force",
)
