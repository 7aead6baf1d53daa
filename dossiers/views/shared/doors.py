"""What each role finds on this site, by procedure: the foot of every home page. The main menu names what is used each
day; the rest is here, so that nothing is further than two clicks away and the menu stays short."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dossiers.policy import reads_meetings as meets_before_filing
from dossiers.views.applicant.starts import starts_for
from dossiers.views.applicant.wizard import begins as qualifies
from dossiers.views.meetings.lists import reads_meetings as meets_the_service
from workflows.registry import all_procedures
from workflows.roles import (
    ANSM_STAFF,
    AUDITOR,
    COMPANY,
    HAS_STAFF,
    HOSPITAL,
    PHARMACIST,
    PHARMACY_PREPARER,
    ROLES_BY_ORGANISATION_KIND,
)
from workflows.types import Actor, Text


@dataclass(frozen=True)
class Door:
    label: Text
    url: str


@dataclass(frozen=True)
class Service:
    """One procedure, or what is common to all, with the pages of this reader about it."""

    name: Text
    doors: tuple[Door, ...]


@dataclass(frozen=True)
class _Page:
    label: Text
    url_name: str
    opens: Callable[[Actor], bool]


def _everybody(_actor: Actor) -> bool:
    return True


_MANUFACTURER: Final = ROLES_BY_ORGANISATION_KIND[COMPANY]


def _of_company(actor: Actor) -> bool:
    """A project's people hold the same roles, and nothing is granted to it."""
    return actor.role in _MANUFACTURER and actor.organisation_kind == COMPANY


def _follows_patients(actor: Actor) -> bool:
    return _of_company(actor) or actor.role in HOSPITAL | ANSM_STAFF | HAS_STAFF | {AUDITOR}


def _follows_devices(actor: Actor) -> bool:
    return _of_company(actor) or actor.role in HOSPITAL | ANSM_STAFF | {AUDITOR}


PAGES: Final[dict[str, tuple[_Page, ...]]] = {
    "aac": (
        _Page(_("Check at the pharmacy"), "dossiers:pharmacy", lambda a: a.role in {PHARMACIST, PHARMACY_PREPARER}),
        _Page(_("Ending soon"), "dossiers:expiring", lambda a: a.role in HOSPITAL),
    ),
    "aap": (
        _Page(_("Pre-filing meetings"), "dossiers:filing_meetings", meets_before_filing),
        _Page(_("Patients followed"), "cohort:home", _follows_patients),
        _Page(_("Agenda of the sittings"), "dossiers:agenda", lambda a: a.role in HAS_STAFF),
    ),
    "cpc": (_Page(_("Prescription frameworks in force"), "register:frameworks", _everybody),),
    "device_exemption": (
        _Page(_("Units and where they are"), "devices:home", _follows_devices),
        _Page(_("Serious incidents"), "devices:vigilance", _follows_devices),
    ),
    "advice": (
        _Page(_("Meetings"), "dossiers:meetings", meets_the_service),
        _Page(_("What is my product, and of which class?"), "dossiers:wizard", qualifies),
    ),
}
FOR_ALL: Final = (
    _Page(_("Public register"), "register:list", _everybody),
    _Page(_("Times and numbers"), "register:statistics", _everybody),
    _Page(_("How each procedure works"), "dossiers:help", _everybody),
)


def services_for(actor: Actor) -> list[Service]:
    """Each procedure of which this actor has a page, in the order in which they are known. No query."""
    begun = {one.procedure: Door(_("Begin a request"), one.url) for one in starts_for(actor)}
    found = []
    for table in all_procedures():
        doors = [Door(one.label, reverse(one.url_name)) for one in PAGES.get(table.code, ()) if one.opens(actor)]
        if table.code in begun:
            doors.insert(0, begun[table.code])
        if doors:
            found.append(Service(table.name, tuple(doors)))
    everybody = tuple(Door(one.label, reverse(one.url_name)) for one in FOR_ALL)
    return [*found, Service(_("For everybody"), everybody)]
