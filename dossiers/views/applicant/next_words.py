"""What the organisation that asks does next with a file, in each procedure and state: the same state is not examined by
the same agency everywhere. What nobody of it has to do is said too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from workflows.roles import APPLICANT, CONTRIBUTOR, REPORTER
from workflows.types import Role, Text

ALL: Final = "all"
"""Whoever has no words of their own."""

_ANSM_HAS_IT: Final = {ALL: _("Nothing to do: ANSM has it")}
_ANSM_EXAMINES: Final = {ALL: _("Nothing to do: ANSM examines it")}
_REASONS_AND_APPEALS: Final = {ALL: _("Read the letter: reasons and appeals")}
_DECISION: Final = {ALL: _("Read the decision: reasons and appeals")}
_LETTER: Final = {ALL: _("Read the letter: it says why")}
_WRITTEN: Final = {
    APPLICANT: _("Finish it, then file it"),
    CONTRIBUTOR: _("Finish it; an applicant must file it"),
}
_QUESTIONS: Final = {
    APPLICANT: _("Answer the questions"),
    CONTRIBUTOR: _("Prepare the answers; an applicant must send them"),
    ALL: _("The applicants of your company answer the questions"),
}

NEXT: Final[Mapping[str, Mapping[str, Mapping[str, Text]]]] = {
    "aap": {
        "draft": _WRITTEN,
        "filed": {ALL: _("Nothing to do: HAS checks that it is complete")},
        "incomplete": {
            APPLICANT: _("Send the missing items"),
            CONTRIBUTOR: _("Prepare the missing items; an applicant must send them"),
            ALL: _("The applicants of your company send the missing items"),
        },
        "assessment": {ALL: _("Nothing to do: HAS and ANSM examine it")},
        "info_requested": _QUESTIONS,
        "granted": {ALL: _("Read the authorisation")},
        "refused": _DECISION,
        "abandoned": {ALL: _("Make a new request if it is still needed")},
    },
    "cpc": {
        "draft": {REPORTER: _("Finish it, then send it to ANSM")},
        "reported": _ANSM_HAS_IT,
        "inadmissible": _LETTER,
        "intention_notified": {
            APPLICANT: _("Give ANSM your information"),
            CONTRIBUTOR: _("Prepare the information; an applicant must give it"),
            ALL: _("Nothing to do: ANSM asks the company for its information"),
        },
        "assessment": _ANSM_EXAMINES,
        "put_requested": {
            APPLICANT: _("Propose the protocol (PUT-SP)"),
            CONTRIBUTOR: _("Prepare the protocol (PUT-SP); an applicant must send it"),
            ALL: _("Nothing to do: ANSM asks the company for its protocol"),
        },
        "contradictory": {
            APPLICANT: _("Comment on the drafts of ANSM"),
            CONTRIBUTOR: _("Prepare the comments; an applicant must give them"),
            ALL: _("Nothing to do: the company may comment on the drafts"),
        },
        "to_sign": _ANSM_EXAMINES,
        "granted": {ALL: _("Read the framework")},
        "refused": _DECISION,
    },
    "device_exemption": {
        "draft": _WRITTEN,
        "invited": {
            APPLICANT: _("Read it, then take it over or decline"),
            CONTRIBUTOR: _("An applicant of your company takes it over"),
            ALL: _("The applicants of your company take it over"),
        },
        "received": _ANSM_HAS_IT,
        "to_complete": {
            APPLICANT: _("Send the missing pieces"),
            CONTRIBUTOR: _("Prepare the missing pieces; an applicant must send them"),
            ALL: _("The applicants of your company send the missing pieces"),
        },
        "assessment": _ANSM_EXAMINES,
        "info_requested": _QUESTIONS,
        "to_sign": _ANSM_EXAMINES,
        "granted": {ALL: _("Read where and how it may be used")},
        "refused": _REASONS_AND_APPEALS,
        "inadmissible": _REASONS_AND_APPEALS,
    },
    "advice": {
        "draft": {
            APPLICANT: _("Finish it, then send it"),
            CONTRIBUTOR: _("Finish it; an applicant must send it"),
        },
        "received": _ANSM_HAS_IT,
        "assigned": _ANSM_EXAMINES,
        "info_requested": _QUESTIONS,
        "meeting_planned": {
            APPLICANT: _("Send the briefing document, then the slides"),
            CONTRIBUTOR: _("Attach the briefing document and the slides; an applicant must send them"),
        },
        "minutes_draft": {
            APPLICANT: _("Read the minutes: agree to them, or propose another text"),
            CONTRIBUTOR: _("Read the minutes; an applicant must agree to them"),
        },
        "to_sign": _ANSM_EXAMINES,
        "answered": {ALL: _("Read the answer")},
        "redirected": {ALL: _("Read the orientation note")},
        "inadmissible": _LETTER,
    },
}


def next_words(procedure: str, state: str, role: Role) -> Text:
    """What this role does next; "" where nothing is left to do or to read."""
    words = NEXT.get(procedure, {}).get(state, {})
    return words.get(role) or words.get(ALL, "")
