"""The reminders of small random worlds, compared with a model that knows no SQL."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Membership, Organisation, Person
from dossiers.models import Dossier, Party, Title
from dossiers.services.reminders import plan_expiry_reminders, still_due
from notifications.models import OutboxMessage, Preference
from workflows import roles
from workflows.dates import PARIS

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 3, 20)  # the clock changes nine days later
MILESTONES = (60, 30, 15)
ORGANISATIONS, PEOPLE = 2, 4
_numbers = itertools.count(1)
# Each example undoes what it wrote; a machine that is busy elsewhere is no failure.
BUSY = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@dataclass(frozen=True)
class Member:
    person: int
    organisation: int
    role: str
    starts: int
    ends: int | None


@dataclass(frozen=True)
class Asked:
    """A renewal: begun, filed, or decided."""

    filed: bool
    decided: bool


@dataclass(frozen=True)
class Granted:
    organisation: int
    state: str
    ends: int
    continued: bool
    renewals: tuple[Asked, ...]
    creator: int | None
    parties: frozenset[int]
    lead: int | None


@dataclass(frozen=True)
class World:
    members: tuple[Member, ...]
    inactive: frozenset[int]
    choices: dict[int, str]
    titles: tuple[Granted, ...]
    days: tuple[int, ...]


person = st.integers(0, PEOPLE - 1)
organisation = st.integers(0, ORGANISATIONS - 1)
# Around what matters: a day either side of each milestone, and of the last day.
left = st.sampled_from([-1, 0, 1, 14, 15, 16, 29, 30, 31, 59, 60, 61]) | st.integers(-3, 70)
members = st.builds(
    Member,
    person,
    organisation,
    st.sampled_from([roles.PRESCRIBER, roles.PHARMACIST, roles.INTERN, roles.ORG_ADMIN]),
    st.sampled_from([-400, 0, 1, 20]),
    st.sampled_from([None, None, None, 0, 1, 20]),
)
renewals = st.builds(Asked, st.booleans(), st.booleans()).filter(lambda one: one.filed or not one.decided)
titles = st.builds(
    Granted,
    organisation,
    st.sampled_from(["in_force", "in_force", "in_force", "suspended", "expired", "stopped"]),
    left,
    st.sampled_from([False, False, False, True]),
    st.lists(renewals, max_size=2).map(tuple),
    st.none() | person,
    st.frozensets(person, max_size=2),
    st.none() | person,
)
worlds = st.builds(
    World,
    st.lists(members, min_size=1, max_size=7, unique_by=lambda one: (one.person, one.organisation, one.role)).map(
        lambda found: tuple(one for one in found if one.ends is None or one.ends >= one.starts)
    ),
    st.frozensets(person, max_size=1),
    st.fixed_dictionaries({rank: st.sampled_from(["all", "mine", "none"]) for rank in range(PEOPLE)}),
    st.lists(titles, min_size=1, max_size=4).map(tuple),
    st.lists(st.integers(0, 65), min_size=1, max_size=4).map(lambda days: tuple(sorted(days))),
)


def expected(world: World, day: int) -> set[tuple[str, int, int, int]]:
    """(name, rank of the title, milestone, person) of what is due that many days after DAY."""
    found = set()
    for rank, title in enumerate(world.titles):
        days_left = title.ends - day
        is_asked = any(one.filed and not one.decided for one in title.renewals)
        if title.state not in {"in_force", "suspended"} or title.continued or is_asked or days_left < 0:
            continue
        current = min((one for one in MILESTONES if one >= days_left), default=None)
        if current is None:
            continue
        there = {
            (one.role, one.person)
            for one in world.members
            if one.organisation == title.organisation
            and one.starts <= day
            and (one.ends is None or day < one.ends)
            and one.person not in world.inactive
        }
        may_renew = {one for role, one in there if role in {roles.PRESCRIBER, roles.PHARMACIST}}
        if not may_renew:
            found |= {("nobody", rank, current, one) for role, one in there if role == roles.ORG_ADMIN}
        part = title.parties | {title.creator, title.lead}
        choice = {one: world.choices.get(one, "all") for one in may_renew}
        willing = {one for one in may_renew if choice[one] == "all" or (choice[one] == "mine" and one in part)}
        found |= {("reminder", rank, current, one) for one in willing or may_renew}
    return found


class Written:
    """The world in the database, and the way back from a key to the model's terms."""

    def __init__(self, world: World) -> None:
        self.world = world
        nth = next(_numbers)
        self.organisations = [Organisation.objects.create(kind="establishment", name=f"H{rank}") for rank in range(2)]
        self.people = [
            Person.objects.create(email=f"p{rank}-{nth}@x.example", is_active=rank not in world.inactive)
            for rank in range(PEOPLE)
        ]
        for member in world.members:
            self._member(
                member.person, self.organisations[member.organisation], member.role, member.starts, member.ends
            )
        for rank, choice in world.choices.items():
            Preference.objects.create(person=self.people[rank], topic="reminders", choice=choice)
        # Who takes part does so under a membership of elsewhere, which gives no reminder by itself.
        elsewhere = Organisation.objects.create(kind="establishment", name="Ailleurs")
        self.parts = [self._member(rank, elsewhere, roles.INTERN, -400, None) for rank in range(PEOPLE)]
        self.titles = [self._title(rank, title) for rank, title in enumerate(world.titles)]

    def _member(self, rank: int, place: Organisation, role: str, starts: int, ends: int | None) -> Membership:
        return Membership.objects.create(
            person=self.people[rank],
            organisation=place,
            role=role,
            starts_on=DAY + dt.timedelta(starts),
            ends_on=None if ends is None else DAY + dt.timedelta(ends),
        )

    def _dossier(self, title: Granted, state: str, *, filed: bool, decided: bool, **fields: Any) -> Dossier:
        nth = next(_numbers)
        at = dt.datetime(2026, 1, 1, tzinfo=PARIS)
        return Dossier.objects.create(
            reference=f"D-{nth}",
            procedure="aac",
            workflow_version=1,
            kind="renewal" if "parent_title" in fields else "initial",
            state=state,
            organisation=self.organisations[title.organisation],
            created_at=at,
            changed_at=at,
            filing_number=f"E-{nth}" if filed else None,
            filed_at=at if filed else None,
            decided_at=at if decided else None,
            **fields,
        )

    def _title(self, rank: int, title: Granted) -> Title:
        creator = None if title.creator is None else self.people[title.creator]
        lead = None if title.lead is None else self.parts[title.lead]
        dossier = self._dossier(title, "granted", filed=True, decided=True, created_by=creator, lead=lead)
        for place, one in enumerate(sorted(title.parties)):
            role = (roles.PRESCRIBER, roles.PHARMACIST)[place]
            Party.objects.create(
                dossier=dossier,
                organisation=self.parts[one].organisation,
                membership=self.parts[one],
                role=role,
                since=dossier.created_at,
            )
        chain = f"T-{next(_numbers)}"
        ends_on = DAY + dt.timedelta(title.ends)
        written = self._granted(dossier, chain, 0, title.state, ends_on - dt.timedelta(90), ends_on)
        for one in title.renewals:
            state = "refused" if one.decided else "assessment" if one.filed else "draft"
            self._dossier(title, state, filed=one.filed, decided=one.decided, parent_title=written)
        if title.continued:
            renewal = self._dossier(title, "granted", filed=True, decided=True, parent_title=written)
            starts_on = ends_on + dt.timedelta(1)
            # Ended already, so that only its being there counts.
            self._granted(renewal, chain, 1, "withdrawn", starts_on, starts_on + dt.timedelta(30))
        return written

    def _granted(
        self, dossier: Dossier, chain: str, rank: int, state: str, starts_on: dt.date, ends_on: dt.date
    ) -> Title:
        return Title.objects.create(
            number=f"{chain}-R{rank}",
            chain=chain,
            renewal_rank=rank,
            procedure="aac",
            dossier=dossier,
            organisation=dossier.organisation,
            state=state,
            starts_on=starts_on,
            ends_on=ends_on,
            in_force_until=ends_on,
            created_at=dossier.created_at,
        )

    def key(self, name: str, rank: int, milestone: int, someone: int) -> str:
        title = self.titles[rank]
        in_vain = sum(one.decided for one in self.world.titles[rank].renewals)
        key = f"{name}:{title.number}:{title.ends_on.isoformat()}:{milestone}:{self.people[someone].pk}"
        return f"{key}:{in_vain}" if in_vain else key

    def keys(self, day: int) -> set[str]:
        return {self.key(*one) for one in expected(self.world, day)}


def noon(day: int) -> dt.datetime:
    return dt.datetime.combine(DAY + dt.timedelta(day), dt.time(12), tzinfo=PARIS)


def planned() -> set[str]:
    return set(OutboxMessage.objects.values_list("dedupe_key", flat=True))


@given(world=worlds)
@settings(max_examples=40, deadline=None, suppress_health_check=BUSY)
def test_what_is_planned_is_what_the_model_says(db, world):
    with transaction.atomic():
        written = Written(world)
        so_far: set[str] = set()
        for day in world.days:
            due = written.keys(day)
            assert plan_expiry_reminders(at=noon(day)) == len(due - so_far)
            so_far |= due
            assert planned() == so_far
            assert plan_expiry_reminders(at=noon(day)) == 0
        last = written.keys(world.days[-1])
        for message in OutboxMessage.objects.all():
            is_due = still_due(number=message.reference, dedupe_key=message.dedupe_key, at=noon(world.days[-1]))
            assert is_due == (message.dedupe_key in last)
        transaction.set_rollback(True)
