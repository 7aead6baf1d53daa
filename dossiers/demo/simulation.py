"""A stretch of the country's life, played through the services in the order of time.

Volumes are those of domain/aac-cpc.md, section 4: about 60,000 AAC a year, five products making half of them. The
shares of renewals, refusals and questions are guesses, named as such there.
"""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from catalogue.models import Indication
from dossiers.demo.story import ONE_DAY, Cast, Story, demo_actor
from dossiers.demo.texts import CASES, INITIALS, request_of
from dossiers.models import Title
from dossiers.services.title_days import follow_titles
from notifications.outbox import sweep
from workflows.dates import PARIS

AAC_A_YEAR = 60_000
SHARE_OF_RENEWALS, SHARE_OF_REFUSALS, SHARE_OF_QUESTIONS, SHARE_OF_WITHDRAWALS = 0.6, 0.03, 0.05, 0.02
CASTS = (Cast(), Cast(assessor="ansm_assessor2"), Cast(prescriber="prescriber2", pharmacist="pharmacist2"))
# First to fifth make half of the files; what the demo catalogue lets be granted.
BY_WEIGHT = {"QALSODY": 8, "TROGARZO": 5, "AMX0035": 3, "MALACEF": 1}


@dataclass
class Simulation:
    """`scale` 1 is the whole country. Same arguments on the same database: same files."""

    start: dt.date
    days: int
    scale: float
    seed: int
    told: int = 0
    _agenda: list[tuple[dt.datetime, int, Iterator[dt.datetime]]] = field(default_factory=list)
    _rank: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - invented data, no secret
        self.indications = {
            one.medicine.name: one
            for one in Indication.objects.select_related("medicine").filter(medicine__name__in=CASES).order_by("pk")
        }

    def play(self) -> Iterator[dt.date]:
        """Plays day after day and yields each day played. Acts due after the last day are left undone: work open."""
        for day in (self.start + ONE_DAY * rank for rank in range(self.days)):
            midnight = dt.datetime.combine(day, dt.time(), tzinfo=PARIS)
            follow_titles(at=midnight)
            for _file in range(self._files_of(day)):
                self._begin(midnight + dt.timedelta(minutes=self.random.randrange(8 * 60, 18 * 60)))
            self._do_until(midnight + ONE_DAY)
            while sweep(limit=1_000, at=midnight + ONE_DAY).leased:
                pass
            yield day

    def _files_of(self, day: dt.date) -> int:
        """Seven days' files over five working days; the fraction left is drawn."""
        if day.isoweekday() > 5:
            return 0
        mean = AAC_A_YEAR * self.scale / 365 * 7 / 5
        whole = int(mean)
        return whole + (self.random.random() < mean - whole)

    def _begin(self, at: dt.datetime) -> None:
        self._plan(at, self._life(self._story(at)))
        self.told += 1

    def _plan(self, at: dt.datetime, life: Iterator[dt.datetime]) -> None:
        heapq.heappush(self._agenda, (at, next(self._rank), life))

    def _do_until(self, end: dt.datetime) -> None:
        while self._agenda and self._agenda[0][0] < end:
            _at, _rank, life = heapq.heappop(self._agenda)
            following = next(life, None)
            if following is not None:
                self._plan(following, life)

    def _story(self, at: dt.datetime) -> Story:
        ending = self._title_to_renew(at) if self.random.random() < SHARE_OF_RENEWALS else None
        if ending is not None:
            first = Story(at=at, indication=ending.indication, reference=ending.dossier.reference)
            told = CASES[ending.indication.medicine.name]
            hospital = ending.organisation_id
            story = first.renewal(at, {"renewal": {"clinical_data": told.since}, "patient": {"weight_kg": "66"}})
            story.cast = next(cast for cast in CASTS if demo_actor(cast.prescriber).organisation_id == hospital)
            return story
        name = self.random.choices(list(BY_WEIGHT), weights=list(BY_WEIGHT.values()))[0]
        said = request_of(CASES[name])
        return Story(
            at=at,
            indication=self.indications[name],
            cast=self.random.choice(CASTS),
            given={
                **said,
                "medicine": {**said["medicine"], "duration_days": self.random.choice((90, 180, 365))},
                "request": {"track": "A" if name == "TROGARZO" else "B", "urgent": "no"},
                "patient": {
                    "initials": self.random.choice(INITIALS),
                    "birth_month": f"{self.random.randrange(1948, 2004)}-{self.random.randrange(1, 13):02d}",
                    "sex": self.random.choice(("F", "M")),
                    "weight_kg": str(self.random.randrange(48, 92)),
                },
            },
        )

    def _title_to_renew(self, at: dt.datetime) -> Title | None:
        day = at.date()
        ending = Title.objects.filter(
            state="in_force", ends_on__range=(day + 5 * ONE_DAY, day + 45 * ONE_DAY), renewals__isnull=True
        ).select_related("indication__medicine", "dossier")
        return ending.filter(indication__in=self.indications.values()).order_by("ends_on", "pk").first()

    def _life(self, story: Story) -> Iterator[dt.datetime]:
        """One act at each step: yields when the next one comes, and finds the story's clock set to it."""
        story.own_pace = False
        story.draft().sign()
        yield self._later(story, hours=self.random.randrange(1, 20))
        story.file()
        if story.dossier.state != "received":
            return
        yield self._later(story, days=1)
        if self.random.random() < SHARE_OF_WITHDRAWALS:
            story.do("withdraw", "prescriber", {"reason": "Le patient entre dans un essai clinique."})
            return
        story.take_up()
        yield self._later(story, days=1)
        if self.random.random() < SHARE_OF_QUESTIONS:
            told = CASES[story.indication.medicine.name]
            story.ask(told.question)
            yield self._later(story, days=2)
            story.answer(told.reply)
            yield self._later(story, days=1)
        outcome = "refuse" if self.random.random() < SHARE_OF_REFUSALS else "grant"
        story.propose(outcome, "Au vu des éléments du dossier.", months=self.random.choice((3, 6, 12)))
        yield self._later(story, hours=1)
        story.refuse() if outcome == "refuse" else story.grant()

    @staticmethod
    def _later(story: Story, **delay: int) -> dt.datetime:
        story.at += dt.timedelta(**delay)
        return story.at
