"""Between two tests that commit, the database is emptied: Django's TRUNCATE of every table makes new files for each,
and costs 0.3 s whatever they hold; here only the rows that are there are deleted."""

from functools import cache
from typing import Any

import pgtrigger
from django.db import connection, transaction

# Made by the migrations, and read by tests only.
KEPT = frozenset({"django_content_type", "auth_permission"})


@cache
def _tables() -> list[str]:
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return sorted(connection.ops.quote_name(name) for name in names if name not in KEPT)


def empty_the_tables(_test: Any = None) -> None:
    """Every row of our tables goes, the append-only ones included: their triggers are set aside, here alone.

    The locks wait for the acts still going on (threads, a live server), whose rows would come after.
    """
    with pgtrigger.ignore(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(_tables())} IN EXCLUSIVE MODE")
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in _tables()))  # noqa: S608
        for (name,) in cursor.fetchall():  # in any order: foreign keys are checked when all is gone
            cursor.execute(f"DELETE FROM {name}")  # noqa: S608
