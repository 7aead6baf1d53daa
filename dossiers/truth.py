"""Whether a mail about a dossier is still true when its turn comes: nobody is asked for what was given meanwhile."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.urls import reverse

from accounts.models import Membership
from dossiers.models import CommentInvitation, Dossier, Event, InformationRequest, Meeting, Obligation, Title
from dossiers.queries.digest import digest_of
from dossiers.services import filing_meeting_mails, meeting_reminders, obligation_reminders, reminders
from notifications import digest
from notifications.models import OutboxMessage
from notifications.preferences import PATH as PREFERENCES
from notifications.rendering import absolute, register_words
from notifications.truth import register_truth
from workflows.dates import civil_date
from workflows.registry import procedure

ASK_FOR_THE_NEXT_ACT: Final = ("sign", "return_to_prescriber", "file", "answer", "propose", "send_back")
ASKED_OF_THE_AGENCY: Final = ("file",)
"""Those that tell the other side a mere fact, which stays true."""


def questions_still_wait(message: OutboxMessage, at: dt.datetime) -> bool:
    return InformationRequest.objects.filter(dossier=message.dossier_id, closed_at=None).exists()


def comments_still_wait(message: OutboxMessage, at: dt.datetime) -> bool:
    """An invitation that was answered, given up or overtaken by a decision invites nobody any more."""
    asked = _number(message, 2)
    waiting = CommentInvitation.objects.filter(pk=asked, closed_at=None, answered_at=None)
    return waiting.exclude(answers__organisation__memberships__person=message.recipient_id).exists()


def file_still_waits(message: OutboxMessage, at: dt.datetime) -> bool:
    """Nobody is asked for the next act once the file has moved on, by that act or another."""
    if message.dossier_id is None or not _is_asked(message):
        return True
    moves = Event.objects.filter(dossier=message.dossier_id, machine="dossier").order_by("-seq")
    return moves.values_list("seq", flat=True).first() == _number(message, 2)


def _is_asked(message: OutboxMessage) -> bool:
    """Whether the mail asks its reader for the next act: the officers who may lead the file, of what was filed."""
    if message.kind not in ASKED_OF_THE_AGENCY or message.dossier_id is None:
        return True
    code = Dossier.objects.values_list("procedure", flat=True).get(pk=message.dossier_id)
    table = procedure(code)
    officers = table.led_by | table.assigned_by
    return Membership.objects.filter(person=message.recipient_id, role__in=officers).exists()


def dispensing_may_go_on(message: OutboxMessage, at: dt.datetime) -> bool:
    """Nobody reads that dispensing may start again once the title ended, or is suspended anew."""
    on = civil_date(at)
    return Title.objects.filter(dossier=message.dossier_id, state="in_force", in_force_until__gte=on).exists()


def obligation_is_open(message: OutboxMessage, at: dt.datetime) -> bool:
    return Obligation.objects.filter(pk=_number(message, 1), state="open").exists()


def nothing_came_since(message: OutboxMessage, at: dt.datetime) -> bool:
    """Of a pre-filing meeting one is told where it stands now, not what was asked before it was answered."""
    return filing_meeting_mails.still_last(meeting=_number(message, 1), seq=_number(message, 2))


def _number(message: OutboxMessage, place: int) -> int:
    """That part of the dedupe key, which our own `queue` wrote; 0, which nothing is called, when it is none."""
    parts = message.dedupe_key.split(":")
    return int(parts[place]) if len(parts) > place and parts[place].isdecimal() else 0


def title_still_ends_soon(message: OutboxMessage, at: dt.datetime) -> bool:
    """No renewal was sent meanwhile, nothing ended or moved, a later reminder is not due, the person is still there."""
    return reminders.still_due(number=message.reference, dedupe_key=message.dedupe_key, at=at)


def obligation_still_owed(message: OutboxMessage, at: dt.datetime) -> bool:
    """It was not done, given up or moved, a later reminder is not due, the person is still there."""
    return obligation_reminders.still_due(dedupe_key=message.dedupe_key, at=at)


def piece_is_still_awaited(message: OutboxMessage, at: dt.datetime) -> bool:
    """It was not sent, the meeting neither moved nor given up, a later reminder is not due."""
    dossier = message.dossier_id
    return dossier is not None and meeting_reminders.still_due(dossier=dossier, key=message.dedupe_key, at=at)


def digest_says_something(message: OutboxMessage, at: dt.datetime) -> bool:
    """It is of today, its reader is still of the agency, and something waits."""
    return digest.is_still_wanted(message, at) and bool(digest_of(message.recipient, at))


def words_of_digest(message: OutboxMessage, at: dt.datetime) -> dict[str, Any]:
    return {"lines": digest_of(message.recipient, at), "preferences": absolute(PREFERENCES)}


def words_of_meeting(message: OutboxMessage, at: dt.datetime) -> dict[str, Any]:
    """Where the calendar file is, once a meeting is planned, or given up with its request: an address alone, which asks
    who reads it."""
    found = Meeting.objects.filter(dossier=message.dossier_id, held_on=None)
    reference = found.values_list("dossier__reference", flat=True).first()
    return {"calendar": absolute(reverse("dossiers:meeting_ics", args=[reference]))} if reference else {}


def register() -> None:
    for kind in (reminders.KIND, reminders.NOBODY_KIND):
        register_truth(kind, title_still_ends_soon)
    for kind in ASK_FOR_THE_NEXT_ACT:
        register_truth(kind, file_still_waits)
    register_truth("reinstate", dispensing_may_go_on)
    for kind in ("obligation_added", "obligation_reopened"):
        register_truth(kind, obligation_is_open)
    for kind in (obligation_reminders.KIND, obligation_reminders.LATE_KIND):
        register_truth(kind, obligation_still_owed)
    register_truth(meeting_reminders.KIND, piece_is_still_awaited)
    for kind in ("plan_meeting", "withdraw"):
        register_words(kind, words_of_meeting)
    register_truth(digest.KIND, digest_says_something)
    register_words(digest.KIND, words_of_digest)
    register_truth("comment_invitation", comments_still_wait)
    register_truth(filing_meeting_mails.KIND, nothing_came_since)
    for kind in ("request_information", "request_reminder"):
        register_truth(kind, questions_still_wait)
