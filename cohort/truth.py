"""Whether a mail about a cohort is still true when its turn comes: nobody is asked for what was done meanwhile."""

from __future__ import annotations

import datetime as dt

from accounts.models import Membership
from cohort.models import Inclusion, VigilanceNotice
from cohort.services import tell
from cohort.states import ASKED, AT_PHARMACY
from notifications.models import OutboxMessage
from notifications.truth import register_truth
from workflows.roles import ANSM


def still_at_the_pharmacy(message: OutboxMessage, at: dt.datetime) -> bool:
    return Inclusion.objects.filter(pseudonym=message.reference, state=AT_PHARMACY).exists()


def still_asked(message: OutboxMessage, at: dt.datetime) -> bool:
    return Inclusion.objects.filter(pseudonym=message.reference, state=ASKED).exists()


def not_acknowledged(message: OutboxMessage, at: dt.datetime) -> bool:
    """By the reader's side."""
    parts = message.dedupe_key.split(":")
    notices = VigilanceNotice.objects.filter(pk=int(parts[1]) if parts[1:] and parts[1].isdecimal() else 0)
    of_the_agency = Membership.objects.filter(person=message.recipient_id, organisation__kind=ANSM).exists()
    return notices.filter(**{"agency_at" if of_the_agency else "company_at": None}).exists()


def register() -> None:
    register_truth(tell.AT_PHARMACY, still_at_the_pharmacy)
    register_truth(tell.ASKED, still_asked)
    register_truth(tell.NOTICE, not_acknowledged)
