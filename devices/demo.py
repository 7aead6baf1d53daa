"""The demonstration's units and incidents, told through the services: each act by the person whose act it is, at its
own date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from accounts.demo import HOSPITAL_1, HOSPITAL_2
from accounts.models import Membership, Organisation
from devices.exemption import exemption_of
from devices.models import Incident, Unit
from devices.policy import PROCEDURE
from devices.services import incidents, units
from devices.services.incidents import Told, Where
from devices.services.units import Noted
from dossiers.demo.story import DOMAIN, ONE_DAY, demo_actor
from dossiers.models import Title
from workflows.dates import civil_date
from workflows.roles import APPLICANT
from workflows.types import Actor

PHARMACIST: Final = {HOSPITAL_1: "pharmacist", HOSPITAL_2: "pharmacist2"}
PRESCRIBER: Final = {HOSPITAL_1: "prescriber", HOSPITAL_2: "prescriber2"}
BROKEN: Final = (
    "Rupture du dispositif pendant la pose, retiré dans le même temps opératoire ; intervention prolongée d'une heure."
)
DISCORDANT: Final = "Résultat discordant avec la méthode de référence, découvert au contrôle ; traitement différé."
ANALYSED: Final = "Dispositif conservé et renvoyé au fabricant pour analyse ; lot mis à part."


class UnitStory:
    """The units of one exemption, told act by act. `at` is the day it is."""

    def __init__(self, title: Title, *, at: dt.datetime) -> None:
        self.title, self.at = title, at

    @property
    def company(self) -> Actor:
        held = Membership.objects.filter(
            organisation=self.title.organisation, role=APPLICANT, person__email__endswith=f"@{DOMAIN}"
        )
        return demo_actor(held.order_by("pk")[0].person.email.partition("@")[0])

    def ships(self, to: str, **noted: Any) -> list[Unit]:
        site = Organisation.objects.get(name=to)
        return units.ship(
            number=self.title.number,
            site=site.pk,
            noted=Noted(**noted),
            on=civil_date(self.at),
            actor=self.company,
            at=self.at,
        )

    def receives(self, made: list[Unit], to: str) -> list[Unit]:
        return self.moves("receive", made, PHARMACIST[to])

    def moves(self, name: str, made: list[Unit], login: str) -> list[Unit]:
        ranks = [one.rank for one in made]
        actor = demo_actor(login)
        return units.move_on(
            number=self.title.number, ranks=ranks, name=name, on=civil_date(self.at), actor=actor, at=self.at
        )

    def uses(self, unit: Unit, patient: str, to: str) -> Unit:
        return units.use(
            number=self.title.number,
            rank=unit.rank,
            on=civil_date(self.at),
            patient=patient,
            actor=demo_actor(PRESCRIBER[to]),
            at=self.at,
        )

    def hospital_reports(self, unit: Unit, what: str, to: str, severity: str = "other") -> Incident:
        return incidents.report(
            number=self.title.number,
            aware_on=civil_date(self.at),
            where=Where(lot=unit.lot, serial=unit.serial, happened_on=civil_date(self.at)),
            told=Told(severity=severity, what=what, outcome="recovered", measures=ANALYSED),
            actor=demo_actor(PRESCRIBER[to]),
            at=self.at,
        )

    def company_reports(self, incident: Incident, kind: str, what: str, next_in: int = 0) -> None:
        next_on = civil_date(self.at) + next_in * ONE_DAY if next_in else None
        incidents.add_report(
            incident=incident.pk,
            kind=kind,
            told=Told(severity=incident.severity, what=what, outcome="recovered", measures=ANALYSED, next_on=next_on),
            actor=self.company,
            at=self.at,
        )


def seed(*, at: dt.datetime) -> Iterator[str]:
    """Units of each exemption of the demonstration, and incidents of some; their references.

    An exemption that has units already is left as it is, so that telling twice adds nothing.
    """
    titles = Title.objects.filter(procedure=PROCEDURE).select_related("dossier", "organisation").order_by("pk")
    for title in titles:
        if not Unit.objects.filter(title=title).exists():
            _tell(title, at)
            yield from Unit.objects.filter(title=title).order_by("rank").values_list("reference", flat=True)
            yield from Incident.objects.filter(title=title).order_by("rank").values_list("reference", flat=True)


def _tell(title: Title, at: dt.datetime) -> None:
    """From the second day of the exemption on; what its decision leaves room for."""
    begun = dt.datetime.combine(title.starts_on, dt.time(10), tzinfo=at.tzinfo)
    story = UnitStory(title, at=begun + ONE_DAY)
    last = min(at, dt.datetime.combine(title.in_force_until, dt.time(9), tzinfo=at.tzinfo))
    if story.at + 3 * ONE_DAY > last:
        return
    most = exemption_of(title).most
    if most is None or most >= 12:
        _many(story, last)
    else:
        _few(story, most)


def _few(story: UnitStory, most: int) -> None:
    """One unit used and the others in stock, as for a single patient."""
    serials = tuple(f"SN{story.title.pk:03d}{rank:02d}" for rank in range(1, min(most, 3) + 1))
    made = story.ships(HOSPITAL_1, serials=serials)
    story.at += ONE_DAY
    story.receives(made, HOSPITAL_1)
    story.at += ONE_DAY
    story.uses(made[0], "BLOC-2026-0117", HOSPITAL_1)


def _many(story: UnitStory, last: dt.datetime) -> None:
    """Two sites and two lots; an incident that the company answered, another whose report is late, if there is time."""
    first = story.ships(HOSPITAL_1, lot="L26-0412", count=6)
    elsewhere = story.ships(HOSPITAL_2, lot="L26-0412", count=2)
    story.at += ONE_DAY
    story.receives(first, HOSPITAL_1)
    story.receives(elsewhere, HOSPITAL_2)
    story.at += ONE_DAY
    story.uses(first[0], "REG-0412-01", HOSPITAL_1)
    story.uses(first[1], "REG-0412-02", HOSPITAL_1)
    story.uses(elsewhere[0], "P-2026-88", HOSPITAL_2)
    answered = story.hospital_reports(first[0], BROKEN, HOSPITAL_1)
    story.at += ONE_DAY
    story.company_reports(answered, "initial", "Signalement reçu ; analyse du dispositif en cours.", next_in=30)
    story.moves("destroy", [first[5]], PHARMACIST[HOSPITAL_1])
    if story.at + 20 * ONE_DAY > last:
        return
    story.at = last - 18 * ONE_DAY
    story.hospital_reports(elsewhere[0], DISCORDANT, HOSPITAL_2, "death")
    story.at = last - 2 * ONE_DAY
    story.ships(HOSPITAL_1, lot="L26-0519", count=3)
