"""Who is warned of an act. Names used by `Transition.tells`; `notifications` turns each into people."""

from typing import Final

PRESCRIBER: Final = "prescriber"
PHARMACY: Final = "pharmacy"
APPLICANT_SIDE: Final = "applicant_side"
LEAD: Final = "lead"
ANSM_ASSESSORS: Final = "ansm_assessors"
ANSM_SIGNATORIES: Final = "ansm_signatories"
ANSM_VIGILANCE: Final = "ansm_vigilance"
COMPANY: Final = "company"

KNOWN_AUDIENCES: Final = {
    PRESCRIBER: "the prescriber who signed the request, else the people who wrote its draft",
    PHARMACY: "pharmacists and pharmacy preparers of the hospital that owns the file",
    APPLICANT_SIDE: "everyone of the organisation that owns the file who took part in it",
    LEAD: "once the file is filed: its officer in charge, else the assessors",
    ANSM_ASSESSORS: "the ANSM assessors, as long as nobody is in charge of the file",
    ANSM_SIGNATORIES: "the ANSM signatories whose delegation covers the procedure",
    ANSM_VIGILANCE: "the ANSM vigilance officers",
    COMPANY: "the company, when it is a party to the file",
}
"""Audience -> who it is. The person who acts is never warned of their own act."""
