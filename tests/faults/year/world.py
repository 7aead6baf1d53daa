"""Two thousand titles of two hospitals: two told through the services, the others copied from them by the database."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

from accounts.models import Membership, Person
from dossiers.demo.story import Cast, Story, demo_actor
from dossiers.models import Decision, Dossier, Party, Submission, Title, TitleVersion
from notifications.preferences import choose
from tests.dossiers.world import assessed
from tests.faults.year.model import ASKED, ONE_DAY, Member, Paper

CASTS = (Cast(), Cast(prescriber="prescriber2", pharmacist="pharmacist2"))
# One in ten ends within the year; the others live on, and must be left in peace.
ENDING_IN_THE_YEAR = 0.1
CHILDREN = (Submission, Party, Decision)


def tell_the_first(at: dt.datetime) -> list[Story]:
    """One granted title per hospital, by the services."""
    return [
        assessed(at=at, cast=cast).propose("grant", "Maladie grave sans alternative.", months=12).grant()
        for cast in CASTS
    ]


def copy_titles(
    first: Sequence[Story], *, number: int, start: dt.date, surely: Sequence[dt.date], chance: random.Random
) -> dict[str, Paper]:
    """`number` titles in force, those of `first` included, as papers. A copy ends five days after `start` or later; in
    each hospital one ends on each day of `surely`."""
    for hospital, told in enumerate(first):
        last_days = [start + ONE_DAY * _life(chance) for _rank in range(number // len(first) - 1 - len(surely))]
        last_days += surely
        _copy(told, [f"AAC-{start.year}-{9 + hospital}{rank:05d}" for rank in range(len(last_days))], last_days)
    homes = [told.dossier.organisation_id for told in first]
    own = [_writers(hospital) for hospital in range(len(CASTS))]
    titles = ((one, homes.index(one.organisation_id)) for one in Title.objects.order_by("pk"))
    return {one.number: _paper(one, hospital, own[hospital]) for one, hospital in titles}


def paper_of(title: Title, hospital: int) -> Paper:
    return _paper(title, hospital, _writers(hospital))


def _paper(title: Title, hospital: int, own: frozenset[int]) -> Paper:
    return Paper(title.number, hospital, title.starts_on, title.ends_on, own)


def _writers(hospital: int) -> frozenset[int]:
    cast = CASTS[hospital]
    return frozenset(demo_actor(login).person_id or 0 for login in (cast.prescriber, cast.pharmacist))


def _life(chance: random.Random) -> int:
    return chance.randrange(5, 360) if chance.random() < ENDING_IN_THE_YEAR else chance.randrange(440, 2_000)


def _copy(told: Story, names: list[str], last_days: list[dt.date]) -> None:
    dossier, title = told.dossier, told.title
    params: dict[str, Any] = {"names": names, "days": last_days, "dossier": dossier.pk, "title": title.pk}
    each = "unnest(%(names)s::text[], %(days)s::date[]) AS copy (name, day)"
    own = {"reference": "'D-' || copy.name", "filing_number": "'E-' || copy.name"}
    with connection.cursor() as cursor:
        cursor.execute(_insert(Dossier, own, "row.id = %(dossier)s", each), params)
        join = f"{each} JOIN dossiers_dossier new ON new.reference = 'D-' || copy.name"
        for model in CHILDREN:
            cursor.execute(_insert(model, {"dossier_id": "new.id"}, "row.dossier_id = %(dossier)s", join), params)
        of_title = {
            "dossier_id": "new.id",
            **dict.fromkeys(("number", "chain"), "copy.name"),
            **dict.fromkeys(("ends_on", "in_force_until"), "copy.day"),
        }
        cursor.execute(_insert(Title, of_title, "row.id = %(title)s", join), params)
        join += " JOIN dossiers_title granted ON granted.dossier_id = new.id"
        cursor.execute(_insert(TitleVersion, {"title_id": "granted.id"}, "row.title_id = %(title)s", join), params)


def _insert(model: type[Model], other: Mapping[str, str], where: str, copies: str) -> str:
    """Copies of one row, but for the columns of `other`. Our own constant text: every value is a parameter."""
    columns = [str(one.column) for one in model._meta.concrete_fields if not one.primary_key]
    values = ", ".join(other.get(column, f"row.{column}") for column in columns)
    return f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {values} FROM {model._meta.db_table} row, {copies} WHERE {where}"  # noqa: E501, S608


def members_of_both(start: dt.date) -> list[Member]:
    """The demo's own people, and colleagues who come, leave in the middle of the year, or choose what they are told."""
    found: list[Member] = []
    for hospital, cast in enumerate(CASTS):
        home = Membership.objects.get(pk=demo_actor(cast.prescriber).membership_id).organisation
        colleagues = (
            ("stays", "pharmacist", start - ONE_DAY, None, "all"),
            ("leaves", "prescriber", start - ONE_DAY, start + 120 * ONE_DAY, "all"),
            ("comes", "pharmacist", start + 200 * ONE_DAY, None, "all"),
            ("refuses", "prescriber", start - ONE_DAY, None, "none"),
        )
        for name, role, since, until, wants in colleagues:
            person = Person.objects.create_user(email=f"{name}{hospital}@demo.example", first_name=name, last_name="H")
            Membership.objects.create(person=person, organisation=home, role=role, starts_on=since, ends_on=until)
            choose(person=person, topic="reminders", choice=wants)
        own = Person.objects.get(email=f"{cast.prescriber}@demo.example")
        choose(person=own, topic="reminders", choice="mine")
        asked = Membership.objects.filter(organisation=home, role__in=ASKED).order_by("pk")
        wishes = dict(asked.values_list("person", "person__preferences__choice"))
        found += [
            Member(one.person_id, hospital, one.role, one.starts_on, one.ends_on, wishes[one.person_id] or "all")
            for one in asked
        ]
    return found
