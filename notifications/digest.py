"""The summary of the day: one message per member of an agency each working day. Its words are those of its sending."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.utils.translation import gettext_lazy as _

from notifications.models import OutboxMessage
from notifications.planning import frozen, plan
from notifications.preferences import DIGEST, OFF, TOPICS, choice_of
from workflows.calendar import is_working_day
from workflows.dates import PARIS, civil_date
from workflows.roles import ANSM, ANSM_STAFF, HAS, HAS_STAFF

KIND: Final = "digest"
FROM_HOUR: Final = 7
"""In Paris. A day on which the site was down at that hour has its digest when it is up again."""

_READERS: Final = """
SELECT DISTINCT
    concat_ws(':', 'digest', to_char(%(day)s, 'YYYY-MM-DD'), person.id) AS dedupe_key,
    %(kind)s AS kind, person.id AS recipient_id, NULL::bigint AS dossier_id,
    to_char(%(day)s, 'YYYY-MM-DD') AS reference, '/' AS path, %(words)s AS context
FROM accounts_membership membership
JOIN accounts_organisation organisation
    ON organisation.id = membership.organisation_id AND organisation.kind = ANY(%(agencies)s)
JOIN accounts_person person ON person.id = membership.person_id AND person.is_active
LEFT JOIN notifications_preference preference ON preference.person_id = person.id AND preference.topic = %(topic)s
WHERE membership.role = ANY(%(roles)s) AND membership.starts_on <= %(day)s
    AND (membership.ends_on IS NULL OR membership.ends_on > %(day)s)
    AND COALESCE(preference.choice, %(default)s) <> %(off)s
"""


def plan_digests(*, at: dt.datetime) -> int:
    """Queue the digest of the working day that `at` is in, from 7 in the morning on (Paris). Returns how many are new.

    Neither on Saturdays and Sundays nor on public holidays. Safe to run twice, at once or hours late.
    """
    day = civil_date(at)
    if at.astimezone(PARIS).hour < FROM_HOUR or not is_working_day(day):
        return 0
    params = {
        "day": day,
        "kind": KIND,
        "agencies": [ANSM, HAS],
        "roles": sorted(ANSM_STAFF | HAS_STAFF),
        "topic": DIGEST,
        "default": TOPICS[DIGEST].default,
        "off": OFF,
        "words": frozen({"label": _("Summary of the day"), "on": day}),
    }
    return plan(_READERS, params, at=at)


def is_still_wanted(message: OutboxMessage, at: dt.datetime) -> bool:
    """A digest that could not leave on its day is not sent on another, nor one refused meanwhile."""
    is_of_the_day = message.reference == civil_date(at).isoformat()
    return is_of_the_day and choice_of(message.recipient, DIGEST) != OFF
