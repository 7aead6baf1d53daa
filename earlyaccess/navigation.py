"""Which doors each role sees in the main menu. An entry whose page does not exist on this site is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from dossiers.policy import reads_titles
from workflows import roles
from workflows.registry import all_procedures
from workflows.types import Role, Text


@dataclass(frozen=True)
class Entry:
    label: Text
    url_name: str


@dataclass(frozen=True)
class Link:
    label: Text
    url: str
    current: bool


HOME: Final = Entry(_("Home"), "dossiers:home")
NEW: Final = Entry(_("New request"), "dossiers:new")
DOSSIERS: Final = Entry(_("Dossiers"), "dossiers:list")
TITLES: Final = Entry(_("Authorisations"), "dossiers:titles")
EXPIRING: Final = Entry(_("Ending soon"), "dossiers:expiring")
OBLIGATIONS: Final = Entry(_("Obligations"), "dossiers:obligations")
COHORT: Final = Entry(_("Patients followed"), "cohort:home")
DEVICES: Final = Entry(_("Devices"), "devices:home")
MEETINGS: Final = Entry(_("Meetings"), "dossiers:meetings")
PHARMACY: Final = Entry(_("To check"), "dossiers:pharmacy")
WORKLIST: Final = Entry(_("Worklist"), "dossiers:worklist")
AGENDA: Final = Entry(_("Agenda"), "dossiers:agenda")
CATALOGUE: Final = Entry(_("Medicines"), "catalogue:medicines")
MEMBERS: Final = Entry(_("Members"), "accounts:members")
SYSTEMS: Final = Entry(_("Systems"), "systems:clients")
REGISTER: Final = Entry(_("Public register"), "register:list")
HELP: Final = Entry(_("Help"), "dossiers:help")
# For technical staff, whatever their role, if they have one.
OPERATIONS: Final = Entry(_("Operations"), "notifications:operations")

_HOSPITAL: Final = (HOME, NEW, DOSSIERS, TITLES, EXPIRING, COHORT, DEVICES, OBLIGATIONS, REGISTER, HELP)
_PHARMACY: Final = (HOME, PHARMACY, DOSSIERS, TITLES, EXPIRING, COHORT, DEVICES, OBLIGATIONS, REGISTER, HELP)
_COMPANY: Final = (HOME, NEW, DOSSIERS, TITLES, EXPIRING, COHORT, DEVICES, OBLIGATIONS, REGISTER, HELP)
# An agency seldom begins a file itself: the foot of its home page has where.
_STAFF: Final = (HOME, WORKLIST, DOSSIERS, TITLES, EXPIRING, COHORT, OBLIGATIONS, CATALOGUE, REGISTER, HELP)
_HAS: Final = (HOME, WORKLIST, AGENDA, DOSSIERS, TITLES, EXPIRING, COHORT, OBLIGATIONS, REGISTER, HELP)
# It asks for advice; nothing is granted to it. Its people hold a company's roles all the same.
_PROJECT: Final = (HOME, NEW, DOSSIERS, MEETINGS, REGISTER, HELP)
_READER: Final = (HOME, NEW, DOSSIERS, TITLES, EXPIRING, REGISTER, HELP)
# Roles that some procedure's table lets begin a request.
_BEGINNERS: Final = frozenset().union(*(table.created_by for table in all_procedures()))
# Lists of what was granted: only for the roles that some procedure lets read it.
_OF_TITLES: Final = frozenset({TITLES, EXPIRING, OBLIGATIONS})

_DOORS: Final[dict[Role, tuple[Entry, ...]]] = {
    roles.PRESCRIBER: _HOSPITAL,
    roles.INTERN: _HOSPITAL,
    roles.PHARMACIST: _PHARMACY,
    roles.PHARMACY_PREPARER: _PHARMACY,
    roles.APPLICANT: _COMPANY,
    roles.CONTRIBUTOR: _COMPANY,
    roles.PHARMACOVIGILANCE: _COMPANY,
    roles.REPORTER: _READER,
    roles.ANSM_TRIAGE: _STAFF,
    roles.ANSM_ASSESSOR: _STAFF,
    roles.ANSM_SIGNATORY: _STAFF,
    # Vigilance follows units and incidents, and renews nothing; the others reach them by the authorisation.
    roles.ANSM_VIGILANCE: tuple(DEVICES if one is EXPIRING else one for one in _STAFF),
    roles.HAS_OFFICER: _HAS,
    roles.CT_SECRETARY: _HAS,
    roles.HAS_COLLEGE: _HAS,
    roles.MINISTRY_READER: _READER,
    roles.EXPERT: _READER,
    roles.AUDITOR: _READER,
    roles.ORG_ADMIN: (HOME, MEMBERS, SYSTEMS, REGISTER, HELP),
}
MENU: Final[dict[Role, tuple[Entry, ...]]] = {
    role: tuple(
        one
        for one in entries
        if (one not in _OF_TITLES or reads_titles(role)) and (one is not NEW or role in _BEGINNERS)
    )
    for role, entries in _DOORS.items()
}
SIGNED_OUT: Final = (HOME, Entry(_("Verify a letter"), "documents:verify"), REGISTER, HELP)


def address(url_name: str) -> str:
    """The page's address, or "" where this site has no such page."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def links_for(request: HttpRequest) -> list[Link]:
    """The main menu of this request's membership, the present page marked."""
    membership = getattr(request, "membership", None)
    if membership is not None:
        entries = MENU[membership.role]
        kind = membership.organisation.kind
        if kind == roles.PROJECT and membership.role in roles.ROLES_BY_ORGANISATION_KIND[kind]:
            entries = _PROJECT
    elif request.user.is_authenticated:
        entries = (HOME, REGISTER, HELP)
    else:
        entries = SIGNED_OUT
    if request.user.is_authenticated and request.user.is_staff:
        entries = (*entries[:-2], OPERATIONS, REGISTER, HELP)
    pages = [(entry, address(entry.url_name)) for entry in entries]
    pages = [(entry, url) for entry, url in pages if url]
    here = _current(request.path, [url for _entry, url in pages])
    return [Link(entry.label, url, url == here) for entry, url in pages]


def _current(path: str, urls: list[str]) -> str:
    """The entry whose address is the longest beginning of this page's; the home page is only itself."""
    beginnings = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
    return max(beginnings, key=len, default="")
