"""Who is told of what happens to a device: a row of the outbox, without a word of a patient or of a report."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Organisation, Person
from devices.models import Incident, Unit
from devices.paths import incident_path, title_path
from devices.queries.sites import sites_holding, sites_named
from dossiers.models import Title
from notifications.outbox import queue
from workflows.dates import civil_date
from workflows.roles import (
    ANSM,
    ANSM_ASSESSOR,
    ANSM_VIGILANCE,
    APPLICANT,
    PHARMACIST,
    PHARMACOVIGILANCE,
    PHARMACY_PREPARER,
    PRESCRIBER,
)
from workflows.types import Actor, Text

SHIPPED: Final = "device_shipped"
OUTSIDE: Final = "device_used_outside"
BEYOND: Final = "device_beyond"
INCIDENT: Final = "device_incident"
REPORT: Final = "device_incident_report"
DUE: Final = "device_incident_due"
TITLE: Final = "device_title"

OF_THE_SITE: Final = _("Every prescriber and pharmacist of your hospital receives this message: it holds units.")
OF_A_NAMED_SITE: Final = _(
    "Every prescriber and pharmacist of your hospital receives this message: the decision names it."
)
OF_VIGILANCE: Final = _("Every ANSM vigilance officer receives this message.")
OF_THE_COMPANY: Final = _("You receive this message because your company holds this exemption.")

STOPPED: Final[dict[str, tuple[Text, Text]]] = {
    "suspended": (
        _("The exemption of a device that you hold is suspended"),
        _("Use no unit until the suspension ends: keep those in stock apart."),
    ),
    "withdrawn": (
        _("The exemption of a device that you hold is withdrawn"),
        _("Use no unit any more, and tell what became of each: returned or destroyed."),
    ),
    "ceased": (
        _("The exemption of a device that you hold has ended early"),
        _("Use no unit under this exemption any more: see with the company what becomes of the stock."),
    ),
    "expired": (
        _("The exemption of a device that you hold has expired"),
        _("Use no unit any more, and tell what became of each: returned or destroyed."),
    ),
    "in_force": (
        _("The suspension of a device that you hold is lifted"),
        _("Units in stock may be used again, until the last day of the exemption."),
    ),
}
"""State that a title enters -> what the sites that hold units are told, and what they do."""

STOPPED_WHERE_NONE_IS: Final[dict[str, tuple[Text, Text]]] = {
    "suspended": (
        _("The exemption of a device that your hospital may use is suspended"),
        _("No unit of it is noted here: use none until the suspension ends, and note those that you may have."),
    ),
    "withdrawn": (
        _("The exemption of a device that your hospital may use is withdrawn"),
        _("No unit of it is noted here: use none any more, and note those that you may have."),
    ),
    "ceased": (
        _("The exemption of a device that your hospital may use has ended early"),
        _("No unit of it is noted here: use none under this exemption any more."),
    ),
    "expired": (
        _("The exemption of a device that your hospital may use has expired"),
        _("No unit of it is noted here: use none under this exemption any more."),
    ),
    "in_force": (
        _("The suspension of a device that your hospital may use is lifted"),
        _("The device may be used again, until the last day of the exemption."),
    ),
}
"""The same, for the sites that the decision names and that hold no unit."""


def on_their_way(title: Title, site: int, actor: Actor, at: dt.datetime) -> None:
    """To the hospital, that it confirms what it receives: each shipment tells once a day."""
    queue(
        kind=SHIPPED,
        recipients=active(members(site, PHARMACIST, PHARMACY_PREPARER, PRESCRIBER), actor),
        dedupe=f"{title.pk}:{site}:{civil_date(at).isoformat()}",
        reference=title.number,
        path=title_path(title.number),
        context={
            "label": _("Units of an exempted device are on their way to your hospital"),
            "todo": _("Confirm each unit when it arrives, then note its use."),
            "why": _("Every prescriber, pharmacist and preparer of your hospital receives this message."),
        },
        at=at,
    )


def used_outside(unit: Unit, title: Title, actor: Actor, at: dt.datetime) -> None:
    agency = {title.dossier.lead.person_id} if title.dossier.lead is not None else staff(ANSM_ASSESSOR)
    queue(
        kind=OUTSIDE,
        recipients=active(staff(ANSM_VIGILANCE) | agency, actor),
        dedupe=str(unit.pk),
        reference=title.number,
        path=title_path(title.number),
        context={
            "label": _("A unit was used on a day when its exemption was not in force"),
            "todo": _("Read why, and say to the hospital what follows."),
            "why": _("You receive this message because you follow this exemption or its vigilance."),
        },
        at=at,
    )


def beyond(units: list[Unit], title: Title, actor: Actor, at: dt.datetime) -> None:
    """Units came in beyond the quantity or the sites of the decision: to ANSM, once for those noted together."""
    if not units:
        return
    agency = {title.dossier.lead.person_id} if title.dossier.lead is not None else staff(ANSM_ASSESSOR)
    if any(unit.over_quantity for unit in units):
        label = _("Units are noted beyond the quantity that the decision grants")
    else:
        label = _("Units are noted at a hospital that the decision does not name")
    queue(
        kind=BEYOND,
        recipients=active(staff(ANSM_VIGILANCE) | agency, actor),
        dedupe=str(units[0].pk),
        reference=title.number,
        path=title_path(title.number),
        context={
            "label": label,
            "todo": _("Look at these units, and say to the company and the hospital what follows."),
            "why": _("You receive this message because you follow this exemption or its vigilance."),
        },
        at=at,
    )


def reported(incident: Incident, title: Title, seq: int, actor: Actor, at: dt.datetime) -> None:
    """A report, the first or another: to ANSM's vigilance, to the company when a hospital speaks, and to the hospital
    where it happened when the company does."""
    first = seq == 1
    label = _("A serious incident of a device is reported") if first else _("A report on a serious incident is added")
    told: set[int] = set()
    sides: list[tuple[set[int], Text, Text]] = [
        (staff(ANSM_VIGILANCE), _("Read the report, then acknowledge it."), OF_VIGILANCE),
    ]
    if actor.organisation_id != title.organisation_id:
        own = _("Send your own report to ANSM before the day given.")
        sides.append((vigilance_of(title.organisation_id), own, OF_THE_COMPANY))
    if incident.site_id is not None and incident.site_id != actor.organisation_id:
        look = _("Read it, and look at the units that you hold.")
        sides.append((members(incident.site_id, PHARMACIST, PRESCRIBER), look, OF_THE_SITE))
    for people, todo, why in sides:
        there = people - told
        told |= there
        due = {"due_on": incident.awaited_on} if incident.awaited_on is not None else {}
        queue(
            kind=INCIDENT if first else REPORT,
            recipients=active(there, actor),
            dedupe=f"{incident.pk}:{seq}",
            reference=incident.reference,
            path=incident_path(title.number, incident.rank),
            context={"label": label, "todo": todo, "why": why, **due},
            at=at,
        )


def sites_of_a_title(title: Title, dedupe: str, actor: Actor, at: dt.datetime) -> int:
    """Every site that holds units, and every one that the decision names, is told that the exemption stops, ends, or
    applies again. How many messages."""
    if title.state not in STOPPED:
        return 0
    holding = _people_of(sites_holding(title))
    named = _people_of(sites_named(title)) - holding
    sent = 0
    for people, words, why in (
        (holding, STOPPED[title.state], OF_THE_SITE),
        (named, STOPPED_WHERE_NONE_IS[title.state], OF_A_NAMED_SITE),
    ):
        sent += queue(
            kind=TITLE,
            recipients=active(people, actor),
            dedupe=dedupe,
            reference=title.number,
            path=title_path(title.number),
            context={"label": words[0], "todo": words[1], "why": why, "title": title.number},
            at=at,
        )
    return sent


def _people_of(sites: QuerySet[Organisation]) -> set[int]:
    there = _in_office().filter(organisation__in=sites, role__in=(PHARMACIST, PHARMACY_PREPARER, PRESCRIBER))
    return set(there.values_list("person_id", flat=True))


def vigilance_of(company: int) -> set[int]:
    """The company's vigilance, or its applicants where it has none."""
    return members(company, PHARMACOVIGILANCE) or members(company, APPLICANT)


def members(organisation: int, *roles: str) -> set[int]:
    there = _in_office().filter(organisation=organisation, role__in=roles)
    return set(there.values_list("person_id", flat=True))


def staff(role: str) -> set[int]:
    there = _in_office().filter(organisation__kind=ANSM, role=role)
    return set(there.values_list("person_id", flat=True))


def active(people: set[int], actor: Actor | None = None) -> QuerySet[Person]:
    """These people, but for the one who acts: nobody is told of their own act."""
    acting = actor.person_id if actor is not None else None
    return Person.objects.filter(pk__in=people - ({acting} if acting is not None else set()), is_active=True)


def _in_office() -> QuerySet[Membership]:
    """Memberships that hold today: whom to tell is a question about now, not about the act."""
    return Membership.objects.open_on(civil_date(timezone.now()))
