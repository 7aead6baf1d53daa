"""Numbers in series, gap-free within a committed transaction."""

from django.db import connection

NEXT = """
    INSERT INTO dossiers_number (series, year, last) VALUES (%s, %s, 1)
    ON CONFLICT (series, year) DO UPDATE SET last = dossiers_number.last + 1
    RETURNING last"""


def next_number(*, series: str, year: int) -> int:
    """The next number of `series` in `year`. Holds the series' row until the transaction ends: take it last.

    In one statement: of two first comers of a year one inserts, the other waits and adds to its row.
    """
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [series, year])
        return int(cursor.fetchone()[0])


def spell(prefix: str, year: int, number: int) -> str:
    """`AAC-2026-000123`: prefix, year, six digits at least."""
    return f"{prefix}-{year}-{number:06d}"
