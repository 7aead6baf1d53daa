"""One pre-filing meeting, told through the services: each step by the person whose step it is, at its own date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import FilingMeeting
from dossiers.services.filing_meetings import begin, take
from workflows.aap_guards import PRE_MA
from workflows.calendar import add_working_days
from workflows.dates import civil_date

ELEVEN: Final = dt.time(11, 0)
PLACE: Final = "Visioconférence : https://visio.example/rendez-vous"
MINUTES: Final = (
    "1. Le comparateur de l'étude pivot est recevable.\n"
    "2. L'analyse intermédiaire suffit à présumer l'efficacité ; les données de tolérance à six mois sont attendues."
)
TOO_EARLY: Final = (
    "La question porte sur le plan de développement : elle relève d'un avis scientifique. Revenez vers nous quand les "
    "résultats de la phase 2 seront disponibles."
)


def written(on: dt.date, **others: Any) -> dict[str, Any]:
    """A whole request, of days that come after the civil day `on`."""
    return {
        "product": "CLAIROVAX (DMT-402)",
        "indication": "Maladie de Stargardt de l'adulte, forme évolutive.",
        "pathway": PRE_MA,
        "files_on": on + dt.timedelta(days=90),
        "questions": "Le comparateur de l'étude pivot convient-il ?\nL'analyse intermédiaire suffit-elle ?",
        "days": [add_working_days(on, count) for count in (8, 10, 12)],
        "language": "fr",
        "mode": "online",
        "attendees": "Directrice des affaires réglementaires\nMédecin responsable du développement",
        **others,
    }


@dataclass
class Meeting:
    """A request and the day it is. Each step takes a day, but for those told on the spot."""

    at: dt.datetime
    given: Mapping[str, Any] = field(default_factory=dict)
    company: str = "applicant"
    dossier: str = ""
    reference: str = ""

    @property
    def row(self) -> FilingMeeting:
        return FilingMeeting.objects.get(reference=self.reference)

    def draft(self) -> Meeting:
        given = written(civil_date(self.at), **self.given)
        actor = demo_actor(self.company)
        self.reference = begin(given=given, dossier=self.dossier, actor=actor, at=self.at).reference
        return self

    def do(self, step: str, login: str, *, after: dt.timedelta = ONE_DAY, **given: Any) -> Meeting:
        self.at += after
        take(reference=self.reference, step=step, given=given, actor=demo_actor(login), at=self.at)
        return self

    def asked(self) -> Meeting:
        return self.draft().do("ask", self.company, after=dt.timedelta(hours=1))

    def planned(self) -> Meeting:
        self.asked()
        return self.do("plan", "has_officer", day=self.row.days[-1], starts_at=ELEVEN, place=PLACE)

    def offered(self) -> Meeting:
        days = [add_working_days(civil_date(self.at), count) for count in (14, 15)]
        return self.asked().do("offer", "has_officer", days=days, words="L'équipe n'est pas disponible avant.")

    def declined(self) -> Meeting:
        return self.asked().do("decline", "has_officer", reason=TOO_EARLY)

    def held(self) -> Meeting:
        """Planned, then held on its day, and its minutes written the day after."""
        day = self.planned().row.meets_on
        assert day is not None
        after = dt.timedelta(days=(day - civil_date(self.at)).days + 1)
        return self.do("hold", "has_officer", after=after, held_on=day, minutes=MINUTES)
