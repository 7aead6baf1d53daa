"""Reminders of what titles oblige to: before the day, on it, and each week it is late, climbing to the manager.

As for the end of a title (`services.reminders`), what is due and for whom is said once, in SQL: the planning inserts
it, and `still_due` asks it again for one message just before its mail leaves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _
from psycopg.types.json import Jsonb

from dossiers.models import Obligation
from dossiers.paths import title_path
from notifications.context import freeze
from notifications.planning import plan
from workflows.dates import civil_date
from workflows.registry import TITLE, all_procedures
from workflows.renewals import fulfilled_by
from workflows.roles import AGENCY_STAFF
from workflows.types import Text

KIND: Final = "reminder_obligation"
LATE_KIND: Final = "obligation_late"
Kind = Obligation.Kind
SOON: Final[dict[str, Text]] = {
    Kind.REPORT: _("Report to send"),
    Kind.NOTICE: _("Notice to give"),
    Kind.UNDERTAKING: _("Undertaking to keep"),
    Kind.CONDITION: _("Condition to meet"),
}
LATE: Final[dict[str, Text]] = {
    Kind.REPORT: _("Report late"),
    Kind.NOTICE: _("Notice late"),
    Kind.UNDERTAKING: _("Undertaking late"),
    Kind.CONDITION: _("Condition late"),
}
WORDS: Final[dict[str, dict[str, Text]]] = {
    "holder": {
        "todo": _("Do it, then say on the page of the authorisation that it is done, with its proof."),
        "why": _("Everybody of your organisation who may do it receives this message. It cannot be refused."),
    },
    "agency": {
        "todo": _("Your agency owes it: do it, then say on the page of the authorisation that it is done."),
        "why": _("You receive this message because you are in charge of this file, or may take charge of it."),
    },
    "officer": {
        "todo": _("Its holder has not said that it is done. See on its page whether to write to them or give it up."),
        "why": _("You receive this message because you are in charge of this file, or may take charge of it."),
    },
    "signatory": {
        "todo": _("It has been late for some time. See on the page of the authorisation what to do about it."),
        "why": _("Every signatory of your agency receives this message when something is late for that long."),
    },
}

# A person reached in two ways is told once: `rank` says in which words.
_DUE: Final = """
WITH due AS MATERIALIZED (
    SELECT obligation.id, obligation.kind, obligation.owed_by, obligation.due_on, title.number,
        obligation.holder_id, title.dossier_id, title.procedure, dossier.lead_id,
        CASE WHEN obligation.due_on <= %(day)s - 7 THEN -7 * ((%(day)s - obligation.due_on) / 7) ELSE (
            SELECT min(day) FROM unnest(%(milestones)s::integer[]) AS day WHERE day >= obligation.due_on - %(day)s
        ) END AS milestone
    FROM dossiers_obligation obligation
    JOIN dossiers_title title ON title.id = obligation.title_id
    JOIN dossiers_dossier dossier ON dossier.id = title.dossier_id
    WHERE obligation.state = 'open' AND obligation.due_on <= %(furthest)s {only}
), party AS (
    SELECT * FROM unnest(%(procedures)s::text[], %(parts)s::text[], %(party_roles)s::text[])
        AS party (procedure, part, role)
), member AS (
    SELECT membership.id, membership.person_id, membership.role, membership.organisation_id
    FROM accounts_membership membership
    JOIN accounts_person person ON person.id = membership.person_id AND person.is_active
    WHERE membership.role = ANY(%(roles)s) AND membership.starts_on <= %(day)s
        AND (membership.ends_on IS NULL OR membership.ends_on > %(day)s)
), told AS (
    SELECT due.id, member.person_id, 'holder' AS audience, 1 AS rank
    FROM due JOIN party ON party.procedure = due.procedure AND party.part = 'holder'
    JOIN member ON member.organisation_id = due.holder_id AND member.role = party.role
    UNION ALL
    SELECT due.id, member.person_id, CASE due.owed_by WHEN 'agency' THEN 'agency' ELSE 'officer' END, 2
    FROM due LEFT JOIN member lead ON lead.id = due.lead_id
    JOIN party ON party.procedure = due.procedure AND party.part = 'officer'
    JOIN member ON CASE WHEN lead.id IS NULL THEN member.role = party.role ELSE member.id = lead.id END
    WHERE due.owed_by = 'agency' OR due.due_on <= %(late_for_the_officer)s
    UNION ALL
    SELECT due.id, member.person_id, 'signatory', 3
    FROM due JOIN party ON party.procedure = due.procedure AND party.part = 'signatory'
    JOIN member ON member.role = party.role
    WHERE due.due_on <= %(late_for_signatories)s
)
SELECT DISTINCT ON (due.id, told.person_id)
    concat_ws(':', 'obligation', due.id, to_char(due.due_on, 'YYYY-MM-DD'), due.milestone, told.person_id)
        AS dedupe_key,
    CASE WHEN told.audience IN ('holder', 'agency') THEN %(kind)s ELSE %(late_kind)s END AS kind,
    told.person_id AS recipient_id, due.dossier_id, due.number AS reference,
    replace(%(path)s, '{number}', due.number) AS path,
    (%(words)s -> told.audience) || (CASE WHEN due.due_on < %(day)s THEN %(late)s ELSE %(soon)s END -> due.kind)
        || jsonb_build_object('due_on', jsonb_build_object('date', due.due_on)) AS context
FROM due JOIN told ON told.id = due.id
WHERE due.milestone IS NOT NULL AND (
    -- Who is recused from a file is asked for nothing under it; its officer in charge never is.
    told.audience = 'holder' OR NOT EXISTS (
        SELECT FROM dossiers_recusal recusal
        WHERE recusal.dossier_id = due.dossier_id AND recusal.person_id = told.person_id
    )
)
ORDER BY due.id, told.person_id, told.rank
"""
_OF_ONE: Final = "AND obligation.id = %(obligation)s"


def plan_obligation_reminders(*, at: dt.datetime) -> int:
    """Queue what is due on the civil day of `at`: per open obligation its current milestone, to whoever owes it, and to
    the manager once it is late by `OBLIGATION_CLIMBS_AFTER_DAYS`. Returns how many messages are new.

    The milestone is the smallest of `OBLIGATION_REMINDER_DAYS` that is not smaller than the days left; from a week late
    on, the whole weeks passed. Safe to run twice, at once or days late: what passed meanwhile is not sent any more.
    """
    return plan(_DUE.replace("{only}", ""), _params(civil_date(at)), at=at)


def still_due(*, dedupe_key: str, at: dt.datetime) -> bool:
    """Whether the planning of that day would queue this very message: not done, given up or moved, no later milestone
    reached, its reader still in office. False for a key that is not one of ours."""
    pk = dedupe_key.split(":")[1:2]
    if not pk or not pk[0].isdecimal():
        return False
    due = _DUE.replace("{only}", _OF_ONE)
    params = {**_params(civil_date(at)), "obligation": int(pk[0]), "dedupe_key": dedupe_key}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM ({due}) AS due WHERE dedupe_key = %(dedupe_key)s)", params)  # noqa: S608 - our own constant text, every value apart
        return bool(cursor.fetchone()[0])


def _params(day: dt.date) -> dict[str, Any]:
    milestones = sorted({one for one in settings.OBLIGATION_REMINDER_DAYS if one >= 0})
    officer, signatories = settings.OBLIGATION_CLIMBS_AFTER_DAYS
    parties = sorted(_parties())
    return {
        "day": day,
        "milestones": milestones,
        "furthest": day + dt.timedelta(days=max(milestones, default=0)),
        "late_for_the_officer": day - dt.timedelta(days=officer),
        "late_for_signatories": day - dt.timedelta(days=signatories),
        "procedures": [procedure for procedure, _part, _role in parties],
        "parts": [part for _procedure, part, _role in parties],
        "party_roles": [role for _procedure, _part, role in parties],
        "roles": sorted({role for _procedure, _part, role in parties} | AGENCY_STAFF),
        "kind": KIND,
        "late_kind": LATE_KIND,
        "path": title_path("{number}"),
        "words": Jsonb({audience: freeze(words) for audience, words in WORDS.items()}),
        "soon": _labels(SOON.items()),
        "late": _labels(LATE.items()),
    }


def _parties() -> Iterator[tuple[str, str, str]]:
    """(procedure, part, role): who owes under its titles, who is in charge of them, who signs for the authority."""
    for table in all_procedures():
        parts = {
            "holder": fulfilled_by(table.code),
            "officer": table.led_by,
            "signatory": TITLE.transition("withdraw").roles(table.code),
        }
        for part, holding in parts.items():
            yield from ((table.code, part, role) for role in holding)


def _labels(words: Iterable[tuple[str, Text]]) -> Jsonb:
    return Jsonb({str(kind): freeze({"label": text}) for kind, text in words})
