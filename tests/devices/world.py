"""A small world for the tests of devices: an exemption in force, units and incidents told through the services."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.demo import HOSPITAL_1
from accounts.models import Organisation
from devices.models import Incident, Unit
from devices.services import incidents, units
from devices.services.incidents import Told, Where
from devices.services.units import Noted
from dossiers.demo.device_story import Exemption
from dossiers.demo.story import demo_actor
from dossiers.models import Decision, ExemptionTerms, Title
from workflows.dates import PARIS, civil_date
from workflows.device_guards import GLOBAL

MONDAY = dt.datetime(2026, 5, 4, 9, 0, tzinfo=PARIS)
DAY = dt.timedelta(days=1)
PATIENT = "REG-0417"
"""A pseudonym that no page but the hospital's own may show: looked for in every other answer."""
LOT = "L2026-07"
COMPANY = "applicant"


def granted(*, at: dt.datetime = MONDAY, company: str = COMPANY, **options: Any) -> Title:
    """An exemption in force for some weeks at `at`, whose decision fixes no number of units."""
    told = Exemption(at=at - 30 * DAY, company=company, kind=options.pop("kind", GLOBAL))
    return told.granted(**{"quantity": "Selon les besoins du site", **options}).title


def decide(title: Title, **terms: Any) -> None:
    """What the decision fixed, as its proposal said it."""
    decision = Decision.objects.filter(dossier=title.dossier_id, signed_at__isnull=False).order_by("-pk")[0]
    ExemptionTerms.objects.update_or_create(decision=decision, defaults={"sites": HOSPITAL_1, **terms})


def site(name: str = HOSPITAL_1) -> Organisation:
    return Organisation.objects.get(name=name)


def shipped(title: Title, *, at: dt.datetime = MONDAY, to: str = HOSPITAL_1, **noted: Any) -> list[Unit]:
    what = Noted(**{"lot": LOT, "count": 1, **noted})
    return units.ship(
        number=title.number, site=site(to).pk, noted=what, on=civil_date(at), actor=demo_actor(COMPANY), at=at
    )


def received(title: Title, *, at: dt.datetime = MONDAY, to: str = HOSPITAL_1, **noted: Any) -> list[Unit]:
    made = shipped(title, at=at, to=to, **noted)
    who = "pharmacist" if to == HOSPITAL_1 else "pharmacist2"
    return units.move_on(
        number=title.number,
        ranks=[one.rank for one in made],
        name="receive",
        on=civil_date(at),
        actor=demo_actor(who),
        at=at,
    )


def used(title: Title, *, at: dt.datetime = MONDAY, patient: str = PATIENT, to: str = HOSPITAL_1, **noted: Any) -> Unit:
    unit = received(title, at=at, to=to, **noted)[0]
    who = "prescriber" if to == HOSPITAL_1 else "prescriber2"
    return units.use(
        number=title.number, rank=unit.rank, on=civil_date(at), patient=patient, actor=demo_actor(who), at=at
    )


WHAT = "Rupture de la tête de vis pendant la pose, reprise dans le même temps."


def told(severity: str = "other", **more: Any) -> Told:
    return Told(**{"severity": severity, "what": WHAT, "outcome": "recovered", **more})


def incident(
    title: Title, *, login: str = "prescriber", severity: str = "other", at: dt.datetime = MONDAY, **more: Any
) -> Incident:
    by_company = login not in ("prescriber", "pharmacist", "prescriber2")
    where = Where(site=site().pk if by_company else None, lot=LOT, happened_on=civil_date(at))
    words = told(severity, **({"next_on": civil_date(at) + 20 * DAY} if by_company else {}), **more)
    return incidents.report(
        number=title.number, aware_on=civil_date(at), where=where, told=words, actor=demo_actor(login), at=at
    )
