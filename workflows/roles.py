"""Role codes: who a person is when they act. Fixed by the workflow contract (URLs, API, events, imports use them)."""

from typing import Final

from django.utils.translation import gettext_lazy as _

PRESCRIBER: Final = "prescriber"
INTERN: Final = "intern"
PHARMACIST: Final = "pharmacist"
PHARMACY_PREPARER: Final = "pharmacy_preparer"
APPLICANT: Final = "applicant"
CONTRIBUTOR: Final = "contributor"
PHARMACOVIGILANCE: Final = "pharmacovigilance"
REPORTER: Final = "reporter"
ANSM_TRIAGE: Final = "ansm_triage"
ANSM_ASSESSOR: Final = "ansm_assessor"
ANSM_SIGNATORY: Final = "ansm_signatory"
ANSM_VIGILANCE: Final = "ansm_vigilance"
HAS_OFFICER: Final = "has_officer"
CT_SECRETARY: Final = "ct_secretary"
HAS_COLLEGE: Final = "has_college"
MINISTRY_READER: Final = "ministry_reader"
EXPERT: Final = "expert"
AUDITOR: Final = "auditor"
ORG_ADMIN: Final = "org_admin"
SYSTEM: Final = "system"

ESTABLISHMENT: Final = "establishment"
COMPANY: Final = "company"
PROJECT: Final = "project"
REPORTING_BODY: Final = "reporter"
ANSM: Final = "ansm"
HAS: Final = "has"
MINISTRY: Final = "ministry"

# Organisation kind -> roles its members may hold. `expert`, `auditor` and `org_admin` may sit anywhere.
ANYWHERE: Final = frozenset({EXPERT, AUDITOR, ORG_ADMIN})
ROLES_BY_ORGANISATION_KIND: Final = {
    ESTABLISHMENT: frozenset({PRESCRIBER, INTERN, PHARMACIST, PHARMACY_PREPARER}),
    COMPANY: frozenset({APPLICANT, CONTRIBUTOR, PHARMACOVIGILANCE}),
    PROJECT: frozenset({APPLICANT, CONTRIBUTOR}),
    REPORTING_BODY: frozenset({REPORTER}),
    ANSM: frozenset({ANSM_TRIAGE, ANSM_ASSESSOR, ANSM_SIGNATORY, ANSM_VIGILANCE}),
    HAS: frozenset({HAS_OFFICER, CT_SECRETARY, HAS_COLLEGE}),
    MINISTRY: frozenset({MINISTRY_READER}),
}

HOSPITAL: Final = ROLES_BY_ORGANISATION_KIND[ESTABLISHMENT]
ANSM_STAFF: Final = ROLES_BY_ORGANISATION_KIND[ANSM]
HAS_STAFF: Final = ROLES_BY_ORGANISATION_KIND[HAS]
# Staff see every filed dossier of the procedures whose table lets their role read it; everyone else
# sees only what belongs to their own organisation or names it as a party.
AGENCY_STAFF: Final = ANSM_STAFF | HAS_STAFF | frozenset({MINISTRY_READER})

LABELS: Final = {
    PRESCRIBER: _("Prescriber"),
    INTERN: _("Intern"),
    PHARMACIST: _("Hospital pharmacist"),
    PHARMACY_PREPARER: _("Pharmacy preparer"),
    APPLICANT: _("Applicant"),
    CONTRIBUTOR: _("Contributor"),
    PHARMACOVIGILANCE: _("Pharmacovigilance officer"),
    REPORTER: _("Reporter"),
    ANSM_TRIAGE: _("ANSM triage"),
    ANSM_ASSESSOR: _("ANSM assessor"),
    ANSM_SIGNATORY: _("ANSM signatory"),
    ANSM_VIGILANCE: _("ANSM vigilance"),
    HAS_OFFICER: _("HAS officer"),
    CT_SECRETARY: _("Transparency Committee secretary"),
    HAS_COLLEGE: _("HAS College"),
    MINISTRY_READER: _("Ministry reader"),
    EXPERT: _("Expert"),
    AUDITOR: _("Auditor"),
    ORG_ADMIN: _("Organisation administrator"),
    SYSTEM: _("Automatic"),
}
ALL: Final = frozenset(LABELS) - {SYSTEM}
