"""Proof: what happened, who looked, what was answered. The database refuses to alter any of it."""

from django.conf import settings
from django.db import models

from dossiers.models.dossier import Dossier
from earlyaccess.append_only import append_only
from earlyaccess.crypto import EncryptedJSONField


class Event(models.Model):
    """One act, chained to the one before it on the same dossier by hash (`dossiers.services.log`).

    `machine` tells whether `source` and `target` are states of the dossier or of its title, or "note" for an act that
    moves nothing (a reassignment). `payload` may hold a person's words about a patient: encrypted.
    """

    dossier = models.ForeignKey(Dossier, models.RESTRICT, related_name="events")
    seq = models.PositiveIntegerField()
    machine = models.CharField(max_length=8)
    verb = models.CharField(max_length=40)
    source = models.CharField(max_length=32, blank=True)
    target = models.CharField(max_length=32, blank=True)
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    inferred = models.BooleanField(default=False)
    staff_only = models.BooleanField(default=False)
    actor_role = models.CharField(max_length=32)
    actor_person = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    actor_membership = models.ForeignKey("accounts.Membership", models.RESTRICT, null=True, related_name="+")
    actor_name = models.CharField(max_length=200, blank=True)
    actor_organisation = models.CharField(max_length=200, blank=True)
    payload = EncryptedJSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("dossier", "seq"), name="event_seq"),)
        ordering = ("dossier", "seq")
        triggers = append_only("event")

    def __str__(self) -> str:
        return f"{self.dossier_id}#{self.seq} {self.verb}"


class AccessLog(models.Model):
    """Who opened which dossier or file, when."""

    dossier = models.ForeignKey(Dossier, models.RESTRICT, related_name="accesses")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, related_name="+")
    role = models.CharField(max_length=32)
    what = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("dossier", "-at"), name="access_of_dossier"),)
        triggers = append_only("access_log")

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.what}"


class IdempotentAnswer(models.Model):
    """The answer given to an idempotency key, so that a repeated request gets the same one."""

    key = models.CharField(max_length=200)
    actor_key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    event = models.ForeignKey(Event, models.RESTRICT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("actor_key", "key"), name="one_answer_per_idempotency_key"),)

    def __str__(self) -> str:
        return self.key


class ClockFact(models.Model):
    """Something that started, stopped, resumed, extended, reset or ended a clock. Due dates are derived from these."""

    dossier = models.ForeignKey(Dossier, models.RESTRICT, related_name="clock_facts")
    act = models.CharField(max_length=12)
    at = models.DateTimeField()
    cause = models.CharField(max_length=80)
    law = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ("at", "id")
        triggers = append_only("clock_fact")

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.act}"


class Number(models.Model):
    """The last number given in a series of a year. Taken under a row lock, never by max() + 1."""

    series = models.CharField(max_length=32)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("series", "year"), name="one_counter_per_series_and_year"),)

    def __str__(self) -> str:
        return f"{self.series}-{self.year}: {self.last}"
