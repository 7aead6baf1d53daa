"""Who is warned of an act. Names used by `Transition.tells`; `notifications` turns each into people."""

from typing import Final

PRESCRIBER: Final = "prescriber"
PHARMACY: Final = "pharmacy"
APPLICANT_SIDE: Final = "applicant_side"
LEAD: Final = "lead"
ANSM_TRIAGE: Final = "ansm_triage"
ANSM_ASSESSORS: Final = "ansm_assessors"
ANSM_SIGNATORIES: Final = "ansm_signatories"
ANSM_VIGILANCE: Final = "ansm_vigilance"
COMPANY: Final = "company"
HAS_OFFICERS: Final = "has_officers"
CT_SECRETARIES: Final = "ct_secretaries"
HAS_COLLEGE: Final = "has_college"
MINISTERS: Final = "ministers"
ANSM_BEFORE_MA: Final = "ansm_before_ma"
SITES: Final = "sites"

KNOWN_AUDIENCES: Final = {
    PRESCRIBER: "the prescriber who signed the request, else the people who wrote its draft",
    PHARMACY: "pharmacists and pharmacy preparers of the hospital that owns the file",
    APPLICANT_SIDE: "everyone of the organisation that owns the file who took part in it",
    LEAD: "once the file is filed: its officer in charge, else those who may be",
    ANSM_TRIAGE: "the ANSM triage officers, as long as nobody is in charge of the file",
    ANSM_ASSESSORS: "the ANSM assessors, as long as nobody is in charge of the file",
    ANSM_SIGNATORIES: "the ANSM signatories whose delegation covers the procedure",
    ANSM_VIGILANCE: "the ANSM vigilance officers",
    COMPANY: "the company, when it is a party to the file",
    HAS_OFFICERS: "the HAS officers, as long as none is in charge of the file",
    CT_SECRETARIES: "the secretaries of the Transparency Committee",
    HAS_COLLEGE: "those who record the decisions of the HAS College",
    MINISTERS: "the readers of the ministries",
    SITES: "the prescribers and pharmacists of the hospitals that are parties to the file without owning it",
    ANSM_BEFORE_MA: "the ANSM assessors and signatories, for a medicine without marketing authorisation",
}
"""Audience -> who it is. The person who acts is never warned of their own act."""
