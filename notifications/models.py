"""What people are told, and whether the mail has left. PostgreSQL is the queue of record; the broker only wakes us."""

from __future__ import annotations

import uuid
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

NO_SERVER: Final = "the mail server takes no mail"
"""How `last_error` begins while a message waits for the server: it is not at fault, and loses no attempt."""


def new_message_id() -> str:
    """A Message-ID header (RFC 5322), chosen when the row is born so that a second sending is the same mail."""
    return f"<{uuid.uuid4().hex}@{urlsplit(settings.SITE_URL).hostname or 'localhost'}>"


class OutboxMessage(models.Model):
    """One message to one person: a line of their inbox, and a mail to send.

    It never holds health data: `context` carries labels and dates (see `notifications.context`), nothing typed.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("To send")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed, will be tried again")
        DEAD = "dead", _("Given up")
        MOOT = "moot", _("No longer true, not sent")

    dedupe_key = models.TextField(unique=True)
    kind = models.CharField(max_length=60)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, related_name="outbox")
    dossier = models.ForeignKey("dossiers.Dossier", models.RESTRICT, null=True, blank=True, related_name="outbox")
    reference = models.CharField(_("reference"), max_length=60)
    path = models.CharField(max_length=300)
    context = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    next_attempt_at = models.DateTimeField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=200, default=new_message_id)
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "sent", "failed", "dead", "moot"]), name="outbox_state_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="sent") | models.Q(sent_at__isnull=False), name="outbox_sent_has_a_date"
            ),
        ]
        indexes = [
            # Only what is still to send: the sweeper costs the same after ten years of sent mail.
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=models.Q(state__in=["pending", "failed"]),
                name="outbox_to_send",
            ),
            models.Index(fields=["recipient", "-created_at", "-id"], name="outbox_inbox"),
            models.Index(
                fields=["recipient"],
                condition=models.Q(read_at=None) & ~models.Q(state="moot"),
                name="outbox_unread",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class Preference(models.Model):
    """What a person wants to be told of, by topic. Without a row, the topic's default (`notifications.preferences`).

    Only for what may be refused: a notice that the law gives a person has no topic here.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="preferences")
    topic = models.CharField(max_length=40)
    choice = models.CharField(max_length=20)

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        constraints = [models.UniqueConstraint(fields=["person", "topic"], name="one_choice_per_topic")]

    def __str__(self) -> str:
        return f"{self.topic}: {self.choice}"


class CalendarFeed(models.Model):
    """A secret address at which a calendar application reads the deadlines of one membership.

    The secret itself is shown once and not kept, only its SHA-256. Revoking is for ever; another can be made.
    """

    membership = models.ForeignKey("accounts.Membership", models.PROTECT, related_name="calendar_feeds")
    secret_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["membership"], condition=models.Q(revoked_at=None), name="one_calendar_address_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"calendar of {self.membership_id}"
