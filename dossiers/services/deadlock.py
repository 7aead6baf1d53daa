"""Two acts that each hold what the other waits for: PostgreSQL ends one of them, which then only has to come again.

An act on a title locks its dossier first; one on its renewal reaches back to it, and its end reaches forward. The two
orders meet rarely, and nobody should read an error for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from django.db import OperationalError, transaction
from psycopg.errors import DeadlockDetected

T = TypeVar("T")

MOST_TRIES: Final = 4


def until_no_deadlock(act: Callable[[], T]) -> T:
    """`act` in a transaction of its own, from its beginning each time that a deadlock undid it whole.

    Raises what `act` raises, and OperationalError when the last try ended in a deadlock too.
    """
    for _try in range(MOST_TRIES - 1):
        try:
            with transaction.atomic(durable=True):
                return act()
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected):
                raise
    with transaction.atomic(durable=True):
        return act()
