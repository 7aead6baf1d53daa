"""A register of many years: titles by the million, most of them over, and the members of the hospitals that hold them.

Written by PostgreSQL itself, in a handful of statements: what is measured on it is one statement over the whole, so the
rows need the right numbers, days, states and links, and nothing to read in them.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any, Final

from django.contrib.auth.hashers import make_password
from django.db import connection

from accounts.models import Membership, Organisation, Person
from benchmarks.bulk import go_on_numbering, settle, without_indexes
from dossiers.models import Dossier, Party, Title
from notifications.models import Preference
from workflows import roles

A_YEAR: Final = 60_000
HOSPITALS: Final = 900
MEMBERS: Final = {roles.PRESCRIBER: 3, roles.PHARMACIST: 2, roles.INTERN: 2}
SINCE: Final = dt.date(2021, 7, 1)
TABLES: Final = [model._meta.db_table for model in (Dossier, Title, Party)]

# One request in two of those that ended is renewed once; a third of what is alive ends within 60 days.
_CASES: Final = """
CREATE TEMPORARY TABLE bench_case AS
SELECT number, starts_on, starts_on + days - 1 AS ends_on, days, hospital,
    renewed AND starts_on + days - 1 < %(today)s + 12 AS renewed,
    number %% 11 = 0 AND NOT renewed AND starts_on + days - 1 BETWEEN %(today)s AND %(today)s + 45 AS being_renewed
FROM (
    SELECT number, %(today)s - (number::bigint * %(history)s / %(cases)s)::integer AS starts_on,
        (ARRAY[91, 182, 365])[1 + number %% 3] AS days, number %% 2 = 0 AS renewed,
        -- The hospitals at the head of the list have more of them.
        1 + floor(%(hospitals)s * power(random(), 2))::integer AS hospital
    FROM generate_series(1, %(cases)s) AS number
) AS drawn
"""
_DOSSIERS: Final = """
INSERT INTO dossiers_dossier (
    id, reference, procedure, workflow_version, kind, state, version, organisation_id, created_by_id, created_at,
    changed_at, subject, product_label, urgent, pathway, parent_title_id, filing_number, filed_at, decided_at,
    search_text
)
SELECT {id}, 'AAC-D-' || {id}, 'aac', 1, {kind}, {state}, 7, organisation.id, organisation.writer, filed_at, filed_at,
    '', 'BENCHIVEX', FALSE, '', {parent}, 'AAC-E-' || {id}, filed_at, {decided}, ''
FROM (SELECT *, {filed}::timestamptz AS filed_at FROM bench_case) AS bench_case
JOIN bench_hospital organisation ON organisation.rank = hospital
WHERE {where}
"""
_TITLES: Final = """
INSERT INTO dossiers_title (
    id, number, chain, renewal_rank, procedure, dossier_id, organisation_id, state, version, starts_on, ends_on,
    in_force_until, created_at
)
SELECT {id}, {number}, 'AAC-' || number, {rank}, 'aac', {id}, organisation.id,
    CASE WHEN {ends} >= %(today)s THEN CASE WHEN number %% 97 = 0 THEN 'suspended' ELSE 'in_force' END
        WHEN {rank} = 0 AND renewed THEN 'replaced' WHEN number %% 7 = 0 THEN 'stopped' ELSE 'expired' END,
    1, {starts}, {ends}, {ends}, {starts}::timestamptz
FROM bench_case JOIN bench_hospital organisation ON organisation.rank = hospital
WHERE {where}
"""
_FIRST: Final = {
    "id": "number",
    "kind": "'initial'",
    "state": "'granted'",
    "parent": "NULL",
    "filed": "(starts_on - 5)",
    "decided": "filed_at + interval '3 days'",
    "where": "TRUE",
    "number": "'AAC-' || number",
    "rank": "0",
    "starts": "starts_on",
    "ends": "ends_on",
}
_RENEWAL: Final = _FIRST | {
    "id": "%(cases)s + number",
    "kind": "'renewal'",
    "parent": "number",
    "filed": "(ends_on - 20)",
    "where": "renewed",
    "number": "'AAC-' || number || '-R01'",
    "rank": "1",
    "starts": "(ends_on + 1)",
    "ends": "(ends_on + days)",
}
_UNDECIDED: Final = _RENEWAL | {
    "id": "2 * %(cases)s + number",
    "state": "'assessment'",
    "filed": "(%(today)s - 3)",
    "decided": "NULL",
    "where": "being_renewed",
}
# Who signed and who sent, of what is alive: what is over is asked nothing.
_PARTIES: Final = """
INSERT INTO dossiers_party (dossier_id, organisation_id, membership_id, role, since)
SELECT DISTINCT ON (title.dossier_id, membership.role)
    title.dossier_id, membership.organisation_id, membership.id, membership.role, title.created_at
FROM dossiers_title title JOIN accounts_membership membership ON membership.organisation_id = title.organisation_id
WHERE title.ends_on >= %(today)s AND membership.role IN ('prescriber', 'pharmacist')
"""


def load(titles: int, today: dt.date) -> int:
    """Fill the database of this moment with about that many titles; returns how many."""
    _people()
    cases = math.ceil(titles / 1.45)
    params: dict[str, Any] = {
        "today": today,
        "cases": cases,
        "history": max(400, titles * 365 // A_YEAR),
        "hospitals": HOSPITALS,
    }
    with without_indexes(TABLES, lambda done, total: None), connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        for statement in (
            _CASES,
            _filled(_DOSSIERS, _FIRST),
            _filled(_TITLES, _FIRST),
            _filled(_DOSSIERS, _RENEWAL),
            _filled(_TITLES, _RENEWAL),
            _filled(_DOSSIERS, _UNDECIDED),
            _PARTIES,
        ):
            cursor.execute(statement, params)
    for table in TABLES:
        go_on_numbering(table)
    settle()
    return Title.objects.count()


def _filled(statement: str, words: dict[str, str]) -> str:
    """Our own constants in the place of their names: `{id}` and the like."""
    for name, text in words.items():
        statement = statement.replace(f"{{{name}}}", text)
    return statement


def _people() -> None:
    """Some refused their reminders, some want only their own: nowhere all of them."""
    hospitals = Organisation.objects.bulk_create(
        Organisation(kind=roles.ESTABLISHMENT, name=f"Centre Hospitalier Inventé n° {rank:03d}")
        for rank in range(HOSPITALS)
    )
    places = [(hospital, role) for hospital in hospitals for role, many in MEMBERS.items() for _nth in range(many)]
    unusable = make_password(None)
    people = Person.objects.bulk_create(
        Person(email=f"bench-{rank}@demo.example", password=unusable, first_name="Dominique", last_name=f"Bench-{rank}")
        for rank in range(len(places))
    )
    Membership.objects.bulk_create(
        Membership(person=person, organisation=hospital, role=role, starts_on=SINCE)
        for person, (hospital, role) in zip(people, places, strict=True)
    )
    chosen: dict[int, Any] = {3: "none", 8: "mine"}
    Preference.objects.bulk_create(
        Preference(person=person, topic="reminders", choice=chosen[rank % 14])
        for rank, person in enumerate(people)
        if rank % 14 in chosen
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE bench_hospital AS SELECT row_number() OVER (ORDER BY organisation_id) AS rank, "
            "organisation_id AS id, min(person_id) AS writer FROM accounts_membership GROUP BY organisation_id"
        )
