"""The meeting that a company asks of HAS before it files an early access."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from dossiers.models.dossier import Dossier
from earlyaccess.append_only import append_only
from earlyaccess.crypto import EncryptedJSONField, EncryptedTextField
from workflows.filing_meetings import BY_COMPANY, BY_HAS, state_of

WAITING = Q(asked_at__isnull=False, meets_on__isnull=True, declined_at__isnull=True, withdrawn_at__isnull=True)
"""Sent, and no day agreed on yet."""


class FilingMeeting(models.Model):
    """One request for a pre-filing meeting. It has no state of its own: `state` is read from the facts.

    `days`: those put forward now, by `days_by`. What the company plans and asks is a business secret, and `attendees`
    names persons: encrypted.
    """

    reference = models.CharField(max_length=32, unique=True)
    version = models.PositiveIntegerField(default=1)
    organisation = models.ForeignKey("accounts.Organisation", models.RESTRICT, related_name="filing_meetings")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    # Which of the company's requests came of it. A draft is its owner's alone: others learn of it once it is filed.
    dossier = models.ForeignKey(Dossier, models.RESTRICT, null=True, related_name="filing_meetings")

    medicine = models.ForeignKey("catalogue.Medicine", models.RESTRICT, null=True, related_name="+")
    product = models.CharField(max_length=300, blank=True)
    indication = EncryptedTextField(blank=True, default="")
    pathway = models.CharField(max_length=16, blank=True)
    files_on = models.DateField(null=True)
    questions = EncryptedTextField(blank=True, default="")
    language = models.CharField(max_length=2, blank=True)
    mode = models.CharField(max_length=16, blank=True)
    attendees = EncryptedTextField(blank=True, default="")

    days = ArrayField(models.DateField(), default=list)
    days_by = models.CharField(max_length=8, default=BY_COMPANY)
    asked_at = models.DateTimeField(null=True)
    meets_on = models.DateField(null=True)
    starts_at = models.TimeField(null=True)
    place = EncryptedTextField(blank=True, default="")
    held_on = models.DateField(null=True)
    minutes = EncryptedTextField(blank=True, default="")
    declined_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    reason = EncryptedTextField(blank=True, default="")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(days_by__in=(BY_COMPANY, BY_HAS)), name="meeting_days_are_of_a_side"),
            models.CheckConstraint(
                condition=Q(asked_at__isnull=False) | Q(meets_on=None, declined_at=None),
                name="meeting_is_answered_once_asked",
            ),
            models.CheckConstraint(
                condition=Q(held_on=None) | Q(meets_on__isnull=False, declined_at=None, withdrawn_at=None),
                name="meeting_held_was_planned",
            ),
            models.CheckConstraint(
                condition=Q(declined_at=None) | Q(withdrawn_at=None), name="meeting_is_over_for_one_cause"
            ),
        )
        indexes = (
            models.Index(fields=("asked_at", "id"), condition=WAITING, name="meeting_waiting"),
            models.Index(fields=("organisation", "-changed_at", "-id"), name="meeting_of_organisation"),
        )

    def __str__(self) -> str:
        return self.reference

    @property
    def state(self) -> str:
        return state_of(
            asked=self.asked_at is not None,
            days_by=self.days_by,
            meets_on=self.meets_on,
            held_on=self.held_on,
            declined=self.declined_at is not None,
            withdrawn=self.withdrawn_at is not None,
        )


class MeetingStep(models.Model):
    """What one side did, in the order in which it was done. `payload` keeps the words and the days: a later step may
    replace them on the request."""

    meeting = models.ForeignKey(FilingMeeting, models.RESTRICT, related_name="steps")
    seq = models.PositiveIntegerField()
    verb = models.CharField(max_length=16)
    at = models.DateTimeField()
    actor_role = models.CharField(max_length=32)
    actor_person = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    actor_name = models.CharField(max_length=200, blank=True)
    payload = EncryptedJSONField(default=dict)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("meeting", "seq"), name="meeting_step_seq"),)
        ordering = ("meeting", "seq")
        triggers = append_only("meeting_step")

    def __str__(self) -> str:
        return f"{self.meeting_id}#{self.seq} {self.verb}"


class MeetingKey(models.Model):
    """The idempotency key under which another system asked for a meeting: sent again, it begins no other request."""

    key = models.CharField(max_length=200)
    actor_key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    meeting = models.ForeignKey(FilingMeeting, models.RESTRICT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("actor_key", "key"), name="one_meeting_per_key"),)

    def __str__(self) -> str:
        return self.key
