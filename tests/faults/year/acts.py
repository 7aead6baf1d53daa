"""What people do with the titles that year: done through the services, and told to the model."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from dossiers.demo.story import Story, demo_actor
from dossiers.models import Title
from dossiers.services.move import move_title
from tests.faults.year.model import ONE_DAY, Paper, Year
from tests.faults.year.world import CASTS, paper_of
from workflows.dates import PARIS

STOPS, CUTS, SUSPENSIONS, WITHDRAWALS, ENDINGS = 25, 20, 15, 6, 6
RENEWALS = {"granted": 10, "refused": 4, "withdrawn": 4, "waiting": 4, "on the last day": 4}
EMERGENCY = {"reason": "Signal de sécurité.", "emergency": True}

Act = Callable[[dt.date], None]


@dataclass
class Agenda:
    """Which acts come on which day. No two acts are about the same title, but for the steps of one renewal."""

    year: Year
    start: dt.date
    days: int
    first: list[Story]
    chance: random.Random
    stopped: dict[dt.date, dt.date]
    """Last day of a title -> the day its treatment stops."""
    acts: dict[dt.date, list[Act]] = field(default_factory=lambda: defaultdict(list))
    renewals: dict[str, Story] = field(default_factory=dict)
    done: int = 0

    def __post_init__(self) -> None:
        end = self.start + self.days * ONE_DAY
        for title in self.year.titles.values():
            if title.ends_on in self.stopped:
                self._on(self.stopped[title.ends_on], self._stop, title)
        ending = [
            one
            for one in self.year.titles.values()
            if self.start + 25 * ONE_DAY < one.ends_on < end - ONE_DAY and one.ends_on not in self.stopped
        ]
        self.chance.shuffle(ending)
        free = iter(ending)
        for number, act in (
            (STOPS, self._stop),
            (CUTS, self._cut),
            (SUSPENSIONS, self._suspend),
            (WITHDRAWALS, self._withdraw),
            (ENDINGS, self._cease),
        ):
            for _time in range(number):
                title = next(free)
                # On the last day itself nothing is left to cut.
                self._on(self._some_day_before(title.ends_on - ONE_DAY), act, title)
        for outcome, number in RENEWALS.items():
            for _time in range(number):
                self._renewal(next(free), outcome)

    def do(self, day: dt.date) -> None:
        for act in self.acts.pop(day, []):
            act(day)
            self.done += 1

    def _on(self, day: dt.date, act: Callable[[Paper, dt.date], None], title: Paper) -> None:
        self.acts[day].append(lambda today: act(title, today))

    def _some_day_before(self, last: dt.date) -> dt.date:
        """Within the last ten weeks of the title, when its reminders are on their way."""
        soonest = max(self.start + ONE_DAY, last - 70 * ONE_DAY)
        return soonest + ONE_DAY * self.chance.randrange((last - soonest).days + 1)

    # --------------------------------------------------------------------------------------- on the title itself

    def _title(self, title: Paper, transition: str, login: str, today: dt.date, payload: dict[str, object]) -> None:
        move_title(
            number=title.number, transition=transition, actor=demo_actor(login), payload=payload, at=ten_o_clock(today)
        )

    def _stop(self, title: Paper, today: dt.date) -> None:
        payload = {"stopped_on": str(today), "reason": "efficacy"}
        self._title(title, "stop_treatment", CASTS[title.hospital].prescriber, today, payload)
        self.year.ended(title.number, "stopped")

    def _cut(self, title: Paper, today: dt.date) -> None:
        left = (title.ends_on - today).days
        ends_on = today + ONE_DAY * self.chance.randrange(1, left + 1)
        payload = {"changes": "Durée réduite.", "reason": "Réévaluation.", "ends_on": str(ends_on)}
        self._title(title, "modify", "ansm_signatory", today, payload)
        self.year.modified(title.number, ends_on)

    def _suspend(self, title: Paper, today: dt.date) -> None:
        until = today + ONE_DAY * self.chance.randrange(2, 80)
        self._title(title, "suspend", "ansm_signatory", today, {**EMERGENCY, "until": str(until)})
        self.year.suspended(title.number, until)

    def _withdraw(self, title: Paper, today: dt.date) -> None:
        self._title(title, "withdraw", "ansm_signatory", today, EMERGENCY)
        self.year.ended(title.number, "withdrawn", "title_withdrawal")

    def _cease(self, title: Paper, today: dt.date) -> None:
        self._title(title, "cease", "ansm_signatory", today, {**EMERGENCY, "cause": "safety"})
        self.year.ended(title.number, "ceased", "title_end")

    # ------------------------------------------------------------------------------------------------ renewals

    def _renewal(self, title: Paper, outcome: str) -> None:
        """Sent a while before the end; decided two days later or on the last day of all, or never in that year."""
        filed = title.ends_on - ONE_DAY * self.chance.randrange(3, 20)
        decided = title.ends_on if outcome == "on the last day" else filed + 2 * ONE_DAY
        self._on(filed, self._file, title)
        if outcome == "refused":
            self._on(decided, self._refuse, title)
        elif outcome == "withdrawn":
            self._on(decided, self._take_back, title)
        elif outcome != "waiting":
            self._on(decided, self._grant, title)

    def _file(self, title: Paper, today: dt.date) -> None:
        self.renewals[title.number] = Story(
            at=ten_o_clock(today),
            indication=self.first[title.hospital].indication,
            kind="renewal",
            cast=CASTS[title.hospital],
            parent=Title.objects.get(number=title.number),
            own_pace=False,
        )
        self.renewals[title.number].draft().sign().file()
        self.year.renewal_filed(title.number)

    def _grant(self, title: Paper, today: dt.date) -> None:
        told = self._examined(title, today).propose("grant", "Poursuite utile.", months=12).grant()
        self.year.renewal_granted(title.number, paper_of(told.title, title.hospital))

    def _refuse(self, title: Paper, today: dt.date) -> None:
        self._examined(title, today).propose("refuse", "Bénéfice non démontré.").refuse()
        self.year.renewal_refused(title.number)

    def _take_back(self, title: Paper, today: dt.date) -> None:
        told = self.renewals[title.number]
        told.at = ten_o_clock(today)
        told.do("withdraw", "prescriber", {"reason": "Le patient entre dans un essai."})
        self.year.renewal_withdrawn(title.number)

    def _examined(self, title: Paper, today: dt.date) -> Story:
        told = self.renewals[title.number]
        told.at = ten_o_clock(today)
        return told.take_up()


def ten_o_clock(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(10), tzinfo=PARIS)
