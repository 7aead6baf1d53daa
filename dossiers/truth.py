"""Whether a mail about a dossier is still true when its turn comes: nobody is asked for what was given meanwhile."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dossiers.models import CommentInvitation, InformationRequest
from dossiers.queries.digest import digest_of
from dossiers.services import obligation_reminders, reminders
from notifications import digest
from notifications.models import OutboxMessage
from notifications.preferences import PATH as PREFERENCES
from notifications.rendering import absolute, register_words
from notifications.truth import register_truth


def questions_still_wait(message: OutboxMessage, at: dt.datetime) -> bool:
    return InformationRequest.objects.filter(dossier=message.dossier_id, closed_at=None).exists()


def comments_still_wait(message: OutboxMessage, at: dt.datetime) -> bool:
    """An invitation that was answered, given up or overtaken by a decision invites nobody any more."""
    mine = CommentInvitation.objects.filter(title__dossier=message.dossier_id, closed_at=None, answered_at=None)
    return mine.exists()


def title_still_ends_soon(message: OutboxMessage, at: dt.datetime) -> bool:
    """No renewal was sent meanwhile, nothing ended or moved, a later reminder is not due, the person is still there."""
    return reminders.still_due(number=message.reference, dedupe_key=message.dedupe_key, at=at)


def obligation_still_owed(message: OutboxMessage, at: dt.datetime) -> bool:
    """It was not done, given up or moved, a later reminder is not due, the person is still there."""
    return obligation_reminders.still_due(dedupe_key=message.dedupe_key, at=at)


def digest_says_something(message: OutboxMessage, at: dt.datetime) -> bool:
    """It is of today, its reader is still of the agency, and something waits."""
    return digest.is_still_wanted(message, at) and bool(digest_of(message.recipient, at))


def words_of_digest(message: OutboxMessage, at: dt.datetime) -> dict[str, Any]:
    return {"lines": digest_of(message.recipient, at), "preferences": absolute(PREFERENCES)}


def register() -> None:
    register_truth(reminders.KIND, title_still_ends_soon)
    for kind in (obligation_reminders.KIND, obligation_reminders.LATE_KIND):
        register_truth(kind, obligation_still_owed)
    register_truth(digest.KIND, digest_says_something)
    register_words(digest.KIND, words_of_digest)
    register_truth("comment_invitation", comments_still_wait)
    for kind in ("request_information", "request_reminder"):
        register_truth(kind, questions_still_wait)
