"""What surrounds a granted device exemption: each unit where it is, and each serious incident.

A unit belongs to no patient here: `patient` is the hospital's own pseudonym, encrypted, which only its site reads.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from devices.states import STATES
from dossiers.models import Title
from earlyaccess.append_only import append_only
from earlyaccess.crypto import EncryptedJSONField, EncryptedTextField
from workflows.incidents import SEVERITIES


class Side(models.TextChoices):
    COMPANY = "company", _("Company")
    HOSPITAL = "hospital", _("Hospital")


class Unit(models.Model):
    """One unit of an exempted device at one site. `state` moves only through `devices.services.step`.

    `lot` and `serial` are as `workflows.identifiers.lot` compares them; one of the two is given. `deviation`: why it
    was used on a day when the exemption was not in force, in the hospital's words, which ANSM reads. `over_quantity`:
    when it came in, the quantity of the decision was reached; `off_site`: the decision named other hospitals.
    """

    title = models.ForeignKey(Title, models.RESTRICT, related_name="units")
    rank = models.PositiveIntegerField()
    reference = models.CharField(max_length=56, unique=True)
    site = models.ForeignKey("accounts.Organisation", models.RESTRICT, related_name="device_units")
    state = models.CharField(max_length=16)
    version = models.PositiveIntegerField(default=1)
    lot = models.CharField(max_length=40, blank=True)
    serial = models.CharField(max_length=40, blank=True)
    udi_di = models.CharField(max_length=40, blank=True)
    shipped_on = models.DateField(null=True)
    received_on = models.DateField(null=True)
    used_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    patient = EncryptedTextField(blank=True, default="")
    deviation = EncryptedTextField(blank=True, default="")
    over_quantity = models.BooleanField(default=False)
    off_site = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("title", "rank"), name="device_unit_rank"),
            models.UniqueConstraint(
                fields=("title", "udi_di", "serial"),
                condition=~Q(serial="") & ~Q(state="cancelled"),
                name="device_unit_one_per_serial",
            ),
            models.CheckConstraint(condition=Q(state__in=sorted(STATES)), name="device_unit_state_known"),
            models.CheckConstraint(condition=~Q(lot="") | ~Q(serial=""), name="device_unit_is_told_from_others"),
            models.CheckConstraint(
                condition=~Q(state__in=("used", "explanted")) | Q(used_on__isnull=False),
                name="device_unit_used_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(used_on__isnull=True) | Q(ended_on__gte=F("used_on")),
                name="device_unit_ends_after_its_use",
            ),
        )
        indexes = (
            models.Index(fields=("title", "state", "id"), name="device_unit_of_title"),
            models.Index(fields=("site", "state", "id"), name="device_unit_of_site"),
            models.Index(fields=("title", "lot", "id"), name="device_unit_of_lot"),
        )
        ordering = ("title", "rank")

    def __str__(self) -> str:
        return self.reference


class UnitEvent(models.Model):
    """One act on a unit, chained by hash to the one before it: never changed, never deleted.

    `payload` may hold the hospital's pseudonym of a patient: encrypted.
    """

    unit = models.ForeignKey(Unit, models.RESTRICT, related_name="events")
    seq = models.PositiveIntegerField()
    verb = models.CharField(max_length=24)
    source = models.CharField(max_length=16, blank=True)
    target = models.CharField(max_length=16)
    on = models.DateField()
    at = models.DateTimeField()
    actor_role = models.CharField(max_length=32)
    actor_person = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    actor_name = models.CharField(max_length=200, blank=True)
    actor_organisation = models.CharField(max_length=200, blank=True)
    payload = EncryptedJSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("unit", "seq"), name="device_unit_event_seq"),)
        ordering = ("unit", "seq")
        triggers = append_only("device_unit_event")

    def __str__(self) -> str:
        return f"{self.unit_id}#{self.seq} {self.verb}"


class Incident(models.Model):
    """A serious incident of an exempted device (MDR art. 87), from its first report to the company's final one.

    `side`: who reported first. `company_aware_on`: the day from which the manufacturer's delay is counted: the one it
    says, or that of the hospital's report, of which it is told at once. `report_by`: last day of its initial report;
    `awaited_on`: last day of its next one, empty when none is expected.
    """

    title = models.ForeignKey(Title, models.RESTRICT, related_name="incidents")
    rank = models.PositiveIntegerField()
    reference = models.CharField(max_length=56, unique=True)
    side = models.CharField(max_length=8, choices=Side.choices)
    organisation = models.ForeignKey("accounts.Organisation", models.RESTRICT, related_name="device_incidents")
    site = models.ForeignKey("accounts.Organisation", models.RESTRICT, null=True, related_name="+")
    lot = models.CharField(max_length=40, blank=True)
    serial = models.CharField(max_length=40, blank=True)
    severity = models.CharField(max_length=8)
    happened_on = models.DateField(null=True)
    aware_on = models.DateField()
    company_aware_on = models.DateField()
    report_by = models.DateField()
    initial_on = models.DateField(null=True)
    awaited_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    created_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("title", "rank"), name="device_incident_rank"),
            models.CheckConstraint(condition=Q(severity__in=sorted(SEVERITIES)), name="device_incident_severity_known"),
            models.CheckConstraint(condition=Q(side__in=("company", "hospital")), name="device_incident_side_known"),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(awaited_on__isnull=True),
                name="device_incident_closed_waits_for_nothing",
            ),
        )
        indexes = (
            models.Index(
                fields=("awaited_on", "id"), condition=Q(awaited_on__isnull=False), name="device_incident_due"
            ),
            models.Index(fields=("-created_at", "-id"), name="device_incident_latest"),
        )
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return self.reference


class IncidentReport(models.Model):
    """What a company or a hospital reported of an incident on a day: proof, never changed nor deleted.

    `content`: what happened, its outcome, what was done: encrypted, for it may tell of a patient's health.
    """

    class Kind(models.TextChoices):
        INITIAL = "initial", _("Initial report")
        FOLLOW_UP = "follow_up", _("Follow-up report")
        FINAL = "final", _("Final report")

    incident = models.ForeignKey(Incident, models.RESTRICT, related_name="reports")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    side = models.CharField(max_length=8, choices=Side.choices)
    severity = models.CharField(max_length=8)
    content = EncryptedJSONField()
    next_on = models.DateField(null=True)
    days_late = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()
    actor_role = models.CharField(max_length=32)
    actor_person = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    actor_name = models.CharField(max_length=200, blank=True)
    actor_organisation = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("incident", "seq"), name="device_incident_report_seq"),)
        ordering = ("incident", "seq")
        triggers = append_only("device_incident_report")

    def __str__(self) -> str:
        return f"{self.incident_id}#{self.seq} {self.kind}"


class DeviceKey(models.Model):
    """The idempotency key under which another system noted units or reported: sent again, it writes nothing more.

    `made`: keys of the rows that it made, units, an incident or a report: which of them, the request says.
    """

    key = models.CharField(max_length=200)
    actor_key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    made = ArrayField(models.BigIntegerField())
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("actor_key", "key"), name="device_one_answer_per_key"),)

    def __str__(self) -> str:
        return self.key
