"""Many messages at once: what a SELECT finds is queued by one INSERT, however many there are.

PostgreSQL makes the rows, so a run costs no memory here, and its unique key on `dedupe_key` makes a second run, a late
one or one beside it change nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from psycopg.types.json import Jsonb

from notifications.context import freeze
from notifications.outbox import poke

COLUMNS: Final = ("dedupe_key", "kind", "recipient_id", "dossier_id", "reference", "path", "context")

_INSERT: Final = """
INSERT INTO notifications_outboxmessage (
    dedupe_key, kind, recipient_id, dossier_id, reference, path, context,
    state, attempts, next_attempt_at, created_at, message_id, subject, body, last_error
)
SELECT found.dedupe_key, found.kind, found.recipient_id, found.dossier_id, found.reference, found.path, found.context,
    'pending', 0, %(at)s, %(at)s, '<' || replace(gen_random_uuid()::text, '-', '') || %(host)s || '>', '', '', ''
FROM ({select}) AS found
ON CONFLICT (dedupe_key) DO NOTHING
"""


def frozen(context: Mapping[str, Any]) -> Jsonb:
    """The labels shared by all the rows, as a parameter of the SELECT: `%(words)s || jsonb_build_object(...)`.

    Same closed list of keys as `outbox.queue`. A date of one row is `jsonb_build_object('date', day)`, cast to text by
    PostgreSQL as ISO 8601.
    """
    return Jsonb(freeze(context))


def plan(select: str, params: Mapping[str, Any], *, at: dt.datetime) -> int:
    """Queue one message per row of `select`, a SELECT of ours with named parameters; returns how many are new.

    The columns it must give are `COLUMNS`; `context` is jsonb. The worker is woken when there is something to send.
    """
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    # Only our own constant text is placed in the statement; every value is a parameter.
    statement = _INSERT.replace("{select}", select)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, {**params, "at": at, "host": f"@{host}"})
        new = cursor.rowcount
        if new:
            transaction.on_commit(poke, robust=True)
    return new
