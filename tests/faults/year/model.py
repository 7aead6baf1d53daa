"""What should happen in a year, worked out on paper: no database, no clock, nothing of the code that is tested.

Days are civil days. The jobs run in the morning of each day that is not an outage; people act later the same day.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

ONE_DAY = dt.timedelta(days=1)
MILESTONES = (15, 30, 60)
ASKED = ("prescriber", "pharmacist")

Key = tuple[str, dt.date, int, int, int]
"""One reminder: number of the title, its last day, milestone, person, renewals asked for in vain before it."""


@dataclass
class Member:
    """Somebody in a hospital from `since` to the eve of `until`. `wants`: all, mine or none."""

    person: int
    hospital: int
    role: str
    since: dt.date
    until: dt.date | None = None
    wants: str = "all"

    def is_there(self, day: dt.date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


@dataclass
class Paper:
    """A title. `own`: the people who wrote, signed or sent its request."""

    number: str
    hospital: int
    starts_on: dt.date
    ends_on: dt.date
    own: frozenset[int]
    state: str = "in_force"
    suspended_until: dt.date | None = None
    renewal_waits: bool = False
    asked_in_vain: int = 0
    successor_starts_on: dt.date | None = None

    @property
    def lives(self) -> bool:
        return self.state in ("in_force", "suspended")


@dataclass
class Year:
    titles: dict[str, Paper]
    members: list[Member]
    sent: set[Key] = field(default_factory=set)
    moot: set[Key] = field(default_factory=set)
    expired: dict[str, dt.date] = field(default_factory=dict)
    replaced: dict[str, dt.date] = field(default_factory=dict)
    letters: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(kind, number of the title, or of the one that a renewal continues) -> how many."""
    _planned: set[Key] = field(default_factory=set)
    _waiting: set[Key] = field(default_factory=set)

    def morning(self, day: dt.date, *, mails_leave: bool = True) -> None:
        """All the jobs of one morning, done."""
        for title in self.titles.values():
            self._follow(title, day)
        due = self.due(day)
        self._waiting |= due - self._planned
        self._planned |= due
        if mails_leave:
            self.sent |= self._waiting & due
            self.moot |= self._waiting - due
            self._waiting = set()

    def _follow(self, title: Paper, day: dt.date) -> None:
        if title.state == "suspended" and title.suspended_until is not None and title.suspended_until < day:
            title.state, title.suspended_until = "in_force", None
        starts_on = title.successor_starts_on
        if title.state == "in_force" and starts_on is not None and starts_on <= day:
            title.state = "replaced"
            self.replaced[title.number] = day
        elif title.lives and title.ends_on < day:
            title.state = "expired"
            self.expired[title.number] = day
            self.letters["title_lapse", title.number] += 1

    def due(self, day: dt.date) -> set[Key]:
        """The reminders that are right on that day: each title's present milestone, for whoever is to be told."""
        found: set[Key] = set()
        for title in self.titles.values():
            left = (title.ends_on - day).days
            milestone = next((one for one in MILESTONES if 0 <= left <= one), None)
            if not title.lives or milestone is None or title.renewal_waits or title.successor_starts_on is not None:
                continue
            there = [
                one
                for one in self.members
                if one.hospital == title.hospital and one.role in ASKED and one.is_there(day)
            ]
            willing = [one for one in there if one.wants == "all" or (one.wants == "mine" and one.person in title.own)]
            vain = title.asked_in_vain
            found |= {(title.number, title.ends_on, milestone, one.person, vain) for one in willing or there}
        return found

    # --------------------------------------------------------------------------------------------- people's acts

    def ended(self, number: str, state: str, letter: str = "") -> None:
        self.titles[number].state = state
        self._letter(letter, number)

    def modified(self, number: str, ends_on: dt.date) -> None:
        self.titles[number].ends_on = ends_on
        self._letter("title_modification", number)

    def suspended(self, number: str, until: dt.date) -> None:
        self.titles[number].state, self.titles[number].suspended_until = "suspended", until
        self._letter("title_suspension", number)

    def renewal_filed(self, number: str) -> None:
        self.titles[number].renewal_waits = True
        self._letter("aac_receipt", number)

    def renewal_refused(self, number: str) -> None:
        self.renewal_withdrawn(number)
        self._letter("aac_refusal", number)

    def renewal_withdrawn(self, number: str) -> None:
        self.titles[number].renewal_waits = False
        self.titles[number].asked_in_vain += 1

    def renewal_granted(self, number: str, successor: Paper) -> None:
        self.titles[number].renewal_waits = False
        self.titles[number].successor_starts_on = successor.starts_on
        self.titles[successor.number] = successor
        self._letter("aac_grant", number)

    def _letter(self, kind: str, number: str) -> None:
        if kind:
            self.letters[kind, number] += 1
