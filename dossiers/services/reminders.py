"""Reminders before what was granted ends: planned for all titles by one statement, true until they leave.

What is due, and for whom, is said once, in SQL: the planning inserts it, and `still_due` asks it again for one message
just before its mail leaves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _
from psycopg.types.json import Jsonb

from dossiers.paths import MEMBERS, title_path
from notifications.context import freeze
from notifications.planning import frozen, plan
from notifications.preferences import MINE, NONE, REMINDERS, TOPICS
from workflows.dates import civil_date
from workflows.registry import all_procedures
from workflows.renewals import fulfilled_by, kept_by_its_renewal
from workflows.roles import ORG_ADMIN

KIND: Final = "reminder_expiry"
NOBODY_KIND: Final = "nobody_renews"

WORDS: Final = {
    "label": _("This authorisation ends soon"),
    "todo": _("Ask for its renewal from its page, or declare there that the treatment stopped."),
    "why": _(
        "Everyone of your organisation who may ask for the renewal receives this message. You choose in your profile "
        "which reminders you receive."
    ),
}

OTHER_WORDS: Final = {
    "aap": {
        "todo": _(
            "File its renewal from its page, three months before its last day at the latest. After that only a first "
            "request is possible: prepare the continuity of treatment too."
        ),
    },
    "cpc": {
        "todo": _(
            "ANSM or whoever reported the use asks for its renewal: write to ANSM in its file whether patients still "
            "need it, and give the reports that are owed."
        ),
        "why": _(
            "Everyone of your company who may answer for this framework receives this message. You choose in your "
            "profile which reminders you receive."
        ),
    },
    "device_exemption": {
        "todo": _(
            "An exemption is not renewed: if patients still need the device, make a new request that names this one. "
            "If CE marking is obtained, declare it on its page."
        ),
        "why": _(
            "Everyone of your company who may ask for an exemption receives this message. You choose in your profile "
            "which reminders you receive."
        ),
    },
}
"""What the reminders of a procedure say differently."""

NOBODY_WORDS: Final = {
    "label": _("Nobody of your organisation may ask for the renewal of this authorisation"),
    "todo": _("Give a colleague a role that may ask for it: for a hospital, prescriber or pharmacist."),
    "why": _("Every administrator of your organisation receives this message. It cannot be refused."),
}

# The last day is `ends_on`, which an index holds for living titles. `in_force_until` differs from it only once a
# renewal has cut the title, and a title that has a renewal granted is not reminded.
_DUE: Final = """
WITH due AS MATERIALIZED (
    SELECT title.number, title.ends_on, title.dossier_id, title.procedure, band.milestone, asked_for.in_vain,
        -- Each company of a framework is told, and so is the only holder of any other title.
        COALESCE(holder.organisation_id, title.organisation_id) AS organisation_id
    FROM unnest(%(procedures)s::text[], %(first_days)s::date[], %(last_days)s::date[], %(milestones)s::integer[])
        AS band (procedure, first_day, last_day, milestone)
    JOIN dossiers_title title ON title.procedure = band.procedure AND title.state IN ('in_force', 'suspended')
        AND title.ends_on BETWEEN band.first_day AND band.last_day
    LEFT JOIN dossiers_titleholder holder ON holder.title_id = title.id
    -- Of a title that nothing continues, all that was asked for and is over was in vain: refused, withdrawn, closed, or
    -- granted and taken back. Each arms the present milestone again.
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE renewal.decided_at IS NULL) AS waiting,
            count(*) FILTER (WHERE renewal.decided_at IS NOT NULL) AS in_vain
        FROM dossiers_dossier renewal
        WHERE renewal.parent_title_id = title.id AND renewal.kind = 'renewal' AND renewal.filed_at IS NOT NULL
    ) AS asked_for
    WHERE asked_for.waiting = 0 AND NOT EXISTS (
        SELECT FROM dossiers_title successor
        WHERE successor.chain = title.chain AND successor.renewal_rank > title.renewal_rank
            -- As `models.title.TAKEN_BACK`.
            AND NOT (successor.state IN ('withdrawn', 'ceased') AND successor.in_force_until < successor.starts_on)
    ) {only}
), member AS (
    SELECT due.*, membership.person_id,
        CASE COALESCE(preference.choice, %(default)s)
            WHEN %(none)s THEN FALSE
            -- Correlated, so that PostgreSQL looks up the dossiers it must and never reads all the parties.
            WHEN %(mine)s THEN (membership.person_id IN (
                SELECT part.person_id FROM dossiers_party party
                JOIN accounts_membership part ON part.id = party.membership_id
                WHERE party.dossier_id = due.dossier_id
                UNION ALL
                SELECT dossier.created_by_id FROM dossiers_dossier dossier WHERE dossier.id = due.dossier_id
                UNION ALL
                SELECT lead.person_id FROM dossiers_dossier dossier
                JOIN accounts_membership lead ON lead.id = dossier.lead_id WHERE dossier.id = due.dossier_id
            )) IS TRUE  -- not unknown, as where nobody is said to have begun it
            ELSE TRUE
        END AS willing
    FROM due
    JOIN unnest(%(asked_in)s::text[], %(asked_roles)s::text[]) AS asked (procedure, role)
        ON asked.procedure = due.procedure
    JOIN accounts_membership membership ON membership.organisation_id = due.organisation_id
        AND membership.role = asked.role AND membership.starts_on <= %(day)s
        AND (membership.ends_on IS NULL OR membership.ends_on > %(day)s)
    JOIN accounts_person person ON person.id = membership.person_id AND person.is_active
    LEFT JOIN notifications_preference preference
        ON preference.person_id = membership.person_id AND preference.topic = %(topic)s
), nobody AS (
    -- Those who give roles are told of a title that nobody may renew.
    SELECT DISTINCT due.*, admin.person_id
    FROM due
    JOIN accounts_membership admin ON admin.organisation_id = due.organisation_id AND admin.role = %(admin)s
        AND admin.starts_on <= %(day)s AND (admin.ends_on IS NULL OR admin.ends_on > %(day)s)
    JOIN accounts_person person ON person.id = admin.person_id AND person.is_active
    WHERE NOT EXISTS (
        SELECT FROM unnest(%(asked_in)s::text[], %(asked_roles)s::text[]) AS asked (procedure, role)
        JOIN accounts_membership membership ON membership.organisation_id = due.organisation_id
            AND membership.role = asked.role AND membership.starts_on <= %(day)s
            AND (membership.ends_on IS NULL OR membership.ends_on > %(day)s)
        JOIN accounts_person renewer ON renewer.id = membership.person_id AND renewer.is_active
        WHERE asked.procedure = due.procedure
    )
), reminder AS (
    SELECT concat_ws(
            ':', told.name, number, to_char(ends_on, 'YYYY-MM-DD'), milestone, person_id, NULLIF(in_vain, 0)
        ) AS dedupe_key,
        told.kind, procedure, number, ends_on, milestone, person_id, dossier_id
    FROM (
        SELECT 'reminder' AS name, %(kind)s::text AS kind, procedure, number, ends_on, milestone, in_vain, person_id,
            dossier_id
        FROM (
            SELECT member.*, bool_or(willing) OVER (PARTITION BY number, organisation_id) AS somebody_is FROM member
        ) AS renewer
        WHERE willing OR NOT somebody_is
        UNION ALL
        SELECT 'nobody', %(nobody_kind)s, procedure, number, ends_on, milestone, in_vain, person_id, dossier_id
        FROM nobody
    ) AS told
)
"""
_ONE_TITLE: Final = "AND title.number = %(number)s"

# Most of a run was planned by the one before: looking that up costs less than building a row and failing to insert it.
# In the order of the keys, two runs at once wait for each other and never each for the other; and all is looked up
# before anything is inserted, however few messages there were.
_TO_PLAN: Final = """
SELECT dedupe_key, kind, person_id AS recipient_id, dossier_id, number AS reference,
    replace(CASE kind WHEN %(kind)s THEN %(path)s ELSE %(members)s END, '{number}', number) AS path,
    CASE kind WHEN %(kind)s THEN %(words)s -> procedure ELSE %(nobody_words)s END
        || jsonb_build_object('days', milestone, 'ends_on', jsonb_build_object('date', ends_on)) AS context
FROM (
    SELECT * FROM reminder
    WHERE NOT EXISTS (SELECT FROM notifications_outboxmessage planned WHERE planned.dedupe_key = reminder.dedupe_key)
    ORDER BY dedupe_key
) AS missing
"""
_IS_DUE: Final = "SELECT EXISTS (SELECT FROM reminder WHERE dedupe_key = %(dedupe_key)s)"


LAST_TO_FILE: Final = 90
"""The milestone of the last day to file a renewal, where the law sets one three months before the end."""
THREE_MONTHS: Final = 92
"""Days, at most. They are 89 at least, and a reminder that comes once they have begun comes too late."""


@dataclass(frozen=True)
class Band:
    """From `least` to `milestone` days left, both included, `milestone` is the current one: the smallest that is not
    smaller than the days left."""

    least: int
    milestone: int


def bands(milestones: Iterable[int]) -> Iterator[Band]:
    """The last day itself has 0 days left, and is reminded of too; after it nothing is."""
    least = 0
    for milestone in sorted(set(milestones)):
        if milestone >= 0:
            yield Band(least, milestone)
            least = milestone + 1


def milestones(procedure: str) -> list[int]:
    """`REMINDER_DAYS`, the last day to file being reminded of on its eve at the latest."""
    days = settings.REMINDER_DAYS.get(procedure, ())
    if not kept_by_its_renewal(procedure):
        return list(days)
    return [THREE_MONTHS + 1 if one == LAST_TO_FILE else one for one in days]


def plan_expiry_reminders(*, at: dt.datetime) -> int:
    """Queue what is due on the civil day of `at`: per living title its current milestone (`REMINDER_DAYS`), to every
    member in office who may ask for the renewal; where there is none, to the administrators of the organisation, who
    give roles. Returns how many messages are new.

    Safe to run twice, at once or days late: a milestone that passed meanwhile is not sent any more, the current one is.
    Somebody of two roles is told once. When everybody of a holder refused its reminders, everybody
    there receives them.
    """
    return plan(_DUE.replace("{only}", "") + _TO_PLAN, _params(civil_date(at)), at=at)


def still_due(*, number: str, dedupe_key: str, at: dt.datetime) -> bool:
    """Whether the planning of that day would queue this very message, about the title `number`."""
    params = {**_params(civil_date(at)), "number": number, "dedupe_key": dedupe_key}
    with connection.cursor() as cursor:
        cursor.execute(_DUE.replace("{only}", _ONE_TITLE) + _IS_DUE, params)
        return bool(cursor.fetchone()[0])


def _params(day: dt.date) -> dict[str, Any]:
    codes = [one.code for one in all_procedures()]
    current = [(code, band) for code in codes for band in bands(milestones(code))]
    asked = [(code, role) for code in codes for role in sorted(fulfilled_by(code))]
    return {
        "day": day,
        "procedures": [code for code, _band in current],
        "first_days": [day + dt.timedelta(days=band.least) for _code, band in current],
        "last_days": [day + dt.timedelta(days=band.milestone) for _code, band in current],
        "milestones": [band.milestone for _code, band in current],
        "asked_in": [code for code, _role in asked],
        "asked_roles": [role for _code, role in asked],
        "topic": REMINDERS,
        "default": TOPICS[REMINDERS].default,
        "mine": MINE,
        "none": NONE,
        "kind": KIND,
        "path": title_path("{number}"),
        "words": Jsonb({code: freeze({**WORDS, **OTHER_WORDS.get(code, {})}) for code in codes}),
        "nobody_kind": NOBODY_KIND,
        "admin": ORG_ADMIN,
        "members": MEMBERS,
        "nobody_words": frozen(NOBODY_WORDS),
    }
